//! Where alerts come from: authenticating a sender, and reading what it sent.

use std::sync::Arc;

use model::{Facts, Personal, Problem, Severity, Span, Timestamp};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::devices::DeviceMap;
use crate::events::{EventMap, Puller};

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

/// How far ahead of our clock a sender's clock may be before its times are not believed.
pub const CLOCK_SKEW: Span = Span::minutes(5);
/// How long ago an alert may have happened before that is worth a remark.
pub const OLD: Span = Span::days(30);

impl AlertDraft {
    /// When it happened, as far as that is believed. A time ahead of ours is not: factors must be
    /// older than the alert, and a later time would let a newer factor serve.
    pub fn settle_time(&mut self, received_at: Timestamp) -> Timestamp {
        let time = self.time.unwrap_or(received_at);
        if time > CLOCK_SKEW.after(received_at) {
            self.problems.push(Problem::at("time", "in the future, the time of arrival counts"));
        } else if time < OLD.before(received_at) {
            self.problems.push(Problem::at("time", "more than 30 days ago"));
        }
        time.min(received_at)
    }
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
    /// What it sends, and how that is read.
    pub reads: Reads,
    /// Who fetches what it keeps, where it is asked as well or only.
    pub puller: Option<Arc<dyn Puller>>,
}

/// What a source sends.
pub enum Reads {
    /// Alerts of a tool.
    Alerts(Box<dyn AlertMap>),
    /// Audit events.
    Events(Arc<dyn EventMap>),
    /// Facts of devices.
    Devices(Arc<dyn DeviceMap>),
}

/// A list of secrets of which the first signs and all verify.
pub type Secrets = Vec<SecretString>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_ahead_of_ours_is_never_believed() {
        let now = Timestamp::from_second(1_795_000_000).expect("in range");
        for (time, settled, problems) in [
            (None, now, 0),
            (Some(Span::hours(1).before(now)), Span::hours(1).before(now), 0),
            (Some(Span::minutes(4).after(now)), now, 0),
            (Some(Span::minutes(6).after(now)), now, 1),
            (Some(Timestamp::MAX), now, 1),
            (Some(Span::days(31).before(now)), Span::days(31).before(now), 1),
            (Some(Timestamp::MIN), Timestamp::MIN, 1),
        ] {
            let mut draft = AlertDraft {
                external_id: None,
                rule: String::new(),
                title: String::new(),
                description: String::new(),
                severity: Severity::Medium,
                time,
                person: None,
                url: None,
                facts: Facts::new(),
                problems: Vec::new(),
            };
            assert_eq!(draft.settle_time(now), settled, "{time:?}");
            assert_eq!(draft.problems.len(), problems, "{time:?}");
        }
    }
}
