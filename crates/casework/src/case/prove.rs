//! Proving a claim.

use model::{Answer, ChallengeId, Method, Reason};

use super::{CHALLENGE_LIFE, Challenge, Claim, Given, Proof, Refusal, State, Work};
use crate::{
    Effect,
    input::{ProofResult, Timer},
    proof::{FactorFacts, independence},
};

impl Work {
    pub(super) fn challenge(
        &mut self,
        id: ChallengeId,
        method: Method,
        factors: &[FactorFacts],
        session: String,
    ) -> Result<(), Refusal> {
        let claim = self.case.provable_claim().ok_or(Refusal::NothingToProve)?.clone();
        let ask = self.case.treatment.ask().ok_or(Refusal::NothingToProve)?;
        if claim.revision != self.case.revision {
            return Err(Refusal::Stale);
        }
        if ask.is_comment_required && self.case.comments.is_empty() {
            return Err(Refusal::CommentRequired);
        }
        let may_serve = |factor: &FactorFacts| {
            factor.method == method
                && method.assurance() >= ask.assurance
                && independence(factor, &self.case).is_ok()
        };
        let is_spent = self.case.spent_methods.contains(&method);
        if is_spent || !factors.iter().any(may_serve) {
            return Err(Refusal::NoFactor);
        }
        self.void_challenge();
        self.set_challenge(claim, id, method, session);
        Ok(())
    }

    fn set_challenge(&mut self, claim: Claim, id: ChallengeId, method: Method, session: String) {
        let expires_at = CHALLENGE_LIFE.after(self.now());
        let (revision, shown_hash) = (self.case.revision, self.case.shown_hash.clone());
        let made = Challenge { id, method, revision, shown_hash, session, expires_at };
        match &mut self.case.state {
            State::Escalated { challenge, .. } => *challenge = Some(made),
            state => *state = State::Verifying { claim, challenge: made },
        }
        self.wake_at(Timer::Challenge, expires_at);
        if method.is_remote() {
            self.effects.push(Effect::Begin { challenge: id, method, expires_at });
        }
        let text = format!("asked to prove it by {}", method.name());
        self.note("challenged", self.person_name(), text);
    }

    pub(super) fn challenge_begun(&mut self, id: ChallengeId) {
        // Also one that was voided while its push was being sent.
        let mut challenges = self.case.challenge().into_iter().chain(&self.case.void_pushes);
        let Some(challenge) = challenges.find(|begun| begun.id == id) else { return };
        let (method, expires_at) = (challenge.method, challenge.expires_at);
        self.effects.push(Effect::Poll { challenge: id, method, expires_at });
    }

    /// Whoever asked is signed out: no approval of it counts, also of a push that is on a phone
    /// already. The claim stays; it is proven anew (R25).
    pub(super) fn session_ended(&mut self, id: ChallengeId) {
        let Some(open) = self.case.challenge().filter(|open| open.id == id) else { return };
        let text = match open.method.is_remote() {
            true => "the session that asked for a proof has ended: only a refusal counts now",
            false => "the session that asked for a proof has ended",
        };
        self.note("challenge_voided", "system", text);
        self.void_challenge();
    }

    pub(super) fn proof(&mut self, id: ChallengeId, result: ProofResult) {
        let Some(challenge) = self.case.challenge().filter(|open| open.id == id).cloned() else {
            return self.void_proof(id, &result);
        };
        self.proof_of(challenge, result);
        // It has been heard of.
        self.case.void_pushes.retain(|void| void.id != id);
    }

    fn proof_of(&mut self, challenge: Challenge, result: ProofResult) {
        let id = challenge.id;
        let is_over = self.now() > challenge.expires_at;
        let result = if is_over { ProofResult::TimedOut } else { result };
        self.effects.push(Effect::Void { challenge: id });
        self.forget(Timer::Challenge);
        match result {
            ProofResult::Proven(factor) => self.proven(challenge, factor),
            ProofResult::Wrong => self.failed("a wrong response"),
            ProofResult::TimedOut => self.failed("no response in time"),
            ProofResult::Refused => {
                self.contradicted_on_device(Reason::Conflict, "refused on the device");
            }
            ProofResult::Fraud => {
                self.contradicted_on_device(Reason::Denied, "reported a fraud on the device");
            }
            ProofResult::NotEvidence(why) => self.spent(challenge.method, &why),
            ProofResult::Outage(why) => self.hindered(&why),
        }
    }

    /// What comes of a challenge that is void. Whoever refuses a push that a thief has sent is heard,
    /// whatever the thief did since (R13); everything else counts for nothing.
    fn void_proof(&mut self, id: ChallengeId, result: &ProofResult) {
        let Some(at) = self.case.void_pushes.iter().position(|void| void.id == id) else {
            self.note("proof_ignored", "system", "came for a challenge that is no longer open");
            return;
        };
        let void = self.case.void_pushes.remove(at);
        let result = if self.now() > void.expires_at { &ProofResult::TimedOut } else { result };
        self.effects.push(Effect::Void { challenge: id });
        match result {
            ProofResult::Refused => {
                let text = "refused a push on the device whose challenge was void";
                self.contradicted_on_device(Reason::Conflict, text);
            }
            ProofResult::Fraud => {
                let text = "reported a fraud on the device, of a push whose challenge was void";
                self.contradicted_on_device(Reason::Denied, text);
            }
            ProofResult::Proven(_) => {
                self.note("proof_ignored", "system", "approved a push whose challenge was void");
            }
            ProofResult::Wrong
            | ProofResult::TimedOut
            | ProofResult::NotEvidence(_)
            | ProofResult::Outage(_) => {
                let text = "a push whose challenge was void is over: no refusal of it was heard";
                self.note("push_over", "system", text);
            }
        }
    }

    fn proven(&mut self, challenge: Challenge, factor: FactorFacts) {
        let wanted = self.case.treatment.ask().map(|ask| ask.assurance).unwrap_or_default();
        let is_strong = factor.method == challenge.method && factor.method.assurance() >= wanted;
        let is_bound = challenge.shown_hash == self.case.shown_hash;
        if let Err(dependence) = independence(&factor, &self.case) {
            self.note("not_evidence", "system", format!("not independent: {dependence:?}"));
            return self.unprovable();
        }
        if !is_strong || !is_bound {
            self.note("not_evidence", "system", "weaker than asked, or of other facts");
            return self.unprovable();
        }
        let text = format!("proved it by {}", factor.method.name());
        self.note("proven", self.person_name(), text);
        // What the same session asked for before was asked by whoever has now proven who they are.
        self.case.void_pushes.retain(|void| void.session != challenge.session);
        let (at, shown_hash) = (self.now(), challenge.shown_hash);
        self.accept(Proof { challenge: challenge.id, factor, at, shown_hash });
    }

    fn failed(&mut self, how: &str) {
        self.case.failed_proofs += 1;
        self.note("proof_failed", self.person_name(), how);
        if self.case.failed_proofs >= self.case.evidence.attempts {
            self.unprovable();
        } else {
            self.back_to_claim(false);
        }
    }

    fn contradicted_on_device(&mut self, reason: Reason, text: &str) {
        self.note("refused", self.person_name(), text);
        if reason == Reason::Denied {
            let (at, revision) = (self.now(), self.case.revision);
            let channel = "device".to_owned();
            self.keep_answer(Given { answer: Answer::NotMe, at, channel, revision });
        }
        match &self.case.state {
            State::Closed { .. } => self.deny_closed(),
            // It is with the security team as just that already.
            State::Escalated { reason: Reason::Denied | Reason::Conflict, .. } => {}
            _ => self.escalate(reason),
        }
    }

    fn spent(&mut self, method: Method, why: &str) {
        self.note("not_evidence", "system", format!("{}: {why}", method.name()));
        self.case.spent_methods.push(method);
        let methods = self.case.provable_claim().map(|claim| claim.methods.clone());
        let is_spent = |method: &Method| self.case.spent_methods.contains(method);
        if methods.unwrap_or_default().iter().all(is_spent) {
            self.unprovable();
        } else {
            self.back_to_claim(false);
        }
    }

    fn hindered(&mut self, why: &str) {
        self.note("outage", "system", why);
        self.back_to_claim(true);
    }

    fn unprovable(&mut self) {
        match self.case.state {
            State::Escalated { .. } => self.drop_claim(),
            _ => self.escalate(Reason::Unprovable),
        }
    }

    fn back_to_claim(&mut self, by_outage: bool) {
        match &mut self.case.state {
            State::Verifying { claim, .. } => {
                let mut claim = claim.clone();
                claim.is_hindered_by_outage = by_outage;
                self.case.state = State::Claimed(claim);
            }
            State::Escalated { challenge, .. } => *challenge = None,
            _ => {}
        }
    }
}
