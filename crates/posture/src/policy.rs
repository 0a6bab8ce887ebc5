//! Checks as content: what is to be judged, for whom, and what follows.
//!
//! [`Checks::load`] reads files and reports every problem of every file at once. Of several checks
//! of one practice the first that is for the owner's groups counts: own files in the order of
//! their names, those for some people before those for all, and after them what ships. So a check
//! that nobody changed is as it ships, and whoever changes it does so by one file.
//!
//! What a file may hold is at the top of `policy/file.rs`, what its conditions may read in
//! `check/condition.rs`.

mod example;
mod file;
mod parts;
mod shipped;

use std::collections::BTreeMap;

use content::FileProblem;
use model::device::Practice;
use sha2::{Digest, Sha256};

use crate::check::{Check, How};
use example::Example;
pub use example::TestResult;
pub use shipped::SHIPPED;

/// How many checks there may be.
pub const CHECKS_MAX: usize = 1_000;
/// The longest file, in bytes.
pub const FILE_BYTES_MAX: usize = 64 * 1_024;

/// All checks, ready to judge.
#[derive(Debug)]
pub struct Checks {
    /// By practice, in the order in which they are tried.
    by_practice: BTreeMap<Practice, Vec<Check>>,
    /// For practices of sources' own that have no check.
    foreign: Vec<Check>,
}

impl Checks {
    /// Reads files, each a name and its text. A file with a problem is left out: whether the rest
    /// may then be used is the caller's decision.
    #[must_use]
    pub fn load(files: &[(String, String)]) -> (Self, Vec<FileProblem>) {
        let (checks, _, problems) = read(files);
        (checks, problems)
    }

    /// What ships, alone.
    #[must_use]
    pub fn shipped() -> Self {
        read(&[]).0
    }

    /// Runs the tests that the files hold, each against all checks together. Files with problems
    /// are left out, as by [`Checks::load`].
    #[must_use]
    pub fn run_tests(files: &[(String, String)]) -> Vec<TestResult> {
        let (checks, examples, _) = read(files);
        examples.iter().map(|example| example.run(&checks)).collect()
    }

    /// The check that counts for a practice and somebody's groups.
    #[must_use]
    pub fn check(&self, practice: &Practice, groups: &[String]) -> Option<&Check> {
        let own = self.by_practice.get(practice).and_then(|checks| first(checks, groups));
        let is_foreign = matches!(practice, Practice::Other(_));
        own.or_else(|| if is_foreign { first(&self.foreign, groups) } else { None })
    }

    /// Every check, for a listing.
    pub fn all(&self) -> impl Iterator<Item = &Check> {
        self.by_practice.values().flatten().chain(&self.foreign)
    }

    /// The practices that are judged for somebody, each with its check. `seen` are those that
    /// sources report: ones of their own are judged when they are there.
    pub(crate) fn of<'c, 'p: 'c, P>(
        &'c self,
        groups: &[String],
        seen: impl Fn() -> P,
    ) -> Vec<(&'c Practice, &'c Check)>
    where
        P: Iterator<Item = &'p Practice>,
    {
        let own = self.by_practice.iter();
        let own = own.filter_map(|(practice, checks)| Some((practice, first(checks, groups)?)));
        let mut all: Vec<(&Practice, &Check)> = own.collect();
        if let Some(foreign) = first(&self.foreign, groups) {
            let is_foreign = |practice: &&Practice| {
                matches!(practice, Practice::Other(_)) && !self.by_practice.contains_key(*practice)
            };
            all.extend(seen().filter(is_foreign).map(|practice| (practice, foreign)));
        }
        all
    }

    fn add(&mut self, check: Check) {
        match check.how {
            How::Foreign => self.foreign.push(check),
            _ => self.by_practice.entry(check.practice.clone()).or_default().push(check),
        }
    }
}

fn first<'c>(checks: &'c [Check], groups: &[String]) -> Option<&'c Check> {
    checks.iter().find(|check| {
        check.people.is_empty() || check.people.iter().any(|group| groups.contains(group))
    })
}

fn read(files: &[(String, String)]) -> (Checks, Vec<Example>, Vec<FileProblem>) {
    let mut problems = Vec::new();
    let mut examples = Vec::new();
    let mut own = own(files, &mut problems, &mut examples);
    own.sort_by_key(|check| check.people.is_empty());
    let mut checks = Checks { by_practice: BTreeMap::new(), foreign: Vec::new() };
    let shipped = SHIPPED.iter().filter_map(|(name, text)| file::read(name, text).ok());
    own.into_iter().chain(shipped.map(|(check, _)| check)).for_each(|check| checks.add(check));
    (checks, examples, problems)
}

/// The good checks among files, in the order of the files' names.
fn own(
    files: &[(String, String)],
    problems: &mut Vec<FileProblem>,
    examples: &mut Vec<Example>,
) -> Vec<Check> {
    let mut in_order: Vec<&(String, String)> = files.iter().collect();
    in_order.sort();
    let mut ids = BTreeMap::new();
    let mut checks = Vec::new();
    for (name, text) in in_order {
        let (check, tests) = match file::read(name, text) {
            Ok(read) => read,
            Err(found) => {
                problems.extend(found);
                continue;
            }
        };
        if let Some(earlier) = ids.insert(check.id.clone(), name) {
            let text = format!("the id is that of {earlier} too");
            problems.push(FileProblem::new(name, "id", text));
        } else if checks.len() == CHECKS_MAX {
            let text = format!("more than {CHECKS_MAX} checks");
            problems.push(FileProblem::new(name, "", text));
        } else {
            examples.extend(tests);
            checks.push(check);
        }
    }
    checks
}

fn hash(text: &str) -> u64 {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().take(8).fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}

#[cfg(test)]
pub(crate) mod tests;
