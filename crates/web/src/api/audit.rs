//! The audit chain.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use data_encoding::HEXLOWER;
use model::Timestamp;
use ports::audit::AuditRow;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Listing, arguments::Arguments};
use crate::{AppState, Problem};

/// A link of the chain.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AuditBody {
    /// Counts from 1 without a gap.
    seq: u64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// What kind of thing happened.
    kind: String,
    /// Who did it.
    by: String,
    /// The case it belongs to.
    case: Option<String>,
    /// The salted SHA-256 of what was recorded, in hexadecimal.
    digest: String,
    /// The hash of the row before; zeros before the first.
    previous: String,
    /// The hash of this row.
    hash: String,
}

impl From<AuditRow> for AuditBody {
    fn from(row: AuditRow) -> Self {
        Self {
            seq: row.seq,
            at: row.at,
            kind: row.kind,
            by: row.by,
            case: row.case.map(|id| id.to_string()),
            digest: HEXLOWER.encode(&row.digest),
            previous: HEXLOWER.encode(&row.previous),
            hash: HEXLOWER.encode(&row.hash),
        }
    }
}

/// The hash-chained log, oldest first.
#[utoipa::path(
    get, path = "/v1/audit", tag = "audit",
    params(
        ("limit" = Option<u32>, Query, description = "At most so many: 50 unless told, at most 200"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the listing before, or the `seq` to continue after"),
    ),
    responses((status = 200, body = Listing<AuditBody>), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<Json<Listing<AuditBody>>, Problem> {
    let mut arguments = Arguments::read(query.as_deref(), &["limit", "cursor"])?;
    let limit = arguments.limit()?;
    let after = arguments.one("cursor", "a cursor of this listing")?.unwrap_or(0);
    let rows = state.engine.audit(after, limit + 1).await?;
    let rows = rows.into_iter().map(AuditBody::from).collect();
    let cursor = |row: &AuditBody| row.seq.to_string();
    Ok(Json(Listing::of(rows, limit, cursor, arguments.into_warnings())))
}
