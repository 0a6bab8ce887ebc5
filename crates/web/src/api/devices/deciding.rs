//! What is decided about devices: exemptions, which records are one device, and reviews.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, RawQuery, State},
};
use http::{HeaderMap, StatusCode};
use model::{DeviceId, Timestamp, device::RecordKey};
use runtime::posture::{MERGED_MAX, Review, Suspicion, Verdict};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{body::ExemptionBody, device_id, strict, unsound};
use crate::{
    AppState, Needs, Problem, Routes,
    api::{Listing, ProblemBody, arguments::Arguments, fields::Fields},
    guard::Caller,
    keys::Scope,
};

/// The longest word of a field here, in bytes.
const WORD_BYTES: usize = 64;

/// The routes of this module.
pub(super) fn routes() -> Routes {
    let (read, analyst) = (Needs::Api(Scope::Read), Needs::Api(Scope::Analyst));
    Routes::new()
        .get("/v1/exemptions", read, exemptions)
        .post("/v1/exemptions/{id}/decision", analyst, decide)
        .get("/v1/devices-to-judge", read, to_judge)
        .get("/v1/device-rulings", read, rulings)
        .post("/v1/device-rulings", analyst, rule)
        .post("/v1/device-rulings/{id}/revoke", analyst, take_back)
        .post("/v1/devices/{name}/review/close", analyst, close_review)
}

/// Exemptions, newest first.
#[utoipa::path(
    get, path = "/v1/exemptions", tag = "devices",
    params(("open" = Option<bool>, Query, description = "Only those that wait or are in force")),
    responses((status = 200, body = Listing<ExemptionBody>), (status = "4XX", body = ProblemBody)),
    security(("key" = [])),
)]
pub(in crate::api) async fn exemptions(
    State(state): State<AppState>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Json<Listing<ExemptionBody>>, Problem> {
    let arguments = Arguments::read(query.as_deref(), &["open"])?;
    let only_open = arguments.one("open", "true or false")?.unwrap_or(false);
    let all = state.posture.exemptions(&caller.authority(), only_open).await?;
    let items = all.into_iter().map(ExemptionBody::from).collect();
    Ok(Json(Listing { items, next_cursor: None, warnings: arguments.into_warnings() }))
}

/// Decide about an exemption: `{"verdict":"grant","until":"…"}`, `refuse` or `revoke`.
///
/// A person must do it, with a proof less than 10 minutes old: never one who asked for it, or
/// whose device it is.
#[utoipa::path(
    post, path = "/v1/exemptions/{id}/decision", tag = "devices",
    params(
        ("id" = String, Path, description = "The exemption's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key with the same request is answered as it was"),
    ),
    request_body(content = DecisionBody),
    responses((status = 204), (status = "4XX", body = ProblemBody)),
    security(("key" = [])),
)]
pub(in crate::api) async fn decide(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let mut fields = Fields::read(&headers, &body)?;
    let words = ["grant", "refuse", "revoke"];
    let known = |word: &str| words.into_iter().find(|it| *it == word);
    let verdict = fields.word("verdict", "`grant`, `refuse`, `revoke`", known);
    let until = fields.optional_text("until", WORD_BYTES);
    fields.finish()?;
    let until = until.map(|text| text.parse::<Timestamp>());
    let until = until
        .transpose()
        .map_err(|_| unsound("`until` is not a time: write it like 2030-01-31T12:00:00Z."))?;
    let by = caller.authority();
    match (verdict, until) {
        (Some("grant"), Some(until)) => {
            state.posture.decide_exemption(&by, &id, Verdict::Grant(until)).await?;
        }
        (Some("grant"), None) => return Err(unsound("Say `until` when it is granted.")),
        (Some("revoke"), _) => state.posture.revoke_exemption(&by, &id).await?,
        _ => state.posture.decide_exemption(&by, &id, Verdict::Refuse).await?,
    }
    Ok(StatusCode::NO_CONTENT)
}

/// What somebody decides about an exemption.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(dead_code, reason = "describes the body, which is read field by field")]
struct DecisionBody {
    /// `grant`, `refuse` or `revoke`.
    verdict: String,
    /// Until when it is granted.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<String>,
}

/// What a person is to judge: records that may be one device, devices that are disowned.
#[utoipa::path(
    get, path = "/v1/devices-to-judge", tag = "devices",
    params(
        ("limit" = Option<u32>, Query, description = "At most so many devices"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the listing before"),
    ),
    responses((status = 200, body = ToJudgeBody), (status = "4XX", body = ProblemBody)),
    security(("key" = [])),
)]
pub(in crate::api) async fn to_judge(
    State(state): State<AppState>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Json<ToJudgeBody>, Problem> {
    let mut arguments = Arguments::read(query.as_deref(), &["limit", "cursor"])?;
    let limit = arguments.limit()?;
    let after: Option<DeviceId> = arguments.one("cursor", "a cursor of this listing")?;
    let judge = state.posture.to_judge(&caller.authority(), after, limit).await?;
    Ok(Json(ToJudgeBody {
        suspicions: judge.suspicions.into_iter().map(SuspicionBody::from).collect(),
        reviews: judge.reviews.into_iter().map(ReviewBody::from).collect(),
        next_cursor: judge.next.map(|id| id.to_string()),
    }))
}

/// What a person is to judge.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DevicesToJudge)]
pub(in crate::api) struct ToJudgeBody {
    /// Records that may be one device, or not.
    suspicions: Vec<SuspicionBody>,
    /// Devices that somebody says are not theirs.
    reviews: Vec<ReviewBody>,
    /// What to send as `cursor` for more suspicions.
    next_cursor: Option<String>,
}

/// Records of which it cannot be told whether they are one device.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Suspicion)]
struct SuspicionBody {
    /// The device of the first record.
    device: String,
    /// What it is called.
    name: Option<String>,
    /// What is strange: what they differ by (`serial`, `platform` …), `owner` where the first has
    /// only its own word for it and the second says whose the device is, `ambiguous`, `shared`,
    /// `pin_refused`.
    kind: String,
    /// What they have in common: kind and value.
    matched: Option<[String; 2]>,
    /// One record.
    left: RecordKeyBody,
    /// The other.
    right: Option<RecordKeyBody>,
    /// The device of the other.
    other: Option<String>,
}

/// A device that somebody says is not theirs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeviceReview)]
struct ReviewBody {
    /// Which device.
    device: String,
    /// Who says so.
    by: String,
    /// In their words.
    note: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// A record.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RecordKey)]
struct RecordKeyBody {
    /// Which source.
    source: String,
    /// What it calls the device.
    id: String,
}

impl From<RecordKey> for RecordKeyBody {
    fn from(key: RecordKey) -> Self {
        Self { source: key.source, id: key.id }
    }
}

impl From<Suspicion> for SuspicionBody {
    fn from(it: Suspicion) -> Self {
        Self {
            device: it.device.to_string(),
            name: it.name,
            kind: it.kind,
            matched: it.matched.map(|(kind, value)| [kind.to_owned(), value]),
            left: it.left.into(),
            right: it.right.map(RecordKeyBody::from),
            other: it.other.map(|id| id.to_string()),
        }
    }
}

impl From<Review> for ReviewBody {
    fn from(it: Review) -> Self {
        let note = it.note.reveal().to_owned();
        Self { device: it.device.to_string(), by: it.by.to_string(), note, at: it.at }
    }
}

/// What people decided about records, newest first.
#[utoipa::path(
    get, path = "/v1/device-rulings", tag = "devices",
    responses((status = 200, body = Listing<RulingBody>), (status = "4XX", body = ProblemBody)),
    security(("key" = [])),
)]
pub(in crate::api) async fn rulings(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<Json<Listing<RulingBody>>, Problem> {
    let all = state.posture.rulings(&caller.authority()).await?;
    let body = |it: runtime::posture::RulingView| RulingBody {
        id: it.key,
        together: it.is_together,
        records: it.records.into_iter().map(|(one, other)| [one.into(), other.into()]).collect(),
        by: it.by.reveal().to_owned(),
        reason: it.reason.reveal().to_owned(),
        at: it.at,
    };
    let items = all.into_iter().map(body).collect();
    Ok(Json(Listing { items, next_cursor: None, warnings: Vec::new() }))
}

/// What somebody decided about records.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Ruling)]
pub(in crate::api) struct RulingBody {
    /// Its id.
    id: String,
    /// Whether they are one device.
    together: bool,
    /// Pairs of records.
    records: Vec<[RecordKeyBody; 2]>,
    /// Who.
    by: String,
    /// Why.
    reason: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// Decide about records: `{"together":["dev_…","dev_…"],"reason":"…"}` for two devices that are
/// one, or `{"apart":[[…],[…]],"reason":"…"}` with records on both sides.
///
/// It lasts over every sync until it is revoked. By a session it needs a proof less than 10
/// minutes old, and nobody decides about a device of their own.
#[utoipa::path(
    post, path = "/v1/device-rulings", tag = "devices",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key with the same request is answered as it was")),
    request_body(content = RuleBody),
    responses((status = 201, body = RuledBody), (status = "4XX", body = ProblemBody)),
    security(("key" = [])),
)]
pub(in crate::api) async fn rule(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<(StatusCode, Json<RuledBody>), Problem> {
    let wanted: RuleBody = strict(&headers, &body)?;
    let by = caller.authority();
    let id = match (wanted.together, wanted.apart) {
        (Some([one, other]), None) => {
            let (one, other) = (device_id(&one)?, device_id(&other)?);
            state.posture.put_together(&by, one, other, &wanted.reason).await?
        }
        (None, Some([taken, left])) => {
            if taken.len() + left.len() > MERGED_MAX {
                return Err(unsound("There are too many records."));
            }
            let keys = |side: Vec<RecordKeyBody>| -> Vec<RecordKey> {
                side.into_iter().map(|key| RecordKey::new(key.source, key.id)).collect()
            };
            let (taken, left) = (keys(taken), keys(left));
            state.posture.keep_apart(&by, &taken, &left, &wanted.reason).await?
        }
        _ => return Err(unsound("Send either `together` or `apart`.")),
    };
    Ok((StatusCode::CREATED, Json(RuledBody { id })))
}

/// What is to be decided about records.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RuleBody {
    /// Two devices that are one.
    together: Option<[String; 2]>,
    /// Records of two that are not.
    apart: Option<[Vec<RecordKeyBody>; 2]>,
    /// Why.
    reason: String,
}

/// What was decided.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Ruled)]
pub(in crate::api) struct RuledBody {
    /// Its id, for revoking it.
    id: String,
}

/// Take back what was decided about records.
#[utoipa::path(
    post, path = "/v1/device-rulings/{id}/revoke", tag = "devices",
    params(
        ("id" = String, Path, description = "The ruling's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key with the same request is answered as it was"),
    ),
    responses((status = 204), (status = "4XX", body = ProblemBody)),
    security(("key" = [])),
)]
pub(in crate::api) async fn take_back(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    state.posture.take_back(&caller.authority(), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// End the review of a device that somebody said is not theirs.
#[utoipa::path(
    post, path = "/v1/devices/{name}/review/close", tag = "devices",
    params(
        ("name" = String, Path, description = "The device's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key with the same request is answered as it was"),
    ),
    responses((status = 204), (status = "4XX", body = ProblemBody)),
    security(("key" = [])),
)]
pub(in crate::api) async fn close_review(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    state.posture.close_review(&caller.authority(), device_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
