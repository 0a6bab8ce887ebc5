//! A person, as analysts see them, and the reset of their ways to prove.

use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    response::Redirect,
};
use jiff::Timestamp;
use model::{Method, Person, PersonId};
use runtime::{
    engine::EngineError,
    people::{Authority, Role, Way},
};
use serde::Deserialize;

use super::case::{Other, ShownPerson, others, shown_person};
use crate::{
    AppState, Problem, Viewer,
    pages::{
        Page,
        frame::{Frame, Place},
        words::When,
    },
    problem::Kind,
};

#[derive(Template)]
#[template(path = "console/person.html")]
pub(super) struct PersonPage {
    frame: Frame,
    person: ShownPerson,
    ways: Vec<Row>,
    cases: Vec<Other>,
    reset: Reset,
    is_reset: bool,
}

/// A way to prove; not the name that its owner gave it, which is nobody else's.
struct Row {
    method: Method,
    since: Option<When>,
    is_external: bool,
    is_independent: bool,
}

/// Whether who looks may reset them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reset {
    /// They may.
    Given,
    /// They may, once they have proven that it is them.
    WantsProof,
    /// It is their own: another administrator has to.
    Own,
    /// They are no administrator.
    NotTheirs,
}

#[derive(Deserialize)]
pub(super) struct Sure {
    sure: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Echo {
    now: Option<String>,
}

pub(super) async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(id): Path<String>,
    Query(echo): Query<Echo>,
) -> Result<Page<PersonPage>, Problem> {
    let now = state.clock.now();
    let person = known(&state, &id)?;
    let ways = state.engine.ways_of(&person).await?;
    let shown = shown_person(&state, &person).await?;
    Ok(Page(PersonPage {
        frame: Frame::of(&viewer, Place::Queue, shown.name.clone()),
        ways: ways.iter().map(|way| row(way, now, &state)).collect(),
        cases: others(&state, person.id, None).await?,
        reset: reset_right(&viewer, person.id, now),
        is_reset: echo.now.as_deref() == Some("reset"),
        person: shown,
    }))
}

/// Takes all of the person's factors away (R25). The engine holds the rules; here is only where to
/// go for the proof that it wants.
pub(super) async fn reset(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(id): Path<String>,
    Form(form): Form<Sure>,
) -> Result<Redirect, Problem> {
    if form.sure.is_none() {
        return Err(Problem::new(Kind::InvalidBody, "Say that you know who asks."));
    }
    let person = known(&state, &id)?.id;
    match state.engine.reset_factors(Authority::Viewer(&viewer), person).await {
        Ok(_) => Ok(Redirect::to(&format!("/console/people/{person}?now=reset"))),
        Err(EngineError::ProofRequired) => {
            Ok(Redirect::to(&format!("/me/prove?next=/console/people/{person}")))
        }
        Err(error) => Err(error.into()),
    }
}

/// By our own id only: an address holds nobody's name.
fn known(state: &AppState, id: &str) -> Result<std::sync::Arc<Person>, Problem> {
    let id: Option<PersonId> = id.parse().ok();
    id.and_then(|id| state.engine.person(id)).ok_or(Problem::of(Kind::NotFound))
}

fn reset_right(viewer: &Viewer, person: PersonId, now: Timestamp) -> Reset {
    match viewer.role {
        Role::Admin if viewer.person.id == person => Reset::Own,
        Role::Admin if viewer.has_fresh_proof(now) => Reset::Given,
        Role::Admin => Reset::WantsProof,
        Role::Person | Role::Analyst => Reset::NotTheirs,
    }
}

fn row(way: &Way, now: Timestamp, state: &AppState) -> Row {
    Row {
        method: way.method,
        since: way.since.map(|since| When::said(since, now, state.engine.zone())),
        is_external: way.is_external,
        is_independent: way.is_independent,
    }
}
