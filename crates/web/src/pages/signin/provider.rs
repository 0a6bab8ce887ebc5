//! At the company's identity provider.
//!
//! A form's answer cannot lead there by itself: our pages let forms lead to us only, also by
//! redirects. So a page leads on, without a script.

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    response::{AppendHeaders, IntoResponse, Response},
};
use http::{HeaderMap, Method, StatusCode, header};
use runtime::{
    engine::EngineError,
    people::{NotSignedIn, Redirected},
};
use secrecy::ExposeSecret as _;
use serde::Deserialize;

use super::{Notice, door::Door, outside, page, refused, signed_in};
use crate::{
    AppState, Problem,
    pages::{Page, frame::Frame, language::Language},
    viewer::own_path,
};

#[derive(Template)]
#[template(path = "signin/provider.html")]
struct Leading {
    frame: Frame,
    host: String,
    address: String,
}

#[derive(Deserialize)]
pub(super) struct Wish {
    #[serde(default)]
    next: String,
    /// Whether to ask them anew, so that they may set up a first way to prove.
    #[serde(default)]
    fresh: String,
}

#[derive(Deserialize)]
pub(super) struct Back {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// Leads to the provider.
pub(super) async fn begin(
    State(state): State<AppState>,
    headers: HeaderMap,
    door: Door,
    language: Language,
    Form(wish): Form<Wish>,
) -> Result<Response, Problem> {
    let next = own_path(&wish.next).unwrap_or_default();
    let wanted = (next, !wish.fresh.is_empty());
    let kept = state.site.sign_in_token(&headers);
    let begun = state.engine.begin_provider_sign_in(wanted, kept, door.visitor()).await;
    let begun = match begun {
        Ok(begun) => begun,
        Err(why) => return not_signed_in(&state, language, why, next),
    };
    let page = Leading {
        frame: outside(language),
        host: state.engine.provider_host().unwrap_or_default().to_owned(),
        address: begun.address,
    };
    let cookie = state.site.set_sign_in(begun.token.expose_secret());
    Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), Page(page)).into_response())
}

/// Takes what came back. The one address whose GET signs in: it does so only in the browser that
/// pressed our button before, and once. Whoever else follows it, or only looks, changes nothing.
pub(super) async fn finish(
    State(state): State<AppState>,
    method: Method,
    headers: HeaderMap,
    door: Door,
    language: Language,
    Query(back): Query<Back>,
) -> Result<Response, Problem> {
    if method == Method::HEAD {
        return Ok(StatusCode::OK.into_response());
    }
    let redirected = Redirected {
        state: back.state.as_deref(),
        code: back.code.as_deref(),
        error: back.error.as_deref(),
        issuer: back.iss.as_deref(),
    };
    let kept = state.site.sign_in_token(&headers);
    match state.engine.finish_provider_sign_in(redirected, kept).await {
        Ok((session, next)) => {
            let mut response = signed_in(&state, &door, &session, &next).await?;
            response.headers_mut().append(header::SET_COOKIE, state.site.clear_sign_in());
            Ok(response)
        }
        Err(unended) => not_signed_in(&state, language, unended.why, &unended.next),
    }
}

/// The sign-in page, with why nobody was signed in.
fn not_signed_in(
    state: &AppState,
    language: Language,
    why: NotSignedIn,
    next: &str,
) -> Result<Response, Problem> {
    let notice = match why {
        NotSignedIn::NotUnderWay => Notice::NotUnderWay,
        NotSignedIn::TurnedBack => Notice::TurnedBack,
        NotSignedIn::Unproven => Notice::Unproven,
        NotSignedIn::TooWeak => Notice::TooWeak,
        NotSignedIn::Unknown => Notice::Unknown,
        NotSignedIn::Unreachable => Notice::Unreachable,
        NotSignedIn::Engine(EngineError::NotFound) => return Err(EngineError::NotFound.into()),
        NotSignedIn::Engine(error) => return refused(state, language, error, (next, "")),
    };
    Ok(page(state, language, notice, (next, "")))
}
