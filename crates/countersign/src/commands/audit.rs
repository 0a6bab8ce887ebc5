//! `countersign audit`

use std::path::Path;

use data_encoding::HEXLOWER;
use ports::audit;
use serde_json::json;

use crate::{
    cli::OutputArgs,
    ending::{Ended, Ending},
    server::{self, Access},
    terminal, wire,
};

/// Walks the chain of a stopped or a running store.
pub(super) async fn verify(file: &Path, output: OutputArgs) -> Ended {
    let config = wire::read_config(file)?;
    let store = server::open_store(&config.server.data_dir, Access::Look)?;
    let (told, data, ending) = match audit::verify(&store).await? {
        Ok((entries, hash)) => {
            let head = HEXLOWER.encode(&hash);
            let told = format!("the audit trail is whole: {entries} entries, head {head}");
            (told, json!({ "whole": true, "entries": entries, "head": head }), Ending::Done)
        }
        Err(broken) => {
            let data = json!({ "whole": false, "first_bad": broken.seq, "why": broken.why });
            (format!("the audit trail is broken: {broken}"), data, Ending::Finding)
        }
    };
    terminal::print(&if output.json { data.to_string() } else { told })?;
    Ok(ending)
}
