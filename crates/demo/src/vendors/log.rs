//! What the stand-ins for audit logs have in common: rows, strict parameters, and limits on calls.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::Response,
};
use jiff::fmt::rfc2822::DateTimePrinter;
use model::{Span, Timestamp};
use ports::Clock;
use serde_json::Value;

/// What a vendor has stored.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// When it happened.
    pub(crate) at: Timestamp,
    /// When it can be seen from.
    pub(crate) seen: Timestamp,
    /// Which part of the log it is in; empty where there are none.
    pub(crate) part: String,
    pub(crate) record: Arc<Value>,
}

/// The state of a log, shared between its handlers and its owner.
#[derive(Clone)]
pub(crate) struct Log {
    pub(crate) clock: Arc<dyn Clock>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    rows: Vec<Row>,
    /// What was handed out to get on with, by the token, and what it stands for.
    pub(crate) tokens: BTreeMap<String, String>,
    issued: u64,
    /// How many calls are left, and from when there are more.
    left: Option<(u32, Timestamp)>,
    /// What was wrong with calls, for the owner to look at.
    complaints: Vec<String>,
}

/// Why a call is not answered: a status, and what is wrong with it.
pub(crate) type Refusal = (StatusCode, String);

impl Log {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, state: Arc::default() }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, row: Row) {
        self.lock().rows.push(row);
    }

    /// After so many calls every one is refused until the time is over.
    pub(crate) fn allow(&self, calls: u32, for_next: Span) {
        self.lock().left = Some((calls, for_next.after(self.clock.now())));
    }

    pub(crate) fn complaints(&self) -> Vec<String> {
        self.lock().complaints.clone()
    }

    pub(crate) fn complain(&self, what: &str) {
        self.lock().complaints.push(what.to_owned());
    }

    /// Forgets every token.
    pub(crate) fn expire(&self) {
        self.lock().tokens.clear();
    }

    /// The rows of a part that can be seen by now and fit, in the order in which they were added.
    pub(crate) fn rows(&self, part: &str, fits: impl Fn(&Row) -> bool) -> Vec<Row> {
        let now = self.clock.now();
        let state = self.lock();
        let of_it = state.rows.iter().filter(|row| row.part == part && row.seen <= now);
        of_it.filter(|row| fits(row)).cloned().collect()
    }

    /// A token that stands for a place.
    pub(crate) fn issue(&self, place: String) -> String {
        let mut state = self.lock();
        state.issued += 1;
        let token = format!("made+up/token={}", state.issued);
        state.tokens.insert(token.clone(), place);
        token
    }

    /// The place that a token stands for.
    pub(crate) fn place(&self, token: &str) -> Option<String> {
        self.lock().tokens.get(token).cloned()
    }

    /// Counts a call. Says how many are left and from when there are more; `Err` is none left.
    pub(crate) fn count_call(&self) -> Result<(u32, Timestamp), Timestamp> {
        let now = self.clock.now();
        let mut state = self.lock();
        match &mut state.left {
            Some((_, until)) if *until <= now => state.left = None,
            Some((0, until)) => return Err(*until),
            Some((calls, until)) => {
                *calls -= 1;
                return Ok((*calls, *until));
            }
            None => {}
        }
        Ok((1_000, Span::hours(1).after(now)))
    }

    /// An answer that says what time it is here, and how many calls are left.
    pub(crate) fn reply(
        &self,
        status: StatusCode,
        headers: &[(&str, String)],
        body: &Value,
    ) -> Response {
        let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&self.clock.now());
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = status;
        let kind = ("content-type", "application/json".to_owned());
        let date = ("date", date.unwrap_or_default());
        for (name, value) in headers.iter().chain([&kind, &date]) {
            if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse()) {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}

/// The parameters of a call, each at most once and each a known one.
pub(crate) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    pub(crate) fn read(pairs: Vec<(String, String)>, known: &[&str]) -> Result<Self, Refusal> {
        let mut all = BTreeMap::new();
        for (name, value) in pairs {
            if !known.contains(&name.as_str()) {
                return Err(bad(format!("unknown parameter {name}")));
            }
            if all.insert(name.clone(), value).is_some() {
                return Err(bad(format!("parameter {name} twice")));
            }
        }
        Ok(Self(all))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(crate) fn number(&self, name: &str, most: usize, default: usize) -> Result<usize, Refusal> {
        let Some(text) = self.get(name) else { return Ok(default) };
        let number = text.parse().ok().filter(|number| (1..=most).contains(number));
        number.ok_or_else(|| bad(format!("{name} is a number from 1 to {most}")))
    }

    /// A time as RFC 3339 writes it.
    pub(crate) fn time(&self, name: &str) -> Result<Option<Timestamp>, Refusal> {
        let Some(text) = self.get(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| bad(format!("{name} is no time")))
    }
}

/// A call that is wrong in itself.
pub(crate) fn bad(what: impl Into<String>) -> Refusal {
    (StatusCode::BAD_REQUEST, what.into())
}

/// Whether the only `Authorization` is this one.
pub(crate) fn is_authorized(headers: &HeaderMap, wanted: &str) -> bool {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let first = all.next().and_then(|value| value.to_str().ok());
    first == Some(wanted) && all.next().is_none()
}

/// Seconds since 1970.
pub(crate) fn seconds(time: Timestamp) -> String {
    time.as_second().to_string()
}
