//! How playbooks go on. Every run is looked at after each input of its case; what each waits for is
//! its own, so that several do not disturb each other.

use std::sync::Arc;

use expr::Verdict;
use model::{Answer, Reason, Span};

use super::{Refusal, State, Work};
use crate::{
    Act, Effect, Message,
    input::{Actor, Timer},
    ledger::{Approval, Asker, Stage, Trigger},
    playbook::{Op, Playbook, Rest, Run, RunEvent, holds},
};

/// Runs of one case, those that have ended counted.
pub(super) const RUNS_MAX: usize = 16;
/// How long looking something up is waited for.
const KNOW_LIFE: Span = Span::seconds(30);

impl Work {
    /// Begins a playbook.
    pub(super) fn begin_run(
        &mut self,
        playbook: &Arc<Playbook>,
        by: Asker,
        trigger: Trigger,
    ) -> Result<(), Refusal> {
        if self.case.runs.len() >= RUNS_MAX {
            self.note("not_done", by.to_string(), "there are too many playbooks in this case");
            return Err(Refusal::Limited);
        }
        let number = u32::try_from(self.case.runs.len()).unwrap_or(u32::MAX).saturating_add(1);
        self.note("playbook_began", by.to_string(), format!("began the playbook {}", playbook.id));
        self.case.runs.push(Run {
            number,
            playbook: (**playbook).clone(),
            trigger,
            by,
            began_at: self.now(),
            at: 0,
            approvals: Vec::new(),
            rest: Rest::Going,
        });
        Ok(())
    }

    pub(super) fn play_by_hand(
        &mut self,
        playbook: &Arc<Playbook>,
        by: Actor,
    ) -> Result<(), Refusal> {
        self.judge_action(&by)?;
        if !self.case.state_name().is_open() {
            return Err(Refusal::Closed);
        }
        self.begin_run(playbook, Asker::Actor(by), Trigger::Hand)
    }

    pub(super) fn run_event(&mut self, number: u32, event: RunEvent) -> Result<(), Refusal> {
        let (RunEvent::Approve { by } | RunEvent::Stop { by }) = &event;
        self.judge_action(by)?;
        let run = self.case.runs.iter().find(|run| run.number == number);
        let run = run.ok_or(Refusal::Misplaced)?;
        if matches!(event, RunEvent::Approve { .. }) && run.by == Asker::Actor(by.clone()) {
            return Err(Refusal::OwnOrder);
        }
        if run.is_ended() {
            return Ok(());
        }
        match event {
            RunEvent::Approve { by } => self.approve_run(number, by),
            RunEvent::Stop { by } => {
                self.note("playbook_stopped", by.to_string(), "stopped a playbook");
                self.end_run(number, "stopped");
            }
        }
        Ok(())
    }

    fn approve_run(&mut self, number: u32, by: Actor) {
        let at = self.now();
        let Some(run) = self.case.runs.iter_mut().find(|run| run.number == number) else { return };
        let is_again = run.approvals.iter().any(|given| given.by == by);
        if !matches!(run.rest, Rest::Approval { .. }) || is_again {
            return self.note("approved_late", by.to_string(), "waits for no such approval");
        }
        run.approvals.push(Approval { by: by.clone(), at });
        self.note("approved", by.to_string(), "approved a step of a playbook");
    }

    /// Lets every run go on as far as it can.
    pub(super) fn play(&mut self) {
        for at in 0..self.case.runs.len() {
            if self.case.runs[at].is_ended() {
                continue;
            }
            if self.is_at_rest(at) {
                continue;
            }
            self.go_on(at);
        }
    }

    /// Whether a run still waits. One whose wait is over goes on from the next op.
    fn is_at_rest(&mut self, at: usize) -> bool {
        let now = self.now();
        let run = &self.case.runs[at];
        let is_over = match &run.rest {
            Rest::Going => true,
            Rest::Time { until } | Rest::Known { until } => now >= *until,
            Rest::Actions { until } => now >= *until || self.are_actions_settled(),
            Rest::Answer { until } => now >= *until || self.is_answered(),
            Rest::Approval { until } => {
                let needs = match run.playbook.ops.get(run.at) {
                    Some(Op::Approve { needs, .. }) => *needs as usize,
                    _ => 0,
                };
                if run.approvals.len() < needs && now >= *until {
                    let number = run.number;
                    self.end_run(number, "not approved in time");
                    return true;
                }
                run.approvals.len() >= needs
            }
            Rest::Ended { .. } => false,
        };
        if !is_over {
            return true;
        }
        let run = &mut self.case.runs[at];
        if run.rest != Rest::Going {
            run.rest = Rest::Going;
            run.approvals.clear();
            run.at += 1;
        }
        false
    }

    /// Carries out ops until one waits or there is none. Jumps lead forward only, so that it ends.
    fn go_on(&mut self, at: usize) {
        loop {
            let run = &self.case.runs[at];
            let Some(op) = run.playbook.ops.get(run.at).cloned() else {
                let number = run.number;
                return self.end_run(number, "done");
            };
            let (asker, trigger) = (Asker::Playbook(run.playbook.id.clone()), run.trigger);
            let (number, here) = (run.number, run.at);
            let mut next = here + 1;
            match op {
                Op::Run(template) => self.order_by(&template, asker, trigger),
                Op::Revert(name) => self.revert_named(name.as_deref(), &asker.to_string()),
                Op::Ask(ask) => self.ask_from_playbook(ask),
                Op::Notify(template) => self.send_to_person(Message::Note { template }),
                Op::Page => self.page_from_playbook(),
                Op::Enrich(steps) => {
                    let until = KNOW_LIFE.after(self.now());
                    let run = Some(number);
                    self.effects.push(Effect::Enrich { steps, run, expires_at: until });
                    return self.rest(at, Rest::Known { until });
                }
                Op::Wait(span) => {
                    let until = span.after(self.now());
                    return self.rest(at, Rest::Time { until });
                }
                Op::Settle(span) if !self.are_actions_settled() => {
                    let until = span.after(self.now());
                    return self.rest(at, Rest::Actions { until });
                }
                Op::Answer(span) if !self.is_answered() => {
                    let until = span.after(self.now());
                    return self.rest(at, Rest::Answer { until });
                }
                Op::Settle(_) | Op::Answer(_) => {}
                Op::Approve { within, .. } => {
                    let until = within.after(self.now());
                    self.note(
                        "playbook_waits",
                        asker.to_string(),
                        "waits for an approval to go on",
                    );
                    return self.rest(at, Rest::Approval { until });
                }
                Op::Unless { condition, to } => {
                    if !self.holds(&condition, &asker) {
                        next = to.max(here + 1);
                    }
                }
                Op::Jump { to } => next = to.max(here + 1),
            }
            self.case.runs[at].at = next;
        }
    }

    /// Whether a condition holds. What nobody can say does not, and the story tells.
    fn holds(&mut self, condition: &str, asker: &Asker) -> bool {
        match holds(condition, &self.case) {
            Verdict::Holds => true,
            Verdict::Fails => false,
            Verdict::Unknown(cause) => {
                let text = format!("a condition could not be decided and counts as no: {cause}");
                self.note("undecided", asker.to_string(), text);
                false
            }
        }
    }

    /// What a run wanted to know is known.
    pub(super) fn known_for(&mut self, run: Option<u32>) {
        let waits = |it: &&mut Run| Some(it.number) == run && matches!(it.rest, Rest::Known { .. });
        if let Some(run) = self.case.runs.iter_mut().find(waits) {
            run.rest = Rest::Going;
            run.at += 1;
        }
    }

    fn rest(&mut self, at: usize, rest: Rest) {
        self.case.runs[at].rest = rest;
    }

    fn end_run(&mut self, number: u32, how: &str) {
        let at = self.now();
        let Some(run) = self.case.runs.iter_mut().find(|run| run.number == number) else { return };
        run.rest = Rest::Ended { at, how: how.to_owned() };
        let (id, by) = (run.playbook.id.clone(), Asker::Playbook(run.playbook.id.clone()));
        self.note("playbook_ended", by.to_string(), format!("the playbook {id} ended: {how}"));
    }

    fn revert_named(&mut self, name: Option<&str>, by: &str) {
        match name {
            None => self.take_back_all(by),
            Some(name) => {
                let of_name = |entry: &&crate::ledger::Entry| entry.order.action == name;
                let ids: Vec<_> =
                    self.case.ledger.iter().rev().filter(of_name).map(|it| it.id()).collect();
                ids.into_iter().for_each(|id| self.take_back(id, by));
            }
        }
    }

    /// Asks in a case that nobody was asked in. Where somebody was, their answer is what there is.
    fn ask_from_playbook(&mut self, ask: crate::Ask) {
        let is_askable = self.case.ask.is_none()
            && self.case.subject.as_ref().is_some_and(|subject| subject.is_active)
            && matches!(self.case.state, State::Escalated { reason: Reason::Decided, .. });
        if !is_askable {
            return self.note("not_asked", "system", "the person was asked already, or cannot be");
        }
        // By its own clock, which the calendar has with the turn.
        self.case.due_from = Some(self.now());
        self.case.deadline_at = Some(ask.deadline.after(self.now()));
        self.case.treatment.act = Act::Ask(ask);
        self.case.state = State::Queued;
        self.set_deadline();
        self.wake_at(Timer::Turn, self.now());
    }

    fn page_from_playbook(&mut self) {
        let reason = self.case.reason().unwrap_or(Reason::Decided);
        self.tell_security(reason, true);
    }

    fn are_actions_settled(&self) -> bool {
        self.case.ledger.iter().all(|entry| {
            matches!(
                entry.stage,
                Stage::Verified { .. } | Stage::Reverted { .. } | Stage::Failed { .. }
            )
        })
    }

    fn is_answered(&self) -> bool {
        self.case.has_said(Answer::NotMe) || !self.case.state_name().is_open()
    }
}
