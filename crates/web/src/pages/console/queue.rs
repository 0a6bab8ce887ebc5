//! The queue: one line a case, newest first, its filters in the address.

mod filter;

use askama::Template;
use axum::{
    extract::{Query, State},
    response::Redirect,
};
use jiff::Timestamp;
use model::{CaseId, StateName};
use ports::store::{CaseQuery, CaseRow};
use runtime::lookup::inert_line;

use self::filter::{Filter, TABS};
use super::{Choice, names, severities, severity};
use crate::{
    AppState, Problem, Viewer,
    pages::{
        Page,
        frame::{Frame, Place},
        marks::Mark,
        words::{Left, When},
    },
};

/// Lines on one page.
const ROWS: usize = 50;
/// How many cases are read at once while looking for words.
const SCAN_ROWS: u32 = 200;
/// How many times, so that a search over a long history ends.
const SCANS_MAX: usize = 10;

#[derive(Template)]
#[template(path = "console/queue.html")]
pub(super) struct Queue {
    frame: Frame,
    filter: Filter,
    tabs: Vec<Tab>,
    severities: Vec<Choice>,
    problem: Option<&'static str>,
    rows: Vec<Row>,
    /// This very listing, for the link that new cases announce themselves by.
    here: String,
    /// Where to ask whether there are any, and where to hear of them.
    poll: String,
    stream: String,
    wanted: Wanted,
    first: Option<String>,
    next: Option<String>,
}

struct Tab {
    path: String,
    word: &'static str,
    count: Option<u64>,
    is_here: bool,
}

struct Row {
    id: CaseId,
    severity: Mark,
    title: String,
    source: String,
    rule: String,
    alerts: u32,
    person: Option<String>,
    state: Mark,
    left: Option<Left>,
    age: When,
    owner: Option<String>,
}

/// What this listing holds, for the script that counts what is new in it.
struct Wanted {
    /// Names of states with commas between them; none for any.
    states: String,
    severity: &'static str,
    person: String,
    rule: String,
    words: String,
    /// What is older than this is on a later page, or was on an earlier one.
    floor: String,
}

/// What was found.
#[derive(Default)]
struct Found {
    rows: Vec<CaseRow>,
    /// From where to go on, where there is more.
    cursor: Option<CaseId>,
    problem: Option<&'static str>,
}

pub(super) async fn start() -> Redirect {
    Redirect::to("/console/cases")
}

pub(super) async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    Query(filter): Query<Filter>,
) -> Result<Page<Queue>, Problem> {
    let now = state.clock.now();
    // Before the listing is read: what comes in between is told rather than missed.
    let (position, _) = state.engine.audit_head().await?;
    let found = find(&state, &filter).await?;
    let wanted = Wanted::of(&filter, &found, &state);
    let counts = state.engine.count_cases().await?;
    let mut rows = Vec::with_capacity(found.rows.len());
    for row in found.rows {
        rows.push(line(&state, row, now).await?);
    }
    let cursor: Option<CaseId> = filter.cursor.parse().ok();
    Ok(Page(Queue {
        frame: Frame::of(&viewer, Place::Queue, "Queue"),
        tabs: tabs(&filter, &counts),
        severities: severities(severity(&filter.severity)),
        problem: found.problem,
        rows,
        here: filter.path(None),
        poll: filter.poll(now),
        stream: format!("/v1/stream?after={position}"),
        wanted,
        first: cursor.map(|_| filter.path(None)),
        next: found.cursor.map(|cursor| filter.path(Some(cursor))),
        filter,
    }))
}

impl Wanted {
    fn of(filter: &Filter, found: &Found, state: &AppState) -> Self {
        let query = filter.query(state).unwrap_or_default();
        let names: Vec<&str> = query.states.iter().map(|state| state.name()).collect();
        // A page of older cases hears of those that have just begun only.
        let floor = match (query.cursor, found.cursor) {
            (Some(_), _) => Some(CaseId::from_parts(state.clock.now(), 0)),
            (None, oldest) => oldest,
        };
        Self {
            states: names.join(","),
            severity: query.severities.first().map_or("", |severity| severity.name()),
            person: query.people.first().map(ToString::to_string).unwrap_or_default(),
            rule: query.rules.first().cloned().unwrap_or_default(),
            words: filter.words().join(" "),
            floor: floor.map(|id| id.to_string()).unwrap_or_default(),
        }
    }
}

async fn find(state: &AppState, filter: &Filter) -> Result<Found, Problem> {
    let Some(mut query) = filter.query(state) else {
        let problem = Some("Nobody is known by that name. Use an e-mail address or an account.");
        return Ok(Found { problem, ..Found::default() });
    };
    let words = filter.words();
    if words.is_empty() {
        return page(state, query).await;
    }
    query.limit = SCAN_ROWS;
    let mut found = Found::default();
    for _ in 0..SCANS_MAX {
        let rows = state.engine.cases(&query).await?;
        let is_last = rows.len() < SCAN_ROWS as usize;
        for row in rows {
            query.cursor = Some(row.id);
            if filter::has_words(&row, &words) {
                found.rows.push(row);
            }
            if found.rows.len() == ROWS {
                return Ok(Found { cursor: query.cursor, ..found });
            }
        }
        if is_last {
            return Ok(found);
        }
    }
    found.problem =
        Some("Only the latest 2,000 cases were searched. \u{201c}Older cases\u{201d} goes on.");
    Ok(Found { cursor: query.cursor, ..found })
}

async fn page(state: &AppState, mut query: CaseQuery) -> Result<Found, Problem> {
    query.limit = ROWS as u32 + 1;
    let mut rows = state.engine.cases(&query).await?;
    let has_more = rows.len() > ROWS;
    rows.truncate(ROWS);
    let cursor = rows.last().map(|row| row.id).filter(|_| has_more);
    Ok(Found { rows, cursor, problem: None })
}

async fn line(state: &AppState, row: CaseRow, now: Timestamp) -> Result<Row, Problem> {
    let engine = &state.engine;
    // Who has a case is in the case itself; a page holds few that are open.
    let owner = match row.state.is_open() {
        true => engine.case(row.id).await?.taken_by,
        false => None,
    };
    Ok(Row {
        id: row.id,
        severity: Mark::severity(row.severity),
        title: inert_line(&row.title),
        source: inert_line(&row.source),
        rule: inert_line(&row.rule),
        alerts: row.alerts,
        person: row.person.map(|id| names::of(engine, id)),
        state: Mark::state(row.state, row.reason),
        left: row.deadline_at.map(|deadline| Left::until(deadline, row.opened_at, now)),
        age: When::ago(row.opened_at, now),
        owner: owner.map(|by| names::of_actor(engine, &by.to_string())),
    })
}

fn tabs(filter: &Filter, counts: &[(StateName, u64)]) -> Vec<Tab> {
    let count = |states: &[StateName]| {
        let wanted = counts.iter().filter(|(state, _)| states.contains(state));
        wanted.map(|(_, count)| count).sum()
    };
    let tab = |(name, word): &(&'static str, &'static str)| Tab {
        path: Filter::of_state(name).path(None),
        word,
        count: filter::states(name)
            .filter(|states| !states.is_empty())
            .map(|states| count(&states)),
        is_here: filter.state == *name,
    };
    TABS.iter().map(tab).collect()
}
