//! What follows a proof that does not close a case by itself: another person confirms, or an
//! analyst has a look.

use model::Reason;

use super::{Confirms, Proof, State, Work};
use crate::{Effect, input::Timer};

/// The share that is looked at is given in so many parts.
const PARTS: u128 = 1_000;

impl Work {
    /// Takes a proof that holds.
    pub(super) fn accept(&mut self, proof: Proof) {
        let ask = self.case.treatment.ask();
        let second = ask.and_then(|ask| ask.second.clone());
        let is_reviewed = ask.is_some_and(|ask| ask.is_reviewed);
        if let Some(who) = second {
            let span = ask.map(|ask| ask.deadline).unwrap_or_default();
            let until = span.after(self.now());
            self.void_challenge();
            self.case.testimony = Some(proof);
            self.case.deadline_at = Some(until);
            self.case.state = State::Seconding { until };
            self.wake_at(Timer::Deadline, until);
            self.note("seconding", "system", "somebody else is asked to confirm it");
            let revision = Some(self.case.revision);
            self.effects.push(Effect::AskSecond { who, revision, until });
            return self.refresh_messages();
        }
        if is_reviewed || self.is_sampled() {
            let why = if is_reviewed {
                "the policy wants an analyst to close it"
            } else {
                "drawn by lot for an analyst's look"
            };
            self.note("reviewed", "system", why);
            self.case.testimony = Some(proof);
            self.void_challenge();
            return self.escalate_quietly(Reason::Decided);
        }
        self.close_verified(proof);
    }

    /// Answers are testimony: of those that were proven a random share is looked at (R20).
    fn is_sampled(&self) -> bool {
        self.case.id.bits() % PARTS < u128::from(self.case.evidence.sampled_permille)
    }

    /// What somebody was asked about before the facts changed is said of other facts, whatever they
    /// said: a denial is with the security team by their own case.
    pub(super) fn seconded(&mut self, is_confirmed: bool, revision: Option<u32>, by: &str) {
        if revision.is_some_and(|asked| asked != self.case.revision) {
            return self.note("seconded_late", by.to_owned(), "was asked about older facts");
        }
        let text = if is_confirmed { "confirmed it" } else { "did not confirm it" };
        self.note("seconded", by.to_owned(), text);
        match (&self.case.state, is_confirmed) {
            (State::Seconding { .. }, true) => match self.case.testimony.take() {
                Some(proof) => self.close_verified(proof),
                None => self.unseconded("there is no proof to confirm"),
            },
            (State::Seconding { .. }, false) => self.unseconded("it was not confirmed"),
            (State::Closed { reason: Reason::Verified, .. }, false) => {
                self.escalate(Reason::Conflict);
            }
            _ => {}
        }
    }

    /// The proof stands as testimony; what it means is for the analysts.
    pub(super) fn unseconded(&mut self, why: &str) {
        self.note("unconfirmed", "system", why);
        self.escalate(Reason::Decided);
    }

    /// Tells the case that this one was to confirm.
    pub(super) fn confirm(&mut self, is_confirmed: bool) {
        if let Some(Confirms { case, revision }) = self.case.confirms {
            self.effects.push(Effect::Confirm { case, revision, is_confirmed });
        }
    }
}
