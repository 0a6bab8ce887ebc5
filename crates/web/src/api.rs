//! The API, for programs and for our own command line.
//!
//! Wire types live here and are converted by hand: what a core type calls a thing may change, what
//! the API calls it may not. Every write takes an `Idempotency-Key`.

mod action;
mod actions;
mod arguments;
mod audit;
mod case;
mod cases;
mod dead;
mod devices;
mod exceptions;
mod fields;
pub(crate) mod idempotency;
mod in_force;
mod links;
mod openapi;
mod people;
mod playbooks;
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
        .get("/v1/rules", read, in_force::list)
        .get("/v1/dead-letters", analyst, dead::list)
        .post("/v1/dead-letters/{id}/replay", analyst, dead::replay)
        .and(devices::routes())
        .get("/v1/cases/{id}/decision", read, actions::decision)
        .post("/v1/cases/{id}/actions", analyst, actions::order)
        .get("/v1/actions", read, actions::waiting)
        .get("/v1/actions/guard", read, actions::guard)
        .post("/v1/actions/stop", admin, actions::stop)
        .post("/v1/actions/resume", admin, actions::resume)
        .post("/v1/actions/{id}/approve", analyst, actions::approve)
        .post("/v1/actions/{id}/decline", analyst, actions::decline)
        .post("/v1/actions/{id}/revert", analyst, actions::revert)
        .get("/v1/playbooks", read, playbooks::list)
        .post("/v1/cases/{id}/playbooks", analyst, playbooks::begin)
        .post("/v1/cases/{id}/playbooks/{number}/approve", analyst, playbooks::approve)
        .post("/v1/cases/{id}/playbooks/{number}/stop", analyst, playbooks::stop)
        .get("/v1/exceptions", analyst, exceptions::list)
        .post("/v1/exceptions", analyst, exceptions::make)
        .post("/v1/exceptions/preview", analyst, exceptions::preview)
        .delete("/v1/exceptions/{id}", analyst, exceptions::end)
        .get("/v1/people/{id}", read, people::show)
        .post("/v1/people/{id}/factors/reset", admin, people::reset)
        .post("/v1/signin-links", admin, links::make)
        .get("/v1/rules/health", read, rules::list)
        .get("/v1/rules/{id}/health", read, rules::show)
        .post("/v1/rules/{id}/ruling", analyst, rules::accept)
        .post("/v1/rules/{id}/ruling/end", analyst, rules::end)
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
