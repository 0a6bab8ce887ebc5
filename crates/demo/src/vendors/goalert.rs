//! A stand-in for GoAlert's generic integration.

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Form, Json, Router,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::post,
};
use serde_json::json;

use super::server::{Server, stand_in};

/// The integration key that is accepted. Made up.
pub const TOKEN: &str = "11111111-2222-3333-4444-555555555555";
const DETAILS_MAX_BYTES: usize = 6 * 1024;

/// A running service. Dropping it closes the server.
#[derive(Debug)]
pub struct GoAlertWorld {
    server: Server,
    shared: Arc<Mutex<Alerts>>,
}

#[derive(Debug, Default)]
struct Alerts {
    open: BTreeMap<String, Alert>,
    opened: usize,
}

/// An alert that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Its summary.
    pub summary: String,
    /// Its details, as Markdown.
    pub details: String,
}

stand_in! {
    GoAlertWorld,
    "The address for the connector's `base_url`.",
    "What goes wrong on purpose. The only call is `incoming`."
}

impl GoAlertWorld {
    /// Starts it on a free port.
    pub async fn start() -> io::Result<Self> {
        let shared: Arc<Mutex<Alerts>> = Arc::default();
        let routes = Router::new()
            .route("/api/v2/generic/incoming", post(incoming))
            .with_state(Arc::clone(&shared));
        Ok(Self { server: Server::start(routes, 0).await?, shared })
    }

    /// The open alerts by their keys.
    #[must_use]
    pub fn open(&self) -> BTreeMap<String, Alert> {
        lock(&self.shared).open.clone()
    }

    /// How many were ever opened.
    #[must_use]
    pub fn opened(&self) -> usize {
        lock(&self.shared).opened
    }
}

fn lock(alerts: &Mutex<Alerts>) -> MutexGuard<'_, Alerts> {
    alerts.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn incoming(
    State(shared): State<Arc<Mutex<Alerts>>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    Form(form): Form<BTreeMap<String, String>>,
) -> Response {
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    // A token in an address ends in somebody's log.
    let is_hidden = query.is_none_or(|query| query.is_empty());
    if field("token") != TOKEN || !is_hidden {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let (summary, details, dedup) = (field("summary"), field("details"), field("dedup"));
    let is_known = form
        .keys()
        .all(|key| ["token", "summary", "details", "action", "dedup"].contains(&key.as_str()));
    if summary.trim().is_empty() || details.len() > DETAILS_MAX_BYTES || !is_known {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let alerts = &mut *lock(&shared);
    let is_new = match field("action") {
        "close" => {
            alerts.open.remove(dedup);
            false
        }
        "" => {
            let (summary, details) = (summary.to_owned(), details.to_owned());
            let is_new = !alerts.open.contains_key(dedup);
            alerts.opened += usize::from(is_new);
            alerts.open.entry(dedup.to_owned()).or_insert(Alert { summary, details });
            is_new
        }
        _ => return StatusCode::BAD_REQUEST.into_response(),
    };
    let wants_json = headers.get(header::ACCEPT).is_some_and(|value| value == "application/json");
    match wants_json {
        true => {
            Json(json!({ "AlertID": 10, "ServiceID": "made-up", "IsNew": is_new })).into_response()
        }
        false => StatusCode::NO_CONTENT.into_response(),
    }
}
