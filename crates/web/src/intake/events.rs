//! Events in: `POST /v1/events/{source}`, and `GET` of the same for vendors that verify an address
//! before they send anything to it.
//!
//! The order of the steps is that of alerts. A body is decompressed on a thread of its own, and as
//! it grows it takes its room of what all bodies may have together; then detection reads and
//! stores it. The answer is 202 once every good record is on the disk.

use axum::{
    body::Bytes,
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use ports::{
    events::{BodyError, EventMap},
    source::{Reads, Source},
};
use runtime::detection::{Detection, TakeError, Taken};
use serde::Serialize;
use utoipa::ToSchema;

use super::{RejectedRecord, accepted, encoding::Encoding, replay::Replay, sender::Sender};
use crate::{
    AppState, Needs, Problem,
    body::{self, Allowance},
    json,
    problem::Kind,
};

/// What became of the records of a request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventReceipt {
    /// How many were taken, those known already included.
    pub accepted: usize,
    /// How many of them were known already.
    pub duplicates: usize,
    /// Those that were not, by their place in the request.
    pub rejected: Vec<RejectedRecord>,
    /// Names what was stored; null where nothing of it was new.
    pub batch: Option<String>,
}

impl From<Taken> for EventReceipt {
    fn from(taken: Taken) -> Self {
        let rejected = taken.rejected.into_iter();
        Self {
            accepted: taken.accepted,
            duplicates: taken.duplicates,
            rejected: rejected.map(|(index, problem)| RejectedRecord { index, problem }).collect(),
            batch: taken.batch.map(|position| position.0.to_string()),
        }
    }
}

/// Send audit events of a source.
///
/// One JSON object, an array, lines of JSON or the vendor's own envelope; at most 10,000 records,
/// 10 MiB as sent (gzip and zstd are taken) and 64 MiB decompressed. Answers once they are stored.
/// A record that cannot be read is told by its index, is kept for analysts and never costs its
/// neighbours.
#[utoipa::path(
    post, path = "/v1/events/{source}", tag = "events",
    params(("source" = String, Path, description = "The source's name in the configuration")),
    request_body(content = serde_json::Value, description = "By the source's kind"),
    responses((status = 202, body = EventReceipt), (status = "4XX", body = crate::api::ProblemBody),
              (status = 503, body = crate::api::ProblemBody)),
    security(("source" = [])),
)]
pub(crate) async fn take(
    State(state): State<AppState>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let gate = state.gates.of(Needs::EventSource);
    let sender = Sender::of(state.sources.get(&name), &parts.headers, state.clock.now());
    sender.look_at_headers()?;
    let (bytes, time) = (state.limits.event_body_bytes, state.limits.body_time);
    let read = body::read(body, Allowance { bytes, time, gate }).await?;
    let (source, once) = sender.check(&read.bytes)?;
    json::require_type_of_lines(&parts.headers)?;
    let encoding = Encoding::of_events(&parts.headers)?;
    let _room = gate.enter()?;
    map_of(source)?;
    let detection = detection(&state)?;

    let replay = once.map(|once| Replay::of(source, once, &read.bytes));
    let _turn = Replay::turn(replay.as_ref(), &state.engine).await;
    if let Some(receipt) = Replay::answer_before(replay.as_ref(), &state.engine).await? {
        return Ok(accepted(receipt));
    }
    let (sent, plain_bytes, room) =
        (read.bytes.clone(), state.limits.event_plain_bytes, gate.clone());
    let plain = tokio::task::spawn_blocking(move || encoding.grown(sent, plain_bytes, &room));
    let (plain, _plain_room) = plain.await.map_err(|_| Problem::of(Kind::Internal))??;
    let taken = detection.take(&source.name, plain, state.limits.events).await;
    let taken = taken.map_err(|error| refused(&error, state.limits.events))?;
    let receipt = serde_json::to_string(&EventReceipt::from(taken));
    let receipt = receipt.map_err(|_| Problem::of(Kind::Internal))?;
    if let Some(replay) = replay {
        replay.remember(&state.engine, &receipt).await?;
    }
    Ok(accepted(receipt))
}

/// Answer a vendor's one-time verification.
///
/// For kinds of sources whose vendor asks for one, with the source's own credential.
#[utoipa::path(
    get, path = "/v1/events/{source}", tag = "events",
    params(("source" = String, Path, description = "The source's name in the configuration")),
    responses((status = 200, description = "As the vendor wants it"),
              (status = "4XX", body = crate::api::ProblemBody)),
    security(("source" = [])),
)]
pub(crate) async fn verify(
    State(state): State<AppState>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let sender = Sender::of(state.sources.get(&name), &headers, state.clock.now());
    let (source, _) = sender.check(&[])?;
    let handshake = map_of(source)?.handshake(&headers).ok_or(Problem::of(Kind::NotFound))?;
    let kind = [(header::CONTENT_TYPE, handshake.content_type)];
    Ok((StatusCode::OK, kind, handshake.body).into_response())
}

fn map_of(source: &Source) -> Result<&dyn EventMap, Problem> {
    match &source.reads {
        Reads::Events(map) => Ok(&**map),
        Reads::Alerts(_) | Reads::Devices(_) => Err(Problem::of(Kind::OtherKind)),
    }
}

/// Detection, where it is at work.
pub(crate) fn detection(state: &AppState) -> Result<&Detection, Problem> {
    state.detection.as_ref().ok_or(Problem::of(Kind::Unavailable))
}

/// A refusal, to a sender that must keep the events and send them again where that may help.
pub(crate) fn refused(error: &TakeError, most: usize) -> Problem {
    match error {
        TakeError::NoSource => Problem::of(Kind::OtherKind),
        TakeError::Body(BodyError::TooDeep) => Problem::of(Kind::TooDeep),
        TakeError::Body(BodyError::TooMany) => {
            Problem::new(Kind::TooMany, format!("Send at most {most} records at a time."))
                .with("limit_events", most)
        }
        TakeError::Body(BodyError::NotJson) => Problem::of(Kind::MalformedJson),
        TakeError::Body(BodyError::Shape) => Problem::of(Kind::NotEvents),
        TakeError::Behind => Problem::of(Kind::Overloaded),
        TakeError::Unavailable(_) => Problem::of(Kind::Unavailable),
    }
}

impl Encoding {
    /// The body decompressed, and the room that it takes. Plain bytes have theirs already.
    fn grown(
        self,
        sent: Bytes,
        cap: usize,
        gate: &crate::gate::Gate,
    ) -> Result<(Bytes, Option<crate::gate::Room>), Problem> {
        if self.is_plain() {
            return Ok((sent, None));
        }
        let mut room: Option<crate::gate::Room> = None;
        let plain = self.decoded_in_steps(&sent, cap, |bytes| {
            let more = gate.bytes(bytes)?;
            match &mut room {
                None => room = Some(more),
                Some(room) => room.merge(more),
            }
            Ok(())
        })?;
        Ok((plain.into(), room))
    }
}
