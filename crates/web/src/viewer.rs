//! Who is signed in.
//!
//! A handler of a route that [`Needs::Page`](crate::Needs) takes a [`Viewer`]; one that anybody may
//! reach takes a [`MaybeViewer`].

use axum::extract::FromRequestParts;
use http::request::Parts;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

pub use runtime::people::{Role, Viewer};

use crate::{AppState, Problem, problem::Kind};

/// The longest address that somebody is led back to after signing in, in bytes.
const NEXT_BYTES_MAX: usize = 512;
/// What may stand unescaped in the value of a query.
const QUERY_VALUE: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// The guard has found them.
impl FromRequestParts<AppState> for Viewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Problem> {
        // Absent only on a route that is declared without needing a session.
        parts.extensions.get::<Self>().cloned().ok_or(Problem::of(Kind::Internal))
    }
}

/// Who is signed in, if anybody is.
#[derive(Debug, Clone)]
pub struct MaybeViewer(pub Option<Viewer>);

impl FromRequestParts<AppState> for MaybeViewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        Ok(Self(of_session(state, parts).await?))
    }
}

/// The person behind the session's cookie.
pub(crate) async fn of_session(state: &AppState, parts: &Parts) -> Result<Option<Viewer>, Problem> {
    match state.site.session_token(&parts.headers) {
        Some(token) => Ok(state.engine.viewer(token).await?),
        None => Ok(None),
    }
}

/// Where to sign in and be led back to this address.
#[must_use]
pub fn signin_for(path_and_query: &str) -> String {
    match own_path(path_and_query) {
        Some("/") | None => "/signin".to_owned(),
        Some(path) => format!("/signin?next={}", utf8_percent_encode(path, QUERY_VALUE)),
    }
}

/// The address to lead somebody to, if it surely is one of our own pages.
#[must_use]
pub fn own_path(next: &str) -> Option<&str> {
    let rest = next.strip_prefix('/')?;
    let is_plain = next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let is_own = is_plain && !rest.starts_with('/') && next.len() <= NEXT_BYTES_MAX;
    is_own.then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_to_another_site_after_signing_in() {
        for own in ["/", "/me/ways", "/ask/case_01J?x=1&y=/", "/%2F/evil.example"] {
            assert_eq!(own_path(own), Some(own));
        }
        let long = format!("/{}", "x".repeat(NEXT_BYTES_MAX));
        for foreign in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "me",
            "/a\r\nb",
            "/\t/evil.example",
            "/é",
            &long,
        ] {
            assert_eq!(own_path(foreign), None, "{foreign}");
        }
        assert_eq!(signin_for("/ask/1?a=b&c"), "/signin?next=/ask/1%3Fa%3Db%26c");
        assert_eq!(signin_for("//evil.example"), "/signin");
    }
}
