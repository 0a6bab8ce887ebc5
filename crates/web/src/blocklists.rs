//! Block lists out: `GET /v1/blocklists/{name}.txt`, one network a line, for firewalls to fetch.
//!
//! Each reader has a token of its own, and what it fetched last is noted: that is how an entry is
//! seen to be in force. Whoever has no token learns no names of lists.

use std::{collections::BTreeMap, fmt, sync::Arc};

use axum::{
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use data_encoding::HEXLOWER;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use ports::blocklist::{self, Blocklist as _};
use runtime::blocklists::StoredBlocklists;
use sha2::{Digest as _, Sha256};

use crate::{AppState, Needs, Problem, Routes, guard, problem::Kind};

/// How long a list may be kept, for firewalls that ask more often than that.
const CACHE: &str = "max-age=60";
/// The end of a list's address.
const SUFFIX: &str = ".txt";

/// Tells whose a bearer token is, taking the same time whichever it is.
pub type ReaderOfToken = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// The lists, and who may fetch each.
#[derive(Clone, Default)]
pub struct Blocklists {
    stored: Option<StoredBlocklists>,
    readers: Arc<BTreeMap<String, ReaderOfToken>>,
}

impl Blocklists {
    /// Lists in a store, each with who may fetch it.
    #[must_use]
    pub fn new(stored: StoredBlocklists, readers: BTreeMap<String, ReaderOfToken>) -> Self {
        Self { stored: Some(stored), readers: Arc::new(readers) }
    }
}

impl fmt::Debug for Blocklists {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.readers.keys()).finish()
    }
}

/// The routes of this module.
pub fn routes() -> Routes {
    Routes::new().get("/v1/blocklists/{name}", Needs::Reader, show)
}

/// The addresses that are to be refused now.
#[utoipa::path(
    get, path = "/v1/blocklists/{name}", tag = "blocklists",
    params(("name" = String, Path, description = "The list's name and `.txt`")),
    responses(
        (status = 200, body = String, content_type = "text/plain", description = "One network a line, sorted"),
        (status = 304, description = "As it was: the ETag in `If-None-Match` still holds"),
        (status = "4XX", body = crate::api::ProblemBody),
    ),
    security(("reader" = [])),
)]
pub(crate) async fn show(
    State(state): State<AppState>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let lists = &state.blocklists;
    let list = name.strip_suffix(SUFFIX).unwrap_or_default();
    let token = guard::presented_token(&headers)?.ok_or(Problem::of(Kind::Unauthorized))?;
    let reader = lists.readers.get(list).and_then(|of_token| of_token(token));
    let (Some(reader), Some(stored)) = (reader, &lists.stored) else {
        let advice = "The token is wrong, or there is no list of this name: check both.";
        return Err(Problem::new(Kind::Unauthorized, advice));
    };
    let busy = |_| Problem::of(Kind::Unavailable);
    let entries = stored.entries(list).await.map_err(busy)?;
    let text = blocklist::text(&entries, state.clock.now());
    // What a firewall has in hand counts as fetched, whether or not it was sent again.
    stored.fetched(list, &reader).await.map_err(busy)?;
    Ok(answer(text, &headers))
}

fn answer(text: String, headers: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", HEXLOWER.encode(&Sha256::digest(text.as_bytes())[..16]));
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let is_known = known.is_some_and(|known| known.split(',').any(|each| each.trim() == tag));
    let mut response = match is_known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => text.into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHE));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}
