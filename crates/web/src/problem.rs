//! Problem documents (RFC 9457): what went wrong, under a stable `type`, and what to do.
//!
//! A handler returns a [`Problem`]. It has no body of its own until [`write`], the outermost layer,
//! writes it as JSON, or as a page for a browser that looks at pages. A problem never holds a
//! secret, nor what was sent.

mod engine;
mod kind;

use std::borrow::Cow;

use axum::{
    extract::{Path, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value};

pub use kind::Kind;

use crate::{AppState, Needs, Routes};

/// A refused request.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// Which of the known problems.
    pub kind: Kind,
    /// What is wrong here and what to do about it.
    pub detail: Cow<'static, str>,
    /// After how many seconds another try may help.
    pub retry_after: Option<u32>,
    /// Further members.
    pub members: Map<String, Value>,
}

impl Problem {
    /// A problem with the general advice for its kind.
    #[must_use]
    pub fn of(kind: Kind) -> Self {
        Self::new(kind, kind.advice())
    }

    /// A problem with advice of its own. The text must not repeat what was sent.
    #[must_use]
    pub fn new(kind: Kind, detail: impl Into<Cow<'static, str>>) -> Self {
        let retry_after = kind.is_passing().then_some(crate::limits::RETRY_AFTER_SECONDS);
        Self { kind, detail: detail.into(), retry_after, members: Map::new() }
    }

    /// The same with another member.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// Its status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.kind.status()
    }

    /// The document, for the site at `base`.
    #[must_use]
    pub fn document(&self, base: &str) -> Value {
        let mut document = self.members.clone();
        let mut put = |name: &str, value: Value| document.insert(name.to_owned(), value);
        put("type", format!("{base}/problems/{}", self.kind.slug()).into());
        put("title", self.kind.title().into());
        put("status", self.status().as_u16().into());
        put("detail", self.detail.as_ref().into());
        Value::Object(document)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        if self.status() == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer realm=\"countersign\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// The routes of this module: a problem's `type` is an address that explains it.
pub fn routes() -> Routes {
    Routes::new().get("/problems/{name}", Needs::Anyone, explain)
}

async fn explain(Path(name): Path<String>) -> Result<String, Problem> {
    let kind = Kind::named(&name).ok_or(Problem::of(Kind::NotFound))?;
    Ok(format!("{}\n\n{}\n", kind.title(), kind.advice()))
}

/// Writes the bodies of problems.
pub async fn write(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let is_page = wants_page(&request);
    let response = next.run(request).await;
    let (mut parts, body) = response.into_parts();
    let problem = parts.extensions.remove::<Problem>().or_else(|| unnamed(&parts));
    let Some(problem) = problem else { return Response::from_parts(parts, body) };
    let (content_type, body) = if is_page {
        ("text/html; charset=utf-8", crate::pages::problem(&problem))
    } else {
        ("application/problem+json", problem.document(state.site.base()).to_string())
    };
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    Response::from_parts(parts, body.into())
}

/// The problem behind a refusal that the framework wrote by itself, in words that are not ours.
fn unnamed(parts: &http::response::Parts) -> Option<Problem> {
    let kind = parts.headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let is_refusal = parts.status.is_client_error() || parts.status.is_server_error();
    (is_refusal && kind.starts_with("text/plain")).then(|| {
        Problem::of(match parts.status {
            StatusCode::BAD_REQUEST => Kind::InvalidArgument,
            StatusCode::NOT_FOUND => Kind::NotFound,
            StatusCode::PAYLOAD_TOO_LARGE => Kind::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Kind::UnsupportedType,
            StatusCode::UNPROCESSABLE_ENTITY => Kind::InvalidBody,
            _ => Kind::Internal,
        })
    })
}

/// Whether who asks looks at pages: a browser does not name `text/html` when it fetches data, and
/// the paths of programs have no pages.
fn wants_page(request: &Request) -> bool {
    let path = request.uri().path();
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    !path.starts_with("/v1/")
        && !path.starts_with("/callbacks/")
        && accept.is_some_and(|accept| accept.contains("text/html"))
}
