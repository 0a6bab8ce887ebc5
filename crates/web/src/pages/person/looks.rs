//! Who looked at what is held about a person.

use askama::Template;
use axum::extract::State;
use runtime::{
    lookup::inert_line,
    posture::{LOOK_LIFE, Look},
};

use crate::{
    AppState, Problem, Viewer,
    pages::{
        Page,
        devices::Reader,
        frame::{Frame, Place},
        language::Language,
        words::When,
    },
};

const DAY_SECONDS: u64 = 24 * 60 * 60;

#[derive(Template)]
#[template(path = "person/looks.html")]
pub(super) struct Looks {
    frame: Frame,
    rows: Vec<Row>,
    kept_days: u64,
}

struct Row {
    who: String,
    /// Whether a program looked, by its key.
    is_program: bool,
    what: What,
    when: When,
}

/// At what.
enum What {
    Devices,
    Device(String),
    List,
    Exemptions,
    Other(String),
}

pub(super) async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
) -> Result<Page<Looks>, Problem> {
    let reader = Reader::own(&state, &viewer);
    let looks = state.posture.looks_at(&viewer).await?;
    let title = reader.say("Who looked at my data", "Wer meine Daten ansah");
    Ok(Page(Looks {
        frame: Frame::of(&viewer, Place::Looks, title).speaking(reader.language),
        rows: looks.iter().map(|look| row(&state, look, &reader)).collect(),
        kept_days: LOOK_LIFE.as_seconds() / DAY_SECONDS,
    }))
}

fn row(state: &AppState, look: &Look, reader: &Reader) -> Row {
    let person = look.person.and_then(|id| state.engine.person(id));
    let by = look.by.split_once(':').map_or(look.by.as_str(), |(_, name)| name);
    Row {
        who: inert_line(person.as_ref().map_or(by, |person| person.name.reveal())),
        is_program: look.person.is_none(),
        what: match look.what.as_str() {
            "devices" => What::Devices,
            "list" => What::List,
            "exemptions" => What::Exemptions,
            other => match other.strip_prefix("device:") {
                Some(id) => What::Device(inert_line(id)),
                None => What::Other(inert_line(other)),
            },
        },
        when: reader.when(look.at),
    }
}
