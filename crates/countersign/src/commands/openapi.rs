//! `countersign openapi`

use crate::{
    ending::{Ended, Ending},
    terminal,
};

/// Prints the description of the HTTP API, as the server gives it at `/openapi.json`.
pub(super) fn run() -> Ended {
    terminal::print(&serde_json::to_string_pretty(&web::api::document())?)?;
    Ok(Ending::Done)
}
