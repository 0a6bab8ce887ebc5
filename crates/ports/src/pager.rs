//! Reaching the security team.

#[cfg(any(test, feature = "conformance"))]
pub mod fake;

use async_trait::async_trait;
use model::{DeliveryId, Personal, Severity, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    Failure,
    chat::{HttpCall, Refusal},
};

/// A target of escalation: a pager service or a webhook. One instance an `[escalate.NAME]`.
#[async_trait]
pub trait Pager: Send + Sync + 'static {
    /// Opens, updates, acknowledges or resolves the incident of `page.dedup`. Sending the same page
    /// twice opens one incident.
    async fn page(&self, page: &Page) -> Result<(), Failure>;
    /// Reads one HTTP call from the target, by which it tells what somebody did there. Pure: no
    /// state, no network. What comes back is authentic, may come twice (the same `event`), and
    /// annotates or acknowledges our escalation: it never proves an answer.
    fn signals(&self, call: &HttpCall, now: Timestamp) -> Result<Vec<Signal>, Refusal> {
        let _ = (call, now);
        Err(Refusal::Malformed("this target tells nothing back"))
    }
    /// Checks what can be checked without paging anybody.
    async fn check(&self) -> Result<String, Failure>;
}

/// What is sent. Every text may be hostile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// This message's id, the same over retries.
    pub delivery: DeliveryId,
    /// The incident: `cs-<case id>`, stable over the life of a case.
    pub dedup: String,
    /// Whether it opens or ends the incident.
    pub kind: PageKind,
    /// One line.
    pub summary: String,
    /// How grave.
    pub severity: Severity,
    /// When it happened.
    pub at: Timestamp,
    /// Labelled details.
    pub details: Vec<(String, String)>,
    /// The case in the console.
    pub url: String,
}

/// What a page does to the incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageKind {
    /// Opens it, or adds to it.
    Trigger,
    /// Says that somebody has it, so that the target stops its own ladder. A target without one
    /// does nothing.
    Acknowledge,
    /// Ends it.
    Resolve,
}

/// What somebody did at the target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    /// The target's own name of this news, the same when it is delivered again.
    pub event: String,
    /// The incident, as [`Page::dedup`].
    pub dedup: String,
    /// What was done.
    pub kind: SignalKind,
    /// When, by the target's clock.
    pub at: Timestamp,
    /// Who did it, in the target's words. Hostile text.
    pub by: Option<Personal>,
}

/// What was done at the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignalKind {
    /// Somebody has it.
    Acknowledged,
    /// Nobody has it any more.
    Unacknowledged,
    /// It was ended there.
    Resolved,
    /// It was opened again there.
    Reopened,
}
