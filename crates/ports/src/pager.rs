//! Reaching the security team.

#[cfg(any(test, feature = "conformance"))]
pub mod fake;

use async_trait::async_trait;
use model::{DeliveryId, Severity, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Failure;

/// A target of escalation: a pager service or a webhook. One instance an `[escalate.NAME]`.
#[async_trait]
pub trait Pager: Send + Sync + 'static {
    /// Opens, updates or resolves the incident of `page.dedup`. Sending the same page twice opens
    /// one incident.
    async fn page(&self, page: &Page) -> Result<(), Failure>;
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
    /// Ends it.
    Resolve,
}
