//! A stand-in for Google: access tokens for a service account, and the activities of the Reports
//! API, newest first.

mod account;

use std::{fmt, io, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::Response,
    routing::{get, post},
};
use model::{Span, Timestamp};
use ports::Clock;
use serde_json::{Value, json};

use super::{
    log::{Log, Parameters, Refusal, Row, bad},
    server::{Server, stand_in},
};
use account::Account;

/// For whom the service account may act.
pub const SUBJECT: &str = "admin@example.com";
const KNOWN: &[&str] = &["startTime", "endTime", "maxResults", "pageToken"];

/// Running token and Reports services. Dropping it closes the server.
pub struct GoogleReports {
    server: Server,
    shared: Shared,
}

#[derive(Clone)]
struct Shared {
    log: Log,
    account: Arc<Account>,
    token_url: Arc<std::sync::OnceLock<String>>,
}

impl fmt::Debug for GoogleReports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GoogleReports[{}]", self.server.origin())
    }
}

stand_in! {
    GoogleReports,
    "The address of the API.",
    "What goes wrong on purpose. Calls are `token` and the names of applications."
}

impl GoogleReports {
    /// Starts it on a free port.
    pub async fn start(clock: Arc<dyn Clock>) -> io::Result<Self> {
        let account = Arc::new(Account::default());
        let shared = Shared { log: Log::new(clock), account, token_url: Arc::default() };
        let activities = "/admin/reports/v1/activity/users/all/applications/{application}";
        let routes = Router::new()
            .route("/token", post(token))
            .route(activities, get(applications))
            .with_state(shared.clone());
        let server = Server::start(routes, 0).await?;
        // The port is known only now, and set once.
        let _ = shared.token_url.set(format!("{}/token", server.origin()));
        Ok(Self { server, shared })
    }

    /// The file with the service account's key, as Google gives it.
    #[must_use]
    pub fn service_account(&self) -> String {
        self.shared.account.file(self.shared.token_url())
    }

    /// Stores an activity of that time, which can be seen from `seen` on.
    pub fn add(&self, application: &str, record: Value, at: Timestamp, seen: Timestamp) {
        self.shared.log.add(Row {
            at,
            seen,
            part: application.to_owned(),
            record: Arc::new(record),
        });
    }

    /// No access token of before is accepted any more.
    pub fn revoke_tokens(&self) {
        self.shared.account.revoke();
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
    fn token_url(&self) -> &str {
        self.token_url.get().map_or("", String::as_str)
    }
}

async fn token(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let log = &shared.log;
    let is_form = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind == "application/x-www-form-urlencoded");
    let now = log.clock.now();
    let granted = match is_form {
        true => shared.account.grant(&body, shared.token_url(), SUBJECT, now),
        false => Err("not a form"),
    };
    match granted {
        Ok(token) => {
            let body =
                json!({ "access_token": token, "expires_in": 3_599, "token_type": "Bearer" });
            log.reply(StatusCode::OK, &[], &body)
        }
        Err(what) => {
            log.complain(what);
            log.reply(StatusCode::BAD_REQUEST, &[], &json!({ "error": "invalid_grant" }))
        }
    }
}

async fn applications(
    State(shared): State<Shared>,
    Path(application): Path<String>,
    headers: HeaderMap,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Response {
    let log = &shared.log;
    let error = |status: StatusCode, reason: &str| {
        let errors = json!([{ "domain": "usageLimits", "reason": reason }]);
        let body = json!({ "error": { "code": status.as_u16(), "errors": errors } });
        log.reply(status, &[], &body)
    };
    if !shared.account.is_good(&headers, log.clock.now()) {
        return error(StatusCode::UNAUTHORIZED, "authError");
    }
    if log.count_call().is_err() {
        return error(StatusCode::FORBIDDEN, "userRateLimitExceeded");
    }
    let page =
        Parameters::read(pairs, KNOWN).and_then(|parameters| page(log, &application, &parameters));
    match page {
        Ok(body) => log.reply(StatusCode::OK, &[], &body),
        Err((status, what)) => {
            log.complain(&what);
            error(status, "badRequest")
        }
    }
}

fn page(log: &Log, application: &str, parameters: &Parameters) -> Result<Value, Refusal> {
    let wanted = |name: &str| -> Result<Timestamp, Refusal> {
        parameters.time(name)?.ok_or_else(|| bad(format!("{name} is missing")))
    };
    let (start, end) = (wanted("startTime")?, wanted("endTime")?);
    if start > end {
        return Err(bad("startTime is later than endTime"));
    }
    let limit = parameters.number("maxResults", 1_000, 1_000)?;
    let window = format!("{application}|{start}|{end}");
    let from = match parameters.get("pageToken") {
        None => 0,
        Some(token) => {
            let place = log.place(token).ok_or_else(|| bad("the page token is not known"))?;
            let (of, from) = place.split_once(' ').ok_or_else(|| bad("no place"))?;
            if of != window {
                return Err(bad("the page token is of another window"));
            }
            from.parse().map_err(|_| bad("no place"))?
        }
    };
    let mut all = log.rows(application, |row| (start..=end).contains(&row.at));
    all.sort_by_key(|row| std::cmp::Reverse(row.at));
    let items: Vec<Value> =
        all.iter().skip(from).take(limit).map(|row| Value::clone(&row.record)).collect();
    let reached = from + items.len();
    let mut body = json!({ "kind": "admin#reports#activities", "etag": "\"made-up\"" });
    // A page without activities has no list.
    if !items.is_empty() {
        body["items"] = Value::Array(items);
    }
    if reached < all.len() {
        body["nextPageToken"] = log.issue(format!("{window} {reached}")).into();
    }
    Ok(body)
}
