//! All baselines in force.

use super::{Baseline, entity::Tag};

/// All baselines in force, found by the places that states keep for them.
#[derive(Debug, Clone, Default)]
pub struct Baselines {
    all: Vec<Baseline>,
    /// By place, in order.
    slots: Vec<(u64, usize)>,
}

impl Baselines {
    /// Of these, in their order.
    #[must_use]
    pub fn new(all: Vec<Baseline>) -> Self {
        let places = all.iter().enumerate();
        let mut slots: Vec<(u64, usize)> =
            places.flat_map(|(at, each)| each.slots().map(move |slot| (slot, at))).collect();
        slots.sort_unstable();
        Self { all, slots }
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Baseline] {
        &self.all
    }

    pub(super) fn at_slot(&self, slot: u64) -> Option<(&Baseline, Tag)> {
        let at = self.slots.binary_search_by_key(&slot, |(slot, _)| *slot).ok()?;
        let baseline = &self.all[self.slots[at].1];
        Some((baseline, Tag::of(&baseline.kind)))
    }

    /// The baseline that a place belongs to.
    #[must_use]
    pub fn of_slot(&self, slot: u64) -> Option<&Baseline> {
        self.at_slot(slot).map(|(baseline, _)| baseline)
    }
}
