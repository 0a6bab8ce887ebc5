//! The texts of the project: what every file must and must not hold, and that the documents are
//! true.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};

use super::{arrows, manifest::Manifest};

/// The most lines of `ARCHITECTURE.md`.
const ARCHITECTURE_LINES: usize = 200;
/// The largest file that is looked at, in bytes; larger ones are not written by hand.
const TEXT_BYTES: usize = 1_024 * 1_024;

/// What no file may hold. In halves, so that this file does not.
const FORBIDDEN: &[([&str; 2], &str)] = &[
    (["/wo", "rk/"], "a path of one machine"),
    (["/ro", "ot/"], "a path of one machine"),
    (["/ho", "me/"], "a path of one machine"),
    (["TO", "DO"], "finish it, or write an issue"),
    (["FIX", "ME"], "finish it, or write an issue"),
];
/// Files that tools write.
const WRITTEN_BY_TOOLS: &[&str] = &["Cargo.lock", "package-lock.json", "LICENSE"];
/// Where packages of npm may come from.
const NPM: &str = "\"resolved\": \"https://registry.npmjs.org/";

/// Everything that is wrong with the texts.
pub(super) fn findings(root: &Path, manifests: &[Manifest]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for path in files(root)? {
        let Ok(bytes) = fs::read(root.join(&path)) else { continue };
        if let Ok(text) = String::from_utf8(bytes) {
            found.extend(file_findings(&path, &text));
        }
    }
    found.extend(readme_findings(&document(root, "README.md")));
    found.extend(architecture_findings(&document(root, "ARCHITECTURE.md"), manifests));
    Ok(found)
}

/// The files that belong to the project, also those not yet committed.
pub(super) fn files(root: &Path) -> Result<Vec<PathBuf>> {
    let arguments = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let listing = Command::new("git").args(arguments).current_dir(root).output();
    let listing = listing.context("git is needed to list the files")?;
    ensure!(listing.status.success(), "git cannot list the files");
    let names = String::from_utf8(listing.stdout)?;
    Ok(names.split('\0').filter(|name| !name.is_empty()).map(PathBuf::from).collect())
}

/// What is wrong with one file.
pub(super) fn file_findings(path: &Path, text: &str) -> Vec<String> {
    let shown = path.display();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut found = Vec::new();
    if name == "mod.rs" {
        found.push(format!("{shown}: name it after its module, beside the folder"));
    }
    if name == "package-lock.json" {
        let strange = text.lines().any(|line| line.contains("\"resolved\"") && !line.contains(NPM));
        found.extend(strange.then(|| format!("{shown}: a package comes from elsewhere than npm")));
    }
    if text.len() > TEXT_BYTES || text.contains('\0') || WRITTEN_BY_TOOLS.contains(&&*name) {
        return found;
    }
    if !text.is_empty() && !text.ends_with('\n') {
        found.push(format!("{shown}: does not end with a newline"));
    }
    for (at, line) in text.lines().enumerate() {
        let forbidden = FORBIDDEN.iter().find(|(halves, _)| line.contains(&halves.concat()));
        if let Some((halves, why)) = forbidden {
            found.push(format!("{shown}:{}: holds `{}`: {why}", at + 1, halves.concat()));
        }
    }
    found
}

fn document(root: &Path, name: &str) -> String {
    fs::read_to_string(root.join(name)).unwrap_or_default()
}

/// What is wrong with the README.
pub(super) fn readme_findings(text: &str) -> Option<String> {
    let names_tests = text.contains("cargo xtask test");
    (!names_tests).then(|| "README.md: name `cargo xtask test`".to_owned())
}

/// What is wrong with the map of the house.
pub(super) fn architecture_findings(text: &str, manifests: &[Manifest]) -> Vec<String> {
    let mut found = Vec::new();
    let lines = text.lines().count();
    if lines > ARCHITECTURE_LINES {
        found.push(format!("ARCHITECTURE.md: {lines} lines, at most {ARCHITECTURE_LINES}"));
    }
    found.extend(arrows::table_findings(text));
    let named = crates_named(text);
    let exist: BTreeSet<&str> = manifests.iter().map(|manifest| manifest.folder.as_str()).collect();
    let missing = exist.difference(&named);
    found.extend(missing.map(|name| format!("ARCHITECTURE.md: does not name crates/{name}")));
    let invented = named.difference(&exist);
    found.extend(invented.map(|name| format!("ARCHITECTURE.md: there is no crates/{name}")));
    found
}

/// Crates are named as `crates/NAME` anywhere, and as the entries of the list "The tree".
fn crates_named(text: &str) -> BTreeSet<&str> {
    let anywhere = text.split("crates/").skip(1).map(leading_name);
    let tree = text.split("\n## ").find(|section| section.starts_with("The tree"));
    let entries = tree.into_iter().flat_map(str::lines);
    let entries = entries.filter_map(|line| line.strip_prefix("- `")).map(leading_name);
    anywhere.chain(entries).filter(|name| !name.is_empty()).collect()
}

fn leading_name(text: &str) -> &str {
    let is_part = |each: char| each.is_ascii_lowercase() || each.is_ascii_digit() || each == '-';
    &text[..text.find(|each| !is_part(each)).unwrap_or(text.len())]
}
