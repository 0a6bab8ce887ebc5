//! What a person is to judge: records that may be one device, and devices that somebody says are
//! not theirs.

use askama::Template;
use axum::extract::{Query, State};
use model::device::RecordKey;
use runtime::{
    lookup::{inert_line, inert_lines},
    people::Authority,
    posture::{Review, RulingView, Suspicion},
};
use serde::Deserialize;

use super::{Notice, Tab, note_looks};
use crate::{
    AppState, Problem, Viewer,
    pages::{
        Page,
        devices::{Reader, form_key, terms},
        frame::{Frame, Place},
        words::When,
    },
    problem::Kind,
};

/// Devices on one page.
const ROWS: u32 = 50;

#[derive(Template)]
#[template(path = "console/devices/judge.html")]
pub(super) struct Judge {
    frame: Frame,
    tabs: Vec<(&'static str, &'static str, bool)>,
    said: Option<&'static str>,
    suspicions: Vec<Suspect>,
    reviews: Vec<Disowned>,
    rulings: Vec<Ruled>,
    next: Option<String>,
}

/// Records that may be one device.
struct Suspect {
    device: String,
    name: String,
    why: String,
    matched: Option<String>,
    left: Side,
    right: Option<Side>,
    /// The other device, where it is another one.
    other: Option<String>,
}

/// A record.
struct Side {
    /// As forms send it back.
    key: String,
    shown: String,
}

struct Disowned {
    device: String,
    by: String,
    note: String,
    at: When,
}

struct Ruled {
    key: String,
    is_together: bool,
    records: Vec<String>,
    by: String,
    reason: String,
    at: When,
}

#[derive(Deserialize)]
pub(super) struct Asked {
    now: Option<String>,
    after: Option<String>,
}

pub(super) async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
) -> Result<Page<Judge>, Problem> {
    let reader = Reader::analyst(&state, &viewer);
    let by = Authority::Viewer(&viewer);
    let after = asked.after.as_deref().map(str::parse).transpose();
    let after = after.map_err(|_| Problem::of(Kind::NotFound))?;
    let judge = state.posture.to_judge(&by, after, ROWS).await?;
    note_looks(&state, &viewer, judge.reviews.iter().map(|review| review.by), "devices").await?;
    let rulings = state.posture.rulings(&by).await?;
    let title = reader.say("To judge", "Zu beurteilen");
    Ok(Page(Judge {
        frame: Frame::of(&viewer, Place::Fleet, title).speaking(reader.language),
        tabs: Tab::Judge.entries(&reader),
        said: Notice::named(asked.now.as_deref()).map(|notice| notice.words(&reader)),
        suspicions: judge.suspicions.iter().map(|it| suspect(it, &reader)).collect(),
        reviews: judge.reviews.iter().map(|it| disowned(&state, it, &reader)).collect(),
        rulings: rulings.iter().map(|it| ruled(&state, it, &reader)).collect(),
        next: judge.next.map(|device| format!("/console/devices/judge?after={device}")),
    }))
}

fn suspect(suspicion: &Suspicion, reader: &Reader) -> Suspect {
    let name = suspicion.name.as_deref().map(inert_line).filter(|name| !name.is_empty());
    let unknown = || reader.say("Unknown device", "Unbekanntes Gerät").to_owned();
    let other = suspicion.other.filter(|other| *other != suspicion.device);
    let matched = suspicion.matched.as_ref();
    let shared = matched.map_or("", |(kind, _)| *kind);
    let source = suspicion.right.as_ref().map_or("", |key| &key.source);
    Suspect {
        device: suspicion.device.to_string(),
        name: name.unwrap_or_else(unknown),
        why: terms::suspicion(&suspicion.kind, shared, source, reader.language),
        matched: matched.map(|(kind, value)| inert_line(&format!("{kind} {value}"))),
        left: side(&suspicion.left),
        right: suspicion.right.as_ref().map(side),
        other: other.map(|other| other.to_string()),
    }
}

fn side(key: &RecordKey) -> Side {
    let shown = inert_line(&format!("{} {}", key.source, key.id));
    Side { shown, key: form_key(key) }
}

fn disowned(state: &AppState, review: &Review, reader: &Reader) -> Disowned {
    let by = state.engine.person(review.by);
    Disowned {
        device: review.device.to_string(),
        by: by.map_or_else(|| review.by.to_string(), |by| inert_line(by.name.reveal())),
        note: inert_lines(review.note.reveal()),
        at: reader.when(review.at),
    }
}

fn ruled(state: &AppState, ruling: &RulingView, reader: &Reader) -> Ruled {
    let by = ruling.by.reveal();
    let id = by.strip_prefix("person:").and_then(|id| id.parse().ok());
    let person = id.and_then(|id| state.engine.person(id));
    let pair = |(left, right): &(RecordKey, RecordKey)| {
        inert_line(&format!("{} {} / {} {}", left.source, left.id, right.source, right.id))
    };
    Ruled {
        key: ruling.key.clone(),
        is_together: ruling.is_together,
        records: ruling.records.iter().map(pair).collect(),
        by: inert_line(person.as_ref().map_or(by, |person| person.name.reveal())),
        reason: inert_lines(ruling.reason.reveal()),
        at: reader.when(ruling.at),
    }
}
