//! What analysts do about one device.

use axum::{
    body::Bytes,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use model::device::RecordKey;
use runtime::{engine::EngineError, people::Authority};
use url::form_urlencoded;

use super::back;
use crate::{
    AppState, Problem, Viewer,
    pages::devices::{device_id, from_plain},
    problem::Kind,
};

pub(super) async fn recheck(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = device_id(&id)?;
    let word = match state.posture.recheck_by(&Authority::Viewer(&viewer), id).await {
        Ok(0) => "nobody",
        Ok(_) => "asked",
        Err(EngineError::Invalid(_)) => "soon",
        Err(error) => return Err(error.into()),
    };
    Ok(Redirect::to(&format!("/console/devices/{id}?now={word}")).into_response())
}

/// Takes the chosen records out of a device: they and the rest are two from now on.
pub(super) async fn split(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let id = device_id(&id)?;
    let by = Authority::Viewer(&viewer);
    let (mut chosen, mut reason) = (Vec::new(), String::new());
    for (name, value) in form_urlencoded::parse(&body) {
        match name.as_ref() {
            "record" => chosen.push(record_key(&value)?),
            "reason" => reason = value.into_owned(),
            _ => {}
        }
    }
    let device = state.posture.device(&by, id, "en").await?;
    let all: Vec<RecordKey> = device.records.into_iter().map(|record| record.key).collect();
    let (taken, left): (Vec<_>, Vec<_>) = all.into_iter().partition(|key| chosen.contains(key));
    let done = state.posture.keep_apart(&by, &taken, &left, &reason).await;
    back(done, &format!("/console/devices/{id}"))
}

/// Ends the review of a device that somebody said is not theirs.
pub(super) async fn close_review(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = device_id(&id)?;
    let done = state.posture.close_review(&Authority::Viewer(&viewer), id).await;
    back(done, "/console/devices/judge")
}

/// The record of a form.
pub(super) fn record_key(text: &str) -> Result<RecordKey, Problem> {
    let text = from_plain(text)?;
    let (source, id) = text.split_once(' ').ok_or(Problem::of(Kind::NotFound))?;
    Ok(RecordKey::new(source, id))
}
