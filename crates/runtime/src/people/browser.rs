//! Browsers in which a person has signed in before.
//!
//! Whoever knows an e-mail address can use up the tries of everybody who is not known. A browser
//! that is known has tries of its own, so that the owner of the address gets in all the same. Being
//! known opens nothing: the code is still wanted, and still counted.

use std::net::IpAddr;

use model::{PersonId, Span};
use ports::store::{Commit, Record, RecordOp, Space};
use secrecy::SecretString;

use super::seals::{hashed, new_token, secret};
use crate::{
    bytes::write,
    engine::{Engine, EngineError},
};

/// How long a browser is known after the last time somebody signed in with it.
pub const BROWSER_LIFE: Span = Span::days(180);

/// Somebody who wants to sign in, before it is known who.
#[derive(Debug, Clone, Copy, Default)]
pub struct Visitor<'v> {
    /// Where they are.
    pub address: Option<IpAddr>,
    /// What their browser was given when somebody signed in with it.
    pub browser: Option<&'v str>,
}

impl Engine {
    /// Remembers that a person has signed in with this browser: what it keeps from now on. A token
    /// that is theirs already is renewed.
    pub async fn remember_browser(
        &self,
        person: PersonId,
        browser: Option<&str>,
    ) -> Result<SecretString, EngineError> {
        let known = self.known_browser(Some(person), browser).await?;
        let token = match (browser, known) {
            (Some(token), Some(_)) => token.to_owned(),
            _ => new_token(&*self.parts.entropy),
        };
        let record = Record {
            space: Space::Browser,
            key: hashed(&token).expect("a new token is a token"),
            owner: Some(person),
            value: write(&()),
            expires_at: Some(BROWSER_LIFE.after(self.now())),
        };
        let records = vec![RecordOp::Put(record)];
        self.parts.store.commit(Commit { records, ..Commit::default() }).await?;
        Ok(secret(token))
    }

    /// The hash of this browser's token, if anybody has signed in with it.
    pub(super) async fn known_to_anybody(
        &self,
        browser: Option<&str>,
    ) -> Result<Option<String>, EngineError> {
        let Some(hash) = browser.and_then(hashed) else { return Ok(None) };
        let record = self.parts.store.record(Space::Browser, &hash, self.now()).await?;
        Ok(record.map(|_| hash))
    }

    /// The hash of this browser's token, if this very person has signed in with it.
    pub(super) async fn known_browser(
        &self,
        person: Option<PersonId>,
        browser: Option<&str>,
    ) -> Result<Option<String>, EngineError> {
        let Some(hash) = browser.and_then(hashed) else { return Ok(None) };
        let record = self.parts.store.record(Space::Browser, &hash, self.now()).await?;
        // Looked up for strangers too, so that it takes the same time.
        let owner = record.and_then(|record| record.owner);
        Ok((owner.is_some() && owner == person).then_some(hash))
    }
}
