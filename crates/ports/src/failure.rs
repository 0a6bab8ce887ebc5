//! What went wrong outside, as the decision it calls for.

use std::time::Duration;

/// What to do about a failure. Callers act on this and never on a vendor's codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// May work later: after the given wait where the other side named one, else by back-off.
    Retry {
        /// The wait the other side asked for.
        after: Option<Duration>,
    },
    /// Will not work for this message or this person, ever.
    Permanent,
    /// The other side says no: credentials or rights.
    Denied,
    /// Our own settings are wrong; a person has to mend them.
    Misconfigured,
}

/// A failed call to the outside. The text is for an operator: it names what failed and what to do,
/// and holds neither secrets nor personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Failure {
    /// What to do about it.
    pub decision: Decision,
    /// What failed, in one line.
    pub what: String,
    /// Whether the other side may have acted all the same (the reply was lost).
    pub uncertain: bool,
}

impl Failure {
    /// May work later.
    #[must_use]
    pub fn retry(what: impl Into<String>) -> Self {
        Self::new(Decision::Retry { after: None }, what)
    }
    /// May work after the wait the other side asked for.
    #[must_use]
    pub fn retry_after(after: Duration, what: impl Into<String>) -> Self {
        Self::new(Decision::Retry { after: Some(after) }, what)
    }
    /// Will never work.
    #[must_use]
    pub fn permanent(what: impl Into<String>) -> Self {
        Self::new(Decision::Permanent, what)
    }
    /// The other side refuses us.
    #[must_use]
    pub fn denied(what: impl Into<String>) -> Self {
        Self::new(Decision::Denied, what)
    }
    /// Our settings are wrong.
    #[must_use]
    pub fn misconfigured(what: impl Into<String>) -> Self {
        Self::new(Decision::Misconfigured, what)
    }
    /// The same failure, of which nobody knows whether it took effect.
    #[must_use]
    pub fn uncertain(self) -> Self {
        Self { uncertain: true, ..self }
    }
    /// The same failure of a call that only looks: nothing can have come of it.
    #[must_use]
    pub fn certain(self) -> Self {
        Self { uncertain: false, ..self }
    }
    /// Whether another try may help.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self.decision, Decision::Retry { .. })
    }

    fn new(decision: Decision, what: impl Into<String>) -> Self {
        Self { decision, what: what.into(), uncertain: false }
    }
}
