//! The API, for programs and for our own command line.
//!
//! Wire types live here and are converted by hand: what a core type calls a thing may change, what
//! the API calls it may not. Every write takes an `Idempotency-Key`.

mod arguments;
mod audit;
mod case;
mod cases;
mod dead;
mod fields;
pub(crate) mod idempotency;
mod links;
mod openapi;
mod people;
mod rules;
mod stream;

use serde::Serialize;
use utoipa::ToSchema;

use crate::{Needs, Routes, keys::Scope};

pub use openapi::document;

/// The routes of this module.
pub fn routes() -> Routes {
    let (read, analyst, admin) =
        (Needs::Api(Scope::Read), Needs::Api(Scope::Analyst), Needs::Api(Scope::Admin));
    Routes::new()
        .get("/v1/cases", read, cases::list)
        .post("/v1/cases", analyst, cases::ask)
        .get("/v1/cases/{id}", read, cases::show)
        .get("/v1/cases/{id}/journal", read, cases::journal)
        .post("/v1/cases/{id}/disposition", analyst, cases::dispose)
        .get("/v1/rules", read, rules::list)
        .get("/v1/dead-letters", analyst, dead::list)
        .post("/v1/dead-letters/{id}/replay", analyst, dead::replay)
        .get("/v1/people/{id}", read, people::show)
        .post("/v1/people/{id}/factors/reset", admin, people::reset)
        .post("/v1/signin-links", admin, links::make)
        .get("/v1/audit", admin, audit::list)
        .get("/v1/stream", read, stream::open)
        .get("/openapi.json", Needs::Anyone, openapi::show)
}

/// A part of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Listing<T> {
    /// The items.
    items: Vec<T>,
    /// What to send as `cursor` for the items that follow; null at the end.
    next_cursor: Option<String>,
    /// What of the request was not understood or not followed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

impl<T> Listing<T> {
    /// The first `limit` of these items; when there are more, they follow after the cursor of the
    /// last one.
    fn of(
        mut items: Vec<T>,
        limit: u32,
        cursor: impl Fn(&T) -> String,
        warnings: Vec<String>,
    ) -> Self {
        let limit = limit as usize;
        let has_more = items.len() > limit;
        items.truncate(limit);
        let next_cursor = items.last().filter(|_| has_more).map(cursor);
        Self { items, next_cursor, warnings }
    }
}

/// A problem document (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    /// Names the kind of problem; its last part never changes meaning.
    #[serde(rename = "type")]
    kind: String,
    /// The kind, in a few words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What is wrong and what to do.
    detail: String,
}
