//! `countersign backup` and `countersign restore`

use std::{fs, path::Path};

use anyhow::Context as _;
use data_encoding::HEXLOWER;
use ports::audit;
use store_sqlite::{CopyError, OpenError, SqliteStore};

use crate::{
    ending::{Ended, Ending, Misuse},
    server::{self, Access},
    system::keys,
    terminal, wire,
};

/// Copies the store of the configuration, and looks whether the copy is whole.
pub(super) async fn back_up(config: &Path, to: &Path) -> Ended {
    let data_dir = wire::read_config(config)?.server.data_dir;
    copy(&server::store_path(&data_dir), to)?;
    let keys = data_dir.join(keys::FILE_NAME);
    let ending = match SqliteStore::open_read_only(to) {
        Ok(store) => told(&store).await?,
        // Before an upgrade that is just what is wanted; it is looked at when it is restored.
        Err(OpenError::Older) => {
            terminal::print("copied; an earlier release wrote the store, and it was not verified")?;
            Ending::Done
        }
        Err(error) => return Err(error).context("the copy"),
    };
    terminal::print(&format!(
        "the keys are not in it: keep a copy of {} apart; without it no factor opens",
        keys.display()
    ))?;
    Ok(ending)
}

/// Puts a backup where the store of the configuration would be, and walks its audit trail.
pub(super) async fn restore(config: &Path, from: &Path) -> Ended {
    let data_dir = wire::read_config(config)?.server.data_dir;
    refuse_what_is_there(&data_dir)?;
    keys::make_private_folder(&data_dir)
        .with_context(|| format!("the folder {} cannot be made", data_dir.display()))?;
    copy(from, &server::store_path(&data_dir))?;
    // Opened to serve: a backup of an earlier release is brought up.
    let store = server::open_store(&data_dir, Access::Serve)?;
    let ending = told(&store).await?;
    let keys = data_dir.join(keys::FILE_NAME);
    if !keys.exists() {
        let text = format!("put the keys of that server at {} before it serves", keys.display());
        terminal::print(&text)?;
    }
    Ok(ending)
}

/// Nothing is ever overwritten: of a server that was, only its keys may be there.
fn refuse_what_is_there(data_dir: &Path) -> anyhow::Result<()> {
    let entries = match fs::read_dir(data_dir) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries.with_context(|| data_dir.display().to_string())?,
    };
    for entry in entries {
        let name = entry?.file_name();
        if name != keys::FILE_NAME {
            let name = terminal::harmless(&name.to_string_lossy());
            return Err(Misuse::of([format!(
                "{} is not empty, there is {name}: move it away first; nothing is overwritten",
                data_dir.display()
            )]));
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    store_sqlite::copy(from, to).map_err(|error| {
        let place = if matches!(error, CopyError::Source(_)) { from } else { to };
        let place = place.display().to_string();
        anyhow::Error::new(error).context(place)
    })
}

async fn told(store: &SqliteStore) -> Ended {
    match audit::verify(store).await? {
        Ok((entries, hash)) => {
            let head = HEXLOWER.encode(&hash);
            let text =
                format!("copied, and its audit trail is whole: {entries} entries, head {head}");
            terminal::print(&text)?;
            Ok(Ending::Done)
        }
        Err(broken) => {
            terminal::print(&format!("copied, and its audit trail is broken: {broken}"))?;
            Ok(Ending::Finding)
        }
    }
}
