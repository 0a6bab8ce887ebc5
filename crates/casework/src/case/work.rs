//! What the handlers of inputs have in hand: the case, and what comes of the step so far.

use model::{DeliveryId, Timestamp};

use super::{Case, Refusal};
use crate::{Effect, Input, Moment, Note, desk::Ruling, input::Timer};

/// A case at work.
pub(super) struct Work {
    pub(super) case: Case,
    pub(super) moment: Moment,
    ids_made: u128,
    pub(super) effects: Vec<Effect>,
    pub(super) notes: Vec<Note>,
}

impl Work {
    pub(super) fn new(case: Case, moment: Moment) -> Self {
        Self { case, moment, ids_made: 0, effects: Vec::new(), notes: Vec::new() }
    }

    pub(super) fn take(&mut self, input: Input, ruling: &Ruling) -> Result<(), Refusal> {
        match input {
            Input::Open(_) => return Err(Refusal::Misplaced),
            Input::Join { .. } if !self.case.state_name().is_open() => return Err(Refusal::Closed),
            Input::Join { alert, treatment, is_update } => {
                self.join(*alert, *treatment, is_update, ruling);
            }
            Input::Wake { timer } => self.wake(timer, ruling),
            Input::Delivered { delivery } => self.delivered(delivery),
            Input::Undelivered { delivery, cause } => self.undelivered(delivery, &cause),
            Input::ChannelLost { channel, cause } => self.channel_lost(&channel, &cause),
            Input::Answer { answer, channel, revision, factors, comment } => {
                self.answer(answer, channel, revision, &factors, comment)?;
            }
            Input::Comment { text } => self.comment(text),
            Input::Challenge { challenge, method, factors, session } => {
                self.challenge(challenge, method, &factors, session)?;
            }
            Input::ChallengeBegun { challenge } => self.challenge_begun(challenge),
            Input::SessionEnded { challenge } => self.session_ended(challenge),
            Input::Proof { challenge, result } => self.proof(challenge, result),
            Input::Paged { target, failure } => self.paged(&target, failure.as_deref()),
            Input::Told { target, told, at, by } => self.told_of(&target, told, at, by),
            Input::Take { by } => self.take_over(by)?,
            Input::Dispose { disposition, revision, by, note } => {
                self.dispose(disposition, revision, &by, &note)?;
            }
            Input::FactorRevoked { challenge } => self.factor_revoked(challenge),
            Input::Superseded => self.superseded(),
            Input::Decided { known, decision, run } => self.decided(known, decision, run, ruling),
            Input::Seconded { is_confirmed, revision, by } => {
                self.seconded(is_confirmed, revision, &by);
            }
            Input::Play { playbook, by } => self.play_by_hand(&playbook, by)?,
            Input::Run { number, event } => self.run_event(number, event)?,
            Input::Order(order) => self.order_by_hand(*order)?,
            Input::Action { action, event } => self.action(action, *event, ruling.act.as_ref())?,
        }
        Ok(())
    }

    pub(super) fn now(&self) -> Timestamp {
        self.moment.now
    }

    /// Random bits that differ for each use within a step.
    pub(super) fn bits(&mut self) -> u128 {
        self.ids_made += 1;
        self.moment.seed.wrapping_add(self.ids_made)
    }

    pub(super) fn delivery(&mut self) -> DeliveryId {
        DeliveryId::from_parts(self.now(), self.bits())
    }

    pub(super) fn note(&mut self, kind: &str, by: impl Into<String>, text: impl Into<String>) {
        self.notes.push(Note { kind: kind.to_owned(), by: by.into(), text: text.into() });
    }

    pub(super) fn person_name(&self) -> String {
        match &self.case.subject {
            Some(subject) => format!("person:{}", subject.person),
            None => "nobody".to_owned(),
        }
    }

    pub(super) fn wake_at(&mut self, timer: Timer, at: Timestamp) {
        self.effects.push(Effect::WakeAt { timer, at });
    }

    /// Keeps the one timer of the ledger at what is due next.
    pub(super) fn follow_ledger(&mut self, before: Option<Timestamp>) {
        match self.case.ledger_due_at() {
            due if due == before => {}
            Some(at) => self.wake_at(Timer::Ledger, at),
            None => self.forget(Timer::Ledger),
        }
    }

    pub(super) fn forget(&mut self, timer: Timer) {
        self.effects.push(Effect::Forget { timer });
    }
}
