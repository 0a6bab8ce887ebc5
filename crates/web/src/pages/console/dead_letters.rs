//! Records that were refused and kept.

use askama::Template;
use axum::extract::{Query, State};
use ports::store::Record;
use runtime::lookup::inert_line;
use serde::Deserialize;

use crate::{
    AppState, Problem, Viewer,
    pages::{
        Page,
        frame::{Frame, Place},
        words::When,
    },
};

/// Records on one page.
const ROWS: u32 = 50;

#[derive(Template)]
#[template(path = "console/dead_letters.html")]
pub(super) struct DeadLetters {
    frame: Frame,
    rows: Vec<Row>,
    next: Option<String>,
}

struct Row {
    problem: String,
    source: String,
    at: Option<When>,
    data: String,
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
) -> Result<Page<DeadLetters>, Problem> {
    let records = state.engine.dead_letters(&from.after, ROWS).await?;
    let is_cut = records.len() >= ROWS as usize;
    let last = records.last().map(|record| record.key.clone()).filter(|_| is_cut);
    Ok(Page(DeadLetters {
        frame: Frame::of(&viewer, Place::DeadLetters, "Refused records"),
        rows: records.iter().map(|record| row(&state, record)).collect(),
        next: last.map(|key| {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.append_pair("after", &key);
            format!("/console/dead-letters?{}", query.finish())
        }),
    }))
}

/// A record as shown. What is known of its form is picked out; the rest is shown as it lies there.
fn row(state: &AppState, record: &Record) -> Row {
    let value: serde_json::Value = serde_json::from_slice(&record.value).unwrap_or_default();
    let member = |name: &str| value.get(name).and_then(serde_json::Value::as_str).map(inert_line);
    let at = member("at").and_then(|at| at.parse().ok());
    let now = state.clock.now();
    Row {
        problem: member("problem").unwrap_or_else(|| "Unreadable".to_owned()),
        source: member("source").unwrap_or_default(),
        at: at.map(|at| When::said(at, now, state.engine.zone())),
        data: super::case::shown_data(&value),
    }
}
