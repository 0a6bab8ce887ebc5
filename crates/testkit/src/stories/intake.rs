//! From a vendor's record to events, as a server does it: the source's map, the person, the
//! network.

use std::{collections::BTreeMap, net::IpAddr, sync::Arc};

use connectors::events::{
    cloudtrail::CloudTrailMap, entra::EntraMap, github::GitHubMap,
    google_workspace::GoogleWorkspaceMap, okta::OktaMap, slack_audit::SlackAuditMap,
};
use demo::{
    company::Company,
    life::{self, Cover, Plan, Record},
};
use detect::engine::{Source, Zones};
use event::{Anonymiser, Doc, Event, Origin, Place};
use jiff::tz::TimeZone;
use model::PersonId;
use ports::events::EventMap;

/// The place of an address is the place of its city.
const RADIUS_KM: f64 = 50.0;

/// The sources of the company, and its people.
#[derive(Clone)]
pub struct Intake {
    maps: BTreeMap<&'static str, Arc<dyn EventMap>>,
    people: BTreeMap<String, PersonId>,
    zones: Zones,
}

impl std::fmt::Debug for Intake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Intake").field("people", &self.people.len()).finish_non_exhaustive()
    }
}

impl Intake {
    /// That of a company.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let company = Company::new(plan.seed, plan.people.max(1));
        let maps: [(&'static str, Arc<dyn EventMap>); 6] = [
            ("okta", Arc::new(OktaMap)),
            ("slack_audit", Arc::new(SlackAuditMap)),
            ("github", Arc::new(GitHubMap)),
            ("google_workspace", Arc::new(GoogleWorkspaceMap)),
            ("cloudtrail", Arc::new(CloudTrailMap::default())),
            ("entra", Arc::new(EntraMap)),
        ];
        let (mut people, mut zones) = (BTreeMap::new(), Zones::new());
        for (number, person) in company.people.iter().enumerate() {
            let id = person_id(number);
            people.insert(person.email.clone(), id);
            if let Ok(zone) = TimeZone::get(person.office.zone) {
                zones.insert(id, zone);
            }
        }
        Self { maps: maps.into(), people, zones }
    }

    /// The logs that the sources carry.
    #[must_use]
    pub fn sources(&self) -> Vec<Source> {
        let of = |map: &Arc<dyn EventMap>| {
            let aliases = map.aliases();
            map.logsources()
                .iter()
                .map(move |log| Source::pushed(*log, aliases))
                .collect::<Vec<_>>()
        };
        self.maps.values().flat_map(of).collect()
    }

    /// People's time zones.
    #[must_use]
    pub fn zones(&self) -> &Zones {
        &self.zones
    }

    /// The events of a record.
    ///
    /// # Panics
    ///
    /// Where a map does not take a record that we made.
    pub fn read(&self, record: &Record, events: &mut Vec<Event>) {
        let (doc, _) = Doc::parse(record.body.as_bytes()).expect("a record that we made");
        let map = &self.maps[record.source];
        let read = map.read(doc, &mut |mut event| {
            event.actor.person =
                event.actor.email.as_deref().and_then(|email| self.people.get(email)).copied();
            fill(&mut event.origin);
            events.push(event);
        });
        if let Err(rejected) = read {
            panic!("{}: {}: {}", record.source, rejected.problem, record.body);
        }
    }
}

/// The person of that number.
#[must_use]
pub fn person_id(number: usize) -> PersonId {
    PersonId::from_digest(number as u128 + 1)
}

/// What the vendor does not say of an address.
fn fill(origin: &mut Origin) {
    let Some(IpAddr::V4(address)) = origin.ip else { return };
    let Some(network) = life::network(address) else { return };
    origin.asn = origin.asn.or(Some(network.asn));
    origin.network = origin.network.take().or_else(|| Some(network.name.into()));
    origin.country = origin.country.or_else(|| Origin::letters(network.city.country));
    origin.city = origin.city.take().or_else(|| Some(network.city.name.into()));
    origin.place = origin.place.or(Some(Place {
        latitude: network.city.latitude,
        longitude: network.city.longitude,
        radius_km: RADIUS_KM,
    }));
    let told = origin.anonymiser.unwrap_or_default();
    origin.anonymiser = Some(Anonymiser {
        is_tor: told.is_tor || network.cover == Cover::Tor,
        is_vpn: told.is_vpn || network.cover == Cover::Vpn,
        is_hosting: told.is_hosting || network.cover == Cover::Hosting,
        ..told
    });
}
