//! Whether all is well: what stands where, and what waits to be sent.

use askama::Template;
use axum::extract::State;
use model::StateName;
use runtime::engine::EngineError;

use crate::{
    AppState, Problem, Viewer,
    pages::{
        Page,
        frame::{Frame, Place},
        marks::Mark,
    },
};

#[derive(Template)]
#[template(path = "console/health.html")]
pub(super) struct Health {
    frame: Frame,
    ready: Mark,
    problem: Option<String>,
    states: Vec<Tile>,
    depth: Vec<(String, u64)>,
}

struct Tile {
    name: StateName,
    mark: Mark,
    count: u64,
}

pub(super) async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
) -> Result<Page<Health>, Problem> {
    let problem = match state.engine.readiness().await {
        Ok(()) => None,
        Err(EngineError::Unavailable(why)) => Some(why),
        Err(error) => return Err(error.into()),
    };
    let counts = state.engine.count_cases().await?;
    let tile = |name: &StateName| Tile {
        name: *name,
        mark: Mark::of_states(*name),
        count: counts.iter().find(|(found, _)| found == name).map_or(0, |(_, count)| *count),
    };
    Ok(Page(Health {
        frame: Frame::of(&viewer, Place::Health, "Health"),
        ready: Mark::readiness(problem.is_none()),
        problem,
        states: StateName::ALL.iter().map(tile).collect(),
        depth: state.engine.outbox_depth().await?,
    }))
}
