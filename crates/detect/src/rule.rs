//! Rules: what a company writes and reviews, one thing in a file.
//!
//! Detection rules, correlations and filters are plain Sigma with one block more, `countersign:`; a
//! baseline has `baseline:` in the place of `detection:`. A folder of somebody else's Sigma rules is
//! read as it is: without that block, with several documents in a file.
//!
//! [`Rules::load`] reads all files and tells every problem of every file at once; what has a
//! problem is left out. What a file may hold is in `rule/file.rs`, the block in `rule/meta.rs`.

pub mod ads;
pub mod correlation;
pub mod example;
pub mod head;
pub mod meta;

mod canonical;
mod file;
mod resolve;

use std::{collections::BTreeMap, sync::Arc};

use content::FileProblem;
use model::Timestamp;

pub use ads::{Ads, FalsePositive, HandledBy};
pub use correlation::{Comparison, Correlation, CorrelationKind};
pub use example::{Example, Expected};
pub use head::{Head, LogsourceWanted};
pub use meta::{Branch, Budget, Group, Meta, State};
pub use resolve::CHAIN_MAX;

use crate::{
    baseline::Baseline,
    sigma::{Condition, Lists},
};

/// How many rules there may be.
pub const RULES_MAX: usize = 20_000;
/// The longest file, in bytes.
pub const FILE_BYTES_MAX: usize = 256 * 1_024;

/// A file to be read.
#[derive(Debug, Clone, Copy)]
pub struct RuleFile<'f> {
    /// Its name, which problems are told with.
    pub name: &'f str,
    /// Its text.
    pub text: &'f str,
    /// Whose it is.
    pub origin: Origin,
}

/// Whose a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Ours: one rule in a file, with the block `countersign:`.
    Own,
    /// Somebody's Sigma rules, unchanged.
    Sigma,
}

/// What reading depends on beside the files.
#[derive(Debug, Clone)]
pub struct LoadOptions {
    /// The state of rules without the block `countersign:`. Such a rule brings no tests and no
    /// question that a person would understand: unless the administrator decides otherwise, it is
    /// in shadow.
    pub sigma_state: State,
    /// Named lists of values, for `|expand`.
    pub lists: Lists,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self { sigma_state: State::Shadow, lists: Lists::new() }
    }
}

/// All rules that could be read, in the order of their files' names.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    all: Vec<Arc<Rule>>,
    by_id: BTreeMap<String, usize>,
    by_name: BTreeMap<String, usize>,
}

/// One rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The file it is in.
    pub file: Arc<str>,
    /// Whose it is.
    pub origin: Origin,
    /// What it says of itself.
    pub head: Head,
    /// The block `countersign:`, or what holds without one.
    pub meta: Meta,
    /// What it does.
    pub body: Body,
    /// Names this version of it on what it causes. Any change of its text is another version.
    pub hash: String,
    /// A hash of what it means: what it asks of events, what it counts and over what time; not of
    /// thresholds and texts. While it is unchanged, what was counted stays true.
    pub meaning: u128,
}

/// What a rule does.
#[derive(Debug, Clone)]
pub enum Body {
    /// Matches single events.
    Detection(Condition),
    /// Counts what other rules match.
    Correlation(Correlation),
    /// Keeps other rules from matching.
    Filter(Filter),
    /// Learns what is usual.
    Baseline(Box<BaselineBody>),
}

/// A filter.
#[derive(Debug, Clone)]
pub struct Filter {
    /// The rules it is for, by id, name or title.
    pub rules: Vec<String>,
    /// What it matches, they do not.
    pub condition: Condition,
    /// Events from then on are not filtered any more.
    pub until: Option<Timestamp>,
}

/// A baseline, and which events it looks at.
#[derive(Debug, Clone)]
pub struct BaselineBody {
    /// What it learns.
    pub baseline: Baseline,
    /// Its selection.
    pub condition: Condition,
    /// Which of these events are familiar: learned from, and never raised.
    pub familiar: Option<Condition>,
}

impl Rules {
    /// Reads files. A file with a problem is left out, and so is what needs it: whether the rest
    /// may then be used is the caller's decision.
    #[must_use]
    pub fn load(files: &[RuleFile<'_>], options: &LoadOptions) -> (Self, Vec<FileProblem>) {
        let mut in_order: Vec<&RuleFile<'_>> = files.iter().collect();
        in_order.sort_by_key(|file| file.name);
        let mut problems = Vec::new();
        let mut read = Vec::new();
        for file in in_order {
            let (rules, found) = file::read(file, options);
            problems.extend(found);
            read.extend(rules);
        }
        if read.len() > RULES_MAX {
            let text =
                format!("more than {RULES_MAX} rules: this one and all after it are left out");
            problems.push(FileProblem::new(&read[RULES_MAX].file, "", text));
            read.truncate(RULES_MAX);
        }
        let rules = resolve::resolve(read, &mut problems);
        problems.sort_by(|one, other| (&one.file, &one.path).cmp(&(&other.file, &other.path)));
        (rules, problems)
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Arc<Rule>] {
        &self.all
    }

    /// The rule of that id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Arc<Rule>> {
        self.by_id.get(id).and_then(|at| self.all.get(*at))
    }

    /// The rule that another one means by a word: its id or its name.
    #[must_use]
    pub fn find(&self, word: &str) -> Option<&Arc<Rule>> {
        self.place(word).and_then(|at| self.all.get(at))
    }

    /// The place in [`Rules::all`] of the rule that is meant by a word.
    #[must_use]
    pub fn place(&self, word: &str) -> Option<usize> {
        self.by_id.get(word).or_else(|| self.by_name.get(word)).copied()
    }

    /// The filters that are for a rule.
    pub fn filters_of<'r>(&'r self, rule: &'r Rule) -> impl Iterator<Item = &'r Arc<Rule>> {
        self.all.iter().filter(move |other| match &other.body {
            Body::Filter(filter) => {
                other.meta.state.is_evaluated()
                    && filter.rules.iter().any(|word| rule.is_meant_by(word))
                    && other.head.logsource.covers(&rule.head.logsource)
            }
            _ => false,
        })
    }

    /// Whether alerts come of a rule: not of filters, nor of a rule that is only counted. The latter
    /// says nothing to anybody, and so needs neither strategy nor treatment of its own.
    #[must_use]
    pub fn is_raising(&self, rule: &Rule) -> bool {
        let counting = |other: &&Arc<Rule>| match &other.body {
            Body::Correlation(correlation) => {
                other.meta.state.is_evaluated()
                    && correlation.rules.iter().any(|word| rule.is_meant_by(word))
            }
            _ => false,
        };
        let generates = |other: &Arc<Rule>| match &other.body {
            Body::Correlation(correlation) => correlation.is_generating,
            _ => false,
        };
        let mut counting = self.all.iter().filter(counting).peekable();
        let is_counted = counting.peek().is_some();
        !matches!(rule.body, Body::Filter(_)) && (!is_counted || counting.any(generates))
    }

    fn new(all: Vec<Rule>) -> Self {
        let mut by_id = BTreeMap::new();
        let mut by_name = BTreeMap::new();
        for (at, rule) in all.iter().enumerate() {
            by_id.insert(rule.head.id.clone(), at);
            if let Some(name) = &rule.head.name {
                by_name.insert(name.clone(), at);
            }
        }
        Self { all: all.into_iter().map(Arc::new).collect(), by_id, by_name }
    }
}

impl Rule {
    /// The rule's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.head.id
    }

    /// The word for what it does.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match &self.body {
            Body::Detection(_) => "detection",
            Body::Correlation(_) => "correlation",
            Body::Filter(_) => "filter",
            Body::Baseline(_) => "baseline",
        }
    }

    /// What it asks of single events; correlations ask nothing themselves.
    #[must_use]
    pub fn condition(&self) -> Option<&Condition> {
        match &self.body {
            Body::Detection(condition) => Some(condition),
            Body::Filter(filter) => Some(&filter.condition),
            Body::Baseline(baseline) => Some(&baseline.condition),
            Body::Correlation(_) => None,
        }
    }

    /// Whether another rule's word means this one: its id, its name, or its title, as filters of
    /// the public set use titles.
    #[must_use]
    pub fn is_meant_by(&self, word: &str) -> bool {
        self.head.id == word || self.head.name.as_deref() == Some(word) || self.head.title == word
    }
}

#[cfg(test)]
pub(crate) mod tests;
