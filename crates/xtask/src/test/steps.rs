//! The steps, in their order.

use std::{
    path::Path,
    process::{Command, ExitCode, Stdio},
};

use anyhow::Result;

use super::{
    Outcome, REQUIRE_ALL, doctests,
    programs::{ALERTMANAGER, CARGO_DENY, CHROMIUM, NODE, NPM, Program, succeed},
};
use crate::{sim, tidy};

/// One check.
pub(super) struct Step {
    pub(super) name: &'static str,
    /// Without one of these it is skipped.
    pub(super) needs: &'static [&'static Program],
    pub(super) run: fn(&Path, bool) -> Result<Outcome>,
}

/// Every check of this project.
pub(super) fn all(root: &Path) -> Vec<Step> {
    let mut steps = vec![
        Step { name: "format", needs: &[], run: format },
        Step { name: "tidy", needs: &[], run: tidy_step },
        Step { name: "clippy", needs: &[], run: clippy },
        Step { name: "dependencies", needs: &[&CARGO_DENY], run: dependencies },
        Step { name: "advisories", needs: &[&CARGO_DENY], run: advisories },
        Step { name: "tests", needs: &[], run: tests },
        Step { name: "doctests", needs: &[], run: doctests_step },
        Step { name: "simulated worlds", needs: &[], run: worlds },
    ];
    if root.join("e2e/package.json").is_file() {
        steps.push(Step { name: "browser", needs: &[&NODE, &NPM, &CHROMIUM], run: browser });
    }
    steps
}

/// What tests pass over because a program is missing: what they would show, and the program.
pub(super) fn passed_over() -> Vec<(&'static str, &'static Program)> {
    let mut all = vec![("alerts from a real Alertmanager", &ALERTMANAGER)];
    all.retain(|(_, program)| !program.is_there());
    all
}

fn cargo(root: &Path, arguments: &[&str]) -> Result<Outcome> {
    succeed(root, "cargo", arguments).map(|()| Outcome::Passed)
}

fn format(root: &Path, _all: bool) -> Result<Outcome> {
    cargo(root, &["fmt", "--all", "--check"])
}

fn tidy_step(root: &Path, _all: bool) -> Result<Outcome> {
    let findings = tidy::findings(root)?;
    findings.iter().for_each(|finding| println!("tidy: {finding}"));
    Ok(match findings.len() {
        0 => Outcome::Passed,
        count => Outcome::Failed(format!("{count} findings")),
    })
}

fn clippy(root: &Path, _all: bool) -> Result<Outcome> {
    cargo(root, &["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"])
}

fn dependencies(root: &Path, _all: bool) -> Result<Outcome> {
    cargo(root, &["deny", "--log-level", "error", "check", "bans", "licenses", "sources"])
}

/// Known faults of what we are built with, where the list of them can be fetched.
fn advisories(root: &Path, _all: bool) -> Result<Outcome> {
    let fetch = Command::new("cargo")
        .args(["deny", "fetch", "db"])
        .current_dir(root)
        .stderr(Stdio::null())
        .status()?;
    if !fetch.success() {
        return Ok(Outcome::Unreachable("the list of advisories".to_owned()));
    }
    cargo(root, &["deny", "--offline", "--log-level", "error", "check", "advisories"])
}

fn tests(root: &Path, all: bool) -> Result<Outcome> {
    let has_nextest = Command::new("cargo")
        .args(["nextest", "--version"])
        .current_dir(root)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    let arguments: &[&str] = if has_nextest {
        &["nextest", "run", "--workspace"]
    } else {
        &["test", "--workspace", "--quiet", "--lib", "--bins", "--tests", "--no-fail-fast"]
    };
    // The tests of whole servers start this program as an operator does.
    succeed(root, "cargo", &["build", "--package", "countersign"])?;
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(root);
    if all {
        command.env(REQUIRE_ALL, "1");
    }
    Ok(match command.status()?.success() {
        true => Outcome::Passed,
        false => Outcome::Failed("see above".to_owned()),
    })
}

fn doctests_step(root: &Path, _all: bool) -> Result<Outcome> {
    if doctests::exist(root)? {
        cargo(root, &["test", "--workspace", "--quiet", "--doc"])
    } else {
        Ok(Outcome::Passed)
    }
}

/// Lets everything that can go wrong go wrong, in a few thousand worlds.
fn worlds(root: &Path, _all: bool) -> Result<Outcome> {
    let code = sim::run(root, sim::SEEDS, 0, false)?;
    Ok(match code == ExitCode::SUCCESS {
        true => Outcome::Passed,
        false => Outcome::Failed("see above".to_owned()),
    })
}

/// Whether all that a folder's `package.json` names is there, also what was added to it lately.
fn is_installed(folder: &Path) -> Result<bool> {
    let mut command = Command::new("npm");
    command.arg("ls").current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
    Ok(command.status()?.success())
}

/// Drives a real browser through the pages.
fn browser(root: &Path, _all: bool) -> Result<Outcome> {
    let folder = root.join("e2e");
    if !is_installed(&folder)? {
        succeed(&folder, "npm", &["ci"])?;
    }
    succeed(
        root,
        "cargo",
        &["build", "--package", "countersign", "--package", "testkit", "--bins"],
    )?;
    succeed(&folder, "npm", &["test"])?;
    Ok(Outcome::Passed)
}
