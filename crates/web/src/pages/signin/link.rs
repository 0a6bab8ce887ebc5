//! By a one-time link.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use runtime::{engine::EngineError, people::LinkKind};

use super::{door::Door, outside, signed_in};
use crate::{
    AppState, Problem,
    pages::{Page, frame::Frame, language::Language},
};

#[derive(Template)]
#[template(path = "signin/link.html")]
struct Link {
    frame: Frame,
    kind: Option<LinkKind>,
    secret: String,
    host: String,
}

/// Shows the button. Whose link it is, is not told: a mail or chat scanner may be looking.
pub(super) async fn show(
    State(state): State<AppState>,
    language: Language,
    Path(secret): Path<String>,
) -> Result<Response, Problem> {
    let kind = state.engine.peek_link(&secret).await?;
    Ok(page(&state, language, kind, secret))
}

/// The press of the button: signs in, once.
pub(super) async fn redeem(
    State(state): State<AppState>,
    door: Door,
    language: Language,
    Path(secret): Path<String>,
) -> Result<Response, Problem> {
    match state.engine.redeem_link(&secret).await {
        Ok(session) => signed_in(&state, &door, &session, "").await,
        Err(EngineError::NotFound) => Ok(page(&state, language, None, String::new())),
        Err(error) => Err(error.into()),
    }
}

fn page(state: &AppState, language: Language, kind: Option<LinkKind>, secret: String) -> Response {
    let status = if kind.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    let frame = outside(language);
    let host = state.site.host().to_owned();
    (status, Page(Link { frame, kind, secret, host })).into_response()
}
