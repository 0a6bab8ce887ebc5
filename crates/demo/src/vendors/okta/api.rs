//! The calls, as strict as they are documented.

use std::collections::BTreeMap;

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, Uri, header},
    middleware::{self, Next},
    response::{Html, IntoResponse as _, Response},
    routing::{delete, get, post},
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::page::{escape, page};
use super::{OWN_ACCOUNT, OktaUser, Org, Shared, TOKEN};

/// How many clients are on a page, so that a test's listing has three.
const PAGE_CLIENTS: usize = 1;

type Reply = Result<Response, (StatusCode, &'static str)>;
type Arguments = Query<BTreeMap<String, String>>;

pub(super) fn routes(shared: Shared) -> Router {
    let page = Router::new().route("/", get(accounts)).with_state(shared.clone());
    Router::new()
        .route("/api/v1/users/{user}", get(user))
        .route("/api/v1/users/{user}/roles", get(roles))
        .route("/api/v1/users/{user}/sessions", delete(clear_sessions))
        .route("/api/v1/users/{user}/lifecycle/{change}", post(lifecycle))
        .route("/api/v1/users/{user}/clients", get(clients))
        .route("/api/v1/users/{user}/clients/{client}/tokens", delete(revoke_tokens))
        .route("/api/v1/users/{user}/grants", delete(revoke_grants))
        .route("/api/v1/logs", get(logs))
        .layer(middleware::from_fn(authorised))
        .with_state(shared)
        .merge(page)
}

/// The accounts for people who try the demo, those first to which something was done.
async fn accounts(State(shared): State<Shared>) -> Html<String> {
    let mut users: Vec<OktaUser> = shared.lock().users.values().cloned().collect();
    users.sort_by_key(|user| (user.status == "ACTIVE" && user.sessions > 0, user.login.clone()));
    let row = |user: &OktaUser| {
        let (login, status, sessions) = (escape(&user.login), escape(&user.status), user.sessions);
        format!("<article><p><b>{login}</b>: {status}, {sessions} sessions</p></article>")
    };
    page("Okta, played", true, &users.iter().map(row).collect::<String>())
}

async fn authorised(headers: HeaderMap, request: axum::extract::Request, next: Next) -> Response {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let is_ours = given.is_some_and(|given| given == format!("SSWS {TOKEN}"));
    if is_ours { next.run(request).await } else { fail(StatusCode::UNAUTHORIZED, "E0000011") }
}

fn fail(status: StatusCode, code: &str) -> Response {
    let body = json!({
        "errorCode": code, "errorSummary": "made up", "errorLink": code, "errorId": "oaeX",
        "errorCauses": [],
    });
    (status, Json(body)).into_response()
}

fn answered(reply: Reply) -> Response {
    reply.unwrap_or_else(|(status, code)| fail(status, code))
}

const NOT_FOUND: (StatusCode, &str) = (StatusCode::NOT_FOUND, "E0000007");
const WRONG_STATE: (StatusCode, &str) = (StatusCode::BAD_REQUEST, "E0000001");

impl Org {
    /// By id or login.
    fn find(&mut self, name: &str) -> Result<&mut OktaUser, (StatusCode, &'static str)> {
        let name = if name == "me" { OWN_ACCOUNT } else { name };
        let mut all = self.users.values_mut();
        all.find(|user| user.id == name || user.login == name).ok_or(NOT_FOUND)
    }

    fn note(&mut self, kind: &str, target: &str, at: Timestamp) {
        self.effects += 1;
        let event = json!({
            "uuid": format!("event-{}", self.effects), "eventType": kind,
            "published": at.to_string(), "outcome": { "result": "SUCCESS" },
            "actor": { "id": OWN_ACCOUNT, "type": "User" },
            "target": [{ "id": target, "type": "User" }],
        });
        if self.is_log_late { self.late.push(event) } else { self.log.push(event) }
    }
}

async fn user(State(shared): State<Shared>, Path(name): Path<String>) -> Response {
    answered(shared.lock().find(&name).map(|user| {
        Json(json!({
            "id": user.id, "status": user.status,
            "created": Timestamp::UNIX_EPOCH.to_string(),
            "statusChanged": user.status_changed.to_string(),
            "profile": { "login": user.login, "email": user.login },
        }))
        .into_response()
    }))
}

async fn roles(State(shared): State<Shared>, Path(name): Path<String>) -> Response {
    answered(shared.lock().find(&name).map(|user| {
        let roles = user.roles.iter().map(|role| json!({ "id": role, "type": role }));
        Json(roles.collect::<Value>()).into_response()
    }))
}

async fn clear_sessions(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    Query(arguments): Arguments,
) -> Response {
    let flag = |name: &str| arguments.get(name).and_then(|text| text.parse::<bool>().ok());
    // The defaults are traps, so that here both must be said.
    let (Some(tokens), Some(devices)) = (flag("oauthTokens"), flag("forgetDevices")) else {
        return fail(StatusCode::BAD_REQUEST, "E0000001");
    };
    let (now, org) = (shared.clock.now(), &mut *shared.lock());
    let cleared = org.find(&name).map(|user| {
        user.sessions = 0;
        user.remembers_devices &= !devices;
        if tokens {
            user.clients.values_mut().for_each(|(_, has_tokens)| *has_tokens = false);
        }
        user.id.clone()
    });
    answered(cleared.map(|id| {
        org.note("user.session.clear", &id, now);
        StatusCode::NO_CONTENT.into_response()
    }))
}

async fn lifecycle(
    State(shared): State<Shared>,
    Path((name, change)): Path<(String, String)>,
) -> Response {
    let (now, org) = (shared.clock.now(), &mut *shared.lock());
    let (from, to) = match change.as_str() {
        "suspend" => ("ACTIVE", "SUSPENDED"),
        "unsuspend" => ("SUSPENDED", "ACTIVE"),
        _ => return fail(StatusCode::NOT_FOUND, "E0000022"),
    };
    let changed = org.find(&name).and_then(|user| {
        if user.status != from {
            return Err(WRONG_STATE);
        }
        (user.status, user.status_changed) = (to.to_owned(), now);
        Ok(user.id.clone())
    });
    answered(changed.map(|id| {
        org.note(&format!("user.lifecycle.{change}"), &id, now);
        (StatusCode::OK, Json(json!({}))).into_response()
    }))
}

async fn clients(
    State(shared): State<Shared>,
    uri: Uri,
    headers: HeaderMap,
    Path(name): Path<String>,
    Query(arguments): Arguments,
) -> Response {
    let after = arguments.get("after").cloned().unwrap_or_default();
    let listed = shared.lock().find(&name).map(|user| {
        let live = user.clients.iter().filter(|(_, (grant, tokens))| *grant || *tokens);
        let live: Vec<_> = live.map(|(id, _)| id.clone()).filter(|id| *id > after).collect();
        live
    });
    answered(listed.map(|all| {
        let page: Vec<Value> =
            all.iter().take(PAGE_CLIENTS).map(|id| json!({ "client_id": id })).collect();
        let mut reply = Json(page).into_response();
        if let Some(last) =
            all.get(PAGE_CLIENTS.saturating_sub(1)).filter(|_| all.len() > PAGE_CLIENTS)
        {
            let host = headers.get(header::HOST).and_then(|it| it.to_str().ok()).unwrap_or("");
            let link = format!("<http://{host}{}?after={last}>; rel=\"next\"", uri.path());
            if let Ok(link) = link.parse() {
                reply.headers_mut().insert(header::LINK, link);
            }
        }
        reply
    }))
}

async fn revoke_grants(State(shared): State<Shared>, Path(name): Path<String>) -> Response {
    let (now, org) = (shared.clock.now(), &mut *shared.lock());
    let revoked = org.find(&name).map(|user| {
        let had = user.clients.values().any(|(grant, _)| *grant);
        user.clients.values_mut().for_each(|(grant, _)| *grant = false);
        (user.id.clone(), had)
    });
    answered(revoked.map(|(id, had)| {
        if had {
            org.note("app.oauth2.consent.revoke.user", &id, now);
        }
        StatusCode::NO_CONTENT.into_response()
    }))
}

async fn revoke_tokens(
    State(shared): State<Shared>,
    Path((name, client)): Path<(String, String)>,
) -> Response {
    let (now, org) = (shared.clock.now(), &mut *shared.lock());
    let revoked = org.find(&name).and_then(|user| {
        let id = user.id.clone();
        let (_, tokens) = user.clients.get_mut(&client).ok_or(NOT_FOUND)?;
        Ok((id, std::mem::take(tokens)))
    });
    answered(revoked.map(|(id, had)| {
        if had {
            org.note("app.oauth2.token.revoke", &id, now);
        }
        StatusCode::NO_CONTENT.into_response()
    }))
}

/// Understands the one filter that a look for an act needs.
async fn logs(State(shared): State<Shared>, Query(arguments): Arguments) -> Response {
    let since = arguments.get("since").and_then(|text| text.parse::<Timestamp>().ok());
    let quoted: Vec<&str> =
        arguments.get("filter").map(|text| text.split('"').collect()).unwrap_or_default();
    let (Some(since), [left, kind, middle, target, ""]) = (since, &quoted[..]) else {
        return fail(StatusCode::BAD_REQUEST, "E0000031");
    };
    if (*left, *middle) != ("eventType eq ", " and target.id eq ") {
        return fail(StatusCode::BAD_REQUEST, "E0000031");
    }
    let org = shared.lock();
    let found = org.log.iter().filter(|event| {
        let at = event["published"].as_str().and_then(|text| text.parse::<Timestamp>().ok());
        at.is_some_and(|at| at >= since)
            && event["eventType"] == **kind
            && event["target"][0]["id"] == **target
    });
    Json(found.cloned().collect::<Value>()).into_response()
}
