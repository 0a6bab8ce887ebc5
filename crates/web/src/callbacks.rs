//! What chat platforms and targets of escalation call: answers and acknowledgements come in here.
//!
//! The connector checks the signature over the raw bytes before it reads a single one
//! of them (R10). Nothing but its verdict is believed.

use axum::{
    body::{Body, Bytes},
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use ports::chat::{HttpCall, HttpReply};

use crate::{AppState, Needs, Problem, Routes, problem::Kind};

/// The kinds of calls of a chat there are.
const KINDS: [&str; 4] = ["interactions", "events", "dialog", "messages"];
/// The kind of call of a target of escalation.
const SIGNALS: &str = "signals";

/// The routes of this module.
pub fn routes() -> Routes {
    Routes::new().post("/callbacks/{chat}/{kind}", Needs::Vendor, take)
}

async fn take(
    State(state): State<AppState>,
    Path((chat, kind)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let reply = match kind.as_str() {
        SIGNALS => state.engine.pager_call(&chat, &HttpCall { kind, headers, body }).await,
        known if KINDS.contains(&known) => {
            state.engine.chat_call(&chat, HttpCall { kind, headers, body }).await
        }
        _ => return Err(Problem::of(Kind::NotFound)),
    };
    Ok(answer(reply))
}

/// The reply as it goes out. A refusal without words of its own gets ours.
fn answer(reply: HttpReply) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if reply.body.is_empty() && (status.is_client_error() || status.is_server_error()) {
        return refusal(status).into_response();
    }
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() = status;
    if let Some(kind) = reply.content_type {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    response
}

fn refusal(status: StatusCode) -> Problem {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Problem::new(
            Kind::Unauthorized,
            "The call is not signed as this chat signs: check the signing secret and the clocks.",
        ),
        StatusCode::NOT_FOUND => Problem::of(Kind::NotFound),
        status if status.is_server_error() => Problem::of(Kind::Unavailable),
        _ => Problem::of(Kind::MalformedCall),
    }
}
