//! Remote ceremonies: begun after a click, followed until they end.

use casework::{Case, Input, input::ProofResult, proof::FactorFacts};
use model::{ChallengeId, Method, Person, Span};
use ports::{
    Failure,
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

/// A ceremony that is still wanted.
struct Open<'a> {
    case: &'a Case,
    held: HeldChallenge,
    record: Record,
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
        match self.push(method, challenge, &open).await {
            Ok(begun) => {
                let held = open.held.clone().begun(self, challenge, Some(&begun));
                let record = Record { value: crate::bytes::write(&held), ..open.record.clone() };
                let expected = Some(open.record.value);
                let now = self.now();
                // A challenge that was voided meanwhile stays void.
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
            Ok(Verdict::Waiting) => Carried::NotYet(POLL_PAUSE),
            Ok(verdict) => self.ended(method, challenge, &open, verdict).await,
            Err(failure) => failure.into(),
        }
    }

    async fn open_ceremony<'a>(
        &self,
        case: &'a Case,
        challenge: ChallengeId,
    ) -> Result<Option<Open<'a>>, Carried> {
        if case.challenge().map(|open| open.id) != Some(challenge) {
            return Ok(None);
        }
        let held = self.held_challenge(challenge).await.map_err(Carried::from)?;
        if let Some((held, _)) = &held
            && !self.is_session_alive(&held.session).await.map_err(Carried::from)?
        {
            // Whoever asked is signed out, and nobody else may go on with it.
            return Err(Carried::Done(Some(Input::SessionEnded { challenge }), Vec::new()));
        }
        Ok(held.map(|(held, record)| Open { case, held, record }))
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
