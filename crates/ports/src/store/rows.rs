//! What lies in the store, row by row.

use model::{CaseId, OutboxId, PersonId, Reason, Severity, StateName, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Record, Space};

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
    /// Alerts with this key join it while it is open. Unique among open cases: a case that is
    /// reopened while another holds its key needs a key of its own, else the commit is a conflict.
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

impl CaseQuery {
    /// Whether the listing holds this case, its limit aside.
    #[must_use]
    pub fn matches(&self, case: &CaseRow) -> bool {
        fn any<T: PartialEq>(wanted: &[T], found: &T) -> bool {
            wanted.is_empty() || wanted.contains(found)
        }
        any(&self.states, &case.state)
            && any(&self.rules, &case.rule)
            && any(&self.severities, &case.severity)
            && (self.people.is_empty() || case.person.is_some_and(|id| self.people.contains(&id)))
            && self.after.is_none_or(|after| case.opened_at >= super::kept(after))
            && self.before.is_none_or(|before| case.opened_at < super::kept(before))
            && self.cursor.is_none_or(|cursor| case.id < cursor)
    }
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

/// What is to be read at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Cases, with their snapshots.
    pub cases: Vec<CaseId>,
    /// Open cases, by grouping key.
    pub open_cases: Vec<String>,
    /// Desks.
    pub desks: Vec<PersonId>,
    /// Records, by space and key.
    pub records: Vec<(Space, String)>,
}

/// What there was: an entry for each that was wanted, in its order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The cases.
    pub cases: Vec<Option<CaseRow>>,
    /// The open cases.
    pub open_cases: Vec<Option<CaseId>>,
    /// The desks.
    pub desks: Vec<Option<DeskRow>>,
    /// The records that have not expired.
    pub records: Vec<Option<Record>>,
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
    /// Random, so that the chain's digest of small data reveals nothing; zeros where erased.
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
    /// without claiming it first. Absent in claimed rows.
    pub born_leased_until: Option<Timestamp>,
}

/// Work on lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed<T> {
    /// The work.
    pub work: T,
    /// Rises with each claim, and is never 0.
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

/// Work to be done later. Putting back ends the claim: its fence is void from then on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutBack {
    /// Which.
    pub work: WorkKey,
    /// When to try again.
    pub due: Timestamp,
    /// The number of attempts to store, for an outbox row.
    pub attempts: u32,
}
