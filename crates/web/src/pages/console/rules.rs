//! How rules do, by what became of their cases, and what the numbers propose.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    response::Redirect,
};
use casework::{
    count,
    health::{Change, Health, Interval, Proposal},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use runtime::{
    lookup::inert_line,
    rule_health::{DAYS, RuleHealth, Ruling},
};
use serde::Deserialize;

use super::names;
use crate::{
    AppState, Problem, Viewer, acts,
    guard::Caller,
    pages::{
        Page,
        frame::{Frame, Place},
        words::{When, length},
    },
    problem::Kind,
};

#[derive(Template)]
#[template(path = "console/rules.html")]
pub(super) struct Rules {
    frame: Frame,
    days: u16,
    is_cut: bool,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "console/rule.html")]
pub(super) struct Rule {
    frame: Frame,
    days: u16,
    is_cut: bool,
    path: String,
    row: Row,
    suppressed: u64,
    versions: Vec<Version>,
    is_proven: bool,
}

struct Row {
    rule: String,
    path: String,
    cases: u64,
    numbers: Numbers,
    proposes: Vec<&'static str>,
}

/// What a page shows of a health.
struct Numbers {
    asked: u64,
    people: u64,
    each: String,
    precision: String,
    unanswered: String,
    typical: String,
    most: String,
    outcomes: Vec<(&'static str, u64)>,
}

struct Version {
    version: String,
    cases: u64,
    numbers: Numbers,
    proposal: Option<Proposal>,
    ruling: Option<Shown>,
}

/// What was ruled.
struct Shown {
    change: Change,
    by: String,
    note: String,
    until: When,
}

#[derive(Deserialize)]
pub(super) struct Accepted {
    version: String,
    change: String,
    note: String,
}

#[derive(Deserialize)]
pub(super) struct Ended {
    version: String,
}

pub(super) async fn list(
    State(state): State<AppState>,
    viewer: Viewer,
) -> Result<Page<Rules>, Problem> {
    let health = state.engine.rules_health(DAYS).await?;
    let frame = Frame::of(&viewer, Place::Rules, "Rules");
    let is_cut = health.iter().any(|health| health.is_cut);
    Ok(Page(Rules { frame, days: DAYS, is_cut, rows: health.iter().map(row).collect() }))
}

pub(super) async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(rule): Path<String>,
) -> Result<Page<Rule>, Problem> {
    let health = state.engine.rule_health(&rule, DAYS).await?;
    let version = |(version, of): &(String, Health)| {
        let ruling = health.rulings.iter().find(|ruling| ruling.version == *version);
        Version {
            version: version.clone(),
            cases: of.count("cases"),
            numbers: numbers(of),
            proposal: of.proposal().filter(|_| ruling.is_none()),
            ruling: ruling.map(|ruling| shown(&state, ruling)),
        }
    };
    let row = row(&health);
    Ok(Page(Rule {
        frame: Frame::of(&viewer, Place::Rules, row.rule.clone()),
        days: DAYS,
        is_cut: health.is_cut,
        path: row.path.clone(),
        suppressed: health.suppressed,
        versions: health.versions.iter().map(version).collect(),
        is_proven: viewer.has_fresh_proof(state.clock.now()),
        row,
    }))
}

/// Accepts a proposal, which wants a fresh proof.
pub(super) async fn accept(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(rule): Path<String>,
    Form(form): Form<Accepted>,
) -> Result<Redirect, Problem> {
    let change = Change::named(&form.change)
        .ok_or_else(|| Problem::new(Kind::InvalidBody, "Choose what is proposed."))?;
    let note = form.note.trim();
    if note.is_empty() {
        return Err(Problem::new(Kind::InvalidBody, "Say in a few words why."));
    }
    let path = path_of(&rule);
    if !viewer.has_fresh_proof(state.clock.now()) {
        return Ok(Redirect::to(&format!("/me/prove?next={path}")));
    }
    let by = Caller::Viewer(Box::new(viewer));
    acts::accept_proposal(&state, &by, &rule, &form.version, change, note).await?;
    Ok(Redirect::to(&path))
}

/// Takes a ruling back.
pub(super) async fn end(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(rule): Path<String>,
    Form(form): Form<Ended>,
) -> Result<Redirect, Problem> {
    state.engine.end_ruling(&viewer.actor(), &rule, &form.version).await?;
    Ok(Redirect::to(&path_of(&rule)))
}

fn path_of(rule: &str) -> String {
    format!("/console/rules/{}", utf8_percent_encode(&count::part(rule), NON_ALPHANUMERIC))
}

fn row(health: &RuleHealth) -> Row {
    let is_ruled = |version: &str| health.rulings.iter().any(|ruling| ruling.version == version);
    let open = health.versions.iter().filter(|(version, _)| !is_ruled(version));
    Row {
        rule: inert_line(&health.rule),
        path: path_of(&health.rule),
        cases: health.all.count("cases"),
        numbers: numbers(&health.all),
        proposes: open.filter_map(|(_, health)| Some(health.proposal()?.change.name())).collect(),
    }
}

fn numbers(health: &Health) -> Numbers {
    let share = |interval: Option<Interval>| interval.map_or("–".to_owned(), |it| it.to_string());
    let seconds = |it: Option<u64>| it.map(|it| length(i64::try_from(it).unwrap_or(i64::MAX)));
    let outcome = |reason: &model::Reason| (reason.name(), health.count(reason.name()));
    let answered = |percent| match seconds(health.answered_within(percent)) {
        Some(time) => time,
        None if health.count("answered") > 0 => "over a week".to_owned(),
        None => "–".to_owned(),
    };
    Numbers {
        asked: health.count("asked"),
        people: health.people,
        each: health.questions_per_person().map_or("–".to_owned(), |each| format!("{each:.1}")),
        precision: share(health.precision()),
        unanswered: share(health.unanswered()),
        typical: answered(50),
        most: answered(90),
        outcomes: model::Reason::ALL.iter().map(outcome).filter(|(_, n)| *n > 0).collect(),
    }
}

fn shown(state: &AppState, ruling: &Ruling) -> Shown {
    Shown {
        change: ruling.proposal.change,
        by: names::of_actor(&state.engine, &ruling.by.to_string()),
        note: inert_line(ruling.note.reveal()),
        until: When::said(ruling.expires_at, state.clock.now(), state.engine.zone()),
    }
}
