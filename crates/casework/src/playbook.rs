//! Playbooks: what is done one after another once a rule, an answer or an analyst says so.
//!
//! A file's steps become a list of [`Op`]s in which every jump leads forward, so that a run always
//! ends. A [`Run`] lives in its case with the steps that it began with: a later version of the file
//! changes nothing of it. Every wait has an end in the store. What a file may hold is at the top of
//! `playbook/file.rs`, how a run goes on in `case/play.rs`.

mod condition;
mod file;
mod trial;

#[cfg(test)]
mod tests;

use model::{Outcome, Severity, Span, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ledger::{Approval, Asker, Template, Trigger};
pub(crate) use condition::{compile, holds};
pub use file::{MAX_STEPS, read};
pub use trial::{Given, Trial, TrialResult, dry_run, run_tests};

/// A playbook, read and found without problems.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Playbook {
    /// Its id.
    pub id: String,
    /// The hash of the file it was read from.
    pub hash: String,
    /// Who answers for it.
    pub owner: String,
    /// What it is for, in a sentence.
    pub purpose: String,
    /// What starts it by itself, beside policies that name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Start>,
    /// What is done.
    pub ops: Vec<Op>,
}

/// What starts a playbook by itself: everything that is said must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// Any of these rules; any rule when empty.
    pub rules: Vec<String>,
    /// At least this grave.
    pub severity: Option<Severity>,
    /// When the case comes to this; when it opens, if absent.
    pub outcome: Option<Outcome>,
}

/// One thing to do, or one turn of the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// Do this.
    Run(Template),
    /// Take back what this case has done under this name; everything when absent.
    Revert(Option<String>),
    /// Ask the person.
    Ask(crate::Ask),
    /// Tell the person, with this template.
    Notify(String),
    /// Page the security team.
    Page,
    /// Find out more.
    Enrich(Vec<String>),
    /// Go on after so long.
    Wait(Span),
    /// Go on when every action so far has come to an end, or after so long.
    Settle(Span),
    /// Go on when the person has proven that it was them, or has denied it; else after so long.
    Answer(Span),
    /// Go on when so many people have approved; end otherwise.
    Approve {
        /// How many.
        needs: u32,
        /// Within so long.
        within: Span,
    },
    /// Go on there unless this holds.
    Unless {
        /// The condition.
        condition: String,
        /// The number of an op further on.
        to: usize,
    },
    /// Go on there.
    Jump {
        /// The number of an op further on.
        to: usize,
    },
}

/// A playbook that is under way in a case, or has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Counts from 1 in its case.
    pub number: u32,
    /// The playbook as it was when the run began.
    pub playbook: Playbook,
    /// What started it.
    pub trigger: Trigger,
    /// Who, where somebody did.
    pub by: Asker,
    /// When.
    pub began_at: Timestamp,
    /// The op that is next.
    pub at: usize,
    /// Approvals of the step that waits for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Approval>,
    /// Whether and for what it waits.
    pub rest: Rest,
}

/// Whether and for what a run waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rest {
    /// For nothing.
    Going,
    /// For this instant.
    Time {
        /// Which.
        until: Timestamp,
    },
    /// For its actions, at most until then.
    Actions {
        /// When it goes on anyway.
        until: Timestamp,
    },
    /// For the person, at most until then.
    Answer {
        /// When it goes on anyway.
        until: Timestamp,
    },
    /// For what is being looked up, at most until then.
    Known {
        /// When it goes on anyway.
        until: Timestamp,
    },
    /// For approvals.
    Approval {
        /// When it ends without them.
        until: Timestamp,
    },
    /// For nothing any more.
    Ended {
        /// When.
        at: Timestamp,
        /// How: `done`, or why not.
        how: String,
    },
}

/// What happens to a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunEvent {
    /// Somebody approves the step that waits for it.
    Approve {
        /// Who.
        by: crate::input::Actor,
    },
    /// Somebody stops it.
    Stop {
        /// Who.
        by: crate::input::Actor,
    },
}

impl Run {
    /// When it goes on if nothing happens before.
    #[must_use]
    pub fn due_at(&self) -> Option<Timestamp> {
        match self.rest {
            Rest::Time { until }
            | Rest::Actions { until }
            | Rest::Answer { until }
            | Rest::Known { until }
            | Rest::Approval { until } => Some(until),
            Rest::Going | Rest::Ended { .. } => None,
        }
    }

    /// Whether it has come to an end.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        matches!(self.rest, Rest::Ended { .. })
    }
}
