//! What follows from a case as it stands.

use model::{Alert, Answer, ChallengeId, Reason, StateName, Timestamp, case::INCIDENT_PREFIX};

use super::{Case, Challenge, Claim, DENIAL_LIFE, Proof, State};

impl Case {
    /// The name of the state it is in.
    #[must_use]
    pub fn state_name(&self) -> StateName {
        match &self.state {
            State::Finding { .. } | State::Held { .. } | State::Queued => StateName::Triage,
            State::Watching { .. } => StateName::Watching,
            State::Notifying => StateName::Notifying,
            State::Asking => StateName::Asking,
            State::Claimed(_) => StateName::Claimed,
            State::Verifying { .. } | State::Seconding { .. } => StateName::Verifying,
            State::Escalated { .. } => StateName::Escalated,
            State::Closed { .. } => StateName::Closed,
        }
    }

    /// Why it is escalated or closed.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        match &self.state {
            State::Escalated { reason, .. } | State::Closed { reason, .. } => Some(*reason),
            _ => None,
        }
    }

    /// Whether it was not asked yet.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        matches!(self.state, State::Finding { .. } | State::Held { .. } | State::Queued)
    }

    /// The outstanding challenge.
    #[must_use]
    pub fn challenge(&self) -> Option<&Challenge> {
        match &self.state {
            State::Verifying { challenge, .. } => Some(challenge),
            State::Escalated { challenge, .. } => challenge.as_ref(),
            _ => None,
        }
    }

    /// Whether a challenge is void, and a refusal of its push is still heard.
    #[must_use]
    pub fn has_void_push(&self, challenge: ChallengeId) -> bool {
        self.void_pushes.iter().any(|void| void.id == challenge)
    }

    /// The proof that has closed it, or that stands as testimony.
    #[must_use]
    pub fn proof(&self) -> Option<&Proof> {
        match &self.state {
            State::Closed { proof: Some(proof), .. } => Some(proof),
            _ => self.testimony.as_ref(),
        }
    }

    /// The claim that can be proven now: in time, or late where the rules of lateness allow.
    #[must_use]
    pub fn provable_claim(&self) -> Option<&Claim> {
        match &self.state {
            State::Claimed(claim) | State::Verifying { claim, .. } => Some(claim),
            State::Escalated { claim, .. } if self.is_late_proof_open() => claim.as_ref(),
            _ => None,
        }
    }

    /// Whether a claim made now could still be proven although the case is escalated.
    #[must_use]
    pub fn is_late_proof_open(&self) -> bool {
        let State::Escalated { reason, by_outage, .. } = &self.state else { return false };
        let allowed = self.treatment.ask().is_some_and(|ask| ask.is_late_proof_allowed);
        let fits = match reason {
            Reason::Silent | Reason::Undeliverable | Reason::NotSure => true,
            Reason::Unprovable => *by_outage,
            _ => false,
        };
        allowed && fits && self.taken_by.is_none() && !self.has_said(Answer::NotMe)
    }

    /// Whether the person ever gave this answer.
    #[must_use]
    pub fn has_said(&self, answer: Answer) -> bool {
        self.answers.iter().any(|given| given.answer == answer)
    }

    /// Whether "this wasn't me" still reopens it, or still counts.
    #[must_use]
    pub fn is_deniable(&self, now: Timestamp) -> bool {
        match &self.state {
            State::Closed { reason, at, .. } => {
                let kinds = [Reason::Verified, Reason::Notified, Reason::Suppressed];
                kinds.contains(reason) && now <= DENIAL_LIFE.after(*at)
            }
            State::Watching { .. } => false,
            _ => true,
        }
    }

    /// Whether all of its alerts say the same.
    #[must_use]
    pub fn is_about_one_thing(&self) -> bool {
        self.revision == 1
    }

    /// The alert whose words stand for the case: the latest.
    #[must_use]
    pub fn head(&self) -> &Alert {
        self.alerts.last().expect("a case has at least the alert that opened it")
    }

    /// When something of the ledger or of a playbook is due next.
    #[must_use]
    pub fn ledger_due_at(&self) -> Option<Timestamp> {
        let entries = self.ledger.iter().filter_map(crate::ledger::Entry::due_at);
        entries.chain(self.runs.iter().filter_map(crate::playbook::Run::due_at)).min()
    }

    /// The one line that names it.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.alerts[0].title
    }

    /// The incident's key at the escalation targets.
    #[must_use]
    pub fn dedup_key(&self) -> String {
        format!("{INCIDENT_PREFIX}{}", self.id)
    }
}
