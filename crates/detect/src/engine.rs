//! The engine: batches of events in, alerts out.
//!
//! A batch goes through four stages: [`look`] asks every rule about every event by itself;
//! `entities` lets baselines learn and find; `correlations` count; `collect` makes alerts of all
//! that, in one order. What comes out is the same for any number of threads, and across a restart
//! from any checkpoint: batches that an entity has seen change nothing of it, and what belongs to
//! no entity goes with the checkpoint.
//!
//! Around it, whoever runs it: hands in the log's batches in order; loads the entities that
//! [`Engine::wanted`] names and admits them; keeps what is raised before it saves a
//! [`Engine::checkpoint`] that is past it; saves one from time to time.

pub mod input;
pub mod keys;
pub mod look;
pub mod output;
pub mod parallel;
pub mod parts;
pub mod raised;
pub mod repeats;
pub mod waiting;

mod clock;
mod collect;
mod correlations;
mod entities;
mod explain;
mod ready;
mod rebuild;
mod subject;
mod thresholds;

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, sync::Arc};

use event::Event;

use crate::{
    baseline::{Entity, EntityError, StateKey},
    rule::{Rule, Rules},
};
use clock::Clocks;
use correlations::Correlations;
use entities::{Context, Entities};
use parts::Whole;
use ready::Ready;
use repeats::Repeats;

pub use crate::correlate::windows::Shed;
pub use input::{At, Purpose, Source, Thresholds, Zones};
pub use look::Looked;
pub use output::{Counts, Output, Size, Tally};
pub use parallel::{Job, Parallel, Serial};
pub use parts::Restored;
pub use raised::{Explanation, Mode, Raised, Score, is_in_canary};
pub use rebuild::Rebuild;
pub use thresholds::{thresholds, to_calibrate};

/// What the engine is made of.
#[derive(Debug, Clone)]
pub struct Setup<'s> {
    /// The rules; those in a state that is not evaluated are passed over.
    pub rules: &'s Rules,
    /// The logs there are.
    pub sources: &'s [Source],
    /// What calibration has chosen.
    pub thresholds: &'s Thresholds,
    /// What it is run for.
    pub purpose: Purpose,
}

/// Detection, with all that it knows.
#[derive(Debug)]
pub struct Engine {
    ready: Arc<Ready>,
    zones: Zones,
    entities: Entities,
    correlations: Correlations,
    repeats: Repeats,
    clocks: Clocks,
    /// The last batch that was applied.
    position: Option<u64>,
}

/// What a restart goes on from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The last batch that is in it.
    pub position: Option<u64>,
    /// Names the rules, see [`Engine::name`].
    pub name: String,
    /// The state that belongs to no single entity, by name.
    pub parts: Vec<(String, Vec<u8>)>,
    /// The entities that have changed since the checkpoint before.
    pub values: Vec<(StateKey, Vec<u8>)>,
}

/// What became of states when rules changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reloaded {
    /// Correlations that go on, by the ids of their rules.
    pub kept: Vec<String>,
    /// Those that begin anew, as in [`Restored`].
    pub restored: Restored,
}

impl Engine {
    /// An engine that knows nothing yet.
    #[must_use]
    pub fn new(setup: &Setup<'_>) -> Self {
        Self::of(Arc::new(ready(setup)))
    }

    fn of(ready: Arc<Ready>) -> Self {
        Self {
            correlations: Correlations::new(&ready),
            ready,
            zones: Zones::new(),
            entities: Entities::default(),
            repeats: Repeats::default(),
            clocks: Clocks::default(),
            position: None,
        }
    }

    /// Another engine with the same rules, that knows nothing.
    #[must_use]
    pub fn fresh(&self) -> Self {
        Self::of(self.ready.clone())
    }

    /// Changes the rules. States whose rules mean what they meant go on.
    pub fn reload(&mut self, setup: &Setup<'_>) -> Reloaded {
        let parts = self.parts();
        let ready = Arc::new(ready(setup));
        let read = parts::read(&ready, &parts);
        let is_begun = |id: &str| read.restored.begun.iter().any(|(begun, _)| begun == id);
        let rules = ready.correlations.iter().map(|it| ready.rules[it.rule].id());
        let kept = rules.filter(|id| !is_begun(id)).map(str::to_owned).collect();
        self.entities.organisation.tidy(&ready.baselines);
        self.correlations = read.correlations;
        self.ready = ready;
        Reloaded { kept, restored: read.restored }
    }

    /// Changes the people's time zones.
    pub fn set_zones(&mut self, zones: Zones) {
        self.zones = zones;
    }

    /// The first stage of a batch. It depends on nothing but the rules, so that it may be done
    /// ahead, while another batch is applied.
    #[must_use]
    pub fn look(&self, events: &[Event], with: &dyn Parallel) -> Looked {
        look::look(&self.ready, events, with)
    }

    /// The entities that a batch needs and that are not in memory. Each is to be admitted before
    /// the batch is applied, also those that the store does not know.
    #[must_use]
    pub fn wanted(&self, looked: &Looked) -> Vec<StateKey> {
        let mut wanted: Vec<StateKey> =
            looked.entities().filter(|key| !self.entities.holds(*key)).collect();
        wanted.sort_unstable();
        wanted.dedup();
        wanted
    }

    /// Takes an entity into memory, with what the store holds of it. Bytes that cannot be read are
    /// an error, and the entity begins anew.
    pub fn admit(&mut self, key: StateKey, stored: Option<&[u8]>) -> Result<(), EntityError> {
        let (entity, read) = match stored.map(Entity::decode).transpose() {
            Ok(entity) => (entity.unwrap_or_default(), Ok(())),
            Err(error) => (Entity::default(), Err(error)),
        };
        self.entities.admit(key, entity);
        read
    }

    /// Applies a batch. One that was applied before changes nothing, and nothing comes of it.
    pub fn batch(
        &mut self,
        events: &[Event],
        looked: Looked,
        at: At,
        with: &dyn Parallel,
    ) -> Output {
        if self.position.is_some_and(|last| at.position <= last) {
            return Output::default();
        }
        self.position = Some(at.position);
        let ready = self.ready.clone();
        let is_fresh = looked.name == ready.name && looked.hits.len() == events.len();
        let looked = if is_fresh { looked } else { look::look(&ready, events, with) };
        let context = Context { ready: &ready, events, looked: &looked, at, zones: &self.zones };
        let times = self.clocks.times(events, at.received_at, &ready);
        let found = self.entities.apply(context, with);
        let fired = self.correlations.apply(context, &times, &found, with);
        let mut tallies = BTreeMap::new();
        let repeats = &mut self.repeats;
        let raised = collect::collect(context, &times, &found, &fired, repeats, &mut tallies);
        output(context, &times, raised, tallies)
    }

    /// The last batch that was applied.
    #[must_use]
    pub fn position(&self) -> Option<u64> {
        self.position
    }

    /// All that is to be stored so that a restart goes on from here: in one save, or not at all. Where
    /// a save fails, the same is to be saved again.
    pub fn checkpoint(&mut self) -> Checkpoint {
        let values = self.entities.changed();
        Checkpoint { position: self.position, name: self.name(), parts: self.parts(), values }
    }

    fn parts(&self) -> Vec<(String, Vec<u8>)> {
        let whole = Whole {
            clocks: &self.clocks,
            repeats: &self.repeats,
            organisation: &self.entities.organisation,
            correlations: &self.correlations,
        };
        parts::write(&self.ready, &whole)
    }

    /// Goes on from a checkpoint: its parts, and the last batch that is in them. The log is to be
    /// read from the batch after it. Entities are admitted as they are wanted.
    pub fn restore(&mut self, parts: &[(String, Vec<u8>)], position: Option<u64>) -> Restored {
        let read = parts::read(&self.ready, parts);
        self.clocks = read.clocks;
        self.repeats = read.repeats;
        self.entities.organisation = read.organisation;
        self.correlations = read.correlations;
        self.position = position;
        read.restored
    }

    /// Begins to read the past again for correlations that began anew: hand it the batches of that
    /// past, up to [`Engine::position`], and then [`Engine::adopt`] it.
    #[must_use]
    pub fn rebuild(&self, restored: &Restored) -> Rebuild {
        Rebuild::new(self.ready.clone(), restored)
    }

    /// Takes over what was counted again. Where the rules have changed since, nothing is taken.
    pub fn adopt(&mut self, rebuilt: Rebuild) {
        rebuilt.into_states(self.ready.name).into_iter().for_each(|(at, state)| {
            self.correlations.states[at] = state;
        });
    }

    /// Lets go of the entities that were not used for longest, until so many are left, but only of
    /// those that the last checkpoint has as they are: so that what is read again after a restart
    /// is read as it was. False where that leaves too many: then another checkpoint is due.
    pub fn evict(&mut self, most: usize) -> bool {
        self.entities.evict(most)
    }

    /// How large it is.
    #[must_use]
    pub fn size(&self) -> Size {
        let (entities, entity_bytes) = self.entities.size();
        let sizes = self.correlations.states.iter().map(|state| state.windows.size());
        let (groups, entries) = sizes.fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
        let shed = self.correlations.shed();
        Size { entities, entity_bytes, groups, entries, repeats: self.repeats.len(), shed }
    }

    /// The rules in it.
    #[must_use]
    pub fn rules(&self) -> &[Arc<Rule>] {
        &self.ready.rules
    }

    /// Names the rules, thresholds and purpose that it was made of, for checkpoints.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{:032x}", self.ready.name)
    }
}

fn ready(setup: &Setup<'_>) -> Ready {
    Ready::of(setup.rules, setup.sources, setup.thresholds, setup.purpose)
}

fn output(
    context: Context<'_>,
    times: &[clock::Time],
    raised: Vec<Raised>,
    mut tallies: BTreeMap<usize, Tally>,
) -> Output {
    let id = |place: usize| context.ready.rules[place].id().to_owned();
    let mut filtered: BTreeMap<String, u64> = BTreeMap::new();
    let mut counts = Counts { events: context.events.len() as u64, ..Counts::default() };
    for (hits, time) in context.looked.hits.iter().zip(times) {
        counts.unknown += u64::from(hits.is_unknown);
        counts.late += u64::from(time.is_late);
        counts.verdicts += u64::from(hits.verdict.is_some());
        for (rule, filter) in &hits.filtered {
            tallies.entry(*rule as usize).or_default().filtered += 1;
            *filtered.entry(id(*filter as usize)).or_default() += 1;
        }
    }
    let tallies = tallies.into_iter().map(|(place, tally)| (id(place), tally)).collect();
    Output { raised, tallies, filtered, counts }
}
