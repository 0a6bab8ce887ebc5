//! The tests of playbooks, and what one would do: run in a case of its own, with actions that
//! succeed at once and waits that pass.

use content::{Problems, Section};
use expr::Verdict;
use model::Severity;
use serde_norway::Value;

use super::{Op, Playbook, condition::holds_given};

/// How many ops one trial carries out: more than any playbook has.
const OPS_MAX: usize = 1_000;
const TEST_KEYS: [&str; 3] = ["name", "case", "expect"];
const CASE_KEYS: [&str; 3] = ["severity", "denied", "proven"];

/// A test of a playbook.
#[derive(Debug, Clone)]
pub struct Trial {
    file: String,
    playbook: Playbook,
    name: String,
    given: Given,
    expect: Vec<String>,
}

/// What is true of the case when the playbook runs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Given {
    /// How grave it is.
    pub severity: Severity,
    /// Whether the person denied it.
    pub is_denied: bool,
    /// Whether the person proved that it was them.
    pub is_proven: bool,
}

/// How one test went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialResult {
    /// The file that holds it.
    pub file: String,
    /// Its playbook.
    pub playbook: String,
    /// Its name.
    pub test: String,
    /// What is otherwise than expected; nothing when it passed.
    pub failures: Vec<String>,
}

/// Runs tests.
#[must_use]
pub fn run_tests(trials: &[Trial]) -> Vec<TrialResult> {
    trials.iter().map(Trial::run).collect()
}

/// What a playbook would do, line by line, in a case of which this is true.
#[must_use]
pub fn dry_run(playbook: &Playbook, given: Given) -> Vec<String> {
    let mut lines = Vec::new();
    let mut at = 0;
    for _ in 0..OPS_MAX {
        let Some(op) = playbook.ops.get(at) else { break };
        let next = at + 1;
        at = match op {
            Op::Jump { to } => next.max(*to),
            Op::Unless { condition, to } => match holds_given(condition, given) {
                Verdict::Holds => next,
                Verdict::Fails | Verdict::Unknown(_) => next.max(*to),
            },
            op => {
                lines.push(line(op));
                next
            }
        };
    }
    lines
}

fn line(op: &Op) -> String {
    match op {
        Op::Run(template) => format!("run {}", template.action),
        Op::Revert(None) => "revert all".to_owned(),
        Op::Revert(Some(name)) => format!("revert {name}"),
        Op::Ask(ask) => format!("ask {}", ask.message),
        Op::Notify(template) => format!("notify {template}"),
        Op::Page => "page".to_owned(),
        Op::Enrich(steps) => format!("enrich {}", steps.join(" ")),
        Op::Wait(span) => format!("wait {span}"),
        Op::Settle(span) => format!("settle {span}"),
        Op::Answer(span) => format!("answer {span}"),
        Op::Approve { needs, .. } => format!("approve {needs}"),
        Op::Unless { .. } | Op::Jump { .. } => String::new(),
    }
}

impl Trial {
    fn run(&self) -> TrialResult {
        let got = dry_run(&self.playbook, self.given);
        let failures = if got == self.expect {
            Vec::new()
        } else {
            vec![format!("did [{}], expected [{}]", got.join(", "), self.expect.join(", "))]
        };
        TrialResult {
            file: self.file.clone(),
            playbook: self.playbook.id.clone(),
            test: self.name.clone(),
            failures,
        }
    }
}

/// The tests of a file.
pub(super) fn read(
    top: &Section<'_>,
    file: &str,
    playbook: &Playbook,
    problems: &mut Problems<'_>,
) -> Vec<Trial> {
    let items = top.list("tests", problems).unwrap_or_default();
    if items.is_empty() {
        problems.add("tests", "a playbook acts: prove with a test what it does");
    }
    let one = |(path, item): &(String, &Value)| trial(item, path, file, playbook, problems);
    items.iter().filter_map(one).collect()
}

fn trial(
    value: &Value,
    path: &str,
    file: &str,
    playbook: &Playbook,
    problems: &mut Problems<'_>,
) -> Option<Trial> {
    let section = Section::read(value, path, &TEST_KEYS, problems)?;
    let name = section.text("name", problems);
    let name = section.required("name", name, problems);
    let given = section.get("case").and_then(|it| given(it, &section.path("case"), problems));
    let expect = section.texts("expect", problems);
    let expect = section.required("expect", expect, problems);
    Some(Trial {
        file: file.to_owned(),
        playbook: playbook.clone(),
        name: name?.to_owned(),
        given: given.unwrap_or_default(),
        expect: expect?,
    })
}

fn given(value: &Value, path: &str, problems: &mut Problems<'_>) -> Option<Given> {
    let section = Section::read(value, path, &CASE_KEYS, problems)?;
    let severities = Severity::ALL.map(|severity| (severity.name(), severity));
    Some(Given {
        severity: section.word("severity", &severities, problems).unwrap_or_default(),
        is_denied: section.flag("denied", problems).unwrap_or(false),
        is_proven: section.flag("proven", problems).unwrap_or(false),
    })
}
