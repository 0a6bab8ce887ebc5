//! Telling other systems what became of their alerts, and what was done.
//!
//! What the person *claimed*, what was *verified*, what they *denied* and what an analyst *decided*
//! stay apart all the way; how something was proven is told, never the proof itself.

#[cfg(any(test, feature = "conformance"))]
pub mod fake;

use async_trait::async_trait;
use model::{
    ActionId, ActionState, AlertId, Assurance, CaseId, Confidence, DeliveryId, Method, Personal,
    Reason, Severity, StateName, TargetKind, Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::Failure;

/// A place that outcomes are written to. One instance a `[writeback.NAME]`.
#[async_trait]
pub trait WriteBack: Send + Sync + 'static {
    /// Writes what happened. The same outcome may be written twice: its id tells.
    async fn write(&self, outcome: &Outcome) -> Result<(), Failure>;
    /// Checks what can be checked without writing.
    async fn check(&self) -> Result<String, Failure>;
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Its id, the same over retries.
    pub id: DeliveryId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub of: Of,
}

/// What happened, and to what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    /// A case came to be, or stands elsewhere by now.
    Case(Box<CaseOutcome>),
    /// An action stands elsewhere by now.
    Action(Box<ActionOutcome>),
}

/// A case as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseOutcome {
    /// The case.
    pub case: CaseId,
    /// When it came to be.
    pub opened_at: Timestamp,
    /// Whether this is its first outcome.
    pub is_new: bool,
    /// Whether it is a test.
    pub is_test: bool,
    /// Where it stands.
    pub state: StateName,
    /// Why it is escalated or closed.
    pub reason: Option<Reason>,
    /// How grave it is by now.
    pub severity: Severity,
    /// How sure its rule is.
    pub confidence: Option<Confidence>,
    /// One line.
    pub title: String,
    /// The source and the rule.
    pub source: String,
    /// The rule.
    pub rule: String,
    /// The directory's id of the person it is about, and their address.
    pub person: Option<(Personal, Personal)>,
    /// Its alerts.
    pub alerts: Vec<AlertRef>,
    /// How the person's answer was proven, once it was.
    pub evidence: Option<(Method, Assurance)>,
    /// What the person, or an analyst, wrote. Hostile text.
    pub comment: Option<Personal>,
    /// The analyst or key that decided, where one did.
    pub by: Option<String>,
    /// The case in the console.
    pub url: String,
}

/// An alert of a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertRef {
    /// Ours.
    pub id: AlertId,
    /// The source's own id, by which it finds it again.
    pub external_id: Option<String>,
    /// One line, in the source's words. Hostile text.
    pub title: String,
    /// How grave.
    pub severity: Severity,
    /// When it happened.
    pub time: Timestamp,
    /// Where the source shows it.
    pub url: Option<String>,
}

/// An action as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionOutcome {
    /// The action.
    pub action: ActionId,
    /// Its case.
    pub case: CaseId,
    /// Which it is, with its responder's name, such as `okta.suspend`.
    pub name: String,
    /// What it is done to.
    pub target: TargetKind,
    /// The directory's id of the person behind the target, and their address.
    pub person: Option<(Personal, Personal)>,
    /// Where it stands.
    pub state: ActionState,
    /// Whether only a part of it was done.
    pub is_partial: bool,
    /// More about how it stands: a word, or why it failed.
    pub detail: Option<String>,
    /// Why it was done.
    pub reason: String,
    /// The policy, playbook, person or key that asked for it.
    pub by: String,
    /// The case in the console.
    pub url: String,
}
