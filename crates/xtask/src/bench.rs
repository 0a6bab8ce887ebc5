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
const WITHOUT_SERVER: [&str; 2] = ["log", "states"];

/// Measures what is named, or all.
pub(crate) fn run(root: &Path, names: &[String]) -> Result<ExitCode> {
    let build =
        ["build", "--release", "--package", "countersign", "--package", "testkit", "--bins"];
    let measure = ["run", "--quiet", "--release", "--package", "testkit", "--bin", "bench", "--"];
    let needs_server =
        names.is_empty() || names.iter().any(|name| !WITHOUT_SERVER.contains(&name.as_str()));
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
