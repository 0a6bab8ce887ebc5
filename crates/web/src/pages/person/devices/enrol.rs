//! A one-time code with which a person's own computer begins to report. It is shown once, in the
//! answer to the press that made it, and wants a fresh proof.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use runtime::engine::EngineError;
use secrecy::ExposeSecret;

use crate::{
    AppState, Problem, Viewer,
    pages::{
        Page,
        devices::Reader,
        frame::{Frame, Place},
    },
};

#[derive(Template)]
#[template(path = "person/enrol.html")]
pub(crate) struct Enrol {
    frame: Frame,
    code: String,
    site: String,
}

pub(crate) async fn code(
    State(state): State<AppState>,
    viewer: Viewer,
) -> Result<Response, Problem> {
    let reader = Reader::own(&state, &viewer);
    let code = match state.posture.collect_code(&viewer).await {
        Err(EngineError::ProofRequired) => {
            return Ok(Redirect::to("/me/prove?next=/me/devices").into_response());
        }
        other => other?,
    };
    let title = reader.say("Let a computer report", "Einen Computer berichten lassen");
    let page = Page(Enrol {
        frame: Frame::of(&viewer, Place::Devices, title).speaking(reader.language),
        code: code.expose_secret().to_owned(),
        site: state.site.base().to_owned(),
    });
    Ok(page.into_response())
}
