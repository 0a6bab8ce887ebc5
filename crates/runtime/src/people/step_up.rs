//! Proving again that it is oneself, before a grave act. Not evidence for a case: that is bound to
//! one answer (R3, R7) and lives in `proving`.

mod pushes;

use std::net::IpAddr;

use casework::{Desk, code::short_code, input::Actor};
use model::{ChallengeId, Method, Person, PersonId, Span, Timestamp};
use ports::{
    store::{Commit, Record, RecordOp, Space},
    verifier::{ChallengeRequest, Factor, Proven, Verdict, Verifier},
};
use serde::{Deserialize, Serialize};

use super::{
    CEREMONY_LIFE, FreshProof, Viewer,
    tally::{CEREMONIES_MAX, CODE_TRIES_MAX, by_person},
    ways::Serving,
};
use crate::{
    apply::Draft,
    bytes::{read, write},
    engine::{Engine, EngineError},
};

/// Pushes in an hour, for each person: they reach somebody's pocket (R13).
pub const PUSHES_MAX: usize = 10;
/// How many pushes a person may have sent to their own phone in a day.
pub const PUSHES_A_DAY_MAX: usize = 40;
const DAY: Span = Span::hours(24);
/// What a provider's device says it is about.
const ACTION: &str = "Confirm that it is you";

/// A step-up under way, as the session that began it may see it.
#[derive(Clone, Serialize, Deserialize)]
pub struct StepUp {
    /// Which.
    pub challenge: ChallengeId,
    /// By which way.
    pub method: Method,
    /// What the browser needs (WebAuthn options).
    pub options: Option<serde_json::Value>,
    /// The code to type into the device (R5).
    pub code: Option<String>,
}

impl std::fmt::Debug for StepUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StepUp[{} {}]", self.challenge, self.method.name())
    }
}

/// What came of looking at a step-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepUpOutcome {
    /// Proven: the session may do grave things for a while.
    Proven,
    /// The device has not answered yet.
    Waiting,
    /// Not proven. Begin again.
    Failed,
}

/// A step-up, as stored: sealed, for it holds a verifier's state.
#[derive(Serialize, Deserialize)]
struct Begun {
    shown: StepUp,
    short_code: String,
    state: Vec<u8>,
}

impl Engine {
    /// Begins a step-up; an earlier one of this session is void.
    pub async fn begin_step_up(
        &self,
        viewer: &Viewer,
        method: Method,
        client_ip: Option<IpAddr>,
    ) -> Result<StepUp, EngineError> {
        let now = self.now();
        let verifier = self.verifier(method)?;
        let limit = if method.is_remote() { PUSHES_MAX } else { CEREMONIES_MAX };
        let counted_by = format!("step-up-{}", method.name());
        let key = by_person(&counted_by, viewer.person.id);
        let factors = self.serving_by(&viewer.person, method).await?.factors();
        if method.is_remote() {
            self.hear_of_push(&viewer.person).await?;
            self.require_unlocked(viewer).await?;
            let daily = vec![by_person("step-up-pushes-a-day", viewer.person.id)];
            let _counted = self.count_try_within(daily, PUSHES_A_DAY_MAX, DAY).await?;
        }
        let _counted = self.count_try(vec![key], limit).await?;
        let challenge = ChallengeId::from_parts(now, self.parts.entropy.bits());
        let short_code = short_code(self.parts.entropy.bits());
        let time = self.wall_time(&viewer.person);
        let request = ChallengeRequest {
            client_ip,
            ..request(challenge, &viewer.person, &factors, &short_code, &time)
        };
        if method.is_remote() {
            self.reserve_push(viewer.person.id).await?;
        }
        let begun = match verifier.begin(&request).await {
            Err(failure) if method.is_remote() && !failure.uncertain => {
                let records = vec![self.forgetting_push(viewer.person.id)];
                self.parts.store.commit(Commit { records, ..Commit::default() }).await?;
                return Err(failure.into());
            }
            begun => begun?,
        };
        let shown = StepUp { challenge, method, options: begun.options, code: begun.code };
        let begun = Begun { shown: shown.clone(), short_code, state: begun.state };
        let mut records = vec![RecordOp::Put(self.begun_record(viewer, &begun))];
        if method.is_remote() {
            let until = CEREMONY_LIFE.after(self.now());
            records.push(RecordOp::Put(self.push_record(viewer.person.id, Some(begun), until)));
        }
        let listening = method.is_remote().then(|| self.listening(viewer.person.id, &shown));
        let outbox = listening.into_iter().collect();
        self.commit(Draft::plain(Commit { records, outbox, ..Commit::default() })).await?;
        Ok(shown)
    }

    /// The step-up that this session began, if it is still open.
    pub async fn step_up(&self, viewer: &Viewer) -> Result<Option<StepUp>, EngineError> {
        Ok(self.begun(viewer).await?.map(|begun| begun.shown))
    }

    /// Takes the response of a local ceremony, or with none asks the provider. A response is taken
    /// once: whatever comes of it, the ceremony is over.
    pub async fn finish_step_up(
        &self,
        viewer: &Viewer,
        challenge: ChallengeId,
        response: Option<&str>,
    ) -> Result<StepUpOutcome, EngineError> {
        let begun = self.begun(viewer).await?.ok_or(EngineError::NotFound)?;
        if begun.shown.challenge != challenge {
            return Err(EngineError::NotFound);
        }
        let method = begun.shown.method;
        let counted = match method {
            Method::Totp => {
                // Apart from signing in: nobody who is not signed in uses these up.
                let keys = vec![by_person("step-up-code", viewer.person.id)];
                Some(self.count_try(keys, CODE_TRIES_MAX).await?)
            }
            Method::Passkey | Method::Duo => None,
        };
        let serving = self.serving_by(&viewer.person, method).await?;
        match self.verdict(&viewer.person, &begun, &serving, response).await? {
            Verdict::Waiting => return Ok(StepUpOutcome::Waiting),
            Verdict::Proven(proven) => {
                self.accept_step_up(viewer, method, &serving, &proven).await?
            }
            verdict => {
                if verdict == Verdict::Refused
                    && method.is_remote()
                    && self.is_push_heard(viewer.person.id, challenge).await?
                {
                    let records = vec![self.consuming(viewer)];
                    self.parts.store.commit(Commit { records, ..Commit::default() }).await?;
                    return Ok(StepUpOutcome::Failed);
                }
                // A fraud ends the session, and what it began with it.
                let is_fraud = verdict == Verdict::Fraud;
                let mut spent = Vec::from_iter((!is_fraud).then(|| self.consuming(viewer)));
                spent.extend(method.is_remote().then(|| self.forgetting_push(viewer.person.id)));
                self.unproven_step_up(&viewer.person, challenge, &verdict, spent).await?;
                return Ok(StepUpOutcome::Failed);
            }
        }
        if let Some(counted) = counted {
            self.uncount(counted).await;
        }
        Ok(StepUpOutcome::Proven)
    }

    async fn verdict(
        &self,
        person: &Person,
        begun: &Begun,
        serving: &Serving,
        response: Option<&str>,
    ) -> Result<Verdict, EngineError> {
        let factors = serving.factors();
        let time = self.wall_time(person);
        let challenge = begun.shown.challenge;
        let request = request(challenge, person, &factors, &begun.short_code, &time);
        let verifier = self.verifier(begun.shown.method)?;
        Ok(verifier.check(&request, &begun.state, response, self.now()).await?)
    }

    /// One transaction: the ceremony is consumed, the factor's counter moves, the session has its
    /// proof. Of two at once, one finds the ceremony gone.
    async fn accept_step_up(
        &self,
        viewer: &Viewer,
        method: Method,
        serving: &Serving,
        proven: &Proven,
    ) -> Result<(), EngineError> {
        let at = self.now();
        let mut records = vec![self.consuming(viewer)];
        if method.is_remote() {
            records.push(self.forgetting_push(viewer.person.id));
        } else {
            let used = serving.held.iter().find(|held| Some(held.factor.id) == proven.factor);
            let used = used.ok_or(EngineError::Forbidden("this factor may not serve"))?;
            records.extend(self.spending(used, proven));
        }
        let is_independent = serving.is_independent;
        let proof = FreshProof { at, is_independent, factor: proven.factor };
        let hash = &viewer.session.hash;
        records.push(self.changing_session(hash, |session| session.proof = Some(proof)).await?);
        let by = viewer.actor().to_string();
        let journal = vec![self.entry("person.proven", by, format!("by {}", method.name()))];
        Ok(self.parts.store.commit(Commit { journal, records, ..Commit::default() }).await?)
    }

    /// Pushes are locked together, for cases and for step-ups (R13): a thief must not wear a person
    /// down at one door when the other is shut.
    async fn require_unlocked(&self, viewer: &Viewer) -> Result<(), EngineError> {
        let locked_until = self.desk(viewer.person.id).await?.and_then(|desk| desk.locked_until());
        match locked_until.is_some_and(|until| until > self.now()) {
            true => Err(EngineError::Limited),
            false => Ok(()),
        }
    }

    async fn count_push(
        &self,
        person: PersonId,
        count: fn(&mut Desk, Timestamp),
    ) -> Result<(), EngineError> {
        let now = self.now();
        let change = |desk: &mut Desk| {
            count(desk, now);
            Vec::new()
        };
        self.change_desk(person, change).await
    }

    /// Counts what proved nothing, and spends it; a fraud ends every session and pages. That comes
    /// first: it may be raised twice, and would be lost where what tells of it is spent before.
    async fn unproven_step_up(
        &self,
        person: &Person,
        challenge: ChallengeId,
        verdict: &Verdict,
        records: Vec<RecordOp>,
    ) -> Result<(), EngineError> {
        let is_fraud = *verdict == Verdict::Fraud;
        if is_fraud {
            let (cause, about) = (super::alarm::Cause::FraudReported, challenge.to_string());
            self.raise_alarm(person, cause, &about).await?;
        }
        match verdict {
            Verdict::Refused | Verdict::Fraud => {
                self.count_push(person.id, Desk::push_refused).await?;
            }
            Verdict::TimedOut => self.count_push(person.id, Desk::push_failed).await?,
            _ => {}
        }
        let kind = if is_fraud { "person.reported_fraud" } else { "person.not_proven" };
        let by = Actor::Person(person.id).to_string();
        let journal = vec![self.entry(kind, by, "in a step-up")];
        let commit = Commit { journal, records, ..Commit::default() };
        Ok(self.parts.store.commit(commit).await?)
    }

    /// The factors of a method that may serve now. Read again at the end of a ceremony: one that
    /// was removed meanwhile serves no more.
    async fn serving_by(&self, person: &Person, method: Method) -> Result<Serving, EngineError> {
        const NONE: EngineError = EngineError::Forbidden("no factor of this kind may serve");
        if method.is_remote() {
            let serving = Serving { held: Vec::new(), is_independent: true };
            return self.is_remote_independent(person).await?.then_some(serving).ok_or(NONE);
        }
        let mut serving = self.serving(person).await?;
        serving.held.retain(|held| held.factor.method == method);
        if serving.held.is_empty() { Err(NONE) } else { Ok(serving) }
    }

    async fn begun(&self, viewer: &Viewer) -> Result<Option<Begun>, EngineError> {
        let key = key_of(viewer);
        let now = self.now();
        let record = self.parts.store.record(Space::Challenge, &key, now).await?;
        let Some(record) = record else { return Ok(None) };
        self.parts.seal.open(&key, &record.value).map(|plain| read(&plain)).transpose()
    }

    fn begun_record(&self, viewer: &Viewer, begun: &Begun) -> Record {
        let key = key_of(viewer);
        let value = self.parts.seal.seal(&key, &write(begun));
        let expires_at = Some(CEREMONY_LIFE.after(self.now()));
        let owner = Some(viewer.person.id);
        Record { space: Space::Challenge, key, owner, value, expires_at }
    }

    fn consuming(&self, viewer: &Viewer) -> RecordOp {
        let now = self.now();
        RecordOp::Take { space: Space::Challenge, key: key_of(viewer), now }
    }

    pub(super) fn verifier(&self, method: Method) -> Result<&dyn Verifier, EngineError> {
        let verifier = self.parts.verifiers.get(&method);
        Ok(&**verifier.ok_or(EngineError::Forbidden("this way to prove is not set up here"))?)
    }

    fn wall_time(&self, person: &Person) -> String {
        let zone = person.zone(self.parts.settings.calendar.zone());
        self.now().to_zoned(zone).strftime("%H:%M").to_string()
    }
}

impl Serving {
    fn factors(&self) -> Vec<Factor> {
        self.held.iter().map(|held| held.factor.clone()).collect()
    }
}

fn request<'a>(
    challenge: ChallengeId,
    person: &'a Person,
    factors: &'a [Factor],
    code: &'a str,
    time: &'a str,
) -> ChallengeRequest<'a> {
    ChallengeRequest { challenge, person, factors, code, action: ACTION, time, client_ip: None }
}

fn key_of(viewer: &Viewer) -> String {
    step_up_key(&viewer.session.hash)
}

/// Where the step-up of a session lies.
pub(super) fn step_up_key(session: &str) -> String {
    format!("step-up/{session}")
}
