//! The snapshot of operating systems that is built in: made from public feeds, committed, and
//! checked wherever the feeds that it was made from lie beside the checkout.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use anyhow::{Context, Result, ensure};

const SNAPSHOT: &str = "crates/posture/data/os-currency.json";
/// Where data for tests lies.
const DATA: &str = "COUNTERSIGN_DATA";
/// Where the feeds lie in it.
const FEEDS: &str = "os-currency";

/// Writes the snapshot.
pub(crate) fn run(root: &Path, feeds: &Path) -> Result<ExitCode> {
    fs::write(root.join(SNAPSHOT), written(root, feeds)?)?;
    println!("wrote {SNAPSHOT}");
    Ok(ExitCode::SUCCESS)
}

/// Whether the snapshot is what the feeds say, where there are any.
pub(crate) fn findings(root: &Path) -> Result<Option<String>> {
    let feeds = env::var_os(DATA).map(|data| PathBuf::from(data).join(FEEDS));
    let Some(feeds) = feeds.filter(|feeds| feeds.is_dir()) else { return Ok(None) };
    let is_fresh = fs::read(root.join(SNAPSHOT)).ok().as_deref() == Some(&written(root, &feeds)?);
    let stale = || format!("{SNAPSHOT}: stale: cargo xtask os-currency --from ${DATA}/{FEEDS}");
    Ok((!is_fresh).then(stale))
}

fn written(root: &Path, feeds: &Path) -> Result<Vec<u8>> {
    let run = ["run", "--quiet", "--package", "posture", "--example", "os_currency", "--"];
    let feeds = feeds.canonicalize().context("there are no feeds")?;
    let output = Command::new("cargo").args(run).arg(feeds).current_dir(root).output();
    let output = output.context("cargo cannot be run")?;
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "the feeds cannot be read: {}", told.trim());
    Ok(output.stdout)
}
