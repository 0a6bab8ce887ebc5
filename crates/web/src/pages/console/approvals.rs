//! What waits for somebody's yes, and the switch of all that happens by itself.

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    response::Redirect,
};
use casework::ledger::guard::Guard;
use model::CaseId;
use runtime::{
    lookup::inert_line,
    people::{Role, Viewer as Signed},
};
use serde::Deserialize;

use super::{
    acting::by,
    case::{ShownAction, shown_action},
    names,
};
use crate::{
    AppState, Problem, Viewer,
    acts::{self, Switch},
    pages::{
        Page,
        frame::{Frame, Place},
        marks::Mark,
        words::When,
    },
    problem::Kind,
};

/// What waits, on one page.
const ROWS: u32 = 50;

#[derive(Template)]
#[template(path = "console/approvals.html")]
pub(super) struct Approvals {
    frame: Frame,
    guard: ShownGuard,
    is_admin: bool,
    is_proven: bool,
    rows: Vec<Row>,
    next: Option<String>,
}

/// How automatic action stands.
struct ShownGuard {
    mark: Mark,
    is_going: bool,
    why: Option<String>,
    by: Option<String>,
    since: Option<When>,
    count: u32,
    limit: u32,
}

struct Row {
    case: CaseId,
    title: String,
    is_own: bool,
    action: Option<ShownAction>,
    playbook: Option<(u32, String)>,
}

#[derive(Deserialize)]
pub(super) struct From {
    #[serde(default)]
    after: String,
}

pub(super) async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    Query(from): Query<From>,
) -> Result<Page<Approvals>, Problem> {
    let waiting = state.engine.waiting(&from.after, ROWS).await?;
    let is_cut = waiting.len() >= ROWS as usize;
    let last = waiting.last().map(|row| row.key.clone()).filter(|_| is_cut);
    let mut rows = Vec::new();
    for each in waiting {
        rows.push(row(&state, &viewer, each.case, &each.key).await?);
    }
    let guard = state.engine.guard().await?;
    Ok(Page(Approvals {
        frame: Frame::of(&viewer, Place::Actions, "Actions"),
        guard: shown_guard(&state, &guard),
        is_admin: viewer.role == Role::Admin,
        is_proven: viewer.has_fresh_proof(state.clock.now()),
        rows,
        next: last.map(|key| {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.append_pair("after", &key);
            format!("/console/actions?{}", query.finish())
        }),
    }))
}

async fn row(state: &AppState, viewer: &Signed, id: CaseId, key: &str) -> Result<Row, Problem> {
    let (case, now) = (state.engine.case(id).await?, state.clock.now());
    let action = case.ledger.iter().find(|entry| entry.id().to_string() == key);
    let run = case.runs.iter().find(|run| format!("{id}/{}", run.number) == key);
    Ok(Row {
        case: id,
        title: inert_line(case.title()),
        is_own: case.subject.as_ref().is_some_and(|who| who.person == viewer.person.id),
        action: action.map(|entry| shown_action(state, viewer, entry, now)),
        playbook: run.map(|run| (run.number, inert_line(&run.playbook.id))),
    })
}

fn shown_guard(state: &AppState, guard: &Guard) -> ShownGuard {
    let (now, engine) = (state.clock.now(), &state.engine);
    let said = |at| When::said(at, now, engine.zone());
    let (why, by, since) = match (&guard.stopped, &guard.tripped) {
        (Some(stopped), _) => {
            let by = names::of_actor(engine, &stopped.by.to_string());
            (Some(inert_line(&stopped.reason)), Some(by), Some(said(stopped.at)))
        }
        (None, Some(tripped)) => (Some(inert_line(&tripped.why)), None, Some(said(tripped.at))),
        (None, None) => (None, None, None),
    };
    ShownGuard {
        mark: Mark::guard(guard.stopped.is_some(), guard.tripped.is_some()),
        is_going: why.is_none(),
        why,
        by,
        since,
        count: guard.count("", now),
        limit: engine.act_limits().per_hour,
    }
}

/// What an administrator does about the switch.
#[derive(Debug, Deserialize)]
pub(super) struct Switched {
    #[serde(default)]
    reason: String,
    #[serde(rename = "do")]
    what: String,
}

/// Stops all that happens by itself, or lets it go on.
pub(super) async fn switch(
    State(state): State<AppState>,
    viewer: Viewer,
    Form(form): Form<Switched>,
) -> Result<Redirect, Problem> {
    let switch = match form.what.as_str() {
        "stop" => Switch::Stop,
        "resume" => Switch::Resume,
        _ => return Err(Problem::of(Kind::InvalidBody)),
    };
    if form.reason.trim().is_empty() {
        return Err(Problem::new(Kind::InvalidBody, "Say in a few words why."));
    }
    match acts::set_guard(&state, &by(&viewer), switch, &form.reason).await {
        Ok(_) => Ok(Redirect::to("/console/actions")),
        Err(problem) if problem.kind == Kind::ProofRequired => {
            Ok(Redirect::to("/me/prove?next=/console/actions"))
        }
        Err(problem) => Err(problem),
    }
}
