//! Devices: the fleet, one of them, and how their sources stand.
//!
//! Whatever is somebody's is recorded when it is looked at, and they see that.

mod body;
pub(super) mod deciding;
pub(super) mod forecast;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, RawQuery, State},
};
use http::HeaderMap;
use model::{DeviceId, device::Practice};
use runtime::posture::{DAYS_KEPT, Grade, LIST_MAX, ListQuery, State as Standing};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Listing,
    arguments::{Arguments, invalid},
};
use crate::{
    AppState, Needs, Problem, Routes, guard::Caller, json, keys::Scope, limits::JSON_DEPTH,
    problem::Kind,
};
use body::{DeviceBody, FleetBody, FleetDayBody, ListedBody, SourceBody};

/// The language of texts in the API unless another is asked for.
const LANGUAGE: &str = "en";
/// The longest name of a language, in bytes.
const LANGUAGE_BYTES: usize = 16;
const FILTERS: [&str; 8] =
    ["grade", "check", "state", "person", "unowned", "older", "limit", "cursor"];

/// How many days are told unless it is said.
const DAYS: u16 = 90;

/// The routes of this module.
pub(super) fn routes() -> Routes {
    let (read, analyst) = (Needs::Api(Scope::Read), Needs::Api(Scope::Analyst));
    Routes::new()
        .get("/v1/devices", read, list)
        // The address at which a source sends has the same form.
        .get("/v1/devices/{name}", read, show)
        .post("/v1/devices/{name}/recheck", analyst, recheck)
        .get("/v1/people/{id}/devices", read, of_person)
        .get("/v1/fleet", read, fleet)
        .get("/v1/fleet/days", read, fleet_days)
        .get("/v1/device-sources", read, sources)
        .and(deciding::routes())
        .and(forecast::routes())
}

/// Devices, in the order of their ids.
#[utoipa::path(
    get, path = "/v1/devices", tag = "devices",
    params(
        ("grade" = Option<String>, Query, description = "A comma list of `critical`, `attention`, `incomplete`, `ok`"),
        ("check" = Option<String>, Query, description = "With `state`: on which this check stands so"),
        ("state" = Option<String>, Query, description = "`ok`, `nudge`, `warn`, `unknown`, `na`, `exempt` or `stale`"),
        ("person" = Option<String>, Query, description = "Of this person: id, e-mail or alias"),
        ("unowned" = Option<bool>, Query, description = "Only those of nobody that is known"),
        ("older" = Option<bool>, Query, description = "Only those that nobody heard from for long, or only the others"),
        ("limit" = Option<u32>, Query, description = "At most so many: 50 unless told, at most 100"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the listing before"),
    ),
    responses((status = 200, body = Listing<ListedBody>), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Json<Listing<ListedBody>>, Problem> {
    let mut arguments = Arguments::read(query.as_deref(), &FILTERS)?;
    let limit = arguments.limit()?.min(LIST_MAX);
    let query = list_query(&arguments, limit)?;
    let page = state.posture.list(&caller.authority(), &query).await?;
    let next_cursor = page.next.map(|id| id.to_string());
    let items = page.devices.into_iter().map(ListedBody::from).collect();
    Ok(Json(Listing { items, next_cursor, warnings: arguments.into_warnings() }))
}

fn list_query(arguments: &Arguments, limit: u32) -> Result<ListQuery, Problem> {
    let grade = |word: &str| Grade::ALL.into_iter().find(|grade| grade.name() == word);
    let check: Option<Practice> = arguments.one("check", "the name of a check")?;
    let state: Option<String> = arguments.one("state", "a state")?;
    let state = state.map(|word| {
        let state = Standing::ALL.into_iter().find(|state| state.name() == word);
        state.ok_or_else(|| invalid("`state` is not the name of a state.".to_owned()))
    });
    let check = match (check, state.transpose()?) {
        (None, None) => None,
        (Some(check), Some(state)) => Some((check, state)),
        _ => return Err(invalid("`check` and `state` go together.".to_owned())),
    };
    Ok(ListQuery {
        grades: arguments.list("grade", "the name of a grade", grade)?,
        check,
        person: arguments.one("person", "a name")?,
        only_unowned: arguments.one("unowned", "true or false")?.unwrap_or(false),
        is_older: arguments.one("older", "true or false")?,
        after: arguments.one("cursor", "a cursor of this listing")?,
        limit,
    })
}

/// A device with all that is known of it, and who says so. Its owner sees that it was looked at.
#[utoipa::path(
    get, path = "/v1/devices/{name}", tag = "devices",
    params(
        ("name" = String, Path, description = "The device's id, or one that it had"),
        ("language" = Option<String>, Query, description = "Of the texts"),
    ),
    responses((status = 200, body = DeviceBody), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn show(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<DeviceBody>, Problem> {
    let language = language(query.as_deref())?;
    let id = device_id(&id)?;
    let view = state.posture.device(&caller.authority(), id, &language).await?;
    Ok(Json(DeviceBody::from(view)))
}

/// The devices of a person, the gravest first. They see that it was looked at.
#[utoipa::path(
    get, path = "/v1/people/{id}/devices", tag = "devices",
    params(
        ("id" = String, Path, description = "The person's id, e-mail or alias"),
        ("language" = Option<String>, Query, description = "Of the texts"),
    ),
    responses((status = 200, body = PersonDevicesBody), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn of_person(
    State(state): State<AppState>,
    caller: Caller,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<PersonDevicesBody>, Problem> {
    let language = language(query.as_deref())?;
    let person = state.engine.find_person(&name).ok_or(Problem::of(Kind::NotFound))?;
    let found = state.posture.devices_of(&caller.authority(), person.id, &language).await?;
    Ok(Json(PersonDevicesBody {
        devices: found.devices.into_iter().map(DeviceBody::from).collect(),
        older: found.older.into_iter().map(DeviceBody::from).collect(),
        troubles: found.troubles.into_iter().map(SourceBody::from).collect(),
        has_more: found.has_more,
    }))
}

/// The devices of a person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PersonDevices)]
pub(super) struct PersonDevicesBody {
    /// Those seen of late.
    devices: Vec<DeviceBody>,
    /// Those that nobody heard from for long.
    older: Vec<DeviceBody>,
    /// Sources that fail and concern them.
    troubles: Vec<SourceBody>,
    /// Whether there are more than are told.
    has_more: bool,
}

/// The fleet in numbers.
#[utoipa::path(
    get, path = "/v1/fleet", tag = "devices",
    params(("language" = Option<String>, Query, description = "Of the texts")),
    responses((status = 200, body = FleetBody), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn fleet(
    State(state): State<AppState>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Json<FleetBody>, Problem> {
    let language = language(query.as_deref())?;
    let view = state.posture.fleet_view(&caller.authority(), &language).await?;
    Ok(Json(FleetBody::from(view)))
}

/// How the fleet stood, day by day, the oldest first. A day on which nobody counted is missing.
#[utoipa::path(
    get, path = "/v1/fleet/days", tag = "devices",
    params(("days" = Option<u16>, Query, description = "Of the last so many days, today among them: 90 unless told, at most 400")),
    responses((status = 200, body = Listing<FleetDayBody>), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn fleet_days(
    State(state): State<AppState>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Json<Listing<FleetDayBody>>, Problem> {
    let arguments = Arguments::read(query.as_deref(), &["days"])?;
    let what = format!("a whole number from 1 to {DAYS_KEPT}");
    let days = arguments.one("days", &what)?.unwrap_or(DAYS);
    if !(1..=DAYS_KEPT).contains(&days) {
        return Err(invalid(format!("`days` is not {what}.")));
    }
    let days = state.posture.fleet_days(&caller.authority(), days).await?;
    let items = days.into_iter().map(FleetDayBody::from).collect();
    Ok(Json(Listing { items, next_cursor: None, warnings: arguments.into_warnings() }))
}

/// How the sources of device facts stand, those that fail first.
#[utoipa::path(
    get, path = "/v1/device-sources", tag = "devices",
    responses((status = 200, body = Listing<SourceBody>), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn sources(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<Json<Listing<SourceBody>>, Problem> {
    let sources = state.posture.sources(&caller.authority()).await?;
    let items = sources.into_iter().map(SourceBody::from).collect();
    Ok(Json(Listing { items, next_cursor: None, warnings: Vec::new() }))
}

/// Ask the sources of a device about it again, once a minute at most.
#[utoipa::path(
    post, path = "/v1/devices/{name}/recheck", tag = "devices",
    params(
        ("name" = String, Path, description = "The device's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key with the same request is answered as it was"),
    ),
    responses((status = 200, body = RecheckBody), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn recheck(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<RecheckBody>, Problem> {
    let asked = state.posture.recheck_by(&caller.authority(), device_id(&id)?).await?;
    Ok(Json(RecheckBody { asked }))
}

/// What came of asking again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Recheck)]
pub(super) struct RecheckBody {
    /// How many sources answered or were told.
    asked: usize,
}

fn device_id(text: &str) -> Result<DeviceId, Problem> {
    text.parse().map_err(|_| invalid("That is not the id of a device: `dev_` and 26 more.".into()))
}

fn language(query: Option<&str>) -> Result<String, Problem> {
    let arguments = Arguments::read(query, &["language"])?;
    let asked: Option<String> = arguments.one("language", "a language")?;
    Ok(asked.filter(|it| it.len() <= LANGUAGE_BYTES).unwrap_or_else(|| LANGUAGE.to_owned()))
}

fn unsound(why: &'static str) -> Problem {
    Problem::new(Kind::InvalidBody, why)
}

/// A body of exactly this form. What is wrong is told without the values that were sent.
fn strict<T: serde::de::DeserializeOwned>(headers: &HeaderMap, body: &Bytes) -> Result<T, Problem> {
    json::require_type(headers)?;
    let value = json::parse(body, JSON_DEPTH)?;
    serde_json::from_value(value)
        .map_err(|_| unsound("It is not of the form that /openapi.json describes."))
}
