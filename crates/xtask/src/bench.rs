//! Measures: `cargo xtask bench [NAME…]`.
//!
//! Server and measuring program are built for release, side by side. The peer, Alertmanager, is
//! measured where it is installed.

use std::{
    path::Path,
    process::{Command, ExitCode},
};

use anyhow::{Context as _, Result};

/// Measures what is named, or all.
pub(crate) fn run(root: &Path, names: &[String]) -> Result<ExitCode> {
    let build =
        ["build", "--release", "--package", "countersign", "--package", "testkit", "--bins"];
    let measure = ["run", "--quiet", "--release", "--package", "testkit", "--bin", "bench", "--"];
    for (arguments, names) in [(&build[..], &[][..]), (&measure[..], names)] {
        let mut command = Command::new("cargo");
        command.current_dir(root).args(arguments).args(names);
        let status = command.status().context("cargo cannot be started")?;
        if !status.success() {
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}
