//! By passkey: the e-mail address first, then the ceremony.

use askama::Template;
use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Response},
};
use secrecy::ExposeSecret as _;
use serde::Deserialize;

use super::{door::Door, outside, refused, signed_in};
use crate::{
    AppState, Problem,
    pages::{Page, frame::Frame, language::Language},
    viewer::{own_path, signin_for},
};

#[derive(Template)]
#[template(path = "signin/passkey.html")]
struct Ceremony {
    frame: Frame,
    next: String,
    token: String,
    options: String,
    again: String,
}

#[derive(Deserialize)]
pub(super) struct Who {
    email: String,
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
pub(super) struct Done {
    token: String,
    response: String,
    #[serde(default)]
    next: String,
}

pub(super) async fn begin(
    State(state): State<AppState>,
    door: Door,
    language: Language,
    Form(form): Form<Who>,
) -> Result<Response, Problem> {
    match state.engine.begin_passkey_sign_in(&form.email, door.visitor()).await {
        Ok(begun) => {
            let page = Ceremony {
                frame: outside(language).with_script(&["passkey.js"]),
                next: own_path(&form.next).unwrap_or_default().to_owned(),
                token: begun.token.expose_secret().to_owned(),
                options: begun.options.to_string(),
                again: signin_for(&form.next),
            };
            Ok(Page(page).into_response())
        }
        Err(error) => refused(&state, language, error, (&form.next, &form.email)),
    }
}

pub(super) async fn finish(
    State(state): State<AppState>,
    door: Door,
    language: Language,
    Form(form): Form<Done>,
) -> Result<Response, Problem> {
    match state.engine.finish_passkey_sign_in(&form.token, &form.response).await {
        Ok(session) => signed_in(&state, &door, &session, &form.next).await,
        Err(error) => refused(&state, language, error, (&form.next, "")),
    }
}
