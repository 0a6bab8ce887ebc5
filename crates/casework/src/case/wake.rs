//! What the clock brings. A timer that is early is set again, one that is late is ignored, and
//! several that a stop has piled up count as one.

use model::Reason;

use super::{State, Work};
use crate::{
    Message,
    desk::Ruling,
    input::{ProofResult, Timer},
};

impl Work {
    pub(super) fn wake(&mut self, timer: Timer, ruling: &Ruling) {
        match timer {
            Timer::Deadline => self.deadline(),
            Timer::Reminder => self.remind(ruling),
            Timer::Challenge => self.challenge_over(),
            Timer::Shadow => self.shadow_over(),
            Timer::Turn if self.case.state == State::Queued => self.queue(ruling),
            Timer::Turn => {}
            Timer::Ledger => self.ledger_woken(),
            Timer::Climb => self.climb_due(),
        }
    }

    fn deadline(&mut self) {
        let Some(at) = self.case.deadline_at else { return };
        if self.now() < at {
            return self.wake_at(Timer::Deadline, at);
        }
        match &self.case.state {
            State::Claimed(claim) | State::Verifying { claim, .. } => {
                if claim.is_hindered_by_outage {
                    self.escalate_by_outage();
                } else {
                    self.escalate(Reason::Silent);
                }
            }
            State::Finding { .. } => self.go_on_unknowing(),
            State::Held { .. } => self.release(),
            State::Seconding { .. } => self.unseconded("nobody confirmed it in time"),
            State::Queued | State::Asking => self.escalate(Reason::Silent),
            State::Notifying => self.escalate(Reason::Undeliverable),
            State::Watching { .. } | State::Escalated { .. } | State::Closed { .. } => {}
        }
    }

    fn remind(&mut self, ruling: &Ruling) {
        let now = self.now();
        if !matches!(self.case.state, State::Asking | State::Claimed(_)) {
            return;
        }
        let Some(ask) = &mut self.case.ask else { return };
        let before = ask.reminders_at.len();
        ask.reminders_at.retain(|at| *at > now);
        let is_due = ask.reminders_at.len() < before;
        if let Some(next) = ask.reminders_at.first().copied() {
            self.wake_at(Timer::Reminder, next);
        }
        let is_over = self.case.deadline_at.is_some_and(|deadline| deadline <= now);
        if is_due && !ruling.is_muted && !is_over {
            self.note("reminded", "system", "reminded the person");
            self.send_aside(Message::Reminder);
        }
    }

    fn challenge_over(&mut self) {
        let Some(open) = self.case.challenge() else { return };
        let (id, expires_at) = (open.id, open.expires_at);
        if self.now() < expires_at {
            return self.wake_at(Timer::Challenge, expires_at);
        }
        self.proof(id, ProofResult::TimedOut);
    }

    fn ledger_woken(&mut self) {
        self.ledger_due();
        // An early timer is set again: what is due has not changed, so that nothing else would.
        if let Some(at) = self.case.ledger_due_at().filter(|at| *at > self.now()) {
            self.wake_at(Timer::Ledger, at);
        }
    }

    fn shadow_over(&mut self) {
        let State::Watching { until, .. } = self.case.state else { return };
        if self.now() < until {
            return self.wake_at(Timer::Shadow, until);
        }
        self.close(Reason::Shadow);
    }
}
