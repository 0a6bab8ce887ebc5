//! The words of the life of a case.

use serde::{Deserialize, Serialize};

use crate::words::words;

/// What the keys of our incidents begin with at targets of escalation, before the case's id.
pub const INCIDENT_PREFIX: &str = "cs-";

words! {
    /// Where a case stands.
    StateName {
        /// Waiting for what is to be known before a decision, or for its turn in a person's queue.
        Triage = "triage",
        /// Recording what would have been asked.
        Watching = "watching",
        /// Telling somebody something that wants no answer.
        Notifying = "notifying",
        /// A question is out.
        Asking = "asking",
        /// "It was me", not yet proven.
        Claimed = "claimed",
        /// A proof is under way.
        Verifying = "verifying",
        /// With the security team.
        Escalated = "escalated",
        /// Ended.
        Closed = "closed",
    }
}

words! {
    /// Why a case is escalated or closed.
    Reason {
        /// The person said it was not them.
        Denied = "denied",
        /// No answer by the deadline.
        Silent = "silent",
        /// The person is not sure.
        NotSure = "not_sure",
        /// No channel could deliver the question.
        Undeliverable = "undeliverable",
        /// Claimed, and no independent proof was to be had.
        Unprovable = "unprovable",
        /// Answers or facts contradict each other.
        Conflict = "conflict",
        /// Nobody known is named.
        UnknownPerson = "unknown_person",
        /// A policy sent it to the analysts.
        Decided = "decided",
        /// Proven to be the person.
        Verified = "verified",
        /// Told; no answer was wanted.
        Notified = "notified",
        /// A known false positive.
        Filtered = "filtered",
        /// Under a suppression earned by a proof.
        Suppressed = "suppressed",
        /// Part of another case.
        Merged = "merged",
        /// Watched for its time.
        Shadow = "shadow",
        /// An analyst: harmless.
        Benign = "benign",
        /// An analyst: an attack.
        Malicious = "malicious",
        /// An analyst: the alert was wrong.
        FalsePositive = "false_positive",
        /// An analyst: known already.
        Duplicate = "duplicate",
    }
}

words! {
    /// What a person says.
    Answer {
        /// "It was me": a claim until it is proven.
        Me = "me",
        /// "Not me": needs no proof and sticks.
        NotMe = "not_me",
        /// "Not sure": goes to the security team.
        NotSure = "not_sure",
    }
}

words! {
    /// What an analyst decides.
    Disposition {
        /// Harmless.
        Benign = "benign",
        /// An attack.
        Malicious = "malicious",
        /// The alert was wrong.
        FalsePositive = "false_positive",
        /// Known already.
        Duplicate = "duplicate",
    }
}

words! {
    /// The keys of a policy's `on:` block.
    Outcome {
        /// Proven.
        Verified = "verified",
        /// Denied.
        Denied = "denied",
        /// No answer.
        Silent = "silent",
        /// Not sure.
        NotSure = "not_sure",
        /// Not delivered.
        Undeliverable = "undeliverable",
        /// Not provable.
        Unprovable = "unprovable",
        /// Contradiction.
        Conflict = "conflict",
        /// Nobody known.
        UnknownPerson = "unknown_person",
    }
}

impl Disposition {
    /// The reason a case closed by this disposition shows.
    #[must_use]
    pub fn reason(self) -> Reason {
        match self {
            Self::Benign => Reason::Benign,
            Self::Malicious => Reason::Malicious,
            Self::FalsePositive => Reason::FalsePositive,
            Self::Duplicate => Reason::Duplicate,
        }
    }
}

impl StateName {
    /// Whether the case still needs something: every state but closed.
    #[must_use]
    pub fn is_open(self) -> bool {
        self != Self::Closed
    }
}
