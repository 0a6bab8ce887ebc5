//! The calls, as strict as they are documented.

use std::collections::BTreeMap;

use axum::{
    Form, Json, Router,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET, EntraUser, Shared, TENANT, Tenant};

/// The template of the role of global administrators, the same everywhere.
const GLOBAL_ADMIN: &str = "62e90394-69f5-4237-9190-012177145e10";

type Fields = BTreeMap<String, String>;

pub(super) fn routes(shared: Shared) -> Router {
    Router::new()
        .route("/v1.0/users/{user}", get(user).patch(update))
        .route("/v1.0/users/{user}/revokeSignInSessions", post(revoke))
        .route("/v1.0/users/{user}/transitiveMemberOf/microsoft.graph.directoryRole", get(roles))
        .route("/v1.0/auditLogs/directoryAudits", get(audits))
        .layer(middleware::from_fn(authorised))
        .route("/{tenant}/oauth2/v2.0/token", post(token))
        .with_state(shared)
}

fn fail(status: StatusCode, code: &str) -> Response {
    let body = json!({ "error": {
        "code": code, "message": "made up", "innerError": { "request-id": "r", "date": "d" },
    } });
    (status, Json(body)).into_response()
}

async fn authorised(headers: HeaderMap, request: axum::extract::Request, next: Next) -> Response {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let is_ours = given.is_some_and(|given| given == format!("Bearer {ACCESS_TOKEN}"));
    if is_ours {
        next.run(request).await
    } else {
        fail(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken")
    }
}

async fn token(
    headers: HeaderMap,
    Path(tenant): Path<String>,
    Form(form): Form<Fields>,
) -> Response {
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let scope = format!("http://{host}/.default");
    let expected = [
        ("grant_type", "client_credentials"),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
        ("scope", scope.as_str()),
    ];
    let is_good = tenant == TENANT
        && form.len() == expected.len()
        && expected.iter().all(|(key, value)| form.get(*key).is_some_and(|it| it == value));
    if !is_good {
        return (StatusCode::UNAUTHORIZED, Json(json!({ "error": "invalid_client" })))
            .into_response();
    }
    Json(json!({ "token_type": "Bearer", "expires_in": 3599, "access_token": ACCESS_TOKEN }))
        .into_response()
}

impl Tenant {
    /// By id or principal name.
    fn find(&mut self, name: &str) -> Option<&mut EntraUser> {
        self.users.values_mut().find(|user| user.id == name || user.name == name)
    }

    pub(super) fn audit(&mut self, activity: &str, target: &str, app: &str, at: Timestamp) {
        self.audits.push(json!({
            "activityDisplayName": activity, "activityDateTime": at.to_string(),
            "initiatedBy": { "app": { "appId": app } },
            "targetResources": [{ "id": target }],
        }));
    }
}

fn not_found() -> Response {
    fail(StatusCode::NOT_FOUND, "Request_ResourceNotFound")
}

async fn user(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    Query(arguments): Query<Fields>,
) -> Response {
    let tenant = &mut *shared.lock();
    let Some(user) = tenant.find(&name) else { return not_found() };
    let all = json!({
        "id": user.id, "userPrincipalName": user.name, "mail": user.name,
        "accountEnabled": user.is_enabled,
        "userType": if user.is_guest { "Guest" } else { "Member" },
        "onPremisesSyncEnabled": user.is_synced.then_some(true),
        "signInSessionsValidFromDateTime": user.valid_from.to_string(),
    });
    // Without a selection there would be the usual fields only, of which few serve here.
    let wanted = arguments.get("$select").map(String::as_str).unwrap_or("id");
    let shown: Option<Map<String, Value>> =
        wanted.split(',').map(|field| Some((field.to_owned(), all.get(field)?.clone()))).collect();
    match shown {
        Some(shown) => Json(Value::Object(shown)).into_response(),
        None => fail(StatusCode::BAD_REQUEST, "Request_BadRequest"),
    }
}

async fn update(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    Json(change): Json<Map<String, Value>>,
) -> Response {
    let (now, tenant) = (shared.clock.now(), &mut *shared.lock());
    let wanted = change.get("accountEnabled").and_then(Value::as_bool);
    let (Some(is_enabled), 1) = (wanted, change.len()) else {
        return fail(StatusCode::BAD_REQUEST, "Request_BadRequest");
    };
    let Some(user) = tenant.find(&name) else { return not_found() };
    user.is_enabled = is_enabled;
    let id = user.id.clone();
    tenant.effects += 1;
    let activity = if is_enabled { "Enable account" } else { "Disable account" };
    tenant.audit(activity, &id, CLIENT_ID, now);
    StatusCode::NO_CONTENT.into_response()
}

async fn revoke(State(shared): State<Shared>, Path(name): Path<String>) -> Response {
    let (now, tenant) = (shared.clock.now(), &mut *shared.lock());
    let is_slow = tenant.is_slow;
    let Some(user) = tenant.find(&name) else { return not_found() };
    let id = user.id.clone();
    if !is_slow {
        user.valid_from = now;
    }
    if is_slow {
        tenant.pending.push((id, now));
    }
    tenant.effects += 1;
    Json(json!({ "@odata.context": "made up", "value": true })).into_response()
}

async fn roles(State(shared): State<Shared>, Path(name): Path<String>) -> Response {
    let tenant = &mut *shared.lock();
    let Some(user) = tenant.find(&name) else { return not_found() };
    let role = user.is_global_admin.then(|| json!({ "roleTemplateId": GLOBAL_ADMIN }));
    Json(json!({ "value": role.into_iter().collect::<Value>() })).into_response()
}

/// Understands the one filter that a look for another's act needs.
async fn audits(State(shared): State<Shared>, Query(arguments): Query<Fields>) -> Response {
    let tenant = shared.lock();
    if tenant.are_audits_forbidden {
        return fail(StatusCode::FORBIDDEN, "Authentication_MSGraphPermissionMissing");
    }
    let filter = arguments.get("$filter").map(String::as_str).unwrap_or_default();
    let parts: Vec<&str> = filter.split('\'').collect();
    let [left, activity, middle, target, ")"] = parts[..] else {
        return fail(StatusCode::BAD_REQUEST, "Request_BadRequest");
    };
    let since = middle
        .strip_prefix(" and activityDateTime ge ")
        .and_then(|rest| rest.strip_suffix(" and targetResources/any(t:t/id eq "))
        .and_then(|since| since.parse::<Timestamp>().ok());
    let (Some(since), "activityDisplayName eq ") = (since, left) else {
        return fail(StatusCode::BAD_REQUEST, "Request_BadRequest");
    };
    let found = tenant.audits.iter().filter(|audit| {
        let at = audit["activityDateTime"].as_str().and_then(|at| at.parse::<Timestamp>().ok());
        at.is_some_and(|at| at >= since)
            && audit["activityDisplayName"] == *activity
            && audit["targetResources"][0]["id"] == *target
    });
    Json(json!({ "value": found.cloned().collect::<Value>() })).into_response()
}
