//! The token endpoint: a code, once, for the client that asked for it.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use bytes::Bytes;
use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use super::{
    ClientAuth, Provider, Shared,
    authorize::random_text,
    form::{fields, wanted},
    id_token::TOKEN_LIFETIME,
};
use crate::vendors::log::Parameters;
use crate::vendors::percent::decoded;

const FORM: &str = "application/x-www-form-urlencoded";
const OF_THE_GRANT: [&str; 4] = ["grant_type", "code", "redirect_uri", "code_verifier"];
const OF_THE_CLIENT: [&str; 2] = ["client_id", "client_secret"];

/// An error of RFC 6749, section 5.2, and what is behind it.
struct Refusal(StatusCode, &'static str, String);

pub(super) async fn token(
    State(shared): State<Shared>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (now, provider) = (shared.clock.now(), &mut *shared.lock());
    let answer = read(&uri, &headers, &body).and_then(|form| {
        provider.authenticate(&headers, &form)?;
        provider.redeem(&form, now)
    });
    let mut response = answer.map(Json).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn read(uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Result<Parameters, Refusal> {
    if headers.get(header::CONTENT_TYPE).is_none_or(|kind| kind.as_bytes() != FORM.as_bytes()) {
        return Err(malformed(format!("the content is not {FORM}")));
    }
    if uri.query().is_some() {
        return Err(malformed("parameters are in the address"));
    }
    let body = std::str::from_utf8(body).map_err(|_| malformed("the form is no text"))?;
    fields(body, &[&OF_THE_GRANT[..], &OF_THE_CLIENT[..]].concat()).map_err(malformed)
}

impl Provider {
    fn authenticate(&self, headers: &HeaderMap, form: &Parameters) -> Result<(), Refusal> {
        let shown: Vec<&HeaderValue> = headers.get_all(header::AUTHORIZATION).iter().collect();
        let is_posted = OF_THE_CLIENT.iter().any(|name| form.get(name).is_some());
        let given = match (self.client_auth, &shown[..], is_posted) {
            (_, [], false) => return Err(stranger("the client does not show itself")),
            (_, [_], true) | (_, [_, _, ..], _) => {
                return Err(malformed("the client shows itself twice"));
            }
            (ClientAuth::Basic, [header], false) => basic(header),
            (ClientAuth::Post, [], true) => posted(form),
            (ClientAuth::Basic, [], true) | (ClientAuth::Post, [_], false) => {
                return Err(stranger("the client shows itself in a way that is not supported"));
            }
        };
        let (id, secret) = given.ok_or_else(|| stranger("the credentials cannot be read"))?;
        if id != self.client.client_id || secret != self.client.client_secret {
            return Err(stranger("the credentials are not the client's"));
        }
        Ok(())
    }

    /// A code is spent by the first try, right or not.
    fn redeem(&mut self, form: &Parameters, now: Timestamp) -> Result<Value, Refusal> {
        let wanted = |name| wanted(form, name).map_err(malformed);
        if wanted("grant_type")? != "authorization_code" {
            let why = "grant_type is not authorization_code".to_owned();
            return Err(Refusal(StatusCode::BAD_REQUEST, "unsupported_grant_type", why));
        }
        let (code, redirect_uri) = (wanted("code")?, wanted("redirect_uri")?);
        let verifier = wanted("code_verifier")?;
        if !is_verifier(verifier) {
            return Err(malformed("code_verifier is not 43 to 128 unreserved characters"));
        }
        let grant = self.grants.remove(code);
        let grant = grant.ok_or_else(|| void("the code was never given out, or is spent"))?;
        if grant.expires_at <= now {
            return Err(void("the code has expired"));
        }
        if grant.redirect_uri != redirect_uri {
            return Err(void("redirect_uri is not that of the request"));
        }
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
        if grant.challenge != challenge {
            return Err(void("code_verifier is not that of the challenge"));
        }
        let access_token = random_text();
        let id_token = self.id_token(&grant, &access_token, now);
        Ok(json!({
            "access_token": access_token, "token_type": "Bearer",
            "expires_in": TOKEN_LIFETIME.as_seconds(), "id_token": id_token,
        }))
    }
}

/// Id and secret, each form-encoded before they are joined: RFC 6749, section 2.3.1.
fn basic(header: &HeaderValue) -> Option<(String, String)> {
    let joined = header.to_str().ok()?.strip_prefix("Basic ")?;
    let joined = String::from_utf8(STANDARD.decode(joined).ok()?).ok()?;
    let (id, secret) = joined.split_once(':')?;
    // A colon of the secret would have been encoded.
    let secret = Some(secret).filter(|secret| !secret.contains(':'))?;
    Some((decoded(id)?, decoded(secret)?))
}

fn posted(form: &Parameters) -> Option<(String, String)> {
    Some((form.get("client_id")?.to_owned(), form.get("client_secret")?.to_owned()))
}

/// RFC 7636, section 4.1.
fn is_verifier(text: &str) -> bool {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    (43..=128).contains(&text.len()) && text.bytes().all(is_unreserved)
}

fn malformed(why: impl Into<String>) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, "invalid_request", why.into())
}

fn stranger(why: &str) -> Refusal {
    Refusal(StatusCode::UNAUTHORIZED, "invalid_client", why.to_owned())
}

fn void(why: &str) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, "invalid_grant", why.to_owned())
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(status, error, why) = self;
        let body = Json(json!({ "error": error, "error_description": why }));
        let mut response = (status, body).into_response();
        if status == StatusCode::UNAUTHORIZED {
            let basic = HeaderValue::from_static("Basic realm=\"made-up\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, basic);
        }
        response
    }
}
