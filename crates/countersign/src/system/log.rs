//! What the process tells about itself, on standard error.

use std::io::IsTerminal as _;

use config::settings::{LogFormat, Telemetry};
use tracing_subscriber::EnvFilter;

/// Starts logging as configured. Text on a terminal, one JSON object a line otherwise.
pub(crate) fn start(telemetry: &Telemetry) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&telemetry.log_filter)
        .map_err(|_| crate::ending::Misuse::of(["telemetry.log_filter: not a filter of logs"]))?;
    let is_terminal = std::io::stderr().is_terminal();
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(is_terminal && crate::terminal::wants_colour());
    let is_json = match telemetry.log_format {
        LogFormat::Auto => !is_terminal,
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let started =
        if is_json { builder.json().flatten_event(true).try_init() } else { builder.try_init() };
    started.map_err(|error| anyhow::anyhow!("logging cannot be started: {error}"))
}
