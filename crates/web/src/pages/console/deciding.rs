//! What an analyst does about a case.

use axum::{
    Form,
    extract::{Path, State},
    response::Redirect,
};
use casework::case::Refusal;
use model::{CaseId, Disposition, Personal};
use runtime::engine::EngineError;
use serde::Deserialize;

use super::case::Notice;
use crate::{AppState, Problem, Viewer, acts, problem::Kind};

/// The longest note that is kept, in characters.
pub(super) const NOTE_MAX_CHARS: usize = 2_000;

#[derive(Deserialize)]
pub(super) struct Decision {
    disposition: String,
    note: String,
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
) -> Result<Redirect, Problem> {
    let id = case_id(&id)?;
    let disposition = Disposition::named(&form.disposition)
        .ok_or_else(|| Problem::new(Kind::InvalidBody, "Choose what it was."))?;
    let note: String = form.note.trim().chars().take(NOTE_MAX_CHARS).collect();
    if note.is_empty() {
        return Err(Problem::new(Kind::InvalidBody, "Say in a few words why."));
    }
    if acts::needs_proof(disposition) && !viewer.has_fresh_proof(state.clock.now()) {
        return Ok(Redirect::to(&format!("/me/prove?next=/console/cases/{id}")));
    }
    let note = Personal::new(note);
    let done = state.engine.dispose(viewer.actor(), id, disposition, note).await;
    back(id, Notice::Done, done.map(|_| ()))
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
