//! The queue, a case, its story, and what an analyst does with it.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, RawQuery, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use model::{CaseId, Disposition, PersonId, Personal, Severity, StateName};
use ports::store::CaseQuery;
use runtime::{Engine, analysts::StoryLine, intake::ManualQuestion};
use serde_json::Value;

use super::{
    Listing,
    arguments::{Arguments, invalid},
    case::{CaseBody, CaseDetail, JournalBody},
    fields::Fields,
};
use crate::{AppState, Problem, acts, guard::Caller, problem::Kind};

/// The longest title of a question by hand, in bytes.
const TITLE_BYTES: usize = 1_024;
/// The longest message of a question by hand, in bytes.
const MESSAGE_BYTES: usize = 16 * 1_024;
/// The longest name of a person, in bytes.
const PERSON_BYTES: usize = 320;
/// The longest note to a disposition, in bytes.
const NOTE_BYTES: usize = 4 * 1_024;
/// The longest name of a rule that is looked for, in bytes.
const RULE_BYTES: usize = 256;

const FILTERS: [&str; 8] =
    ["state", "person", "rule", "severity", "after", "before", "limit", "cursor"];

/// Cases, newest first.
///
/// An unknown argument is ignored and named in `warnings`.
#[utoipa::path(
    get, path = "/v1/cases", tag = "cases",
    params(
        ("state" = Option<String>, Query, description = "A comma list of states; `open` is every state but `closed`"),
        ("person" = Option<String>, Query, description = "A comma list of ids, e-mails or aliases"),
        ("rule" = Option<String>, Query, description = "A comma list of rules"),
        ("severity" = Option<String>, Query, description = "A comma list of severities"),
        ("after" = Option<String>, Query, description = "Opened at or after: RFC 3339 or seconds since 1970"),
        ("before" = Option<String>, Query, description = "Opened before"),
        ("limit" = Option<u32>, Query, description = "At most so many: 50 unless told, at most 200"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the listing before"),
    ),
    responses((status = 200, body = Listing<CaseBody>), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<Json<Listing<CaseBody>>, Problem> {
    let mut arguments = Arguments::read(query.as_deref(), &FILTERS)?;
    let limit = arguments.limit()?;
    let query = case_query(&arguments, &state.engine, limit + 1)?;
    let cases = state.engine.cases(&query).await?;
    let items = cases.into_iter().map(CaseBody::from).collect();
    let warnings = arguments.into_warnings();
    Ok(Json(Listing::of(items, limit, |case: &CaseBody| case.id.clone(), warnings)))
}

fn case_query(arguments: &Arguments, engine: &Engine, limit: u32) -> Result<CaseQuery, Problem> {
    let states = arguments.list("state", "`open` or the name of a state", states_named)?;
    let severity = |word: &str| Severity::ALL.into_iter().find(|each| each.name() == word);
    let rule = |name: &str| (1..=RULE_BYTES).contains(&name.len()).then(|| name.to_owned());
    Ok(CaseQuery {
        states: states.into_iter().flatten().collect(),
        people: arguments.list("person", "the id, e-mail or alias of somebody known", |name| {
            name.parse::<PersonId>().ok().or_else(|| Some(engine.find_person(name)?.id))
        })?,
        rules: arguments.list("rule", "the name of a rule", rule)?,
        severities: arguments.list("severity", "the name of a severity", severity)?,
        after: arguments.instant("after")?,
        before: arguments.instant("before")?,
        cursor: arguments.one("cursor", "a cursor of this listing")?,
        limit,
    })
}

fn states_named(word: &str) -> Option<Vec<StateName>> {
    if word == "open" {
        return Some(StateName::ALL.iter().copied().filter(|state| state.is_open()).collect());
    }
    StateName::named(word).map(|state| vec![state])
}

/// A case with all that is known of it.
#[utoipa::path(
    get, path = "/v1/cases/{id}", tag = "cases",
    params(("id" = String, Path, description = "The case's id")),
    responses((status = 200, body = CaseDetail), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn show(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<CaseDetail>, Problem> {
    let case = state.engine.case(case_id(&id)?).await?;
    Ok(Json(CaseDetail::from(&case)))
}

/// A case's whole story, oldest first.
#[utoipa::path(
    get, path = "/v1/cases/{id}/journal", tag = "cases",
    params(
        ("id" = String, Path, description = "The case's id"),
        ("limit" = Option<u32>, Query, description = "At most so many steps, each of one line or more: 50 unless told, at most 200"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the listing before"),
    ),
    responses((status = 200, body = Listing<JournalBody>), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn journal(
    State(state): State<AppState>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Listing<JournalBody>>, Problem> {
    let id = case_id(&id)?;
    let mut arguments = Arguments::read(query.as_deref(), &["limit", "cursor"])?;
    let limit = arguments.limit()?;
    let after = arguments.one("cursor", "a cursor of this listing")?.unwrap_or(0);
    // A case that is not there has no story, which is not the same as an empty one.
    state.engine.case(id).await?;
    let lines = state.engine.story(id, after, limit + 1).await?;
    Ok(Json(whole_steps(lines, limit, arguments.into_warnings())))
}

/// The lines of the first `limit` steps: several lines may tell of one step, and none of them is
/// left for a next page that begins behind it.
fn whole_steps(
    mut lines: Vec<StoryLine>,
    limit: u32,
    warnings: Vec<String>,
) -> Listing<JournalBody> {
    let mut steps: Vec<u64> = lines.iter().map(|line| line.seq).collect();
    steps.dedup();
    let last = steps.get(limit as usize).and_then(|_| steps.get(limit as usize - 1)).copied();
    if let Some(last) = last {
        lines.retain(|line| line.seq <= last);
    }
    let items = lines.into_iter().map(JournalBody::from).collect();
    Listing { items, next_cursor: last.map(|seq| seq.to_string()), warnings }
}

/// Ask a person something by hand.
#[utoipa::path(
    post, path = "/v1/cases", tag = "cases",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key with the same request is answered as it was")),
    request_body = AskBody,
    responses((status = 201, body = CaseDetail), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn ask(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let question = read_question(Fields::read(&headers, &body)?)?;
    let id = state.engine.ask_by_hand(caller.actor(), question).await?;
    let case = state.engine.case(id).await?;
    let place = [(header::LOCATION, format!("/v1/cases/{id}"))];
    Ok((StatusCode::CREATED, place, Json(CaseDetail::from(&case))).into_response())
}

/// A question by hand.
#[derive(serde::Serialize, utoipa::ToSchema)]
pub(super) struct AskBody {
    /// Whom to ask: an id, e-mail or alias.
    person: String,
    /// One line.
    title: String,
    /// More.
    message: Option<String>,
    /// `info`, `low`, `medium`, `high` or `critical`.
    severity: String,
    /// Details, by name.
    #[schema(value_type = Option<Object>)]
    facts: Option<Value>,
}

fn read_question(mut fields: Fields) -> Result<ManualQuestion, Problem> {
    let words = "`info`, `low`, `medium`, `high`, `critical`";
    let person = fields.text("person", PERSON_BYTES);
    let title = fields.text("title", TITLE_BYTES);
    let message = fields.optional_text("message", MESSAGE_BYTES);
    let severity = fields
        .word("severity", words, |word| Severity::ALL.into_iter().find(|each| each.name() == word));
    let facts = fields.facts("facts");
    fields.finish()?;
    let severity = severity.ok_or(Problem::of(Kind::Internal))?;
    Ok(ManualQuestion { person, title, message, severity, facts })
}

/// End a case as an analyst.
///
/// By a session, ending it as anything but `malicious` needs a proof less than 10 minutes old. With
/// the `revision` that was looked at, facts that came in since are not decided about unseen.
#[utoipa::path(
    post, path = "/v1/cases/{id}/disposition", tag = "cases",
    params(
        ("id" = String, Path, description = "The case's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key with the same request is answered as it was"),
    ),
    request_body = DispositionBody,
    responses((status = 200, body = CaseDetail), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn dispose(
    State(state): State<AppState>,
    Path(id): Path<String>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<CaseDetail>, Problem> {
    let id = case_id(&id)?;
    let Decision { disposition, revision, note } = Decision::read(Fields::read(&headers, &body)?)?;
    let case = acts::dispose(&state, &caller, id, revision, disposition, note).await?;
    Ok(Json(CaseDetail::from(&case)))
}

/// An analyst's decision.
#[derive(serde::Serialize, utoipa::ToSchema)]
pub(super) struct DispositionBody {
    /// `benign`, `malicious`, `false_positive` or `duplicate`.
    disposition: String,
    /// The case's `revision` that was looked at: where its facts have changed since, the answer is
    /// a 409 of the type `stale`. Without it the latest facts are meant.
    revision: Option<u32>,
    /// Why.
    note: Option<String>,
}

/// The same, read.
struct Decision {
    disposition: Disposition,
    revision: Option<u32>,
    note: Personal,
}

impl Decision {
    fn read(mut fields: Fields) -> Result<Self, Problem> {
        let words = "`benign`, `malicious`, `false_positive`, `duplicate`";
        let disposition = fields.word("disposition", words, Disposition::named);
        let revision = fields.optional_count("revision");
        let note = Personal::new(fields.optional_text("note", NOTE_BYTES).unwrap_or_default());
        fields.finish()?;
        let disposition = disposition.ok_or(Problem::of(Kind::Internal))?;
        Ok(Self { disposition, revision, note })
    }
}

pub(super) fn case_id(text: &str) -> Result<CaseId, Problem> {
    text.parse().map_err(|_| invalid("That is not the id of a case: `case_` and 26 more.".into()))
}

#[cfg(test)]
mod tests {
    use model::Timestamp;

    use super::*;

    fn lines(seqs: &[u64]) -> Vec<StoryLine> {
        let line = |seq: &u64| StoryLine {
            seq: *seq,
            at: Timestamp::UNIX_EPOCH,
            kind: seq.to_string(),
            by: String::new(),
            text: String::new(),
            data: Value::Null,
        };
        seqs.iter().map(line).collect()
    }

    #[test]
    fn a_page_of_the_journal_never_splits_a_step() {
        for (seqs, limit, shown, cursor) in [
            (&[][..], 2, 0, None),
            (&[3, 3, 3, 4], 2, 4, None),
            (&[3, 3, 4, 4, 9], 2, 4, Some("4")),
            (&[3, 4, 4, 4], 1, 1, Some("3")),
        ] {
            let page = whole_steps(lines(seqs), limit, Vec::new());
            assert_eq!(
                (page.items.len(), page.next_cursor.as_deref()),
                (shown, cursor),
                "{seqs:?}"
            );
        }
    }
}
