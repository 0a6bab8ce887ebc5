//! The push of a step-up on a person's phone: one at a time, and listened to whoever sent it. A thief
//! who sends one and is gone, or never asks what came of it, does not keep its owner from being heard
//! (R13).

use casework::case::Refusal;
use model::{ChallengeId, Person, PersonId, Span, Timestamp};
use ports::{
    store::{Commit, OutboxRow, Record, RecordOp, Space, StoreError},
    verifier::Verdict,
};
use serde::{Deserialize, Serialize};

use super::{Begun, StepUp};
use crate::{
    bytes::{read, write},
    dispatch::{Carried, LISTEN_PAUSE},
    engine::{Engine, EngineError},
    lanes::LaneKind,
    people::{CEREMONY_LIFE, ways::Serving},
    task::{Task, new_row},
};

/// How long sending a push may take; a push that nobody knows to have been sent blocks no longer.
const PUSH_SENDING: Span = Span::minutes(1);
/// When it is listened for the first time: by then most sessions have asked themselves.
const LISTEN_AFTER: Span = Span::seconds(30);

/// The last push of a person's step-ups of which nobody has heard what came of it.
#[derive(Serialize, Deserialize)]
struct Push {
    /// Nothing while it is being sent.
    begun: Option<Begun>,
}

impl Engine {
    /// A person's phone shows one push at a time (R13): what came of the one before is heard first,
    /// also where the session that wanted it never asked.
    pub(super) async fn hear_of_push(&self, person: &Person) -> Result<(), EngineError> {
        let Some(push) = self.push_of(person.id).await? else { return Ok(()) };
        let begun = push.begun.ok_or(Refusal::Busy)?;
        let taken = self.taking_push(person.id);
        match self.verdict(person, &begun, &nothing_of_ours(), None).await? {
            Verdict::Waiting => Err(Refusal::Busy.into()),
            // It is for the session that began it to take.
            Verdict::Proven(_) => {
                let commit = Commit { records: taken, ..Commit::default() };
                Ok(self.parts.store.commit(commit).await?)
            }
            verdict => self.unproven_step_up(person, begun.shown.challenge, &verdict, taken).await,
        }
    }

    /// The work of listening to a push that was sent.
    pub(super) fn listening(&self, person: PersonId, shown: &StepUp) -> OutboxRow {
        let now = self.now();
        let task = Task::Listen { challenge: shown.challenge, person };
        let lane = LaneKind::Verify(shown.method).name();
        let row = new_row(&lane, None, task, now, CEREMONY_LIFE.after(now));
        OutboxRow { due: LISTEN_AFTER.after(now), ..row }
    }

    /// Listens to a push, for a refusal. Everything else is for the session that began it to take.
    pub(crate) async fn listen_to_push(&self, challenge: ChallengeId, person: PersonId) -> Carried {
        match self.is_push_over(challenge, person).await {
            Ok(false) => Carried::NotYet(LISTEN_PAUSE),
            // Somebody else has heard of it.
            Ok(true) | Err(EngineError::NotFound) => Carried::silently(),
            Err(EngineError::Outside(failure)) => failure.into(),
            Err(error) => error.into(),
        }
    }

    async fn is_push_over(
        &self,
        challenge: ChallengeId,
        person: PersonId,
    ) -> Result<bool, EngineError> {
        let person = self.parts.directory.person(person).ok_or(EngineError::NotFound)?;
        let push = self.push_of(person.id).await?;
        let begun = push.and_then(|push| push.begun).filter(|it| it.shown.challenge == challenge);
        let begun = begun.ok_or(EngineError::NotFound)?;
        let verdict = self.verdict(&person, &begun, &nothing_of_ours(), None).await?;
        if matches!(verdict, Verdict::Refused | Verdict::Fraud) {
            let taken = self.taking_push(person.id);
            self.unproven_step_up(&person, challenge, &verdict, taken).await?;
        }
        Ok(verdict != Verdict::Waiting)
    }

    /// Whether somebody else has heard what came of a push: it counts once.
    pub(super) async fn is_push_heard(
        &self,
        person: PersonId,
        challenge: ChallengeId,
    ) -> Result<bool, EngineError> {
        let push = self.push_of(person).await?.and_then(|push| push.begun);
        Ok(push.is_none_or(|begun| begun.shown.challenge != challenge))
    }

    async fn push_of(&self, person: PersonId) -> Result<Option<Push>, EngineError> {
        let key = push_key(person);
        let record = self.parts.store.record(Space::Challenge, &key, self.now()).await?;
        let Some(record) = record else { return Ok(None) };
        let opened = self.parts.seal.open(&key, &record.value);
        Ok(Some(opened.map(|plain| read(&plain)).transpose()?.unwrap_or(Push { begun: None })))
    }

    fn taking_push(&self, person: PersonId) -> Vec<RecordOp> {
        vec![RecordOp::Take { space: Space::Challenge, key: push_key(person), now: self.now() }]
    }

    /// Of two pushes wanted at the same time one is sent.
    pub(super) async fn reserve_push(&self, person: PersonId) -> Result<(), EngineError> {
        let now = self.now();
        let record = self.push_record(person, None, PUSH_SENDING.after(now));
        let records = vec![RecordOp::Insert { record, now }];
        match self.parts.store.commit(Commit { records, ..Commit::default() }).await {
            Err(StoreError::Conflict) => Err(Refusal::Busy.into()),
            other => Ok(other?),
        }
    }

    pub(super) fn push_record(
        &self,
        person: PersonId,
        begun: Option<Begun>,
        until: Timestamp,
    ) -> Record {
        let key = push_key(person);
        let value = self.parts.seal.seal(&key, &write(&Push { begun }));
        let owner = Some(person);
        Record { space: Space::Challenge, key, owner, value, expires_at: Some(until) }
    }

    pub(super) fn forgetting_push(&self, person: PersonId) -> RecordOp {
        RecordOp::Delete { space: Space::Challenge, key: push_key(person) }
    }
}

/// What serves where a provider has the factor.
fn nothing_of_ours() -> Serving {
    Serving { held: Vec::new(), is_independent: true }
}

fn push_key(person: PersonId) -> String {
    format!("step-up-push/{person}")
}
