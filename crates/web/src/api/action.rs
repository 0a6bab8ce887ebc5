//! An action and a playbook's run on the wire.

use casework::{
    case::Case,
    ledger::{self, Entry, Stage},
    playbook::{Rest, Run},
    policy::TraceLine,
};
use model::Timestamp;
use ports::responder::{Plan, Standing};
use runtime::acting::{DryRun, plan_of};
use serde::Serialize;
use utoipa::ToSchema;

/// An action on somebody's account, a session, a key or an address.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActionBody {
    /// Its id.
    pub(super) id: String,
    /// The case that it belongs to.
    case: String,
    /// The responder and its action, such as `okta.suspend`.
    action: String,
    /// What it does, in words.
    what: String,
    /// The vendor's name for what it is done to; null for the person's account.
    target: Option<String>,
    /// `planned`, `awaiting_approval`, `applying`, `applied`, `verified`, `reverting`, `reverted`
    /// or `failed`.
    state: &'static str,
    /// What is worth saying of how it went, such as `already_in_state`.
    detail: String,
    /// Why it failed.
    failure: Option<String>,
    /// Whether it may stand although it failed, so that somebody has to look.
    may_stand: bool,
    /// Why it waits for a person although it needed no approval.
    held: Option<String>,
    /// `reversible`, `self_healing` or `irreversible`.
    undo: &'static str,
    /// Whether it can be taken back now.
    is_revertible: bool,
    /// Whom it may touch: `session`, `device`, `person`, `shared` or `organisation`.
    radius: &'static str,
    /// Who asked for it: `policy:…`, `playbook:…`, `person:…` or `key:…`.
    by: String,
    /// Why.
    reason: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    asked_at: Timestamp,
    /// After which time it is taken back, such as `30m`.
    limit: Option<String>,
    /// When it is taken back by itself.
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Timestamp>,
    /// How many approvals it needs.
    approvals_needed: u32,
    /// Those that were given.
    approvals: Vec<ApprovalBody>,
    /// What would be, or was, sent; null until that is known.
    plan: Option<PlanBody>,
}

/// An approval.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApprovalBody {
    /// By whom.
    by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// What would be sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlanBody {
    /// The requests in order, without credentials.
    requests: Vec<RequestBody>,
    /// `ready`, `already_in_state` or `protected`.
    standing: &'static str,
    /// Why the target is protected.
    protection: Option<String>,
    /// How many people it touches, where that is known.
    people: Option<u32>,
    /// What is worth knowing before it is approved.
    remarks: Vec<String>,
}

/// A request that would be sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RequestBody {
    /// The method.
    method: String,
    /// The address.
    url: String,
    /// The body, where there is one.
    body: Option<String>,
}

/// What an action would do. Nothing was done and nothing kept.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DryRunBody {
    /// What it does, in words.
    what: String,
    /// `reversible`, `self_healing` or `irreversible`.
    undo: &'static str,
    /// Whom it may touch.
    radius: &'static str,
    /// How many people would have to approve.
    approvals_needed: u32,
    /// What would be sent.
    plan: PlanBody,
}

/// A playbook under way in a case, or at its end.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunBody {
    /// Counts from 1 in its case.
    number: u32,
    /// The playbook's id.
    playbook: String,
    /// The hash of the file that it began with.
    hash: String,
    /// Who began it.
    by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    began_at: Timestamp,
    /// `going`, `time`, `actions`, `answer`, `known`, `approval` or `ended`.
    waits_for: &'static str,
    /// At most until then.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// How it ended: `done`, or why not.
    ended: Option<String>,
    /// The approvals of the step that waits for them.
    approvals: Vec<ApprovalBody>,
}

/// A step of a decision.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TraceBody {
    /// `filter`, `exception`, `exclusion`, `policy`, `severity`, `maintenance` or `known`.
    step: String,
    /// What said so, with the hash of its file.
    by: String,
    /// What it concluded.
    said: String,
    /// What it read: names and values.
    read: Vec<(String, String)>,
}

impl ActionBody {
    pub(super) fn all_of(case: &Case) -> Vec<Self> {
        case.ledger.iter().map(|entry| Self::of(&case.id.to_string(), entry)).collect()
    }

    pub(super) fn of(case: &str, entry: &Entry) -> Self {
        let order = &entry.order;
        let (failure, may_stand) = match &entry.stage {
            Stage::Failed { why, may_stand, .. } => (Some(why.clone()), *may_stand),
            _ => (None, false),
        };
        let ends_at = match entry.stage {
            Stage::Verified { ends_at, .. } => ends_at,
            _ => None,
        };
        Self {
            id: entry.id().to_string(),
            case: case.to_owned(),
            action: order.action.clone(),
            what: order.spec.what.clone(),
            target: order.target.as_ref().map(|target| target.reveal().to_owned()),
            state: entry.state().name(),
            detail: entry.detail.clone(),
            failure,
            may_stand,
            held: entry.held.clone(),
            undo: order.spec.undo.name(),
            is_revertible: entry.is_revertible(),
            radius: order.spec.radius.name(),
            by: order.by.to_string(),
            reason: order.reason.reveal().to_owned(),
            asked_at: entry.asked_at,
            limit: order.limit.map(|limit| limit.to_string()),
            ends_at,
            approvals_needed: entry.needs,
            approvals: approvals(&entry.approvals),
            plan: plan_of(entry).map(PlanBody::from),
        }
    }
}

fn approvals(given: &[ledger::Approval]) -> Vec<ApprovalBody> {
    given.iter().map(|given| ApprovalBody { by: given.by.to_string(), at: given.at }).collect()
}

impl From<Plan> for PlanBody {
    fn from(plan: Plan) -> Self {
        let (standing, protection) = match plan.standing {
            Standing::Ready => ("ready", None),
            Standing::AlreadySo => ("already_in_state", None),
            Standing::Protected(why) => ("protected", Some(why)),
        };
        let requests = plan.requests.into_iter().map(|request| RequestBody {
            method: request.method,
            url: request.url,
            body: request.body,
        });
        let (people, remarks) = (plan.people, plan.remarks);
        Self { requests: requests.collect(), standing, protection, people, remarks }
    }
}

impl From<DryRun> for DryRunBody {
    fn from(dry: DryRun) -> Self {
        Self {
            what: dry.spec.what,
            undo: dry.spec.undo.name(),
            radius: dry.spec.radius.name(),
            approvals_needed: dry.needs,
            plan: dry.plan.into(),
        }
    }
}

impl From<&Run> for RunBody {
    fn from(run: &Run) -> Self {
        let (waits_for, ended) = match &run.rest {
            Rest::Going => ("going", None),
            Rest::Time { .. } => ("time", None),
            Rest::Actions { .. } => ("actions", None),
            Rest::Answer { .. } => ("answer", None),
            Rest::Known { .. } => ("known", None),
            Rest::Approval { .. } => ("approval", None),
            Rest::Ended { how, .. } => ("ended", Some(how.clone())),
        };
        Self {
            number: run.number,
            playbook: run.playbook.id.clone(),
            hash: run.playbook.hash.clone(),
            by: run.by.to_string(),
            began_at: run.began_at,
            waits_for,
            until: run.due_at(),
            ended,
            approvals: approvals(&run.approvals),
        }
    }
}

impl From<TraceLine> for TraceBody {
    fn from(line: TraceLine) -> Self {
        let TraceLine { step, by, said, read } = line;
        Self { step, by, said, read }
    }
}
