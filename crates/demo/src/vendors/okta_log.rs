//! A stand-in for Okta's System Log: `GET /api/v1/logs`, polled.
//!
//! It knows the polling form only: ascending, without an end. Rows are in the order in which they
//! were stored, and every page names a next one, which is to be followed as it is.

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
    log::{Log, Parameters, Refusal, Row, bad, is_authorized, seconds},
    server::{Server, stand_in},
};

/// The only API token that is accepted.
pub const API_TOKEN: &str = "00madeUpApiTokenForTheDemo";
const KNOWN: &[&str] = &["since", "after", "limit", "sortOrder"];

/// A running organisation's log. Dropping it closes the server.
pub struct OktaLog {
    server: Server,
    shared: Shared,
}

#[derive(Clone)]
struct Shared {
    log: Log,
    /// Where links lead.
    origin: Arc<std::sync::Mutex<String>>,
}

impl fmt::Debug for OktaLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OktaLog[{}]", self.server.origin())
    }
}

stand_in! {
    OktaLog,
    "The address of the organisation.",
    "What goes wrong on purpose. The only call is `logs`."
}

impl OktaLog {
    /// Starts it on a free port.
    pub async fn start(clock: Arc<dyn Clock>) -> io::Result<Self> {
        let shared = Shared { log: Log::new(clock), origin: Arc::default() };
        let routes = Router::new().route("/api/v1/logs", get(logs)).with_state(shared.clone());
        let server = Server::start(routes, 0).await?;
        let world = Self { server, shared };
        world.lead_to(&world.server.origin());
        Ok(world)
    }

    /// Stores a record, which can be seen from `seen` on.
    pub fn add(&self, record: Value, seen: Timestamp) {
        self.shared.log.add(Row { at: seen, seen, part: String::new(), record: Arc::new(record) });
    }

    /// Makes every link lead to another host.
    pub fn lead_to(&self, origin: &str) {
        *self.shared.lock_origin() = origin.to_owned();
    }

    /// No link of before is accepted any more.
    pub fn expire_links(&self) {
        self.shared.log.expire();
    }

    /// After so many calls every one is refused until the time is over.
    pub fn allow(&self, calls: u32, for_next: Span) {
        self.shared.log.allow(calls, for_next);
    }

    /// What was wrong with calls.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        self.shared.log.complaints()
    }
}

impl Shared {
    fn lock_origin(&self) -> std::sync::MutexGuard<'_, String> {
        self.origin.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The page behind a place, and the links to itself and the next.
    fn page(&self, parameters: &Parameters) -> Result<(Vec<Value>, [String; 2]), Refusal> {
        if parameters.get("sortOrder") != Some("ASCENDING") {
            return Err(bad("this stand-in is polled: sortOrder is ASCENDING"));
        }
        let since = parameters.time("since")?.ok_or_else(|| bad("since is missing"))?;
        let limit = parameters.number("limit", 1_000, 100)?;
        let query = |after: &str| {
            let after = after.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
            format!("since={since}&sortOrder=ASCENDING&limit={limit}&after={after}")
        };
        let from = match parameters.get("after") {
            None => 0,
            Some(token) => {
                self.log.place(token).and_then(|place| place.parse().ok()).ok_or_else(|| {
                    (StatusCode::BAD_REQUEST, "E0000031: the cursor is not valid".to_owned())
                })?
            }
        };
        let all = self.log.rows("", |row| since <= row.seen);
        let page: Vec<Value> =
            all.iter().skip(from).take(limit).map(|row| Value::clone(&row.record)).collect();
        let next = self.log.issue((from + page.len()).to_string());
        let origin = self.lock_origin().clone();
        let address = |query: String| format!("{origin}/api/v1/logs?{query}");
        let links = [(address(query("self")), "self"), (address(query(&next)), "next")];
        Ok((page, links.map(|(address, rel)| format!("<{address}>; rel=\"{rel}\""))))
    }
}

async fn logs(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Response {
    let log = &shared.log;
    let error = |status, code: &str, what: &str| {
        let body = json!({ "errorCode": code, "errorSummary": what, "errorCauses": [] });
        log.reply(status, &[], &body)
    };
    if !is_authorized(&headers, &format!("SSWS {API_TOKEN}")) {
        return error(StatusCode::UNAUTHORIZED, "E0000011", "Invalid token provided");
    }
    let limits = |left: u32, until| {
        [
            ("x-rate-limit-limit", "120".to_owned()),
            ("x-rate-limit-remaining", left.to_string()),
            ("x-rate-limit-reset", seconds(until)),
        ]
    };
    let (left, until) = match log.count_call() {
        Ok(left) => left,
        Err(until) => {
            let body = json!({ "errorCode": "E0000047", "errorSummary": "Too many requests" });
            return log.reply(StatusCode::TOO_MANY_REQUESTS, &limits(0, until), &body);
        }
    };
    let page = Parameters::read(pairs, KNOWN).and_then(|parameters| shared.page(&parameters));
    match page {
        Err((status, what)) => {
            log.complain(&what);
            error(status, "E0000001", &what)
        }
        Ok((page, [this, next])) => {
            let mut headers = limits(left, until).to_vec();
            headers.extend([("link", this), ("link", next)]);
            log.reply(StatusCode::OK, &headers, &Value::Array(page))
        }
    }
}
