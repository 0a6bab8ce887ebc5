//! `GET /admin/reports/v1/activity/users/all/applications/{application}`: newest first, so in
//! windows; one application after another.
//!
//! Google tells activities late: minutes mostly, hours or a day sometimes. Reading a day anew every
//! few minutes would use up the quota, so that each pass looks back a little, and twice an hour,
//! and after a start, as far as the application is late.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use model::{Span, Timestamp};
use ports::{
    Failure,
    events::{Cursor, PulledPage, Puller},
};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize, de::IgnoredAny};

use super::{config::GooglePull, token::ServiceAccount};
use crate::{
    events::{
        pull::{
            Collected, Page, Pages, Window, collected, cursor, fetched, next_window, records,
            stand, unreadable,
        },
        section::Outside,
        time,
    },
    http::{BaseUrl, Reply},
};

/// How many activities a page has at most; the most that Google gives.
const PAGE: &str = "1000";
/// How far each pass looks back.
const BRIEF: Span = Span::minutes(10);
/// How far back it looks now and then.
const OVERLAP: Span = Span::hours(6);
/// The same for applications that are told later.
const OVERLAP_OF_SLOW: Span = Span::hours(24);
const SLOW: &[&str] = &["drive", "gmail", "chat", "meet", "mobile"];
/// How often it looks that far back.
const SWEEP_EVERY: Span = Span::minutes(30);
/// The longest window, while it catches up.
const WINDOW: Span = Span::hours(6);
/// Words in Google's refusals that ask to wait.
const LIMITS: &[&str] =
    &["userRateLimitExceeded", "rateLimitExceeded", "quotaExceeded", "dailyLimitExceeded"];

/// Pulls one organisation's activities.
pub(super) struct GooglePuller {
    who: String,
    base_url: BaseUrl,
    account: ServiceAccount,
    applications: Vec<String>,
    every: Span,
    start: Span,
    outside: Outside,
    /// Whether this process has had a page.
    has_pulled: AtomicBool,
}

/// The cursor.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Stand {
    /// Which application is next.
    next: usize,
    applications: BTreeMap<String, Pass>,
}

/// How far one application is.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Pass {
    /// Where the next window begins.
    at: Timestamp,
    /// When it last looked far back.
    swept: Timestamp,
    /// How wide the next window may be, while it catches up.
    width: Option<Span>,
}

/// What a page says beside its activities.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Frame {
    next_page_token: Option<String>,
    items: Option<IgnoredAny>,
    kind: Option<String>,
}

impl GooglePuller {
    pub(super) fn new(
        name: &str,
        pull: &GooglePull,
        account: ServiceAccount,
        outside: Outside,
    ) -> Self {
        Self {
            who: format!("sources.{name}"),
            base_url: pull.base_url.clone(),
            account,
            applications: pull.applications.clone(),
            every: pull.every,
            start: pull.start,
            outside,
            has_pulled: AtomicBool::new(false),
        }
    }

    /// After a start every application looks far back.
    fn rewound(&self, mut stand: Stand, now: Timestamp) -> Stand {
        if !self.has_pulled.load(Ordering::Relaxed) {
            for (name, pass) in &mut stand.applications {
                let at = overlap(name).before(pass.at);
                *pass = Pass { at, swept: now, width: None };
            }
        }
        stand
    }

    /// Where an application goes on after a window.
    fn passed(name: &str, pass: Pass, window: Window, now: Timestamp) -> Pass {
        if window.to < now {
            return Pass { at: window.to, width: Some(window.grown()), ..pass };
        }
        let is_due = SWEEP_EVERY.after(pass.swept) <= now || now < pass.swept;
        if is_due {
            Pass { at: overlap(name).before(now), swept: now, width: None }
        } else {
            Pass { at: BRIEF.before(now), width: None, ..pass }
        }
    }

    fn failure(&self, reply: &Reply) -> Failure {
        let text = String::from_utf8_lossy(&reply.body);
        let is_limit = LIMITS.iter().any(|word| text.contains(word));
        match reply.status.as_u16() {
            403 if is_limit => reply.busy(format!("{}: asked to wait (403)", self.who)),
            _ => reply.failure(&self.who),
        }
    }
}

fn overlap(application: &str) -> Span {
    if SLOW.contains(&application) { OVERLAP_OF_SLOW } else { OVERLAP }
}

/// One application of the puller.
struct Application<'p> {
    puller: &'p GooglePuller,
    name: &'p str,
}

impl Application<'_> {
    async fn get(&self, url: url::Url) -> Result<Reply, Failure> {
        let Self { puller: GooglePuller { who, outside, account, .. }, .. } = self;
        let token = account.token(who, outside).await?;
        let request = outside.http.get(url).bearer_auth(token.expose_secret());
        let reply = fetched(&outside.http, who, request).await?;
        if reply.status == http::StatusCode::UNAUTHORIZED {
            account.forget();
        }
        Ok(reply)
    }
}

#[async_trait]
impl Pages for Application<'_> {
    async fn page(&self, window: Window, token: Option<&str>) -> Result<Page, Failure> {
        let path = format!("admin/reports/v1/activity/users/all/applications/{}", self.name);
        let mut url = self.puller.base_url.join(&path);
        url.query_pairs_mut()
            .append_pair("startTime", &time::written(window.from))
            .append_pair("endTime", &time::written(window.to))
            .append_pair("maxResults", PAGE);
        if let Some(token) = token {
            url.query_pairs_mut().append_pair("pageToken", token);
        }
        let reply = self.get(url).await?;
        if !reply.status.is_success() {
            return Err(self.puller.failure(&reply));
        }
        let who = &self.puller.who;
        let frame: Option<Frame> = serde_json::from_slice(&reply.body).ok();
        // An empty page has no list at all; that it is one is said by its kind.
        let frame = frame.filter(|frame| frame.items.is_some() || frame.kind.is_some());
        let frame = frame.ok_or_else(|| unreadable(who))?;
        let next = frame.next_page_token.filter(|next| !next.is_empty());
        let records = match frame.items {
            Some(_) => records(who, &reply.body, Some("items"))?,
            None => Vec::new(),
        };
        Ok(Page { records, bytes: reply.body.len(), next })
    }
}

#[async_trait]
impl Puller for GooglePuller {
    async fn pull(&self, at: Option<&Cursor>) -> Result<PulledPage, Failure> {
        let now = self.outside.clock.now();
        let mut stand = self.rewound(stand(&self.who, at).unwrap_or_default(), now);
        let index = if stand.next < self.applications.len() { stand.next } else { 0 };
        let name = &self.applications[index];
        let first = Pass { at: self.start.before(now), swept: now, width: None };
        let pass = stand.applications.get(name).copied().unwrap_or(first);
        let window = next_window(pass.at, pass.width, (WINDOW, BRIEF), now);
        let application = Application { puller: self, name };
        let (records, passed) = match collected(&self.who, &application, window).await? {
            Collected::Whole(records) => (Some(records), Self::passed(name, pass, window, now)),
            Collected::TooMuch(narrower) => (None, Pass { width: Some(narrower), ..pass }),
        };
        let is_up_to_date = records.is_some() && window.to == now;
        stand.applications.insert(name.clone(), passed);
        stand.applications.retain(|name, _| self.applications.contains(name));
        stand.next = if is_up_to_date { index + 1 } else { index };
        let is_round_over = stand.next >= self.applications.len();
        self.has_pulled.store(true, Ordering::Relaxed);
        let wait = is_round_over.then_some(self.every);
        let records = records.unwrap_or_default();
        Ok(PulledPage { records, cursor: cursor(&stand), wait })
    }
}

#[cfg(test)]
mod tests;
