//! Tests beside a rule: events, and what is to come of them.

use content::{Problems, Section, yaml::list};
use model::Severity;
use serde_norway::Value;

const KEYS: [&str; 3] = ["name", "events", "expect"];
const EXPECT_KEYS: [&str; 4] = ["alerts", "asks", "severity", "rules"];
/// The most alerts or questions that a test may expect.
const EXPECTED_MAX: u64 = 10_000;

/// A test as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Its name.
    pub name: String,
    /// The file of events, beside the rule's.
    pub events: String,
    /// What is to come of them.
    pub expected: Expected,
}

/// What is expected. Nothing is compared with what is left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expected {
    /// So many alerts of the rule.
    pub alerts: Option<u64>,
    /// So many questions to people.
    pub asks: Option<u64>,
    /// Of this severity, each.
    pub severity: Option<Severity>,
    /// Of exactly these rules, by id or name.
    pub rules: Option<Vec<String>>,
}

impl Example {
    /// Whether it shows that the rule fires; else it shows that it does not.
    #[must_use]
    pub fn is_positive(&self) -> bool {
        self.expected.alerts.or(self.expected.asks).is_some_and(|count| count > 0)
    }
}

/// The tests of a rule.
pub(super) fn read(of: &Section<'_>, problems: &mut Problems<'_>) -> Vec<Example> {
    let Some(value) = of.get("tests") else { return Vec::new() };
    let items = list(value, &of.path("tests"), problems).unwrap_or_default();
    let mut all: Vec<Example> = Vec::new();
    for (path, item) in &items {
        let Some(example) = example(item, path, problems) else { continue };
        if all.iter().any(|other| other.name == example.name) {
            problems.add(path, "another test has this name");
        }
        all.push(example);
    }
    all
}

fn example(value: &Value, path: &str, problems: &mut Problems<'_>) -> Option<Example> {
    let section = Section::read(value, path, &KEYS, problems)?;
    let name = section.text("name", problems);
    let name = section.required("name", name, problems);
    let events = section.text("events", problems);
    let events = section.required("events", events, problems);
    if events
        .is_some_and(|events| events.starts_with('/') || events.split('/').any(|it| it == ".."))
    {
        problems.add(section.path("events"), "must be a file in the content folder");
    }
    let expected = section.get("expect");
    let expected = section.required("expect", expected, problems);
    let expected = expected.and_then(|it| expect(it, &section.path("expect"), problems));
    Some(Example { name: name?.to_owned(), events: events?.to_owned(), expected: expected? })
}

fn expect(value: &Value, path: &str, problems: &mut Problems<'_>) -> Option<Expected> {
    let section = Section::read(value, path, &EXPECT_KEYS, problems)?;
    let severities = Severity::ALL.map(|severity| (severity.name(), severity));
    let expected = Expected {
        alerts: number(&section, "alerts", problems),
        asks: number(&section, "asks", problems),
        severity: section.word("severity", &severities, problems),
        rules: section.texts("rules", problems),
    };
    if section.get("alerts").is_none() && section.get("asks").is_none() {
        problems.add(path, "say how many `alerts` or `asks` are to come of it");
    }
    Some(expected)
}

fn number(section: &Section<'_>, key: &str, problems: &mut Problems<'_>) -> Option<u64> {
    let value = section.get(key)?;
    let number = value.as_u64().filter(|number| *number <= EXPECTED_MAX);
    if number.is_none() {
        problems.add(section.path(key), format!("must be a number from 0 to {EXPECTED_MAX}"));
    }
    number
}
