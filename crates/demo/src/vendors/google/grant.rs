//! The token endpoint: RFC 7523 with a signature that is really checked.

use std::collections::BTreeMap;

use axum::{
    Form, Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde::Deserialize;
use serde_json::json;

use super::{super::keys, ACCESS_TOKEN, ADMIN, Shared};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const SCOPES: [&str; 3] = [
    "https://www.googleapis.com/auth/admin.directory.user",
    "https://www.googleapis.com/auth/admin.directory.user.security",
    "https://www.googleapis.com/auth/admin.reports.audit.readonly",
];
/// How long an assertion may be good, in seconds.
const LIFE_MAX_SECONDS: i64 = 3_600;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    sub: String,
    scope: String,
    aud: String,
    iat: i64,
    exp: i64,
}

pub(super) async fn token(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Form(form): Form<BTreeMap<String, String>>,
) -> Response {
    let is_scope = |text: &str| text == SCOPES.join(" ");
    let is_good = is_good(&form, &headers, shared.clock.now(), is_scope);
    if !is_good {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" })))
            .into_response();
    }
    Json(json!({ "access_token": ACCESS_TOKEN, "expires_in": 3599, "token_type": "Bearer" }))
        .into_response()
}

/// Whether a request is one that this domain gives a token for.
pub(in crate::vendors) fn is_good(
    form: &BTreeMap<String, String>,
    headers: &HeaderMap,
    now: Timestamp,
    is_scope: impl Fn(&str) -> bool,
) -> bool {
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let audience = format!("http://{host}/token");
    let assertion = form.get("assertion").map(String::as_str).unwrap_or_default();
    form.len() == 2
        && form.get("grant_type").is_some_and(|grant| grant == GRANT)
        && claims(assertion).is_some_and(|claims| {
            is_scope(&claims.scope) && is_accepted(&claims, &audience, now.as_second())
        })
}

fn claims(assertion: &str) -> Option<Claims> {
    let (signed, signature) = assertion.rsplit_once('.')?;
    let (head, body) = signed.split_once('.')?;
    let head: BTreeMap<String, String> =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(head).ok()?).ok()?;
    if head.get("alg").map(String::as_str) != Some("RS256") {
        return None;
    }
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &keys::SERVICE_ACCOUNT.public_der)
        .verify(signed.as_bytes(), &signature)
        .ok()?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()
}

fn is_accepted(claims: &Claims, audience: &str, now: i64) -> bool {
    claims.iss == "countersign@made-up.example"
        && claims.sub == ADMIN
        && claims.aud == audience
        && (claims.iat..claims.exp).contains(&now)
        && claims.exp - claims.iat <= LIFE_MAX_SECONDS
}
