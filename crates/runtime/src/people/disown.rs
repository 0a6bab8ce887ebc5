//! "This wasn't me", said about a factor (R25). It needs no proof, for it only takes away: the
//! factor goes, every session ends, and what it proved in the last thirty days is open again.

use casework::Input;
use model::{CaseId, ChallengeId, DeliveryId, FactorId, Person, PersonId, StateName, Timestamp};
use ports::store::{CaseQuery, CaseRow, Commit, Record, RecordOp, Space};

use super::{
    ChangeKind, DISOWN_LIFE, FactorChange, Viewer,
    alarm::Cause,
    change::{Standing, record_of},
    ways::with_descendants,
};
use crate::{
    apply::{Along, ApplyError, Ended},
    bytes::{read, write},
    engine::{Engine, EngineError},
};

/// How many cases are read at once.
const PAGE: u32 = 200;
/// How many changes are looked through after a start.
const RESUME_PAGE: u32 = 200;
/// How often a factor is revoked again because others changed meanwhile.
const ATTEMPTS: usize = 32;

/// What came of disowning a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disowned {
    /// What was disowned.
    pub change: FactorChange,
    /// The cases that are open again.
    pub reopened: Vec<CaseId>,
}

impl Engine {
    /// The viewer says that a change of their factors was not theirs. Ends this session too.
    pub async fn disown_factor(
        &self,
        viewer: &Viewer,
        change: DeliveryId,
    ) -> Result<Disowned, EngineError> {
        self.disown(&viewer.person, change).await
    }

    /// The same for a person whom the caller has recognised. Saying it twice does no more than
    /// saying it once.
    pub(crate) async fn disown(
        &self,
        person: &Person,
        id: DeliveryId,
    ) -> Result<Disowned, EngineError> {
        let mut change = self.factor_change(id).await?;
        if change.person != person.id {
            return Err(EngineError::NotFound);
        }
        if change.standing == Standing::Stands {
            self.revoke(person, &mut change).await?;
        }
        let reopened = match change.standing {
            Standing::Undone => Vec::new(),
            Standing::Stands | Standing::Disowned => self.undo(person, &mut change).await?,
        };
        Ok(Disowned { change, reopened })
    }

    /// Goes on with what a stop interrupted. To be called after a start, until it succeeds: one that
    /// fails keeps none of the others.
    pub(crate) async fn resume_disowning(&self) -> Result<(), EngineError> {
        let mut after = String::new();
        let mut done = Ok(());
        loop {
            let store = &self.parts.store;
            let now = self.now();
            let page = store.records(Space::FactorChange, None, &after, now, RESUME_PAGE).await?;
            let Some(last) = page.last() else { return done };
            after.clone_from(&last.key);
            for record in &page {
                done = self.resume_undoing(record).await.and(done);
            }
        }
    }

    async fn resume_undoing(&self, record: &Record) -> Result<(), EngineError> {
        let mut change: FactorChange = read(&record.value)?;
        let person = self.parts.directory.person(change.person);
        if let (Standing::Disowned, Some(person)) = (change.standing, person) {
            self.undo(&person, &mut change).await?;
        }
        Ok(())
    }

    /// The part that must not wait: in one transaction the factor goes and the sessions end.
    /// With a factor fall those that its proof let in, also one that comes at this moment.
    pub(super) async fn revoke(
        &self,
        person: &Person,
        change: &mut FactorChange,
    ) -> Result<(), EngineError> {
        self.note_factor_change(person.id).await?;
        for _ in 0..ATTEMPTS {
            match self.revoke_once(person, change.clone()).await {
                Ok(revoked) => {
                    *change = revoked;
                    return Ok(());
                }
                // The factors have changed since they were read, or it was disowned meanwhile.
                Err(ApplyError::Taken) => *change = self.factor_change(change.id).await?,
                Err(error) => return Err(error.into()),
            }
            if change.standing != Standing::Stands {
                return Ok(());
            }
        }
        Err(EngineError::crowded())
    }

    async fn revoke_once(
        &self,
        person: &Person,
        mut change: FactorChange,
    ) -> Result<FactorChange, ApplyError> {
        let (now, was) = (self.now(), write(&change));
        change.standing = Standing::Disowned;
        change.disowned_at = Some(now);
        let mut records = Vec::new();
        if change.kind == ChangeKind::Enrolled {
            records.push(self.factors_turn(person.id).await?);
            let held = self.factors_of(person).await?;
            change.factors = with_descendants(&held, &change.factors);
            for factor in &change.factors {
                let key = factor.to_string();
                records.push(RecordOp::Delete { space: Space::Factor, key: key.clone() });
                records.push(RecordOp::Delete { space: Space::FactorCounter, key });
            }
        }
        // A link that lies unused may be in the same hands.
        for key in self.keys_of(Space::SignInLink, person.id).await? {
            records.push(RecordOp::Delete { space: Space::SignInLink, key });
        }
        records.push(RecordOp::Swap { expected: Some(was), record: record_of(&change), now });
        let by = format!("person:{}", change.person);
        let text = format!("disowned {}: {}", change.id, change.kind.name());
        let journal = vec![self.entry("factor.disowned", by, text)];
        let along = Along { journal, records, ..Along::default() };
        self.end_sessions(person.id, Ended::All, along).await?;
        Ok(change)
    }

    /// The rest: reopen what the factor proved, tell the security team where nothing reopened does.
    /// May run twice after a stop; the second time finds nothing left to do.
    async fn undo(
        &self,
        person: &Person,
        change: &mut FactorChange,
    ) -> Result<Vec<CaseId>, EngineError> {
        let mut reopened = Vec::new();
        for (case, challenge) in self.proven_by(person.id, &change.factors).await? {
            self.apply(case, Input::FactorRevoked { challenge }, Along::default()).await?;
            reopened.push(case);
        }
        if reopened.is_empty() {
            let about = change.id.to_string();
            self.raise_alarm(person, Cause::Disowned(change.kind), &about).await?;
        }
        let was = write(change);
        change.standing = Standing::Undone;
        let (expected, now) = (Some(was), self.now());
        let records = vec![RecordOp::Swap { expected, record: record_of(change), now }];
        self.parts.store.commit(Commit { records, ..Commit::default() }).await?;
        Ok(reopened)
    }

    /// The cases of a person that these factors proved in the last thirty days, each with the
    /// challenge that did: closed by it, or with somebody who confirms or weighs it.
    async fn proven_by(
        &self,
        person: PersonId,
        factors: &[FactorId],
    ) -> Result<Vec<(CaseId, ChallengeId)>, EngineError> {
        let since = DISOWN_LIFE.before(self.now());
        let mut proven = Vec::new();
        let mut cursor = None;
        loop {
            let states = vec![StateName::Closed, StateName::Verifying, StateName::Escalated];
            let people = vec![person];
            let query = CaseQuery { states, people, cursor, limit: PAGE, ..CaseQuery::default() };
            let page = self.parts.store.cases(&query).await?;
            let Some(last) = page.last() else { return Ok(proven) };
            cursor = Some(last.id);
            for row in page.iter().filter(|row| row.changed_at >= since) {
                proven.extend(self.proof_of(row, factors, since).await?);
            }
        }
    }

    async fn proof_of(
        &self,
        row: &CaseRow,
        factors: &[FactorId],
        since: Timestamp,
    ) -> Result<Option<(CaseId, ChallengeId)>, EngineError> {
        let Some(row) = self.parts.store.case(row.id).await? else { return Ok(None) };
        let case: casework::Case = read(&row.snapshot)?;
        let Some(proof) = case.proof() else { return Ok(None) };
        let is_theirs = proof.factor.id.is_some_and(|id| factors.contains(&id));
        Ok((is_theirs && proof.at >= since).then_some((case.id, proof.challenge)))
    }
}
