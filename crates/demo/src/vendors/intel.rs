//! A stand-in for a service that knows addresses: how bad one is, by its own account.

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
    routing::get,
};
use serde_json::{Value, json};

use super::{Faults, RequestLog, server::Server};

/// The key that is accepted. Made up.
pub const KEY: &str = "made-up-intel-key";

/// A running service. Dropping it closes the server.
#[derive(Debug)]
pub struct IntelWorld {
    server: Server,
    known: Known,
}

type Known = Arc<Mutex<BTreeMap<String, Value>>>;

impl IntelWorld {
    /// Starts it on a free port, without knowing anything.
    pub async fn start() -> io::Result<Self> {
        let known = Known::default();
        let routes = Router::new()
            .route("/v3/ip/{ip}", get(by_path))
            .route("/api/v2/check", get(by_query))
            .with_state(Arc::clone(&known));
        Ok(Self { server: Server::start(routes, 0).await?, known })
    }

    /// `http://localhost:PORT`: by name, so that the name has to be looked up.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.server.origin().replace("127.0.0.1", "localhost")
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

    /// This is known of an address.
    pub fn know(&self, ip: &str, what: Value) {
        lock(&self.known).insert(ip.to_owned(), what);
    }
}

fn lock(known: &Mutex<BTreeMap<String, Value>>) -> MutexGuard<'_, BTreeMap<String, Value>> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn by_path(
    State(known): State<Known>,
    headers: HeaderMap,
    Path(ip): Path<String>,
) -> Response {
    answer(&known, &headers, &ip)
}

async fn by_query(
    State(known): State<Known>,
    headers: HeaderMap,
    Query(arguments): Query<BTreeMap<String, String>>,
) -> Response {
    answer(&known, &headers, arguments.get("ipAddress").map(String::as_str).unwrap_or_default())
}

fn answer(known: &Known, headers: &HeaderMap, ip: &str) -> Response {
    if headers.get("key").is_none_or(|key| key != KEY) {
        return (StatusCode::UNAUTHORIZED, Json(json!({ "errors": ["no key"] }))).into_response();
    }
    match lock(known).get(ip) {
        Some(what) => Json(what.clone()).into_response(),
        None => (StatusCode::NOT_FOUND, Json(json!({ "message": "not seen" }))).into_response(),
    }
}
