//! The project's own tools: `cargo xtask test` runs every check, `cargo xtask tidy` those that no
//! compiler makes, `cargo xtask sim` as many simulated worlds as are wanted, `cargo xtask bench` the
//! measurements; `cargo xtask attack` writes the table of ATT&CK.
//!
//! It knows the product only from outside: it never depends on another crate of the workspace.
//! A new command is a variant of [`Command`] and a module of its name.

mod attack;
mod bench;
mod os_currency;
mod sim;
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
    /// Measures the server beside its peers: see `docs/benchmarks.md`.
    Bench {
        /// Which measurements, by the names at the top of `docs/benchmarks.md`, such as `burst` or
        /// `stories=3000`; all of them when none.
        names: Vec<String>,
    },
    /// Writes the table of ATT&CK's tactics and techniques.
    Attack {
        /// The folder with `tactics.csv`, `techniques.csv` and `NOTICE`.
        #[arg(long)]
        from: PathBuf,
    },
    /// Writes the snapshot of operating systems from a folder of public feeds.
    OsCurrency {
        /// The folder, with `sofa` and `endoflife` in it.
        #[arg(long)]
        from: PathBuf,
    },
    /// Walks simulated worlds until a rule breaks in one.
    Sim {
        /// How many.
        #[arg(long, default_value_t = sim::SEEDS)]
        seeds: u64,
        /// The first one's seed.
        #[arg(long, default_value_t = 0)]
        from: u64,
        /// Shows everything that happens in the first one, and walks no other.
        #[arg(long)]
        trace: bool,
    },
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let root = root();
    match arguments.command {
        Command::Test { all } => test::run(&root, all),
        Command::Tidy => tidy::run(&root),
        Command::Attack { from } => attack::run(&root, &from),
        Command::Bench { names } => bench::run(&root, &names),
        Command::OsCurrency { from } => os_currency::run(&root, &from),
        Command::Sim { seeds, from, trace } => sim::run(&root, seeds, from, trace),
    }
}

/// The workspace's folder.
fn root() -> PathBuf {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    own.ancestors().nth(2).expect("this crate is in crates/xtask").to_owned()
}
