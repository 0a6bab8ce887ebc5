//! What a person does on a question's page. Every act ends in a look at the same page.

use axum::{
    Form,
    extract::{Path, State},
    response::Redirect,
};
use casework::Case;
use model::{Answer, CaseId, ChallengeId, Method, Personal};
use runtime::engine::EngineError;
use serde::Deserialize;

use super::{Notice, case_id};
use crate::{AppState, Problem, Viewer, client::ClientIp, problem::Kind};

/// The longest comment that is taken, in characters.
pub(super) const COMMENT_MAX_CHARS: usize = 2_000;

#[derive(Deserialize)]
pub(super) struct AnswerForm {
    answer: String,
    revision: u32,
}

#[derive(Deserialize)]
pub(super) struct CommentForm {
    comment: String,
}

#[derive(Deserialize)]
pub(super) struct ProveForm {
    method: String,
    #[serde(default)]
    comment: String,
}

#[derive(Deserialize)]
pub(super) struct ProofForm {
    challenge: String,
    response: String,
}

/// Takes an answer. "Not me" takes effect here and now.
pub(super) async fn answer(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(id): Path<String>,
    Form(form): Form<AnswerForm>,
) -> Result<Redirect, Problem> {
    let id = case_id(&id)?;
    let answer = Answer::named(&form.answer)
        .ok_or_else(|| Problem::new(Kind::InvalidBody, "Press one of the answers offered."))?;
    let done = state.engine.answer(viewer.person.id, id, answer, form.revision, None).await;
    back(id, done.map(|_| Notice::None))
}

/// Adds words to what was said.
pub(super) async fn comment(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(id): Path<String>,
    Form(form): Form<CommentForm>,
) -> Result<Redirect, Problem> {
    let id = case_id(&id)?;
    let Some(text) = words(&form.comment) else {
        return back(id, Ok(Notice::Comment));
    };
    let done = state.engine.comment(viewer.person.id, id, text).await;
    back(id, done.map(|_| Notice::Noted))
}

/// Begins a proof of the claim, with the comment that was given along.
pub(super) async fn prove(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(id): Path<String>,
    ClientIp(client_ip): ClientIp,
    Form(form): Form<ProveForm>,
) -> Result<Redirect, Problem> {
    let (id, person) = (case_id(&id)?, viewer.person.id);
    let method = Method::named(&form.method)
        .ok_or_else(|| Problem::new(Kind::InvalidBody, "Choose one of the ways offered."))?;
    let begun = async {
        if let Some(text) = words(&form.comment) {
            state.engine.comment(person, id, text).await?;
        }
        let session = &viewer.session.hash;
        state.engine.begin_proof(person, id, method, session, client_ip).await
    };
    back(id, begun.await.map(|_| Notice::None))
}

/// Takes the response of a ceremony on this page.
pub(super) async fn proof(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(id): Path<String>,
    Form(form): Form<ProofForm>,
) -> Result<Redirect, Problem> {
    let id = case_id(&id)?;
    let Ok(challenge) = form.challenge.parse::<ChallengeId>() else {
        return Err(Problem::new(Kind::InvalidBody, "Open the question again and start over."));
    };
    let (person, session) = (viewer.person.id, &viewer.session.hash);
    let done = state.engine.finish_proof(person, id, challenge, session, &form.response).await;
    back(id, done.map(|case| after_proof(&case)))
}

/// A claim that still stands unproven means that the proof failed.
fn after_proof(case: &Case) -> Notice {
    if case.provable_claim().is_some() { Notice::Wrong } else { Notice::None }
}

/// What was typed, where anything was.
fn words(typed: &str) -> Option<Personal> {
    let text: String = typed.trim().chars().take(COMMENT_MAX_CHARS).collect();
    (!text.is_empty()).then(|| Personal::new(text))
}

fn back(id: CaseId, done: Result<Notice, EngineError>) -> Result<Redirect, Problem> {
    let notice = match done {
        Ok(notice) => notice,
        Err(error) => Notice::of(&error).ok_or(error)?,
    };
    Ok(Redirect::to(&notice.at(id)))
}
