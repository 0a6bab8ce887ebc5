//! What is looked up by nothing but its key.

use model::{PersonId, Timestamp};
use serde::{Deserialize, Serialize};

use super::StoreError;

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
    /// Changes of factors, which their owner may disown for a while.
    FactorChange,
    /// Signed-in browsers, by the hash of their token.
    Session,
    /// Browsers in which a person has signed in before, by the hash of their token.
    Browser,
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
    /// Hosts that enrolled with osquery, by the digest of their key.
    OsqueryNode,
    /// One-time codes with which a device enrols, by the digest of the code.
    DeviceCode,
    /// Keys of devices that enrolled, by the device's own id.
    DeviceKey,
    /// Who looked at what is held about somebody: the person's id begins the key.
    Look,
    /// The guard over automatic actions.
    Guard,
    /// What responders noted of actions, sealed.
    ActionNotes,
    /// Actions, to the case of each.
    Action,
    /// What waits for somebody's approval, to its case.
    Waiting,
    /// Exceptions, by id.
    Exception,
    /// Entries of block lists, by list and action.
    Blocklist,
    /// Who fetches a block list, and when they last did.
    BlocklistReader,
    /// Proposals about rules that were accepted, by rule and version.
    RuleRuling,
    /// Single values of the server itself.
    Meta,
}

impl Space {
    /// The spaces of which somebody's own are listed while people wait. The others are not, or
    /// hold a record for each message, where an index would cost more than all else: to list those
    /// by owner, when a person's data is told or erased, takes a walk through all of the space.
    pub const LISTED_BY_OWNER: [Self; 10] = [
        Self::Challenge,
        Self::Factor,
        Self::FactorCounter,
        Self::Enrolment,
        Self::FactorChange,
        Self::Session,
        Self::Browser,
        Self::SignInLink,
        Self::Form,
        Self::ProviderDevice,
    ];

    /// The word for it in a store.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AlertKey => "alert_key",
            Self::Delivery => "delivery",
            Self::Challenge => "challenge",
            Self::Factor => "factor",
            Self::FactorCounter => "factor_counter",
            Self::Enrolment => "enrolment",
            Self::FactorChange => "factor_change",
            Self::Session => "session",
            Self::Browser => "browser",
            Self::SignInLink => "sign_in_link",
            Self::SignInFailure => "sign_in_failure",
            Self::Form => "form",
            Self::Binding => "binding",
            Self::ProviderDevice => "provider_device",
            Self::Replay => "replay",
            Self::DeadLetter => "dead_letter",
            Self::Idempotency => "idempotency",
            Self::Code => "code",
            Self::OsqueryNode => "osquery_node",
            Self::DeviceCode => "device_code",
            Self::DeviceKey => "device_key",
            Self::Look => "look",
            Self::Guard => "guard",
            Self::ActionNotes => "action_notes",
            Self::Action => "action",
            Self::Waiting => "waiting",
            Self::Exception => "exception",
            Self::Blocklist => "blocklist",
            Self::BlocklistReader => "blocklist_reader",
            Self::RuleRuling => "rule_ruling",
            Self::Meta => "meta",
        }
    }
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
    /// Replaces exactly this value, else [`StoreError::Conflict`]. What has expired by `now` is
    /// not there.
    Swap {
        /// The value that must be there; `None` for nothing.
        expected: Option<Vec<u8>>,
        /// The new record.
        record: Record,
        /// Now.
        now: Timestamp,
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

impl Record {
    /// Whether it is still there at `now`.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

impl RecordOp {
    /// What it is about.
    #[must_use]
    pub fn target(&self) -> (Space, &str) {
        match self {
            Self::Put(record) | Self::Insert { record, .. } | Self::Swap { record, .. } => {
                (record.space, &record.key)
            }
            Self::Take { space, key, .. } | Self::Delete { space, key } => (*space, key),
        }
    }

    /// What is there afterwards, given what is there before: the one meaning that all stores share.
    pub fn outcome(&self, before: Option<&Record>) -> Result<Option<Record>, StoreError> {
        let live = |now| before.filter(|record| record.is_live(now));
        match self {
            Self::Put(record) => Ok(Some(record.clone())),
            Self::Insert { record, now } => match live(*now) {
                Some(_) => Err(StoreError::Conflict),
                None => Ok(Some(record.clone())),
            },
            Self::Swap { expected, record, now } => {
                let found = live(*now).map(|record| record.value.as_slice());
                if found != expected.as_deref() {
                    return Err(StoreError::Conflict);
                }
                Ok(Some(record.clone()))
            }
            Self::Take { now, .. } => live(*now).map(|_| None).ok_or(StoreError::Gone),
            Self::Delete { .. } => Ok(None),
        }
    }
}
