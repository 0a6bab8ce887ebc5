//! What the store in memory holds. Conditions first, then writes, as in a real one.

mod chain;
mod outbox;
mod tallies;
mod timers;

use std::collections::BTreeMap;

use model::{CaseId, PersonId, StateName, Timestamp};

use self::{chain::Chain, outbox::Outbox, tallies::Tallies, timers::Timers};
use crate::store::{
    CaseQuery, CaseRow, Commit, Day, DeskRow, PutBack, Record, RecordOp, Space, StoreError, WorkKey,
};

type RecordKey = (Space, String);
type RecordChanges = BTreeMap<RecordKey, Option<Record>>;

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) cases: BTreeMap<CaseId, CaseRow>,
    pub(super) open_keys: BTreeMap<String, CaseId>,
    pub(super) desks: BTreeMap<PersonId, DeskRow>,
    pub(super) records: BTreeMap<RecordKey, Record>,
    pub(super) timers: Timers,
    pub(super) outbox: Outbox,
    pub(super) tallies: Tallies,
    pub(super) chain: Chain,
    pub(super) free_bytes: Option<u64>,
}

impl State {
    pub(super) fn commit(&mut self, commit: Commit) -> Result<(), StoreError> {
        let put_back = commit.put_back.iter().map(|each| &each.work);
        commit.done.iter().chain(put_back).try_for_each(|key| self.check_claim(key))?;
        commit.case.iter().try_for_each(|case| self.check_case(case))?;
        commit.desk.iter().try_for_each(|desk| self.check_desk(desk))?;
        self.outbox.check_new(&commit.outbox)?;
        let records = self.record_changes(&commit.records)?;

        commit.done.iter().for_each(|key| self.finish(key));
        commit.put_back.iter().for_each(|each| self.put_back(each));
        commit.case.into_iter().for_each(|case| self.write_case(case));
        commit.desk.into_iter().for_each(|desk| {
            self.desks.insert(desk.person, desk);
        });
        commit.journal.into_iter().for_each(|entry| self.chain.append(entry));
        commit.timers.into_iter().for_each(|op| self.timers.apply(op));
        commit.outbox.into_iter().for_each(|row| self.outbox.add(row));
        commit.tallies.iter().for_each(|tally| self.tallies.add(tally));
        commit.erase.into_iter().for_each(|seq| self.chain.erase(seq));
        for (key, record) in records {
            match record {
                Some(record) => self.records.insert(key, record),
                None => self.records.remove(&key),
            };
        }
        Ok(())
    }

    fn check_claim(&self, key: &WorkKey) -> Result<(), StoreError> {
        let (held, claimed) = match key {
            WorkKey::Outbox { id, fence } => (self.outbox.fence(*id), *fence),
            WorkKey::Timer { case, name, fence } => (self.timers.fence(*case, name), *fence),
        };
        if claimed != 0 && held == Some(claimed) { Ok(()) } else { Err(StoreError::Gone) }
    }

    fn check_case(&self, case: &CaseRow) -> Result<(), StoreError> {
        let stored = self.cases.get(&case.id).map_or(0, |row| row.version);
        let holder = self.open_keys.get(&case.group_key);
        let key_taken = case.state.is_open() && holder.is_some_and(|holder| *holder != case.id);
        if stored.checked_add(1) != Some(case.version) || key_taken {
            return Err(StoreError::Conflict);
        }
        Ok(())
    }

    fn check_desk(&self, desk: &DeskRow) -> Result<(), StoreError> {
        let stored = self.desks.get(&desk.person).map_or(0, |row| row.version);
        let follows = stored.checked_add(1) == Some(desk.version);
        if follows { Ok(()) } else { Err(StoreError::Conflict) }
    }

    fn record_changes(&self, ops: &[RecordOp]) -> Result<RecordChanges, StoreError> {
        let mut changes = RecordChanges::new();
        for op in ops {
            let (space, key) = op.target();
            let key = (space, key.to_owned());
            let before = match changes.get(&key) {
                Some(change) => change.as_ref(),
                None => self.records.get(&key),
            };
            let after = op.outcome(before)?;
            changes.insert(key, after);
        }
        Ok(changes)
    }

    fn finish(&mut self, key: &WorkKey) {
        match key {
            WorkKey::Outbox { id, .. } => self.outbox.remove(*id),
            WorkKey::Timer { case, name, .. } => self.timers.remove(*case, name),
        }
    }

    fn put_back(&mut self, put_back: &PutBack) {
        match &put_back.work {
            WorkKey::Outbox { id, .. } => {
                self.outbox.put_back(*id, put_back.due, put_back.attempts);
            }
            WorkKey::Timer { case, name, .. } => {
                self.timers.put_back(*case, name, put_back.due);
            }
        }
    }

    fn write_case(&mut self, case: CaseRow) {
        if let Some(before) = self.cases.get(&case.id).filter(|before| before.state.is_open()) {
            self.open_keys.remove(&before.group_key);
        }
        if case.state.is_open() {
            self.open_keys.insert(case.group_key.clone(), case.id);
        }
        self.cases.insert(case.id, case);
    }

    pub(super) fn list(&self, query: &CaseQuery) -> Vec<CaseRow> {
        let rows = self.cases.values().rev();
        rows.filter(|case| query.matches(case))
            .take(query.limit as usize)
            .map(|case| CaseRow { snapshot: Vec::new(), ..case.clone() })
            .collect()
    }

    pub(super) fn count(&self) -> Vec<(StateName, u64)> {
        let mut counts = BTreeMap::new();
        for case in self.cases.values() {
            *counts.entry(case.state).or_default() += 1;
        }
        counts.into_iter().collect()
    }

    pub(super) fn records_after(
        &self,
        space: Space,
        owner: Option<PersonId>,
        after: &str,
        now: Timestamp,
        limit: u32,
    ) -> Vec<Record> {
        let rows = self.records.range((space, after.to_owned())..);
        rows.take_while(|((found, _), _)| *found == space)
            .map(|(_, record)| record)
            .filter(|record| record.key.as_str() > after && record.is_live(now))
            .filter(|record| owner.is_none() || record.owner == owner)
            .take(limit as usize)
            .cloned()
            .collect()
    }

    pub(super) fn sweep(&mut self, now: Timestamp, limit: u32) -> u64 {
        let expired = self.records.iter().filter(|(_, record)| !record.is_live(now));
        let keys: Vec<_> = expired.take(limit as usize).map(|(key, _)| key.clone()).collect();
        keys.iter().for_each(|key| {
            self.records.remove(key);
        });
        let deleted = keys.len() as u64;
        let left = u64::from(limit).saturating_sub(deleted);
        deleted + self.tallies.forget_before(Day::first_kept(now), left)
    }
}
