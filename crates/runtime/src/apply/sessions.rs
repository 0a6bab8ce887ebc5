//! The end of sessions, in one transaction with the end of the proof that one of them has begun:
//! nobody goes on with what a thief began (R25).

use casework::Input;
use model::PersonId;
use ports::store::Commit;

use super::{ATTEMPTS, Along, ApplyError, Attempt, Basis, Draft};
use crate::{
    ahead::Loaded,
    engine::{Engine, EngineError},
};

/// Which sessions of a person end.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ended<'a> {
    /// All of them.
    All,
    /// The one of this hash.
    One(&'a str),
}

impl Ended<'_> {
    fn covers(self, session: &str) -> bool {
        match self {
            Self::All => true,
            Self::One(hash) => hash == session,
        }
    }
}

impl Engine {
    /// Ends sessions of a person, and carries out along with it what is wanted besides.
    pub(crate) async fn end_sessions(
        &self,
        person: PersonId,
        ended: Ended<'_>,
        along: Along,
    ) -> Result<(), ApplyError> {
        // With the person's lock no proof begins meanwhile.
        let _guard = self.inner.people.lock(person.bits()).await;
        for _ in 0..ATTEMPTS {
            let ends = self.ends_of_sessions(person, ended).await?;
            let along = along.clone().with(ends);
            let conditions = along.records.clone();
            let done = match self.begun_by(person, ended).await? {
                Some((loaded, input)) => {
                    let desk = self.desk_of(Some(person), None).await?;
                    let basis = Basis { loaded: Some(loaded), desk };
                    self.decide(basis, input, along).await.map(|_| ())
                }
                None => self.commit(Draft::plain(along.into_commit())).await.map_err(Attempt::from),
            };
            match done {
                Err(Attempt::Conflict) if self.is_blocked(&conditions).await? => {
                    return Err(ApplyError::Taken);
                }
                Err(Attempt::Conflict) => {}
                other => return other.map_err(Attempt::into_error),
            }
        }
        Err(EngineError::crowded().into())
    }

    /// The case of which one of these sessions proves something just now.
    async fn begun_by(
        &self,
        person: PersonId,
        ended: Ended<'_>,
    ) -> Result<Option<(Loaded, Input)>, EngineError> {
        let Some(open) = self.load_desk(person).await?.desk.challenge else { return Ok(None) };
        let Some(loaded) = self.load(open.case).await? else { return Ok(None) };
        let challenge = open.challenge;
        let is_theirs = |begun: &casework::case::Challenge| {
            begun.id == challenge && ended.covers(&begun.session)
        };
        let is_begun = loaded.case.challenge().is_some_and(is_theirs);
        Ok(is_begun.then_some((loaded, Input::SessionEnded { challenge })))
    }
}

impl Along {
    /// As a transaction of its own.
    fn into_commit(self) -> Commit {
        let Self { records, done, put_back, journal, outbox, .. } = self;
        Commit { records, done, put_back, journal, outbox, ..Commit::default() }
    }
}
