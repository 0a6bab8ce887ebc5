//! Agents that speak with us under keys of their own: hosts with osquery, our own collector, and
//! relying parties that ask what changed.
//!
//! Whether a key is good is the protocol's to say, over the whole body. What an agent is answered
//! when it is not is the protocol's too, because agents read nothing else.

use axum::{
    Json,
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use ports::{compliance::PollRefused, devices::agents::AgentCall};
use runtime::{compliance::AskError, posture::COLLECTOR};

use super::encoding::Encoding;
use crate::{
    AppState, Needs, Problem, Routes,
    body::{self, Allowance},
    limits::CALLBACK_BODY_BYTES,
    problem::Kind,
};

/// The routes of this module.
pub(super) fn routes() -> Routes {
    Routes::new()
        .post("/v1/osquery/{source}/{*endpoint}", Needs::Agent, osquery)
        .post("/v1/collect/{endpoint}", Needs::Agent, collect)
        .post("/v1/compliance/{name}/poll", Needs::Agent, poll)
        .get("/v1/compliance/{name}/jwks.json", Needs::Anyone, keys)
}

async fn osquery(
    State(state): State<AppState>,
    Path((source, endpoint)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    if source == COLLECTOR {
        return Err(Problem::of(Kind::NotFound));
    }
    answer(&state, &source, &endpoint, request).await
}

async fn collect(
    State(state): State<AppState>,
    Path(endpoint): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    answer(&state, COLLECTOR, &endpoint, request).await
}

async fn answer(
    state: &AppState,
    source: &str,
    endpoint: &str,
    request: Request,
) -> Result<Response, Problem> {
    let protocol = state.posture.agent(source);
    let protocol = protocol.ok_or(Problem::of(Kind::NotFound))?;
    let (parts, body) = request.into_parts();
    let gate = state.gates.of(Needs::Agent);
    let (bytes, time) = (protocol.body_max_bytes(), state.limits.body_time);
    let read = body::read(body, Allowance { bytes, time, gate }).await?;
    let encoding = Encoding::of(&parts.headers)?;
    let _room = gate.enter()?;
    let _plain_room = encoding.room(gate, bytes)?;
    let plain = encoding.decoded(&read.bytes, bytes)?;
    let call = AgentCall { endpoint, headers: &parts.headers, body: &plain };
    let answer = state.posture.agent_call(source, call).await?;
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Ok((status, Json(answer.reply)).into_response())
}

/// A relying party asks what changed, and says what it has (RFC 8936).
async fn poll(
    State(state): State<AppState>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let gate = state.gates.of(Needs::Agent);
    let (bytes, time) = (CALLBACK_BODY_BYTES, state.limits.body_time);
    let read = body::read(body, Allowance { bytes, time, gate }).await?;
    let _room = gate.enter()?;
    let unknown = || Problem::new(Kind::Unauthorized, "Send the token configured for this party.");
    let asked = state.posture.answer_party(&name, &parts.headers, &read.bytes).await;
    match asked.ok_or_else(unknown)? {
        Ok(polled) => Ok(Json(polled.reply).into_response()),
        Err(AskError::Refused(PollRefused::Auth(_))) => Err(unknown()),
        Err(AskError::Refused(PollRefused::Malformed(why))) => {
            Err(Problem::new(Kind::InvalidBody, format!("It is no poll: {why}.")))
        }
        Err(AskError::Store(_)) => Err(Problem::of(Kind::Unavailable)),
    }
}

/// The public keys that a relying party checks signatures with (RFC 7517).
#[utoipa::path(
    get, path = "/v1/compliance/{name}/jwks.json", tag = "devices",
    params(("name" = String, Path, description = "The relying party's name in the configuration")),
    responses((status = 200, body = serde_json::Value), (status = "4XX", body = crate::api::ProblemBody)),
)]
pub(crate) async fn keys(
    State(state): State<AppState>,
    Path(name): Path<String>,
) -> Result<Json<serde_json::Value>, Problem> {
    state.posture.party_keys(&name).map(Json).ok_or(Problem::of(Kind::NotFound))
}
