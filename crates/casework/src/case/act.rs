//! What is done about a case, and taken back.

use model::{ActionId, Outcome, Personal, Timestamp, Undo};

use super::{Refusal, Work};
use crate::{
    Effect, Message, Response,
    input::Actor,
    ledger::{
        APPLY_LIFE, APPROVAL_LIFE, Acted, ActionEvent, Approval, Asker, ENTRIES_MAX, Entry,
        LOOK_AFTER, Looked, Order, PLAN_LIFE, Plan, Planned, Stage, TakenBack, Task, Template,
        Trigger, approvals_needed, guard::ActRuling,
    },
};

impl Work {
    /// Begins what a policy says is to be done at this point.
    pub(super) fn respond(&mut self, trigger: Trigger, responses: &[Response]) {
        let by = Asker::Policy(self.case.treatment.policy.clone());
        for response in responses {
            match response {
                Response::Act(template) => self.order_by(template, by.clone(), trigger),
                Response::Play(playbook) => {
                    // Too many are told in the story; the case goes on.
                    let _full = self.begin_run(playbook, by.clone(), trigger);
                }
                Response::Page | Response::Suppress { .. } => {}
            }
        }
    }

    /// Asks for an action by its template. Nothing, where the facts do not name its target.
    pub(super) fn order_by(&mut self, template: &Template, by: Asker, trigger: Trigger) {
        let target = match &template.target_fact {
            None => None,
            Some(fact) => match self.case.head().facts.get(fact) {
                Some(value) => Some(Personal::from(value.shown())),
                None => {
                    let text = format!("{}: the alert has no {fact}", template.action);
                    return self.note("not_done", by.to_string(), text);
                }
            },
        };
        let id = ActionId::from_parts(self.now(), self.bits());
        let order = Order {
            id,
            action: template.action.clone(),
            spec: template.spec.clone(),
            target,
            reason: Personal::from(self.case.treatment.policy.clone()),
            limit: template.limit,
            by,
            trigger,
        };
        // A full ledger is told in the story; the case goes on.
        let _full = self.order(order);
    }

    /// Takes an order into the ledger.
    pub(super) fn order(&mut self, order: Order) -> Result<(), Refusal> {
        if self.case.ledger.len() >= ENTRIES_MAX {
            self.note("not_done", order.by.to_string(), "there are too many actions in this case");
            return Err(Refusal::Limited);
        }
        let needs = approvals_needed(&order, self.case.treatment.confidence);
        let text = format!("asked for {}", order.action);
        self.note("action_asked", order.by.to_string(), text);
        let until = PLAN_LIFE.after(self.now());
        let entry = Entry {
            order,
            asked_at: self.now(),
            needs,
            approvals: Vec::new(),
            held: None,
            plan: None,
            is_ours: false,
            unwanted_by: None,
            looks: 0,
            detail: String::new(),
            stage: Stage::Planned { until },
        };
        let id = entry.id();
        self.case.ledger.push(entry);
        self.task(id, Task::Plan, self.now(), until);
        Ok(())
    }

    pub(super) fn order_by_hand(&mut self, order: Order) -> Result<(), Refusal> {
        if let Asker::Actor(by) = &order.by {
            self.judge_action(by)?;
        }
        if !self.case.state_name().is_open() {
            return Err(Refusal::Closed);
        }
        self.order(order)
    }

    pub(super) fn action(
        &mut self,
        id: ActionId,
        event: ActionEvent,
        ruling: Option<&ActRuling>,
    ) -> Result<(), Refusal> {
        if self.entry(id).is_none() {
            return Err(Refusal::Misplaced);
        }
        match event {
            ActionEvent::Planned(planned) => self.planned(id, planned, ruling),
            ActionEvent::Approve { by } => self.approve(id, by)?,
            ActionEvent::Decline { by, reason } => self.decline(id, &by, &reason)?,
            ActionEvent::Acted(acted) => self.acted(id, acted),
            ActionEvent::Looked(looked) => self.looked(id, looked),
            ActionEvent::Revert { by, reason } => self.revert(id, &by, &reason)?,
            ActionEvent::TakenBack(taken) => self.taken_back(id, taken),
        }
        Ok(())
    }

    fn planned(&mut self, id: ActionId, planned: Planned, ruling: Option<&ActRuling>) {
        let Some(entry) = self.entry(id) else { return };
        if !matches!(entry.stage, Stage::Planned { .. }) {
            return;
        }
        match planned {
            Planned::Ready(plan) => self.ready(id, plan, ruling),
            Planned::AlreadySo => self.found_so(id),
            Planned::Protected(why) => self.fail(id, format!("refused by guard: {why}"), false),
            Planned::Failed(why) => self.fail(id, why, false),
        }
    }

    fn ready(&mut self, id: ActionId, plan: Plan, ruling: Option<&ActRuling>) {
        let Some(entry) = self.entry_mut(id) else { return };
        entry.plan = Some(plan);
        let held = match ruling {
            Some(ActRuling::Held { why, is_grave, .. }) if entry.is_automatic() => {
                Some((why.clone(), *is_grave))
            }
            _ => None,
        };
        let needs = entry.needs;
        match held {
            Some((why, is_grave)) if needs == 0 => self.hold(id, why, is_grave),
            _ if needs > 0 => self.await_approval(id),
            _ => self.go(id),
        }
    }

    /// Goes no further by itself: a person decides, and hears of it.
    fn hold(&mut self, id: ActionId, why: String, is_grave: bool) {
        let name = self.action_name(id);
        self.note("action_held", "system", format!("{name} was held: {why}"));
        if let Some(entry) = self.entry_mut(id) {
            entry.held = Some(why);
            entry.needs = entry.needs.max(1);
        }
        self.await_approval(id);
        if is_grave {
            self.tell_security(model::Reason::Decided, true);
        }
    }

    fn await_approval(&mut self, id: ActionId) {
        let until = APPROVAL_LIFE.after(self.now());
        self.stage(id, Stage::AwaitingApproval { until });
        let name = self.action_name(id);
        self.note("action_waits", "system", format!("{name} waits for an approval"));
        self.tell_of(id);
    }

    fn approve(&mut self, id: ActionId, by: Actor) -> Result<(), Refusal> {
        self.judge_action(&by)?;
        let name = self.action_name(id);
        let Some(entry) = self.entry(id) else { return Err(Refusal::Misplaced) };
        if entry.order.by == Asker::Actor(by.clone()) {
            return Err(Refusal::OwnOrder);
        }
        let is_waiting = matches!(entry.stage, Stage::AwaitingApproval { .. });
        let is_again = entry.approvals.iter().any(|given| given.by == by);
        if !is_waiting || is_again {
            self.note(
                "approved_late",
                by.to_string(),
                format!("{name} waits for no such approval"),
            );
            return Ok(());
        }
        self.note("approved", by.to_string(), format!("approved {name}"));
        let at = self.now();
        let Some(entry) = self.entry_mut(id) else { return Err(Refusal::Misplaced) };
        entry.approvals.push(Approval { by, at });
        if entry.approvals.len() >= entry.needs as usize {
            self.go(id);
        }
        Ok(())
    }

    fn decline(&mut self, id: ActionId, by: &Actor, reason: &Personal) -> Result<(), Refusal> {
        self.judge_action(by)?;
        let is_waiting = self
            .entry(id)
            .is_some_and(|entry| matches!(entry.stage, Stage::AwaitingApproval { .. }));
        let text = format!("declined {}: {}", self.action_name(id), reason.reveal());
        self.note("declined", by.to_string(), text);
        if is_waiting {
            self.fail(id, "declined".to_owned(), false);
        }
        Ok(())
    }

    /// The intent, stored before the call.
    fn go(&mut self, id: ActionId) {
        let until = APPLY_LIFE.after(self.now());
        self.stage(id, Stage::Applying { until });
        self.task(id, Task::Apply, self.now(), until);
    }

    fn acted(&mut self, id: ActionId, acted: Acted) {
        let Some(entry) = self.entry_mut(id) else { return };
        if !matches!(entry.stage, Stage::Applying { .. }) {
            return;
        }
        let detail = match acted {
            Acted::Failed(why) => return self.fail(id, why, false),
            Acted::Unknown(why) => {
                entry.is_ours = true;
                return self.fail(id, format!("nobody knows whether it was done: {why}"), true);
            }
            Acted::AlreadySo => return self.found_so(id),
            Acted::Done => String::new(),
            Acted::Accepted => "accepted".to_owned(),
            Acted::Partly(what) => format!("partly: {what}"),
        };
        entry.is_ours = true;
        entry.detail = detail;
        entry.looks = 0;
        let at = self.now();
        let within = self.entry(id).map(|entry| entry.order.spec.verify_within).unwrap_or_default();
        let until = within.after(at);
        self.stage(id, Stage::Applied { at, until });
        let name = self.action_name(id);
        self.note("action_done", "system", format!("{name} was done"));
        self.tell_of(id);
        self.send_to_person(Message::Action { action: id });
        self.look_again(id, Task::Look);
        self.revert_if_unwanted(id);
    }

    /// Somebody else has brought it about: nothing to do, and nothing to take back.
    fn found_so(&mut self, id: ActionId) {
        let at = self.now();
        if let Some(entry) = self.entry_mut(id) {
            entry.is_ours = false;
            entry.detail = "already_in_state".to_owned();
        }
        self.stage(id, Stage::Verified { at, ends_at: None });
        let name = self.action_name(id);
        self.note("action_found", "system", format!("{name}: it was so already"));
    }

    fn looked(&mut self, id: ActionId, looked: Looked) {
        let Some(entry) = self.entry(id) else { return };
        let (is_back, until) = match entry.stage {
            Stage::Applied { until, .. } => (false, until),
            Stage::Reverting { is_sent: true, until } => (true, until),
            _ => return,
        };
        match looked {
            Looked::Holds if is_back => self.reverted(id),
            Looked::Holds => self.verified(id),
            Looked::NotYet if self.now() < until => {
                self.look_again(id, if is_back { Task::LookBack } else { Task::Look });
            }
            Looked::NotYet => self.unseen(id, is_back),
            Looked::Changed(what) => {
                self.fail(id, format!("somebody else has changed it: {what}"), false);
            }
            Looked::Unseeable(why) => self.unseeable(id, is_back, &why),
        }
    }

    fn verified(&mut self, id: ActionId) {
        let at = self.now();
        let limit = self.entry(id).and_then(|entry| entry.order.limit);
        let ends_at = limit.map(|limit| limit.after(at));
        if let Some(entry) = self.entry_mut(id) {
            entry.detail = "verified".to_owned();
        }
        self.stage(id, Stage::Verified { at, ends_at });
        let name = self.action_name(id);
        self.note("action_verified", "system", format!("{name} was seen to have taken effect"));
    }

    /// The deadline is over and the effect was not seen: a person has to look.
    fn unseen(&mut self, id: ActionId, is_back: bool) {
        let what =
            if is_back { "was not seen to be taken back" } else { "was not seen to take effect" };
        self.fail(id, format!("unverified_timeout: it {what} in time"), true);
    }

    /// The vendor lets nobody look: what it said has to do, and the story says so.
    fn unseeable(&mut self, id: ActionId, is_back: bool, why: &str) {
        let name = self.action_name(id);
        self.note("action_unseen", "system", format!("{name} cannot be looked at: {why}"));
        if is_back {
            return self.reverted(id);
        }
        self.verified(id);
        if let Some(entry) = self.entry_mut(id) {
            entry.detail = "accepted".to_owned();
        }
    }

    fn revert(&mut self, id: ActionId, by: &Actor, reason: &Personal) -> Result<(), Refusal> {
        self.judge_action(by)?;
        let text = format!("wants {} taken back: {}", self.action_name(id), reason.reveal());
        let Some(entry) = self.entry(id) else { return Err(Refusal::Misplaced) };
        let is_final = matches!(entry.stage, Stage::Reverted { .. } | Stage::Reverting { .. });
        let is_undone_by_nobody = entry.order.spec.undo != Undo::Reversible
            && matches!(entry.stage, Stage::Applied { .. } | Stage::Verified { .. });
        if is_undone_by_nobody || matches!(entry.stage, Stage::Failed { may_stand: false, .. }) {
            return Err(Refusal::NotRevertible);
        }
        self.note("revert_asked", by.to_string(), text);
        if !is_final {
            self.take_back(id, &by.to_string());
        }
        Ok(())
    }

    /// Takes back what this case has done, the last thing first, and does not begin the rest.
    pub(super) fn take_back_all(&mut self, why: &str) {
        let ids: Vec<ActionId> = self.case.ledger.iter().rev().map(Entry::id).collect();
        for id in ids {
            self.take_back(id, why);
        }
    }

    pub(super) fn take_back(&mut self, id: ActionId, by: &str) {
        let Some(entry) = self.entry_mut(id) else { return };
        match &entry.stage {
            Stage::Planned { .. } | Stage::AwaitingApproval { .. } => {
                self.fail(id, "withdrawn".to_owned(), false);
            }
            Stage::Applying { .. } => entry.unwanted_by = Some(by.to_owned()),
            _ if entry.is_revertible() => {
                let until = APPLY_LIFE.after(self.now());
                self.stage(id, Stage::Reverting { is_sent: false, until });
                let name = self.action_name(id);
                self.note("reverting", by.to_owned(), format!("{name} is being taken back"));
                self.task(id, Task::Revert, self.now(), until);
            }
            _ => {}
        }
    }

    fn revert_if_unwanted(&mut self, id: ActionId) {
        let unwanted = self.entry_mut(id).and_then(|entry| entry.unwanted_by.take());
        if let Some(by) = unwanted {
            self.take_back(id, &by);
        }
    }

    fn taken_back(&mut self, id: ActionId, taken: TakenBack) {
        let Some(entry) = self.entry_mut(id) else { return };
        let Stage::Reverting { is_sent: false, .. } = entry.stage else { return };
        match taken {
            TakenBack::AlreadySo => self.reverted(id),
            TakenBack::Refused(what) => {
                self.fail(id, format!("somebody else has changed it since: {what}"), false);
            }
            TakenBack::Failed(why) => self.fail(id, format!("not taken back: {why}"), true),
            TakenBack::Done => {
                entry.looks = 0;
                let until = entry.order.spec.verify_within.after(self.now());
                self.stage(id, Stage::Reverting { is_sent: true, until });
                self.look_again(id, Task::LookBack);
            }
        }
    }

    fn reverted(&mut self, id: ActionId) {
        let at = self.now();
        self.stage(id, Stage::Reverted { at });
        let name = self.action_name(id);
        self.note("reverted", "system", format!("{name} was taken back"));
        self.tell_of(id);
        self.send_to_person(Message::Action { action: id });
    }

    /// What was not done, or may stand although it should not: told, and paged where it may stand.
    fn fail(&mut self, id: ActionId, why: String, may_stand: bool) {
        let at = self.now();
        let name = self.action_name(id);
        self.note("action_failed", "system", format!("{name}: {why}"));
        self.stage(id, Stage::Failed { at, why, may_stand });
        self.tell_of(id);
        if may_stand {
            self.tell_security(model::Reason::Decided, true);
        }
    }

    /// What the clock brings to the ledger. Several that a stop has piled up count as one.
    pub(super) fn ledger_due(&mut self) {
        let now = self.now();
        let due = |entry: &&Entry| entry.due_at().is_some_and(|at| at <= now);
        let due: Vec<(ActionId, Stage)> = self
            .case
            .ledger
            .iter()
            .filter(due)
            .map(|entry| (entry.id(), entry.stage.clone()))
            .collect();
        for (id, stage) in due {
            match stage {
                Stage::Planned { .. } => {
                    self.fail(id, "nobody could say in time what would be done".to_owned(), false);
                }
                Stage::AwaitingApproval { .. } => {
                    self.fail(id, "nobody approved it in time".to_owned(), false);
                }
                Stage::Applying { .. } => {
                    self.acted(id, Acted::Unknown("no word of it in time".to_owned()));
                }
                Stage::Applied { .. } => self.unseen(id, false),
                Stage::Reverting { .. } => self.unseen(id, true),
                Stage::Verified { .. } => {
                    self.stage(id, Stage::Verified { at: now, ends_at: None });
                    self.take_back(id, "its time limit");
                }
                Stage::Reverted { .. } | Stage::Failed { .. } => {}
            }
        }
    }

    fn look_again(&mut self, id: ActionId, task: Task) {
        let Some(entry) = self.entry_mut(id) else { return };
        let at = (entry.looks as usize).min(LOOK_AFTER.len() - 1);
        entry.looks = entry.looks.saturating_add(1);
        let until = entry.due_at();
        let due = LOOK_AFTER[at].after(self.now());
        self.task(id, task, due, until.unwrap_or(due).max(due));
    }

    fn task(&mut self, id: ActionId, task: Task, due: Timestamp, expires_at: Timestamp) {
        let Some(entry) = self.entry(id) else { return };
        let name = entry.order.action.clone();
        self.effects.push(Effect::Act { action: id, name, task, due, expires_at });
    }

    fn stage(&mut self, id: ActionId, stage: Stage) {
        if let Some(entry) = self.entry_mut(id) {
            entry.stage = stage;
        }
    }

    fn tell_of(&mut self, id: ActionId) {
        let delivery = self.delivery();
        self.effects.push(Effect::Tell { delivery, action: id });
    }

    fn action_name(&self, id: ActionId) -> String {
        self.entry(id).map(|entry| entry.order.action.clone()).unwrap_or_default()
    }

    fn entry(&self, id: ActionId) -> Option<&Entry> {
        self.case.ledger.iter().find(|entry| entry.id() == id)
    }

    fn entry_mut(&mut self, id: ActionId) -> Option<&mut Entry> {
        self.case.ledger.iter_mut().find(|entry| entry.id() == id)
    }

    /// Nobody asks for, approves or reverts anything in a case about themself (R28).
    pub(super) fn judge_action(&self, by: &Actor) -> Result<(), Refusal> {
        let subject = self.case.subject.as_ref().map(|subject| subject.person);
        match by {
            Actor::Person(person) if Some(*person) == subject => Err(Refusal::OwnCase),
            _ => Ok(()),
        }
    }

    /// What follows from an outcome, beside the page.
    pub(super) fn respond_to(&mut self, outcome: Outcome) {
        let responses = self.case.treatment.responses(outcome).to_vec();
        self.respond(Trigger::Outcome(outcome), &responses);
    }
}
