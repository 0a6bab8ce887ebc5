//! Adding a factor: a press begins it, the page it leads to may be loaded again, and its form
//! ends it.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use http::StatusCode;
use model::Method;
use runtime::{engine::EngineError, people::LABEL_MAX_CHARS};
use serde::Deserialize;

use super::{LIST, proof_or_problem, qr::Code};
use crate::{
    AppState, Problem, Viewer,
    pages::{
        Page,
        devices::Reader,
        frame::{Frame, Place},
    },
    problem::Kind,
};

#[derive(Template)]
#[template(path = "ways/passkey.html")]
struct PasskeyPage {
    frame: Frame,
    options: String,
    label_max: usize,
    is_wrong: bool,
}

#[derive(Template)]
#[template(path = "ways/totp.html")]
struct TotpPage {
    frame: Frame,
    secret: String,
    address: String,
    code: Option<Code>,
    label_max: usize,
    is_wrong: bool,
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    method: String,
}

#[derive(Deserialize)]
pub(super) struct Done {
    response: String,
    #[serde(default)]
    label: String,
}

pub(super) async fn begin(
    State(state): State<AppState>,
    viewer: Viewer,
    Form(wanted): Form<Wanted>,
) -> Result<Response, Problem> {
    let method = named(&wanted.method)?;
    match state.engine.begin_enrolment(&viewer, method).await {
        Ok(_) => Ok(Redirect::to(&format!("{LIST}/add/{}", method.name())).into_response()),
        Err(error) => proof_or_problem(error),
    }
}

pub(super) async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(method): Path<String>,
) -> Result<Response, Problem> {
    page(&state, &viewer, named(&method)?, false).await
}

pub(super) async fn finish(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(method): Path<String>,
    Form(done): Form<Done>,
) -> Result<Response, Problem> {
    let method = named(&method)?;
    let label = Some(done.label.as_str());
    match state.engine.finish_enrolment(&viewer, method, &done.response, label).await {
        Ok(_) => Ok(Redirect::to("/me/ways?now=added").into_response()),
        Err(EngineError::Invalid(_)) => page(&state, &viewer, method, true).await,
        Err(EngineError::NotFound) => Ok(Redirect::to(LIST).into_response()),
        Err(error) => proof_or_problem(error),
    }
}

/// The page of an enrolment under way; where there is none, the list.
async fn page(
    state: &AppState,
    viewer: &Viewer,
    method: Method,
    is_wrong: bool,
) -> Result<Response, Problem> {
    let Some(options) = state.engine.enrolment(viewer, method).await? else {
        return Ok(Redirect::to(LIST).into_response());
    };
    let reader = Reader::own(state, viewer);
    let title = reader.say("Add a way to prove", "Nachweis hinzufügen");
    let frame = Frame::of(viewer, Place::Ways, title).speaking(reader.language);
    let label_max = LABEL_MAX_CHARS;
    let status = if is_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = match method {
        Method::Passkey => {
            let frame = frame.with_script(&["passkey.js"]);
            let options = options.to_string();
            Page(PasskeyPage { frame, options, label_max, is_wrong }).into_response()
        }
        Method::Totp | Method::Duo => {
            let text = |name: &str| options[name].as_str().unwrap_or_default().to_owned();
            let (secret, address) = (grouped(&text("secret")), text("otpauth"));
            let code = Code::of(&address);
            Page(TotpPage { frame, secret, address, code, label_max, is_wrong }).into_response()
        }
    };
    Ok((status, page).into_response())
}

fn named(name: &str) -> Result<Method, Problem> {
    let method = Method::named(name).filter(|method| !method.is_remote());
    method.ok_or(Problem::of(Kind::NotFound))
}

/// In groups of four, as people type it.
fn grouped(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_secret_is_shown_in_groups_of_four() {
        for (secret, shown) in [("", ""), ("ABC", "ABC"), ("ABCDEFGHI", "ABCD EFGH I")] {
            assert_eq!(super::grouped(secret), shown);
        }
    }
}
