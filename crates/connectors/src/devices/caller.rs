//! Calls of management systems: only ever to read.

use std::time::Duration;

use model::Span;
use ports::{
    Failure,
    devices::{Cursor, Pace},
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use url::Url;

use crate::{
    http::{HttpClient, Reply},
    oauth::TokenCache,
};

/// The largest page, in bytes: a hundred computers with a thousand applications each.
const PAGE_MAX_BYTES: usize = 48 * 1024 * 1024;
/// How long a page may take; the slowest systems build it while we wait.
const PAGE_TIMEOUT: Duration = Duration::from_secs(60);

/// Calls one system.
pub(super) struct Caller {
    /// Named in failures, such as `devices.jamf`.
    pub(super) who: String,
    pub(super) http: HttpClient,
    pub(super) credential: Credential,
}

/// How we prove ourselves.
pub(super) enum Credential {
    /// A token that stays.
    Fixed(SecretString),
    /// A name and a password.
    Basic(String, SecretString),
    /// A token that is fetched.
    Fetched(TokenCache, Box<TokenRequest>),
}

/// Builds the request for a token.
pub(super) type TokenRequest =
    dyn Fn() -> Result<reqwest::RequestBuilder, Failure> + Send + Sync + 'static;

impl Caller {
    /// Gets an address, whatever the status. A token that is refused is fetched anew, once.
    pub(super) async fn get(&self, url: Url) -> Result<Reply, Failure> {
        let reply = self.send(url.clone()).await?;
        match &self.credential {
            Credential::Fetched(tokens, _) if reply.status.as_u16() == 401 => {
                tokens.forget().await;
                self.send(url).await
            }
            _ => Ok(reply),
        }
    }

    /// Gets an address that must answer with JSON.
    pub(super) async fn json(&self, url: Url) -> Result<Value, Failure> {
        let reply = self.get(url).await?.success(&self.who).map_err(Failure::certain)?;
        reply.json(&self.who).map_err(Failure::certain)
    }

    /// The same; `None` where there is nothing at that address.
    pub(super) async fn json_if_there(&self, url: Url) -> Result<Option<Value>, Failure> {
        let reply = self.get(url).await?;
        if matches!(reply.status.as_u16(), 404 | 410) {
            return Ok(None);
        }
        let reply = reply.success(&self.who).map_err(Failure::certain)?;
        reply.json(&self.who).map(Some).map_err(Failure::certain)
    }

    /// The failure of a reply that is not what the system answers.
    pub(super) fn unreadable(&self, what: &str) -> Failure {
        Failure::retry(format!("{}: the reply has no {what}; check base_url", self.who))
    }

    async fn send(&self, url: Url) -> Result<Reply, Failure> {
        let request = self.http.get(url).timeout(PAGE_TIMEOUT);
        let request = request.header(http::header::ACCEPT, "application/json");
        let request = match &self.credential {
            Credential::Fixed(token) => request.bearer_auth(token.expose_secret()),
            Credential::Basic(user, password) => {
                request.basic_auth(user, Some(password.expose_secret()))
            }
            Credential::Fetched(tokens, build) => {
                let token = tokens.token(&build).await?;
                request.bearer_auth(token.expose_secret())
            }
        };
        // Reading changes nothing, so that no failure of it is uncertain.
        let sent = self.http.send_capped(&self.who, request, PAGE_MAX_BYTES);
        sent.await.map_err(Failure::certain)
    }
}

/// Where a page begins: its number, and how many devices there were before it.
pub(super) struct Place {
    pub(super) page: u64,
    pub(super) before: u64,
}

impl Place {
    pub(super) fn of(cursor: Option<&Cursor>) -> Self {
        let numbers = cursor.and_then(|cursor| cursor.0.split_once(':'));
        let numbers = numbers.and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
        let (page, before) = numbers.unwrap_or_default();
        Self { page, before }
    }
}

/// The pace of a section.
pub(super) fn pace(every: Span, calls_per_minute: u32) -> Pace {
    Pace { every, pause: Duration::from_secs(60) / calls_per_minute.max(1) }
}
