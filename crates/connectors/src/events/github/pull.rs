//! `GET /orgs/{org}/audit-log` or `/enterprises/{enterprise}/audit-log`: oldest first, page by
//! page; a pass ends where there is no next page, and the next pass begins a little before what was
//! seen last.
//!
//! Events appear late, those of git more than others. Looking back far every minute would use up
//! the hourly calls of a large organisation, so that it is done after a start and now and then.

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

use super::config::{GitHubPull, Include};
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

/// How many events a page has at most; the most that GitHub gives.
const PAGE: &str = "100";
/// How far each pass looks back.
const BRIEF: Span = Span::minutes(2);
/// How far back it looks now and then, and how often: for the site, and for git.
const OVERLAP: Span = Span::minutes(15);
const OVERLAP_OF_GIT: Span = Span::hours(1);
/// GitHub's headers: how many calls are left, and from when there are more, in seconds since 1970.
const LEFT: (&str, &str) = ("x-ratelimit-remaining", "x-ratelimit-reset");

/// Pulls one audit log.
pub(super) struct GitHubPuller {
    who: String,
    base_url: BaseUrl,
    path: String,
    include: Include,
    token: SecretString,
    every: Span,
    start: Span,
    outside: Outside,
    /// Whether this process has had a page.
    has_pulled: AtomicBool,
}

/// The cursor.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Stand {
    /// Path and query of the next page of this pass.
    next: Option<String>,
    /// The latest event that was seen.
    seen: Option<Timestamp>,
    /// When it last looked far back.
    swept: Option<Timestamp>,
}

impl GitHubPuller {
    pub(super) fn new(
        name: &str,
        pull: &GitHubPull,
        path: String,
        token: SecretString,
        outside: Outside,
    ) -> Self {
        Self {
            who: format!("sources.{name}"),
            base_url: pull.base_url.clone(),
            path,
            include: pull.include,
            token,
            every: pull.every,
            start: pull.start,
            outside,
            has_pulled: AtomicBool::new(false),
        }
    }

    /// The page to ask for. A link that has become too old begins the pass anew.
    async fn page(&self, stand: &mut Stand) -> Result<Reply, Failure> {
        let has_pulled = self.has_pulled.load(Ordering::Relaxed);
        if let Some(next) = stand.next.take().filter(|_| has_pulled) {
            let reply = self.get(address(&self.base_url, &next)).await?;
            if !matches!(reply.status.as_u16(), 400 | 410 | 422) {
                return Ok(reply);
            }
        }
        let url = self.beginning(stand, has_pulled);
        self.get(url).await
    }

    fn beginning(&self, stand: &mut Stand, has_pulled: bool) -> url::Url {
        let now = self.outside.clock.now();
        let overlap = if self.include == Include::Web { OVERLAP } else { OVERLAP_OF_GIT };
        let is_due = stand.swept.is_none_or(|swept| overlap.after(swept) <= now || now < swept);
        let back = if is_due || !has_pulled {
            stand.swept = Some(now);
            overlap
        } else {
            BRIEF
        };
        let since = stand.seen.map_or_else(|| self.start.before(now), |seen| back.before(seen));
        let mut url = self.base_url.join(&self.path);
        url.query_pairs_mut()
            .append_pair("phrase", &format!("created:>={}", time::written_seconds(since)))
            .append_pair("include", self.include.word())
            .append_pair("order", "asc")
            .append_pair("per_page", PAGE);
        url
    }

    async fn get(&self, url: url::Url) -> Result<Reply, Failure> {
        let request = self
            .outside
            .http
            .get(url)
            .header(header::ACCEPT, "application/vnd.github+json")
            .header("x-github-api-version", "2022-11-28")
            .bearer_auth(self.token.expose_secret());
        fetched(&self.outside.http, &self.who, request).await
    }

    /// GitHub says 403 both to whom it refuses and to whom it asks to wait.
    fn failure(&self, reply: &Reply) -> Failure {
        let told = failure(&self.who, reply, LEFT.1, &*self.outside.clock);
        if reply.status != http::StatusCode::FORBIDDEN {
            return told;
        }
        let what = format!("{}: asked to wait (403)", self.who);
        if reply.headers.contains_key(header::RETRY_AFTER) {
            return reply.busy(what);
        }
        match exhausted(&reply.headers, LEFT, &*self.outside.clock) {
            Some(wait) => Failure::retry_after(wait.as_duration(), what),
            None => told,
        }
    }
}

#[async_trait]
impl Puller for GitHubPuller {
    async fn pull(&self, at: Option<&Cursor>) -> Result<PulledPage, Failure> {
        let mut stand: Stand = stand(&self.who, at).unwrap_or_default();
        let reply = self.page(&mut stand).await?;
        if !reply.status.is_success() {
            return Err(self.failure(&reply));
        }
        let records = records(&self.who, &reply.body, None)?;
        stand.next = next_link(&reply.headers)
            .map(|link| followed(&self.who, &self.base_url, &link))
            .transpose()?;
        let time_of = |doc: &Doc| time::any(doc.at(&["@timestamp"]).or(doc.at(&["created_at"]))?);
        let seen = latest(&records, time_of).max(stand.seen);
        // A time ahead of ours would pass over everything until it has come.
        stand.seen = seen.map(|seen| seen.min(self.outside.clock.now()));
        self.has_pulled.store(true, Ordering::Relaxed);
        let pause = if stand.next.is_none() { Some(self.every) } else { None };
        let wait = longer(pause, exhausted(&reply.headers, LEFT, &*self.outside.clock));
        Ok(PulledPage { records, cursor: cursor(&stand), wait })
    }
}

#[cfg(test)]
mod tests;
