//! Policies: what is to be done about an alert from an outside tool, read from content files.
//!
//! [`Policies::load`] reads files and reports every problem of every file at once;
//! [`Policies::decide`] always has an answer. Policies are tried in the order of their files'
//! names, the first that matches wins. Those that say `fallback: true` are tried after all others,
//! whatever their names, and after them comes the shipped default.
//!
//! What a file may hold is at the top of `policy/file.rs`, what its conditions may read in
//! `policy/condition.rs`.

mod condition;
mod decide;
mod example;
mod file;

use std::collections::BTreeMap;

use content::FileProblem;
use model::{Alert, Person};

use crate::treatment::{Act, Treatment};
use decide::Policy;
use example::Example;
pub use example::TestResult;

/// The policies that ship, in their order; the last one matches every alert.
pub const SHIPPED: [(&str, &str); 2] = [
    ("default-urgent.yml", include_str!("../../../content/policies/default-urgent.yml")),
    ("default.yml", include_str!("../../../content/policies/default.yml")),
];

/// How many policies there may be.
pub const MAX_POLICIES: usize = 1_000;
/// The longest policy file, in bytes.
pub const MAX_FILE_BYTES: usize = 64 * 1_024;

/// All policies, ready to decide.
#[derive(Debug)]
pub struct Policies {
    /// In the order in which they are tried.
    tried: Vec<Policy>,
    /// What holds for an alert that none of them matches.
    last: Policy,
}

impl Policies {
    /// Reads files, each a name and its text. A file with a problem is left out: whether the rest
    /// may then be used is the caller's decision.
    #[must_use]
    pub fn load(files: &[(String, String)]) -> (Self, Vec<FileProblem>) {
        let (set, problems) = Self::read(files);
        (set.policies, problems)
    }

    /// What is to be done about an alert. Total: always a treatment, and never a panic.
    #[must_use]
    pub fn decide(&self, alert: &Alert, person: Option<&Person>) -> Treatment {
        decide::decide(&self.tried, &self.last, alert, person)
    }

    /// Runs the tests that the files hold, each against all policies together. Files with problems
    /// are left out, as by [`Policies::load`].
    #[must_use]
    pub fn run_tests(files: &[(String, String)]) -> Vec<TestResult> {
        let (set, _) = Self::read(files);
        set.examples.iter().map(|example| example.run(&set.policies)).collect()
    }

    /// Every policy's id and the message template it names, so that a check of the content can
    /// tell whether the template exists.
    pub fn messages(&self) -> impl Iterator<Item = (&str, &str)> {
        self.tried.iter().chain([&self.last]).filter_map(|policy| match &policy.act {
            Act::Ask(ask) => Some((policy.id.as_str(), ask.message.as_str())),
            Act::Notify { message } => Some((policy.id.as_str(), message.as_str())),
            Act::Escalate => None,
        })
    }

    fn read(files: &[(String, String)]) -> (Set, Vec<FileProblem>) {
        let mut problems = Vec::new();
        let mut examples = Vec::new();
        let mut tried = own(files, &mut problems, &mut examples);
        tried.sort_by_key(|policy| policy.is_fallback);
        let mut shipped: Vec<Policy> = SHIPPED
            .iter()
            .filter_map(|(name, text)| file::read(name, text).ok())
            .map(|read| read.0)
            .collect();
        let last = shipped.pop().expect("the shipped default has no problems: a test reads it");
        tried.append(&mut shipped);
        (Set { policies: Self { tried, last }, examples }, problems)
    }
}

/// What was read from files.
struct Set {
    policies: Policies,
    examples: Vec<Example>,
}

/// The good policies among files, in the order of the files' names.
fn own(
    files: &[(String, String)],
    problems: &mut Vec<FileProblem>,
    examples: &mut Vec<Example>,
) -> Vec<Policy> {
    let mut in_order: Vec<&(String, String)> = files.iter().collect();
    in_order.sort();
    let mut ids = BTreeMap::new();
    let mut policies = Vec::new();
    for (name, text) in in_order {
        let (policy, tests) = match file::read(name, text) {
            Ok(read) => read,
            Err(found) => {
                problems.extend(found);
                continue;
            }
        };
        if let Some(earlier) = ids.insert(policy.id.clone(), name) {
            let text = format!("the id is that of {earlier} too");
            problems.push(FileProblem::new(name, "id", text));
        } else if policies.len() == MAX_POLICIES {
            problems.push(FileProblem::new(name, "", format!("more than {MAX_POLICIES} policies")));
        } else {
            examples.extend(tests);
            policies.push(policy);
        }
    }
    policies
}

#[cfg(test)]
mod tests;
