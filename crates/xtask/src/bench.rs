//! Measures: `cargo xtask bench [NAME…]`.
//!
//! Server and measuring program are built for release, side by side. The peer, Alertmanager, is
//! measured where it is installed. What measures no server is had without building one.

use std::{
    path::Path,
    process::{Command, ExitCode},
};

use anyhow::{Context as _, Result};

/// Measurements that need no server.
const WITHOUT_SERVER: [&str; 5] = ["entities", "log", "seed", "states", "stories"];

/// Measures what is named, or all.
pub(crate) fn run(root: &Path, names: &[String]) -> Result<ExitCode> {
    let build =
        ["build", "--release", "--package", "countersign", "--package", "testkit", "--bins"];
    let measure = ["run", "--quiet", "--release", "--package", "testkit", "--bin", "bench", "--"];
    let needs_server = names.is_empty()
        || names.iter().any(|name| {
            let what = name.split('=').next().unwrap_or_default();
            !WITHOUT_SERVER.contains(&what)
        });
    let steps = [(&build[..], &[][..]), (&measure[..], names)];
    for (arguments, names) in steps.into_iter().skip(usize::from(!needs_server)) {
        let mut command = Command::new("cargo");
        command.current_dir(root).args(arguments).args(names);
        let status = command.status().context("cargo cannot be started")?;
        if !status.success() {
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}
