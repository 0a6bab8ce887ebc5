//! One-time links. Looking at one changes nothing, however often a scanner does (R18); pressing
//! its button signs in, once.

use model::{PersonId, Span, Timestamp};
use ports::store::{Commit, Record, RecordOp, Space};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::{
    Authority, NewSession, Via,
    seals::{hashed, new_token, secret},
    session::Rights,
    ways::by_link,
};
use crate::{
    bytes::{read, write},
    engine::{Engine, EngineError},
};

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// Signing in.
    SignIn,
    /// Signing in, and enrolling a first factor.
    Enrol,
}

impl LinkKind {
    /// Whether it lets its person enrol a first factor.
    #[must_use]
    pub fn is_enrolment(self) -> bool {
        self == Self::Enrol
    }

    /// How long it may lie unused.
    #[must_use]
    pub fn life(self) -> Span {
        match self {
            Self::SignIn => Span::minutes(15),
            Self::Enrol => Span::hours(24),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Link {
    person: PersonId,
    kind: LinkKind,
    by: String,
    made_at: Timestamp,
}

impl Engine {
    /// Makes a link for the person of this e-mail address. The address that is returned is the
    /// secret: it is shown once, to the one who made it, and never sent through a chat.
    ///
    /// Nobody makes an enrolment link for themself: it would stand in for the proof that adding a
    /// factor wants (R25, R28).
    pub async fn create_link(
        &self,
        by: Authority<'_>,
        email: &str,
        kind: LinkKind,
    ) -> Result<SecretString, EngineError> {
        let now = self.now();
        by.require_admin(now)?;
        let person = self.parts.directory.find(email).filter(|person| person.active);
        let person = person.ok_or(EngineError::NotFound)?;
        if kind == LinkKind::Enrol && by.is_of(person.id) {
            return Err(EngineError::Forbidden("nobody lets themself enrol: ask another one"));
        }
        let token = new_token(&*self.parts.entropy);
        let link = Link { person: person.id, kind, by: by.name(), made_at: now };
        let record = Record {
            space: Space::SignInLink,
            key: hashed(&token).expect("a new token is a token"),
            owner: Some(person.id),
            value: write(&link),
            expires_at: Some(kind.life().after(now)),
        };
        let what = if kind == LinkKind::Enrol { "link.enrol_made" } else { "link.sign_in_made" };
        let journal = vec![self.entry(what, by.name(), format!("for person:{}", person.id))];
        let records = vec![RecordOp::Insert { record, now }];
        self.parts.store.commit(Commit { journal, records, ..Commit::default() }).await?;
        let base = &self.parts.settings.public_url;
        Ok(secret(format!("{base}/signin/link/{token}")))
    }

    /// What a link is for, if it is still good. Changes nothing, and tells nothing of whose it is.
    pub async fn peek_link(&self, token: &str) -> Result<Option<LinkKind>, EngineError> {
        Ok(self.link(token).await?.map(|(_, link)| link.kind))
    }

    /// Uses a link up and signs its person in. [`EngineError::NotFound`] when it was used, is too
    /// old, or never was.
    pub async fn redeem_link(&self, token: &str) -> Result<NewSession, EngineError> {
        let now = self.now();
        let (key, link) = self.link(token).await?.ok_or(EngineError::NotFound)?;
        let person = self.parts.directory.person(link.person).filter(|person| person.active);
        let person = person.ok_or(EngineError::NotFound)?;
        let enrol_by = (link.kind == LinkKind::Enrol).then(|| by_link(&link.by));
        let rights = Rights { enrol_by, ..Rights::default() };
        let (session, mut commit) = self.new_session(person.id, Via::Link, rights);
        commit.records.insert(0, RecordOp::Take { space: Space::SignInLink, key, now });
        self.begin_session(person.id, commit).await?;
        Ok(session)
    }

    async fn link(&self, token: &str) -> Result<Option<(String, Link)>, EngineError> {
        let Some(key) = hashed(token) else { return Ok(None) };
        let now = self.now();
        let record = self.parts.store.record(Space::SignInLink, &key, now).await?;
        record.map(|record| Ok((key, read(&record.value)?))).transpose()
    }
}
