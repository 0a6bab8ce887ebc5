//! What analysts do.

use model::{ChallengeId, Disposition, Personal, Reason};

use super::{Refusal, State, Work};
use crate::input::Actor;

impl Work {
    pub(super) fn dispose(
        &mut self,
        disposition: Disposition,
        revision: Option<u32>,
        by: &Actor,
        note: &Personal,
    ) -> Result<(), Refusal> {
        self.judge(by)?;
        if revision.is_some_and(|seen| seen != self.case.revision) {
            return Err(Refusal::Stale);
        }
        let text = format!("{disposition}: {}", note.reveal());
        self.note("disposed", by.to_string(), text);
        self.close(disposition.reason());
        Ok(())
    }

    pub(super) fn take_over(&mut self, by: Actor) -> Result<(), Refusal> {
        self.judge(&by)?;
        self.note("taken", by.to_string(), "took the case");
        self.case.taken_by = Some(by);
        self.taken_here();
        if matches!(self.case.state, State::Escalated { .. }) {
            self.drop_claim();
        }
        Ok(())
    }

    /// A proof made with a factor that was not the person's is none: what it ended is open again,
    /// and nobody confirms or weighs it any more (R25).
    pub(super) fn factor_revoked(&mut self, challenge: ChallengeId) {
        if self.case.proof().is_none_or(|proof| proof.challenge != challenge) {
            return;
        }
        self.case.testimony = None;
        let why = "the factor that proved it was revoked";
        match self.case.state {
            State::Escalated { reason: Reason::Denied | Reason::Conflict, .. }
            | State::Closed { reason: Reason::Malicious, .. } => {
                self.note("proof_withdrawn", "system", why);
            }
            State::Closed { .. } => {
                self.note("reopened", "system", why);
                self.escalate(Reason::Conflict);
            }
            _ => {
                self.note("proof_withdrawn", "system", why);
                self.escalate(Reason::Conflict);
            }
        }
    }

    /// Nobody judges a case about themself, and nothing is judged twice (R28).
    fn judge(&self, by: &Actor) -> Result<(), Refusal> {
        let subject = self.case.subject.as_ref().map(|subject| subject.person);
        match (by, &self.case.state) {
            (Actor::Person(person), _) if Some(*person) == subject => Err(Refusal::OwnCase),
            (_, State::Closed { .. }) => Err(Refusal::Closed),
            _ => Ok(()),
        }
    }
}
