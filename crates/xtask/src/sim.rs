//! Walks simulated worlds: `cargo xtask sim --seeds N --from S`.
//!
//! The simulator is built by itself, without servers and networks, in a profile of its own: fast
//! enough for thousands of worlds, and with every check of a debug build.

use std::{
    path::Path,
    process::{Command, ExitCode},
};

use anyhow::{Context as _, Result};

/// The worlds of every run of the tests.
pub(crate) const SEEDS: u64 = 2_000;

/// Walks so many worlds from a seed on, or shows what happens in one.
pub(crate) fn run(root: &Path, seeds: u64, from: u64, shows_trace: bool) -> Result<ExitCode> {
    let mut command = Command::new("cargo");
    command.current_dir(root).args(["run", "--quiet", "--profile", "sim", "--package", "testkit"]);
    command.args(["--no-default-features", "--bin", "sim", "--"]);
    command.args(["--seeds", &seeds.to_string(), "--from", &from.to_string()]);
    if shows_trace {
        command.arg("--trace");
    }
    let status = command.status().context("cargo cannot be started")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
