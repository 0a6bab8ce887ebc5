//! What analysts decide about records: one device, or two. It lasts until it is taken back.

use axum::{
    Form,
    extract::{Path, State},
    response::Response,
};
use runtime::people::Authority;
use serde::Deserialize;

use super::{acts::record_key, back};
use crate::{AppState, Problem, Viewer, pages::devices::device_id};

const PAGE: &str = "/console/devices/judge";

#[derive(Deserialize)]
pub(super) struct Together {
    one: String,
    other: String,
    reason: String,
}

#[derive(Deserialize)]
pub(super) struct Apart {
    left: String,
    right: String,
    reason: String,
}

pub(super) async fn together(
    State(state): State<AppState>,
    viewer: Viewer,
    Form(form): Form<Together>,
) -> Result<Response, Problem> {
    let (one, other) = (device_id(form.one.trim())?, device_id(form.other.trim())?);
    let by = Authority::Viewer(&viewer);
    back(state.posture.put_together(&by, one, other, &form.reason).await, PAGE)
}

pub(super) async fn apart(
    State(state): State<AppState>,
    viewer: Viewer,
    Form(form): Form<Apart>,
) -> Result<Response, Problem> {
    let (left, right) = (record_key(&form.left)?, record_key(&form.right)?);
    let by = Authority::Viewer(&viewer);
    back(state.posture.keep_apart(&by, &[left], &[right], &form.reason).await, PAGE)
}

pub(super) async fn take_back(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(key): Path<String>,
) -> Result<Response, Problem> {
    back(state.posture.take_back(&Authority::Viewer(&viewer), &key).await, PAGE)
}
