//! One device, whosever it is. The look is recorded, and shown to its owner.

use askama::Template;
use axum::extract::{Path, Query, State};
use runtime::{lookup::inert_line, people::Authority, posture::OwnerView};
use serde::Deserialize;

use super::{Notice, Tab};
use crate::{
    AppState, Problem, Viewer,
    pages::{
        Page,
        devices::{Reader, ShownDevice, device_id},
        frame::{Frame, Place},
    },
};

#[derive(Template)]
#[template(path = "console/devices/one.html")]
pub(super) struct One {
    frame: Frame,
    tabs: Vec<(&'static str, &'static str, bool)>,
    device: ShownDevice,
    owner: Option<Owner>,
    said: Option<&'static str>,
}

struct Owner {
    /// Their id, where the directory knows them.
    person: Option<String>,
    name: String,
    source: String,
    confidence: &'static str,
    others: Vec<String>,
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
) -> Result<Page<One>, Problem> {
    let reader = Reader::analyst(&state, &viewer);
    let by = Authority::Viewer(&viewer);
    let view = state.posture.device(&by, device_id(&id)?, reader.language.code()).await?;
    let device = ShownDevice::of(&view, &reader);
    let frame = Frame::of(&viewer, Place::Fleet, device.name.clone());
    Ok(Page(One {
        frame: frame.speaking(reader.language),
        tabs: Tab::List.entries(&reader),
        owner: view.owner.as_ref().map(|owner| shown_owner(owner, &reader)),
        device,
        said: Notice::named(echo.now.as_deref()).map(|notice| notice.words(&reader)),
    }))
}

fn shown_owner(owner: &OwnerView, reader: &Reader) -> Owner {
    let name = owner.name.as_ref().or(owner.email.as_ref());
    let nobody = reader.say("Nobody here", "Niemand von hier");
    let other = |(who, source): &(model::Personal, String)| {
        inert_line(&format!("{} ({source})", who.reveal()))
    };
    Owner {
        person: owner.person.map(|id| id.to_string()),
        name: name.map_or_else(|| nobody.to_owned(), |name| inert_line(name.reveal())),
        source: inert_line(&owner.source),
        confidence: match owner.confidence {
            "assigned" => reader.say("assigned", "zugewiesen"),
            "reported" => reader.say("reported by the device", "vom Gerät gemeldet"),
            _ => reader.say("guessed by use", "aus der Benutzung vermutet"),
        },
        others: owner.others.iter().map(other).collect(),
    }
}
