//! The second stage: what baselines have learned of entities, and what is unusual.
//!
//! Entities are divided among shards by their keys; a shard's entities see their events in the
//! order of the log, whichever thread works on the shard. What all entities know together is read
//! as it was before the batch, and learns after it.

use std::hash::{BuildHasherDefault, Hasher};

use event::Event;

use super::{
    input::{At, LATENESS, Zones},
    look::Looked,
    parallel::{Job, Parallel},
    raised::Mode,
    ready::Ready,
};
use crate::baseline::{Entity, Finding, Lessons, Moment, Organisation, StateKey, Step};

/// How many shards there are: the same on every machine, as which findings come first within an
/// event must not depend on it.
const SHARDS: usize = 16;

/// All entities in memory.
#[derive(Debug)]
pub(crate) struct Entities {
    shards: Vec<Shard>,
    pub(crate) organisation: Organisation,
}

#[expect(clippy::disallowed_types, reason = "its hasher has no key, and what leaves it is sorted")]
type Map = std::collections::HashMap<u128, Resident, BuildHasherDefault<ByDigest>>;

#[derive(Debug, Default)]
struct Shard {
    residents: Map,
}

/// One entity in memory.
#[derive(Debug, Default)]
struct Resident {
    entity: Entity,
    /// The batch it was last looked at in, counted from 1.
    used: u64,
    /// Whether anything of that batch may be applied to it.
    is_open: bool,
    /// Whether it has changed since it was last saved.
    is_changed: bool,
}

/// Keys are digests already.
#[derive(Debug, Default)]
pub(crate) struct ByDigest(u64);

impl Hasher for ByDigest {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |all, byte| all.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u128(&mut self, key: u128) {
        self.0 = (key >> 64) as u64 ^ key as u64;
    }
}

/// Something unusual that was found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) event: usize,
    /// Which of an event's observations.
    pub(crate) order: usize,
    /// The baseline's place.
    pub(crate) baseline: usize,
    pub(crate) finding: Finding,
}

/// What a batch is looked at with.
#[derive(Clone, Copy)]
pub(crate) struct Context<'c> {
    pub(crate) ready: &'c Ready,
    pub(crate) events: &'c [Event],
    pub(crate) looked: &'c Looked,
    pub(crate) at: At,
    pub(crate) zones: &'c Zones,
}

/// One thing that happens to an entity.
#[derive(Clone, Copy)]
enum Act {
    /// A baseline sees it in an event.
    See { event: usize, order: usize },
    /// Somebody has said something about it.
    Learn { event: usize },
}

impl Default for Entities {
    fn default() -> Self {
        let shards = (0..SHARDS).map(|_| Shard::default()).collect();
        Self { shards, organisation: Organisation::default() }
    }
}

impl Entities {
    /// Whether an entity is in memory.
    pub(crate) fn holds(&self, key: StateKey) -> bool {
        self.shards[shard_of(key)].residents.contains_key(&key.0)
    }

    /// Takes an entity into memory, as it was stored.
    pub(crate) fn admit(&mut self, key: StateKey, entity: Entity) {
        let resident = Resident { entity, ..Resident::default() };
        self.shards[shard_of(key)].residents.entry(key.0).or_insert(resident);
    }

    /// Applies what was seen in a batch; what is unusual comes back in order.
    pub(crate) fn apply(&mut self, context: Context<'_>, with: &dyn Parallel) -> Vec<Found> {
        let acts = acts(context);
        let mut outcomes: Vec<Outcome> = (0..SHARDS).map(|_| Outcome::default()).collect();
        let organisation = &self.organisation;
        let shards = self.shards.iter_mut().zip(&acts).zip(&mut outcomes);
        let busy = shards.filter(|((_, acts), _)| !acts.is_empty());
        let jobs: Vec<Job<'_>> = busy
            .map(|((shard, acts), outcome)| -> Job<'_> {
                Box::new(move || *outcome = shard.apply(acts, context, organisation))
            })
            .collect();
        with.all(jobs);
        let mut found = Vec::new();
        let mut lessons = Vec::new();
        for outcome in outcomes {
            found.extend(outcome.found);
            lessons.push(outcome.lessons);
        }
        if lessons.iter().any(|lessons| !lessons.is_empty()) {
            self.organisation.learn(lessons);
        }
        found.sort_by_key(|it| (it.event, it.order));
        found
    }

    /// How many entities are in memory, and the bytes they take.
    pub(crate) fn size(&self) -> (usize, usize) {
        let residents = || self.shards.iter().flat_map(|shard| shard.residents.values());
        let entry = size_of::<(u128, Resident)>() - size_of::<Entity>();
        let bytes = residents().map(|it| it.entity.footprint_bytes() + entry).sum();
        (residents().count(), bytes)
    }

    /// Entities that have changed since this was last asked, as they are to be stored.
    pub(crate) fn changed(&mut self) -> Vec<(StateKey, Vec<u8>)> {
        let residents = self.shards.iter_mut().flat_map(|shard| &mut shard.residents);
        let changed = residents.filter(|(_, resident)| resident.is_changed);
        let mut all: Vec<_> =
            changed.map(|(key, resident)| (StateKey(*key), resident.save())).collect();
        all.sort_unstable_by_key(|(key, _)| *key);
        all
    }

    /// Lets go of those that were not used for longest, until so many are left; only of those that
    /// are stored as they are. Whether so many are left.
    pub(crate) fn evict(&mut self, most: usize) -> bool {
        let count: usize = self.shards.iter().map(|shard| shard.residents.len()).sum();
        let Some(surplus) = count.checked_sub(most).filter(|surplus| *surplus > 0) else {
            return true;
        };
        let residents = self.shards.iter().flat_map(|shard| &shard.residents);
        let clean = residents.filter(|(_, resident)| !resident.is_changed);
        let mut coldest: Vec<(u64, u128)> =
            clean.map(|(key, resident)| (resident.used, *key)).collect();
        if coldest.len() > surplus {
            coldest.select_nth_unstable(surplus - 1);
            coldest.truncate(surplus);
        }
        for (_, key) in &coldest {
            self.shards[shard_of(StateKey(*key))].residents.remove(key);
        }
        coldest.len() == surplus
    }
}

#[derive(Default)]
struct Outcome {
    found: Vec<Found>,
    lessons: Lessons,
}

/// What happens to which shard's entities, in the order of the log.
fn acts(context: Context<'_>) -> Vec<Vec<Act>> {
    let mut acts: Vec<Vec<Act>> = vec![Vec::new(); SHARDS];
    for (event, hits) in context.looked.hits.iter().enumerate() {
        for (order, (_, seen)) in hits.seen.iter().enumerate() {
            acts[shard_of(seen.entity)].push(Act::See { event, order });
        }
        if let Some(verdict) = &hits.verdict {
            acts[shard_of(verdict.subject.entity)].push(Act::Learn { event });
        }
    }
    acts
}

fn shard_of(key: StateKey) -> usize {
    (key.0 >> 124) as usize % SHARDS
}

impl Shard {
    fn apply(
        &mut self,
        acts: &[Act],
        context: Context<'_>,
        organisation: &Organisation,
    ) -> Outcome {
        let mut outcome = Outcome::default();
        for act in acts {
            match *act {
                Act::See { event, order } => {
                    self.see(event, order, context, organisation, &mut outcome);
                }
                Act::Learn { event } => self.learn(event, context, &mut outcome),
            }
        }
        outcome
    }

    fn see(
        &mut self,
        event: usize,
        order: usize,
        context: Context<'_>,
        organisation: &Organisation,
        outcome: &mut Outcome,
    ) {
        let (baseline, seen) = &context.looked.hits[event].seen[order];
        let place = *baseline as usize;
        let Some(entity) = self.enter(seen.entity, context.at.position) else { return };
        let of_event = &context.events[event];
        let moment = context.moment(of_event);
        let baseline = &context.ready.baselines.all()[place];
        let step = Step {
            event: of_event,
            moment: &moment,
            organisation,
            tuning: context.tuning(place, of_event),
        };
        let finding = entity.apply(baseline, seen, &step, &mut outcome.lessons);
        let found = |finding| Found { event, order, baseline: place, finding };
        outcome.found.extend(finding.map(found));
    }

    fn learn(&mut self, event: usize, context: Context<'_>, outcome: &mut Outcome) {
        let Some(verdict) = &context.looked.hits[event].verdict else { return };
        let Some(entity) = self.enter(verdict.subject.entity, context.at.position) else { return };
        let moment = context.moment(&context.events[event]);
        entity.learn(&context.ready.baselines, verdict, &moment, &mut outcome.lessons);
    }

    /// The entity, where the batch is new to it.
    fn enter(&mut self, key: StateKey, position: u64) -> Option<&mut Entity> {
        let resident = self.residents.entry(key.0).or_default();
        let batch = position.saturating_add(1);
        if resident.used != batch {
            resident.used = batch;
            resident.is_open = resident.entity.enter(position);
            resident.is_changed |= resident.is_open;
        }
        resident.is_open.then_some(&mut resident.entity)
    }
}

impl Resident {
    fn save(&mut self) -> Vec<u8> {
        self.is_changed = false;
        let mut bytes = Vec::new();
        self.entity.encode(&mut bytes);
        bytes
    }
}

impl<'c> Context<'c> {
    fn moment(self, event: &Event) -> Moment<'c> {
        let zone = event.actor.person.and_then(|person| self.zones.get(&person));
        let lateness = self.ready.log(event.logsource).map_or(LATENESS, |log| log.lateness);
        Moment::new(event.time, self.at.received_at, zone, lateness)
    }

    /// Where nobody will be asked, nothing waits for an answer.
    fn tuning(self, baseline: usize, event: &Event) -> crate::baseline::Tuning {
        let tunings = self.ready.tunings[baseline];
        let rule = &self.ready.rules[self.ready.baseline_rules[baseline]];
        let is_asked = self.ready.is_live(Mode::of(rule, event.actor.person));
        if is_asked { tunings.asked } else { tunings.unasked }
    }
}
