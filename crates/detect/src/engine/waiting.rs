//! Matches that wait, because an earlier one may still be on its way.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{correlations::Hit, keys::GroupValues, subject::Subject};
use crate::correlate::group::Entry;

/// How many matches wait for one correlation: beyond, the earliest are let go unseen.
pub const WAITING_MAX: usize = 20_000;

/// Matches in the order of their time.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Waiting {
    hits: BTreeMap<Order, Hit>,
    /// How many were let go for want of room.
    pub(crate) shed: u64,
}

/// By time, then by place in the log, then by what distinguishes matches of one event.
type Order = (u32, u64, usize, u16, u128, u64);

impl Waiting {
    pub(crate) fn is_empty(&self) -> bool {
        self.hits.is_empty()
    }

    pub(crate) fn push(&mut self, hit: Hit) {
        let entry = hit.entry;
        let order = (entry.time, hit.position, hit.index, entry.part, hit.key, entry.value);
        self.hits.insert(order, hit);
        if self.hits.len() > WAITING_MAX {
            self.hits.pop_first();
            self.shed += 1;
        }
    }

    /// Those up to a time, in order.
    pub(crate) fn due(&mut self, until: u32) -> Vec<Hit> {
        let later = match until.checked_add(1) {
            Some(first) => self.hits.split_off(&(first, 0, 0, 0, 0, 0)),
            None => BTreeMap::new(),
        };
        std::mem::replace(&mut self.hits, later).into_values().collect()
    }

    /// As bytes. What waits is little, and holds facts of every kind: it is written as JSON.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let all = Stored {
            shed: self.shed,
            hits: self.hits.values().filter_map(StoredHit::of).collect(),
        };
        serde_json::to_vec(&all).expect("facts and numbers can be written")
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let stored: Stored = serde_json::from_slice(bytes).ok()?;
        let mut waiting = Self { hits: BTreeMap::new(), shed: stored.shed };
        for hit in stored.hits {
            waiting.push(hit.read()?);
        }
        Some(waiting)
    }
}

#[derive(Serialize, Deserialize)]
struct Stored {
    shed: u64,
    hits: Vec<StoredHit>,
}

#[derive(Serialize, Deserialize)]
struct StoredHit {
    position: u64,
    index: usize,
    key: String,
    value: String,
    actor: String,
    time: u32,
    part: u16,
    uid: String,
    at: model::Timestamp,
    person: Option<model::PersonId>,
    account: Option<model::Personal>,
    facts: model::Facts,
    group: GroupValues,
}

impl StoredHit {
    /// What waits has its subject and its group with it.
    fn of(hit: &Hit) -> Option<Self> {
        let (subject, group) = (hit.subject.as_ref()?, hit.group.as_ref()?);
        Some(Self {
            position: hit.position,
            index: hit.index,
            key: format!("{:x}", hit.key),
            value: format!("{:x}", hit.entry.value),
            actor: format!("{:x}", hit.entry.actor),
            time: hit.entry.time,
            part: hit.entry.part,
            uid: format!("{:x}", subject.uid.0),
            at: subject.time,
            person: subject.person,
            account: subject.account.clone(),
            facts: subject.facts.clone(),
            group: group.to_vec(),
        })
    }

    fn read(self) -> Option<Hit> {
        let bits = |text: &str| u64::from_str_radix(text, 16).ok();
        let digest = |text: &str| u128::from_str_radix(text, 16).ok();
        let subject = Subject {
            uid: event::Uid(digest(&self.uid)?),
            time: self.at,
            person: self.person,
            account: self.account,
            facts: self.facts,
        };
        Some(Hit {
            position: self.position,
            index: self.index,
            key: digest(&self.key)?,
            entry: Entry {
                value: bits(&self.value)?,
                actor: bits(&self.actor)?,
                time: self.time,
                part: self.part,
            },
            subject: Some(Arc::new(subject)),
            group: Some(Arc::new(self.group)),
        })
    }
}
