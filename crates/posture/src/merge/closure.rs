//! For records that changed, all others that can matter to the devices they belong to.
//!
//! Asks the store for what it needs until it has everything, and then merging what was found gives
//! for these devices exactly what merging everything would. Identifiers that say nothing are not
//! followed, so that a dock used by a thousand people does not draw in a thousand laptops.

use std::collections::{BTreeMap, BTreeSet};

use model::device::{IdKind, RecordKey, SourceRecord};

use super::{Cluster, Decision, MergeRules, Ruling, is_shared, merge};
use crate::identity::{Identity, MatchKey};

/// How many records may matter to each other before all are to be merged instead.
pub const CLOSURE_RECORDS_MAX: usize = 2_000;

/// What is to be fetched from the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Want {
    /// The records with this identifier, [`HOLDERS_MAX`](super::HOLDERS_MAX) of them at most.
    Key(MatchKey),
    /// This record.
    Record(RecordKey),
}

/// So many records hang together that all must be merged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("more than {CLOSURE_RECORDS_MAX} records hang together")]
pub struct Overgrown;

/// A growing set of records.
#[derive(Debug)]
pub struct Closure<'a> {
    rules: &'a MergeRules,
    decisions: &'a [Decision],
    found: BTreeMap<RecordKey, SourceRecord>,
    /// Those of which everything that can matter is found, or asked for.
    whole: BTreeSet<RecordKey>,
    /// Those to be looked at next.
    next: Vec<RecordKey>,
    /// Identifiers that were asked for.
    asked: BTreeSet<MatchKey>,
    /// Identifiers that were asked for and whose records are not yet looked at.
    open: Vec<MatchKey>,
}

impl<'a> Closure<'a> {
    /// Begins with records as they are now, and with what they were: a record that lost an
    /// identifier leaves others behind.
    #[must_use]
    pub fn start(
        now: Vec<SourceRecord>,
        before: &[SourceRecord],
        decisions: &'a [Decision],
        rules: &'a MergeRules,
    ) -> Self {
        let mut closure = Self {
            rules,
            decisions,
            found: BTreeMap::new(),
            whole: BTreeSet::new(),
            next: Vec::new(),
            asked: BTreeSet::new(),
            open: Vec::new(),
        };
        for record in now {
            closure.next.push(record.key.clone());
            closure.found.insert(record.key.clone(), record);
        }
        for record in before {
            let fresh = closure.fresh(Identity::of(record, rules).keys);
            closure.open.extend(fresh);
        }
        closure
    }

    /// What is to be fetched next, and given to [`Closure::add`]; nothing when all is there.
    pub fn wanted(&mut self) -> Result<Vec<Want>, Overgrown> {
        if self.whole.len() + self.next.len() > CLOSURE_RECORDS_MAX {
            return Err(Overgrown);
        }
        let mut wanted = Vec::new();
        for key in std::mem::take(&mut self.next) {
            if !self.whole.insert(key.clone()) {
                continue;
            }
            wanted.extend(self.pinned_to(&key).into_iter().map(Want::Record));
            let Some(record) = self.found.get(&key) else { continue };
            let keys = Identity::of(record, self.rules).keys;
            let fresh = self.fresh(keys);
            self.open.extend(fresh);
        }
        wanted.extend(self.open.iter().cloned().map(Want::Key));
        Ok(wanted)
    }

    /// Takes what was fetched: for each wanted identifier the records that have it.
    pub fn add(&mut self, fetched: Vec<SourceRecord>) {
        for record in fetched {
            // What changed is newer than what the store has.
            self.found.entry(record.key.clone()).or_insert(record);
        }
        let identities: Vec<(&SourceRecord, Identity)> =
            self.found.values().map(|record| (record, Identity::of(record, self.rules))).collect();
        for key in std::mem::take(&mut self.open) {
            let holders = identities.iter().filter(|(_, identity)| identity.keys.contains(&key));
            let said = holders.clone().map(|(record, identity)| {
                (record.key.source.as_str(), identity.scalar(IdKind::Serial))
            });
            if !is_shared(&key, said) {
                self.next.extend(holders.map(|(record, _)| record.key.clone()));
            }
        }
        let pinned: Vec<RecordKey> =
            self.whole.iter().flat_map(|key| self.pinned_to(key)).collect();
        self.next.extend(pinned.into_iter().filter(|key| self.found.contains_key(key)));
        self.next.retain(|key| !self.whole.contains(key));
    }

    /// The records that were found, and the devices of all those that matter, by their places.
    #[must_use]
    pub fn merge(self) -> (Vec<SourceRecord>, Vec<Cluster>) {
        let records: Vec<SourceRecord> = self.found.into_values().collect();
        let mut clusters = merge(&records, self.decisions, self.rules);
        clusters.retain(|it| it.members.iter().all(|at| self.whole.contains(&records[*at].key)));
        (records, clusters)
    }

    fn fresh(&mut self, keys: Vec<MatchKey>) -> Vec<MatchKey> {
        keys.into_iter().filter(|key| self.asked.insert(key.clone())).collect()
    }

    fn pinned_to(&self, key: &RecordKey) -> Vec<RecordKey> {
        let other = |it: &Decision| {
            if it.left == *key {
                Some(it.right.clone())
            } else if it.right == *key {
                Some(it.left.clone())
            } else {
                None
            }
        };
        let pins = self.decisions.iter().filter(|it| it.ruling == Ruling::Together);
        pins.filter_map(other).collect()
    }
}
