//! How a case reaches a person, or its end.

use model::{CaseId, DeliveryId, Outcome, Reason};

use super::{Challenge, Claim, Fate, Proof, State, VOID_PUSHES_KEPT, WEB, Work};
use crate::{Effect, Message, Response, input::Timer};

impl Work {
    /// Hands the case to the security team, and pages it where the policy says so.
    pub(super) fn escalate(&mut self, reason: Reason) {
        let page = match outcome_of(reason) {
            Some(outcome) => self.case.treatment.responses(outcome).contains(&Response::Page),
            None => true,
        };
        self.hand_over(reason, page, false);
    }

    /// Hands it over without a page: nobody is in danger, somebody should look.
    pub(super) fn escalate_quietly(&mut self, reason: Reason) {
        self.hand_over(reason, self.case.severity.is_grave(), false);
    }

    /// Hands it over because a provider's outage kept the person from proving.
    pub(super) fn escalate_by_outage(&mut self) {
        let pages = self.case.treatment.responses(Outcome::Unprovable).contains(&Response::Page);
        self.hand_over(Reason::Unprovable, pages, true);
    }

    fn hand_over(&mut self, reason: Reason, page: bool, by_outage: bool) {
        let (claim, challenge) = self.claim_in_progress();
        self.case.deadline_at = None;
        for timer in [Timer::Deadline, Timer::Reminder, Timer::Turn, Timer::Shadow] {
            self.forget(timer);
        }
        let since = self.now();
        self.case.state = State::Escalated { reason, since, by_outage, claim, challenge };
        if !self.case.is_late_proof_open() {
            self.drop_claim();
        }
        self.note("escalated", "system", format!("with the security team: {reason}"));
        self.confirm(false);
        self.tell_security(reason, page);
        self.refresh_messages();
        if let Some(outcome) = outcome_of(reason) {
            self.respond_to(outcome);
        }
        if matches!(reason, Reason::Silent | Reason::Unprovable | Reason::Conflict) {
            self.tell_outcome();
        }
    }

    /// Reports, and pages where wanted, under the case's one incident.
    pub(super) fn tell_security(&mut self, reason: Reason, page: bool) {
        let delivery = self.delivery();
        if page {
            self.paged_now();
        }
        let step = self.step();
        self.effects.push(Effect::Escalate { delivery, reason, page, step });
    }

    pub(super) fn close(&mut self, reason: Reason) {
        self.end(reason, None, None);
    }

    pub(super) fn close_suppressed(&mut self, by: CaseId) {
        self.end(Reason::Suppressed, None, Some(by));
    }

    pub(super) fn close_verified(&mut self, proof: Proof) {
        self.end(Reason::Verified, Some(proof), None);
        self.take_back_all("a proof that it was them");
        self.respond_to(Outcome::Verified);
    }

    fn end(&mut self, reason: Reason, proof: Option<Proof>, suppressed_by: Option<CaseId>) {
        if proof.is_none() {
            self.void_challenge();
        }
        self.case.deadline_at = None;
        for timer in Timer::OF_LIFE {
            self.forget(timer);
        }
        let at = self.now();
        self.case.state = State::Closed { reason, at, proof, suppressed_by };
        self.note("closed", "system", format!("closed: {reason}"));
        self.confirm(reason == Reason::Verified);
        if let Some(incident) = &mut self.case.incident
            && !incident.is_resolved
        {
            incident.is_resolved = true;
            let is_waiting = incident.climb.next_at.take().is_some();
            let (delivery, step) = (self.delivery(), self.step());
            self.effects.push(Effect::Resolve { delivery, step });
            if is_waiting {
                self.forget(Timer::Climb);
            }
        }
        if reason != Reason::Notified {
            self.refresh_messages();
        }
    }

    /// Voids the outstanding challenge, wherever it is, keeping the claim. What may lie on a phone by
    /// then goes on being asked about: its refusal is heard.
    pub(super) fn void_challenge(&mut self) {
        let Some(void) = self.case.challenge().cloned() else { return };
        self.forget(Timer::Challenge);
        if void.method.is_remote() {
            self.listen_on(void);
        } else {
            self.effects.push(Effect::Void { challenge: void.id });
        }
        match &mut self.case.state {
            State::Escalated { challenge, .. } => *challenge = None,
            State::Verifying { claim, .. } => {
                let claim = claim.clone();
                self.case.state = State::Claimed(claim);
            }
            _ => {}
        }
    }

    fn listen_on(&mut self, void: Challenge) {
        let now = self.now();
        let pushes = &mut self.case.void_pushes;
        pushes.retain(|other| other.expires_at > now);
        if pushes.len() == VOID_PUSHES_KEPT {
            pushes.remove(0);
        }
        pushes.push(void);
    }

    /// Takes a claim away from an escalated case.
    pub(super) fn drop_claim(&mut self) {
        self.void_challenge();
        if let State::Escalated { claim, .. } = &mut self.case.state {
            *claim = None;
        }
    }

    /// Brings every message that carries the question up to where the case stands.
    pub(super) fn refresh_messages(&mut self) {
        let messages = self.case.ask.iter().flat_map(|ask| &ask.messages);
        let stale: Vec<(DeliveryId, String)> = messages
            .filter(|sent| sent.is_main && sent.channel != WEB && sent.fate != Fate::Failed)
            .map(|sent| (sent.delivery, sent.channel.clone()))
            .collect();
        for (of, channel) in stale {
            self.send(channel, Message::Refresh { of });
        }
    }

    /// Sends a message besides the question's own, where the question went.
    pub(super) fn send_aside(&mut self, message: Message) {
        let messages = self.case.ask.iter().flat_map(|ask| &ask.messages);
        let mut delivered = messages.filter(|sent| sent.fate == Fate::Delivered && sent.is_main);
        let channel = delivered.next_back().map(|sent| sent.channel.clone());
        if let Some(channel) = channel.filter(|channel| channel != WEB) {
            self.send(channel, message);
        }
    }

    /// Tells the person something besides the question: where that went, else where they are
    /// reached first.
    pub(super) fn send_to_person(&mut self, message: Message) {
        let messages = self.case.ask.iter().flat_map(|ask| &ask.messages);
        let delivered = messages.filter(|sent| sent.fate == Fate::Delivered && sent.is_main);
        let channel = delivered.map(|sent| sent.channel.as_str()).chain(self.channels());
        let channel = channel.filter(|channel| *channel != WEB).map(str::to_owned).next();
        if let Some(channel) = channel {
            self.send(channel, message);
        }
    }

    fn channels(&self) -> impl Iterator<Item = &str> {
        self.case.channels.iter().map(String::as_str)
    }

    fn tell_outcome(&mut self) {
        self.send_aside(Message::Outcome);
    }

    fn send(&mut self, channel: String, message: Message) {
        let delivery = self.delivery();
        let expires_at = super::NOTICE_LIFE.after(self.now());
        self.effects.push(Effect::Send { channel, delivery, message, expires_at });
    }

    fn claim_in_progress(&self) -> (Option<Claim>, Option<Challenge>) {
        match &self.case.state {
            State::Claimed(claim) => (Some(claim.clone()), None),
            State::Verifying { claim, challenge } => (Some(claim.clone()), Some(challenge.clone())),
            State::Escalated { claim, challenge, .. } => (claim.clone(), challenge.clone()),
            _ => (None, None),
        }
    }
}

fn outcome_of(reason: Reason) -> Option<Outcome> {
    Outcome::named(reason.name())
}
