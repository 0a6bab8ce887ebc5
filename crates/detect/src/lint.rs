//! Lint: what is wrong with rules that can be read.
//!
//! Each finding has a [`Code`] that keeps its meaning, a level, a place, and a hint where one can be
//! given. Three questions are asked: does the rule say what its readers must know, with tests that
//! show it (`CS1`, `CS2`, `CS3`); do its fields and values exist in its logs (`CS4`); can it fire at
//! all, as far as can be told from the rule (`CS5`) and from what was seen (`CS6`)?
//!
//! Somebody else's rules are not asked for what our files must have, and a draft's gaps are only
//! noted.

pub mod attack;
pub mod code;
pub mod observed;
pub mod schema;
pub mod show;

mod ads;
mod cannot;
mod counts;
mod fields;
mod proof;
mod seen;
mod uses;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use content::FileProblem;
use model::{Span, Timestamp};

use crate::{
    engine::Source,
    rule::{Body, Origin, Rule, Rules, State},
};

pub use attack::Attack;
pub use code::{Code, Level};
pub use observed::Observed;
pub use schema::Schemas;

/// What rules are held against. What is absent is not asked.
#[derive(Debug, Clone, Copy)]
pub struct Context<'c> {
    /// The logs there are.
    pub sources: &'c [Source],
    /// What was seen in them.
    pub observed: Option<&'c Observed>,
    /// Who may own a rule.
    pub owners: Option<&'c BTreeSet<String>>,
    /// The playbooks, and whether each can be taken back or waits for approval.
    pub playbooks: Option<&'c BTreeMap<String, bool>>,
    /// The exceptions, and when each expires.
    pub exceptions: Option<&'c BTreeMap<String, Timestamp>>,
    /// For how long events are kept.
    pub retention: Option<Span>,
    /// What time it is.
    pub now: Timestamp,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is about.
    pub code: Code,
    /// How grave it is.
    pub level: Level,
    /// The file.
    pub file: String,
    /// The rule's id, where the file could be read.
    pub rule: Option<String>,
    /// Where in the file, as a dotted path; empty for the file as a whole.
    pub path: String,
    /// What is wrong.
    pub text: String,
    /// What would be right.
    pub hint: Option<String>,
}

/// Collects findings of one rule.
pub(crate) struct Sink<'s> {
    rule: &'s Rule,
    found: Vec<Finding>,
}

/// Everything that is wrong with rules, in the order of their files; `problems` is what could not be
/// read of them.
#[must_use]
pub fn check(rules: &Rules, problems: &[FileProblem], context: &Context<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> = problems.iter().map(unreadable).collect();
    for rule in rules.all() {
        let mut sink = Sink { rule, found: Vec::new() };
        if rule.meta.state != State::Deprecated {
            one(rule, rules, context, &mut sink);
        }
        found.append(&mut sink.found);
    }
    found.sort_by(|one, other| {
        (&one.file, one.code, &one.path, &one.text).cmp(&(
            &other.file,
            other.code,
            &other.path,
            &other.text,
        ))
    });
    found.dedup();
    found
}

fn one(rule: &Rule, rules: &Rules, context: &Context<'_>, sink: &mut Sink<'_>) {
    // Of a rule that is only counted nobody ever hears: what counts it says why.
    let is_heard_of = matches!(rule.body, Body::Filter(_)) || rules.is_raising(rule);
    if rule.origin == Origin::Own && is_heard_of {
        ads::check(rule, rules, context, sink);
        proof::check(rule, sink);
    }
    if is_heard_of {
        attack::check(rule, Attack::shipped(), sink);
    }
    ads::expiry(rule, context, sink);
    fields::check(rule, rules, context, sink);
    cannot::check(rule, rules, context, sink);
    cannot::correlation(rule, rules, context, sink);
    if let Some(observed) = context.observed {
        seen::check(rule, context, observed, sink);
    }
}

fn unreadable(problem: &FileProblem) -> Finding {
    Finding {
        code: Code::Unreadable,
        level: Level::Error,
        file: problem.file.clone(),
        rule: None,
        path: problem.path.clone(),
        text: problem.text.clone(),
        hint: problem.nearest.as_ref().map(|near| format!("did you mean `{near}`?")),
    }
}

impl Sink<'_> {
    pub(crate) fn add(
        &mut self,
        code: Code,
        path: impl Into<String>,
        text: impl Into<String>,
        hint: Option<&str>,
    ) {
        self.at_level(code, code.level(), path, text, hint);
    }

    /// With the nearest word that would have been right.
    pub(crate) fn near(
        &mut self,
        code: Code,
        path: impl Into<String>,
        text: impl Into<String>,
        near: Option<String>,
    ) {
        let hint = near.map(|near| format!("did you mean `{near}`?"));
        self.add(code, path, text, hint.as_deref());
    }

    pub(crate) fn at_level(
        &mut self,
        code: Code,
        level: Level,
        path: impl Into<String>,
        text: impl Into<String>,
        hint: Option<&str>,
    ) {
        self.found.push(Finding {
            code,
            level: self.milder(level),
            file: self.rule.file.to_string(),
            rule: Some(self.rule.id().to_owned()),
            path: path.into(),
            text: text.into(),
            hint: hint.map(str::to_owned),
        });
    }

    /// A draft is allowed to be unfinished; others' rules are theirs to mend.
    fn milder(&self, level: Level) -> Level {
        if self.rule.meta.state == State::Draft {
            return Level::Note;
        }
        if self.rule.origin == Origin::Sigma { level.min(Level::Warning) } else { level }
    }
}
