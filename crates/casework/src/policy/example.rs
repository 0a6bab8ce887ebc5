//! The tests that a policy file holds: an alert, and what is to be done about it.

use model::{
    Alert, AlertId, Facts, Person, PersonId, Personal, Severity, Span, Timestamp, person::Away,
};
use serde_norway::Value;

use super::{
    Policies,
    file::{ASSURANCES, CLOCKS, MAX_DEADLINE, severities},
    yaml::{Problems, Section},
};
use crate::treatment::{Act, AskClock, Treatment};

const TEST_KEYS: [&str; 4] = ["name", "alert", "person", "expect"];
const ALERT_KEYS: [&str; 9] =
    ["source", "rule", "severity", "title", "description", "person", "time", "url", "facts"];
const PERSON_KEYS: [&str; 10] = [
    "id",
    "email",
    "name",
    "groups",
    "privileged",
    "language",
    "time_zone",
    "active",
    "manager",
    "away",
];
const EXPECT_KEYS: [&str; 7] =
    ["policy", "severity", "act", "message", "assurance", "deadline", "clock"];
const ACTS: [(&str, &str); 3] = [("ask", "ask"), ("notify", "notify"), ("escalate", "escalate")];

/// How one test of a policy file went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestResult {
    /// The file that holds it.
    pub file: String,
    /// The policy that it belongs to.
    pub policy: String,
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

/// A test as it was read.
pub(super) struct Example {
    pub(super) file: String,
    pub(super) policy: String,
    name: String,
    alert: Alert,
    person: Option<Person>,
    expect: Expect,
}

/// What is expected; nothing is compared with what is left out, but the policy is always: its own
/// file's, unless another is named.
#[derive(Default)]
struct Expect {
    policy: Option<String>,
    severity: Option<Severity>,
    act: Option<&'static str>,
    message: Option<String>,
    assurance: Option<model::Assurance>,
    deadline: Option<Span>,
    clock: Option<AskClock>,
}

impl Example {
    /// Decides about its alert and compares.
    pub(super) fn run(&self, policies: &Policies) -> TestResult {
        let treatment = policies.decide(&self.alert, self.person.as_ref());
        TestResult {
            file: self.file.clone(),
            policy: self.policy.clone(),
            test: self.name.clone(),
            failures: self.compare(&treatment),
        }
    }

    fn compare(&self, treatment: &Treatment) -> Vec<String> {
        let expect = &self.expect;
        let policy = expect.policy.as_deref().unwrap_or(&self.policy);
        let (act, message) = match &treatment.act {
            Act::Ask(ask) => ("ask", Some(&ask.message)),
            Act::Notify { message } => ("notify", Some(message)),
            Act::Escalate => ("escalate", None),
        };
        let ask = treatment.ask();
        let clock = |clock: AskClock| word_of(&CLOCKS, clock);
        [
            differs("policy", Some(policy), Some(&treatment.policy)),
            differs("severity", expect.severity, Some(treatment.severity)),
            differs("act", expect.act, Some(act)),
            differs("message", expect.message.as_ref(), message),
            differs(
                "assurance",
                expect.assurance.map(|it| it.name()),
                ask.map(|it| it.assurance.name()),
            ),
            differs("deadline", expect.deadline, ask.map(|it| it.deadline)),
            differs("clock", expect.clock.map(clock), ask.map(|it| clock(it.clock))),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

fn word_of<T: PartialEq>(words: &[(&'static str, T)], wanted: T) -> &'static str {
    words.iter().find(|(_, it)| *it == wanted).map_or("unknown", |(word, _)| word)
}

fn differs<E, G>(what: &str, expected: Option<E>, got: Option<G>) -> Option<String>
where
    E: std::fmt::Display,
    G: std::fmt::Display,
{
    let expected = expected?.to_string();
    let got = got.map_or_else(|| "none".to_owned(), |got| got.to_string());
    (expected != got).then(|| format!("{what} is {got}, expected {expected}"))
}

/// The tests of a file and its policy.
pub(super) fn read(
    top: &Section<'_>,
    file: &str,
    policy: &str,
    problems: &mut Problems<'_>,
) -> Vec<Example> {
    let items = top.list("tests", problems).unwrap_or_default();
    let of = |(path, item): &(String, &Value)| example(item, path, (file, policy), problems);
    items.iter().filter_map(of).collect()
}

fn example(
    value: &Value,
    path: &str,
    (file, policy): (&str, &str),
    problems: &mut Problems<'_>,
) -> Option<Example> {
    let section = Section::read(value, path, &TEST_KEYS, problems)?;
    let name = section.text("name", problems);
    let name = section.required("name", name, problems);
    let alert = section.get("alert").and_then(|it| alert(it, &section.path("alert"), problems));
    let alert = section.required("alert", alert, problems);
    let person = section.get("person").map(|it| person(it, &section.path("person"), problems));
    let expect = section.get("expect").and_then(|it| expect(it, &section.path("expect"), problems));
    let expect = section.required("expect", expect, problems);
    Some(Example {
        file: file.to_owned(),
        policy: policy.to_owned(),
        name: name?.to_owned(),
        alert: alert?,
        person: person.unwrap_or_default(),
        expect: expect?,
    })
}

fn alert(value: &Value, path: &str, problems: &mut Problems<'_>) -> Option<Alert> {
    let section = Section::read(value, path, &ALERT_KEYS, problems)?;
    let mut text = |key: &str| section.text(key, problems).map(str::to_owned);
    let (source, rule) = (text("source"), text("rule"));
    let (title, description) = (text("title"), text("description"));
    let (person, url, time) = (text("person"), text("url"), text("time"));
    let severity = section.word("severity", &severities(), problems).unwrap_or_default();
    let time = time.map_or(Ok(Timestamp::UNIX_EPOCH), |time| time.parse::<Timestamp>());
    if time.is_err() {
        problems.add(section.path("time"), "must be an instant, such as 2026-11-21T03:04:05Z");
    }
    let facts = section.get("facts").map(|it| facts(it, &section.path("facts"), problems));
    let time = time.ok()?;
    Some(Alert {
        id: AlertId::from_digest(0),
        source: source.unwrap_or_default(),
        external_id: None,
        rule: rule.unwrap_or_default(),
        title: title.unwrap_or_default(),
        description: description.unwrap_or_default(),
        severity,
        time,
        person: person.map(Personal::from),
        url,
        facts: facts.unwrap_or_default(),
        received_at: time,
        problems: Vec::new(),
    })
}

fn facts(value: &Value, path: &str, problems: &mut Problems<'_>) -> Facts {
    serde_norway::from_value(value.clone()).unwrap_or_else(|_| {
        problems
            .add(path, "must be names, each with a text, a number, true, false, null or a list");
        Facts::new()
    })
}

fn person(value: &Value, path: &str, problems: &mut Problems<'_>) -> Option<Person> {
    let section = Section::read(value, path, &PERSON_KEYS, problems)?;
    let mut text = |key: &str| section.text(key, problems).map(str::to_owned);
    let (id, email, name) = (text("id"), text("email"), text("name"));
    let (language, time_zone, manager) = (text("language"), text("time_zone"), text("manager"));
    let is_away = section.flag("away", problems).unwrap_or(false);
    let always = Away { from: Timestamp::MIN, to: Timestamp::MAX };
    Some(Person {
        id: PersonId::from_digest(0),
        subject: id.unwrap_or_default().into(),
        email: email.unwrap_or_default().into(),
        name: name.unwrap_or_default().into(),
        time_zone,
        language,
        manager: manager.map(Personal::from),
        groups: section.texts("groups", problems).unwrap_or_default(),
        privileged: section.flag("privileged", problems).unwrap_or(false),
        chat: std::collections::BTreeMap::new(),
        aliases: Vec::new(),
        away: is_away.then_some(always).into_iter().collect(),
        active: section.flag("active", problems).unwrap_or(true),
    })
}

fn expect(value: &Value, path: &str, problems: &mut Problems<'_>) -> Option<Expect> {
    let section = Section::read(value, path, &EXPECT_KEYS, problems)?;
    Some(Expect {
        policy: section.text("policy", problems).map(str::to_owned),
        severity: section.word("severity", &severities(), problems),
        act: section.word("act", &ACTS, problems),
        message: section.text("message", problems).map(str::to_owned),
        assurance: section.word("assurance", &ASSURANCES, problems),
        deadline: section.span("deadline", MAX_DEADLINE, problems),
        clock: section.word("clock", &CLOCKS, problems),
    })
}
