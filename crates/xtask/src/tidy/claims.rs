//! The tables that say which test keeps what: each test they name must exist.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

/// The tables.
const TABLES: [&str; 3] =
    ["docs/threat-model-tests.md", "docs/behaviours-tests.md", "docs/posture-behaviours-tests.md"];
/// A name of so many words is that of a test; shorter ones are of other things.
const WORDS_MIN: usize = 3;

/// Every name in a table that no function has.
pub(super) fn findings(root: &Path, files: &[PathBuf]) -> Result<Vec<String>> {
    let mut known = BTreeSet::new();
    for path in files.iter().filter(|path| path.extension().is_some_and(|it| it == "rs")) {
        let Ok(text) = fs::read_to_string(root.join(path)) else { continue };
        known.extend(functions(&text).map(str::to_owned));
    }
    let mut found = Vec::new();
    for table in TABLES {
        let text = fs::read_to_string(root.join(table)).with_context(|| table.to_owned())?;
        let unknown = unknown(&text, &known);
        found.extend(unknown.into_iter().map(|name| format!("{table}: there is no test {name}")));
    }
    Ok(found)
}

/// The tests that a table names and nobody wrote.
pub(super) fn unknown<'t>(table: &'t str, known: &BTreeSet<String>) -> Vec<&'t str> {
    let names = table.split('`').skip(1).step_by(2).filter(|name| is_a_claim(name));
    names.filter(|name| !known.contains(*name)).collect()
}

fn is_a_claim(name: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit())
    };
    name.split('_').count() >= WORDS_MIN && name.split('_').all(is_word)
}

fn functions(text: &str) -> impl Iterator<Item = &str> {
    text.split("fn ").skip(1).filter_map(|rest| rest.split('(').next())
}
