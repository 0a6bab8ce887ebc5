//! What one trial has and another has not.

use std::collections::{BTreeMap, BTreeSet};

use model::PersonId;

use super::tally::{Record, Tallied};

/// How many single alerts are told on each side.
pub const TOLD_MAX: usize = 1_000;

/// What differs between two versions of the rules.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Diff {
    /// True findings that would be lost, by people's verified answers: the first thing to look at.
    pub lost_true: Vec<Record>,
    /// Other alerts that would be lost.
    pub lost: Vec<Record>,
    /// Alerts that there would be.
    pub gained: Vec<Record>,
    /// By rule; rules without any change are left out.
    pub rules: BTreeMap<String, Change>,
    /// By person; people without any change are left out.
    pub people: BTreeMap<PersonId, Change>,
    /// In all.
    pub total: Change,
}

/// How much is gained and lost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Change {
    /// Alerts that there would be.
    pub alerts_gained: u64,
    /// Alerts that there would not be any more.
    pub alerts_lost: u64,
    /// Questions likewise.
    pub asks_gained: u64,
    /// Questions likewise.
    pub asks_lost: u64,
    /// Acts likewise.
    pub acts_gained: u64,
    /// Acts likewise.
    pub acts_lost: u64,
}

/// Compares two trials over the same stream. `is_true` says what is known of an alert: whether it
/// was proven to be a finding.
#[must_use]
pub fn diff(before: &Tallied, after: &Tallied, is_true: &dyn Fn(&Record) -> Option<bool>) -> Diff {
    let marks = |of: &Tallied| -> BTreeMap<u128, (bool, bool)> {
        of.records.iter().map(|it| (it.mark, (it.is_asked, it.is_acted_on))).collect()
    };
    let (old, new) = (marks(before), marks(after));
    let mut diff = Diff::default();
    for record in &before.records {
        let kept = new.get(&record.mark);
        diff.note(record, kept, false);
        if kept.is_none() {
            let is_true = is_true(record) == Some(true);
            let told = if is_true { &mut diff.lost_true } else { &mut diff.lost };
            tell(record, told);
        }
    }
    for record in &after.records {
        let known = old.get(&record.mark);
        diff.note(record, known, true);
        if known.is_none() {
            tell(record, &mut diff.gained);
        }
    }
    diff
}

fn tell(record: &Record, told: &mut Vec<Record>) {
    if told.len() < TOLD_MAX {
        told.push(record.clone());
    }
}

impl Diff {
    /// Rules that differ, those that lose or gain most first.
    #[must_use]
    pub fn rules_by_weight(&self) -> Vec<(&str, Change)> {
        let mut all: Vec<(&str, Change)> =
            self.rules.iter().map(|(rule, change)| (rule.as_str(), *change)).collect();
        all.sort_by_key(|(rule, change)| (std::cmp::Reverse(change.weight()), *rule));
        all
    }

    /// The people that would be asked now and were not before, or the other way round.
    #[must_use]
    pub fn asked_anew(&self) -> BTreeSet<PersonId> {
        let is_anew = |change: &Change| change.asks_gained > 0;
        self.people.iter().filter(|(_, it)| is_anew(it)).map(|(person, _)| *person).collect()
    }

    /// What of an alert is not on the other side.
    fn note(&mut self, record: &Record, other: Option<&(bool, bool)>, is_gained: bool) {
        let (is_asked, is_acted_on) = other.copied().unwrap_or_default();
        let change = Change::of(
            is_gained,
            other.is_none(),
            record.is_asked && !is_asked,
            record.is_acted_on && !is_acted_on,
        );
        if change == Change::default() {
            return;
        }
        self.total.add(change);
        self.rules.entry(record.rule.clone()).or_default().add(change);
        if let Some(person) = record.person {
            self.people.entry(person).or_default().add(change);
        }
    }
}

impl Change {
    fn of(is_gained: bool, is_alert: bool, is_ask: bool, is_act: bool) -> Self {
        let [alert, ask, act] = [is_alert, is_ask, is_act].map(u64::from);
        if is_gained {
            Self { alerts_gained: alert, asks_gained: ask, acts_gained: act, ..Self::default() }
        } else {
            Self { alerts_lost: alert, asks_lost: ask, acts_lost: act, ..Self::default() }
        }
    }

    fn add(&mut self, other: Self) {
        self.alerts_gained += other.alerts_gained;
        self.alerts_lost += other.alerts_lost;
        self.asks_gained += other.asks_gained;
        self.asks_lost += other.asks_lost;
        self.acts_gained += other.acts_gained;
        self.acts_lost += other.acts_lost;
    }

    fn weight(self) -> u64 {
        self.alerts_gained + self.alerts_lost + self.asks_gained + self.asks_lost
    }
}
