//! What is known of sources, addresses and people.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use detect::engine::Zones;
use event::{Event, Uid};
use jiff::tz::TimeZone;
use model::PersonId;
use ports::{
    Directory,
    events::EventMap,
    networks::{Networks, NoNetworks},
    source::Reads,
};
use runtime::detection::{OWN_SOURCE, VerdictMap, locate, person};

use crate::wire::{Wired, maps};

/// What is known.
pub(super) struct Known {
    /// By the names of sources.
    maps: BTreeMap<String, Arc<dyn EventMap>>,
    networks: Arc<dyn Networks>,
    /// Absent where there is no configuration.
    directory: Option<Arc<dyn Directory>>,
}

impl Known {
    /// What a configuration names; without one, every kind of source by its own name.
    pub(super) fn of(config: &Path) -> anyhow::Result<Self> {
        let kinds = maps::known().into_iter();
        let mut maps: BTreeMap<String, Arc<dyn EventMap>> =
            kinds.map(|(kind, map)| (kind.to_owned(), Arc::from(map))).collect();
        maps.insert(OWN_SOURCE.to_owned(), Arc::new(VerdictMap));
        if !config.exists() {
            return Ok(Self { maps, networks: Arc::new(NoNetworks), directory: None });
        }
        let wired = Wired::of(config)?;
        for (name, source) in &wired.sources {
            if let Reads::Events(map) = &source.reads {
                maps.insert(name.clone(), Arc::clone(map));
            }
        }
        Ok(Self { maps, networks: wired.networks, directory: Some(wired.directory) })
    }

    pub(super) fn map(&self, source: &str) -> Option<&dyn EventMap> {
        self.maps.get(source).map(|map| &**map)
    }

    /// Where people are, as far as the directory says.
    pub(super) fn zones(&self) -> Zones {
        let people = self.directory.iter().flat_map(|directory| directory.people());
        let zone = |name: &str| TimeZone::get(name).ok();
        people.filter_map(|it| Some((it.id, zone(it.time_zone.as_deref()?)?))).collect()
    }

    /// Adds to an event what it does not say of itself. The vendor's word counts first.
    pub(super) fn complete(&self, event: &mut Event) {
        locate(event, &*self.networks);
        event.actor.person = self.person(event);
    }

    /// How a person is called who is known by an event.
    pub(super) fn name(&self, person: PersonId, event: &Event) -> String {
        let directory = self.directory.as_ref();
        let known = directory.and_then(|directory| directory.person(person));
        let account = || event.actor.email.as_deref().unwrap_or_default().to_owned();
        known.map_or_else(account, |person| person.email.reveal().to_owned())
    }

    fn person(&self, event: &Event) -> Option<PersonId> {
        if let Some(directory) = &self.directory {
            return person(event, &**directory);
        }
        let email = event.actor.email.as_deref().filter(|email| email.contains('@'))?;
        Some(PersonId::from_digest(Uid::of("account", &[email.as_bytes()]).0))
    }
}
