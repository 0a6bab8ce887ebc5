//! Actions: planned, done, looked at, taken back. A call whose outcome nobody wrote down is followed
//! by a look, never by a second call.

use casework::{
    Case, Input,
    ledger::{self, Acted, ActionEvent, Entry, Looked, Planned, Stage, TakenBack},
};
use model::{ActionId, DeliveryId};
use ports::{
    Failure,
    responder::{ActionCall, ActionTarget, Applied, Plan, Responder, Reverted, Seen, Standing},
};

use serde_json::Value;

use super::{Carried, Job, notes::Notes};
use crate::{deliveries::thread_op, engine::Engine, lanes::CALL_LIMIT, pause};

impl Engine {
    /// Takes the next step of an action.
    pub(super) async fn act(
        &self,
        name: &str,
        job: &Job<'_>,
        case: &Case,
        action: ActionId,
        task: ledger::Task,
    ) -> Carried {
        let Some(entry) = case.ledger.iter().find(|entry| entry.id() == action) else {
            return Carried::silently();
        };
        if !fits(task, entry) {
            return Carried::silently();
        }
        let Some(responder) = self.parts.responders.get(name) else {
            return Failure::permanent("this responder is no longer configured").into();
        };
        let step = self.step_of(&**responder, job, case, entry, task);
        match pause::within(&*self.parts.clock, CALL_LIMIT, step).await {
            Ok(event) => {
                Carried::Done(Some(Input::Action { action, event: Box::new(event) }), Vec::new())
            }
            Err(failure) => failure.into(),
        }
    }

    async fn step_of(
        &self,
        responder: &dyn Responder,
        job: &Job<'_>,
        case: &Case,
        entry: &Entry,
        task: ledger::Task,
    ) -> Result<ActionEvent, Failure> {
        let call = ActionCall { is_retry: job.may_have_run(), ..self.call_of(case, entry) };
        if task == ledger::Task::Plan {
            return Ok(ActionEvent::Planned(planned(responder.plan(&call).await?)));
        }
        let plan = plan_of(entry)?;
        let owner = call.target.person.as_ref().map(|person| person.id);
        let notes = Notes::read(self, entry, owner).await;
        let mut notes = notes.map_err(|error| Failure::retry(error.to_string()))?;
        let value = &mut notes.value;
        let outcome = match task {
            ledger::Task::Plan | ledger::Task::Apply => {
                let acted = self.apply_action(responder, entry, &call, &plan, value).await;
                acted.map(ActionEvent::Acted)
            }
            ledger::Task::Look => {
                let seen = responder.verify(&call, &plan, value).await;
                seen.map(|seen| ActionEvent::Looked(looked(seen)))
            }
            ledger::Task::Revert => {
                let reverted = responder.revert(&call, &plan, value).await;
                reverted.map(|reverted| ActionEvent::TakenBack(taken_back(reverted)))
            }
            ledger::Task::LookBack => {
                let seen = responder.verify_revert(&call, &plan, value).await;
                seen.map(|seen| ActionEvent::Looked(looked(seen)))
            }
        };
        notes.keep(self).await?;
        outcome
    }

    /// Does it, after one more look at what may be done: guards count when it is done, not when it
    /// was planned.
    async fn apply_action(
        &self,
        responder: &dyn Responder,
        entry: &Entry,
        call: &ActionCall,
        plan: &Plan,
        notes: &mut Value,
    ) -> Result<Acted, Failure> {
        if call.is_retry && responder.verify(call, plan, notes).await? == Seen::Holds {
            return Ok(Acted::Done);
        }
        match responder.plan(call).await?.standing {
            Standing::Protected(why) => return Ok(not_done(call, why)),
            Standing::AlreadySo if call.is_retry => return Ok(Acted::Done),
            Standing::AlreadySo => return Ok(Acted::AlreadySo),
            Standing::Ready => {}
        }
        let guard = self.guard().await.map_err(|error| Failure::retry(error.to_string()))?;
        if entry.is_automatic() && guard.stopped.is_some() {
            return Ok(not_done(call, "automatic action was stopped".to_owned()));
        }
        Ok(match responder.apply(call, plan, notes).await? {
            Applied::Done => Acted::Done,
            Applied::Accepted => Acted::Accepted,
            Applied::AlreadySo => Acted::AlreadySo,
            Applied::Partly(what) => Acted::Partly(what),
            Applied::Protected(why) => not_done(call, why),
        })
    }

    /// What a responder is told of an action.
    pub(crate) fn call_of(&self, case: &Case, entry: &Entry) -> ActionCall {
        let subject = case.subject.as_ref();
        let person = subject.and_then(|subject| self.parts.directory.person(subject.person));
        let order = &entry.order;
        let name = order.action.split_once('.').map_or("", |(_, name)| name);
        ActionCall {
            id: entry.id(),
            action: name.to_owned(),
            target: ActionTarget {
                kind: order.spec.target,
                person: person.map(|person| (*person).clone()),
                value: order.target.as_ref().map(|target| target.reveal().to_owned()),
            },
            reason: format!("Countersign case {}", case.id),
            case: case.id,
            until: entry.limit_at(),
            decided_at: entry.asked_at,
            is_retry: false,
        }
    }

    /// Tells the security team how an action stands.
    pub(super) async fn report_action(
        &self,
        name: &str,
        case: &Case,
        delivery: DeliveryId,
        action: ActionId,
    ) -> Carried {
        let Some(entry) = case.ledger.iter().find(|entry| entry.id() == action) else {
            return Carried::silently();
        };
        let Some(chat) = self.chat(name) else {
            return Failure::permanent("this chat is no longer configured").into();
        };
        let thread = match self.report_thread(name, case.id).await {
            Ok(thread) => thread,
            Err(error) => return error.into(),
        };
        let report = self.action_report(case, entry, delivery);
        let call = chat.report(&report, thread.as_ref());
        match pause::within(&*self.parts.clock, CALL_LIMIT, call).await {
            Ok(receipt) => {
                let first =
                    thread.is_none().then(|| thread_op(name, case.id, &receipt, self.now()));
                Carried::Done(None, first.into_iter().collect())
            }
            Err(failure) => failure.into(),
        }
    }
}

/// Whether a step still fits where its action stands.
fn fits(task: ledger::Task, entry: &Entry) -> bool {
    match task {
        ledger::Task::Plan => matches!(entry.stage, Stage::Planned { .. }),
        ledger::Task::Apply => matches!(entry.stage, Stage::Applying { .. }),
        ledger::Task::Look => matches!(entry.stage, Stage::Applied { .. }),
        ledger::Task::Revert => matches!(entry.stage, Stage::Reverting { is_sent: false, .. }),
        ledger::Task::LookBack => matches!(entry.stage, Stage::Reverting { is_sent: true, .. }),
    }
}

/// What is said of an action that is not done now: after an earlier try it may have been.
fn not_done(call: &ActionCall, why: String) -> Acted {
    if call.is_retry { Acted::Unknown(why) } else { Acted::Failed(why) }
}

/// What the case is told of a step that was given up.
pub(super) fn given_up(
    action: ActionId,
    task: ledger::Task,
    failure: &Failure,
    may_have_run: bool,
) -> Input {
    let why = failure.what.clone();
    let event = match task {
        ledger::Task::Plan => ActionEvent::Planned(Planned::Failed(why)),
        // Only a clear refusal of the very first try says that nothing was done.
        ledger::Task::Apply if may_have_run || failure.uncertain || failure.is_retryable() => {
            ActionEvent::Acted(Acted::Unknown(why))
        }
        ledger::Task::Apply => ActionEvent::Acted(Acted::Failed(why)),
        ledger::Task::Look | ledger::Task::LookBack => ActionEvent::Looked(Looked::NotYet),
        ledger::Task::Revert => ActionEvent::TakenBack(TakenBack::Failed(why)),
    };
    Input::Action { action, event: Box::new(event) }
}

fn plan_of(entry: &Entry) -> Result<Plan, Failure> {
    let stored = entry.plan.as_ref().and_then(|plan| serde_json::from_str(&plan.data).ok());
    stored.ok_or_else(|| Failure::permanent("the action's plan cannot be read"))
}

fn planned(plan: Plan) -> Planned {
    match &plan.standing {
        Standing::AlreadySo => Planned::AlreadySo,
        Standing::Protected(why) => Planned::Protected(why.clone()),
        Standing::Ready => match serde_json::to_string(&plan) {
            Ok(data) => Planned::Ready(ledger::Plan { data, people: plan.people }),
            Err(_) => Planned::Failed("the plan cannot be kept".to_owned()),
        },
    }
}

fn looked(seen: Seen) -> Looked {
    match seen {
        Seen::Holds => Looked::Holds,
        Seen::NotYet => Looked::NotYet,
        Seen::Changed(what) => Looked::Changed(what),
        Seen::Unseeable(why) => Looked::Unseeable(why),
    }
}

fn taken_back(reverted: Reverted) -> TakenBack {
    match reverted {
        Reverted::Done | Reverted::Accepted => TakenBack::Done,
        Reverted::AlreadySo => TakenBack::AlreadySo,
        Reverted::Refused(what) => TakenBack::Refused(what),
    }
}
