//! A stand-in for one member of an Alertmanager cluster: it takes alerts at `/api/v2/alerts`.

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use jiff::Timestamp;
use ports::Clock;
use serde::Deserialize;
use serde_json::json;

use super::server::{Server, stand_in};

/// The bearer token that is accepted. Made up.
pub const TOKEN: &str = "made-up-alertmanager-token";

/// A running member. Dropping it closes the server.
#[derive(Debug)]
pub struct AlertmanagerWorld {
    server: Server,
    shared: Shared,
}

#[derive(Clone)]
struct Shared {
    alerts: Arc<Mutex<Alerts>>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared[alertmanager]")
    }
}

/// By their labels, which are all that tells alerts apart.
type Alerts = BTreeMap<BTreeMap<String, String>, Alert>;

/// An alert as it was last posted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Alert {
    /// What tells it apart.
    pub labels: BTreeMap<String, String>,
    /// What is told of it.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
    /// Since when.
    #[serde(default)]
    pub starts_at: Option<Timestamp>,
    /// Until when; the default time-out otherwise.
    #[serde(default)]
    pub ends_at: Option<Timestamp>,
    /// Where it comes from.
    #[serde(default, rename = "generatorURL")]
    pub generator_url: Option<String>,
}

stand_in! {
    AlertmanagerWorld,
    "The address for the connector's `urls`.",
    "What goes wrong on purpose."
}

impl AlertmanagerWorld {
    /// Starts it on a free port.
    pub async fn start(clock: Arc<dyn Clock>) -> io::Result<Self> {
        let shared = Shared { alerts: Arc::default(), clock };
        let routes = Router::new()
            .route("/api/v2/status", get(status))
            .route("/api/v2/alerts", post(take))
            .with_state(shared.clone());
        Ok(Self { server: Server::start(routes, 0).await?, shared })
    }

    /// Every alert that was ever posted, by its labels.
    #[must_use]
    pub fn alerts(&self) -> Vec<Alert> {
        self.shared.lock().values().cloned().collect()
    }

    /// Those that fire now.
    #[must_use]
    pub fn firing(&self) -> Vec<Alert> {
        let now = self.shared.clock.now();
        let mut alerts = self.alerts();
        alerts.retain(|alert| alert.ends_at.is_none_or(|end| end > now));
        alerts
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Alerts> {
        self.alerts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_ours(headers: &HeaderMap) -> bool {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    given.is_some_and(|given| given == format!("Bearer {TOKEN}"))
}

async fn status(headers: HeaderMap) -> Response {
    match is_ours(&headers) {
        true => Json(json!({ "versionInfo": { "version": "0.25.0" } })).into_response(),
        false => StatusCode::UNAUTHORIZED.into_response(),
    }
}

async fn take(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Json(posted): Json<Vec<Alert>>,
) -> Response {
    if !is_ours(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let is_name = |name: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        !name.is_empty() && !name.as_bytes()[0].is_ascii_digit() && name.bytes().all(is_plain)
    };
    for alert in &posted {
        let ends = alert.starts_at.zip(alert.ends_at).is_none_or(|(start, end)| start <= end);
        let named = alert.labels.keys().chain(alert.annotations.keys()).all(|name| is_name(name));
        if alert.labels.is_empty() || !ends || !named {
            return (StatusCode::BAD_REQUEST, Json(json!("invalid alert"))).into_response();
        }
    }
    let alerts = &mut *shared.lock();
    for alert in posted {
        let is_over = alert.ends_at.is_some_and(|end| end <= shared.clock.now());
        // An end of what never was is taken and shows nowhere.
        if !is_over || alerts.contains_key(&alert.labels) {
            alerts.insert(alert.labels.clone(), alert);
        }
    }
    StatusCode::OK.into_response()
}
