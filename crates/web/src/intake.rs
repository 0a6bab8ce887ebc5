//! Alerts in: `POST /v1/alerts/{source}`; facts of devices beside them ([`devices`]), and the
//! agents that speak with us ([`agents`]).
//!
//! In this order, and each step only if the one before it succeeded: the credential is looked at,
//! as far as the headers tell; the body is read within its limits; the credential is checked over
//! the raw bytes; then the bytes are decompressed, read as strict JSON, mapped by the source's
//! kind and given to the engine. The answer is 202 once the engine has them durably.
//!
//! An unknown source is refused exactly as a source with a bearer token is to somebody without it
//! (401): who has no credential learns no names. Overload is 503 for every kind, never 429, because
//! there are senders that drop an alert on any 4xx.

pub(crate) mod agents;
pub(crate) mod devices;
mod encoding;
pub(crate) mod events;
mod replay;
mod sender;

use axum::{
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use ports::source::{AlertDraft, Reads, Rejected, Source};
use runtime::{engine::EngineError, intake::Accepted};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    AppState, Needs, Problem, Routes,
    body::{self, Allowance},
    json,
    problem::Kind,
};
use encoding::Encoding;
use replay::Replay;
use sender::Sender;

/// The routes of this module.
pub fn routes() -> Routes {
    Routes::new()
        .post("/v1/alerts/{source}", Needs::Source, take)
        .post("/v1/events/{source}", Needs::EventSource, events::take)
        .get("/v1/events/{source}", Needs::EventSource, events::verify)
        .post("/v1/devices/{name}", Needs::Source, devices::take)
        .and(agents::routes())
}

/// What became of the alerts of a request.
#[derive(Debug, Serialize, ToSchema)]
pub struct Receipt {
    /// How many were taken, those known already included.
    pub accepted: usize,
    /// Those that were not, by their place in the request.
    pub rejected: Vec<RejectedRecord>,
    /// Those that were, in the order of the request.
    pub alerts: Vec<AcceptedAlert>,
}

/// A record that is not an alert.
#[derive(Debug, Serialize, ToSchema)]
pub struct RejectedRecord {
    /// Its place in the request, from 0.
    pub index: usize,
    /// What is wrong and what to do.
    pub problem: String,
}

/// An alert that was taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct AcceptedAlert {
    /// Its id; the first one's where it is a duplicate.
    pub id: String,
    /// Whether it was known already.
    pub duplicate: bool,
}

impl From<Accepted> for Receipt {
    fn from(accepted: Accepted) -> Self {
        let rejected = accepted.rejected.into_iter();
        let alerts = accepted.alerts.into_iter();
        Self {
            accepted: alerts.len(),
            rejected: rejected.map(|(index, problem)| RejectedRecord { index, problem }).collect(),
            alerts: alerts
                .map(|alert| AcceptedAlert {
                    id: alert.id.to_string(),
                    duplicate: alert.is_duplicate,
                })
                .collect(),
        }
    }
}

/// Send alerts of a source.
///
/// One JSON object or an array of at most 1,000, at most 1 MiB. Answers once they are stored. A
/// record that is no alert is told by its index and never costs its neighbours.
#[utoipa::path(
    post, path = "/v1/alerts/{source}", tag = "alerts",
    params(("source" = String, Path, description = "The source's name in the configuration")),
    request_body(content = Value, description = "By the source's kind"),
    responses((status = 202, body = Receipt), (status = "4XX", body = crate::api::ProblemBody),
              (status = 503, body = crate::api::ProblemBody)),
    security(("source" = [])),
)]
pub(crate) async fn take(
    State(state): State<AppState>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let gate = state.gates.of(Needs::Source);
    let sender = Sender::of(state.sources.get(&name), &parts.headers, state.clock.now());
    sender.look_at_headers()?;
    let (bytes, time) = (state.limits.alert_body_bytes, state.limits.body_time);
    let read = body::read(body, Allowance { bytes, time, gate }).await?;
    let (source, once) = sender.check(&read.bytes)?;
    json::require_type(&parts.headers)?;
    let encoding = Encoding::of(&parts.headers)?;
    let _room = gate.enter()?;

    let replay = once.map(|once| Replay::of(source, once, &read.bytes));
    let _turn = Replay::turn(replay.as_ref(), &state.engine).await;
    if let Some(receipt) = Replay::answer_before(replay.as_ref(), &state.engine).await? {
        return Ok(accepted(receipt));
    }
    let _plain_room = encoding.room(gate, bytes)?;
    let plain = encoding.decoded(&read.bytes, bytes)?;
    let drafts = read_alerts(&state, source, &plain)?;
    let taken = state.engine.accept(&source.name, drafts).await.map_err(later)?;
    let receipt = serde_json::to_string(&Receipt::from(taken));
    let receipt = receipt.map_err(|_| Problem::of(Kind::Internal))?;
    if let Some(replay) = replay {
        replay.remember(&state.engine, &receipt).await?;
    }
    Ok(accepted(receipt))
}

fn accepted(receipt: String) -> Response {
    let json = [(header::CONTENT_TYPE, "application/json")];
    (StatusCode::ACCEPTED, json, receipt).into_response()
}

fn read_alerts(
    state: &AppState,
    source: &Source,
    body: &[u8],
) -> Result<Vec<Result<AlertDraft, Rejected>>, Problem> {
    let Reads::Alerts(map) = &source.reads else {
        return Err(Problem::of(Kind::OtherKind));
    };
    let value = json::parse(body, state.limits.json_depth)?;
    match &value {
        Value::Array(records) if records.len() > state.limits.alerts => {
            return Err(too_many(state.limits.alerts));
        }
        Value::Array(_) | Value::Object(_) => {}
        _ => return Err(Problem::of(Kind::NotAlerts)),
    }
    let drafts = map.map(&value);
    if drafts.len() > state.limits.alerts {
        return Err(too_many(state.limits.alerts));
    }
    Ok(drafts)
}

fn too_many(most: usize) -> Problem {
    Problem::new(Kind::TooMany, format!("Send at most {most} alerts at a time."))
        .with("limit_alerts", most)
}

/// A refusal by the engine, to a sender that must keep the alert and send it again.
fn later(error: EngineError) -> Problem {
    match error {
        EngineError::Invalid(_) => error.into(),
        _ => Problem::of(Kind::Unavailable),
    }
}
