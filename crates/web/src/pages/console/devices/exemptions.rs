//! Exemptions: asked for by people, granted or declined by somebody else.

use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    response::Response,
};
use jiff::{
    civil::{Date, time},
    tz::TimeZone,
};
use model::Timestamp;
use runtime::{
    lookup::inert_line,
    people::Authority,
    posture::{EXEMPTION_MAX, ExemptionView, Verdict},
};
use serde::Deserialize;

use super::{Notice, Tab, back, note_looks};
use crate::{
    AppState, Problem, Viewer,
    pages::{
        Page,
        devices::{Reader, ShownExemption},
        frame::{Frame, Place},
    },
    problem::Kind,
};

const PAGE: &str = "/console/devices/exemptions";

#[derive(Template)]
#[template(path = "console/devices/exemptions.html")]
pub(super) struct Exemptions {
    frame: Frame,
    tabs: Vec<(&'static str, &'static str, bool)>,
    said: Option<&'static str>,
    rows: Vec<Row>,
    is_all: bool,
    /// Between which days an exemption ends.
    first_day: String,
    last_day: String,
}

struct Row {
    exemption: ShownExemption,
    by: String,
    /// Nobody decides about what they asked for.
    is_own: bool,
}

#[derive(Deserialize)]
pub(super) struct Asked {
    now: Option<String>,
    all: Option<String>,
}

/// What somebody decides.
#[derive(Deserialize)]
pub(super) struct Decision {
    verdict: String,
    /// The last day of it.
    #[serde(default)]
    until: String,
}

pub(super) async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
) -> Result<Page<Exemptions>, Problem> {
    let reader = Reader::analyst(&state, &viewer);
    let is_all = asked.all.is_some();
    let views = state.posture.exemptions(&Authority::Viewer(&viewer), !is_all).await?;
    note_looks(&state, &viewer, views.iter().map(|it| it.requested_by), "exemptions").await?;
    let row = |view: &ExemptionView| {
        let by = state.engine.person(view.requested_by);
        let id = || view.requested_by.to_string();
        Row {
            exemption: ShownExemption::of(view, &reader),
            by: by.map_or_else(id, |by| inert_line(by.name.reveal())),
            is_own: view.requested_by == viewer.person.id,
        }
    };
    let day = |at: Timestamp| at.to_zoned(reader.zone.clone()).date().to_string();
    let title = reader.say("Exemptions", "Ausnahmen");
    Ok(Page(Exemptions {
        frame: Frame::of(&viewer, Place::Fleet, title).speaking(reader.language),
        tabs: Tab::Exemptions.entries(&reader),
        said: Notice::named(asked.now.as_deref()).map(|notice| notice.words(&reader)),
        rows: views.iter().map(row).collect(),
        is_all,
        first_day: day(reader.now),
        last_day: day(EXEMPTION_MAX.after(reader.now)),
    }))
}

pub(super) async fn decide(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(key): Path<String>,
    Form(form): Form<Decision>,
) -> Result<Response, Problem> {
    let verdict = match form.verdict.as_str() {
        "grant" => {
            let until = end_of(&form.until, state.engine.zone(), state.clock.now());
            let why = "Say until which day it is granted.";
            Verdict::Grant(until.ok_or_else(|| Problem::new(Kind::InvalidBody, why))?)
        }
        "decline" => Verdict::Refuse,
        _ => return Err(Problem::new(Kind::InvalidBody, "Grant it or decline it.")),
    };
    let by = Authority::Viewer(&viewer);
    back(state.posture.decide_exemption(&by, &key, verdict).await, PAGE)
}

pub(super) async fn revoke(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(key): Path<String>,
) -> Result<Response, Problem> {
    back(state.posture.revoke_exemption(&Authority::Viewer(&viewer), &key).await, PAGE)
}

/// The end of a day, or of the longest that there may be where it falls on that day.
fn end_of(day: &str, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
    let day: Date = day.parse().ok()?;
    let end = day.to_datetime(time(23, 59, 59, 0)).to_zoned(zone.clone()).ok()?.timestamp();
    let longest = EXEMPTION_MAX.after(now);
    let is_last_day = longest.to_zoned(zone.clone()).date() == day;
    Some(if is_last_day { end.min(longest) } else { end })
}
