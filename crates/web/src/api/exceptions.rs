//! Exceptions: what analysts have said not to ask about for a while.

use std::collections::BTreeMap;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, RawQuery, State},
    response::{IntoResponse as _, Response},
};
use casework::policy::exception::Exception;
use http::{HeaderMap, StatusCode};
use model::{Facts, PersonId, Personal, Span, Timestamp};
use runtime::exceptions::{ExceptionReport, Preview};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Listing, actions::REASON_BYTES, arguments::Arguments, fields::Fields};
use crate::{AppState, Problem, acts, guard::Caller, problem::Kind};

/// The longest name of a source or a rule, in bytes.
const NAME_BYTES: usize = 256;
/// The longest name of a person, in bytes.
const PERSON_BYTES: usize = 320;
/// The longest condition, in bytes.
const CONDITION_BYTES: usize = 4 * 1_024;

/// An exception that somebody makes.
#[derive(Serialize, ToSchema)]
pub(super) struct ExceptBody {
    /// Why.
    reason: String,
    /// For how long, such as `30d`; at most 90 days.
    #[serde(rename = "for")]
    span: String,
    /// Of this source.
    source: Option<String>,
    /// Of this rule.
    rule: Option<String>,
    /// About this person: an id, e-mail or alias.
    person: Option<String>,
    /// With these facts.
    #[schema(value_type = Option<Object>)]
    facts: Option<Facts>,
    /// For which this condition holds.
    condition: Option<String>,
}

/// An exception in force.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ExceptionBody {
    /// Its id.
    id: String,
    /// Who made it and answers for it.
    owner: String,
    /// Why.
    reason: String,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Until when.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// Whether it ends within 7 days.
    lapses_soon: bool,
    /// How many alerts it has hidden; 0 is worth a thought.
    hits: u64,
    /// Of this source.
    source: Option<String>,
    /// Of this rule.
    rule: Option<String>,
    /// About this person, by id.
    person: Option<String>,
    /// With these facts.
    #[schema(value_type = Object)]
    facts: Facts,
    /// For which this condition holds.
    condition: Option<String>,
}

/// What an exception would have hidden of the last 30 days.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PreviewBody {
    /// How many alerts.
    alerts: usize,
    /// In which cases, newest first.
    cases: Vec<String>,
    /// How many cases were looked at.
    looked_at: usize,
    /// Whether there were more cases than are looked at.
    is_cut: bool,
}

/// Exceptions in force, oldest first.
#[utoipa::path(
    get, path = "/v1/exceptions", tag = "exceptions",
    params(("only" = Option<String>, Query, description = "`unused`: those that have hidden nothing yet; `lapsing`: those that end within 7 days")),
    responses((status = 200, body = Listing<ExceptionBody>), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<Json<Listing<ExceptionBody>>, Problem> {
    let arguments = Arguments::read(query.as_deref(), &["only"])?;
    let word = |word: &str| Only::ALL.into_iter().find(|only| only.name() == word);
    let only = arguments.list("only", "`unused` or `lapsing`", word)?;
    let reports = state.engine.exception_reports().await?;
    let wanted = reports.into_iter().filter(|report| only.iter().all(|only| only.takes(report)));
    let items = wanted.map(ExceptionBody::from).collect();
    Ok(Json(Listing { items, next_cursor: None, warnings: arguments.into_warnings() }))
}

/// Which exceptions are listed.
#[derive(Debug, Clone, Copy)]
enum Only {
    Unused,
    Lapsing,
}

impl Only {
    const ALL: [Self; 2] = [Self::Unused, Self::Lapsing];

    fn name(self) -> &'static str {
        match self {
            Self::Unused => "unused",
            Self::Lapsing => "lapsing",
        }
    }

    fn takes(self, report: &ExceptionReport) -> bool {
        match self {
            Self::Unused => report.hits == 0,
            Self::Lapsing => report.is_lapsing,
        }
    }
}

/// Make an exception: alerts like these are not asked about, for a while.
///
/// It names a rule, and something beside: a person, a fact, a source. Or it has a condition, which
/// compares a fact, the rule or the source where nothing beside it names one; one that says the same
/// of every alert, such as `true`, is refused. Nobody excepts themself, and none hides what is about
/// its maker. By a session it needs a proof less than 10 minutes old.
#[utoipa::path(
    post, path = "/v1/exceptions", tag = "exceptions",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key with the same request is answered as it was")),
    request_body = ExceptBody,
    responses((status = 201, body = ExceptionBody), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn make(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let exception = read_exception(&state, &caller, Fields::read(&headers, &body)?)?;
    acts::except(&state, &caller, exception.clone()).await?;
    let is_lapsing = exception.is_lapsing(state.clock.now());
    let report = ExceptionReport { exception, hits: 0, is_lapsing };
    Ok((StatusCode::CREATED, Json(ExceptionBody::from(report))).into_response())
}

/// What an exception would have hidden of the last 30 days. Nothing is kept.
#[utoipa::path(
    post, path = "/v1/exceptions/preview", tag = "exceptions",
    request_body = ExceptBody,
    responses((status = 200, body = PreviewBody), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn preview(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<PreviewBody>, Problem> {
    let exception = read_exception(&state, &caller, Fields::read(&headers, &body)?)?;
    acts::require_another(&caller.actor(), &exception)?;
    Ok(Json(PreviewBody::from(state.engine.preview_exception(&exception).await?)))
}

/// End an exception: what it hid is asked about again.
#[utoipa::path(
    delete, path = "/v1/exceptions/{id}", tag = "exceptions",
    params(
        ("id" = String, Path, description = "The exception's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key with the same request is answered as it was"),
    ),
    responses((status = 204, description = "It is over"), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn end(
    State(state): State<AppState>,
    Path(id): Path<String>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    acts::end_exception(&state, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn read_exception(
    state: &AppState,
    caller: &Caller,
    mut fields: Fields,
) -> Result<Exception, Problem> {
    let reason = fields.text("reason", REASON_BYTES);
    let span: Option<Span> = fields.optional_parsed("for", "a length of time such as 30d");
    let source = fields.optional_text("source", NAME_BYTES);
    let rule = fields.optional_text("rule", NAME_BYTES);
    let person = fields.optional_text("person", PERSON_BYTES);
    let facts: BTreeMap<_, _> = fields.facts("facts").into_iter().collect();
    let condition = fields.optional_text("condition", CONDITION_BYTES);
    fields.finish()?;
    let person = person.map(|name| person_named(state, &name)).transpose()?;
    let now = state.clock.now();
    Ok(Exception {
        id: state.engine.new_exception_id(),
        owner: caller.actor(),
        reason: Personal::from(reason),
        created_at: now,
        // Without an end it is refused, like one that ends at once.
        expires_at: span.unwrap_or(Span::ZERO).after(now),
        source,
        rule,
        person,
        facts,
        condition,
    })
}

fn person_named(state: &AppState, name: &str) -> Result<PersonId, Problem> {
    let unknown =
        || Problem::new(Kind::InvalidBody, "Nobody of the directory has this id, e-mail or alias.");
    state.engine.find_person(name).map(|person| person.id).ok_or_else(unknown)
}

impl From<ExceptionReport> for ExceptionBody {
    fn from(report: ExceptionReport) -> Self {
        let ExceptionReport { exception, hits, is_lapsing } = report;
        Self {
            id: exception.id,
            owner: exception.owner.to_string(),
            reason: exception.reason.reveal().to_owned(),
            created_at: exception.created_at,
            expires_at: exception.expires_at,
            lapses_soon: is_lapsing,
            hits,
            source: exception.source,
            rule: exception.rule,
            person: exception.person.map(|person| person.to_string()),
            facts: exception.facts.into_iter().collect(),
            condition: exception.condition,
        }
    }
}

impl From<Preview> for PreviewBody {
    fn from(preview: Preview) -> Self {
        Self {
            alerts: preview.alerts,
            cases: preview.cases.iter().map(|row| row.id.to_string()).collect(),
            looked_at: preview.looked_at,
            is_cut: preview.is_cut,
        }
    }
}
