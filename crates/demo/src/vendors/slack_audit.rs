//! A stand-in for Slack's audit log: `GET /audit/v1/logs`, newest first, both bounds inclusive.

use std::{fmt, io, sync::Arc};

use axum::{
    Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::get,
};
use model::{Span, Timestamp};
use ports::Clock;
use serde_json::{Value, json};

use super::{
    log::{Log, Parameters, Refusal, Row, bad, is_authorized},
    server::{Server, stand_in},
};

/// The only token that is accepted: a user token of the organisation's owner.
pub const OWNER_TOKEN: &str = "xoxp-made-up-owner-token";
const KNOWN: &[&str] = &["latest", "oldest", "limit", "cursor"];

/// A running organisation's audit log. Dropping it closes the server.
pub struct SlackAuditLog {
    server: Server,
    log: Log,
}

impl fmt::Debug for SlackAuditLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SlackAuditLog[{}]", self.server.origin())
    }
}

stand_in! {
    SlackAuditLog,
    "The address of the API.",
    "What goes wrong on purpose. The only call is `logs`."
}

impl SlackAuditLog {
    /// Starts it on a free port.
    pub async fn start(clock: Arc<dyn Clock>) -> io::Result<Self> {
        let log = Log::new(clock);
        let routes = Router::new().route("/audit/v1/logs", get(logs)).with_state(log.clone());
        Ok(Self { server: Server::start(routes, 0).await?, log })
    }

    /// Stores an entry of that time, which can be seen from `seen` on.
    pub fn add(&self, record: Value, at: Timestamp, seen: Timestamp) {
        self.log.add(Row { at, seen, part: String::new(), record: Arc::new(record) });
    }

    /// After so many calls every one is refused until the time is over.
    pub fn allow(&self, calls: u32, for_next: Span) {
        self.log.allow(calls, for_next);
    }

    /// What was wrong with calls.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        self.log.complaints()
    }
}

async fn logs(
    State(log): State<Log>,
    headers: HeaderMap,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Response {
    let refused =
        |error: &str| log.reply(StatusCode::OK, &[], &json!({ "ok": false, "error": error }));
    if !is_authorized(&headers, &format!("Bearer {OWNER_TOKEN}")) {
        return refused("invalid_authentication");
    }
    if let Err(until) = log.count_call() {
        let wait = until.duration_since(log.clock.now()).as_secs().max(1);
        let body = json!({ "ok": false, "error": "ratelimited" });
        let wait = [("retry-after", wait.to_string())];
        return log.reply(StatusCode::TOO_MANY_REQUESTS, &wait, &body);
    }
    match Parameters::read(pairs, KNOWN).and_then(|parameters| page(&log, &parameters)) {
        Ok(body) => log.reply(StatusCode::OK, &[], &body),
        Err((_, what)) => {
            log.complain(&what);
            refused("invalid_arguments")
        }
    }
}

fn page(log: &Log, parameters: &Parameters) -> Result<Value, Refusal> {
    let second = |name: &str| -> Result<i64, Refusal> {
        let text = parameters.get(name).ok_or_else(|| bad(format!("{name} is missing")))?;
        text.parse().map_err(|_| bad(format!("{name} is no number of seconds")))
    };
    let (oldest, latest) = (second("oldest")?, second("latest")?);
    if oldest > latest {
        return Err(bad("oldest is later than latest"));
    }
    let limit = parameters.number("limit", 9_999, 100)?;
    let window = format!("{oldest}-{latest}");
    let from = match parameters.get("cursor") {
        None => 0,
        Some(token) => {
            let place = log.place(token).ok_or_else(|| bad("the cursor is not known"))?;
            let (of, from) = place.split_once(' ').ok_or_else(|| bad("no place"))?;
            if of != window {
                return Err(bad("the cursor is of another window"));
            }
            from.parse().map_err(|_| bad("no place"))?
        }
    };
    let mut all = log.rows("", |row| (oldest..=latest).contains(&row.at.as_second()));
    all.sort_by_key(|row| std::cmp::Reverse(row.at));
    let entries: Vec<Value> =
        all.iter().skip(from).take(limit).map(|row| Value::clone(&row.record)).collect();
    let end = from + entries.len();
    let next = if end < all.len() { log.issue(format!("{window} {end}")) } else { String::new() };
    Ok(json!({ "entries": entries, "response_metadata": { "next_cursor": next } }))
}
