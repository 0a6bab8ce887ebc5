//! `GET /api/v1/logs`, polled: ascending, without an end, from link to link.
//!
//! Without `until` the service filters by when it stored an event and always names a next page, so
//! that nothing that comes late is missed. The link is the cursor and is followed as it is.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use event::Doc;
use http::header;
use model::{Span, Timestamp};
use ports::{
    Failure,
    events::{Cursor, PulledPage, Puller},
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::config::{OktaPull, TokenType};
use crate::{
    events::{
        pull::{
            address, cursor, exhausted, failure, fetched, followed, latest, longer, next_link,
            records, stand,
        },
        section::Outside,
        time,
    },
    http::{BaseUrl, Reply},
};

/// How many events a page has at most; the most that Okta gives.
const LIMIT: usize = 1_000;
/// How far a pull looks back after a start.
const OVERLAP: Span = Span::minutes(5);
/// Okta's headers: how many calls are left, and from when there are more, in seconds since 1970.
const LEFT: (&str, &str) = ("x-rate-limit-remaining", "x-rate-limit-reset");

/// Pulls one organisation's System Log.
pub(super) struct OktaPuller {
    who: String,
    base_url: BaseUrl,
    authorization: SecretString,
    every: Span,
    start: Span,
    outside: Outside,
    /// Whether this process has had a page.
    has_pulled: AtomicBool,
}

/// The cursor.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Stand {
    /// Path and query of the next page.
    next: Option<String>,
    /// The latest event that was seen.
    seen: Option<Timestamp>,
}

impl OktaPuller {
    pub(super) fn new(name: &str, pull: &OktaPull, token: SecretString, outside: Outside) -> Self {
        let word = match pull.token_type {
            TokenType::Ssws => "SSWS",
            TokenType::Bearer => "Bearer",
        };
        Self {
            who: format!("sources.{name}"),
            base_url: pull.base_url.clone(),
            authorization: format!("{word} {}", token.expose_secret()).into(),
            every: pull.every,
            start: pull.start,
            outside,
            has_pulled: AtomicBool::new(false),
        }
    }

    /// The page to ask for; after a start a little before what was seen last.
    async fn page(&self, stand: &Stand) -> Result<Reply, Failure> {
        let has_pulled = self.has_pulled.load(Ordering::Relaxed);
        let next = stand.next.as_deref().filter(|_| has_pulled || stand.seen.is_none());
        let Some(next) = next else { return self.get(self.beginning(stand)).await };
        let reply = self.get(address(&self.base_url, next)).await?;
        // A link may be too old, and nobody says how old that is.
        let is_gone = matches!(reply.status.as_u16(), 400 | 404 | 410);
        if is_gone { self.get(self.beginning(stand)).await } else { Ok(reply) }
    }

    fn beginning(&self, stand: &Stand) -> url::Url {
        let seen = stand.seen.map(|seen| OVERLAP.before(seen));
        let since = seen.unwrap_or_else(|| self.start.before(self.outside.clock.now()));
        let mut url = self.base_url.join("api/v1/logs");
        url.query_pairs_mut()
            .append_pair("since", &time::written(since))
            .append_pair("sortOrder", "ASCENDING")
            .append_pair("limit", &LIMIT.to_string());
        url
    }

    async fn get(&self, url: url::Url) -> Result<Reply, Failure> {
        let request = self
            .outside
            .http
            .get(url)
            .header(header::ACCEPT, "application/json")
            .header(header::AUTHORIZATION, self.authorization.expose_secret());
        fetched(&self.outside.http, &self.who, request).await
    }
}

#[async_trait]
impl Puller for OktaPuller {
    async fn pull(&self, at: Option<&Cursor>) -> Result<PulledPage, Failure> {
        let before: Stand = stand(&self.who, at).unwrap_or_default();
        let reply = self.page(&before).await?;
        if !reply.status.is_success() {
            return Err(failure(&self.who, &reply, LEFT.1, &*self.outside.clock));
        }
        let records = records(&self.who, &reply.body, None)?;
        let next = next_link(&reply.headers)
            .map(|link| followed(&self.who, &self.base_url, &link))
            .transpose()?;
        let published = |doc: &Doc| doc.text(&["published"]).and_then(|text| time::iso(&text));
        let seen = latest(&records, published).max(before.seen);
        // A time ahead of ours would pass over everything until it has come.
        let seen = seen.map(|seen| seen.min(self.outside.clock.now()));
        self.has_pulled.store(true, Ordering::Relaxed);
        let pause = if records.len() < LIMIT { Some(self.every) } else { None };
        let wait = longer(pause, exhausted(&reply.headers, LEFT, &*self.outside.clock));
        Ok(PulledPage { records, cursor: cursor(&Stand { next, seen }), wait })
    }
}

#[cfg(test)]
mod tests;
