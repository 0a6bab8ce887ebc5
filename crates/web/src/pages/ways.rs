//! A person's ways to prove, and the proof that a grave act wants.

mod add;
mod list;
mod prove;
mod qr;

use axum::response::{IntoResponse, Redirect, Response};
use runtime::{engine::EngineError, people::Role};

use crate::{Needs, Problem, Routes};

/// Where the list is.
const LIST: &str = "/me/ways";
/// Where a proof is asked that leads back to the list.
const PROVE_FIRST: &str = "/me/prove?next=/me/ways";

/// The routes of this module.
pub fn routes() -> Routes {
    let person = Needs::Page(Role::Person);
    Routes::new()
        .get("/me/ways", person, list::show)
        .post("/me/ways/{factor}/remove", person, list::remove)
        .post("/me/ways/changes/{change}/disown", person, list::disown)
        .post("/me/ways/begin", person, add::begin)
        .get("/me/ways/add/{method}", person, add::show)
        .post("/me/ways/add/{method}", person, add::finish)
        .get("/me/prove", person, prove::show)
        .post("/me/prove", person, prove::begin)
        .post("/me/prove/finish", person, prove::finish)
}

/// What an act on factors that did not succeed leads to: the proof that it lacks, or a problem.
fn proof_or_problem(error: EngineError) -> Result<Response, Problem> {
    match error {
        EngineError::ProofRequired => Ok(Redirect::to(PROVE_FIRST).into_response()),
        other => Err(other.into()),
    }
}
