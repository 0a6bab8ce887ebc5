//! What other checks would change, before they are put in force.

use std::collections::BTreeMap;

use axum::{Json, body::Bytes, extract::State};
use http::HeaderMap;
use model::Timestamp;
use runtime::posture::Forecast;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{strict, unsound};
use crate::{
    AppState, Needs, Problem, Routes,
    api::{Listing, ProblemBody},
    guard::Caller,
    keys::Scope,
};

/// How many files of checks are tried at once.
const FILES_MAX: usize = 100;

/// The routes of this module.
pub(super) fn routes() -> Routes {
    Routes::new().post("/v1/checks/dry-run", Needs::Api(Scope::Analyst), dry_run)
}

/// What other checks would change: every device whose state or deadline would. Changes nothing.
#[utoipa::path(
    post, path = "/v1/checks/dry-run", tag = "devices",
    request_body(content = DryRunBody),
    responses((status = 200, body = Listing<ForecastBody>), (status = "4XX", body = ProblemBody)),
    security(("key" = [])),
)]
pub(in crate::api) async fn dry_run(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Listing<ForecastBody>>, Problem> {
    let wanted: DryRunBody = strict(&headers, &body)?;
    if wanted.files.len() > FILES_MAX {
        return Err(unsound("`files` holds more than 100 files: try them in parts."));
    }
    let files: Vec<(String, String)> = wanted.files.into_iter().collect();
    let forecasts = state.posture.dry_run(&caller.authority(), &files).await?;
    let items = forecasts.into_iter().map(ForecastBody::from).collect();
    Ok(Json(Listing { items, next_cursor: None, warnings: Vec::new() }))
}

/// Checks to be tried.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DryRunBody {
    /// Files as in the folder of checks, by name.
    files: BTreeMap<String, String>,
}

/// What would change on a device.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Forecast)]
pub(in crate::api) struct ForecastBody {
    /// Which device.
    device: String,
    /// What it is called.
    name: Option<String>,
    /// Whose it is.
    person: Option<String>,
    /// Of what.
    practice: String,
    /// How it is.
    before: OutlookBody,
    /// How it would be.
    after: OutlookBody,
    /// Whether the device would be compliant.
    compliant: bool,
}

/// How a check stands, and until when.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Outlook)]
struct OutlookBody {
    /// The state; null where it is not judged.
    state: Option<&'static str>,
    /// Until when it must be mended.
    #[schema(value_type = Option<String>, format = DateTime)]
    deadline: Option<Timestamp>,
}

impl From<Forecast> for ForecastBody {
    fn from(it: Forecast) -> Self {
        let outlook = |(state, deadline): (Option<runtime::posture::State>, _)| OutlookBody {
            state: state.map(|state| state.name()),
            deadline,
        };
        Self {
            device: it.device.to_string(),
            name: it.name,
            person: it.owner.map(|owner| owner.to_string()),
            practice: it.practice.to_string(),
            before: outlook(it.before),
            after: outlook(it.after),
            compliant: it.is_compliant,
        }
    }
}
