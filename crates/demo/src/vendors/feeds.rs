//! A stand-in for servers of public feeds: it answers conditional requests as RFC 9110 has them,
//! and only whoever says who it is.

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};

use super::{Faults, server::Server};

/// A running server. Dropping it closes the port.
#[derive(Debug)]
pub struct FeedWorld {
    server: Server,
    shared: Shared,
}

#[derive(Debug, Clone, Default)]
struct Shared(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
struct Held {
    /// Each with how often it was changed.
    feeds: BTreeMap<String, (usize, String)>,
    changes: usize,
    bodies: usize,
}

impl FeedWorld {
    /// Starts it without any feed.
    pub async fn start() -> io::Result<Self> {
        let shared = Shared::default();
        let routes = Router::new().route("/{name}", get(show)).with_state(shared.clone());
        Ok(Self { server: Server::start(routes, 0).await?, shared })
    }

    /// The address of a feed.
    #[must_use]
    pub fn url(&self, name: &str) -> String {
        format!("{}/{name}", self.server.origin())
    }

    /// What goes wrong on purpose.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.server.faults
    }

    /// A feed is from now on as follows.
    pub fn put(&self, name: &str, body: &str) {
        let held = &mut *self.shared.lock();
        held.changes += 1;
        held.feeds.insert(name.to_owned(), (held.changes, body.to_owned()));
    }

    /// How often a whole feed was sent.
    #[must_use]
    pub fn sent_bodies(&self) -> usize {
        self.shared.lock().bodies
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn show(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    let said = |name: header::HeaderName| headers.get(name).and_then(|it| it.to_str().ok());
    if !said(header::USER_AGENT).is_some_and(|agent| agent.starts_with("countersign/")) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let held = &mut *shared.lock();
    let Some((change, body)) = held.feeds.get(&name).cloned() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let etag = format!("\"v{change}\"");
    let modified = format!("Fri, 20 Nov 2026 00:00:{:02} GMT", change % 60);
    if said(header::IF_NONE_MATCH) == Some(&etag) {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    held.bodies += 1;
    let validators = [(header::ETAG, etag), (header::LAST_MODIFIED, modified)];
    (validators, body).into_response()
}
