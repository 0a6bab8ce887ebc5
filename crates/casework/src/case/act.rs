//! What is done about a case, and taken back.

mod doing;
mod undoing;

use model::{ActionId, Outcome, Personal, Timestamp};

use super::{Refusal, Work};
use crate::{
    Effect, Response,
    input::Actor,
    ledger::{
        APPROVAL_LIFE, Acted, ActionEvent, Approval, Asker, ENTRIES_MAX, Entry, LOOK_AFTER, Order,
        PLAN_LIFE, Plan, Planned, Stage, Task, Template, Trigger, approvals_needed,
        guard::ActRuling,
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
        let entry = Entry::new(order, needs, self.now());
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
            ActionEvent::Approve { by, reason } => self.approve(id, by, reason.as_ref())?,
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
        let (needs, name) = (entry.needs, entry.order.action.clone());
        self.note("action_planned", "system", format!("it is known what {name} would do"));
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

    fn approve(
        &mut self,
        id: ActionId,
        by: Actor,
        reason: Option<&Personal>,
    ) -> Result<(), Refusal> {
        self.judge_action(&by)?;
        let name = self.action_name(id);
        let Some(entry) = self.entry(id) else { return Err(Refusal::Misplaced) };
        if self.has_asked(&by, entry) {
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
        let why = reason.map(|reason| format!(": {}", reason.reveal())).unwrap_or_default();
        self.note("approved", by.to_string(), format!("approved {name}{why}"));
        let at = self.now();
        let Some(entry) = self.entry_mut(id) else { return Err(Refusal::Misplaced) };
        entry.approvals.push(Approval { by, at });
        if entry.approvals.len() >= entry.needs as usize {
            self.go(id);
        }
        Ok(())
    }

    /// Whether somebody wants an action themself: by asking for it, or for the playbook that does.
    fn has_asked(&self, by: &Actor, entry: &Entry) -> bool {
        let asked = |asker: &Asker| matches!(asker, Asker::Actor(actor) if actor == by);
        match &entry.order.by {
            Asker::Playbook(id) => {
                self.case.runs.iter().any(|run| run.playbook.id == *id && asked(&run.by))
            }
            other => asked(other),
        }
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

    /// What was not done, or may stand although it should not: told, and paged where it may stand.
    pub(super) fn fail(&mut self, id: ActionId, why: String, may_stand: bool) {
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

    pub(super) fn look_again(&mut self, id: ActionId, task: Task) {
        let Some(entry) = self.entry_mut(id) else { return };
        let at = (entry.looks as usize).min(LOOK_AFTER.len() - 1);
        entry.looks = entry.looks.saturating_add(1);
        let until = entry.due_at();
        let due = LOOK_AFTER[at].after(self.now());
        self.task(id, task, due, until.unwrap_or(due).max(due));
    }

    pub(super) fn task(&mut self, id: ActionId, task: Task, due: Timestamp, expires_at: Timestamp) {
        let Some(entry) = self.entry(id) else { return };
        let name = entry.order.action.clone();
        self.effects.push(Effect::Act { action: id, name, task, due, expires_at });
    }

    pub(super) fn stage(&mut self, id: ActionId, stage: Stage) {
        if let Some(entry) = self.entry_mut(id) {
            entry.stage = stage;
        }
    }

    pub(super) fn tell_of(&mut self, id: ActionId) {
        let delivery = self.delivery();
        self.effects.push(Effect::Tell { delivery, action: id });
    }

    pub(super) fn action_name(&self, id: ActionId) -> String {
        self.entry(id).map(|entry| entry.order.action.clone()).unwrap_or_default()
    }

    pub(super) fn entry(&self, id: ActionId) -> Option<&Entry> {
        self.case.ledger.iter().find(|entry| entry.id() == id)
    }

    pub(super) fn entry_mut(&mut self, id: ActionId) -> Option<&mut Entry> {
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
