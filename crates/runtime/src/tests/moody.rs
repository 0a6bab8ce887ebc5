//! A store that fails when it is told to, and then does nothing.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use model::{CaseId, PersonId, StateName, Timestamp};
use ports::{
    audit::AuditRow,
    store::{
        CaseQuery, CaseRow, Claimed, Commit, DeskRow, Found, JournalEntry, OutboxRow, Record,
        Space, Store, StoreError, Tallied, TallyQuery, TimerRow, Wanted, memory::MemoryStore,
    },
};

/// A call that may fail.
pub(crate) enum Call<'c> {
    Commit(&'c Commit),
    Records(Space),
    NextTimer,
}

type Mood = Box<dyn FnMut(Call<'_>) -> bool + Send>;

/// A store in memory with moods.
pub(crate) struct MoodyStore {
    inner: MemoryStore,
    mood: Mutex<Mood>,
}

impl MoodyStore {
    /// In a good mood.
    pub(crate) fn over(inner: MemoryStore) -> Self {
        Self { inner, mood: Mutex::new(Box::new(|_| false)) }
    }

    /// From now on the calls fail of which this is true.
    pub(crate) fn fail(&self, mood: impl FnMut(Call<'_>) -> bool + Send + 'static) {
        *self.mood.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(mood);
    }

    /// From now on nothing fails.
    pub(crate) fn recover(&self) {
        self.fail(|_| false);
    }

    fn ask(&self, call: Call<'_>) -> Result<(), StoreError> {
        let mut mood = self.mood.lock().unwrap_or_else(PoisonError::into_inner);
        match mood(call) {
            true => Err(StoreError::Unavailable("a bad moment".to_owned())),
            false => Ok(()),
        }
    }
}

#[async_trait]
impl Store for MoodyStore {
    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        self.ask(Call::Commit(&commit))?;
        self.inner.commit(commit).await
    }
    async fn case(&self, id: CaseId) -> Result<Option<CaseRow>, StoreError> {
        self.inner.case(id).await
    }
    async fn open_case(&self, group_key: &str) -> Result<Option<CaseId>, StoreError> {
        self.inner.open_case(group_key).await
    }
    async fn cases(&self, query: &CaseQuery) -> Result<Vec<CaseRow>, StoreError> {
        self.inner.cases(query).await
    }
    async fn count_cases(&self) -> Result<Vec<(StateName, u64)>, StoreError> {
        self.inner.count_cases().await
    }
    async fn journal(
        &self,
        case: Option<CaseId>,
        after: u64,
        limit: u32,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        self.inner.journal(case, after, limit).await
    }
    async fn entries(&self, after: u64, limit: u32) -> Result<Vec<JournalEntry>, StoreError> {
        self.inner.entries(after, limit).await
    }
    async fn desk(&self, person: PersonId) -> Result<Option<DeskRow>, StoreError> {
        self.inner.desk(person).await
    }
    async fn look_up(&self, wanted: Wanted, now: Timestamp) -> Result<Found, StoreError> {
        self.inner.look_up(wanted, now).await
    }
    async fn claim_outbox(
        &self,
        destination: &str,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Claimed<OutboxRow>>, StoreError> {
        self.inner.claim_outbox(destination, now, lease_until, limit).await
    }
    async fn claim_timers(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Claimed<TimerRow>>, StoreError> {
        self.inner.claim_timers(now, lease_until, limit).await
    }
    async fn next_timer_at(&self) -> Result<Option<Timestamp>, StoreError> {
        self.ask(Call::NextTimer)?;
        self.inner.next_timer_at().await
    }
    async fn next_outbox_at(&self, destination: &str) -> Result<Option<Timestamp>, StoreError> {
        self.inner.next_outbox_at(destination).await
    }
    async fn outbox_depth(&self) -> Result<Vec<(String, u64)>, StoreError> {
        self.inner.outbox_depth().await
    }
    async fn record(
        &self,
        space: Space,
        key: &str,
        now: Timestamp,
    ) -> Result<Option<Record>, StoreError> {
        self.inner.record(space, key, now).await
    }
    async fn records(
        &self,
        space: Space,
        owner: Option<PersonId>,
        after: &str,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Record>, StoreError> {
        self.ask(Call::Records(space))?;
        self.inner.records(space, owner, after, now, limit).await
    }
    async fn audit(&self, after: u64, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        self.inner.audit(after, limit).await
    }
    async fn audit_head(&self) -> Result<(u64, [u8; 32]), StoreError> {
        self.inner.audit_head().await
    }
    async fn free_bytes(&self) -> Result<Option<u64>, StoreError> {
        self.inner.free_bytes().await
    }
    async fn tallies(&self, query: &TallyQuery) -> Result<Vec<Tallied>, StoreError> {
        self.inner.tallies(query).await
    }
    async fn sweep(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.inner.sweep(now, limit).await
    }
}
