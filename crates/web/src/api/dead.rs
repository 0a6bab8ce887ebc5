//! Records that were refused and kept.

use axum::{
    Json,
    extract::{Path, RawQuery, State},
};
use runtime::detection::{DeadRecord, ReplayError, Replayed};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Listing, arguments::Arguments};
use crate::{
    AppState, Problem,
    intake::events::{detection, refused},
    problem::Kind,
};

/// A record that was refused.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeadLetterBody {
    /// Its id.
    id: String,
    /// The source it came from.
    source: String,
    /// Its place in the request.
    index: u64,
    /// What is wrong with it.
    problem: String,
    /// When it came.
    at: String,
    /// As it was sent, where it was kept and is a text. Written by people one does not know.
    record: Option<String>,
    /// Whether it was kept, so that it can be read again.
    replayable: bool,
}

impl From<DeadRecord> for DeadLetterBody {
    fn from(dead: DeadRecord) -> Self {
        let DeadRecord { id, source, index, problem, at, record } = dead;
        let replayable = record.is_some();
        let record = record.and_then(|bytes| String::from_utf8(bytes).ok());
        Self { id, source, index, problem, at, record, replayable }
    }
}

/// What became of a record that was read again.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReplayBody {
    /// Whether it was taken; then it is no longer in the list.
    accepted: bool,
    /// What is still wrong with it.
    problem: Option<String>,
}

/// Records that were refused, oldest first.
#[utoipa::path(
    get, path = "/v1/dead-letters", tag = "events",
    params(
        ("limit" = Option<u32>, Query, description = "At most so many: 50 unless told, at most 200"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the listing before"),
    ),
    responses((status = 200, body = Listing<DeadLetterBody>), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<Json<Listing<DeadLetterBody>>, Problem> {
    let mut arguments = Arguments::read(query.as_deref(), &["limit", "cursor"])?;
    let limit = arguments.limit()?;
    let after: Option<String> = arguments.one("cursor", "a cursor of this listing")?;
    let records = state.engine.dead_records(after.as_deref().unwrap_or_default(), limit + 1);
    let records = records.await?.into_iter().map(DeadLetterBody::from).collect();
    Ok(Json(Listing::of(records, limit, |record| record.id.clone(), arguments.into_warnings())))
}

/// Read a refused record again, once its source is configured better.
#[utoipa::path(
    post, path = "/v1/dead-letters/{id}/replay", tag = "events",
    params(("id" = String, Path, description = "The id in the list")),
    responses((status = 200, body = ReplayBody), (status = "4XX", body = super::ProblemBody),
              (status = 503, body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn replay(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<ReplayBody>, Problem> {
    match detection(&state)?.replay(&id).await {
        Ok(Replayed::Taken) => Ok(Json(ReplayBody { accepted: true, problem: None })),
        Ok(Replayed::Refused(problem)) => {
            Ok(Json(ReplayBody { accepted: false, problem: Some(problem) }))
        }
        Err(ReplayError::Missing) => Err(Problem::of(Kind::NotFound)),
        Err(ReplayError::NotKept) => Err(Problem::new(
            Kind::Conflict,
            "The record itself was not kept: let its source send it again.",
        )),
        Err(ReplayError::Take(error)) => Err(refused(&error, state.limits.events)),
        Err(ReplayError::Engine(error)) => Err(error.into()),
    }
}
