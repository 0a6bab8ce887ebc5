//! `cargo xtask test`: every check, in the order in which they fail fastest.
//!
//! A step that needs a program which is not there is skipped and named at the end; with `--all`
//! the program is installed first, or the run fails. Tests that need a program look for it
//! themselves: under [`REQUIRE_ALL`] they fail without it, else they pass over what it would show.

mod doctests;
mod programs;
mod steps;

use std::{path::Path, process::ExitCode, time::Instant};

use anyhow::Result;

use steps::Step;

/// Set for tests when nothing may be skipped.
pub(crate) const REQUIRE_ALL: &str = "COUNTERSIGN_REQUIRE_ALL";

/// What became of a step.
#[derive(Debug)]
enum Outcome {
    Passed,
    Failed(String),
    /// What is missing, by name.
    Skipped(String),
    /// What could not be reached over the network: no failure, even of a full run.
    Unreachable(String),
}

/// Runs every step, whatever the others say, and sums up.
pub(crate) fn run(root: &Path, all: bool) -> Result<ExitCode> {
    if all {
        programs::install_missing(root)?;
    }
    let mut outcomes = Vec::new();
    for step in steps::all(root) {
        println!("── {}", step.name);
        let started = Instant::now();
        let outcome = taken(&step, root, all);
        println!("── {}: {} ({:.1?})", step.name, said(&outcome), started.elapsed());
        outcomes.push((step.name, outcome));
    }
    let passed_over = steps::passed_over().into_iter();
    outcomes
        .extend(passed_over.map(|(name, program)| (name, Outcome::Skipped(program.name.into()))));
    Ok(summed_up(&outcomes, all))
}

fn taken(step: &Step, root: &Path, all: bool) -> Outcome {
    let missing = step.needs.iter().find(|program| !program.is_there());
    if let Some(program) = missing {
        return Outcome::Skipped(program.name.to_owned());
    }
    (step.run)(root, all).unwrap_or_else(|error| Outcome::Failed(format!("{error:#}")))
}

fn said(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Passed => "passed".to_owned(),
        Outcome::Failed(why) => format!("FAILED: {why}"),
        Outcome::Skipped(what) => format!("skipped: {what} is not installed"),
        Outcome::Unreachable(what) => format!("not run: {what} cannot be reached"),
    }
}

fn summed_up(outcomes: &[(&str, Outcome)], all: bool) -> ExitCode {
    println!();
    let is_passed = |outcome: &Outcome| matches!(outcome, Outcome::Passed);
    for (name, outcome) in outcomes.iter().filter(|(_, outcome)| !is_passed(outcome)) {
        println!("{name}: {}", said(outcome));
    }
    let count = |wanted: fn(&Outcome) -> bool| {
        outcomes.iter().filter(|(_, outcome)| wanted(outcome)).count()
    };
    let passed = count(|outcome| matches!(outcome, Outcome::Passed));
    let failed = count(|outcome| matches!(outcome, Outcome::Failed(_)));
    let skipped = count(|outcome| matches!(outcome, Outcome::Skipped(_)));
    let unreachable = count(|outcome| matches!(outcome, Outcome::Unreachable(_)));
    println!("{passed} passed, {failed} failed, {} skipped", skipped + unreachable);
    if failed > 0 || (all && skipped > 0) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
