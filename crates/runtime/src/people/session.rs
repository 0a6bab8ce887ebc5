//! Signed-in browsers. The token is the browser's alone; the store has its hash.

use std::sync::Arc;

use model::{FactorId, Person, PersonId, SessionId, Span, Timestamp};
use ports::store::{Commit, Record, RecordOp, Space};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::{
    PROOF_LIFE, Role, Viewer,
    seals::{hashed, keyed, new_token, secret},
    ways::is_by_sign_in,
};
use crate::{
    apply::{Along, Ended},
    bytes::{read, write},
    engine::{Engine, EngineError},
};

/// How often a session's last use is written down, at most.
const TOUCH_EVERY: Span = Span::minutes(1);

/// How somebody signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// By a one-time link.
    Link,
    /// By a passkey.
    Passkey,
    /// By e-mail and a code of an authenticator app.
    Code,
    /// At the company's identity provider.
    Provider,
}

impl Via {
    fn kind(self) -> &'static str {
        match self {
            Self::Link => "signin.link",
            Self::Passkey => "signin.passkey",
            Self::Code => "signin.code",
            Self::Provider => "signin.provider",
        }
    }
}

/// A step-up that succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreshProof {
    /// When.
    pub at: Timestamp,
    /// Whether the factor was already independent then: only such a proof may change factors.
    pub is_independent: bool,
    /// With which of our factors; absent with a remote provider's.
    pub factor: Option<FactorId>,
}

impl FreshProof {
    /// Whether it still counts.
    #[must_use]
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now < PROOF_LIFE.after(self.at)
    }
}

/// A session, as a page may see it.
#[derive(Clone)]
pub struct SessionView {
    /// Its id, for the audit trail.
    pub id: SessionId,
    /// The hash of its token: what ceremonies are bound to.
    pub hash: String,
    /// What its forms carry.
    pub csrf: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ends at the latest.
    pub ends_at: Option<Timestamp>,
    /// The last step-up.
    pub proof: Option<FreshProof>,
    /// Whether it may enrol a first factor.
    pub may_enrol_first: bool,
}

impl std::fmt::Debug for SessionView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session[{}]", self.id)
    }
}

/// A session that has just begun.
#[derive(Debug)]
pub struct NewSession {
    /// What the browser keeps. Nobody can say it again.
    pub token: SecretString,
    /// Whose.
    pub person: PersonId,
    /// When it ends at the latest.
    pub ends_at: Timestamp,
    /// Whether it may enrol a first factor, so that the page leads there.
    pub may_enrol_first: bool,
}

/// A session, as stored.
#[derive(Serialize, Deserialize)]
pub(super) struct Session {
    id: SessionId,
    pub(super) person: PersonId,
    via: Via,
    started_at: Timestamp,
    seen_at: Timestamp,
    /// What lets it enrol a first factor, until that is used up.
    pub(super) enrol_by: Option<String>,
    /// Groups that the identity provider put them in, of those that make a role here.
    #[serde(default)]
    groups: Vec<String>,
    pub(super) proof: Option<FreshProof>,
}

impl Session {
    /// What lets it enrol a first factor now. What a sign-in at the identity provider gave passes as
    /// a proof does: whoever gets hold of the session later has not signed in there.
    fn right(&self, now: Timestamp) -> Option<String> {
        let given = self.enrol_by.clone()?;
        let is_there = !is_by_sign_in(&given) || now < PROOF_LIFE.after(self.started_at);
        is_there.then_some(given)
    }
}

/// What a session brings with it, beside what its person is.
#[derive(Debug, Default)]
pub(super) struct Rights {
    /// What lets it enrol a first factor.
    pub(super) enrol_by: Option<String>,
    /// Groups of the identity provider's that make a role here.
    pub(super) groups: Vec<String>,
}

impl Engine {
    /// The person behind a session's token, as of now; `None` when it has ended, was idle too
    /// long, or its person is no longer here.
    pub async fn viewer(&self, token: &str) -> Result<Option<Viewer>, EngineError> {
        let now = self.now();
        let Some(hash) = hashed(token) else { return Ok(None) };
        let Some(record) = self.parts.store.record(Space::Session, &hash, now).await? else {
            return Ok(None);
        };
        let session: Session = read(&record.value)?;
        let person = self.parts.directory.person(session.person).filter(|person| person.active);
        let Some(person) = person else {
            self.end_session(session.person, &hash).await?;
            return Ok(None);
        };
        let role = self.role_of(&person).await?.max(self.role_by_groups(&session.groups));
        let idle_end = self.parts.settings.analyst_idle.after(session.seen_at);
        if role >= Role::Analyst && now >= idle_end {
            self.end_session(person.id, &hash).await?;
            return Ok(None);
        }
        self.touch(&record, now).await?;
        Ok(Some(self.view(person, role, hash, session, record.expires_at)))
    }

    /// Whether a session, by its hash, is one of somebody of this role still. It is not used by
    /// that: a window that is only open does not keep its session alive.
    pub async fn is_signed_in(&self, hash: &str, role: Role) -> Result<bool, EngineError> {
        let now = self.now();
        let Some(record) = self.parts.store.record(Space::Session, hash, now).await? else {
            return Ok(false);
        };
        let session: Session = read(&record.value)?;
        let person = self.parts.directory.person(session.person).filter(|person| person.active);
        let Some(person) = person else { return Ok(false) };
        let has = self.role_of(&person).await?.max(self.role_by_groups(&session.groups));
        let is_idle = now >= self.parts.settings.analyst_idle.after(session.seen_at);
        Ok(has >= role && !(has >= Role::Analyst && is_idle))
    }

    fn view(
        &self,
        person: Arc<Person>,
        role: Role,
        hash: String,
        session: Session,
        ends_at: Option<Timestamp>,
    ) -> Viewer {
        let csrf = keyed(&self.parts.settings.token_key, "csrf", &[&hash]);
        let session = SessionView {
            id: session.id,
            hash,
            csrf,
            started_at: session.started_at,
            ends_at,
            proof: session.proof,
            may_enrol_first: session.right(self.now()).is_some(),
        };
        Viewer { person, role, session }
    }

    /// Writes down that it was used. Losing a race means that somebody else wrote it down, or
    /// ended it; neither is an error of this request.
    async fn touch(&self, record: &Record, now: Timestamp) -> Result<(), EngineError> {
        let mut session: Session = read(&record.value)?;
        if now < TOUCH_EVERY.after(session.seen_at) {
            return Ok(());
        }
        session.seen_at = now;
        let changed = Record { value: write(&session), ..record.clone() };
        let expected = Some(record.value.clone());
        let records = vec![RecordOp::Swap { expected, record: changed, now }];
        match self.parts.store.commit(Commit { records, ..Commit::default() }).await {
            Ok(()) | Err(ports::store::StoreError::Conflict) => Ok(()),
            // A full disk must not keep people from answering.
            Err(ports::store::StoreError::Full) => Ok(()),
            Err(other) => Err(other.into()),
        }
    }

    /// A session, and what makes it begin when it is committed.
    pub(super) fn new_session(
        &self,
        person: PersonId,
        via: Via,
        rights: Rights,
    ) -> (NewSession, Commit) {
        let now = self.now();
        let token = new_token(&*self.parts.entropy);
        let id = SessionId::from_parts(now, self.parts.entropy.bits());
        let ends_at = self.parts.settings.session_life.after(now);
        let Rights { enrol_by, groups } = rights;
        let told = match self.role_by_groups(&groups) {
            Role::Person => "signed in".to_owned(),
            role => format!("signed in; {} by the provider's groups", role.name()),
        };
        let may_enrol_first = enrol_by.is_some();
        let (started_at, seen_at) = (now, now);
        let session =
            Session { id, person, via, started_at, seen_at, enrol_by, groups, proof: None };
        let record = Record {
            space: Space::Session,
            key: hashed(&token).expect("a new token is a token"),
            owner: Some(person),
            value: write(&session),
            expires_at: Some(ends_at),
        };
        let journal = vec![self.entry(via.kind(), format!("person:{person}"), told)];
        let records = vec![RecordOp::Insert { record, now }];
        let begun = NewSession { token: secret(token), person, ends_at, may_enrol_first };
        (begun, Commit { journal, records, ..Commit::default() })
    }

    /// Carries out what begins a session. With the person's lock none begins unseen while all of
    /// theirs end.
    pub(super) async fn begin_session(
        &self,
        person: PersonId,
        commit: Commit,
    ) -> Result<(), EngineError> {
        let _guard = self.inner.people.lock(person.bits()).await;
        Ok(self.parts.store.commit(commit).await?)
    }

    /// Signs a browser out.
    pub async fn sign_out(&self, viewer: &Viewer) -> Result<(), EngineError> {
        self.end_session(viewer.person.id, &viewer.session.hash).await
    }

    /// Signs a person out of every browser, this one included.
    pub async fn sign_out_everywhere(&self, viewer: &Viewer) -> Result<(), EngineError> {
        let person = viewer.person.id;
        let by = viewer.actor().to_string();
        let journal = vec![self.entry("signout.everywhere", by, "signed out everywhere")];
        let along = Along { journal, ..Along::default() };
        Ok(self.end_sessions(person, Ended::All, along).await?)
    }

    async fn end_session(&self, person: PersonId, hash: &str) -> Result<(), EngineError> {
        Ok(self.end_sessions(person, Ended::One(hash), Along::default()).await?)
    }

    /// Whether a session is still there, by its hash.
    pub(crate) async fn is_session_alive(&self, hash: &str) -> Result<bool, EngineError> {
        Ok(self.parts.store.record(Space::Session, hash, self.now()).await?.is_some())
    }

    /// What changes a session, if nobody else changes it first.
    pub(super) async fn changing_session(
        &self,
        hash: &str,
        change: impl FnOnce(&mut Session),
    ) -> Result<RecordOp, EngineError> {
        let now = self.now();
        let record = self.parts.store.record(Space::Session, hash, now).await?;
        let record = record.ok_or(EngineError::NotFound)?;
        let mut session: Session = read(&record.value)?;
        change(&mut session);
        let changed = Record { value: write(&session), ..record.clone() };
        Ok(RecordOp::Swap { expected: Some(record.value), record: changed, now })
    }

    /// Uses up the right to enrol a first factor that came with a session, and says what gave it;
    /// nothing where there is none. What is used up is what was read: of two at once one fails.
    pub(super) async fn spending_right(
        &self,
        hash: &str,
    ) -> Result<Option<(String, RecordOp)>, EngineError> {
        let mut given = None;
        let now = self.now();
        let spend = |session: &mut Session| {
            given = session.right(now);
            session.enrol_by = None;
        };
        let spent = self.changing_session(hash, spend).await?;
        Ok(given.map(|by| (by, spent)))
    }
}
