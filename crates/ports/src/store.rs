//! Where everything durable lives.
//!
//! One [`Commit`] is one transaction: claim → handle → snapshot + journal + timers + outbox. It
//! happens as a whole or not at all. Two mechanisms keep two writers apart: a *version* on every
//! case and desk (the writer names the one it read), and a *fence* on every piece of claimed work
//! (a claim raises it; a commit that names an old one is refused, so that a paused node cannot
//! write after its lease has passed).
//!
//! What is not looked up by anything but its key lives in one table of [`Record`]s, by [`Space`].
//!
//! Timestamps are kept to the microsecond ([`kept`]), fences are compared and never computed with.
//! [`memory::MemoryStore`] is the fake.

use async_trait::async_trait;
use model::{CaseId, PersonId, StateName, Timestamp};

use crate::audit::AuditRow;

mod instant;
pub mod memory;
mod record;
mod rows;
mod tally;

pub use instant::kept;
pub use record::{Record, RecordOp, Space};
pub use rows::{
    CaseQuery, CaseRow, Claimed, DeskRow, Found, JournalEntry, OutboxRow, PutBack, TimerOp,
    TimerRow, Wanted, WorkKey,
};
pub use tally::{
    Day, TALLIES_READ_MAX, TALLY_KEY_BYTES_MAX, TALLY_LIFE, Tallied, Tally, TallyQuery,
};

/// The store. Every call may wait for the disk; none blocks the caller's thread.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Carries out one transaction; durable when it returns. Every condition is looked at before
    /// anything is written; conditions of records see the operations before them in the list.
    async fn commit(&self, commit: Commit) -> Result<(), StoreError>;

    /// A case with its snapshot.
    async fn case(&self, id: CaseId) -> Result<Option<CaseRow>, StoreError>;
    /// The open case with this grouping key.
    async fn open_case(&self, group_key: &str) -> Result<Option<CaseId>, StoreError>;
    /// Cases, newest first, without their snapshots.
    async fn cases(&self, query: &CaseQuery) -> Result<Vec<CaseRow>, StoreError>;
    /// How many cases stand in each state.
    async fn count_cases(&self) -> Result<Vec<(StateName, u64)>, StoreError>;
    /// A case's journal, or with `None` what belongs to no case, oldest first, after `after`.
    async fn journal(
        &self,
        case: Option<CaseId>,
        after: u64,
        limit: u32,
    ) -> Result<Vec<JournalEntry>, StoreError>;
    /// Every journal entry after `after`, whichever case it belongs to, oldest first. Like
    /// [`Store::audit`] it reads what was tampered with.
    async fn entries(&self, after: u64, limit: u32) -> Result<Vec<JournalEntry>, StoreError>;
    /// A person's desk.
    async fn desk(&self, person: PersonId) -> Result<Option<DeskRow>, StoreError>;

    /// Several of the reads of one row at once, as of one moment: for what a burst would else ask
    /// for one by one.
    async fn look_up(&self, wanted: Wanted, now: Timestamp) -> Result<Found, StoreError>;

    /// Leases due outbox rows of one destination until `lease_until`: those that could be claimed
    /// earliest (their due time, or the end of a lease that lapsed) first, then in the order of
    /// their commits. Rows past their `expires_at` are among them, so that somebody fails them.
    async fn claim_outbox(
        &self,
        destination: &str,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Claimed<OutboxRow>>, StoreError>;
    /// Leases due timers until `lease_until`, in the same order, then by case and name.
    async fn claim_timers(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Claimed<TimerRow>>, StoreError>;
    /// When the next unleased timer is due, or the next lease ends.
    async fn next_timer_at(&self) -> Result<Option<Timestamp>, StoreError>;
    /// When the next outbox row of a destination is due, or its lease ends.
    async fn next_outbox_at(&self, destination: &str) -> Result<Option<Timestamp>, StoreError>;
    /// The destinations that have rows waiting, and how many.
    async fn outbox_depth(&self) -> Result<Vec<(String, u64)>, StoreError>;

    /// One record, unless it has expired by `now`.
    async fn record(
        &self,
        space: Space,
        key: &str,
        now: Timestamp,
    ) -> Result<Option<Record>, StoreError>;
    /// Unexpired records of a space, by owner where given, in key order after `after`. By owner
    /// it is quick for the spaces of [`Space::LISTED_BY_OWNER`] only.
    async fn records(
        &self,
        space: Space,
        owner: Option<PersonId>,
        after: &str,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Record>, StoreError>;

    /// Rows of the audit chain after `after`, in order. What cannot be read in a tampered row
    /// comes back as something that fails verification, so that the row can be named.
    async fn audit(&self, after: u64, limit: u32) -> Result<Vec<AuditRow>, StoreError>;
    /// The chain's end as written down beside it: how many rows there are, and the last hash.
    async fn audit_head(&self) -> Result<(u64, [u8; 32]), StoreError>;
    /// Bytes left on the volume, when that can be known.
    async fn free_bytes(&self) -> Result<Option<u64>, StoreError>;
    /// Sums of tallies over some days, in the order of keys, then names.
    async fn tallies(&self, query: &TallyQuery) -> Result<Vec<Tallied>, StoreError>;
    /// Deletes expired records and old tallies, a bounded number; returns how many.
    async fn sweep(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

/// One transaction.
#[derive(Debug, Clone, Default)]
pub struct Commit {
    /// Claimed work that this finishes: the rows go away, if the fences still hold.
    pub done: Vec<WorkKey>,
    /// Claimed work that is put back: the rows stay, unleased, to be done later.
    pub put_back: Vec<PutBack>,
    /// The case, with its new version; version 1 is a new case.
    pub case: Option<CaseRow>,
    /// The person's desk, with its new version; version 1 is a new desk.
    pub desk: Option<DeskRow>,
    /// What happened; each entry gets its row in the audit chain.
    pub journal: Vec<JournalEntry>,
    /// Timers to set or cancel.
    pub timers: Vec<TimerOp>,
    /// Effects to carry out.
    pub outbox: Vec<OutboxRow>,
    /// Records to write.
    pub records: Vec<RecordOp>,
    /// Counters to add to.
    pub tallies: Vec<Tally>,
    /// Journal entries, by their `seq`, whose data and salt are erased for good. The chain keeps
    /// their digest and stays whole.
    pub erase: Vec<u64>,
}

/// Why a transaction did not happen, or a read failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Somebody else wrote first: read again, decide again.
    #[error("another writer was first")]
    Conflict,
    /// What this was to finish or consume is no longer there or no longer ours.
    #[error("the claimed work or record is gone")]
    Gone,
    /// There is no room on the disk.
    #[error("the disk is full")]
    Full,
    /// It may work later.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// The data is not what it must be.
    #[error("the store is damaged: {0}")]
    Damaged(String),
}
