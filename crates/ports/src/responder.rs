//! Acting on an account, a session, a key, an address: what can be done, seen to have been done,
//! and taken back.
//!
//! *Ok* is not *done*: a vendor may accept work and finish it later, or never. So what counts is
//! what [`Responder::verify`] has seen. No vendor takes an idempotency key here: every call looks
//! before it acts, and a call whose reply was lost is followed by a look, not by a second call.
//!
//! The caller keeps three things by action: the [`ActionCall`], the [`Plan`] that was approved, and
//! the responder's notes, a value that starts as null, is handed to every call and stored after
//! each, whatever came of it. The plan of the first try stays the plan of all later ones, since
//! only it knows the state from before us.

#[cfg(any(test, feature = "conformance"))]
pub mod fake;

use std::{borrow::Cow, fmt};

use async_trait::async_trait;
use model::{ActionId, CaseId, Person, Span, Timestamp};
pub use model::{Radius, TargetKind, Undo};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Failure;

/// A system that can be acted on. One instance a `[respond.NAME]`.
#[async_trait]
pub trait Responder: Send + Sync + 'static {
    /// What it can do.
    fn actions(&self) -> Vec<ActionSpec>;

    /// What would be done, without doing it: the very requests, the state they would change, and
    /// whether the target may be touched at all. Asked anew right before the first try.
    async fn plan(&self, call: &ActionCall) -> Result<Plan, Failure>;

    /// Does it, unless it is so already or must not be done by now. A failure that is
    /// [`Failure::uncertain`] may have taken effect, wholly or in part: the caller looks with
    /// [`Responder::verify`], and where that says [`Seen::NotYet`] or cannot say, applies again
    /// with [`ActionCall::is_retry`].
    async fn apply(
        &self,
        call: &ActionCall,
        plan: &Plan,
        notes: &mut Value,
    ) -> Result<Applied, Failure>;

    /// Looks whether the effect is there.
    async fn verify(
        &self,
        call: &ActionCall,
        plan: &Plan,
        notes: &mut Value,
    ) -> Result<Seen, Failure>;

    /// Takes back what we did and only that: refuses where somebody else has changed it since.
    async fn revert(
        &self,
        call: &ActionCall,
        plan: &Plan,
        notes: &mut Value,
    ) -> Result<Reverted, Failure>;

    /// Looks whether the state from before is there again.
    async fn verify_revert(
        &self,
        call: &ActionCall,
        plan: &Plan,
        notes: &mut Value,
    ) -> Result<Seen, Failure>;

    /// Checks what can be checked without touching anybody.
    async fn check(&self) -> Result<String, Failure>;
}

/// One thing that a responder can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionSpec {
    /// Its name, such as `suspend`; with the responder's, `okta.suspend`.
    pub name: Cow<'static, str>,
    /// What it does, for people.
    pub what: Cow<'static, str>,
    /// What it cannot do or undo, for people.
    pub limits: Cow<'static, str>,
    /// What it is done to.
    pub target: TargetKind,
    /// Whether it can be taken back.
    pub undo: Undo,
    /// Whom it may touch.
    pub radius: Radius,
    /// How long until the effect must have been seen.
    pub verify_within: Span,
}

/// An action on its way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionCall {
    /// Its id, the same over retries: the idempotency key where the other side takes one.
    pub id: ActionId,
    /// The action's name within its responder.
    pub action: String,
    /// To what.
    pub target: ActionTarget,
    /// Why, in our own words. Holds no text of an alert.
    pub reason: String,
    /// The case that wants it.
    pub case: CaseId,
    /// When it ends by itself, where it has a time limit.
    pub until: Option<Timestamp>,
    /// When it was decided: what is newer than this was not meant.
    pub decided_at: Timestamp,
    /// Whether an earlier try may have taken effect: what is so already may then be ours.
    pub is_retry: bool,
}

/// To what.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionTarget {
    /// What kind of thing.
    pub kind: TargetKind,
    /// The person behind it, where there is one.
    pub person: Option<Person>,
    /// The vendor's own name for it: an account's id, a session, a key, an address. Hostile text:
    /// it is put where a value belongs, never into a host or a path unescaped.
    pub value: Option<String>,
}

/// The value may be a leaked token.
impl fmt::Debug for ActionTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let person = self.person.as_ref().map(|person| person.id);
        f.debug_struct("ActionTarget")
            .field("kind", &self.kind)
            .field("person", &person)
            .field("value", &self.value.as_ref().map(|_| "[value]"))
            .finish()
    }
}

/// What would be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The requests in order, as they would be sent, without credentials.
    pub requests: Vec<PlannedRequest>,
    /// Whether it may and need be done.
    pub standing: Standing,
    /// The state from before, to go back to: the responder's own data.
    pub prior: Value,
    /// How many people it touches, where that can be told.
    pub people: Option<u32>,
    /// What is worth knowing before it is approved, such as "another 40 people use this address".
    pub remarks: Vec<String>,
}

/// A request of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedRequest {
    /// The method.
    pub method: String,
    /// The address.
    pub url: String,
    /// The body, where it has one; secrets in it are left out.
    pub body: Option<String>,
}

/// Whether an action may and need be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It would change something.
    Ready,
    /// It is so already, and not by us: there is nothing to do, and nothing to take back.
    AlreadySo,
    /// It must not be done to this target: our own account, a break-glass account, the last
    /// administrator, a range that is never blocked. Why.
    Protected(String),
}

/// What came of an act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Applied {
    /// The vendor says it is done.
    Done,
    /// The vendor has taken the work and finishes it later.
    Accepted,
    /// Somebody else had done it by then: nothing to take back.
    AlreadySo,
    /// Part of it was done; what was not.
    Partly(String),
    /// It must not be done to this target, which the plan did not know yet. Nothing was done; why.
    Protected(String),
}

/// What a look has seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// The effect is there.
    Holds,
    /// Not yet.
    NotYet,
    /// Neither our state nor the one from before: somebody else acts here. What it is now.
    Changed(String),
    /// This vendor does not let anybody look; why.
    Unseeable(String),
}

/// What came of taking back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reverted {
    /// Done.
    Done,
    /// Taken, and finished later.
    Accepted,
    /// It was so already.
    AlreadySo,
    /// Somebody else has changed it since: left as it is; what it is now.
    Refused(String),
}
