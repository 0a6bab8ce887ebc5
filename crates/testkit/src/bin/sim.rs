//! Runs the simulator. Use it through `cargo xtask sim`.

use std::process::ExitCode;

fn main() -> anyhow::Result<ExitCode> {
    testkit::sim::main(std::env::args().skip(1))
}
