//! How rules do, and what analysts make of it.

use std::collections::BTreeMap;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, RawQuery, State},
};
use casework::health::{Change, Health, Interval, Proposal};
use http::HeaderMap;
use model::Timestamp;
use runtime::rule_health::{DAYS, DAYS_MAX, RuleHealth, Ruling};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    arguments::{Arguments, invalid},
    fields::Fields,
};
use crate::{AppState, Problem, acts, guard::Caller, problem::Kind};

/// The longest name of a rule or a version that is read, in bytes.
const NAME_BYTES: usize = 1_024;
/// The longest note, in bytes.
const NOTE_BYTES: usize = 4_000;

/// How a rule did over a period.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RuleHealthBody {
    /// The rule, whatever its source.
    rule: String,
    /// All its versions together.
    all: HealthBody,
    /// Each version for itself.
    versions: Vec<VersionBody>,
    /// How often a suppression that a proof had earned hid one of its alerts.
    suppressed: u64,
    /// What was ruled about its versions.
    rulings: Vec<RulingBody>,
    /// Whether more was counted than is read at once, so that every number may be too low.
    is_cut: bool,
}

/// A version of a rule: the hash of the file that says what is done about its alerts.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct VersionBody {
    /// The hash.
    version: String,
    /// How it did.
    health: HealthBody,
    /// What the numbers propose.
    proposal: Option<ProposalBody>,
}

/// How a rule did.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HealthBody {
    /// Cases that its alerts opened.
    cases: u64,
    /// Questions that were put.
    asked: u64,
    /// Questions that were answered.
    answered: u64,
    /// People whom the rule asked, in any version.
    people: u64,
    /// Cases to which there was something: denied, or judged so by an analyst.
    real: u64,
    /// Cases to which there was nothing: proven to be the person, or judged so by an analyst. An
    /// unproven yes counts for nothing.
    harmless: u64,
    /// How cases ended or came to the analysts, by the reason: `verified`, `denied`, `silent` …
    outcomes: BTreeMap<&'static str, u64>,
    /// The share of the real among the judged.
    precision: Option<IntervalBody>,
    /// The share of questions to which nobody said anything in time.
    unanswered: Option<IntervalBody>,
    /// Questions for each person who was asked any.
    questions_per_person: Option<f64>,
    /// The mean time to an answer, in seconds.
    answer_mean_s: Option<u64>,
    /// Half of the answers came within so many seconds.
    answer_median_within_s: Option<u64>,
    /// Nine of ten answers came within so many seconds.
    answer_most_within_s: Option<u64>,
}

/// A share with its 95 % interval (Wilson).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct IntervalBody {
    /// From 0 to 1.
    share: f64,
    /// Hardly lower.
    low: f64,
    /// Hardly higher.
    high: f64,
    /// Of so many.
    of: u64,
}

/// What the numbers propose.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProposalBody {
    /// `promote`, `demote` or `retire`.
    change: &'static str,
    /// What speaks for it.
    evidence: Vec<String>,
}

/// A proposal that was accepted.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RulingBody {
    /// The version that it is about.
    version: String,
    /// What was proposed, and what spoke for it then.
    proposal: ProposalBody,
    /// Who accepted it.
    by: String,
    /// Why.
    note: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Until then.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// The health of all rules.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RulesHealthBody {
    /// By name.
    items: Vec<RuleHealthBody>,
    /// What of the request was not understood.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// How all rules did that had cases lately.
#[utoipa::path(
    get, path = "/v1/rules/health", tag = "rules",
    params(("days" = Option<u16>, Query, description = "Over so many days: 90 unless told, at most 400")),
    responses((status = 200, body = RulesHealthBody), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<Json<RulesHealthBody>, Problem> {
    let arguments = Arguments::read(query.as_deref(), &["days"])?;
    let rules = state.engine.rules_health(days(&arguments)?).await?;
    let items = rules.iter().map(RuleHealthBody::from).collect();
    Ok(Json(RulesHealthBody { items, warnings: arguments.into_warnings() }))
}

/// How a rule did lately.
#[utoipa::path(
    get, path = "/v1/rules/{id}/health", tag = "rules",
    params(
        ("id" = String, Path, description = "The rule, as alerts name it"),
        ("days" = Option<u16>, Query, description = "Over so many days: 90 unless told, at most 400"),
    ),
    responses((status = 200, body = RuleHealthBody), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn show(
    State(state): State<AppState>,
    Path(rule): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<RuleHealthBody>, Problem> {
    let arguments = Arguments::read(query.as_deref(), &["days"])?;
    let health = state.engine.rule_health(&rule, days(&arguments)?).await?;
    Ok(Json(RuleHealthBody::from(&health)))
}

/// Accept what the numbers propose about a version of a rule.
///
/// It holds for 90 days, or until it is taken back or the rule's file changes. By a session it needs
/// a proof less than 10 minutes old.
#[utoipa::path(
    post, path = "/v1/rules/{id}/ruling", tag = "rules",
    params(
        ("id" = String, Path, description = "The rule, as alerts name it"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key with the same request is answered as it was"),
    ),
    request_body = AcceptBody,
    responses((status = 200, body = RulingBody), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn accept(
    State(state): State<AppState>,
    Path(rule): Path<String>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<RulingBody>, Problem> {
    let mut fields = Fields::read(&headers, &body)?;
    let version = fields.text("version", NAME_BYTES);
    let change = fields.word("change", "`promote`, `demote`, `retire`", Change::named);
    let note = fields.optional_text("note", NOTE_BYTES).unwrap_or_default();
    fields.finish()?;
    let change = change.ok_or(Problem::of(Kind::Internal))?;
    let ruling = acts::accept_proposal(&state, &caller, &rule, &version, change, &note).await?;
    Ok(Json(RulingBody::from(&ruling)))
}

/// An accepted proposal, as sent.
#[derive(Serialize, ToSchema)]
pub(super) struct AcceptBody {
    /// The version of the rule.
    version: String,
    /// `promote`, `demote` or `retire`, as proposed.
    change: String,
    /// Why.
    note: Option<String>,
}

/// Take a ruling back: the rule counts as its files say.
#[utoipa::path(
    post, path = "/v1/rules/{id}/ruling/end", tag = "rules",
    params(
        ("id" = String, Path, description = "The rule, as alerts name it"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key with the same request is answered as it was"),
    ),
    request_body = EndBody,
    responses((status = 200, body = EndBody), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn end(
    State(state): State<AppState>,
    Path(rule): Path<String>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<EndBody>, Problem> {
    let mut fields = Fields::read(&headers, &body)?;
    let version = fields.text("version", NAME_BYTES);
    fields.finish()?;
    state.engine.end_ruling(&caller.actor(), &rule, &version).await?;
    Ok(Json(EndBody { version }))
}

/// Which version's ruling ends.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EndBody {
    /// The version of the rule.
    version: String,
}

/// The days of a request.
fn days(arguments: &Arguments) -> Result<u16, Problem> {
    let what = "a number of days from 1 to 400";
    let days = arguments.one("days", what)?.unwrap_or(DAYS);
    match days {
        1..=DAYS_MAX => Ok(days),
        _ => Err(invalid(format!("`days` is not {what}."))),
    }
}

impl From<&RuleHealth> for RuleHealthBody {
    fn from(health: &RuleHealth) -> Self {
        let version = |(version, health): &(String, Health)| VersionBody {
            version: version.clone(),
            health: HealthBody::from(health),
            proposal: health.proposal().as_ref().map(ProposalBody::from),
        };
        Self {
            rule: health.rule.clone(),
            all: HealthBody::from(&health.all),
            versions: health.versions.iter().map(version).collect(),
            suppressed: health.suppressed,
            rulings: health.rulings.iter().map(RulingBody::from).collect(),
            is_cut: health.is_cut,
        }
    }
}

impl From<&Health> for HealthBody {
    fn from(health: &Health) -> Self {
        let outcome = |reason: &model::Reason| (reason.name(), health.count(reason.name()));
        let outcomes = model::Reason::ALL.iter().map(outcome).filter(|(_, n)| *n > 0).collect();
        Self {
            cases: health.count("cases"),
            asked: health.count("asked"),
            answered: health.count("answered"),
            people: health.people,
            real: health.real(),
            harmless: health.count("harmless"),
            outcomes,
            precision: health.precision().map(IntervalBody::from),
            unanswered: health.unanswered().map(IntervalBody::from),
            questions_per_person: health.questions_per_person(),
            answer_mean_s: health.mean_seconds(),
            answer_median_within_s: health.answered_within(50),
            answer_most_within_s: health.answered_within(90),
        }
    }
}

impl From<Interval> for IntervalBody {
    fn from(interval: Interval) -> Self {
        let Interval { share, low, high, of } = interval;
        Self { share, low, high, of }
    }
}

impl From<&Proposal> for ProposalBody {
    fn from(proposal: &Proposal) -> Self {
        Self { change: proposal.change.name(), evidence: proposal.evidence.clone() }
    }
}

impl From<&Ruling> for RulingBody {
    fn from(ruling: &Ruling) -> Self {
        Self {
            version: ruling.version.clone(),
            proposal: ProposalBody::from(&ruling.proposal),
            by: ruling.by.to_string(),
            note: ruling.note.reveal().to_owned(),
            at: ruling.at,
            expires_at: ruling.expires_at,
        }
    }
}
