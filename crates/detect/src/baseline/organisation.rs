//! What all entities together know: how many of them use a value, and how much is usual.
//!
//! It is read as it was when a batch began, and learns at its end: so what comes out does not
//! depend on which thread came first. What entities have to tell is gathered in [`Lessons`], which
//! may be handed in in any order.
//!
//! Each entity tells once in a generation (half of what its baseline remembers) that it is there
//! and which values it uses; the generation before counts until the new one is fuller. A generation
//! follows the events, and moves by one a batch at most: no single wrong clock empties it.

mod stored;

use std::collections::BTreeMap;

pub use self::stored::OrganisationError;
use super::{Baseline, Moment, Peers, Step, Token, history::Bin};

/// How many values are counted for each baseline and group; beyond, those that fewest entities use
/// are no longer told from those that nobody uses.
pub(super) const KNOWN_MAX: usize = 2_048;
/// How many groups of peers a baseline may have; the entities of any others have no peers.
pub(super) const GROUPS_MAX: usize = 64;
/// Fewer entities than this say nothing about what is usual among them.
const PEERS_MIN: u32 = 10;
/// Fewer windows than this neither.
const WINDOWS_MIN: u32 = 200;

/// What all entities together know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Organisation {
    parts: BTreeMap<(u64, u64), Part>,
}

/// What is known for one baseline (or window of it) and group of peers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Part {
    generation: u16,
    here: Pair,
    armed: Pair,
    known: BTreeMap<Token, Pair>,
    windows: BTreeMap<u8, Pair>,
}

/// A number of this generation and of the one before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Pair {
    now: u32,
    before: u32,
}

/// What the entities of one shard have to tell after a batch.
#[derive(Debug, Clone, Default)]
pub struct Lessons {
    told: Vec<Lesson>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Lesson {
    slot: u64,
    group: u64,
    generation: u16,
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    /// An entity is there.
    Here,
    /// One knows enough to look.
    Armed,
    /// One uses a value.
    Known(Token),
    /// One has had a window of so many.
    Window(Bin),
}

impl Lessons {
    /// Whether there is nothing to tell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.told.is_empty()
    }

    pub(super) fn here(
        &mut self,
        baseline: &Baseline,
        step: &Step<'_>,
        is_new: bool,
        is_armed: bool,
    ) {
        if is_new {
            self.tell(baseline, baseline.slot, step, What::Here);
        }
        if is_armed {
            self.tell(baseline, baseline.slot, step, What::Armed);
        }
    }

    pub(super) fn known(&mut self, baseline: &Baseline, step: &Step<'_>, value: Token) {
        self.tell(baseline, baseline.slot, step, What::Known(value));
    }

    /// A value that a verdict made known. Which group the entity belongs to is not in a verdict.
    pub(super) fn confirmed(&mut self, baseline: &Baseline, moment: &Moment<'_>, value: Token) {
        if matches!(baseline.peers, Peers::By(_)) {
            return;
        }
        let generation = moment.local.day / baseline.memory.generation_days();
        let what = What::Known(value);
        self.told.push(Lesson { slot: baseline.slot, group: 0, generation, what });
    }

    pub(super) fn window(&mut self, baseline: &Baseline, slot: u64, step: &Step<'_>, bin: Bin) {
        self.tell(baseline, slot, step, What::Window(bin));
    }

    fn tell(&mut self, baseline: &Baseline, slot: u64, step: &Step<'_>, what: What) {
        let generation = step.moment.local.day / baseline.memory.generation_days();
        self.told.push(Lesson { slot, group: baseline.group(step.event), generation, what });
    }
}

impl Organisation {
    /// Takes in what the entities told in a batch; the same in whatever order.
    pub fn learn(&mut self, lessons: impl IntoIterator<Item = Lessons>) {
        let mut told: Vec<Lesson> = lessons.into_iter().flat_map(|lessons| lessons.told).collect();
        told.sort_unstable();
        for lessons in told.chunk_by(|one, next| (one.slot, one.group) == (next.slot, next.group)) {
            let key = (lessons[0].slot, lessons[0].group);
            if self.has_room(key) {
                self.parts.entry(key).or_default().learn(lessons);
            }
        }
    }

    /// Forgets what belongs to no baseline any more.
    pub fn tidy(&mut self, baselines: &super::Baselines) {
        self.parts.retain(|(slot, _), _| baselines.of_slot(*slot).is_some());
    }

    /// How many entities a baseline has met lately, and how many of them are known well enough
    /// for it to look; over all groups.
    #[must_use]
    pub fn readiness(&self, baseline: &Baseline) -> (u32, u32) {
        let parts = self.parts.range((baseline.slot, 0)..=(baseline.slot, u64::MAX));
        parts.fold((0, 0), |(here, armed), (_, part)| {
            (here + part.here.higher(), armed + part.armed.higher())
        })
    }

    /// How many other entities of the event's group use a value, and of how many; nothing while
    /// there are too few to say.
    pub(super) fn peers(
        &self,
        baseline: &Baseline,
        step: &Step<'_>,
        value: Token,
    ) -> Option<(u32, u32)> {
        let part = self.parts.get(&(baseline.slot, baseline.group(step.event)))?;
        let of = part.here.higher().saturating_sub(1);
        let know = part.known.get(&value).map_or(0, |pair| pair.higher());
        (of >= PEERS_MIN).then_some((know.min(of), of))
    }

    /// What so large a part of all entities' windows does not exceed; nothing while there are too
    /// few to say.
    pub(super) fn usual(
        &self,
        baseline: &Baseline,
        slot: u64,
        step: &Step<'_>,
        quantile: f64,
    ) -> Option<u32> {
        let part = self.parts.get(&(slot, baseline.group(step.event)))?;
        let all: u64 = part.windows.values().map(|pair| pair.sum()).sum();
        if all < u64::from(WINDOWS_MIN) {
            return None;
        }
        let wanted = all as f64 * quantile;
        let mut sum = 0;
        let found = part.windows.iter().find(|(_, pair)| {
            sum += pair.sum();
            sum as f64 >= wanted
        });
        found.map(|(bin, _)| Bin(*bin).highest())
    }

    fn has_room(&self, (slot, group): (u64, u64)) -> bool {
        self.parts.contains_key(&(slot, group))
            || self.parts.range((slot, 0)..=(slot, u64::MAX)).count() < GROUPS_MAX
    }
}

impl Part {
    /// Lessons in order.
    fn learn(&mut self, lessons: &[Lesson]) {
        let generations = || lessons.iter().map(|lesson| lesson.generation);
        if *self == Self::default() {
            self.generation = generations().min().unwrap_or(0);
        }
        if generations().any(|generation| generation > self.generation) {
            self.turn();
        }
        for lesson in lessons {
            let is_now = lesson.generation >= self.generation;
            match lesson.what {
                What::Here => self.here.add(is_now),
                What::Armed => self.armed.add(is_now),
                What::Known(value) => self.known.entry(value).or_default().add(is_now),
                What::Window(bin) => self.windows.entry(bin.0).or_default().add(is_now),
            }
        }
        self.stay_small();
    }

    /// Begins the next generation.
    fn turn(&mut self) {
        self.generation = self.generation.saturating_add(1);
        self.here.turn();
        self.armed.turn();
        self.known.values_mut().for_each(Pair::turn);
        self.known.retain(|_, pair| pair.higher() > 0);
        self.windows.values_mut().for_each(Pair::turn);
        self.windows.retain(|_, pair| pair.higher() > 0);
    }

    fn stay_small(&mut self) {
        if self.known.len() <= KNOWN_MAX {
            return;
        }
        let mut rarest: Vec<(u32, Token)> =
            self.known.iter().map(|(value, pair)| (pair.higher(), *value)).collect();
        rarest.sort_unstable();
        for (_, value) in rarest.iter().take(self.known.len() - KNOWN_MAX * 7 / 8) {
            self.known.remove(value);
        }
    }
}

impl Pair {
    fn add(&mut self, is_now: bool) {
        let number = if is_now { &mut self.now } else { &mut self.before };
        *number = number.saturating_add(1);
    }

    fn turn(&mut self) {
        *self = Self { now: 0, before: self.now };
    }

    fn higher(self) -> u32 {
        self.now.max(self.before)
    }

    fn sum(self) -> u64 {
        u64::from(self.now) + u64::from(self.before)
    }
}

#[cfg(test)]
mod tests;
