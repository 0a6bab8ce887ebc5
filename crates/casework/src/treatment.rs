//! What a policy says is to be done about an alert, decided once and kept with the case, so that
//! a later version of the policy does not change what was promised to the person.

use std::{collections::BTreeMap, sync::Arc};

use model::{Assurance, Confidence, Outcome, Severity, Span};
use serde::{Deserialize, Serialize};

use crate::{ledger::Template, playbook::Playbook};

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
    /// How sure the rule is of its alerts: what may be done without anybody's yes depends on it.
    #[serde(default = "medium", skip_serializing_if = "is_medium")]
    pub confidence: Confidence,
    /// What is done when the case opens, beside asking or telling.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opening: Vec<Response>,
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
    /// Whether what was proven still goes to the analysts.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_reviewed: bool,
    /// Who else has to confirm, with a proof of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<Second>,
}

/// Who else has to confirm an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Second {
    /// The person's manager.
    Manager,
    /// Somebody of this group.
    Group(String),
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
    /// Do this.
    Act(Box<Template>),
    /// Begin this playbook.
    Play(Arc<Playbook>),
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
    /// What stands for source and rule in the key, where several tools tell of the same thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// So many questions of one rule may wait for a person; what comes then joins the last one.
    #[serde(default = "storm", skip_serializing_if = "is_usual_storm")]
    pub storm: u32,
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

fn medium() -> Confidence {
    Confidence::Medium
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_medium(confidence: &Confidence) -> bool {
    *confidence == Confidence::Medium
}

/// How many questions of one rule may wait for a person when nothing else is said.
pub const STORM: u32 = 5;

fn storm() -> u32 {
    STORM
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_usual_storm(storm: &u32) -> bool {
    *storm == STORM
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_false(flag: &bool) -> bool {
    !flag
}
