//! Receivers that count and answer, and cost as little as they can: what is measured is the sender.

use std::{
    collections::HashMap,
    net::Ipv4Addr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::IntoResponse,
    routing::{delete, get, post},
};
use bytes::Bytes;
use tokio::{net::TcpListener, task::JoinHandle};

/// A receiver on a loopback port.
pub(super) struct Sink {
    pub(super) url: String,
    counts: Arc<Counts>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Counts {
    received: AtomicU64,
    /// When the first message to each account came.
    first: Mutex<HashMap<String, Instant>>,
    doubled: AtomicU64,
    is_timed: bool,
}

impl Sink {
    /// A chat that takes everything at once, in the form of Slack's.
    pub(super) async fn chat() -> anyhow::Result<Self> {
        Self::start(|counts| {
            Router::new()
                .route("/api/chat.postMessage", post(posted))
                .route("/api/{method}", post(other))
                .with_state(counts)
        })
        .await
    }

    /// A pager that takes everything at once, in the form of PagerDuty's.
    pub(super) async fn pager() -> anyhow::Result<Self> {
        Self::start(|counts| Router::new().route("/v2/enqueue", post(paged)).with_state(counts))
            .await
    }

    /// A webhook's receiver for Alertmanager, which counts alerts.
    pub(super) async fn webhook() -> anyhow::Result<Self> {
        Self::start(|counts| Router::new().route("/", post(hooked)).with_state(counts)).await
    }

    /// What is known about anything, in one short answer; it counts how often it was asked.
    pub(super) async fn known() -> anyhow::Result<Self> {
        let routes = |counts| Router::new().route("/{about}/{name}", get(known)).with_state(counts);
        Self::start(routes).await
    }

    /// An identity provider in the form of Okta's, at which everybody has an account; it counts
    /// whose sessions were ended, by e-mail address.
    pub(super) async fn identities() -> anyhow::Result<Self> {
        Self::start(|counts| {
            Router::new()
                .route("/api/v1/users/{user}", get(account))
                .route("/api/v1/users/{user}/sessions", delete(ended))
                .route("/api/v1/logs", get(logged))
                .with_state(counts)
        })
        .await
    }

    async fn start(routes: impl Fn(Arc<Counts>) -> Router) -> anyhow::Result<Self> {
        let counts = Arc::new(Counts { is_timed: true, ..Counts::default() });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let router = routes(Arc::clone(&counts));
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { url, counts, task })
    }

    pub(super) fn received(&self) -> u64 {
        self.counts.received.load(Ordering::Relaxed)
    }

    pub(super) fn doubled(&self) -> u64 {
        self.counts.doubled.load(Ordering::Relaxed)
    }

    /// When the first message to an account came.
    pub(super) fn first(&self, account: &str) -> Option<Instant> {
        self.counts.first.lock().unwrap_or_else(PoisonError::into_inner).get(account).copied()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Counts {
    /// Counts a message; returns how many came before it.
    fn came(&self, key: &str) -> u64 {
        let before = self.received.fetch_add(1, Ordering::Relaxed);
        if !self.is_timed {
            return before;
        }
        let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        if first.insert(key.to_owned(), Instant::now()).is_some() {
            self.doubled.fetch_add(1, Ordering::Relaxed);
        }
        before
    }
}

async fn posted(State(counts): State<Arc<Counts>>, body: Bytes) -> impl IntoResponse {
    let account = text_after(&body, b"\"channel\":\"").unwrap_or_default();
    // As Slack's, the number of a message rises with time.
    let number = counts.came(&account);
    let (second, rest) = (1_795_000_000 + number / 1_000, number % 1_000 * 1_000);
    let ts = format!("{second}.{rest:06}");
    let reply = format!("{{\"ok\":true,\"channel\":\"D{account}\",\"ts\":\"{ts}\"}}");
    ([(header::CONTENT_TYPE, "application/json")], reply)
}

async fn other(_: State<Arc<Counts>>) -> impl IntoResponse {
    let reply = serde_json::json!({ "ok": true, "channel": "D1", "ts": "1.1", "user": {} });
    Json(reply)
}

async fn paged(State(counts): State<Arc<Counts>>, body: Bytes) -> impl IntoResponse {
    let key = text_after(&body, b"\"dedup_key\":\"").unwrap_or_default();
    counts.came(&key);
    let reply = serde_json::json!({ "status": "success", "dedup_key": key });
    (StatusCode::ACCEPTED, Json(reply))
}

async fn known(counts: State<Arc<Counts>>) -> impl IntoResponse {
    counts.received.fetch_add(1, Ordering::Relaxed);
    Json(serde_json::json!({ "score": 12.5, "listed": false }))
}

async fn account(Path(user): Path<String>) -> impl IntoResponse {
    let profile = serde_json::json!({ "login": user, "email": user });
    Json(serde_json::json!({ "id": user, "status": "ACTIVE", "profile": profile }))
}

async fn ended(counts: State<Arc<Counts>>, Path(user): Path<String>) -> StatusCode {
    counts.came(&user);
    StatusCode::NO_CONTENT
}

/// Has the end of somebody's sessions once it was asked for.
async fn logged(
    counts: State<Arc<Counts>>,
    Query(asked): Query<HashMap<String, String>>,
) -> impl IntoResponse {
    let whose = asked.get("filter").and_then(|filter| filter.split('"').nth(3));
    let first = counts.first.lock().unwrap_or_else(PoisonError::into_inner);
    let is_ended = whose.is_some_and(|user| first.contains_key(user));
    let events = is_ended.then(|| serde_json::json!({ "eventType": "user.session.clear" }));
    Json(events.into_iter().collect::<Vec<_>>())
}

async fn hooked(State(counts): State<Arc<Counts>>, body: Bytes) -> impl IntoResponse {
    let alerts = body.windows(14).filter(|window| window == b"\"fingerprint\":").count();
    counts.received.fetch_add(alerts as u64, Ordering::Relaxed);
}

/// The text value after a marker, up to the next quotation mark.
fn text_after(body: &[u8], marker: &[u8]) -> Option<String> {
    let start = body.windows(marker.len()).position(|window| window == marker)? + marker.len();
    let length = body[start..].iter().position(|byte| *byte == b'"')?;
    String::from_utf8(body[start..start + length].to_vec()).ok()
}
