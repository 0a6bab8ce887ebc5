//! `countersign people`

use std::{
    io::{self, Write as _},
    path::Path,
};

use anyhow::Context as _;
use model::PersonId;
use runtime::{Engine, people::Erasure};

use crate::{
    ending::{Ended, Ending, Misuse},
    server::{self, Access},
    terminal,
    wire::Wired,
};

/// Prints what is held about a person: one JSON object, written as it is read.
pub(super) async fn export(file: &Path, person: &str) -> Ended {
    let engine = server::assemble(Wired::of(file)?, Access::Look, None)?.engine;
    let person = found(&engine, person)?;
    let held = engine.held_about(person).await?.to_string();
    let cases = engine.case_ids_of(person).await?;
    // The object is left open for the cases: there may be more of them than fit into memory.
    let begun = held.strip_suffix('}').context("what is held is no object")?;
    let mut out = io::stdout().lock();
    terminal::written(write!(out, "{begun},\"cases\":["))?;
    for (at, id) in cases.into_iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        let case = engine.case_held(id).await?;
        terminal::written(write!(out, "{comma}\n{case}"))?;
    }
    terminal::written(writeln!(out, "]}}"))?;
    Ok(Ending::Done)
}

/// Erases what was said about a person, and writes the store anew so that no file holds it.
pub(super) async fn erase(file: &Path, person: &str, is_meant: bool) -> Ended {
    let wired = Wired::of(file)?;
    let store = server::store_path(&wired.config.server.data_dir);
    let access = if is_meant { Access::Serve } else { Access::Look };
    let engine = server::assemble(wired, access, None)?.engine;
    let person = found(&engine, person)?;
    if !is_meant {
        tell("would be erased", &engine.erasable(person).await?)?;
        terminal::print("nothing was erased: say --yes to do it")?;
        return Ok(Ending::Done);
    }
    let erasure = engine.erase(person).await?;
    // The store is closed with the engine.
    drop(engine);
    store_sqlite::compact(&store)
        .context("erased, but the store could not be written anew: run this again")?;
    tell("erased", &erasure)?;
    Ok(Ending::Done)
}

/// Somebody of the directory by any name, or of our records by their id.
fn found(engine: &Engine, name: &str) -> anyhow::Result<PersonId> {
    let known = engine.find_person(name).map(|person| person.id);
    known.or_else(|| name.parse().ok()).ok_or_else(|| {
        Misuse::of(["nobody has this name: give the id (prsn_…) of somebody who has left"])
    })
}

fn tell(what: &str, erasure: &Erasure) -> anyhow::Result<()> {
    let Erasure { cases, kept, is_of_the_directory } = erasure;
    terminal::print(&format!("texts of {} closed cases: {what}", cases.len()))?;
    if !kept.is_empty() {
        let text = "cases kept, as they are open or can be denied for 30 days";
        terminal::print(&format!("{} {text}: erase again later", kept.len()))?;
    }
    terminal::print(match is_of_the_directory {
        true => "what they sign in and prove with: kept, for they are active in the directory",
        false => "what they signed in and proved with: with it",
    })
}
