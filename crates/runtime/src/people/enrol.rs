//! Adding and taking away factors. Guarded like answers are (R25): whoever holds a session, a chat
//! or a mailbox must not be able to plant a factor and wait until it is old enough.

use model::{FactorId, Method, Person, PersonId};
use ports::{
    store::{Record, RecordOp, Space},
    verifier::{Begun, Factor},
};
use serde::{Deserialize, Serialize};

use super::{
    Authority, CEREMONY_LIFE, ChangeKind, FACTORS_MAX, Viewer, change::Changing, label,
    ways::by_proof,
};
use crate::{
    bytes::{read, write},
    engine::{Engine, EngineError},
    factors::HeldFactor,
};

/// Neither a link nor a fresh sign-in has let them enrol.
const WANTS_RIGHT: EngineError = EngineError::Forbidden(
    "the first factor wants an enrolment link, or a fresh sign-in at the identity provider",
);

/// An enrolment under way, as stored: sealed, for it may hold a secret.
#[derive(Serialize, Deserialize)]
struct Enrolment {
    begun: Begun,
    /// Whether it is the first factor, by the right that came with the session.
    is_first: bool,
    /// The factor whose proof allows it, where it is not the first.
    proven_with: Option<FactorId>,
}

impl Engine {
    /// Begins to enrol a factor: what the page hands to the browser or the authenticator app.
    ///
    /// The first factor wants a session that began with an administrator's enrolment link, or with a
    /// fresh sign-in at the identity provider. Any further one wants a fresh proof with a factor that
    /// was independent already: a link alone adds nothing to a person who has a way to prove.
    pub async fn begin_enrolment(
        &self,
        viewer: &Viewer,
        method: Method,
    ) -> Result<serde_json::Value, EngineError> {
        let held = self.factors_of(&viewer.person).await?;
        if held.len() >= FACTORS_MAX {
            return Err(too_many());
        }
        let is_first = held.is_empty();
        if is_first {
            require_first(viewer)?;
        } else {
            self.require_independent_proof(viewer)?;
        }
        let existing: Vec<Factor> = held.into_iter().map(|held| held.factor).collect();
        let begun = self.verifier(method)?.begin_enrolment(&viewer.person, &existing);
        let begun = begun.ok_or(EngineError::Forbidden("its provider enrols it, not we"))??;
        let options = begun.options.clone().unwrap_or_default();
        let record = self.enrolment_record(
            viewer,
            method,
            &Enrolment {
                begun,
                is_first,
                proven_with: viewer.session.proof.and_then(|proof| proof.factor),
            },
        );
        let records = vec![RecordOp::Put(record)];
        let commit = ports::store::Commit { records, ..Default::default() };
        self.parts.store.commit(commit).await?;
        Ok(options)
    }

    /// What an enrolment under way in this session shows, so that a page can be loaded again.
    pub async fn enrolment(
        &self,
        viewer: &Viewer,
        method: Method,
    ) -> Result<Option<serde_json::Value>, EngineError> {
        let enrolment = self.enrolment_of(viewer, method).await?;
        Ok(enrolment.and_then(|enrolment| enrolment.begun.options))
    }

    /// Ends it. After a wrong response another may be given, until the ceremony is over.
    pub async fn finish_enrolment(
        &self,
        viewer: &Viewer,
        method: Method,
        response: &str,
        typed_label: Option<&str>,
    ) -> Result<FactorId, EngineError> {
        let now = self.now();
        let enrolment = self.enrolment_of(viewer, method).await?.ok_or(EngineError::NotFound)?;
        let person = &viewer.person;
        let turn = self.factors_turn(person.id).await?;
        let held = self.factors_of(person).await?.len();
        if held >= FACTORS_MAX {
            return Err(too_many());
        }
        let enrolled = self
            .verifier(method)?
            .finish_enrolment(person, &enrolment.begun.state, response, now)
            .map_err(|_| EngineError::Invalid("the response is not the right one".to_owned()))?;
        let key = key_of(viewer, method);
        let mut records = vec![turn, RecordOp::Take { space: Space::Enrolment, key, now }];
        let authorised_by = match enrolment.is_first {
            true if held > 0 => return Err(EngineError::ProofRequired),
            true => self.spend_right(viewer, &mut records).await?,
            false => by_proof(enrolment.proven_with),
        };
        let factor = Factor {
            id: FactorId::from_parts(now, self.parts.entropy.bits()),
            person: person.id,
            method,
            label: label(typed_label, &enrolled.label),
            created_at: Some(now),
            authorised_by,
            material: enrolled.material,
            counter: enrolled.counter,
            is_external: false,
        };
        records.push(RecordOp::Insert { record: self.factor_record(&factor), now });
        if enrolment.is_first {
            self.note_factor_change(person.id).await?;
        }
        let what = vec![(factor.id, method, factor.label.clone())];
        let by = viewer.actor().to_string();
        let change = self.new_change(person, ChangeKind::Enrolled, what, by);
        self.make_change(person, Changing { change, records }).await?;
        Ok(factor.id)
    }

    /// Removes one of the viewer's own factors, and signs them out everywhere.
    pub async fn remove_factor(&self, viewer: &Viewer, id: FactorId) -> Result<(), EngineError> {
        let turn = self.factors_turn(viewer.person.id).await?;
        let held = self.factors_of(&viewer.person).await?;
        let held = held.into_iter().find(|held| held.factor.id == id);
        let held = held.ok_or(EngineError::NotFound)?;
        if held.factor.is_external {
            return Err(EngineError::Forbidden("it lives in the directory, remove it there"));
        }
        self.require_independent_proof(viewer)?;
        let by = viewer.actor().to_string();
        self.take_away(&viewer.person, ChangeKind::Removed, (vec![held], turn), by).await
    }

    /// Takes all of a person's own factors away: the act of another administrator, for somebody
    /// who has lost them. Returns how many there were.
    pub async fn reset_factors(
        &self,
        by: Authority<'_>,
        person: PersonId,
    ) -> Result<usize, EngineError> {
        if by.is_of(person) {
            return Err(EngineError::Forbidden("nobody resets their own factors: ask another one"));
        }
        by.require_admin(self.now())?;
        let person = self.parts.directory.person(person).ok_or(EngineError::NotFound)?;
        self.note_factor_change(person.id).await?;
        let turn = self.factors_turn(person.id).await?;
        let mut held = self.factors_of(&person).await?;
        held.retain(|held| !held.factor.is_external);
        let count = held.len();
        self.take_away(&person, ChangeKind::Reset, (held, turn), by.name()).await?;
        Ok(count)
    }

    async fn take_away(
        &self,
        person: &Person,
        kind: ChangeKind,
        (held, turn): (Vec<HeldFactor>, RecordOp),
        by: String,
    ) -> Result<(), EngineError> {
        let now = self.now();
        let mut records = vec![turn];
        for HeldFactor { factor, .. } in &held {
            let key = factor.id.to_string();
            records.push(RecordOp::Take { space: Space::Factor, key: key.clone(), now });
            records.push(RecordOp::Delete { space: Space::FactorCounter, key });
        }
        let what = held.into_iter().map(|held| held.factor);
        let what = what.map(|factor| (factor.id, factor.method, factor.label)).collect();
        let change = self.new_change(person, kind, what, by);
        self.make_change(person, Changing { change, records }).await
    }

    fn require_independent_proof(&self, viewer: &Viewer) -> Result<(), EngineError> {
        match viewer.has_independent_proof(self.now()) {
            true => Ok(()),
            false => Err(EngineError::ProofRequired),
        }
    }

    /// Uses up the right that came with the session; says what gave it. Of two enrolments at once by
    /// one session only one has it.
    async fn spend_right(
        &self,
        viewer: &Viewer,
        records: &mut Vec<RecordOp>,
    ) -> Result<String, EngineError> {
        let right = self.spending_right(&viewer.session.hash).await?;
        let (by, spent) = right.ok_or(WANTS_RIGHT)?;
        records.push(spent);
        Ok(by)
    }

    /// The right to change a person's factors as they are read after this: of two changes at once
    /// that were decided from the same factors one fails. It stands between those two, so that it
    /// need not outlive them.
    pub(super) async fn factors_turn(&self, person: PersonId) -> Result<RecordOp, EngineError> {
        let (key, now) = (format!("turn:{person}"), self.now());
        let before = self.parts.store.record(Space::Enrolment, &key, now).await?;
        let record = Record {
            space: Space::Enrolment,
            key,
            owner: Some(person),
            value: self.parts.entropy.bits().to_le_bytes().to_vec(),
            expires_at: Some(CEREMONY_LIFE.after(now)),
        };
        Ok(RecordOp::Swap { expected: before.map(|record| record.value), record, now })
    }

    async fn enrolment_of(
        &self,
        viewer: &Viewer,
        method: Method,
    ) -> Result<Option<Enrolment>, EngineError> {
        let key = key_of(viewer, method);
        let now = self.now();
        let record = self.parts.store.record(Space::Enrolment, &key, now).await?;
        let Some(record) = record else { return Ok(None) };
        self.parts.seal.open(&key, &record.value).map(|plain| read(&plain)).transpose()
    }

    fn enrolment_record(&self, viewer: &Viewer, method: Method, enrolment: &Enrolment) -> Record {
        let key = key_of(viewer, method);
        let value = self.parts.seal.seal(&key, &write(enrolment));
        let expires_at = Some(CEREMONY_LIFE.after(self.now()));
        let owner = Some(viewer.person.id);
        Record { space: Space::Enrolment, key, owner, value, expires_at }
    }
}

fn require_first(viewer: &Viewer) -> Result<(), EngineError> {
    match viewer.session.may_enrol_first {
        true => Ok(()),
        false => Err(WANTS_RIGHT),
    }
}

fn too_many() -> EngineError {
    EngineError::Invalid("there are too many factors, remove one".to_owned())
}

fn key_of(viewer: &Viewer, method: Method) -> String {
    enrolment_key(&viewer.session.hash, method)
}

/// Where the enrolment of a session lies.
pub(super) fn enrolment_key(session: &str, method: Method) -> String {
    format!("{session}/{}", method.name())
}
