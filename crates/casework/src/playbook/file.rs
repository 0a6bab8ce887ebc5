//! What a playbook's file may hold.
//!
//! ```yaml
//! id: contain-session                # content/playbooks/contain-session.yml
//! owner: security
//! purpose: Ends what a thief of a session could still use
//! start: { rules: [okta-session-moved], severity: high, outcome: denied }   # or by policies, or by hand
//! steps:
//!   - run: okta.clear_sessions
//!   - { run: okta.suspend, limit: 30m }
//!   - notify: account-held           # a message's template
//!   - settle: 5m                     # wait for the actions so far, at most so long
//!   - wait: 10m
//!   - answer: 1h                     # wait for a proof or a denial
//!   - ask: { message: generic, deadline: 30m, clock: wall }
//!   - enrich: [reputation]
//!   - approve: { needs: 1, within: 1h }
//!   - page: true
//!   - revert: okta.suspend           # or `revert: all`
//!   - if: 'case.denied || case.actions["okta.suspend"] == "failed"'
//!     then: [ … ]
//!     else: [ … ]
//! tests:
//!   - name: a denial is contained
//!     case: { denied: true, severity: high }
//!     expect: [run okta.clear_sessions, run okta.suspend, notify account-held, page]
//! ```

use std::sync::Arc;

use content::{FileProblem, Problems, Section, hash, nearest, yaml::list};
use model::{Outcome, Severity, Span};
use serde_norway::Value;

use super::{Op, Playbook, Start, compile, trial};
use crate::{
    catalog::Catalog,
    ledger::Template,
    policy::{ask, read_steps, run, whole},
    treatment::Response,
};

/// How many steps a playbook may have, those of its branches counted.
pub const MAX_STEPS: usize = 100;
/// How deep branches may nest.
const MAX_NESTING: usize = 5;
/// The longest wait.
const MAX_WAIT: Span = Span::days(30);
/// How many people may have to approve.
const MAX_APPROVALS: u32 = 10;
const KEYS: [&str; 6] = ["id", "owner", "purpose", "start", "steps", "tests"];
const START_KEYS: [&str; 3] = ["rules", "severity", "outcome"];
/// What a step may begin with.
const STEPS: [&str; 11] = [
    "run", "revert", "ask", "notify", "page", "enrich", "wait", "settle", "answer", "approve", "if",
];

/// A file's playbook and its tests, or everything that is wrong with it. `catalog` holds the
/// actions and the steps of enrichment; playbooks do not begin playbooks.
pub fn read(
    name: &str,
    yaml: &str,
    catalog: &Catalog,
) -> Result<(Arc<Playbook>, Vec<trial::Trial>), Vec<FileProblem>> {
    let read = |value: &Value, problems: &mut Problems<'_>| {
        playbook(value, name, hash(yaml), catalog, problems)
    };
    let (playbook, tests) = whole(name, yaml, read)?;
    Ok((Arc::new(playbook), tests))
}

fn playbook(
    value: &Value,
    file: &str,
    hash: String,
    catalog: &Catalog,
    problems: &mut Problems<'_>,
) -> Option<(Playbook, Vec<trial::Trial>)> {
    let top = Section::read(value, "", &KEYS, problems)?;
    let id = top.id("id", problems);
    let id = top.required("id", id, problems);
    let owner = top.text("owner", problems).map(str::to_owned);
    let owner = top.required("owner", owner, problems);
    let purpose = top.text("purpose", problems).map(str::to_owned);
    let purpose = top.required("purpose", purpose, problems);
    let start = top.get("start").and_then(|value| start(value, problems));
    let mut reading = Reading { catalog, ops: Vec::new(), steps: 0 };
    match top.get("steps") {
        Some(steps) => reading.steps(steps, "steps", 1, problems),
        None => problems.add("steps", "is missing"),
    }
    let ops = reading.ops;
    let playbook = Playbook { id: id?, hash, owner: owner?, purpose: purpose?, start, ops };
    let tests = trial::read(&top, file, &playbook, problems);
    Some((playbook, tests))
}

fn start(value: &Value, problems: &mut Problems<'_>) -> Option<Start> {
    let section = Section::read(value, "start", &START_KEYS, problems)?;
    let severities = Severity::ALL.map(|severity| (severity.name(), severity));
    let outcomes: Vec<(&str, Outcome)> =
        Outcome::ALL.iter().map(|outcome| (outcome.name(), *outcome)).collect();
    let start = Start {
        rules: section.texts("rules", problems).unwrap_or_default(),
        severity: section.word("severity", &severities, problems),
        outcome: section.word("outcome", &outcomes, problems),
    };
    if start.rules.is_empty() && start.severity.is_none() {
        problems.add("start", "would start for every alert: name rules, or the least severity");
    }
    Some(start)
}

/// Steps as they become a list of ops.
struct Reading<'c> {
    catalog: &'c Catalog,
    ops: Vec<Op>,
    steps: usize,
}

impl Reading<'_> {
    fn steps(&mut self, value: &Value, path: &str, depth: usize, problems: &mut Problems<'_>) {
        if depth > MAX_NESTING {
            return problems.add(path, format!("branches nest deeper than {MAX_NESTING}"));
        }
        for (path, item) in list(value, path, problems).unwrap_or_default() {
            self.steps += 1;
            if self.steps > MAX_STEPS {
                return problems.add(path, format!("more than {MAX_STEPS} steps"));
            }
            self.step(item, &path, depth, problems);
        }
    }

    fn step(&mut self, value: &Value, path: &str, depth: usize, problems: &mut Problems<'_>) {
        let Some(section) = Section::within(value, path, problems) else { return };
        let Some(verb) = STEPS.into_iter().find(|verb| section.get(verb).is_some()) else {
            let said = section.entries().next().map_or("", |(key, _)| key);
            let text = format!("must begin with one of {}", STEPS.join(", "));
            return problems.add_near(path, text, nearest(said, STEPS));
        };
        let known: &[&str] = match verb {
            "run" => &["run", "limit", "target"],
            "if" => &["if", "then", "else"],
            _ => &[verb],
        };
        // Read again, so that keys which mean nothing to this step are told.
        let Some(section) = Section::read(value, path, known, problems) else { return };
        if verb == "if" {
            return self.branch(&section, path, depth, problems);
        }
        let op = self.op(verb, &section, problems);
        self.ops.extend(op);
    }

    fn op(&self, verb: &str, section: &Section<'_>, problems: &mut Problems<'_>) -> Option<Op> {
        match verb {
            "run" => self.template(section, problems).map(Op::Run),
            "revert" => self.revert(section, problems),
            "ask" => {
                let asked = section.get("ask")?;
                ask(asked, &section.path("ask"), self.catalog, problems).map(Op::Ask)
            }
            "notify" => self.notify(section, problems),
            "page" => page(section, problems),
            "enrich" => self.enrich(section, problems),
            "wait" => section.span("wait", MAX_WAIT, problems).map(Op::Wait),
            "settle" => section.span("settle", MAX_WAIT, problems).map(Op::Settle),
            "answer" => section.span("answer", MAX_WAIT, problems).map(Op::Answer),
            _ => approve(section, problems),
        }
    }

    fn template(&self, section: &Section<'_>, problems: &mut Problems<'_>) -> Option<Template> {
        match run(section, self.catalog, problems)? {
            Response::Act(template) => Some(*template),
            _ => {
                problems.add(section.path("run"), "a playbook runs actions, not playbooks");
                None
            }
        }
    }

    fn revert(&self, section: &Section<'_>, problems: &mut Problems<'_>) -> Option<Op> {
        let name = section.text("revert", problems)?;
        if name == "all" {
            return Some(Op::Revert(None));
        }
        if !self.catalog.actions.contains_key(name) {
            let (text, nearest) = self.catalog.unknown_run(name);
            problems.add_near(section.path("revert"), text, nearest);
            return None;
        }
        Some(Op::Revert(Some(name.to_owned())))
    }

    fn enrich(&self, section: &Section<'_>, problems: &mut Problems<'_>) -> Option<Op> {
        let steps = section.texts("enrich", problems)?;
        for step in &steps {
            self.catalog.check_step(step, section.path("enrich"), problems);
        }
        Some(Op::Enrich(steps))
    }

    fn notify(&self, section: &Section<'_>, problems: &mut Problems<'_>) -> Option<Op> {
        let message = section.id("notify", problems)?;
        self.catalog.check_message(&message, section.path("notify"), problems);
        Some(Op::Notify(message))
    }

    /// A condition, checked against what there is to read.
    fn condition(&self, section: &Section<'_>, problems: &mut Problems<'_>) -> String {
        let text = section.text("if", problems).unwrap_or_default();
        match compile(text) {
            Ok(condition) => {
                for step in read_steps(&condition) {
                    self.catalog.check_step(&step, section.path("if"), problems);
                }
            }
            Err(flaws) => {
                for flaw in flaws {
                    problems.add_near(section.path("if"), flaw.text, flaw.nearest);
                }
            }
        }
        text.to_owned()
    }

    /// `if` becomes a jump over its first branch, which ends with a jump over the second.
    fn branch(
        &mut self,
        section: &Section<'_>,
        path: &str,
        depth: usize,
        problems: &mut Problems<'_>,
    ) {
        let condition = self.condition(section, problems);
        let unless = self.ops.len();
        self.ops.push(Op::Unless { condition, to: 0 });
        match section.get("then") {
            Some(steps) => self.steps(steps, &section.path("then"), depth + 1, problems),
            None => problems.add(path, "has no `then`"),
        }
        let mut otherwise = self.ops.len();
        if let Some(steps) = section.get("else") {
            let jump = self.ops.len();
            self.ops.push(Op::Jump { to: 0 });
            otherwise = self.ops.len();
            self.steps(steps, &section.path("else"), depth + 1, problems);
            let end = self.ops.len();
            self.ops[jump] = Op::Jump { to: end };
        }
        if let Op::Unless { to, .. } = &mut self.ops[unless] {
            *to = otherwise;
        }
    }
}

fn page(section: &Section<'_>, problems: &mut Problems<'_>) -> Option<Op> {
    let is_wanted = section.flag("page", problems)?;
    if !is_wanted {
        problems.add(section.path("page"), "must be true, or left out");
    }
    is_wanted.then_some(Op::Page)
}

fn approve(section: &Section<'_>, problems: &mut Problems<'_>) -> Option<Op> {
    let path = section.path("approve");
    let section = Section::read(section.get("approve")?, &path, &["needs", "within"], problems)?;
    let needs = section.count("needs", MAX_APPROVALS, problems).unwrap_or(1);
    let within = section.span("within", MAX_WAIT, problems);
    Some(Op::Approve { needs, within: section.required("within", within, problems)? })
}
