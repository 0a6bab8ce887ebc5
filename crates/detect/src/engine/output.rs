//! What comes of a batch.

use std::collections::BTreeMap;

use super::raised::Raised;
use crate::correlate::windows::Shed;

/// What comes of a batch.
#[derive(Debug, Clone, Default)]
pub struct Output {
    /// Alerts, in the order of the log; of one event in the order of the rules.
    pub raised: Vec<Raised>,
    /// What became of matches, by rule.
    pub tallies: BTreeMap<String, Tally>,
    /// How many matches each filter took away, by its id.
    pub filtered: BTreeMap<String, u64>,
    /// What became of events.
    pub counts: Counts,
}

/// What became of a rule's matches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many there were, without those that a filter took away.
    pub matched: u64,
    /// How many became alerts.
    pub raised: u64,
    /// How many were the same again.
    pub repeated: u64,
    /// How many a filter took away.
    pub filtered: u64,
}

/// What became of events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// How many there were.
    pub events: u64,
    /// Of logs that no source carries: no rule was asked.
    pub unknown: u64,
    /// Too late for windows.
    pub late: u64,
    /// Verdicts of people.
    pub verdicts: u64,
}

/// How large the engine is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Size {
    /// Entities in memory.
    pub entities: usize,
    /// The bytes they take.
    pub entity_bytes: usize,
    /// Groups of correlations.
    pub groups: usize,
    /// Entries of all groups.
    pub entries: usize,
    /// Kinds of alerts that are remembered.
    pub repeats: usize,
    /// What bounds have cost correlations since their beginning.
    pub shed: Shed,
}

impl Tally {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            matched: self.matched + other.matched,
            raised: self.raised + other.raised,
            repeated: self.repeated + other.repeated,
            filtered: self.filtered + other.filtered,
        }
    }
}

impl Counts {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            events: self.events + other.events,
            unknown: self.unknown + other.unknown,
            late: self.late + other.late,
            verdicts: self.verdicts + other.verdicts,
        }
    }
}
