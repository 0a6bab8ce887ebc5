//! The calls, as strict as they are documented.

use std::collections::BTreeMap;

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::{delete, get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ORG, OWN_LOGIN, Shared, TOKEN};

/// How many credentials are on a page, so that a test's listing has three.
const PAGE_CREDENTIALS: usize = 2;
const LEAKED_MAX: usize = 1_000;

pub(super) fn routes(shared: Shared) -> Router {
    let path = "/orgs/{org}/credential-authorizations";
    Router::new()
        .route("/user", get(user))
        .route(path, get(list))
        .route(&format!("{path}/{{id}}"), delete(revoke))
        .layer(middleware::from_fn(authorised))
        .route("/credentials/revoke", post(revoke_leaked))
        .with_state(shared)
}

fn fail(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "message": message, "documentation_url": "made up" }))).into_response()
}

async fn authorised(headers: HeaderMap, request: axum::extract::Request, next: Next) -> Response {
    let one = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if one(header::USER_AGENT).is_none() {
        return fail(StatusCode::FORBIDDEN, "Request forbidden by administrative rules");
    }
    let is_ours = one(header::AUTHORIZATION) == Some(&format!("Bearer {TOKEN}"));
    if is_ours {
        next.run(request).await
    } else {
        fail(StatusCode::UNAUTHORIZED, "Bad credentials")
    }
}

async fn user() -> Json<Value> {
    Json(json!({ "login": OWN_LOGIN, "id": 1 }))
}

async fn list(
    State(shared): State<Shared>,
    Path(org): Path<String>,
    headers: HeaderMap,
    Query(arguments): Query<BTreeMap<String, String>>,
) -> Response {
    if org != ORG {
        return fail(StatusCode::NOT_FOUND, "Not Found");
    }
    let page: usize = arguments.get("page").and_then(|page| page.parse().ok()).unwrap_or(1);
    let login = arguments.get("login").map(String::as_str).unwrap_or_default();
    let hub = shared.lock();
    let all: Vec<_> =
        hub.credentials.values().filter(|it| login.is_empty() || it.login == login).collect();
    let from = PAGE_CREDENTIALS * page.saturating_sub(1);
    let shown = all.iter().skip(from).take(PAGE_CREDENTIALS).map(|credential| {
        json!({
            "login": credential.login, "credential_id": credential.id,
            "credential_type": "personal access token",
            "token_last_eight": credential.last_eight, "scopes": ["repo"],
        })
    });
    let mut reply = Json(shown.collect::<Value>()).into_response();
    if all.len() > from + PAGE_CREDENTIALS {
        let host = headers.get(header::HOST).and_then(|it| it.to_str().ok()).unwrap_or_default();
        let base = format!("http://{host}/orgs/{org}/credential-authorizations");
        let next = page + 1;
        let link = format!(
            "<{base}?login={login}&page={next}>; rel=\"next\", <{base}?page=9>; rel=\"last\""
        );
        if let Ok(link) = link.parse() {
            reply.headers_mut().insert(header::LINK, link);
        }
    }
    reply
}

async fn revoke(State(shared): State<Shared>, Path((org, id)): Path<(String, u64)>) -> Response {
    let hub = &mut *shared.lock();
    if org != ORG || hub.credentials.remove(&id).is_none() {
        return fail(StatusCode::NOT_FOUND, "Not Found");
    }
    hub.effects += 1;
    StatusCode::NO_CONTENT.into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Leaked {
    credentials: Vec<String>,
}

/// For anybody, and for nobody who says who they are.
async fn revoke_leaked(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Json(leaked): Json<Leaked>,
) -> Response {
    if headers.contains_key(header::AUTHORIZATION) {
        return fail(StatusCode::FORBIDDEN, "This endpoint is for unauthenticated requests");
    }
    let is_known = |token: &String| {
        ["ghp_", "github_pat_", "gho_", "ghu_", "ghr_"].iter().any(|kind| token.starts_with(kind))
    };
    let is_good = (1..=LEAKED_MAX).contains(&leaked.credentials.len())
        && leaked.credentials.iter().all(is_known);
    if !is_good {
        return fail(StatusCode::UNPROCESSABLE_ENTITY, "Validation failed");
    }
    let hub = &mut *shared.lock();
    for token in &leaked.credentials {
        if hub.live.remove(token) {
            hub.effects += 1;
        }
    }
    (StatusCode::ACCEPTED, Json(json!({}))).into_response()
}
