//! The rules in force, and what became of what they matched.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use runtime::detection::{Detection, RuleView};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Listing, arguments::Arguments};
use crate::{AppState, Problem};

/// A rule.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RuleBody {
    /// Its id, which alerts and cases name.
    id: String,
    /// One line.
    title: String,
    /// `detection`, `correlation`, `baseline` or `filter`.
    kind: &'static str,
    /// `draft`, `shadow`, `canary(N)`, `live` or `deprecated`.
    state: String,
    /// How grave what it finds is.
    level: &'static str,
    /// Who answers for it.
    owner: Option<String>,
    /// Names this version of it.
    hash: String,
    /// The file it is in.
    file: String,
    /// How many events or windows it matched.
    hits: u64,
    /// How many of them became alerts.
    raised: u64,
    /// How many were the same again.
    repeated: u64,
    /// How many a filter took away.
    filtered: u64,
}

impl From<RuleView> for RuleBody {
    fn from(view: RuleView) -> Self {
        let RuleView { id, title, kind, state, level, owner, hash, file, tally } = view;
        Self {
            id,
            title,
            kind,
            state,
            level: level.name(),
            owner,
            hash,
            file,
            hits: tally.matched,
            raised: tally.raised,
            repeated: tally.repeated,
            filtered: tally.filtered,
        }
    }
}

/// The rules in force, by id.
#[utoipa::path(
    get, path = "/v1/rules", tag = "rules",
    params(
        ("limit" = Option<u32>, Query, description = "At most so many: 50 unless told, at most 200"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the listing before"),
    ),
    responses((status = 200, body = Listing<RuleBody>), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<Json<Listing<RuleBody>>, Problem> {
    let mut arguments = Arguments::read(query.as_deref(), &["limit", "cursor"])?;
    let limit = arguments.limit()?;
    let after: Option<String> = arguments.one("cursor", "a cursor of this listing")?;
    let rules = state.detection.as_ref().map(Detection::rules).unwrap_or_default().into_iter();
    let later = rules.filter(|rule| after.as_ref().is_none_or(|after| rule.id > *after));
    let rules = later.take(limit as usize + 1).map(RuleBody::from).collect();
    Ok(Json(Listing::of(rules, limit, |rule| rule.id.clone(), arguments.into_warnings())))
}
