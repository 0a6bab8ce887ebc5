//! Files that the product writes about itself are committed, so that a change of them is seen in
//! review, and must be what it would write now.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result, ensure};

/// A file, and the arguments with which the product writes it to its standard output.
struct Generated {
    path: &'static str,
    arguments: &'static [&'static str],
}

/// All of them.
const GENERATED: &[Generated] = &[];

/// Files that are not what the product would write.
pub(super) fn findings(root: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for Generated { path, arguments } in GENERATED {
        let fresh = written(root, arguments)?;
        if fs::read(root.join(path)).ok().as_deref() != Some(&fresh) {
            let command = arguments.join(" ");
            found.push(format!("{path}: stale: cargo run -q -- {command} > {path}"));
        }
    }
    Ok(found)
}

fn written(root: &Path, arguments: &[&str]) -> Result<Vec<u8>> {
    let run = ["run", "--quiet", "--package", "countersign", "--"];
    let output = Command::new("cargo").args(run).args(arguments).current_dir(root).output();
    let output = output.context("cargo cannot be run")?;
    ensure!(output.status.success(), "`countersign {}` fails", arguments.join(" "));
    Ok(output.stdout)
}
