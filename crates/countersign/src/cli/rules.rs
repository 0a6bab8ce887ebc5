//! `countersign rules`, as it is written.

use clap::{Args, Subcommand};

use super::{OutputArgs, ReachArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// Tells how rules do, by what became of their cases, and what the numbers propose.
    Health(HealthArgs),
}

#[derive(Debug, Args)]
pub(crate) struct HealthArgs {
    /// One rule, as alerts name it, version by version; without it, all of them.
    pub(crate) rule: Option<String>,
    /// Over so many days.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=400))]
    pub(crate) days: u16,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) reach: ReachArgs,
}
