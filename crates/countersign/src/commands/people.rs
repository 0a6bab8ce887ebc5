//! `countersign people`

use std::{
    io::{self, Write as _},
    path::Path,
};

use anyhow::Context as _;
use model::PersonId;
use runtime::{Engine, people::Erasure, posture::DeviceErasure};
use web::AppState;

use crate::{
    ending::{Ended, Ending, Misuse},
    server::{self, Access},
    terminal,
    wire::{self, Wired},
};

/// Prints what is held about a person: one JSON object, written as it is read.
pub(super) async fn export(file: &Path, person: &str, addresses: &[String]) -> Ended {
    let AppState { engine, posture, .. } = server::assemble(Wired::of(file)?, Access::Look, None)?;
    let person = found(&engine, person)?;
    let held = engine.held_about(person).await?.to_string();
    let (devices, cases) =
        (posture.device_ids_of(person, addresses).await?, engine.case_ids_of(person).await?);
    // The object is left open for the rest: there may be more of it than fits into memory.
    let begun = held.strip_suffix('}').context("what is held is no object")?;
    let mut out = io::stdout().lock();
    terminal::written(write!(out, "{begun},\"devices\":["))?;
    for (at, id) in devices.into_iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        let device = posture.device_held(id).await?;
        terminal::written(write!(out, "{comma}\n{device}"))?;
    }
    terminal::written(write!(out, "],\"cases\":["))?;
    for (at, id) in cases.into_iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        let case = engine.case_held(id).await?;
        terminal::written(write!(out, "{comma}\n{case}"))?;
    }
    terminal::written(writeln!(out, "]}}"))?;
    Ok(Ending::Done)
}

/// Erases what was said about a person, and writes the stores anew so that no file holds it.
pub(super) async fn erase(
    file: &Path,
    person: &str,
    addresses: &[String],
    is_meant: bool,
) -> Ended {
    let wired = Wired::of(file)?;
    let data_dir = wired.config.server.data_dir.clone();
    let access = if is_meant { Access::Serve } else { Access::Look };
    let state = server::assemble(wired, access, None)?;
    let person = found(&state.engine, person)?;
    if !is_meant {
        let erasable = state.posture.erasable(person, addresses).await?;
        tell("would be erased", &state.engine.erasable(person).await?, &erasable)?;
        terminal::print("nothing was erased: say --yes to do it")?;
        return Ok(Ending::Done);
    }
    // The devices first: it is the erasure of the rest that is written down last.
    let devices = state.posture.erase(person, addresses).await?;
    let erasure = state.engine.erase(person).await?;
    // The stores are closed with whatever holds them.
    drop(state);
    store_sqlite::compact(&server::store_path(&data_dir))
        .and_then(|()| store_sqlite::compact_devices(&wire::posture::store_path(&data_dir)))
        .context("erased, but a store could not be written anew: run this again")?;
    tell("erased", &erasure, &devices)?;
    Ok(Ending::Done)
}

/// Somebody of the directory by any name, or of our records by their id.
fn found(engine: &Engine, name: &str) -> anyhow::Result<PersonId> {
    let known = engine.find_person(name).map(|person| person.id);
    known.or_else(|| name.parse().ok()).ok_or_else(|| {
        Misuse::of(["nobody has this name: give the id (prsn_…) of somebody who has left"])
    })
}

fn tell(what: &str, erasure: &Erasure, of_devices: &DeviceErasure) -> anyhow::Result<()> {
    let Erasure { cases, kept, is_of_the_directory } = erasure;
    terminal::print(&format!("texts of {} closed cases: {what}", cases.len()))?;
    let DeviceErasure { devices, are_kept, exemptions, signals, .. } = of_devices;
    terminal::print(&match are_kept {
        true => format!(
            "what was found before on {} devices, and {} exemptions that are over: {what}; the \
             devices stay, for sources still list them",
            devices.len(),
            exemptions.len()
        ),
        false => format!(
            "{} devices with all that is known of them, and {signals} signals that wait for relying \
             parties: {what}",
            devices.len()
        ),
    })?;
    if !kept.is_empty() {
        let text = "cases kept, as they are open or can be denied for 30 days";
        terminal::print(&format!("{} {text}: erase again later", kept.len()))?;
    }
    terminal::print(match is_of_the_directory {
        true => "what they sign in and prove with: kept, for they are active in the directory",
        false => "what they signed in and proved with: with it",
    })
}
