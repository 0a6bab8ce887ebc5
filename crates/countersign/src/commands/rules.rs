//! `countersign rules`: writing rules, and knowing that they work, without a server.
//!
//! One file a command. [`folder`] reads the content folder, [`treatment`] says what would be done
//! about an alert, [`networks`] what tests take addresses to be, [`history`] reads the event log,
//! [`outcomes`] what became of cases.

mod backtest;
mod calibrate;
mod coverage;
mod diff;
pub(super) mod folder;
mod health;
mod history;
mod lint;
mod networks;
mod new;
mod outcomes;
mod test;
pub(super) mod treatment;

use std::path::Path;

use crate::{cli::rules::RulesCommand, ending::Ended, system};

/// Carries out one of them.
pub(super) fn run(config: &Path, command: &RulesCommand) -> Ended {
    match command {
        RulesCommand::Lint(args) => lint::run(config, args),
        RulesCommand::Test(args) => test::run(config, args),
        RulesCommand::New(args) => new::run(config, args),
        RulesCommand::Backtest(args) => backtest::run(config, args),
        RulesCommand::Calibrate(args) => calibrate::run(config, args),
        RulesCommand::Diff(args) => diff::run(config, args),
        RulesCommand::Coverage(args) => coverage::run(config, args),
        RulesCommand::Health(args) => system::runtime()?.block_on(health::run(config, args)),
    }
}
