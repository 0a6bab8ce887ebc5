//! Remote ceremonies: begun after a click, followed until they end.
//!
//! One whose challenge is void by then is followed all the same, for a refusal of what lies on the
//! person's phone; an approval of it counts for nothing (R13).

use casework::{Case, Input, input::ProofResult, proof::FactorFacts};
use model::{ChallengeId, Method, Person, Span};
use ports::{
    Decision, Failure,
    store::{Record, RecordOp},
    verifier::{Begun, Proven, Verdict},
};

use super::Carried;
use crate::{
    engine::{Engine, EngineError},
    lanes::CALL_LIMIT,
    pause,
    proving::{HeldChallenge, unproven},
};

/// The pause between two questions to a provider.
const POLL_PAUSE: Span = Span::seconds(1);

/// The same where nobody waits for the answer.
pub(crate) const LISTEN_PAUSE: Span = Span::seconds(5);

/// A ceremony whose end still matters.
struct Open<'a> {
    case: &'a Case,
    held: HeldChallenge,
    record: Record,
    /// Whether its challenge is void: only a refusal matters.
    is_void: bool,
}

impl Engine {
    /// Begins a ceremony at its provider.
    pub(super) async fn begin_remote(
        &self,
        method: Method,
        case: &Case,
        challenge: ChallengeId,
    ) -> Carried {
        let open = match self.open_ceremony(case, challenge).await {
            Ok(Some(open)) => open,
            Ok(None) => return Carried::silently(),
            Err(carried) => return carried,
        };
        if open.held.has_begun() {
            return Carried::Done(Some(Input::ChallengeBegun { challenge }), Vec::new());
        }
        if open.is_void {
            let result = ProofResult::NotEvidence("void before a push was sent".to_owned());
            return Carried::Done(Some(Input::Proof { challenge, result }), Vec::new());
        }
        match self.push(method, challenge, &open).await {
            Ok(begun) => {
                let held = open.held.clone().begun(self, challenge, Some(&begun));
                let record = Record { value: crate::bytes::write(&held), ..open.record.clone() };
                let expected = Some(open.record.value);
                let now = self.now();
                // One that was voided meanwhile is listened on; one that is forgotten stays so.
                let swap = RecordOp::Swap { expected, record, now };
                Carried::Done(Some(Input::ChallengeBegun { challenge }), vec![swap])
            }
            Err(failure) => failure.into(),
        }
    }

    /// Asks a provider once; it may hold the call for a while. Between two questions the work lies
    /// in the store, so that a server that stops loses no ceremony.
    pub(super) async fn poll(
        &self,
        method: Method,
        case: &Case,
        challenge: ChallengeId,
    ) -> Carried {
        let open = match self.open_ceremony(case, challenge).await {
            Ok(Some(open)) => open,
            Ok(None) => return Carried::silently(),
            Err(carried) => return carried,
        };
        match self.ask_provider(method, challenge, &open).await {
            Ok(Verdict::Waiting) if open.is_void => Carried::NotYet(LISTEN_PAUSE),
            Ok(Verdict::Waiting) => Carried::NotYet(POLL_PAUSE),
            Ok(verdict) if open.is_void => {
                let result = unapproved(verdict);
                Carried::Done(Some(Input::Proof { challenge, result }), Vec::new())
            }
            // Nobody waits for it, and a refusal may still come: it is over when its time is.
            Err(Failure { decision: Decision::Retry { after }, .. }) if open.is_void => {
                let after = after.map(|after| Span::seconds(after.as_secs()));
                Carried::NotYet(after.unwrap_or_default().max(LISTEN_PAUSE))
            }
            Ok(verdict) => self.ended(method, challenge, &open, verdict).await,
            Err(failure) => failure.into(),
        }
    }

    async fn open_ceremony<'a>(
        &self,
        case: &'a Case,
        challenge: ChallengeId,
    ) -> Result<Option<Open<'a>>, Carried> {
        let is_void = case.has_void_push(challenge);
        if !is_void && case.challenge().map(|open| open.id) != Some(challenge) {
            return Ok(None);
        }
        let held = self.held_challenge(challenge).await.map_err(Carried::from)?;
        if let Some((held, _)) = &held
            && !is_void
            && !self.is_session_alive(&held.session).await.map_err(Carried::from)?
        {
            // Whoever asked is signed out, and nobody else may go on with it.
            return Err(Carried::Told(POLL_PAUSE, Input::SessionEnded { challenge }));
        }
        Ok(held.map(|(held, record)| Open { case, held, record, is_void }))
    }

    async fn push(
        &self,
        method: Method,
        challenge: ChallengeId,
        open: &Open<'_>,
    ) -> Result<Begun, Failure> {
        let (verifier, person) = self.provider(method, open)?;
        let shown = self.shown(open.case);
        let request = shown.request(challenge, &person, &[], open.held.client_ip);
        pause::within(&*self.parts.clock, CALL_LIMIT, verifier.begin(&request)).await
    }

    async fn ask_provider(
        &self,
        method: Method,
        challenge: ChallengeId,
        open: &Open<'_>,
    ) -> Result<Verdict, Failure> {
        let (verifier, person) = self.provider(method, open)?;
        let begun = open.held.opened(self, challenge);
        let begun = begun.ok_or_else(|| Failure::permanent("the ceremony's state is gone"))?;
        let shown = self.shown(open.case);
        let request = shown.request(challenge, &person, &[], open.held.client_ip);
        let call = verifier.check(&request, &begun.state, None, self.now());
        pause::within(&*self.parts.clock, CALL_LIMIT, call).await
    }

    async fn ended(
        &self,
        method: Method,
        challenge: ChallengeId,
        open: &Open<'_>,
        verdict: Verdict,
    ) -> Carried {
        let (result, records) = match verdict {
            Verdict::Proven(proven) => match self.result_from(method, open, proven).await {
                Ok(proven) => proven,
                Err(error) => return error.into(),
            },
            other => (unproven(other), Vec::new()),
        };
        Carried::Done(Some(Input::Proof { challenge, result }), records)
    }

    async fn result_from(
        &self,
        method: Method,
        open: &Open<'_>,
        proven: Proven,
    ) -> Result<(ProofResult, Vec<RecordOp>), EngineError> {
        let person = open.held.person;
        let device = proven.provider_device;
        let age = self.remote_age(person, method, device.as_deref()).await?;
        let seen = match &device {
            Some(device) => self.first_seen(person, method, device).await?,
            None => None,
        };
        let facts = FactorFacts { id: None, method, age, device };
        Ok((ProofResult::Proven(facts), seen.into_iter().collect()))
    }

    fn provider(
        &self,
        method: Method,
        open: &Open<'_>,
    ) -> Result<(&dyn ports::verifier::Verifier, std::sync::Arc<Person>), Failure> {
        let verifier = self.parts.verifiers.get(&method);
        let verifier =
            verifier.ok_or_else(|| Failure::permanent("this provider is no longer configured"))?;
        Ok((&**verifier, self.addressee(open.case)?))
    }
}

/// What a verdict says about a challenge that is void: an approval says nothing.
fn unapproved(verdict: Verdict) -> ProofResult {
    match verdict {
        Verdict::Proven(_) => ProofResult::NotEvidence("approved when it was void".to_owned()),
        other => unproven(other),
    }
}
