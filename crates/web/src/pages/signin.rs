//! Signing in and out. A link's GET shows one button and changes nothing, however often it is
//! fetched (R18); everything here but the passkey works without scripts.
//!
//! One GET signs in: the way back from the identity provider, in the browser that was sent there.

mod door;
mod link;
mod notice;
mod passkey;
mod provider;

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use http::header;
use model::Method;
use runtime::{
    engine::EngineError,
    people::{NewSession, Role},
};
use secrecy::ExposeSecret as _;
use serde::Deserialize;

use self::{door::Door, notice::Notice};
use crate::{
    AppState, Needs, Problem, Routes, Viewer,
    pages::{Page, frame::Frame, language::Language},
    viewer::{MaybeViewer, own_path},
};

/// Where somebody is led who did not come from anywhere.
const START: &str = "/";
/// Where somebody is led who may enrol a first factor.
const FIRST_FACTOR: &str = "/me/ways";

/// The routes of this module.
pub fn routes() -> Routes {
    Routes::new()
        .get("/signin", Needs::Anyone, show)
        .post("/signin/code", Needs::Anyone, by_code)
        .post("/signin/oidc", Needs::Anyone, provider::begin)
        .get("/signin/oidc/callback", Needs::Anyone, provider::finish)
        .post("/signin/passkey", Needs::Anyone, passkey::begin)
        .post("/signin/passkey/finish", Needs::Anyone, passkey::finish)
        .get("/signin/link/{secret}", Needs::Anyone, link::show)
        .post("/signin/link/{secret}", Needs::Anyone, link::redeem)
        .post("/signout", Needs::Page(Role::Person), sign_out)
        .post("/signout/everywhere", Needs::Page(Role::Person), sign_out_everywhere)
}

#[derive(Template)]
#[template(path = "signin/signin.html")]
struct SignIn {
    frame: Frame,
    next: String,
    email: String,
    has_passkeys: bool,
    has_codes: bool,
    host: String,
    /// The identity provider's host, where there is one.
    provider: Option<String>,
    notice: Notice,
}

#[derive(Deserialize)]
struct Arrival {
    next: Option<String>,
    now: Option<String>,
}

#[derive(Deserialize)]
struct Code {
    email: String,
    code: String,
    #[serde(default)]
    next: String,
}

async fn show(
    State(state): State<AppState>,
    MaybeViewer(viewer): MaybeViewer,
    language: Language,
    Query(arrival): Query<Arrival>,
) -> Response {
    let next = arrival.next.as_deref().unwrap_or_default();
    if viewer.is_some() {
        return Redirect::to(own_path(next).unwrap_or(START)).into_response();
    }
    page(&state, language, Notice::named(arrival.now.as_deref()), (next, ""))
}

async fn by_code(
    State(state): State<AppState>,
    door: Door,
    language: Language,
    Form(form): Form<Code>,
) -> Result<Response, Problem> {
    match state.engine.sign_in_by_code(&form.email, &form.code, door.visitor()).await {
        Ok(session) => signed_in(&state, &door, &session, &form.next).await,
        Err(error) => refused(&state, language, error, (&form.next, &form.email)),
    }
}

async fn sign_out(State(state): State<AppState>, viewer: Viewer) -> Result<Response, Problem> {
    state.engine.sign_out(&viewer).await?;
    Ok(signed_out(&state, Redirect::to("/signin?now=signed-out")))
}

async fn sign_out_everywhere(
    State(state): State<AppState>,
    viewer: Viewer,
) -> Result<Response, Problem> {
    state.engine.sign_out_everywhere(&viewer).await?;
    Ok(signed_out(&state, Redirect::to("/signin?now=signed-out-everywhere")))
}

/// A response that takes the session's cookie away.
pub(super) fn signed_out(state: &AppState, response: impl IntoResponse) -> Response {
    (AppendHeaders([(header::SET_COOKIE, state.site.clear_session())]), response).into_response()
}

/// Gives the browser its session. One that it had before ends: two people who share a browser
/// must not end up in each other's.
async fn signed_in(
    state: &AppState,
    door: &Door,
    session: &NewSession,
    next: &str,
) -> Result<Response, Problem> {
    if let Some(before) = &door.before {
        state.engine.sign_out(before).await?;
    }
    let place = match session.may_enrol_first {
        true => FIRST_FACTOR,
        false => own_path(next).unwrap_or(START),
    };
    let cookie = state.site.set_session(session.token.expose_secret());
    let mut response =
        (AppendHeaders([(header::SET_COOKIE, cookie)]), Redirect::to(place)).into_response();
    if let Some(known) = door.remembered(state, session.person).await {
        response.headers_mut().append(header::SET_COOKIE, known);
    }
    Ok(response)
}

/// What a failed sign-in looks like: always the same, but for the limit.
fn refused(
    state: &AppState,
    language: Language,
    error: EngineError,
    typed: (&str, &str),
) -> Result<Response, Problem> {
    match error {
        EngineError::Forbidden(_) | EngineError::NotFound => {
            Ok(page(state, language, Notice::Wrong, typed))
        }
        EngineError::Limited => Ok(page(state, language, Notice::Limited, typed)),
        other => Err(other.into()),
    }
}

/// The page, with where they want to go and the address that they typed.
fn page(
    state: &AppState,
    language: Language,
    notice: Notice,
    (next, email): (&str, &str),
) -> Response {
    let page = SignIn {
        frame: outside(language),
        next: own_path(next).unwrap_or_default().to_owned(),
        email: email.to_owned(),
        has_passkeys: state.engine.can_prove_by(Method::Passkey),
        has_codes: state.engine.can_prove_by(Method::Totp),
        host: state.site.host().to_owned(),
        provider: state.engine.provider_host().map(str::to_owned),
        notice,
    };
    (notice.status(), Page(page)).into_response()
}

/// The frame of the pages of signing in.
fn outside(language: Language) -> Frame {
    Frame::outside(language.say("Sign in", "Anmelden")).speaking(language)
}
