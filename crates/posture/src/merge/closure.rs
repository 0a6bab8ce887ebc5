//! For records that changed, all others that can matter to the devices they belong to.
//!
//! Asks the store for what it needs until it has everything, and then merging what was found gives
//! for these devices exactly what merging everything would. Identifiers that say nothing are not
//! followed, so that a dock used by a thousand people does not draw in a thousand laptops.

use std::collections::{BTreeMap, BTreeSet};

use model::device::{IdKind, RecordKey, SourceRecord};

use super::{Cluster, Decision, HOLDERS_MAX, MergeRules, Ruling, audible, is_shared, merge};
use crate::identity::{Handle, Identity, MatchKey};

/// How many records may matter to each other before all are to be merged instead.
pub const CLOSURE_RECORDS_MAX: usize = 2_000;

/// What is to be fetched from the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Want {
    /// The records with this identifier, [`HOLDERS_MAX`](super::HOLDERS_MAX) of them at most.
    Key(Handle),
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
    asked: BTreeSet<Handle>,
    /// Identifiers that were asked for and whose records are not yet looked at.
    open: Vec<Handle>,
    /// Whether what devices say of themselves is followed.
    follows_claims: bool,
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
            follows_claims: true,
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

    /// The same without following what devices say of themselves: with what they claim they must
    /// not keep the devices of others from being told anew. They come to these from their own side.
    #[must_use]
    pub fn of_managed(mut self) -> Self {
        self.follows_claims = false;
        self.asked.retain(|handle| !handle.is_claim);
        self.open.retain(|handle| !handle.is_claim);
        self
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
        for handle in std::mem::take(&mut self.open) {
            let is_holder = |(_, identity): &&(&SourceRecord, Identity)| {
                identity.trust.is_own_word() == handle.is_claim
                    && identity.keys.contains(&handle.key)
            };
            let holders: Vec<_> = identities.iter().filter(is_holder).collect();
            self.next.extend(followed(&handle, &holders));
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
        let is_whole = |at: &usize| self.whole.contains(&records[*at].key);
        // A claim that was not followed to its end, as there are too many, is told with what it
        // joins.
        let is_claim = |at: &usize| self.rules.trusts.of(&records[*at].key.source).is_own_word();
        clusters.retain(|it| {
            it.members.iter().any(is_whole)
                && it.members.iter().all(|at| is_whole(at) || is_claim(at))
        });
        (records, clusters)
    }

    fn fresh(&mut self, keys: Vec<MatchKey>) -> Vec<Handle> {
        let claims: &[bool] = if self.follows_claims { &[false, true] } else { &[false] };
        let both = keys.into_iter().flat_map(|key| {
            claims.iter().map(move |is_claim| Handle { key: key.clone(), is_claim: *is_claim })
        });
        both.filter(|handle| self.asked.insert(handle.clone())).collect()
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

/// The holders of an identifier that can matter to each other.
fn followed(handle: &Handle, holders: &[&(&SourceRecord, Identity)]) -> Vec<RecordKey> {
    let key = |record: &SourceRecord| record.key.clone();
    if !handle.is_claim {
        let said = holders.iter().map(|(record, identity)| {
            (record.key.source.as_str(), identity.scalar(IdKind::Serial))
        });
        let is_silent = is_shared(&handle.key, said);
        return holders.iter().filter(|_| !is_silent).map(|(record, _)| key(record)).collect();
    }
    // With so many the store may not have returned them all.
    if holders.len() >= HOLDERS_MAX {
        return Vec::new();
    }
    let holders: Vec<_> =
        holders.iter().map(|(record, identity)| (*record, *record, identity)).collect();
    audible(&handle.key, &holders).0.into_iter().map(key).collect()
}
