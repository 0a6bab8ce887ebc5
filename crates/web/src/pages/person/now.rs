//! What needs me now.

use askama::Template;
use axum::extract::State;

use super::rows::{self, Row};
use crate::{
    AppState, Problem, Viewer,
    pages::{
        Page,
        frame::{Frame, Place},
    },
};

/// How many past questions stand below those that wait.
const RECENT: usize = 5;

#[derive(Template)]
#[template(path = "person/now.html")]
pub(super) struct Now {
    frame: Frame,
    waiting: Vec<Row>,
    recent: Vec<Row>,
    has_ways: bool,
    has_chats: bool,
}

pub(super) async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
) -> Result<Page<Now>, Problem> {
    let rows = rows::of(&state, &viewer).await?;
    let (waiting, mut recent): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.is_waiting);
    recent.truncate(RECENT);
    Ok(Page(Now {
        frame: Frame::of(&viewer, Place::Now, "Now"),
        waiting,
        recent,
        has_ways: !state.engine.ways_to_prove(&viewer).await?.is_empty(),
        has_chats: state.engine.chat_names().next().is_some(),
    }))
}
