//! A stand-in for a receiver of shared signals: it takes Security Event Tokens by push (RFC 8935),
//! checks their signatures, and keeps the events. Written from the standards.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::post,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use p256::ecdsa::{Signature, VerifyingKey, signature::Verifier as _};
use serde_json::{Value, json};

use super::{Faults, RequestLog, server::Server};

/// Whom tokens must be for, and who must have made them.
pub const AUDIENCE: &str = "https://receiver.example.com/";
/// Who must have made them.
pub const ISSUER: &str = "https://countersign.example.com";
/// The token that a transmitter shows.
pub const TOKEN: &str = "made-up-ssf-token";
const EVENT: &str = "https://schemas.openid.net/secevent/caep/event-type/device-compliance-change";
const STATUSES: [&str; 2] = ["compliant", "not-compliant"];
const INITIATORS: [&str; 4] = ["admin", "user", "policy", "system"];

/// A running receiver. Dropping it closes the port.
#[derive(Debug)]
pub struct SsfWorld {
    server: Server,
    shared: Shared,
}

#[derive(Debug, Clone)]
struct Shared {
    keys: Value,
    is_subject_in_event: bool,
    kept: Arc<Mutex<Vec<Event>>>,
}

/// An event that was taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The token's id.
    pub jti: String,
    /// The claims.
    pub claims: Value,
    /// How often the same token came.
    pub tries: u64,
}

impl SsfWorld {
    /// Starts it with the transmitter's public keys; `is_subject_in_event` makes it an older
    /// receiver, that reads the subject inside of the event.
    pub async fn start(keys: Value, is_subject_in_event: bool) -> io::Result<Self> {
        let shared = Shared { keys, is_subject_in_event, kept: Arc::default() };
        let routes = Router::new().route("/events", post(take)).with_state(shared.clone());
        Ok(Self { server: Server::start(routes, 0).await?, shared })
    }

    /// The address for the connector's `url`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}/events", self.server.origin())
    }

    /// What goes wrong on purpose.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.server.faults
    }

    /// The calls that came.
    #[must_use]
    pub fn requests(&self) -> &RequestLog {
        &self.server.log
    }

    /// What was taken, oldest first, each once.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.shared.lock().clone()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Vec<Event>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refused(err: &str) -> Response {
    let body = json!({ "err": err, "description": "refused by the stand-in" });
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}

async fn take(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let is = |name: header::HeaderName, value: &str| {
        headers.get(name).is_some_and(|it| it.as_bytes() == value.as_bytes())
    };
    if !is(header::AUTHORIZATION, &format!("Bearer {TOKEN}")) {
        return refused("authentication_failed");
    }
    if !is(header::CONTENT_TYPE, "application/secevent+jwt") {
        return refused("invalid_request");
    }
    let text = std::str::from_utf8(&body).unwrap_or_default();
    let claims = match claims(text, &shared.keys) {
        Ok(claims) => claims,
        Err(err) => return refused(err),
    };
    if claims["iss"] != ISSUER {
        return refused("invalid_issuer");
    }
    if claims["aud"] != AUDIENCE {
        return refused("invalid_audience");
    }
    let Some(jti) = claims["jti"].as_str().filter(|_| is_event(&claims, &shared)) else {
        return refused("invalid_request");
    };
    let kept = &mut *shared.lock();
    match kept.iter_mut().find(|event| event.jti == jti) {
        Some(event) if event.claims == claims => event.tries += 1,
        Some(_) => return refused("invalid_request"),
        None => kept.push(Event { jti: jti.to_owned(), claims, tries: 1 }),
    }
    StatusCode::ACCEPTED.into_response()
}

/// The claims of a token that one of these keys signed.
pub fn claims(token: &str, keys: &Value) -> Result<Value, &'static str> {
    let parts: Vec<&str> = token.split('.').collect();
    let [head, claims, signature] = parts[..] else { return Err("invalid_request") };
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| "invalid_request");
    let read = |text: &str| -> Result<Value, &'static str> {
        serde_json::from_slice(&decode(text)?).map_err(|_| "invalid_request")
    };
    let head_said = read(head)?;
    if head_said["typ"] != "secevent+jwt" || head_said["alg"] != "ES256" {
        return Err("invalid_request");
    }
    let listed = keys["keys"].as_array().ok_or("invalid_key")?;
    let key = listed.iter().find(|key| key["kid"] == head_said["kid"]).ok_or("invalid_key")?;
    let coordinate = |name: &str| decode(key[name].as_str().unwrap_or_default());
    let point = [vec![4], coordinate("x")?, coordinate("y")?].concat();
    let key = VerifyingKey::from_sec1_bytes(&point).map_err(|_| "invalid_key")?;
    let signature = Signature::from_slice(&decode(signature)?).map_err(|_| "invalid_key")?;
    let signed = format!("{head}.{claims}");
    key.verify(signed.as_bytes(), &signature).map_err(|_| "invalid_key")?;
    read(claims)
}

fn is_event(claims: &Value, shared: &Shared) -> bool {
    let event = &claims["events"][EVENT];
    let is_word = |field: &str, words: &[&str]| {
        event[field].as_str().is_some_and(|word| words.contains(&word))
    };
    let is_texts = |field: &str| {
        let texts = event[field].as_object();
        texts.is_some_and(|texts| !texts.is_empty() && texts.values().all(Value::is_string))
    };
    let subject = if shared.is_subject_in_event { &event["subject"] } else { &claims["sub_id"] };
    claims["iat"].is_i64()
        && claims["events"].as_object().is_some_and(|events| events.len() == 1)
        && is_word("current_status", &STATUSES)
        && is_word("previous_status", &STATUSES)
        && event["current_status"] != event["previous_status"]
        && is_word("initiating_entity", &INITIATORS)
        && event["event_timestamp"].is_i64()
        && is_texts("reason_admin")
        && is_texts("reason_user")
        && subject["format"] == "complex"
        && subject["device"]["id"].is_string()
}
