//! A stand-in for GitHub's audit log: `GET /orgs/{org}/audit-log`, oldest first.

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

/// The only token that is accepted.
pub const AUDIT_TOKEN: &str = "ghp_madeUpAuditToken";
/// The only organisation.
pub const ORG: &str = "example";
const KNOWN: &[&str] = &["phrase", "include", "order", "per_page", "after"];

/// A running organisation's audit log. Dropping it closes the server.
pub struct GitHubAuditLog {
    server: Server,
    shared: Shared,
}

#[derive(Clone)]
struct Shared {
    log: Log,
    origin: Arc<std::sync::OnceLock<String>>,
}

impl fmt::Debug for GitHubAuditLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GitHubAuditLog[{}]", self.server.origin())
    }
}

stand_in! {
    GitHubAuditLog,
    "The address of the API.",
    "What goes wrong on purpose. The only call is `audit-log`."
}

impl GitHubAuditLog {
    /// Starts it on a free port.
    pub async fn start(clock: Arc<dyn Clock>) -> io::Result<Self> {
        let shared = Shared { log: Log::new(clock), origin: Arc::default() };
        let routes = Router::new()
            .route(&format!("/orgs/{ORG}/audit-log"), get(audit_log))
            .with_state(shared.clone());
        let server = Server::start(routes, 0).await?;
        // The port is known only now, and set once.
        let _ = shared.origin.set(server.origin());
        Ok(Self { server, shared })
    }

    /// Stores an event of that time, which can be seen from `seen` on.
    pub fn add(&self, record: Value, at: Timestamp, seen: Timestamp) {
        self.shared.log.add(Row { at, seen, part: String::new(), record: Arc::new(record) });
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
    fn page(&self, parameters: &Parameters) -> Result<(Vec<Value>, Option<String>), Refusal> {
        let phrase = parameters.get("phrase").ok_or_else(|| bad("phrase is missing"))?;
        let since = phrase.strip_prefix("created:>=").and_then(|text| text.parse().ok());
        let since: Timestamp = since.ok_or_else(|| bad("phrase says from when"))?;
        let include = parameters.get("include").unwrap_or("web");
        if parameters.get("order") != Some("asc") || !["web", "git", "all"].contains(&include) {
            return Err(bad("order is asc, and include is web, git or all"));
        }
        let limit = parameters.number("per_page", 100, 30)?;
        let from = match parameters.get("after") {
            None => 0,
            Some(token) => {
                let place = self.log.place(token).and_then(|place| place.parse().ok());
                let gone = (StatusCode::UNPROCESSABLE_ENTITY, "the cursor is gone".to_owned());
                place.ok_or(gone)?
            }
        };
        let is_included = |row: &Row| {
            let is_git = row.record["action"].as_str().is_some_and(|of| of.starts_with("git."));
            include == "all" || is_git == (include == "git")
        };
        let mut all = self.log.rows("", |row| row.at >= since && is_included(row));
        all.sort_by_key(|row| row.at);
        let page: Vec<Value> =
            all.iter().skip(from).take(limit).map(|row| Value::clone(&row.record)).collect();
        let end = from + page.len();
        let next = (end < all.len()).then(|| {
            let after = self.log.issue(end.to_string());
            let after = after.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
            let origin = self.origin.get().map_or("", String::as_str);
            format!(
                "<{origin}/orgs/{ORG}/audit-log?phrase=created%3A%3E%3D{since}&include={include}\
                 &order=asc&per_page={limit}&after={after}>; rel=\"next\""
            )
        });
        Ok((page, next))
    }
}

async fn audit_log(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Response {
    let log = &shared.log;
    let error = |status, what: &str| log.reply(status, &[], &json!({ "message": what }));
    if !is_authorized(&headers, &format!("Bearer {AUDIT_TOKEN}")) {
        return error(StatusCode::UNAUTHORIZED, "Bad credentials");
    }
    let is = |name: &str, wanted| headers.get(name).is_some_and(|value| value == wanted);
    if !is("accept", "application/vnd.github+json") || !is("x-github-api-version", "2022-11-28") {
        log.complain("without the headers of the API's version");
        return error(StatusCode::BAD_REQUEST, "unsupported version");
    }
    let limits = |left: u32, until| {
        vec![
            ("x-ratelimit-limit", "1750".to_owned()),
            ("x-ratelimit-remaining", left.to_string()),
            ("x-ratelimit-reset", seconds(until)),
        ]
    };
    let (left, until) = match log.count_call() {
        Ok(left) => left,
        Err(until) => {
            let body = json!({ "message": "API rate limit exceeded" });
            return log.reply(StatusCode::FORBIDDEN, &limits(0, until), &body);
        }
    };
    match Parameters::read(pairs, KNOWN).and_then(|parameters| shared.page(&parameters)) {
        Err((status, what)) => {
            log.complain(&what);
            error(status, &what)
        }
        Ok((page, next)) => {
            let mut headers = limits(left, until);
            headers.extend(next.map(|next| ("link", next)));
            log.reply(StatusCode::OK, &headers, &Value::Array(page))
        }
    }
}
