//! Facts of devices in: `POST /v1/devices/{source}`, in the same order of steps as alerts.

use axum::{
    Json,
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use ports::source::Reads;
use runtime::engine::EngineError;
use serde::Serialize;
use utoipa::ToSchema;

use super::{RejectedRecord, encoding::Encoding, replay::Replay, sender::Sender};
use crate::{
    AppState, Needs, Problem,
    body::{self, Allowance},
    limits::DEVICES_BODY_BYTES,
    problem::Kind,
};

/// What became of the records of a request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DevicesReceipt)]
pub(crate) struct Receipt {
    /// How many were taken.
    accepted: usize,
    /// Those that were not, by their place in the request.
    rejected: Vec<RejectedRecord>,
}

/// Send facts of devices of a source.
///
/// By the source's kind: records as JSON or CSV, an inventory as XML, a report. At most 8 MiB.
/// Answers once they are stored. A push replaces only the records that it names, unless it says
/// that it holds all of them.
#[utoipa::path(
    post, path = "/v1/devices/{name}", tag = "devices",
    params(("name" = String, Path, description = "The source's name in the configuration")),
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
    let now = state.clock.now();
    let sender = Sender::of(state.devices.get(&name), &parts.headers, now);
    sender.look_at_headers()?;
    let time = state.limits.body_time;
    let read = body::read(body, Allowance { bytes: DEVICES_BODY_BYTES, time, gate }).await?;
    let (source, once) = sender.check(&read.bytes)?;
    let encoding = Encoding::of(&parts.headers)?;
    let _room = gate.enter()?;
    let replay = once.map(|once| Replay::of(source, once, &read.bytes));
    let _turn = Replay::turn(replay.as_ref(), &state.engine).await;
    if let Some(receipt) = Replay::answer_before(replay.as_ref(), &state.engine).await? {
        let json = [(http::header::CONTENT_TYPE, "application/json")];
        return Ok((StatusCode::ACCEPTED, json, receipt).into_response());
    }
    let _plain_room = encoding.room(gate, DEVICES_BODY_BYTES)?;
    let plain = encoding.decoded(&read.bytes, DEVICES_BODY_BYTES)?;
    let Reads::Devices(map) = &source.reads else { return Err(Problem::of(Kind::OtherKind)) };
    let pushed = map.map(&plain, now);
    let pushed = pushed.map_err(|rejected| {
        Problem::new(Kind::InvalidBody, format!("It cannot be read: {}.", rejected.problem))
    })?;
    let taken = state.posture.fleet().receive(&source.name, pushed).await;
    let taken = taken.map_err(|error| match error {
        EngineError::Invalid(_) => error.into(),
        _ => Problem::of(Kind::Unavailable),
    })?;
    let rejected = taken.rejected.into_iter();
    let receipt = Receipt {
        accepted: taken.accepted,
        rejected: rejected.map(|(index, problem)| RejectedRecord { index, problem }).collect(),
    };
    if let Some(replay) = replay {
        let text = serde_json::to_string(&receipt).map_err(|_| Problem::of(Kind::Internal))?;
        replay.remember(&state.engine, &text).await?;
    }
    Ok((StatusCode::ACCEPTED, Json(receipt)).into_response())
}
