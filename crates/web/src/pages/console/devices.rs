//! Everybody's devices, for analysts: how the fleet stands, lists of it, one device, what is to be
//! judged, and exemptions. Whatever shows somebody's devices is recorded, and shown to them.

mod acts;
mod exemptions;
mod judge;
mod list;
mod one;
mod overview;
mod rulings;

use axum::response::{IntoResponse, Redirect, Response};
use runtime::{
    engine::EngineError,
    people::{Authority, Role},
    posture::Posture,
};

use crate::{AppState, Needs, Problem, Routes, Viewer, pages::devices::Reader};

/// The routes of this module.
pub(super) fn routes() -> Routes {
    const ANALYST: Needs = Needs::Page(Role::Analyst);
    Routes::new()
        .get("/console/devices", ANALYST, overview::show)
        .get("/console/devices/list", ANALYST, list::show)
        .get("/console/devices/judge", ANALYST, judge::show)
        .post("/console/devices/judge/together", ANALYST, rulings::together)
        .post("/console/devices/judge/apart", ANALYST, rulings::apart)
        .post("/console/devices/rulings/{key}/withdraw", ANALYST, rulings::take_back)
        .get("/console/devices/exemptions", ANALYST, exemptions::show)
        .post("/console/devices/exemptions/{key}/decide", ANALYST, exemptions::decide)
        .post("/console/devices/exemptions/{key}/revoke", ANALYST, exemptions::revoke)
        .get("/console/devices/{id}", ANALYST, one::show)
        .post("/console/devices/{id}/recheck", ANALYST, acts::recheck)
        .post("/console/devices/{id}/split", ANALYST, acts::split)
        .post("/console/devices/{id}/review", ANALYST, acts::close_review)
        .get("/console/people/{id}/devices", ANALYST, list::of_person)
}

type TabRow = (Tab, &'static str, [&'static str; 2]);

/// The parts of the console that are about devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tab {
    Overview,
    List,
    Judge,
    Exemptions,
}

impl Tab {
    const ALL: [TabRow; 4] = [
        (Self::Overview, "/console/devices", ["Overview", "Überblick"]),
        (Self::List, "/console/devices/list", ["List", "Liste"]),
        (Self::Judge, "/console/devices/judge", ["To judge", "Zu beurteilen"]),
        (Self::Exemptions, "/console/devices/exemptions", ["Exemptions", "Ausnahmen"]),
    ];

    /// All of them: where they lead, what they read, and whether the page is there.
    fn entries(self, reader: &Reader) -> Vec<(&'static str, &'static str, bool)> {
        let entry = |(tab, path, [english, german]): &TabRow| {
            (*path, reader.say(english, german), *tab == self)
        };
        Self::ALL.iter().map(entry).collect()
    }
}

/// What the page says first: an echo of what was just done, by a word in the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Notice {
    Done,
    Asked,
    Nobody,
    Soon,
}

impl Notice {
    fn named(word: Option<&str>) -> Option<Self> {
        match word {
            Some("done") => Some(Self::Done),
            Some("asked") => Some(Self::Asked),
            Some("nobody") => Some(Self::Nobody),
            Some("soon") => Some(Self::Soon),
            _ => None,
        }
    }

    fn words(self, reader: &Reader) -> &'static str {
        match self {
            Self::Done => reader.say("Done.", "Erledigt."),
            Self::Asked => {
                reader.say("The sources were asked again.", "Die Quellen wurden gefragt.")
            }
            Self::Nobody => reader.say(
                "No source of it can be asked now.",
                "Keine seiner Quellen lässt sich jetzt fragen.",
            ),
            Self::Soon => reader.say(
                "It was asked a moment ago: wait a minute.",
                "Gerade erst gefragt: warte eine Minute.",
            ),
        }
    }
}

/// After an act: back to its page, or to a proof first.
fn back<T>(result: Result<T, EngineError>, page: &str) -> Result<Response, Problem> {
    match result {
        Ok(_) => Ok(Redirect::to(&format!("{page}?now=done")).into_response()),
        Err(EngineError::ProofRequired) => {
            Ok(Redirect::to(&format!("/me/prove?next={page}")).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// Records that somebody looks at what these people said or asked for.
async fn note_looks(
    state: &AppState,
    viewer: &Viewer,
    people: impl IntoIterator<Item = model::PersonId>,
    what: &str,
) -> Result<(), Problem> {
    let people: std::collections::BTreeSet<_> = people.into_iter().collect();
    for person in people {
        posture(state).note_look(&Authority::Viewer(viewer), person, what).await?;
    }
    Ok(())
}

fn posture(state: &AppState) -> &Posture {
    &state.posture
}
