//! What was asked before, and how it ended.

use askama::Template;
use axum::extract::State;

use super::rows::{self, Row};
use crate::{
    AppState, Problem, Viewer,
    pages::{
        Page,
        devices::Reader,
        frame::{Frame, Place},
    },
};

#[derive(Template)]
#[template(path = "person/history.html")]
pub(super) struct History {
    frame: Frame,
    rows: Vec<Row>,
    is_cut: bool,
}

pub(super) async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
) -> Result<Page<History>, Problem> {
    let reader = Reader::own(&state, &viewer);
    let mut rows = rows::of(&state, &viewer, &reader).await?;
    let is_cut = rows.len() >= super::ROWS_MAX as usize;
    rows.retain(|row| !row.is_waiting);
    let title = reader.say("History", "Verlauf");
    let frame = Frame::of(&viewer, Place::History, title).speaking(reader.language);
    Ok(Page(History { frame, rows, is_cut }))
}
