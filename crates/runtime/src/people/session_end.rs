//! The end of sessions: what goes with them, and what was under way elsewhere.

use model::{Method, PersonId, Timestamp};
use ports::store::{Commit, Record, RecordOp, Space};

use super::{CEREMONY_LIFE, enrol::enrolment_key, step_up::step_up_key};
use crate::{
    apply::Ended,
    bytes::{read, write},
    engine::{Engine, EngineError},
};

/// How many records are read at once.
const PAGE: u32 = 200;

impl Engine {
    /// What ends sessions of a person when it is committed, with the ceremonies in them. Where all
    /// end, no browser of theirs is known any more.
    pub(crate) async fn ends_of_sessions(
        &self,
        person: PersonId,
        ended: Ended<'_>,
    ) -> Result<Vec<RecordOp>, EngineError> {
        if let Ended::One(hash) = ended {
            return Ok(end_of(hash));
        }
        let mut ops = vec![self.all_ended(person)];
        for hash in self.keys_of(Space::Session, person).await? {
            ops.extend(end_of(&hash));
        }
        for key in self.keys_of(Space::Browser, person).await? {
            ops.push(RecordOp::Delete { space: Space::Browser, key });
        }
        Ok(ops)
    }

    /// Remembers that all sessions of a person ended, for as long as a sign-in may be under way
    /// elsewhere.
    fn all_ended(&self, person: PersonId) -> RecordOp {
        let now = self.now();
        RecordOp::Put(Record {
            space: Space::Replay,
            key: all_ended_key(person),
            owner: Some(person),
            value: write(&now),
            expires_at: Some(CEREMONY_LIFE.after(now)),
        })
    }

    /// Carries out what begins a session that was asked for some time ago; not if all of its person's
    /// sessions were ended since.
    pub(super) async fn begin_session_asked_at(
        &self,
        asked_at: Timestamp,
        person: PersonId,
        commit: Commit,
    ) -> Result<(), EngineError> {
        let _guard = self.inner.people.lock(person.bits()).await;
        let key = all_ended_key(person);
        let ended = self.parts.store.record(Space::Replay, &key, self.now()).await?;
        let ended: Option<Timestamp> = ended.map(|record| read(&record.value)).transpose()?;
        if ended.is_some_and(|ended| asked_at <= ended) {
            return Err(EngineError::NotFound);
        }
        Ok(self.parts.store.commit(commit).await?)
    }

    pub(super) async fn keys_of(
        &self,
        space: Space,
        person: PersonId,
    ) -> Result<Vec<String>, EngineError> {
        let now = self.now();
        let mut keys: Vec<String> = Vec::new();
        loop {
            let after = keys.last().map_or("", String::as_str);
            let page = self.parts.store.records(space, Some(person), after, now, PAGE).await?;
            if page.is_empty() {
                return Ok(keys);
            }
            keys.extend(page.into_iter().map(|record| record.key));
        }
    }
}

/// Where it lies that all sessions of a person ended.
fn all_ended_key(person: PersonId) -> String {
    format!("ended/{person}")
}

/// The end of a session and of the ceremonies that only it could finish.
fn end_of(hash: &str) -> Vec<RecordOp> {
    let delete = |space, key| RecordOp::Delete { space, key };
    let enrolments =
        Method::ALL.map(|method| delete(Space::Enrolment, enrolment_key(hash, method)));
    let own =
        [delete(Space::Session, hash.to_owned()), delete(Space::Challenge, step_up_key(hash))];
    own.into_iter().chain(enrolments).collect()
}
