//! The response ledger: asking for an action, approving it, taking it back, and stopping all that
//! happens by itself.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, RawQuery, State},
    response::{IntoResponse as _, Response},
};
use casework::ledger::guard::Guard;
use http::{HeaderMap, StatusCode};
use model::{ActionId, CaseId, Span, Timestamp};
use runtime::acting::{ByHand, REASON_CHARS_MAX, TARGET_CHARS_MAX, Waiting};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Listing,
    action::{ActionBody, DryRunBody, RunBody, TraceBody},
    arguments::{Arguments, invalid},
    cases::case_id,
    fields::Fields,
};
use crate::{
    AppState, Problem,
    acts::{self, Deed},
    guard::Caller,
};

/// How many bytes a letter may have.
const LETTER_BYTES: usize = 4;
/// The longest reason, in bytes.
pub(super) const REASON_BYTES: usize = REASON_CHARS_MAX * LETTER_BYTES;
/// The longest name of an action, in bytes.
const ACTION_BYTES: usize = 128;
/// The longest target, in bytes.
const TARGET_BYTES: usize = TARGET_CHARS_MAX * LETTER_BYTES;

/// An action that somebody asks for.
#[derive(Serialize, ToSchema)]
pub(super) struct OrderBody {
    /// The responder and its action, such as `okta.clear_sessions`.
    action: String,
    /// Why.
    reason: String,
    /// The vendor's name for what it is done to; the person's account where it is left out.
    target: Option<String>,
    /// After which time it is taken back, such as `30m`; for what can be taken back.
    limit: Option<String>,
    /// Only tell what would be sent.
    dry_run: Option<bool>,
}

/// Why something is done.
#[derive(Serialize, ToSchema)]
pub(super) struct ReasonBody {
    /// Why.
    reason: String,
}

/// Why something is approved, where somebody says.
#[derive(Serialize, ToSchema)]
pub(super) struct ApprovingBody {
    /// Why.
    reason: Option<String>,
}

/// What waits for an approval.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WaitingBody {
    /// Where it stands among what waits.
    #[serde(skip)]
    key: String,
    /// The case.
    case: String,
    /// The action that waits.
    action: Option<ActionBody>,
    /// The playbook of which a step waits.
    playbook: Option<RunBody>,
}

/// How automatic action stands.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GuardBody {
    /// `going`, `stopped` by a person, or `tripped` by too many actions.
    state: &'static str,
    /// Who stopped it.
    by: Option<String>,
    /// Since when.
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// Why.
    reason: Option<String>,
    /// How many automatic actions there were within the last hour.
    in_the_last_hour: u32,
    /// How many an hour are let through.
    per_hour: u32,
}

/// Why a case was decided so.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DecisionBody {
    /// The steps in order, as of the last time it was decided.
    trace: Vec<TraceBody>,
    /// What was looked up, by its step: `known` with the facts and as of when, `nothing`, or
    /// `unknown` with the cause.
    #[schema(value_type = Object)]
    known: serde_json::Value,
}

/// Ask for an action, or see what it would send.
///
/// With `dry_run` nothing is done and nothing kept: the answer (200) is the very requests that would
/// be sent. Else the answer is the ledger's entry (201), which goes on by itself as far as it may.
/// By a session it needs a proof less than 10 minutes old.
#[utoipa::path(
    post, path = "/v1/cases/{id}/actions", tag = "actions",
    params(
        ("id" = String, Path, description = "The case's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key with the same request is answered as it was"),
    ),
    request_body = OrderBody,
    responses(
        (status = 200, body = DryRunBody), (status = 201, body = ActionBody),
        (status = "4XX", body = super::ProblemBody),
    ),
    security(("key" = [])),
)]
pub(super) async fn order(
    State(state): State<AppState>,
    Path(id): Path<String>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let id = case_id(&id)?;
    let (wish, is_dry) = read_order(Fields::read(&headers, &body)?)?;
    if is_dry {
        let dry = state.engine.dry_run(id, caller.actor(), wish).await?;
        return Ok(Json(DryRunBody::from(dry)).into_response());
    }
    let entry = acts::order(&state, &caller, id, wish).await?;
    let body = Json(ActionBody::of(&id.to_string(), &entry));
    Ok((StatusCode::CREATED, body).into_response())
}

fn read_order(mut fields: Fields) -> Result<(ByHand, bool), Problem> {
    let action = fields.text("action", ACTION_BYTES);
    let reason = fields.text("reason", REASON_BYTES);
    let target = fields.optional_text("target", TARGET_BYTES);
    let limit = fields.optional_parsed("limit", "a length of time such as 30m");
    let is_dry = fields.flag("dry_run");
    fields.finish()?;
    let limit: Option<Span> = limit;
    Ok((ByHand { action, reason, target, limit }, is_dry))
}

/// What waits for an approval, actions before playbooks.
#[utoipa::path(
    get, path = "/v1/actions", tag = "actions",
    params(
        ("limit" = Option<u32>, Query, description = "At most so many: 50 unless told, at most 200"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the listing before"),
    ),
    responses((status = 200, body = Listing<WaitingBody>), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn waiting(
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<Json<Listing<WaitingBody>>, Problem> {
    let mut arguments = Arguments::read(query.as_deref(), &["limit", "cursor"])?;
    let limit = arguments.limit()?;
    let after: Option<String> = arguments.one("cursor", "a cursor of this listing")?;
    let rows = state.engine.waiting(&after.unwrap_or_default(), limit + 1).await?;
    let mut items = Vec::new();
    for row in rows {
        items.push(waiting_body(&state, row).await?);
    }
    let warnings = arguments.into_warnings();
    Ok(Json(Listing::of(items, limit, |item: &WaitingBody| item.key.clone(), warnings)))
}

async fn waiting_body(state: &AppState, waiting: Waiting) -> Result<WaitingBody, Problem> {
    let case = state.engine.case(waiting.case).await?;
    let id = case.id.to_string();
    let action = case.ledger.iter().find(|entry| entry.id().to_string() == waiting.key);
    let run = case.runs.iter().find(|run| format!("{id}/{}", run.number) == waiting.key);
    Ok(WaitingBody {
        key: waiting.key,
        action: action.map(|entry| ActionBody::of(&id, entry)),
        playbook: run.map(RunBody::from),
        case: id,
    })
}

/// Approve an action.
///
/// Nobody approves what they asked for, nor anything in a case about themself. An approval that is
/// late, or given twice, is recorded and changes nothing. By a session it needs a proof less than
/// 10 minutes old.
#[utoipa::path(
    post, path = "/v1/actions/{id}/approve", tag = "actions",
    params(
        ("id" = String, Path, description = "The action's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key with the same request is answered as it was"),
    ),
    request_body = ApprovingBody,
    responses((status = 200, body = ActionBody), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn approve(
    State(state): State<AppState>,
    Path(id): Path<String>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<ActionBody>, Problem> {
    let id = action_id(&id)?;
    let mut fields = Fields::read(&headers, &body)?;
    let reason = fields.optional_text("reason", REASON_BYTES);
    fields.finish()?;
    done(&state, &caller, id, Deed::Approve, reason).await
}

/// Refuse to approve an action: it is not done.
#[utoipa::path(
    post, path = "/v1/actions/{id}/decline", tag = "actions",
    params(
        ("id" = String, Path, description = "The action's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key with the same request is answered as it was"),
    ),
    request_body = ReasonBody,
    responses((status = 200, body = ActionBody), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn decline(
    State(state): State<AppState>,
    Path(id): Path<String>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<ActionBody>, Problem> {
    let (id, reason) = (action_id(&id)?, read_reason(&headers, &body)?);
    done(&state, &caller, id, Deed::Decline, Some(reason)).await
}

/// Take an action back.
///
/// Only what we did is taken back: where somebody else has changed it since, it stays as it is and
/// the entry says so.
#[utoipa::path(
    post, path = "/v1/actions/{id}/revert", tag = "actions",
    params(
        ("id" = String, Path, description = "The action's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key with the same request is answered as it was"),
    ),
    request_body = ReasonBody,
    responses((status = 200, body = ActionBody), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn revert(
    State(state): State<AppState>,
    Path(id): Path<String>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<ActionBody>, Problem> {
    let (id, reason) = (action_id(&id)?, read_reason(&headers, &body)?);
    done(&state, &caller, id, Deed::Revert, Some(reason)).await
}

async fn done(
    state: &AppState,
    caller: &Caller,
    id: ActionId,
    deed: Deed,
    reason: Option<String>,
) -> Result<Json<ActionBody>, Problem> {
    let (case, entry): (CaseId, _) = acts::act(state, caller, id, deed, reason).await?;
    Ok(Json(ActionBody::of(&case.to_string(), &entry)))
}

/// How automatic action stands.
#[utoipa::path(
    get, path = "/v1/actions/guard", tag = "actions",
    responses((status = 200, body = GuardBody), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn guard(State(state): State<AppState>) -> Result<Json<GuardBody>, Problem> {
    Ok(Json(guard_body(&state, &state.engine.guard().await?)))
}

/// Stop all automatic action: what is to begin waits for a person.
///
/// What has begun is still looked at. By a session it needs a proof less than 10 minutes old.
#[utoipa::path(
    post, path = "/v1/actions/stop", tag = "actions",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key with the same request is answered as it was")),
    request_body = ReasonBody,
    responses((status = 200, body = GuardBody), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn stop(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<GuardBody>, Problem> {
    switch(&state, &caller, acts::Switch::Stop, &headers, &body).await
}

/// Let automatic action go on, and close the breaker.
///
/// What was held stays held, each until somebody approves or declines it.
#[utoipa::path(
    post, path = "/v1/actions/resume", tag = "actions",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key with the same request is answered as it was")),
    request_body = ReasonBody,
    responses((status = 200, body = GuardBody), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn resume(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<GuardBody>, Problem> {
    switch(&state, &caller, acts::Switch::Resume, &headers, &body).await
}

/// Why a case was decided so, and on what.
#[utoipa::path(
    get, path = "/v1/cases/{id}/decision", tag = "cases",
    params(("id" = String, Path, description = "The case's id")),
    responses((status = 200, body = DecisionBody), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn decision(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<DecisionBody>, Problem> {
    let case = state.engine.case(case_id(&id)?).await?;
    let trace = state.engine.trace(case.id).await?.into_iter().map(TraceBody::from).collect();
    let known = serde_json::to_value(&case.known).unwrap_or_default();
    Ok(Json(DecisionBody { trace, known }))
}

fn guard_body(state: &AppState, guard: &Guard) -> GuardBody {
    let body = |state, by, since, reason| GuardBody {
        state,
        by,
        since,
        reason,
        in_the_last_hour: 0,
        per_hour: 0,
    };
    let body = match (&guard.stopped, &guard.tripped) {
        (Some(stopped), _) => {
            let (by, why) = (stopped.by.to_string(), stopped.reason.clone());
            body("stopped", Some(by), Some(stopped.at), Some(why))
        }
        (None, Some(tripped)) => body("tripped", None, Some(tripped.at), Some(tripped.why.clone())),
        (None, None) => body("going", None, None, None),
    };
    GuardBody {
        in_the_last_hour: guard.count("", state.clock.now()),
        per_hour: state.engine.act_limits().per_hour,
        ..body
    }
}

async fn switch(
    state: &AppState,
    caller: &Caller,
    to: acts::Switch,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Json<GuardBody>, Problem> {
    let reason = read_reason(headers, body)?;
    let guard = acts::set_guard(state, caller, to, &reason).await?;
    Ok(Json(guard_body(state, &guard)))
}

fn read_reason(headers: &HeaderMap, body: &Bytes) -> Result<String, Problem> {
    let mut fields = Fields::read(headers, body)?;
    let reason = fields.text("reason", REASON_BYTES);
    fields.finish()?;
    Ok(reason)
}

fn action_id(text: &str) -> Result<ActionId, Problem> {
    text.parse().map_err(|_| invalid("That is not the id of an action: `act_` and 26 more.".into()))
}
