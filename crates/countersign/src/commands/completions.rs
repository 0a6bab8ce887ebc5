//! `countersign completions`

use std::io;

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::{
    cli::Cli,
    ending::{Ended, Ending},
};

/// Prints completions for a shell.
pub(super) fn run(shell: Shell) -> Ended {
    clap_complete::generate(shell, &mut Cli::command(), "countersign", &mut io::stdout());
    Ok(Ending::Done)
}
