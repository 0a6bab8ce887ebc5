//! The methods. All answer 200; whether it went well stands in `ok`.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    Form, Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, header},
    routing::post,
};
use serde_json::{Map, Value, json};

use super::{OWN_ACCOUNT, Shared, SlackAccount, TEAM, TOKEN, Workspace};

/// How many sessions are on a page, so that a test's listing has three.
const PAGE_SESSIONS: usize = 1;

type Outcome = Result<Value, &'static str>;
type Fields = BTreeMap<String, String>;

pub(super) fn routes(shared: Shared) -> Router {
    Router::new()
        .route("/api/auth.test", post(auth_test))
        .route("/api/users.info", post(info))
        .route("/api/users.lookupByEmail", post(lookup))
        .route("/api/admin.users.session.list", post(list))
        .route("/api/admin.users.session.reset", post(reset))
        .route("/api/admin.users.session.invalidate", post(invalidate))
        .with_state(shared)
}

fn answered(headers: &HeaderMap, outcome: impl FnOnce() -> Outcome) -> Json<Value> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let is_ours = given.is_some_and(|given| given == format!("Bearer {TOKEN}"));
    let outcome = if is_ours { outcome() } else { Err("invalid_auth") };
    Json(match outcome {
        Ok(mut fields) => {
            fields["ok"] = Value::Bool(true);
            fields
        }
        Err(error) => json!({ "ok": false, "error": error }),
    })
}

async fn auth_test(headers: HeaderMap) -> Json<Value> {
    answered(&headers, || Ok(json!({ "user_id": OWN_ACCOUNT, "team_id": TEAM })))
}

async fn info(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Form(form): Form<Fields>,
) -> Json<Value> {
    answered(&headers, || {
        let workspace = shared.lock();
        let account = form.get("user").and_then(|id| workspace.people.get(id));
        account.map(shown).ok_or("user_not_found")
    })
}

async fn lookup(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Form(form): Form<Fields>,
) -> Json<Value> {
    answered(&headers, || {
        let (workspace, email) = (shared.lock(), form.get("email"));
        let account = workspace.people.values().find(|account| Some(&account.email) == email);
        account.map(shown).ok_or("users_not_found")
    })
}

fn shown(account: &SlackAccount) -> Value {
    json!({ "user": {
        "id": account.id, "team_id": TEAM, "deleted": false, "is_bot": account.is_bot,
        "is_primary_owner": account.is_primary_owner, "profile": { "email": account.email },
    } })
}

async fn list(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Form(form): Form<Fields>,
) -> Json<Value> {
    answered(&headers, || {
        let (Some(user), Some(TEAM)) = (form.get("user_id"), form.get("team_id").map(|it| &**it))
        else {
            return Err("invalid_arguments");
        };
        let limit = form.get("limit").and_then(|text| text.parse::<u32>().ok());
        if !limit.is_some_and(|limit| (1..=1_000).contains(&limit)) {
            return Err("invalid_arguments");
        }
        let after = form.get("cursor").and_then(|text| text.parse().ok()).unwrap_or(0);
        let workspace = shared.lock();
        let account = workspace.people.get(user).ok_or("user_not_found")?;
        let rest: Vec<u64> = account.sessions.range(after + 1..).copied().collect();
        let page: Vec<u64> = rest.iter().take(PAGE_SESSIONS).copied().collect();
        let next = page.last().filter(|_| rest.len() > PAGE_SESSIONS);
        let sessions = page.iter().map(|id| {
            json!({
                "user_id": user, "team_id": TEAM, "session_id": id,
                "created": { "device_hardware": "Laptop", "os": "Linux", "ip": "203.0.113.7" },
            })
        });
        Ok(json!({
            "active_sessions": sessions.collect::<Value>(),
            "response_metadata": { "next_cursor": next.map(u64::to_string).unwrap_or_default() },
        }))
    })
}

async fn reset(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Json<Value> {
    answered(&headers, || {
        let arguments = arguments(&headers, &body, &["user_id", "mobile_only", "web_only"])?;
        if arguments.get("mobile_only") == Some(&Value::Bool(true))
            && arguments.get("web_only") == Some(&Value::Bool(true))
        {
            return Err("invalid_arguments");
        }
        let user = arguments.get("user_id").and_then(Value::as_str).unwrap_or_default();
        let workspace = &mut *shared.lock();
        let sessions = workspace.sessions_to_end(user)?;
        workspace.end(user, sessions);
        Ok(json!({}))
    })
}

async fn invalidate(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Json<Value> {
    answered(&headers, || {
        let arguments = arguments(&headers, &body, &["session_id", "user_id", "team_id"])?;
        let user = arguments.get("user_id").and_then(Value::as_str).unwrap_or_default();
        let session = arguments.get("session_id").and_then(Value::as_u64);
        let is_here = arguments.get("team_id").and_then(Value::as_str) == Some(TEAM);
        let (Some(session), true) = (session, is_here) else { return Err("invalid_arguments") };
        let workspace = &mut *shared.lock();
        if !workspace.sessions_to_end(user)?.contains(&session) {
            return Err("session_not_found");
        }
        workspace.end(user, BTreeSet::from([session]));
        Ok(json!({}))
    })
}

fn arguments(
    headers: &HeaderMap,
    body: &[u8],
    known: &[&str],
) -> Result<Map<String, Value>, &'static str> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !kind.is_some_and(|kind| kind.starts_with("application/json")) {
        return Err("invalid_post_type");
    }
    let arguments: Map<String, Value> = serde_json::from_slice(body).map_err(|_| "invalid_json")?;
    let is_known = arguments.keys().all(|key| known.contains(&key.as_str()));
    if is_known { Ok(arguments) } else { Err("invalid_arguments") }
}

impl Workspace {
    fn sessions_to_end(&self, user: &str) -> Result<BTreeSet<u64>, &'static str> {
        let account = self.people.get(user).ok_or("user_not_found")?;
        match (account.is_bot, account.is_primary_owner) {
            (true, _) => Err("cannot_reset_bot"),
            (_, true) => Err("cannot_reset_primary_owner"),
            _ => Ok(account.sessions.clone()),
        }
    }

    fn end(&mut self, user: &str, sessions: BTreeSet<u64>) {
        self.effects += 1;
        if self.is_slow {
            return self.pending.push((user.to_owned(), sessions));
        }
        if let Some(account) = self.people.get_mut(user) {
            account.sessions.retain(|session| !sessions.contains(session));
        }
    }
}
