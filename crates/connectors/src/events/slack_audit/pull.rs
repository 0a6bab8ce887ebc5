//! `GET /audit/v1/logs`: newest first, both bounds inclusive, so in windows and with repeats.

use async_trait::async_trait;
use model::{Span, Timestamp};
use ports::{
    Failure,
    events::{Cursor, PulledPage, Puller},
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::config::SlackPull;
use crate::{
    events::{
        pull::{
            Collected, Page, Pages, Window, collected, cursor, fetched, next_window, records,
            stand, unreadable,
        },
        section::Outside,
    },
    http::{BaseUrl, Reply},
};

/// How many entries a page has at most. Slack gives up to 9,999, of which each may be some
/// kilobytes.
const LIMIT: &str = "1000";
/// How far each pull looks back: entries appear late.
const OVERLAP: Span = Span::minutes(15);
/// The longest window, while it catches up.
const WINDOW: Span = Span::hours(6);
/// How much of a vendor's word gets into a text, in characters.
const WORD_CHARS_MAX: usize = 64;

/// Pulls one organisation's audit log.
pub(super) struct SlackPuller {
    who: String,
    base_url: BaseUrl,
    token: SecretString,
    every: Span,
    start: Span,
    outside: Outside,
}

/// The cursor.
#[derive(Debug, Serialize, Deserialize)]
struct Stand {
    /// Where the next window begins.
    at: Timestamp,
    /// How wide it may be, while it catches up.
    width: Option<Span>,
}

/// What a page says beside its entries.
#[derive(Debug, Deserialize)]
struct Frame {
    /// Absent where all is well.
    ok: Option<bool>,
    error: Option<String>,
    #[serde(default)]
    response_metadata: Metadata,
    entries: Option<serde::de::IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    next_cursor: String,
}

impl SlackPuller {
    pub(super) fn new(name: &str, pull: &SlackPull, token: SecretString, outside: Outside) -> Self {
        Self {
            who: format!("sources.{name}"),
            base_url: pull.base_url.clone(),
            token,
            every: pull.every,
            start: pull.start,
            outside,
        }
    }

    /// The failure of an answer that is none, by Slack's word where it has one.
    fn refusal(&self, reply: &Reply, frame: Option<Frame>) -> Failure {
        let word = frame.and_then(|frame| frame.error).unwrap_or_default();
        let is_plain = |each: &char| each.is_ascii_alphanumeric() || *each == '_';
        let word: String = word.chars().filter(is_plain).take(WORD_CHARS_MAX).collect();
        let told = |advice: &str| format!("{}: {advice} ({word})", self.who);
        match word.as_str() {
            "ratelimited" | "rate_limited" => reply.busy(told("asked to wait")),
            "invalid_authentication"
            | "invalid_auth"
            | "not_authed"
            | "token_revoked"
            | "token_expired"
            | "account_inactive" => {
                Failure::denied(told("the token is not accepted; make a new one"))
            }
            "missing_authentication"
            | "missing_scope"
            | "not_allowed_token_type"
            | "feature_not_enabled"
            | "user_not_authorized" => Failure::misconfigured(told(
                "wants the token of an organisation's owner with auditlogs:read, and Enterprise",
            )),
            "internal_error" | "fatal_error" | "service_unavailable" | "request_timeout" => {
                Failure::retry(told("failed"))
            }
            _ if reply.status.is_success() && word.is_empty() => unreadable(&self.who),
            _ if reply.status.is_success() => Failure::retry(told("refused the request")),
            _ => reply.failure(&self.who),
        }
    }
}

#[async_trait]
impl Pages for SlackPuller {
    async fn page(&self, window: Window, token: Option<&str>) -> Result<Page, Failure> {
        let mut url = self.base_url.join("audit/v1/logs");
        url.query_pairs_mut()
            .append_pair("oldest", &window.from.as_second().to_string())
            .append_pair("latest", &window.to.as_second().to_string())
            .append_pair("limit", LIMIT);
        if let Some(token) = token {
            url.query_pairs_mut().append_pair("cursor", token);
        }
        let request = self.outside.http.get(url).bearer_auth(self.token.expose_secret());
        let reply = fetched(&self.outside.http, &self.who, request).await?;
        let frame: Option<Frame> = serde_json::from_slice(&reply.body).ok();
        let frame = match frame {
            Some(frame)
                if reply.status.is_success()
                    && frame.ok != Some(false)
                    && frame.entries.is_some() =>
            {
                frame
            }
            frame => return Err(self.refusal(&reply, frame)),
        };
        let next = Some(frame.response_metadata.next_cursor).filter(|next| !next.is_empty());
        let bytes = reply.body.len();
        Ok(Page { records: records(&self.who, &reply.body, Some("entries"))?, bytes, next })
    }
}

#[async_trait]
impl Puller for SlackPuller {
    async fn pull(&self, at: Option<&Cursor>) -> Result<PulledPage, Failure> {
        let now = self.outside.clock.now();
        let stand: Option<Stand> = stand(&self.who, at);
        let (at, width) =
            stand.map_or_else(|| (self.start.before(now), None), |stand| (stand.at, stand.width));
        let window = next_window(at, width, (WINDOW, OVERLAP), now);
        let records = match collected(&self.who, self, window).await? {
            Collected::Whole(records) => records,
            Collected::TooMuch(narrower) => {
                let stand = Stand { at: window.from, width: Some(narrower) };
                return Ok(PulledPage { records: Vec::new(), cursor: cursor(&stand), wait: None });
            }
        };
        let is_up_to_date = window.to == now;
        let (at, width) = match is_up_to_date {
            true => (OVERLAP.before(now), None),
            false => (window.to, Some(window.grown())),
        };
        let wait = is_up_to_date.then_some(self.every);
        Ok(PulledPage { records, cursor: cursor(&Stand { at, width }), wait })
    }
}

#[cfg(test)]
mod tests;
