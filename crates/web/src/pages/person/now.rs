//! What needs me now.

use askama::Template;
use axum::extract::State;

use super::{
    devices::{self, Next},
    rows::{self, Row},
};
use crate::{
    AppState, Problem, Viewer,
    pages::{
        Page,
        devices::Reader,
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
    /// The one most useful thing to mend.
    mend: Option<Next>,
    /// Whether devices could be read.
    has_devices: bool,
    recent: Vec<Row>,
    has_ways: bool,
    has_chats: bool,
}

pub(super) async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
) -> Result<Page<Now>, Problem> {
    let reader = Reader::own(&state, &viewer);
    let rows = rows::of(&state, &viewer, &reader).await?;
    let (waiting, mut recent): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.is_waiting);
    recent.truncate(RECENT);
    // A question can be answered whatever is wrong with devices.
    let mine = state.posture.my_devices(&viewer, reader.language.code()).await;
    if let Err(error) = &mine {
        tracing::warn!(%error, "a person's devices cannot be shown");
    }
    let frame = Frame::of(&viewer, Place::Now, reader.say("Now", "Jetzt"));
    Ok(Page(Now {
        frame: frame.speaking(reader.language),
        mend: mine.as_ref().ok().and_then(|mine| devices::next(mine, &reader)),
        has_devices: mine.is_ok(),
        waiting,
        recent,
        has_ways: !state.engine.ways_to_prove(&viewer).await?.is_empty(),
        has_chats: state.engine.chat_names().next().is_some(),
    }))
}
