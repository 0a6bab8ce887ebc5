//! Finding programs and ports.

use std::{net::TcpListener, path::PathBuf};

use anyhow::Context as _;

/// A port that was free a moment ago.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// The server's program, built beside this one; a test lies one folder deeper than a program.
pub(super) fn countersign() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let folders = own.ancestors().skip(1).take(2);
    let mut found = folders.map(|folder| folder.join("countersign")).filter(|path| path.is_file());
    found.next().context("the server is not built: run `cargo build -p countersign` first")
}
