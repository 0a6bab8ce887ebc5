//! What was done about a case, what waits for a yes, and what could be done.

use casework::{
    Case,
    ledger::{Asker, Entry, Stage},
    playbook::{Rest, Run},
    policy::TraceLine,
};
use jiff::Timestamp;
use model::{ActionId, TargetKind, Undo};
use ports::responder::{Plan, PlannedRequest};
use runtime::{
    acting::plan_of,
    lookup::{inert_line, inert_lines},
};

use super::super::names;
use crate::{
    AppState, Viewer,
    pages::{marks::Mark, words::When},
};

/// An action of the ledger.
pub(in crate::pages::console) struct ShownAction {
    pub(in crate::pages::console) id: ActionId,
    pub(in crate::pages::console) name: String,
    pub(in crate::pages::console) what: String,
    pub(in crate::pages::console) target: Option<String>,
    pub(in crate::pages::console) mark: Mark,
    pub(in crate::pages::console) by: String,
    pub(in crate::pages::console) asked: When,
    pub(in crate::pages::console) reason: String,
    /// Why it is held, or why it failed.
    pub(in crate::pages::console) why: Option<String>,
    pub(in crate::pages::console) may_stand: bool,
    pub(in crate::pages::console) undo: &'static str,
    pub(in crate::pages::console) ends: Option<When>,
    pub(in crate::pages::console) approvals: Option<String>,
    pub(in crate::pages::console) plan: Option<ShownPlan>,
    pub(in crate::pages::console) is_waiting: bool,
    pub(in crate::pages::console) is_own_order: bool,
    pub(in crate::pages::console) is_revertible: bool,
}

/// What would be, or was, sent.
pub(in crate::pages::console) struct ShownPlan {
    pub(in crate::pages::console) requests: String,
    pub(in crate::pages::console) people: Option<u32>,
    pub(in crate::pages::console) remarks: Vec<String>,
}

/// A playbook of a case.
pub(in crate::pages::console) struct ShownRun {
    pub(in crate::pages::console) number: u32,
    pub(in crate::pages::console) playbook: String,
    pub(in crate::pages::console) purpose: String,
    pub(in crate::pages::console) by: String,
    pub(in crate::pages::console) stands: &'static str,
    pub(in crate::pages::console) ended: Option<String>,
    pub(in crate::pages::console) until: Option<When>,
    pub(in crate::pages::console) is_waiting: bool,
    pub(in crate::pages::console) is_own: bool,
}

/// What could be done.
pub(in crate::pages::console) struct Doable {
    /// The actions of the responders: name and words.
    pub(in crate::pages::console) actions: Vec<(String, String)>,
    /// The playbooks in force: id and purpose.
    pub(in crate::pages::console) playbooks: Vec<(String, String)>,
}

/// A step of the decision.
pub(in crate::pages::console) struct ShownTrace {
    pub(in crate::pages::console) step: String,
    pub(in crate::pages::console) by: String,
    pub(in crate::pages::console) said: String,
    pub(in crate::pages::console) read: Vec<(String, String)>,
}

pub(in crate::pages::console) fn action(
    state: &AppState,
    viewer: &Viewer,
    entry: &Entry,
    now: Timestamp,
) -> ShownAction {
    let order = &entry.order;
    let said = |at| When::said(at, now, state.engine.zone());
    let is_waiting = matches!(entry.stage, Stage::AwaitingApproval { .. });
    let (why, may_stand) = match &entry.stage {
        Stage::Failed { why, may_stand, .. } => (Some(inert_line(why)), *may_stand),
        Stage::AwaitingApproval { .. } => (entry.held.as_deref().map(inert_line), false),
        _ => (None, false),
    };
    let ends = match entry.stage {
        Stage::Verified { ends_at, .. } => ends_at.map(said),
        _ => None,
    };
    ShownAction {
        id: entry.id(),
        name: inert_line(&order.action),
        what: inert_line(&order.spec.what),
        target: order.target.as_ref().map(|target| inert_line(target.reveal())),
        mark: Mark::action(entry.state(), may_stand),
        by: names::of_actor(&state.engine, &order.by.to_string()),
        asked: said(entry.asked_at),
        reason: inert_line(order.reason.reveal()),
        why,
        may_stand,
        undo: undo(order.spec.undo),
        ends,
        approvals: (entry.needs > 0).then(|| approvals(state, entry)),
        plan: plan_of(entry).map(|plan| shown_plan(&plan)),
        is_waiting,
        is_own_order: order.by == Asker::Actor(viewer.actor()),
        is_revertible: entry.is_revertible(),
    }
}

fn approvals(state: &AppState, entry: &Entry) -> String {
    let by =
        |given: &casework::ledger::Approval| names::of_actor(&state.engine, &given.by.to_string());
    let by: Vec<String> = entry.approvals.iter().map(by).collect();
    match by.is_empty() {
        true => format!("{} to give", entry.needs),
        false => format!("{} of {}: {}", by.len(), entry.needs, by.join(", ")),
    }
}

/// Whether it can be undone, in words.
pub(in crate::pages::console) fn undo(undo: Undo) -> &'static str {
    match undo {
        Undo::Reversible => "can be taken back",
        Undo::SelfHealing => "the person undoes it by signing in again",
        Undo::Irreversible => "nobody can undo it",
    }
}

pub(in crate::pages::console) fn shown_plan(plan: &Plan) -> ShownPlan {
    let line = |request: &PlannedRequest| {
        let body = request.body.as_ref().map(|body| format!("\n{body}")).unwrap_or_default();
        format!("{} {}{body}", request.method, request.url)
    };
    let requests: Vec<String> = plan.requests.iter().map(line).collect();
    ShownPlan {
        requests: inert_lines(&requests.join("\n\n")),
        people: plan.people,
        remarks: plan.remarks.iter().map(|remark| inert_line(remark)).collect(),
    }
}

pub(super) fn run(state: &AppState, viewer: &Viewer, run: &Run, now: Timestamp) -> ShownRun {
    let (stands, ended) = match &run.rest {
        Rest::Going => ("goes on", None),
        Rest::Time { .. } => ("waits", None),
        Rest::Actions { .. } => ("waits for its actions", None),
        Rest::Answer { .. } => ("waits for the person", None),
        Rest::Known { .. } => ("looks something up", None),
        Rest::Approval { .. } => ("waits for an approval", None),
        Rest::Ended { how, .. } => ("ended", Some(inert_line(how))),
    };
    ShownRun {
        number: run.number,
        playbook: inert_line(&run.playbook.id),
        purpose: inert_line(&run.playbook.purpose),
        by: names::of_actor(&state.engine, &run.by.to_string()),
        stands,
        ended,
        until: run.due_at().map(|until| When::said(until, now, state.engine.zone())),
        is_waiting: matches!(run.rest, Rest::Approval { .. }),
        is_own: run.by == Asker::Actor(viewer.actor()),
    }
}

/// What could be done about a case that is open.
pub(super) fn doable(state: &AppState, case: &Case) -> Doable {
    if !case.state_name().is_open() {
        return Doable { actions: Vec::new(), playbooks: Vec::new() };
    }
    let catalog = state.engine.catalog();
    let actions = catalog.actions.iter().map(|(name, spec)| {
        let wants = match spec.target {
            TargetKind::Account => String::new(),
            other => format!(", wants a target: {}", other.name()),
        };
        (name.clone(), format!("{}: {}{wants}", inert_line(name), inert_line(&spec.what)))
    });
    let playbooks = catalog.playbooks.values().map(|playbook| {
        let words = format!("{}: {}", inert_line(&playbook.id), inert_line(&playbook.purpose));
        (playbook.id.clone(), words)
    });
    Doable { actions: actions.collect(), playbooks: playbooks.collect() }
}

pub(super) fn trace(line: TraceLine) -> ShownTrace {
    let pair = |(name, value): (String, String)| (inert_line(&name), inert_line(&value));
    ShownTrace {
        step: inert_line(&line.step),
        by: inert_line(&line.by),
        said: inert_line(&line.said),
        read: line.read.into_iter().map(pair).collect(),
    }
}
