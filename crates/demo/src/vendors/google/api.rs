//! The calls, as strict as they are documented.

use std::collections::BTreeMap;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::{delete, get, post},
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{ACCESS_TOKEN, Domain, GoogleUser, Shared, grant};

const USER: &str = "/admin/directory/v1/users/{user}";

pub(super) fn routes(shared: Shared) -> Router {
    Router::new()
        .route(USER, get(user).patch(update))
        .route(&format!("{USER}/signOut"), post(sign_out))
        .route(&format!("{USER}/tokens"), get(tokens))
        .route(&format!("{USER}/tokens/{{client}}"), delete(revoke))
        .route(&format!("{USER}/asps"), get(app_passwords))
        .route("/admin/reports/v1/activity/users/all/applications/admin", get(reports))
        .layer(middleware::from_fn(authorised))
        .route("/token", post(grant::token))
        .with_state(shared)
}

fn fail(status: StatusCode, reason: &str) -> Response {
    let body = json!({ "error": {
        "code": status.as_u16(), "message": "made up",
        "errors": [{ "domain": "global", "reason": reason, "message": "made up" }],
    } });
    (status, Json(body)).into_response()
}

fn not_found() -> Response {
    fail(StatusCode::NOT_FOUND, "notFound")
}

async fn authorised(headers: HeaderMap, request: axum::extract::Request, next: Next) -> Response {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let is_ours = given.is_some_and(|given| given == format!("Bearer {ACCESS_TOKEN}"));
    if is_ours { next.run(request).await } else { fail(StatusCode::UNAUTHORIZED, "authError") }
}

impl Domain {
    /// By id or address.
    fn find(&mut self, name: &str) -> Option<&mut GoogleUser> {
        self.users.values_mut().find(|user| user.id == name || user.email == name)
    }
}

async fn user(State(shared): State<Shared>, Path(name): Path<String>) -> Response {
    let domain = &mut *shared.lock();
    let Some(user) = domain.find(&name) else { return not_found() };
    let mut shown = json!({
        "kind": "admin#directory#user", "id": user.id, "primaryEmail": user.email,
        "isAdmin": user.is_admin, "isDelegatedAdmin": false,
        "suspended": user.suspended.is_some(), "archived": false,
    });
    if let Some(reason) = &user.suspended {
        shown["suspensionReason"] = json!(reason);
    }
    Json(shown).into_response()
}

async fn update(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    Json(change): Json<Map<String, Value>>,
) -> Response {
    let domain = &mut *shared.lock();
    let wanted = change.get("suspended").and_then(Value::as_bool);
    let (Some(is_suspended), 1) = (wanted, change.len()) else {
        return fail(StatusCode::BAD_REQUEST, "invalid");
    };
    let Some(user) = domain.find(&name) else { return not_found() };
    user.suspended = is_suspended.then(|| "ADMIN".to_owned());
    domain.effects += 1;
    Json(json!({ "suspended": is_suspended })).into_response()
}

async fn sign_out(State(shared): State<Shared>, Path(name): Path<String>, body: Bytes) -> Response {
    let (now, domain) = (shared.clock.now(), &mut *shared.lock());
    if !body.is_empty() {
        return fail(StatusCode::BAD_REQUEST, "invalid");
    }
    let Some(user) = domain.find(&name) else { return not_found() };
    user.sessions = 0;
    let report = json!({
        "id": { "time": now.to_string(), "applicationName": "admin" },
        "events": [{ "type": "USER_SETTINGS", "name": "RESET_SIGNIN_COOKIES", "parameters": [
            { "name": "USER_EMAIL", "value": user.email },
        ] }],
    });
    domain.effects += 1;
    if domain.are_reports_late {
        domain.late.push(report)
    } else {
        domain.reports.push(report)
    }
    StatusCode::NO_CONTENT.into_response()
}

async fn tokens(State(shared): State<Shared>, Path(name): Path<String>) -> Response {
    let domain = &mut *shared.lock();
    let Some(user) = domain.find(&name) else { return not_found() };
    let items = user.apps.iter().map(|app| {
        json!({
            "clientId": app, "displayText": "An app", "scopes": ["https://mail.google.com/"],
            "anonymous": false, "nativeApp": false, "userKey": user.id,
        })
    });
    Json(json!({ "items": items.collect::<Value>() })).into_response()
}

async fn revoke(
    State(shared): State<Shared>,
    Path((name, client)): Path<(String, String)>,
) -> Response {
    let domain = &mut *shared.lock();
    let Some(user) = domain.find(&name) else { return not_found() };
    if !user.apps.remove(&client) {
        return not_found();
    }
    domain.effects += 1;
    StatusCode::NO_CONTENT.into_response()
}

async fn app_passwords(State(shared): State<Shared>, Path(name): Path<String>) -> Response {
    let domain = &mut *shared.lock();
    let Some(user) = domain.find(&name) else { return not_found() };
    let items = user.app_passwords.iter().enumerate();
    let items = items.map(|(number, name)| json!({ "codeId": number, "name": name }));
    Json(json!({ "items": items.collect::<Value>() })).into_response()
}

async fn reports(
    State(shared): State<Shared>,
    Query(arguments): Query<BTreeMap<String, String>>,
) -> Response {
    let domain = shared.lock();
    if domain.are_reports_forbidden {
        return fail(StatusCode::FORBIDDEN, "insufficientPermissions");
    }
    let argument = |name: &str| arguments.get(name).map(String::as_str).unwrap_or_default();
    let since = argument("startTime").parse::<Timestamp>();
    let email = argument("filters").strip_prefix("USER_EMAIL==");
    let (Ok(since), Some(email)) = (since, email) else {
        return fail(StatusCode::BAD_REQUEST, "invalid");
    };
    let found = domain.reports.iter().filter(|report| {
        let at = report["id"]["time"].as_str().and_then(|at| at.parse::<Timestamp>().ok());
        let event = &report["events"][0];
        at.is_some_and(|at| at >= since)
            && event["name"] == *argument("eventName")
            && event["parameters"][0]["value"] == *email
    });
    // Without anything found there is no `items`, as the real one has it.
    let found: Vec<Value> = found.cloned().collect();
    let mut reply = json!({ "kind": "admin#reports#activities" });
    if !found.is_empty() {
        reply["items"] = json!(found);
    }
    Json(reply).into_response()
}
