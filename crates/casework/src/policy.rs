//! What is to be done about an alert, read from content files: policies for alerts of outside
//! tools, the treatments that detection rules carry, filters, maintenance windows, playbooks.
//!
//! [`Policies::load`] reads files and reports every problem of every file at once;
//! [`Policies::decide`] always has an answer. Policies are tried in the order of their files'
//! names, the first that matches wins. Those that say `fallback: true` are tried after all others,
//! whatever their names, and after them comes the shipped default.
//!
//! What a policy may hold is at the top of `policy/file.rs`, what conditions may read in
//! `policy/see.rs`, the order of the steps of a decision in `policy/decide.rs`.

mod condition;
mod decide;
mod example;
pub mod exception;
mod file;
mod filter;
mod index;
pub mod maintenance;
pub(crate) mod see;
mod trace;

pub(crate) use file::{ask, run, whole};

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use content::{FileProblem, Problems, Section};
use model::{Alert, Person, Severity};

use crate::{catalog::Catalog, playbook::Playbook, treatment::Act};
use decide::Policy;
pub use decide::{Decision, Judgement, Look};
use example::Example;
pub use example::TestResult;
use exception::Exceptions;
use expr::Expr;
use filter::Filter;
use index::{Index, Literals};
use maintenance::Maintenance;
pub use trace::TraceLine;

/// The policies that ship, in their order; the last one matches every alert.
pub const SHIPPED: [(&str, &str); 2] = [
    ("default-urgent.yml", include_str!("../../../content/policies/default-urgent.yml")),
    ("default.yml", include_str!("../../../content/policies/default.yml")),
];

/// How many files of one kind there may be.
pub const MAX_POLICIES: usize = 1_000;
/// The longest file, in bytes.
pub const MAX_FILE_BYTES: usize = 64 * 1_024;

/// The files of a content folder, each a name and its text.
#[derive(Debug, Clone, Default)]
pub struct Files {
    /// `policies/*.yml`
    pub policies: Vec<(String, String)>,
    /// `filters/*.yml`
    pub filters: Vec<(String, String)>,
    /// `maintenance/*.yml`
    pub maintenance: Vec<(String, String)>,
    /// Detection rules and baselines: only what is to be done about their alerts is read here.
    pub rules: Vec<(String, String)>,
}

/// All of it, ready to decide.
#[derive(Debug)]
pub struct Policies {
    /// In the order in which they are tried.
    tried: Vec<Policy>,
    index: Index,
    /// What holds for an alert that none of them matches.
    last: Policy,
    /// By the rule's id.
    rules: BTreeMap<String, Policy>,
    filters: Vec<Filter>,
    filter_index: Index,
    maintenance: Vec<Maintenance>,
    /// Those that start by themselves.
    playbooks: Vec<Arc<Playbook>>,
}

impl Policies {
    /// Reads files. A file with a problem is left out: whether the rest may then be used is the
    /// caller's decision.
    #[must_use]
    pub fn load(files: &Files, catalog: &Catalog) -> (Self, Vec<FileProblem>) {
        let (set, problems) = Self::read(files, catalog);
        (set.policies, problems)
    }

    /// What is to be done about an alert. Total: always a treatment, and never a panic.
    #[must_use]
    pub fn decide(&self, look: &Look<'_>) -> Decision {
        decide::decide(self, look)
    }

    /// Whom to ask about a policy or rule, by its id.
    #[must_use]
    pub fn owner(&self, id: &str) -> Option<&str> {
        let all = self.tried.iter().chain(self.rules.values()).chain([&self.last]);
        let mut named = all.filter(|policy| policy.id == id);
        named.next().map(|policy| policy.owner.as_str())
    }

    /// The steps of enrichment that could matter for an alert: those that anything it can meet
    /// names or reads.
    #[must_use]
    pub fn steps(
        &self,
        alert: &Alert,
        person: Option<&Person>,
        exceptions: &Exceptions,
    ) -> BTreeSet<String> {
        let policies = self.index.candidates(alert, person);
        let policies = policies.into_iter().map(|at| &self.tried[at]);
        let policies = policies.chain(self.rules.get(&alert.rule)).chain([&self.last]);
        let mut steps: BTreeSet<String> = exceptions.steps(alert, person).collect();
        for policy in policies {
            steps.extend(policy.enrich.iter().cloned());
            policy.conditions().for_each(|condition| steps.extend(read_steps(condition)));
        }
        for filter in self.filter_index.candidates(alert, person) {
            steps.extend(read_steps(&self.filters[filter].condition));
        }
        let windows = self.maintenance.iter().filter_map(|window| window.condition.as_ref());
        windows.for_each(|condition| steps.extend(read_steps(condition)));
        steps
    }

    /// Runs the tests that the files hold, each against all of them together. Files with problems
    /// are left out, as by [`Policies::load`].
    #[must_use]
    pub fn run_tests(files: &Files, catalog: &Catalog) -> Vec<TestResult> {
        let (set, _) = Self::read(files, catalog);
        set.examples.iter().map(|example| example.run(&set.policies)).collect()
    }

    /// Every policy's id and the message templates it names, so that a check of the content can
    /// tell whether each exists.
    pub fn messages(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.tried.iter().chain(self.rules.values()).chain([&self.last]);
        all.filter_map(|policy| match &policy.act {
            Act::Ask(ask) => Some((policy.id.as_str(), ask.message.as_str())),
            Act::Notify { message } => Some((policy.id.as_str(), message.as_str())),
            Act::Escalate => None,
        })
    }

    /// Filters that have an end, with it: those that lapse want somebody's look.
    pub fn lapsing_filters(&self) -> impl Iterator<Item = (&str, model::Timestamp)> {
        self.filters.iter().filter_map(|filter| Some((filter.id.as_str(), filter.expires_at?)))
    }

    /// The playbooks that an alert of a rule starts by itself.
    fn started_by(&self, rule: &str, severity: Severity) -> impl Iterator<Item = &Arc<Playbook>> {
        self.playbooks.iter().filter(move |playbook| {
            playbook.start.as_ref().is_some_and(|start| {
                let is_named = start.rules.is_empty() || start.rules.iter().any(|it| it == rule);
                is_named && start.severity.is_none_or(|least| severity >= least)
            })
        })
    }

    fn read(files: &Files, catalog: &Catalog) -> (Set, Vec<FileProblem>) {
        let mut problems = Vec::new();
        let mut examples = Vec::new();
        let mut found = Found { problems: &mut problems, examples: &mut examples };
        let mut tried = found.all(&files.policies, |name, text| file::read(name, text, catalog));
        let filters = found.all(&files.filters, |name, text| filter::read(name, text, catalog));
        let maintenance =
            found.all(&files.maintenance, |name, text| maintenance::read(name, text, catalog));
        let rules = found.all(&files.rules, |name, text| file::read_rule(name, text, catalog));
        tried.sort_by_key(|policy| policy.is_fallback);
        let mut shipped: Vec<Policy> = SHIPPED
            .iter()
            .filter_map(|(name, text)| file::read(name, text, catalog).ok())
            .map(|read| read.0)
            .collect();
        let last = shipped.pop().expect("the shipped default has no problems: a test reads it");
        tried.append(&mut shipped);
        let index = indexed(tried.iter().map(|policy| policy.condition.as_ref()));
        let filter_index = indexed(filters.iter().map(|filter| Some(&filter.condition)));
        let playbooks = catalog.playbooks.values().filter(|playbook| playbook.start.is_some());
        let policies = Self {
            tried,
            index,
            last,
            rules: rules.into_iter().map(|rule| (rule.id.clone(), rule)).collect(),
            filters,
            filter_index,
            maintenance,
            playbooks: playbooks.cloned().collect(),
        };
        (Set { policies, examples }, problems)
    }
}

/// What was read from files.
struct Set {
    policies: Policies,
    examples: Vec<Example>,
}

/// What comes of reading one file.
type Read<T> = Result<(T, Vec<Example>), Vec<FileProblem>>;

/// Something that has an id of its own in its folder.
trait Named {
    fn id(&self) -> &str;
}

impl Named for Policy {
    fn id(&self) -> &str {
        &self.id
    }
}
impl Named for Filter {
    fn id(&self) -> &str {
        &self.id
    }
}
impl Named for Maintenance {
    fn id(&self) -> &str {
        &self.id
    }
}

/// What reading a folder finds beside what it was for.
struct Found<'f> {
    problems: &'f mut Vec<FileProblem>,
    examples: &'f mut Vec<Example>,
}

impl Found<'_> {
    /// The good ones among files, in the order of the files' names.
    fn all<T: Named>(
        &mut self,
        files: &[(String, String)],
        read: impl Fn(&str, &str) -> Read<T>,
    ) -> Vec<T> {
        let mut in_order: Vec<&(String, String)> = files.iter().collect();
        in_order.sort();
        let mut ids = BTreeMap::new();
        let mut good = Vec::new();
        for (name, text) in in_order {
            let (one, tests) = match read(name, text) {
                Ok(read) => read,
                Err(found) => {
                    self.problems.extend(found);
                    continue;
                }
            };
            if let Some(earlier) = ids.insert(one.id().to_owned(), name) {
                let text = format!("the id is that of {earlier} too");
                self.problems.push(FileProblem::new(name, "id", text));
            } else if good.len() == MAX_POLICIES {
                let text = format!("more than {MAX_POLICIES} files");
                self.problems.push(FileProblem::new(name, "", text));
            } else {
                self.examples.extend(tests);
                good.push(one);
            }
        }
        good
    }
}

fn indexed<'e>(conditions: impl Iterator<Item = Option<&'e Expr>>) -> Index {
    let mut index = Index::default();
    for (place, condition) in conditions.enumerate() {
        index.add(condition.map(Literals::of).unwrap_or_default(), place);
    }
    index
}

/// The steps of enrichment that a condition reads.
pub(crate) fn read_steps(condition: &Expr) -> impl Iterator<Item = String> {
    let reads = condition.reads().iter();
    reads.filter(|(root, _)| root == "enrich").map(|(_, step)| step.clone())
}

/// A condition of a file, checked against what there is to read.
fn condition_of(
    of: &Section<'_>,
    key: &str,
    catalog: &Catalog,
    problems: &mut Problems<'_>,
) -> Option<Expr> {
    let path = of.path(key);
    let Some(text) = of.get(key)?.as_str() else {
        problems.add(path, "must be a text that is a condition");
        return None;
    };
    let condition = match condition::compile(text) {
        Ok(condition) => condition,
        Err(flaws) => {
            for flaw in flaws {
                problems.add_near(&path, flaw.text, flaw.nearest);
            }
            return None;
        }
    };
    for step in read_steps(&condition) {
        catalog.check_step(&step, path.clone(), problems);
    }
    Some(condition)
}

#[cfg(test)]
mod tests;
