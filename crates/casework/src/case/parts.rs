//! What the states of a case and its story are made of.

use model::{Answer, AskId, CaseId, ChallengeId, DeliveryId, Method, Severity, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{ladder::Climb, proof::FactorFacts};

/// "It was me".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// When.
    pub at: Timestamp,
    /// Of which facts.
    pub revision: u32,
    /// The ways by which it could be proven when it was made.
    pub methods: Vec<Method>,
    /// Whether the last attempt to prove it failed for the provider's sake.
    pub is_hindered_by_outage: bool,
}

/// An attempt to prove a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// Which.
    pub id: ChallengeId,
    /// How.
    pub method: Method,
    /// Of which facts.
    pub revision: u32,
    /// Their hash.
    pub shown_hash: String,
    /// The hash of the session that asked.
    pub session: String,
    /// When it is over.
    pub expires_at: Timestamp,
}

/// A proof, as kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The attempt that succeeded.
    pub challenge: ChallengeId,
    /// With what.
    pub factor: FactorFacts,
    /// When.
    pub at: Timestamp,
    /// Of which facts.
    pub shown_hash: String,
}

/// The question and where it went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Its id.
    pub id: AskId,
    /// Its short code.
    pub code: String,
    /// When it was put.
    pub at: Timestamp,
    /// Whether it follows another one: "one more thing".
    pub is_followup: bool,
    /// When to remind, earliest first; those still to come.
    pub reminders_at: Vec<Timestamp>,
    /// Its messages, oldest first.
    pub messages: Vec<Sent>,
}

/// A message and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Which.
    pub delivery: DeliveryId,
    /// Through which channel.
    pub channel: String,
    /// What became of it.
    pub fate: Fate,
    /// Whether it is the question (or a notice), not a reminder or an afterword.
    pub is_main: bool,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// On its way.
    Sending,
    /// Arrived.
    Delivered,
    /// Will not arrive.
    Failed,
}

/// An answer, as given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// What.
    pub answer: Answer,
    /// When.
    pub at: Timestamp,
    /// Through which channel.
    pub channel: String,
    /// Of which facts.
    pub revision: u32,
}

/// An incident at the escalation targets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// How grave it was when last paged.
    pub severity: Severity,
    /// When it was last paged.
    pub at: Timestamp,
    /// Whether it was resolved since.
    pub is_resolved: bool,
    /// Whom it was brought to, and who has taken it.
    #[serde(default)]
    pub climb: Climb,
}

/// The answer that a case is to confirm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "StoredConfirms")]
pub struct Confirms {
    /// The case that was answered.
    pub case: CaseId,
    /// The revision of its facts; absent in what is older than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u32>,
}

/// As it is stored: once it was the case alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum StoredConfirms {
    Whole {
        case: CaseId,
        #[serde(default)]
        revision: Option<u32>,
    },
    Case(CaseId),
}

impl From<StoredConfirms> for Confirms {
    fn from(stored: StoredConfirms) -> Self {
        match stored {
            StoredConfirms::Whole { case, revision } => Self { case, revision },
            StoredConfirms::Case(case) => Self { case, revision: None },
        }
    }
}
