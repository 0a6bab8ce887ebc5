//! One-time sign-in links, made by an administrator.

use axum::{
    Json,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use runtime::people::LinkKind;
use secrecy::ExposeSecret;
use serde::Serialize;
use utoipa::ToSchema;

use super::{fields::Fields, idempotency};
use crate::{AppState, Problem, guard::Caller, problem::Kind};

/// The longest e-mail address, in bytes (RFC 5321 has room for 254).
const EMAIL_BYTES: usize = 254;

/// Make a one-time sign-in link for a person.
///
/// The answer is the only place where the link is ever shown. Whoever has it signs in as that
/// person, once: hand it over in person or by a channel that proves who receives it, never by
/// chat. An `Idempotency-Key` is refused, since answers to it are kept.
#[utoipa::path(
    post, path = "/v1/signin-links", tag = "people",
    request_body = LinkRequest,
    responses((status = 201, body = LinkBody), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn make(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    if headers.contains_key(idempotency::HEADER) {
        let advice = "A link is shown once and kept nowhere: send no Idempotency-Key.";
        return Err(Problem::new(Kind::InvalidArgument, advice));
    }
    let mut fields = Fields::read(&headers, &body)?;
    let email = fields.text("email", EMAIL_BYTES);
    let is_for_enrolment = fields.flag("enrol");
    fields.finish()?;
    let kind = if is_for_enrolment { LinkKind::Enrol } else { LinkKind::SignIn };
    let link = state.engine.create_link(caller.authority(), &email, kind).await?;
    let body =
        LinkBody { url: link.expose_secret().to_owned(), lives_seconds: kind.life().as_seconds() };
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

/// For whom, and for what.
#[derive(Serialize, ToSchema)]
pub(super) struct LinkRequest {
    /// The person's e-mail.
    email: String,
    /// Whether the link also lets them enrol their first way to prove.
    enrol: Option<bool>,
}

/// A link.
#[derive(Serialize, ToSchema)]
pub(super) struct LinkBody {
    /// Its address, which is a secret.
    url: String,
    /// How long it may lie unused, in seconds.
    lives_seconds: u64,
}
