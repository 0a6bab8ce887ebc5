//! The response ledger: what is done about a case, beside its state and living on when it is
//! closed.
//!
//! An entry is planned, approved where that is needed, done, seen to be done, and taken back. What
//! is to happen next is stored before it happens, so that a crash leaves something to look at and
//! never something to repeat blindly. The handlers are in `case/act.rs`; what the organisation and
//! the person's desk have to say to an automatic action is in [`guard`] and in `desk/acts.rs`.

mod approval;
mod entry;
pub mod guard;

#[cfg(test)]
mod tests;

use model::{ActionId, Outcome, Personal, Radius, Span, TargetKind, Timestamp, Undo};
use serde::{Deserialize, Serialize};

use crate::input::Actor;
pub use approval::approvals_needed;

/// How long finding out what would be done may take.
pub const PLAN_LIFE: Span = Span::minutes(15);
/// How long an approval is waited for.
pub const APPROVAL_LIFE: Span = Span::hours(24);
/// How long doing it, or taking it back, is tried.
pub const APPLY_LIFE: Span = Span::minutes(30);
/// How often an effect is looked for, from the act; the last one is repeated.
pub const LOOK_AFTER: [Span; 5] =
    [Span::seconds(2), Span::seconds(15), Span::seconds(45), Span::minutes(2), Span::minutes(5)];
/// The detail of what the other side has taken on and was not seen yet.
pub(crate) const ACCEPTED: &str = "accepted";
/// The detail of what may or may not have been done.
pub(crate) const UNKNOWN: &str = "unknown";
/// What the detail of an action begins with of which only a part was done.
pub const PARTLY: &str = "partly: ";
/// Actions of one case.
pub const ENTRIES_MAX: usize = 64;

/// What is fixed about an action, pinned when it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    /// To what it is done.
    pub target: TargetKind,
    /// Whether it can be taken back.
    pub undo: Undo,
    /// Whom it may touch.
    pub radius: Radius,
    /// How long until the effect must have been seen.
    pub verify_within: Span,
    /// What it does, for people.
    pub what: String,
}

/// An action as a policy or a playbook has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// The responder and its action, such as `okta.suspend`.
    pub action: String,
    /// What is fixed about it.
    pub spec: Spec,
    /// After this it is taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Span>,
    /// The fact that names its target; the person's account when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_fact: Option<String>,
}

/// An action that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its id.
    pub id: ActionId,
    /// The responder and its action.
    pub action: String,
    /// What is fixed about it.
    pub spec: Spec,
    /// The vendor's name for the target; the person's account when absent.
    pub target: Option<Personal>,
    /// Why. Hostile text where a person wrote it.
    pub reason: Personal,
    /// After this it is taken back.
    pub limit: Option<Span>,
    /// Who asks.
    pub by: Asker,
    /// What made them.
    pub trigger: Trigger,
}

/// Who asks for an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asker {
    /// A rule or policy, by id.
    Policy(String),
    /// A playbook, by id.
    Playbook(String),
    /// An analyst or an API key.
    Actor(Actor),
}

/// What makes an action asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// The case was opened.
    Opening,
    /// The case came to this.
    Outcome(Outcome),
    /// Somebody wanted it.
    Hand,
}

/// An action of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What was asked for.
    pub order: Order,
    /// When.
    pub asked_at: Timestamp,
    /// When it was let go ahead: from then its time limit counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun_at: Option<Timestamp>,
    /// How many approvals it needs.
    pub needs: u32,
    /// Those that were given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Approval>,
    /// Why it was held although it needed no approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<String>,
    /// What would be, or was, done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// Whether the state that it is in is our doing: only that is taken back.
    pub is_ours: bool,
    /// Who wants it taken back, while it is still being done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unwanted_by: Option<String>,
    /// How often the effect was looked for.
    #[serde(default)]
    pub looks: u32,
    /// What is worth saying of how it went, such as `already_in_state`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// Where it stands.
    pub stage: Stage,
}

/// What would be done, as the responder has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The plan, opaque here.
    pub data: String,
    /// How many people it touches, where that is known.
    pub people: Option<u32>,
}

/// An approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// By whom.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// Where an action stands, with what is true there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// What would be done is being found out.
    Planned {
        /// At the latest by then.
        until: Timestamp,
    },
    /// It waits for approvals.
    AwaitingApproval {
        /// At the latest by then.
        until: Timestamp,
    },
    /// It is being done.
    Applying {
        /// At the latest by then.
        until: Timestamp,
    },
    /// Done or taken on; not seen yet.
    Applied {
        /// When.
        at: Timestamp,
        /// By when it must have been seen.
        until: Timestamp,
    },
    /// Seen to be done.
    Verified {
        /// When.
        at: Timestamp,
        /// When it is taken back by itself.
        ends_at: Option<Timestamp>,
    },
    /// Being taken back.
    Reverting {
        /// Whether the other side has taken it.
        is_sent: bool,
        /// At the latest by then.
        until: Timestamp,
    },
    /// Seen to be taken back.
    Reverted {
        /// When.
        at: Timestamp,
    },
    /// Not done, or not taken back.
    Failed {
        /// When.
        at: Timestamp,
        /// Why.
        why: String,
        /// Whether it may stand as it was done, so that somebody has to look.
        may_stand: bool,
    },
}

/// What happens to an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionEvent {
    /// What would be done is known.
    Planned(Planned),
    /// Somebody approves.
    Approve {
        /// Who.
        by: Actor,
        /// Why, where they said. Hostile text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Personal>,
    },
    /// Somebody refuses to approve.
    Decline {
        /// Who.
        by: Actor,
        /// Why. Hostile text.
        reason: Personal,
    },
    /// What came of doing it.
    Acted(Acted),
    /// What a look has seen.
    Looked(Looked),
    /// Somebody wants it taken back.
    Revert {
        /// Who.
        by: Actor,
        /// Why. Hostile text.
        reason: Personal,
    },
    /// What came of taking it back.
    TakenBack(TakenBack),
}

/// What would be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Planned {
    /// It would change something.
    Ready(Plan),
    /// It is so already, by somebody else.
    AlreadySo,
    /// It must not be done to this target; why.
    Protected(String),
    /// Nobody can say; why.
    Failed(String),
}

/// What came of doing it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Acted {
    /// The other side says so.
    Done,
    /// The other side has taken it on.
    Accepted,
    /// Somebody else was first.
    AlreadySo,
    /// Not all of it; what not.
    Partly(String),
    /// Nothing was done; why.
    Failed(String),
    /// It may or may not have been done; why nobody knows.
    Unknown(String),
}

/// What a look has seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Looked {
    /// What was wanted.
    Holds,
    /// Not yet.
    NotYet,
    /// Something else: somebody else acts here.
    Changed(String),
    /// Nobody can look; why.
    Unseeable(String),
}

/// What came of taking it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakenBack {
    /// The other side says so, or has taken it on.
    Done,
    /// It was so already.
    AlreadySo,
    /// Somebody else has changed it since: left as it is.
    Refused(String),
    /// It did not work; why.
    Failed(String),
}

/// What is to be done about an action, outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Find out what would be done.
    Plan,
    /// Do it.
    Apply,
    /// Look for the effect.
    Look,
    /// Take it back.
    Revert,
    /// Look whether it is taken back.
    LookBack,
}

impl std::fmt::Display for Asker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Policy(id) => write!(f, "policy:{id}"),
            Self::Playbook(id) => write!(f, "playbook:{id}"),
            Self::Actor(actor) => actor.fmt(f),
        }
    }
}
