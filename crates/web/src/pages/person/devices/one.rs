//! One device of a person's.

use askama::Template;
use axum::extract::{Path, Query, State};
use runtime::posture::NOTE_BYTES_MAX;
use serde::Deserialize;

use super::{
    super::super::devices::{Reader, ShownDevice, device_id},
    acts::{Notice, RESTS},
};
use crate::{
    AppState, Problem, Viewer,
    pages::{
        Page,
        frame::{Frame, Place},
    },
};

#[derive(Template)]
#[template(path = "person/device.html")]
pub(crate) struct Device {
    frame: Frame,
    device: ShownDevice,
    notice: Notice,
    rests: &'static [(&'static str, [&'static str; 2])],
    note_max: usize,
}

#[derive(Deserialize)]
pub(crate) struct Echo {
    now: Option<String>,
}

pub(crate) async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(id): Path<String>,
    Query(echo): Query<Echo>,
) -> Result<Page<Device>, Problem> {
    let reader = Reader::own(&state, &viewer);
    let view = state.posture.my_device(&viewer, device_id(&id)?, reader.language.code()).await?;
    let device = ShownDevice::of(&view, &reader);
    let frame = Frame::of(&viewer, Place::Devices, device.name.clone());
    Ok(Page(Device {
        frame: frame.speaking(reader.language),
        device,
        notice: Notice::named(echo.now.as_deref()),
        rests: &RESTS,
        note_max: NOTE_BYTES_MAX / 4,
    }))
}
