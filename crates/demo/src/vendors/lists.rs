//! A host of lists of addresses, which answers conditional requests.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};

use super::{Faults, RequestLog, server::Server};

/// A running host with one list. Dropping it closes the server.
#[derive(Debug)]
pub struct ListHost {
    server: Server,
    list: List,
}

type List = Arc<Mutex<(u64, String)>>;

impl ListHost {
    /// Starts it on a free port with this list.
    pub async fn start(text: &str) -> io::Result<Self> {
        let list: List = Arc::new(Mutex::new((1, text.to_owned())));
        let routes = Router::new().route("/list", get(answer)).with_state(Arc::clone(&list));
        Ok(Self { server: Server::start(routes, 0).await?, list })
    }

    /// The address of the list.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}/list", self.server.origin())
    }

    /// Puts another list in its place.
    pub fn set(&self, text: &str) {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        *list = (list.0 + 1, text.to_owned());
    }

    /// What goes wrong on purpose. The only call is `list`.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.server.faults
    }

    /// The calls that came.
    #[must_use]
    pub fn requests(&self) -> &RequestLog {
        &self.server.log
    }
}

async fn answer(State(list): State<List>, headers: HeaderMap) -> Response {
    let (version, text) = list.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let tag = format!("\"{version}\"");
    if headers.get(header::IF_NONE_MATCH).is_some_and(|given| given == tag.as_str()) {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    let modified = "Thu, 19 Nov 2026 22:00:00 GMT".to_owned();
    ([(header::ETAG, tag), (header::LAST_MODIFIED, modified)], text).into_response()
}
