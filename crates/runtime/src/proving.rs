//! Proving a claim on our own page.
//!
//! A ceremony belongs to one case, one revision of its facts, one person and one session. It is
//! consumed in the transaction that records its outcome, so that it counts once, also when its
//! response comes twice at the same time (R3).

mod held;
mod ways;

use std::net::IpAddr;

use casework::{
    Case, Input,
    case::{CHALLENGE_LIFE, Refusal},
    input::ProofResult,
};
use model::{CaseId, ChallengeId, Method, Person, PersonId};
use ports::{
    store::{Record, RecordOp, Space},
    verifier::{Begun, ChallengeRequest, Factor, Verdict},
};

pub(crate) use held::HeldChallenge;

use crate::{
    apply::{Along, ApplyError},
    engine::{Engine, EngineError},
    factors::HeldFactor,
    people::same,
};

/// How often a response is looked at again because a factor was used elsewhere at the same time.
const ATTEMPTS: usize = 3;
/// The longest response of a browser that is looked at, in bytes.
const RESPONSE_BYTES_MAX: usize = 64 * 1_024;

/// A ceremony, as the page that asked for it may see it.
#[derive(Clone)]
pub struct Ceremony {
    /// Which.
    pub challenge: ChallengeId,
    /// By which way.
    pub method: Method,
    /// What the browser needs (WebAuthn options).
    pub options: Option<serde_json::Value>,
    /// The code to type into the device; only in the session that asked (R5).
    pub code: Option<String>,
    /// Whether a remote provider has not yet begun, so that the page should look again.
    pub is_starting: bool,
}

impl std::fmt::Debug for Ceremony {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ceremony[{} {}]", self.challenge, self.method.name())
    }
}

impl Engine {
    /// Begins a proof. `session` is the hash of the session that asks.
    #[tracing::instrument(name = "proof.begin", skip_all, fields(case.id = %case))]
    pub async fn begin_proof(
        &self,
        person: PersonId,
        case: CaseId,
        method: Method,
        session: &str,
        client_ip: Option<IpAddr>,
    ) -> Result<Ceremony, EngineError> {
        let case = self.own_case(person, case).await?;
        let person = self.known(person)?;
        let now = self.now();
        let challenge = ChallengeId::from_parts(now, self.parts.entropy.bits());
        let mut facts = self.facts_of(&person).await?;
        facts.retain(|factor| factor.method == method);
        let begun = match method.is_remote() {
            // The push goes out once the click is on record.
            true => None,
            false => Some(self.begin_here(&person, &case, challenge, method, client_ip).await?),
        };
        let ceremony = ceremony(challenge, method, begun.as_ref());
        let session = session.to_owned();
        let held = HeldChallenge::new(&case, person.id, method, session.clone(), client_ip);
        let held = held.begun(self, challenge, begun.as_ref());
        let record = self.challenge_record(challenge, &held);
        let along = Along::default().with([RecordOp::Insert { record, now }]);
        let input = Input::Challenge { challenge, method, factors: facts, session };
        self.apply(case.id, input, along).await?;
        Ok(ceremony)
    }

    /// The outstanding ceremony, with its code only for the session that began it.
    pub async fn ceremony(
        &self,
        person: PersonId,
        case: CaseId,
        session: &str,
    ) -> Result<Option<Ceremony>, EngineError> {
        let case = self.own_case(person, case).await?;
        let Some(open) = case.challenge() else { return Ok(None) };
        let Some((held, _)) = self.held_challenge(open.id).await? else { return Ok(None) };
        let is_theirs = same(&held.session, session);
        let begun = held.opened(self, open.id).filter(|_| is_theirs);
        Ok(Some(Ceremony {
            is_starting: !held.has_begun(),
            ..ceremony(open.id, held.method, begun.as_ref())
        }))
    }

    /// Takes the response of a local ceremony: a WebAuthn answer or a TOTP code.
    #[tracing::instrument(name = "proof.finish", skip_all, fields(case.id = %case))]
    pub async fn finish_proof(
        &self,
        person: PersonId,
        case: CaseId,
        challenge: ChallengeId,
        session: &str,
        response: &str,
    ) -> Result<Case, EngineError> {
        if response.len() > RESPONSE_BYTES_MAX {
            return Err(EngineError::Invalid("the response is too long".to_owned()));
        }
        let person = self.known(person)?;
        for _ in 0..ATTEMPTS {
            let case = self.own_case(person.id, case).await?;
            match self.finish_once(&person, &case, challenge, session, response).await {
                // The factor's counter moved meanwhile: the same code may no longer count.
                Err(ApplyError::Taken) => {}
                other => return other.map_err(EngineError::from),
            }
        }
        Err(EngineError::crowded())
    }

    async fn finish_once(
        &self,
        person: &Person,
        case: &Case,
        challenge: ChallengeId,
        session: &str,
        response: &str,
    ) -> Result<Case, ApplyError> {
        let held = self.held_challenge(challenge).await?;
        let Some((held, _)) = held.filter(|(held, _)| {
            held.case == case.id && held.person == person.id && same(&held.session, session)
        }) else {
            return Err(Refusal::NothingToProve.into());
        };
        if held.method.is_remote() || case.challenge().map(|open| open.id) != Some(challenge) {
            return Err(Refusal::NothingToProve.into());
        }
        let begun = held.opened(self, challenge).ok_or(Refusal::NothingToProve)?;
        let serving = self.serving_for(person, case, held.method).await?;
        let factors: Vec<Factor> = serving.iter().map(|held| held.factor.clone()).collect();
        let verdict = self
            .check_here(person, case, challenge, &held, &factors, &begun.state, response)
            .await?;
        let (result, spent) = self.result_of(verdict, &serving)?;
        let take =
            RecordOp::Take { space: Space::Challenge, key: challenge.to_string(), now: self.now() };
        let along = Along::default().with([take]).with(spent);
        self.apply(case.id, Input::Proof { challenge, result }, along).await
    }

    #[expect(clippy::too_many_arguments, reason = "each is a different part of one ceremony")]
    async fn check_here(
        &self,
        person: &Person,
        case: &Case,
        challenge: ChallengeId,
        held: &HeldChallenge,
        factors: &[Factor],
        state: &[u8],
        response: &str,
    ) -> Result<Verdict, EngineError> {
        let verifier = self.parts.verifiers.get(&held.method).ok_or(Refusal::NoFactor)?;
        let shown = self.shown(case);
        let request = shown.request(challenge, person, factors, held.client_ip);
        Ok(verifier.check(&request, state, Some(response), self.now()).await?)
    }

    /// What the case is told, and what the proof spends.
    fn result_of(
        &self,
        verdict: Verdict,
        serving: &[HeldFactor],
    ) -> Result<(ProofResult, Vec<RecordOp>), EngineError> {
        let proven = match verdict {
            Verdict::Proven(proven) => proven,
            Verdict::Waiting => {
                return Err(EngineError::Invalid("the response is not complete".to_owned()));
            }
            other => return Ok((unproven(other), Vec::new())),
        };
        let used = serving.iter().find(|held| Some(held.factor.id) == proven.factor);
        Ok(match used {
            Some(held) => {
                (ProofResult::Proven(ways::facts_of(&held.factor)), self.spending(held, &proven))
            }
            None => {
                (ProofResult::NotEvidence("not one of the factors asked for".to_owned()), vec![])
            }
        })
    }

    async fn begin_here(
        &self,
        person: &Person,
        case: &Case,
        challenge: ChallengeId,
        method: Method,
        client_ip: Option<IpAddr>,
    ) -> Result<Begun, EngineError> {
        let verifier = self.parts.verifiers.get(&method).ok_or(Refusal::NoFactor)?;
        let serving = self.serving_for(person, case, method).await?;
        let factors: Vec<Factor> = serving.into_iter().map(|held| held.factor).collect();
        if factors.is_empty() {
            return Err(Refusal::NoFactor.into());
        }
        let shown = self.shown(case);
        Ok(verifier.begin(&shown.request(challenge, person, &factors, client_ip)).await?)
    }

    /// What a device is shown of a case.
    pub(crate) fn shown(&self, case: &Case) -> Shown {
        let (action, time) = self.action_and_time(case);
        let code = case.ask.as_ref().map(|ask| ask.code.clone()).unwrap_or_default();
        Shown { code, action, time }
    }

    /// The row of a challenge.
    pub(crate) fn challenge_record(&self, id: ChallengeId, held: &HeldChallenge) -> Record {
        Record {
            space: Space::Challenge,
            key: id.to_string(),
            owner: Some(held.person),
            value: crate::bytes::write(held),
            expires_at: Some(CHALLENGE_LIFE.after(self.now())),
        }
    }

    /// A challenge that is neither over nor consumed, with its bytes.
    pub(crate) async fn held_challenge(
        &self,
        id: ChallengeId,
    ) -> Result<Option<(HeldChallenge, Record)>, EngineError> {
        let key = id.to_string();
        let record = self.parts.store.record(Space::Challenge, &key, self.now()).await?;
        let Some(record) = record else { return Ok(None) };
        Ok(Some((crate::bytes::read(&record.value)?, record)))
    }

    /// The person of an id, while the directory still has them.
    pub(crate) fn known(&self, id: PersonId) -> Result<std::sync::Arc<Person>, EngineError> {
        self.parts.directory.person(id).ok_or(EngineError::NotFound)
    }
}

/// What a device is shown.
pub(crate) struct Shown {
    code: String,
    action: String,
    time: String,
}

impl Shown {
    pub(crate) fn request<'a>(
        &'a self,
        challenge: ChallengeId,
        person: &'a Person,
        factors: &'a [Factor],
        client_ip: Option<IpAddr>,
    ) -> ChallengeRequest<'a> {
        let Self { code, action, time } = self;
        ChallengeRequest { challenge, person, factors, code, action, time, client_ip }
    }
}

/// What a verdict other than a proof says to a case.
pub(crate) fn unproven(verdict: Verdict) -> ProofResult {
    match verdict {
        Verdict::Wrong => ProofResult::Wrong,
        Verdict::TimedOut | Verdict::Waiting => ProofResult::TimedOut,
        Verdict::Refused => ProofResult::Refused,
        Verdict::Fraud => ProofResult::Fraud,
        Verdict::NotEvidence(why) => ProofResult::NotEvidence(why),
        Verdict::Proven(_) => ProofResult::NotEvidence("with no factor that is known".to_owned()),
    }
}

fn ceremony(challenge: ChallengeId, method: Method, begun: Option<&Begun>) -> Ceremony {
    Ceremony {
        challenge,
        method,
        options: begun.and_then(|begun| begun.options.clone()),
        code: begun.and_then(|begun| begun.code.clone()),
        is_starting: begun.is_none(),
    }
}
