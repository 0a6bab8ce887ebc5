//! The outbox of the store in memory.

use std::collections::{BTreeMap, BTreeSet};

use model::{OutboxId, Timestamp};

use crate::store::{Claimed, OutboxRow, StoreError};

/// By destination, readiness and order of commit.
type ReadyKey = (Timestamp, u64, OutboxId);

#[derive(Debug, Default)]
pub(in super::super) struct Outbox {
    rows: BTreeMap<OutboxId, Waiting>,
    by_ready: BTreeMap<String, BTreeSet<ReadyKey>>,
    last_order: u64,
}

#[derive(Debug)]
struct Waiting {
    row: OutboxRow,
    order: u64,
    /// From when it can be claimed.
    ready_at: Timestamp,
    fence: u64,
}

impl Outbox {
    pub(super) fn fence(&self, id: OutboxId) -> Option<u64> {
        self.rows.get(&id).map(|waiting| waiting.fence)
    }

    pub(super) fn check_new(&self, rows: &[OutboxRow]) -> Result<(), StoreError> {
        let mut seen = BTreeSet::new();
        let is_new = |row: &OutboxRow| !self.rows.contains_key(&row.id) && seen.insert(row.id);
        if rows.iter().all(is_new) { Ok(()) } else { Err(StoreError::Conflict) }
    }

    pub(super) fn add(&mut self, row: OutboxRow) {
        self.last_order += 1;
        let born = row.born_leased_until;
        let waiting = Waiting {
            order: self.last_order,
            ready_at: born.map_or(row.due, |lease_until| lease_until.max(row.due)),
            fence: u64::from(born.is_some()),
            row: OutboxRow { born_leased_until: None, ..row },
        };
        self.enter(waiting);
    }

    fn enter(&mut self, waiting: Waiting) {
        let key = (waiting.ready_at, waiting.order, waiting.row.id);
        self.by_ready.entry(waiting.row.destination.clone()).or_default().insert(key);
        self.rows.insert(waiting.row.id, waiting);
    }

    fn leave(&mut self, id: OutboxId) -> Option<Waiting> {
        let waiting = self.rows.remove(&id)?;
        if let Some(lane) = self.by_ready.get_mut(&waiting.row.destination) {
            lane.remove(&(waiting.ready_at, waiting.order, id));
            if lane.is_empty() {
                self.by_ready.remove(&waiting.row.destination);
            }
        }
        Some(waiting)
    }

    pub(super) fn remove(&mut self, id: OutboxId) {
        self.leave(id);
    }

    pub(super) fn put_back(&mut self, id: OutboxId, due: Timestamp, attempts: u32) {
        if let Some(mut waiting) = self.leave(id) {
            waiting.row.due = due;
            waiting.row.attempts = attempts;
            waiting.ready_at = due;
            waiting.fence += 1;
            self.enter(waiting);
        }
    }

    pub(in super::super) fn claim(
        &mut self,
        destination: &str,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Vec<Claimed<OutboxRow>> {
        let lane = self.by_ready.get(destination).into_iter().flatten();
        let ready = lane.take_while(|(ready_at, ..)| *ready_at <= now);
        let ready: Vec<_> = ready.take(limit as usize).map(|(.., id)| *id).collect();
        ready.into_iter().filter_map(|id| self.lease(id, lease_until)).collect()
    }

    fn lease(&mut self, id: OutboxId, lease_until: Timestamp) -> Option<Claimed<OutboxRow>> {
        let mut waiting = self.leave(id)?;
        waiting.fence += 1;
        waiting.ready_at = lease_until;
        let claimed = Claimed { work: waiting.row.clone(), fence: waiting.fence };
        self.enter(waiting);
        Some(claimed)
    }

    pub(in super::super) fn next(&self, destination: &str) -> Option<Timestamp> {
        self.by_ready.get(destination)?.first().map(|(ready_at, ..)| *ready_at)
    }

    pub(in super::super) fn depth(&self) -> Vec<(String, u64)> {
        let lanes = self.by_ready.iter();
        lanes.map(|(destination, rows)| (destination.clone(), rows.len() as u64)).collect()
    }
}
