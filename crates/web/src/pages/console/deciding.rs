//! What an analyst does about a case.

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use casework::case::Refusal;
use http::StatusCode;
use model::{CaseId, Disposition, Personal};
use runtime::engine::EngineError;
use serde::Deserialize;

use super::case::{self, Begun, Notice};
use crate::{AppState, Problem, Viewer, acts, problem::Kind};

/// The longest note that is kept, in characters.
pub(super) const NOTE_MAX_CHARS: usize = 2_000;

#[derive(Deserialize)]
pub(super) struct Decision {
    disposition: String,
    note: String,
    /// The facts that were shown.
    revision: u32,
    /// The last alert that was shown, to say what came after it.
    latest: String,
}

/// Takes a case over.
pub(super) async fn take(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    let id = case_id(&id)?;
    let done = state.engine.take(viewer.actor(), id).await;
    back(id, Notice::Taken, done.map(|_| ()))
}

/// Ends a case. Making it go away is grave: it wants a fresh proof (R28).
pub(super) async fn dispose(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(id): Path<String>,
    Form(form): Form<Decision>,
) -> Result<Response, Problem> {
    let id = case_id(&id)?;
    let disposition = Disposition::named(&form.disposition)
        .ok_or_else(|| Problem::new(Kind::InvalidBody, "Choose what it was."))?;
    let note: String = form.note.trim().chars().take(NOTE_MAX_CHARS).collect();
    if note.is_empty() {
        return Err(Problem::new(Kind::InvalidBody, "Say in a few words why."));
    }
    if acts::needs_proof(disposition) && !viewer.has_fresh_proof(state.clock.now()) {
        return Ok(Redirect::to(&format!("/me/prove?next=/console/cases/{id}")).into_response());
    }
    let (by, revision) = (viewer.actor(), Some(form.revision));
    let kept = Personal::new(note.as_str());
    match state.engine.dispose(by, id, revision, disposition, kept).await {
        Err(EngineError::Refused(Refusal::Stale)) => {
            let latest = form.latest.parse().ok();
            let begun = Begun { latest, disposition, note };
            let page = case::again(&state, &viewer, id, begun).await?;
            Ok((StatusCode::CONFLICT, page).into_response())
        }
        done => Ok(back(id, Notice::Done, done.map(|_| ()))?.into_response()),
    }
}

/// The case of an address.
pub(super) fn case_id(text: &str) -> Result<CaseId, Problem> {
    text.parse().map_err(|_| Problem::of(Kind::NotFound))
}

fn back(id: CaseId, done: Notice, result: Result<(), EngineError>) -> Result<Redirect, Problem> {
    let notice = match result {
        Ok(()) => done,
        Err(EngineError::Refused(Refusal::Closed)) => Notice::Closed,
        Err(EngineError::ProofRequired) => {
            return Ok(Redirect::to(&format!("/me/prove?next=/console/cases/{id}")));
        }
        Err(error) => return Err(error.into()),
    };
    Ok(Redirect::to(&notice.at(id)))
}
