//! Where alerts come from: authenticating a sender, and reading what it sent.

use model::{Facts, Personal, Problem, Severity, Timestamp};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// Reads one source's alerts. Pure.
pub trait AlertMap: Send + Sync + 'static {
    /// Reads a body that is already known to be JSON within the limits of size and nesting.
    /// One bad record never costs its neighbours.
    fn map(&self, body: &serde_json::Value) -> Vec<Result<AlertDraft, Rejected>>;
}

/// How a source proves itself.
pub trait SourceAuth: Send + Sync + 'static {
    /// Checks a request. `Ok` holds what must not be seen twice, where the scheme has such a thing.
    fn check(
        &self,
        headers: &http::HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Option<ReplayKey>, AuthFailure>;
}

/// What identifies a request for the replay cache, and until when it must be remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayKey {
    /// The scheme's unique value.
    pub key: String,
    /// Older requests are refused by their timestamp.
    pub until: Timestamp,
}

/// Why a sender is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthFailure {
    /// There is no credential.
    #[error("no credential: send the one configured for this source")]
    Missing,
    /// It cannot be read.
    #[error("the credential is malformed")]
    Malformed,
    /// It is not the right one.
    #[error("the credential is not the one configured for this source")]
    Wrong,
    /// Its time is outside of the window.
    #[error("the request's timestamp is more than 300 seconds off")]
    Stale,
}

/// An alert as read, before it has an id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertDraft {
    /// The source's own id.
    pub external_id: Option<String>,
    /// The rule.
    pub rule: String,
    /// One line.
    pub title: String,
    /// More.
    pub description: String,
    /// How grave.
    pub severity: Severity,
    /// When it happened; the time of arrival when absent.
    pub time: Option<Timestamp>,
    /// Whom it is about.
    pub person: Option<Personal>,
    /// Where to read more.
    pub url: Option<String>,
    /// What happened.
    pub facts: Facts,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// A record that is not an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// What is wrong and what to do, without the value.
    pub problem: String,
}

/// A configured source.
pub struct Source {
    /// Its name in the configuration and in the path.
    pub name: String,
    /// How it proves itself.
    pub auth: Box<dyn SourceAuth>,
    /// How it is read.
    pub map: Box<dyn AlertMap>,
}

/// A list of secrets of which the first signs and all verify.
pub type Secrets = Vec<SecretString>;
