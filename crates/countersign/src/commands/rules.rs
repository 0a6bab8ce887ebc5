//! `countersign rules`

mod health;

use std::path::Path;

use crate::{cli::rules::RulesCommand, ending::Ended, system};

/// Carries out one of them.
pub(super) fn run(config: &Path, command: &RulesCommand) -> Ended {
    match command {
        RulesCommand::Health(args) => system::runtime()?.block_on(health::run(config, args)),
    }
}
