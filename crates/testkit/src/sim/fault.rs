//! A store that pauses at every call, and fails before or after it has done its work.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use model::{CaseId, PersonId, StateName, Timestamp};
use ports::{
    audit::AuditRow,
    store::{
        CaseQuery, CaseRow, Claimed, Commit, DeskRow, Found, JournalEntry, OutboxRow, Record,
        Space, Store, StoreError, Tallied, TallyQuery, TimerRow, Wanted, WorkKey,
        memory::MemoryStore,
    },
};

use super::{dice::Chance, executor::pause, witness::Witness};

/// The store of the simulator.
pub(super) struct FaultyStore {
    pub(super) inner: MemoryStore,
    pub(super) chance: Chance,
    pub(super) witness: Witness,
    /// Whether faults are on: off while a run settles.
    pub(super) is_faulty: Arc<AtomicBool>,
    pub(super) disk: Disk,
}

/// How full the disk is.
#[derive(Clone, Default)]
pub(super) struct Disk {
    /// Nothing can be written.
    pub(super) is_full: Arc<AtomicBool>,
    /// Only the reserve is left.
    pub(super) is_low: Arc<AtomicBool>,
}

/// How often a call fails before it does its work, in a thousand.
const LOST_BEFORE: usize = 12;
/// How often the reply of a commit that took effect is lost.
const LOST_AFTER: usize = 8;

impl FaultyStore {
    async fn enter(&self) -> Result<(), StoreError> {
        pause(&self.chance).await;
        self.fail(LOST_BEFORE)
    }

    fn fail(&self, often: usize) -> Result<(), StoreError> {
        if self.is_faulty.load(Ordering::Relaxed) && self.chance.permille(often) {
            self.witness.disrupt();
            return Err(StoreError::Unavailable("simulated".to_owned()));
        }
        Ok(())
    }
}

#[async_trait]
impl Store for FaultyStore {
    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        self.enter().await?;
        if self.disk.is_full.load(Ordering::Relaxed) {
            self.witness.disrupt();
            return Err(StoreError::Full);
        }
        self.inner.commit(commit.clone()).await?;
        self.witness.stored(&commit);
        self.fail(LOST_AFTER)?;
        pause(&self.chance).await;
        Ok(())
    }
    async fn case(&self, id: CaseId) -> Result<Option<CaseRow>, StoreError> {
        self.enter().await?;
        self.inner.case(id).await
    }
    async fn open_case(&self, group_key: &str) -> Result<Option<CaseId>, StoreError> {
        self.enter().await?;
        self.inner.open_case(group_key).await
    }
    async fn cases(&self, query: &CaseQuery) -> Result<Vec<CaseRow>, StoreError> {
        self.enter().await?;
        self.inner.cases(query).await
    }
    async fn count_cases(&self) -> Result<Vec<(StateName, u64)>, StoreError> {
        self.enter().await?;
        self.inner.count_cases().await
    }
    async fn journal(
        &self,
        case: Option<CaseId>,
        after: u64,
        limit: u32,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        self.enter().await?;
        self.inner.journal(case, after, limit).await
    }
    async fn entries(&self, after: u64, limit: u32) -> Result<Vec<JournalEntry>, StoreError> {
        self.enter().await?;
        self.inner.entries(after, limit).await
    }
    async fn desk(&self, person: PersonId) -> Result<Option<DeskRow>, StoreError> {
        self.enter().await?;
        self.inner.desk(person).await
    }
    async fn look_up(&self, wanted: Wanted, now: Timestamp) -> Result<Found, StoreError> {
        self.enter().await?;
        self.inner.look_up(wanted, now).await
    }
    async fn claim_outbox(
        &self,
        destination: &str,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Claimed<OutboxRow>>, StoreError> {
        self.enter().await?;
        let claimed = self.inner.claim_outbox(destination, now, lease_until, limit).await?;
        self.witness.claimed(
            claimed
                .iter()
                .map(|claimed| WorkKey::Outbox { id: claimed.work.id, fence: claimed.fence }),
        );
        let lapsed = claimed.iter().filter(|claimed| claimed.work.expires_at <= now);
        self.witness.lapsed(lapsed.map(|claimed| &claimed.work));
        self.fail(LOST_AFTER)?;
        pause(&self.chance).await;
        Ok(claimed)
    }
    async fn claim_timers(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Claimed<TimerRow>>, StoreError> {
        self.enter().await?;
        let claimed = self.inner.claim_timers(now, lease_until, limit).await?;
        self.witness.claimed(claimed.iter().map(|claimed| WorkKey::Timer {
            case: claimed.work.case,
            name: claimed.work.name.clone(),
            fence: claimed.fence,
        }));
        self.fail(LOST_AFTER)?;
        pause(&self.chance).await;
        Ok(claimed)
    }
    async fn next_timer_at(&self) -> Result<Option<Timestamp>, StoreError> {
        self.enter().await?;
        self.inner.next_timer_at().await
    }
    async fn next_outbox_at(&self, destination: &str) -> Result<Option<Timestamp>, StoreError> {
        self.enter().await?;
        self.inner.next_outbox_at(destination).await
    }
    async fn outbox_depth(&self) -> Result<Vec<(String, u64)>, StoreError> {
        self.enter().await?;
        self.inner.outbox_depth().await
    }
    async fn record(
        &self,
        space: Space,
        key: &str,
        now: Timestamp,
    ) -> Result<Option<Record>, StoreError> {
        self.enter().await?;
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
        self.enter().await?;
        self.inner.records(space, owner, after, now, limit).await
    }
    async fn audit(&self, after: u64, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        self.enter().await?;
        self.inner.audit(after, limit).await
    }
    async fn audit_head(&self) -> Result<(u64, [u8; 32]), StoreError> {
        self.enter().await?;
        self.inner.audit_head().await
    }
    async fn free_bytes(&self) -> Result<Option<u64>, StoreError> {
        self.enter().await?;
        let is_low = self.disk.is_low.load(Ordering::Relaxed);
        Ok(is_low.then_some(0))
    }
    async fn tallies(&self, query: &TallyQuery) -> Result<Vec<Tallied>, StoreError> {
        self.enter().await?;
        self.inner.tallies(query).await
    }
    async fn sweep(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.enter().await?;
        self.inner.sweep(now, limit).await
    }
}
