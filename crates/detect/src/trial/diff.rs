//! What one trial has and another has not.

use std::collections::{BTreeMap, BTreeSet};

use model::PersonId;

use super::tally::{Record, Tallied};

/// How many single alerts are told on each side.
pub const TOLD_MAX: usize = 1_000;

/// What differs between two versions of the rules.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Diff {
    /// Real findings that would be lost, by what became of their cases: the first thing to look at.
    pub lost_real: Vec<Record>,
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
    /// Of the alerts gained, those that were confirmed as real.
    pub real_gained: u64,
    /// Of the alerts lost likewise.
    pub real_lost: u64,
    /// Of the alerts gained, those that were confirmed as harmless.
    pub harmless_gained: u64,
    /// Of the alerts lost likewise.
    pub harmless_lost: u64,
}

/// Compares two trials over the same stream. `is_real` says what became of an alert that was stored:
/// whether it was confirmed as real, or as harmless; nothing where nobody knows.
#[must_use]
pub fn diff(before: &Tallied, after: &Tallied, is_real: &dyn Fn(&Record) -> Option<bool>) -> Diff {
    let marks = |of: &Tallied| -> BTreeMap<u128, (bool, bool)> {
        of.records.iter().map(|it| (it.mark, (it.is_asked, it.is_acted_on))).collect()
    };
    let (old, new) = (marks(before), marks(after));
    let mut diff = Diff::default();
    for record in &before.records {
        let kept = new.get(&record.mark);
        let is_real = is_real(record).filter(|_| kept.is_none());
        diff.note(record, kept, is_real, false);
        if kept.is_none() {
            let told = if is_real == Some(true) { &mut diff.lost_real } else { &mut diff.lost };
            tell(record, told);
        }
    }
    for record in &after.records {
        let known = old.get(&record.mark);
        let is_real = is_real(record).filter(|_| known.is_none());
        diff.note(record, known, is_real, true);
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
    fn note(
        &mut self,
        record: &Record,
        other: Option<&(bool, bool)>,
        is_real: Option<bool>,
        is_gained: bool,
    ) {
        let (is_asked, is_acted_on) = other.copied().unwrap_or_default();
        let change = Change::of(
            is_gained,
            other.is_none(),
            record.is_asked && !is_asked,
            record.is_acted_on && !is_acted_on,
        );
        let change = change.confirmed(is_real, is_gained);
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

    /// The same, with what became of the one alert that it is about.
    fn confirmed(mut self, is_real: Option<bool>, is_gained: bool) -> Self {
        let count = match (is_real, is_gained) {
            (None, _) => return self,
            (Some(true), true) => &mut self.real_gained,
            (Some(true), false) => &mut self.real_lost,
            (Some(false), true) => &mut self.harmless_gained,
            (Some(false), false) => &mut self.harmless_lost,
        };
        *count += 1;
        self
    }

    fn add(&mut self, other: Self) {
        self.alerts_gained += other.alerts_gained;
        self.alerts_lost += other.alerts_lost;
        self.asks_gained += other.asks_gained;
        self.asks_lost += other.asks_lost;
        self.acts_gained += other.acts_gained;
        self.acts_lost += other.acts_lost;
        self.real_gained += other.real_gained;
        self.real_lost += other.real_lost;
        self.harmless_gained += other.harmless_gained;
        self.harmless_lost += other.harmless_lost;
    }

    fn weight(self) -> u64 {
        self.alerts_gained + self.alerts_lost + self.asks_gained + self.asks_lost
    }
}
