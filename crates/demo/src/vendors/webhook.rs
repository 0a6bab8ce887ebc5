//! A receiver of signed webhooks that checks every signature and keeps what was delivered.

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    routing::post,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use ports::Clock;
use serde_json::Value;
use sha2::Sha256;

use super::{Faults, RequestLog, server::Server};

/// How far a timestamp may be off, in seconds.
const TOLERANCE_SECONDS: u64 = 300;
/// How many deliveries are kept.
const DELIVERIES_MAX: usize = 10_000;

/// A running receiver. Dropping it closes the server.
#[derive(Debug)]
pub struct WebhookSink {
    server: Server,
    shared: Shared,
}

#[derive(Clone)]
struct Shared {
    secret: String,
    clock: Arc<dyn Clock>,
    kept: Arc<Mutex<Kept>>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared[secret]")
    }
}

#[derive(Debug, Default)]
struct Kept {
    deliveries: Vec<Delivery>,
    by_id: BTreeMap<String, usize>,
    refused: u64,
}

/// Something delivered.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Its id, the same over retries.
    pub id: String,
    /// The body of its first try.
    pub body: Value,
    /// How often it came.
    pub tries: u32,
    /// Whether each try had the same body.
    pub is_stable: bool,
}

impl WebhookSink {
    /// Starts it on a free port. The secret is `whsec_` and base64.
    pub async fn start(secret: &str, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let shared = Shared { secret: secret.to_owned(), clock, kept: Arc::default() };
        let routes = Router::new().route("/hook", post(take)).with_state(shared.clone());
        Ok(Self { server: Server::start(routes, 0).await?, shared })
    }

    /// The address to deliver to.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}/hook", self.server.origin())
    }

    /// What goes wrong on purpose. The only call is `hook`.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.server.faults
    }

    /// The calls that came.
    #[must_use]
    pub fn requests(&self) -> &RequestLog {
        &self.server.log
    }

    /// What was delivered, oldest first, each once.
    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.shared.lock().deliveries.clone()
    }

    /// How many calls were refused for their signature, time or form.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.shared.lock().refused
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn take(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let kept = read(&shared, &headers, &body);
    let known = &mut *shared.lock();
    let Some((id, body)) = kept else {
        known.refused += 1;
        return StatusCode::UNAUTHORIZED;
    };
    let earlier = known.by_id.get(&id).and_then(|&index| known.deliveries.get_mut(index));
    if let Some(earlier) = earlier {
        earlier.tries += 1;
        earlier.is_stable &= earlier.body == body;
    } else if known.deliveries.len() < DELIVERIES_MAX {
        known.by_id.insert(id.clone(), known.deliveries.len());
        known.deliveries.push(Delivery { id, body, tries: 1, is_stable: true });
    }
    StatusCode::NO_CONTENT
}

fn read(shared: &Shared, headers: &HeaderMap, body: &[u8]) -> Option<(String, Value)> {
    let is_json = one(headers, header::CONTENT_TYPE.as_str())? == "application/json";
    let id = authentic(&shared.secret, shared.clock.now().as_second(), headers, body)?;
    is_json.then_some(())?;
    Some((id, serde_json::from_slice(body).ok()?))
}

/// The id of a message that is signed with a secret, not too long ago.
pub(super) fn authentic(
    secret: &str,
    now: i64,
    headers: &HeaderMap,
    body: &[u8],
) -> Option<String> {
    let (id, timestamp) = (one(headers, "webhook-id")?, one(headers, "webhook-timestamp")?);
    let signed_at: i64 = timestamp.parse().ok()?;
    let key = STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    let is_signed = one(headers, "webhook-signature")?.split(' ').any(|each| each == expected);
    let is_fresh = signed_at.abs_diff(now) <= TOLERANCE_SECONDS;
    (is_signed && is_fresh).then(|| id.to_owned())
}

fn one<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}
