//! A person's own devices: how they stand, and how to mend them.

mod acts;
mod enrol;
mod one;

use askama::Template;
use axum::extract::State;
use model::Method;
use runtime::posture::{COLLECTOR, MyDevices};

pub(super) use acts::{exempt, not_mine, recheck, snooze};
pub(super) use enrol::code as enrol;
pub(super) use one::show as show_one;

use super::super::devices::{Reader, ShownCheck, ShownDevice, ShownSource};
use crate::{
    AppState, Problem, Viewer,
    pages::{
        Page,
        frame::{Frame, Place},
        words::When,
    },
};

#[derive(Template)]
#[template(path = "person/devices.html")]
pub(super) struct Devices {
    frame: Frame,
    email: String,
    next: Option<Next>,
    devices: Vec<ShownDevice>,
    older: Vec<ShownDevice>,
    troubles: Vec<ShownSource>,
    has_more: bool,
    factors: Vec<Factor>,
    /// Whether a computer may report by itself.
    has_collector: bool,
    is_proven: bool,
}

/// The one most useful thing to do next.
pub(super) struct Next {
    pub(super) device: ShownDevice,
    pub(super) check: ShownCheck,
}

/// A second factor of theirs, where the directory tells of it.
struct Factor {
    method: Method,
    since: Option<When>,
}

pub(super) async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
) -> Result<Page<Devices>, Problem> {
    let reader = Reader::own(&state, &viewer);
    let mine = state.posture.my_devices(&viewer, reader.language.code()).await?;
    let shown = |views: &[_]| views.iter().map(|view| ShownDevice::of(view, &reader)).collect();
    let ways = state.engine.ways_to_prove(&viewer).await?;
    let factors = ways.iter().filter(|way| way.is_external);
    let factors = factors
        .map(|way| Factor { method: way.method, since: way.since.map(|since| reader.when(since)) });
    let title = reader.say("Devices", "Geräte");
    Ok(Page(Devices {
        frame: Frame::of(&viewer, Place::Devices, title).speaking(reader.language),
        email: viewer.person.email.reveal().to_owned(),
        next: next(&mine, &reader),
        devices: shown(&mine.devices),
        older: shown(&mine.older),
        troubles: mine.troubles.iter().map(|it| ShownSource::of(it, &reader)).collect(),
        has_more: mine.has_more,
        factors: factors.collect(),
        has_collector: state.posture.agent(COLLECTOR).is_some(),
        is_proven: viewer.has_fresh_proof(state.clock.now()),
    }))
}

/// What to do next, of all that could be done.
pub(super) fn next(mine: &MyDevices, reader: &Reader) -> Option<Next> {
    let step = mine.next.as_ref()?;
    let device = mine.devices.iter().find(|device| device.id == step.device)?;
    let device = ShownDevice::of(device, reader);
    let check = device.check(&step.practice)?.clone();
    Some(Next { device, check })
}
