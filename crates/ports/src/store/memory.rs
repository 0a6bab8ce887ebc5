//! The store in memory: the fake for tests and the simulator.
//!
//! It keeps every promise of [`Store`] but durability, waits for nothing, needs no executor, and
//! orders everything by key, so that the same calls give the same answers. A clone is the same
//! store: a server that was "killed" starts again over it.

mod mood;
mod state;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use model::{CaseId, PersonId, StateName, Timestamp};

use self::{mood::Mood, state::State};
use super::{
    CaseQuery, CaseRow, Claimed, Commit, DeskRow, Found, JournalEntry, OutboxRow, Record, Space,
    Store, StoreError, Tallied, TallyQuery, TimerRow, Wanted, kept,
};
use crate::audit::AuditRow;

pub use mood::Call;

/// A store in memory. Clones share what they hold.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
    mood: Mood,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on says that so many bytes are left on its volume. It has room all the same.
    pub fn leave_bytes(&self, bytes: u64) {
        self.state().free_bytes = Some(bytes);
    }

    /// The timers of a case, for tests: the port itself only ever claims due ones.
    #[must_use]
    pub fn timers_of(&self, case: CaseId) -> Vec<TimerRow> {
        self.state().timers.of(case)
    }

    /// No call panics half-way through a change, so that a poisoned lock still guards whole data.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        self.mood.allow(Call::Commit(&commit))?;
        self.state().commit(commit.kept())
    }

    async fn case(&self, id: CaseId) -> Result<Option<CaseRow>, StoreError> {
        Ok(self.state().cases.get(&id).cloned())
    }

    async fn open_case(&self, group_key: &str) -> Result<Option<CaseId>, StoreError> {
        Ok(self.state().open_keys.get(group_key).copied())
    }

    async fn cases(&self, query: &CaseQuery) -> Result<Vec<CaseRow>, StoreError> {
        Ok(self.state().list(query))
    }

    async fn count_cases(&self) -> Result<Vec<(StateName, u64)>, StoreError> {
        Ok(self.state().count())
    }

    async fn journal(
        &self,
        case: Option<CaseId>,
        after: u64,
        limit: u32,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        Ok(self.state().chain.journal(case, after, limit))
    }

    async fn entries(&self, after: u64, limit: u32) -> Result<Vec<JournalEntry>, StoreError> {
        Ok(self.state().chain.entries(after, limit))
    }

    async fn desk(&self, person: PersonId) -> Result<Option<DeskRow>, StoreError> {
        Ok(self.state().desks.get(&person).cloned())
    }

    async fn look_up(&self, wanted: Wanted, now: Timestamp) -> Result<Found, StoreError> {
        let state = self.state();
        let record = |at: &(Space, String)| {
            let record = state.records.get(at).filter(|record| record.is_live(kept(now)));
            record.cloned()
        };
        let open = |key: &String| state.open_keys.get(key).copied();
        Ok(Found {
            cases: wanted.cases.iter().map(|id| state.cases.get(id).cloned()).collect(),
            open_cases: wanted.open_cases.iter().map(open).collect(),
            desks: wanted.desks.iter().map(|person| state.desks.get(person).cloned()).collect(),
            records: wanted.records.iter().map(record).collect(),
        })
    }

    async fn claim_outbox(
        &self,
        destination: &str,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Claimed<OutboxRow>>, StoreError> {
        Ok(self.state().outbox.claim(destination, kept(now), kept(lease_until), limit))
    }

    async fn claim_timers(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Claimed<TimerRow>>, StoreError> {
        Ok(self.state().timers.claim(kept(now), kept(lease_until), limit))
    }

    async fn next_timer_at(&self) -> Result<Option<Timestamp>, StoreError> {
        self.mood.allow(Call::NextTimer)?;
        Ok(self.state().timers.next())
    }

    async fn next_outbox_at(&self, destination: &str) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.state().outbox.next(destination))
    }

    async fn outbox_depth(&self) -> Result<Vec<(String, u64)>, StoreError> {
        Ok(self.state().outbox.depth())
    }

    async fn record(
        &self,
        space: Space,
        key: &str,
        now: Timestamp,
    ) -> Result<Option<Record>, StoreError> {
        let state = self.state();
        let record = state.records.get(&(space, key.to_owned()));
        Ok(record.filter(|record| record.is_live(kept(now))).cloned())
    }

    async fn records(
        &self,
        space: Space,
        owner: Option<PersonId>,
        after: &str,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Record>, StoreError> {
        self.mood.allow(Call::Records(space))?;
        Ok(self.state().records_after(space, owner, after, kept(now), limit))
    }

    async fn audit(&self, after: u64, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        Ok(self.state().chain.rows(after, limit))
    }

    async fn audit_head(&self) -> Result<(u64, [u8; 32]), StoreError> {
        Ok(self.state().chain.head())
    }

    async fn free_bytes(&self) -> Result<Option<u64>, StoreError> {
        Ok(self.state().free_bytes)
    }

    async fn tallies(&self, query: &TallyQuery) -> Result<Vec<Tallied>, StoreError> {
        Ok(self.state().tallies.read(query))
    }

    async fn sweep(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        Ok(self.state().sweep(kept(now), limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_store_keeps_every_promise_of_the_port() {
        futures::executor::block_on(crate::conformance::store(async || {
            let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
            store
        }));
    }

    #[test]
    fn a_clone_is_the_same_store() {
        futures::executor::block_on(async {
            let store = MemoryStore::new();
            let id = PersonId::from_digest(7);
            let desk = DeskRow { person: id, version: 1, snapshot: vec![1] };
            let commit = Commit { desk: Some(desk.clone()), ..Commit::default() };
            store.clone().commit(commit).await.expect("a new desk");
            assert_eq!(store.desk(id).await, Ok(Some(desk)));
        });
    }
}
