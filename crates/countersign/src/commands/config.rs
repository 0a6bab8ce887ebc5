//! `countersign config`

use std::path::Path;

use crate::{
    cli::ConfigCommand,
    ending::{Ended, Ending},
    terminal,
    wire::{self, Wired, kinds},
};

/// Looks at the configuration.
pub(super) fn run(file: &Path, command: &ConfigCommand) -> Ended {
    match command {
        ConfigCommand::Check => check(file)?,
        ConfigCommand::Schema => {
            let schema = config::schema(&kinds::registry());
            terminal::print(&serde_json::to_string_pretty(&schema)?)?;
        }
        ConfigCommand::Show => {
            let shown = config::show(&wire::read_config(file)?);
            terminal::print(shown.trim_end())?;
        }
    }
    Ok(Ending::Done)
}

fn check(file: &Path) -> anyhow::Result<()> {
    let wired = Wired::of(file)?;
    for warning in &wired.warnings {
        terminal::print(&format!("warning: {}", terminal::harmless(warning)))?;
    }
    terminal::print(&format!("{}: nothing is wrong", file.display()))
}
