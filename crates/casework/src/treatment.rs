//! What a policy says is to be done about an alert, decided once and kept with the case, so that
//! a later version of the policy does not change what was promised to the person.

use std::collections::BTreeMap;

use model::{Assurance, Outcome, Severity, Span};
use serde::{Deserialize, Serialize};

/// What to do with a case, from its policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Treatment {
    /// The policy's id.
    pub policy: String,
    /// The hash of the file it was read from.
    pub policy_hash: String,
    /// How grave it is, by the policy.
    pub severity: Severity,
    /// Why this policy and this severity, in words, for the decision's trace.
    pub why: Vec<String>,
    /// Ask, tell, or hand over.
    pub act: Act,
    /// What follows from how it ends. See [`Treatment::responses`] for what is not named.
    #[serde(default)]
    pub on: BTreeMap<Outcome, Vec<Response>>,
    /// Which alerts join this case.
    pub group: Group,
}

/// What is done first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Ask the person.
    Ask(Ask),
    /// Tell the person; no answer is wanted.
    Notify {
        /// The message's template.
        message: String,
    },
    /// Hand it to the analysts.
    Escalate,
}

/// How to ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// The message's template.
    pub message: String,
    /// What a proof must be worth.
    pub assurance: Assurance,
    /// How long until silence escalates, from the opening of the case.
    pub deadline: Span,
    /// Which hours count.
    pub clock: AskClock,
    /// When to remind, from the asking.
    pub reminders: Vec<Span>,
    /// Whether "it was me" wants a comment.
    pub is_comment_required: bool,
    /// Whether a proof may come after the deadline.
    pub is_late_proof_allowed: bool,
}

/// Which hours count towards a deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum AskClock {
    /// All of them.
    Wall,
    /// The person's working hours.
    #[default]
    Working,
}

/// What follows from an outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// Page the security team.
    Page,
    /// Do not ask about the same again for a while. Only ever from `verified`.
    Suppress {
        /// For how long.
        #[serde(rename = "for")]
        span: Span,
        /// For at most so many alerts.
        max_hits: u32,
        /// The facts that must be the same; at least one.
        same: Vec<String>,
    },
}

/// Which alerts join a case. Source, rule and person always belong to the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The facts that belong to the key; all of them when absent.
    pub by: Option<Vec<String>>,
    /// How long after its last alert a case is still joined.
    pub window: Span,
}

impl Treatment {
    /// What follows from an outcome: an outcome that is not named pages, except *verified*.
    #[must_use]
    pub fn responses(&self, outcome: Outcome) -> &[Response] {
        match self.on.get(&outcome) {
            Some(named) => named,
            None if outcome == Outcome::Verified => &[],
            None => &[Response::Page],
        }
    }

    /// The ask, where this treatment asks.
    #[must_use]
    pub fn ask(&self) -> Option<&Ask> {
        match &self.act {
            Act::Ask(ask) => Some(ask),
            Act::Notify { .. } | Act::Escalate => None,
        }
    }
}
