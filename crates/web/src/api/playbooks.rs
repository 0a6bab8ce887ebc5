//! Playbooks: those in force, and their runs in cases.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use casework::{Case, playbook::Playbook};
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Listing, action::RunBody, arguments::invalid, cases::case_id, fields::Fields};
use crate::{
    AppState, Problem,
    acts::{self, RunDeed},
    guard::Caller,
    problem::Kind,
};

/// The longest id of a playbook, in bytes.
const ID_BYTES: usize = 128;

/// A playbook in force.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlaybookBody {
    /// Its id.
    id: String,
    /// Who answers for it.
    owner: String,
    /// What it is for, in a sentence.
    purpose: String,
    /// The hash of its file.
    hash: String,
    /// Whether it starts by itself, beside policies that name it.
    starts_by_itself: bool,
}

/// A playbook that somebody begins.
#[derive(Serialize, ToSchema)]
pub(super) struct PlayBody {
    /// Its id.
    playbook: String,
    /// Only tell what it would do.
    dry_run: Option<bool>,
}

/// What a playbook would do, where every action succeeds and every wait passes.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DryPlayBody {
    /// Its steps in order, such as `run okta.suspend`.
    steps: Vec<String>,
}

/// The playbooks in force, by their ids.
#[utoipa::path(
    get, path = "/v1/playbooks", tag = "playbooks",
    responses((status = 200, body = Listing<PlaybookBody>), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn list(State(state): State<AppState>) -> Json<Listing<PlaybookBody>> {
    let playbooks = state.engine.playbooks();
    let items = playbooks.values().map(|playbook| PlaybookBody::from(&**playbook)).collect();
    Json(Listing { items, next_cursor: None, warnings: Vec::new() })
}

/// Begin a playbook by hand, or see what it would do.
///
/// With `dry_run` nothing is done and nothing kept (200). By a session beginning one needs a proof
/// less than 10 minutes old.
#[utoipa::path(
    post, path = "/v1/cases/{id}/playbooks", tag = "playbooks",
    params(
        ("id" = String, Path, description = "The case's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key with the same request is answered as it was"),
    ),
    request_body = PlayBody,
    responses(
        (status = 200, body = DryPlayBody), (status = 201, body = RunBody),
        (status = "4XX", body = super::ProblemBody),
    ),
    security(("key" = [])),
)]
pub(super) async fn begin(
    State(state): State<AppState>,
    Path(id): Path<String>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let id = case_id(&id)?;
    let mut fields = Fields::read(&headers, &body)?;
    let playbook = fields.text("playbook", ID_BYTES);
    let is_dry = fields.flag("dry_run");
    fields.finish()?;
    if is_dry {
        let steps = state.engine.dry_play(id, &playbook).await?;
        return Ok(Json(DryPlayBody { steps }).into_response());
    }
    let case = acts::play(&state, &caller, id, &playbook).await?;
    let run = case.runs.last().map(RunBody::from).ok_or(Problem::of(Kind::Internal))?;
    Ok((StatusCode::CREATED, Json(run)).into_response())
}

/// Approve the step of a playbook that waits for it.
#[utoipa::path(
    post, path = "/v1/cases/{id}/playbooks/{number}/approve", tag = "playbooks",
    params(
        ("id" = String, Path, description = "The case's id"),
        ("number" = u32, Path, description = "The run's number in its case"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key with the same request is answered as it was"),
    ),
    responses((status = 200, body = RunBody), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn approve(
    State(state): State<AppState>,
    Path(path): Path<(String, String)>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<RunBody>, Problem> {
    on_run(&state, &path, &caller, RunDeed::Approve, &headers, &body).await
}

/// Stop a playbook where it is. What it has done stays done.
#[utoipa::path(
    post, path = "/v1/cases/{id}/playbooks/{number}/stop", tag = "playbooks",
    params(
        ("id" = String, Path, description = "The case's id"),
        ("number" = u32, Path, description = "The run's number in its case"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key with the same request is answered as it was"),
    ),
    responses((status = 200, body = RunBody), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn stop(
    State(state): State<AppState>,
    Path(path): Path<(String, String)>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<RunBody>, Problem> {
    on_run(&state, &path, &caller, RunDeed::Stop, &headers, &body).await
}

async fn on_run(
    state: &AppState,
    (id, number): &(String, String),
    caller: &Caller,
    deed: RunDeed,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Json<RunBody>, Problem> {
    let id = case_id(id)?;
    let number =
        number.parse().map_err(|_| invalid("That is not the number of a run.".to_owned()))?;
    if !body.is_empty() {
        Fields::read(headers, body)?.finish()?;
    }
    let case: Case = acts::on_run(state, caller, id, number, deed).await?;
    let run = case.runs.iter().find(|run| run.number == number);
    Ok(Json(RunBody::from(run.ok_or(Problem::of(Kind::NotFound))?)))
}

impl From<&Playbook> for PlaybookBody {
    fn from(playbook: &Playbook) -> Self {
        Self {
            id: playbook.id.clone(),
            owner: playbook.owner.clone(),
            purpose: playbook.purpose.clone(),
            hash: playbook.hash.clone(),
            starts_by_itself: playbook.start.is_some(),
        }
    }
}
