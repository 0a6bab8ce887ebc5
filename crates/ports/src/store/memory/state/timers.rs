//! Timers of the store in memory.

use std::collections::{BTreeMap, BTreeSet};

use model::{CaseId, Timestamp};

use crate::store::{Claimed, TimerOp, TimerRow};

type TimerKey = (CaseId, String);

#[derive(Debug, Default)]
pub(in super::super) struct Timers {
    rows: BTreeMap<TimerKey, Waiting>,
    by_ready: BTreeSet<(Timestamp, CaseId, String)>,
    /// One count for all timers: a timer set anew under an old name never repeats a fence.
    last_fence: u64,
}

#[derive(Debug)]
struct Waiting {
    due: Timestamp,
    /// From when it can be claimed.
    ready_at: Timestamp,
    fence: u64,
}

impl Timers {
    pub(super) fn fence(&self, case: CaseId, name: &str) -> Option<u64> {
        self.rows.get(&(case, name.to_owned())).map(|row| row.fence)
    }

    pub(super) fn apply(&mut self, op: TimerOp) {
        match op {
            TimerOp::Set(row) => self.set(row),
            TimerOp::Cancel { case, name } => self.remove(case, &name),
        }
    }

    fn set(&mut self, row: TimerRow) {
        self.remove(row.case, &row.name);
        self.last_fence += 1;
        let waiting = Waiting { due: row.due, ready_at: row.due, fence: self.last_fence };
        self.by_ready.insert((row.due, row.case, row.name.clone()));
        self.rows.insert((row.case, row.name), waiting);
    }

    pub(super) fn remove(&mut self, case: CaseId, name: &str) {
        if let Some(row) = self.rows.remove(&(case, name.to_owned())) {
            self.by_ready.remove(&(row.ready_at, case, name.to_owned()));
        }
    }

    pub(super) fn put_back(&mut self, case: CaseId, name: &str, due: Timestamp) {
        self.set(TimerRow { case, name: name.to_owned(), due });
    }

    pub(in super::super) fn claim(
        &mut self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Vec<Claimed<TimerRow>> {
        let ready = self.by_ready.iter().take_while(|(ready_at, ..)| *ready_at <= now);
        let ready: Vec<_> = ready.take(limit as usize).cloned().collect();
        ready.into_iter().filter_map(|key| self.lease(key, lease_until)).collect()
    }

    fn lease(
        &mut self,
        key: (Timestamp, CaseId, String),
        lease_until: Timestamp,
    ) -> Option<Claimed<TimerRow>> {
        self.by_ready.remove(&key);
        let (_, case, name) = key;
        let row = self.rows.get_mut(&(case, name.clone()))?;
        self.last_fence += 1;
        row.fence = self.last_fence;
        row.ready_at = lease_until;
        self.by_ready.insert((lease_until, case, name.clone()));
        let work = TimerRow { case, name, due: row.due };
        Some(Claimed { work, fence: self.last_fence })
    }

    pub(in super::super) fn of(&self, case: CaseId) -> Vec<TimerRow> {
        let rows = self.rows.range((case, String::new())..);
        rows.take_while(|((found, _), _)| *found == case)
            .map(|((case, name), row)| TimerRow { case: *case, name: name.clone(), due: row.due })
            .collect()
    }

    pub(in super::super) fn next(&self) -> Option<Timestamp> {
        self.by_ready.first().map(|(ready_at, ..)| *ready_at)
    }
}
