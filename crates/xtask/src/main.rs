//! The project's own tools: `cargo xtask test` runs every check, `cargo xtask tidy` those that no
//! compiler makes.
//!
//! It knows the product only from outside: it never depends on another crate of the workspace.
//! A new command is a variant of [`Command`] and a module of its name.

mod test;
mod tidy;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

/// Tools of the project.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs every check and names at the end what it could not run.
    Test {
        /// Installs the programs that are missing, or fails: nothing is skipped.
        #[arg(long)]
        all: bool,
    },
    /// Checks the walls between crates, the manifests, and the texts.
    Tidy,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let root = root();
    match arguments.command {
        Command::Test { all } => test::run(&root, all),
        Command::Tidy => tidy::run(&root),
    }
}

/// The workspace's folder.
fn root() -> PathBuf {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    own.ancestors().nth(2).expect("this crate is in crates/xtask").to_owned()
}
