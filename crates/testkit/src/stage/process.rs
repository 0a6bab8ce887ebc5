//! Finding programs.

use std::path::PathBuf;

use anyhow::Context as _;

/// The server's program, built beside this one; a test lies one folder deeper than a program.
pub(super) fn countersign() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let folders = own.ancestors().skip(1).take(2);
    let mut found = folders.map(|folder| folder.join("countersign")).filter(|path| path.is_file());
    found.next().context("the server is not built: run `cargo build -p countersign` first")
}
