//! Where everything durable lives.
//!
//! One [`Commit`] is one transaction: claim → handle → snapshot + journal + timers + outbox. It
//! happens as a whole or not at all. Two mechanisms keep two writers apart: a *version* on every
//! case and desk (the writer names the one it read), and a *fence* on every piece of claimed work
//! (a claim raises it; a commit that names an old one is refused, so that a paused node cannot
//! write after its lease has passed).
//!
//! What is not looked up by anything but its key lives in one table of [`Record`]s, by [`Space`].

use async_trait::async_trait;
use model::{CaseId, OutboxId, PersonId, Reason, Severity, StateName, Timestamp};
use serde::{Deserialize, Serialize};

use crate::audit::AuditRow;

/// The store. Every call may wait for the disk; none blocks the caller's thread.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Carries out one transaction; durable when it returns.
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
    /// A person's desk.
    async fn desk(&self, person: PersonId) -> Result<Option<DeskRow>, StoreError>;

    /// Leases due outbox rows of one destination until `lease_until`, oldest first.
    async fn claim_outbox(
        &self,
        destination: &str,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Claimed<OutboxRow>>, StoreError>;
    /// Leases due timers until `lease_until`, earliest first.
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
    /// Unexpired records of a space, by owner where given, in key order after `after`.
    async fn records(
        &self,
        space: Space,
        owner: Option<PersonId>,
        after: &str,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Record>, StoreError>;

    /// Rows of the audit chain after `after`, in order.
    async fn audit(&self, after: u64, limit: u32) -> Result<Vec<AuditRow>, StoreError>;
    /// Bytes left on the volume, when that can be known.
    async fn free_bytes(&self) -> Result<Option<u64>, StoreError>;
    /// Deletes expired records, a bounded number; returns how many.
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

/// A case as the store knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseRow {
    /// Its id.
    pub id: CaseId,
    /// Counts its writes from 1; a commit must carry the stored version plus one.
    pub version: u64,
    /// Where it stands.
    pub state: StateName,
    /// Why, where escalated or closed.
    pub reason: Option<Reason>,
    /// Whom it is about.
    pub person: Option<PersonId>,
    /// One line.
    pub title: String,
    /// How grave.
    pub severity: Severity,
    /// Its source.
    pub source: String,
    /// Its rule.
    pub rule: String,
    /// Alerts with this key join it while it is open. Unique among open cases.
    pub group_key: String,
    /// When it began.
    pub opened_at: Timestamp,
    /// By when it reaches an end or a person; absent when it is with a person or closed.
    pub deadline_at: Option<Timestamp>,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// How many alerts are in it.
    pub alerts: u32,
    /// The versioned snapshot; empty in listings.
    pub snapshot: Vec<u8>,
}

/// Which cases.
#[derive(Debug, Clone, Default)]
pub struct CaseQuery {
    /// In any of these states; any when empty.
    pub states: Vec<StateName>,
    /// About any of these people.
    pub people: Vec<PersonId>,
    /// Of any of these rules.
    pub rules: Vec<String>,
    /// Of any of these severities.
    pub severities: Vec<Severity>,
    /// Opened at or after.
    pub after: Option<Timestamp>,
    /// Opened before.
    pub before: Option<Timestamp>,
    /// Continue below this case: ids fall in a listing.
    pub cursor: Option<CaseId>,
    /// At most so many.
    pub limit: u32,
}

/// What is kept about a person across cases: queue, limits, suppressions. Opaque here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskRow {
    /// Whose.
    pub person: PersonId,
    /// Counts its writes from 1.
    pub version: u64,
    /// The versioned snapshot.
    pub snapshot: Vec<u8>,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// The position in the audit chain; 0 until it is stored.
    pub seq: u64,
    /// The case it belongs to.
    pub case: Option<CaseId>,
    /// When.
    pub at: Timestamp,
    /// What kind, such as `case.answered`: for the audit chain, without personal data.
    pub kind: String,
    /// Who, as an id.
    pub by: String,
    /// Random, so that the chain's digest of small data reveals nothing.
    pub salt: [u8; 16],
    /// The versioned content; empty where it was erased.
    pub data: Vec<u8>,
}

/// A timer of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimerRow {
    /// Whose.
    pub case: CaseId,
    /// Which of its timers, such as `deadline`.
    pub name: String,
    /// When.
    pub due: Timestamp,
}

/// A change to a case's timers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimerOp {
    /// Sets it; setting again moves it and voids an earlier claim.
    Set(TimerRow),
    /// Takes it away, if it is there.
    Cancel {
        /// Whose.
        case: CaseId,
        /// Which.
        name: String,
    },
}

/// An effect that waits to be carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxRow {
    /// Its id.
    pub id: OutboxId,
    /// The lane it takes, such as `chat.slack`.
    pub destination: String,
    /// The case that wants it.
    pub case: Option<CaseId>,
    /// When it was decided.
    pub created_at: Timestamp,
    /// Not before this.
    pub due: Timestamp,
    /// After this it is no longer worth doing and has failed.
    pub expires_at: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// The versioned effect.
    pub payload: Vec<u8>,
    /// Born leased to its writer until then, with fence 1, so that the writer may carry it out
    /// without claiming it first.
    pub born_leased_until: Option<Timestamp>,
}

/// Work on lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed<T> {
    /// The work.
    pub work: T,
    /// Rises with each claim.
    pub fence: u64,
}

/// Claimed work, named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkKey {
    /// An outbox row.
    Outbox {
        /// Which.
        id: OutboxId,
        /// As claimed.
        fence: u64,
    },
    /// A timer.
    Timer {
        /// Whose.
        case: CaseId,
        /// Which.
        name: String,
        /// As claimed.
        fence: u64,
    },
}

/// Work to be done later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutBack {
    /// Which.
    pub work: WorkKey,
    /// When to try again.
    pub due: Timestamp,
    /// The number of attempts to store, for an outbox row.
    pub attempts: u32,
}

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Space {
    /// Alert ids seen: source and external id, to alert, content hash and case.
    AlertKey,
    /// Deliveries: case, question, account and the platform's receipt.
    Delivery,
    /// Outstanding challenges, consumed once.
    Challenge,
    /// Enrolled factors, by owner.
    Factor,
    /// Counters of factors, also of those in the directory.
    FactorCounter,
    /// Enrolments begun.
    Enrolment,
    /// Signed-in browsers, by the hash of their token.
    Session,
    /// One-time sign-in links, by the hash of their secret.
    SignInLink,
    /// Failed sign-ins, by what they tried.
    SignInFailure,
    /// Forms opened in a chat.
    Form,
    /// Chat accounts bound to people, with since when.
    Binding,
    /// Provider devices first seen, with when.
    ProviderDevice,
    /// Requests and callbacks not to be taken twice.
    Replay,
    /// Records that were refused and kept.
    DeadLetter,
    /// Answers to requests with an idempotency key.
    Idempotency,
    /// Short codes of questions, to the case.
    Code,
    /// Single values of the server itself.
    Meta,
}

/// A record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What it is.
    pub space: Space,
    /// Its key.
    pub key: String,
    /// Whose it is.
    pub owner: Option<PersonId>,
    /// The versioned value.
    pub value: Vec<u8>,
    /// From then on it is not there.
    pub expires_at: Option<Timestamp>,
}

/// A change to records. Where a condition fails, the whole transaction does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordOp {
    /// Writes it, whatever was there.
    Put(Record),
    /// Writes it if nothing unexpired (by `now`) is there, else [`StoreError::Conflict`].
    Insert {
        /// The record.
        record: Record,
        /// Now.
        now: Timestamp,
    },
    /// Replaces exactly this value, else [`StoreError::Conflict`].
    Swap {
        /// The value that must be there; `None` for nothing.
        expected: Option<Vec<u8>>,
        /// The new record.
        record: Record,
    },
    /// Consumes it; it must be there and unexpired, else [`StoreError::Gone`].
    Take {
        /// Which space.
        space: Space,
        /// Which key.
        key: String,
        /// Now.
        now: Timestamp,
    },
    /// Deletes it if it is there.
    Delete {
        /// Which space.
        space: Space,
        /// Which key.
        key: String,
    },
}
