//! What the person says.

use model::{Answer, Personal, Reason, Timestamp};

use super::{COMMENTS_KEPT, Claim, Given, RACE_WINDOW, Refusal, State, Work};
use crate::{
    Message,
    proof::{self, FactorFacts, Names},
};

/// How many answers a case keeps; whoever presses a button all day long does not make it grow.
pub(super) const ANSWERS_KEPT: usize = 50;

impl Work {
    pub(super) fn answer(
        &mut self,
        answer: Answer,
        channel: String,
        revision: u32,
        factors: &[FactorFacts],
        comment: Option<Personal>,
    ) -> Result<(), Refusal> {
        if self.case.ask.is_none() && !matches!(self.case.state, State::Closed { .. }) {
            return Err(Refusal::Misplaced);
        }
        if answer == Answer::Me && self.is_awaited() && revision != self.case.revision {
            return Err(Refusal::Stale);
        }
        let said = match answer {
            Answer::Me => "it was me",
            Answer::NotMe => "not me",
            Answer::NotSure => "not sure",
        };
        let text = format!("answered \u{201c}{said}\u{201d} through {channel}");
        self.note("answered", self.person_name(), text);
        self.keep_answer(Given { answer, at: self.now(), channel, revision });
        if let Some(text) = comment {
            self.comment(text);
        }
        match answer {
            Answer::NotMe => self.deny(),
            Answer::NotSure => self.doubt(),
            Answer::Me => self.claim(revision, factors),
        }
        Ok(())
    }

    /// Keeps an answer, and forgets the oldest that was given again since: every kind that was ever
    /// given stays on record here, and all of them in the journal.
    pub(super) fn keep_answer(&mut self, given: Given) {
        let answers = &mut self.case.answers;
        if answers.len() >= ANSWERS_KEPT {
            let is_repeated = |at: usize| {
                answers[at + 1..].iter().any(|later| later.answer == answers[at].answer)
            };
            if let Some(oldest) = (0..answers.len()).find(|at| is_repeated(*at)) {
                answers.remove(oldest);
            }
        }
        answers.push(given);
    }

    pub(super) fn comment(&mut self, text: Personal) {
        self.note("commented", self.person_name(), "added a comment");
        if self.case.comments.len() == COMMENTS_KEPT {
            self.case.comments.remove(0);
        }
        self.case.comments.push(text);
    }

    fn is_awaited(&self) -> bool {
        matches!(self.case.state, State::Asking) || self.case.is_late_proof_open()
    }

    /// "Not me" needs nothing, takes effect at once and sticks (R2, R26).
    pub(super) fn deny(&mut self) {
        match &self.case.state {
            State::Finding { .. }
            | State::Held { .. }
            | State::Queued
            | State::Asking
            | State::Notifying
            | State::Claimed(_)
            | State::Verifying { .. }
            | State::Seconding { .. } => self.escalate(Reason::Denied),
            State::Escalated { reason: Reason::Denied | Reason::Conflict, .. } => {}
            State::Escalated { .. } => self.escalate(Reason::Denied),
            State::Closed { .. } => self.deny_closed(),
            State::Watching { .. } => {}
        }
    }

    pub(super) fn deny_closed(&mut self) {
        if !self.case.is_deniable(self.now()) {
            self.note("too_late", "system", "recorded; the case had ended otherwise");
            return;
        }
        let races = |at: Timestamp| self.now() <= RACE_WINDOW.after(at);
        let reason = match &self.case.state {
            State::Closed { reason: Reason::Verified, at, .. } if races(*at) => Reason::Denied,
            _ => Reason::Conflict,
        };
        self.note("reopened", "system", "a denial reopens it; what it had earned is withdrawn");
        self.escalate(reason);
    }

    fn doubt(&mut self) {
        if matches!(self.case.state, State::Asking | State::Claimed(_) | State::Verifying { .. }) {
            self.escalate(Reason::NotSure);
        }
    }

    fn claim(&mut self, revision: u32, factors: &[FactorFacts]) {
        if self.case.has_said(Answer::NotMe) {
            return self.contradict();
        }
        let is_late = self.case.is_late_proof_open();
        if !is_late && self.case.state != State::Asking {
            return;
        }
        let methods = self.provable_by(factors);
        if methods.is_empty() {
            self.note("unprovable", "system", self.why_unprovable());
            if !is_late {
                self.escalate(Reason::Unprovable);
            }
            return;
        }
        let made = Claim { at: self.now(), revision, methods, is_hindered_by_outage: false };
        match &mut self.case.state {
            State::Escalated { claim, .. } => *claim = Some(made),
            state => *state = State::Claimed(made),
        }
        self.refresh_messages();
    }

    fn why_unprovable(&self) -> &'static str {
        match self.case.event.names {
            Names::TooMany => {
                "the alerts name more than is kept: nothing is surely independent of them"
            }
            Names::Kept(_) => "no independent way to prove is enrolled",
        }
    }

    /// A "yes" after a "no" is a conflict: noted, told, never a step back (R2).
    fn contradict(&mut self) {
        if let State::Escalated { reason: Reason::Denied, .. } = self.case.state {
            self.note("conflict", "system", "said it was them after saying it was not");
            self.escalate(Reason::Conflict);
            self.send_aside(Message::Outcome);
        }
    }

    fn provable_by(&self, factors: &[FactorFacts]) -> Vec<model::Method> {
        let Some(ask) = self.case.treatment.ask() else { return Vec::new() };
        let usable = proof::usable(factors, &self.case, ask.assurance);
        let mut methods: Vec<_> = usable.map(|factor| factor.method).collect();
        methods.sort();
        methods.dedup();
        methods
    }
}
