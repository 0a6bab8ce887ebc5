//! The tests that stand beside rules: events in, and what is to come of them.

use std::collections::BTreeSet;

use event::Event;
use model::{Span, Timestamp};

use super::{Treatment, apply};
use crate::{
    engine::{At, Engine, Output, Purpose, Raised, Serial, Setup, Source, Thresholds},
    rule::{Example, Rule, Rules},
};

/// How long after the last event a test ends: whatever waits has come by then.
const END: Span = Span::days(2);

/// How one test went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestResult {
    /// The file that holds it.
    pub file: String,
    /// The rule that it belongs to.
    pub rule: String,
    /// Its name.
    pub test: String,
    /// What is otherwise than expected; nothing when it passed.
    pub failures: Vec<String>,
}

impl TestResult {
    /// Whether everything is as expected.
    #[must_use]
    pub fn is_passed(&self) -> bool {
        self.failures.is_empty()
    }
}

/// Reads a file of events that a rule's test names, through the source's map.
pub type Read<'r> = dyn FnMut(&Rule, &str) -> Result<Vec<Event>, String> + 'r;

/// Runs the tests of all rules, each with all rules in force and nothing known before; each event is
/// received when it happened.
pub fn run_tests(
    rules: &Rules,
    sources: &[Source],
    treatment: &dyn Treatment,
    events: &mut Read<'_>,
) -> Vec<TestResult> {
    let thresholds = Thresholds::new();
    let setup = Setup { rules, sources, thresholds: &thresholds, purpose: Purpose::Test };
    let engine = Engine::new(&setup);
    let mut results = Vec::new();
    for rule in rules.all() {
        for example in &rule.meta.tests {
            let failures = match events(rule, &example.events) {
                Ok(events) => compare(rule, example, &run(&engine, &events), treatment),
                Err(error) => vec![format!("{}: {error}", example.events)],
            };
            results.push(TestResult {
                file: rule.file.to_string(),
                rule: rule.id().to_owned(),
                test: example.name.clone(),
                failures,
            });
        }
    }
    results
}

/// Each event is a batch of its own, and at the end there is a long silence.
fn run(engine: &Engine, events: &[Event]) -> Vec<Raised> {
    let mut engine = engine.fresh();
    let mut raised = Vec::new();
    let mut received_at = Timestamp::MIN;
    for (position, event) in (0..).zip(events) {
        received_at = received_at.max(event.time);
        let at = At { position, received_at };
        let output: Output = apply(&mut engine, std::slice::from_ref(event), at, &Serial);
        raised.extend(output.raised);
    }
    let at = At { position: events.len() as u64, received_at: END.after(received_at) };
    raised.extend(apply(&mut engine, &[], at, &Serial).raised);
    raised
}

fn compare(
    rule: &Rule,
    example: &Example,
    raised: &[Raised],
    treatment: &dyn Treatment,
) -> Vec<String> {
    let expected = &example.expected;
    let own: Vec<&Raised> = raised.iter().filter(|it| it.rule.id() == rule.id()).collect();
    let mut failures = Vec::new();
    let mut differs = |what: &str, expected: Option<u64>, got: u64| {
        if let Some(expected) = expected.filter(|expected| *expected != got) {
            failures.push(format!("{what}: {got}, expected {expected}"));
        }
    };
    differs("alerts", expected.alerts, own.len() as u64);
    let is_asked = |it: &&&Raised| it.count == 1 && treatment.decide(it).is_asked;
    differs("asks", expected.asks, own.iter().filter(is_asked).count() as u64);
    for raised in &own {
        let severity = treatment.decide(raised).severity;
        if let Some(expected) = expected.severity.filter(|expected| *expected != severity) {
            failures.push(format!("severity: {severity}, expected {expected}"));
        }
    }
    if let Some(names) = &expected.rules {
        let is_expected = |it: &&Raised| names.iter().any(|name| it.rule.is_meant_by(name));
        let others: BTreeSet<&str> =
            raised.iter().filter(|it| !is_expected(it)).map(|it| it.rule.id()).collect();
        failures.extend(others.into_iter().map(|id| format!("rules: {id}, which is not expected")));
        let is_missing = |name: &&String| !raised.iter().any(|it| it.rule.is_meant_by(name));
        let missing = names.iter().filter(is_missing);
        failures.extend(missing.map(|name| format!("rules: {name} raised nothing")));
    }
    failures
}
