//! The `countersign` program: reads the configuration, picks adapters, starts engine and pages.
//!
//! It names and joins; it decides nothing about a case. Start with [`cli`] for what it can be
//! told, [`wire`] for how a configuration becomes parts (a new vendor is one line in
//! `wire/kinds.rs`), [`server`] for what runs, and [`system`] for the real clock, randomness and
//! keys, which nothing else makes.

mod api;
mod cli;
mod commands;
mod detection;
mod ending;
mod server;
mod stop;
mod system;
mod terminal;
mod wire;

use std::process::ExitCode;

use clap::Parser as _;

use cli::Cli;

/// Takes half the time of the system's, and gives back what a burst took.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    system::install_cryptography();
    ending::status(commands::run(cli))
}
