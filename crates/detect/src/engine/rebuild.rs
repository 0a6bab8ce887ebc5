//! Counting the past again, for correlations whose state is lost or new.

use std::{collections::BTreeSet, sync::Arc};

use event::Event;

use super::{
    Restored, Zones,
    clock::Clocks,
    correlations::{CorrelationState, Correlations},
    entities::Context,
    input::At,
    look,
    parallel::Parallel,
    ready::Ready,
};

/// The past, being counted again beside an engine that goes on. All correlations are counted, as
/// some stand on others; those that began anew are taken over. What baselines found in the past is
/// not found again: correlations that count findings begin with those to come.
#[derive(Debug)]
pub struct Rebuild {
    ready: Arc<Ready>,
    wanted: BTreeSet<usize>,
    correlations: Correlations,
    clocks: Clocks,
}

impl Rebuild {
    pub(super) fn new(ready: Arc<Ready>, restored: &Restored) -> Self {
        let is_begun = |id: &str| restored.begun.iter().any(|(begun, _)| begun == id);
        let all = ready.correlations.iter().enumerate();
        let wanted = all.filter(|(_, it)| is_begun(ready.rules[it.rule].id())).map(|(at, _)| at);
        let wanted = wanted.collect();
        let correlations = Correlations::new(&ready);
        Self { ready, wanted, correlations, clocks: Clocks::default() }
    }

    /// Whether there is anything to be counted again.
    #[must_use]
    pub fn is_needed(&self) -> bool {
        !self.wanted.is_empty()
    }

    /// Counts a batch. Nothing is raised.
    pub fn batch(&mut self, events: &[Event], at: At, with: &dyn Parallel) {
        let looked = look::look(&self.ready, events, with);
        let zones = Zones::new();
        let context = Context { ready: &self.ready, events, looked: &looked, at, zones: &zones };
        let times = self.clocks.times(events, at.received_at, &self.ready);
        self.correlations.apply(context, &times, &[], with);
    }

    /// The states that were wanted, where the rules are still those of that name.
    pub(super) fn into_states(self, name: u128) -> Vec<(usize, CorrelationState)> {
        if self.ready.name != name {
            return Vec::new();
        }
        let states = self.correlations.states.into_iter().enumerate();
        states.filter(|(at, _)| self.wanted.contains(at)).collect()
    }
}
