//! The tests that a policy file holds: an alert, and what is to be done about it.

use content::{Problems, Section};
use model::{
    Alert, AlertId, Facts, Person, PersonId, Personal, Severity, Span, Timestamp, person::Away,
};
use serde_norway::Value;

use super::{
    Decision, Judgement, Look, Policies,
    exception::Exceptions,
    file::{ASSURANCES, CLOCKS, MAX_DEADLINE, severities},
};
use crate::{
    known::{Finding, Known},
    treatment::{Act, AskClock},
};

const TEST_KEYS: [&str; 6] = ["name", "alert", "person", "known", "at", "expect"];
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
const EXPECT_KEYS: [&str; 8] =
    ["policy", "severity", "act", "message", "assurance", "deadline", "clock", "by"];
const ACTS: [(&str, &str); 5] = [
    ("ask", "ask"),
    ("notify", "notify"),
    ("escalate", "escalate"),
    ("filtered", "filtered"),
    ("held", "held"),
];

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
    /// The id of the policy, or `filter:ID`, `maintenance:ID`.
    pub(super) owner: String,
    name: String,
    alert: Alert,
    person: Option<Person>,
    known: Known,
    now: Timestamp,
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
    by: Option<String>,
}

impl Example {
    /// Decides about its alert and compares.
    pub(super) fn run(&self, policies: &Policies) -> TestResult {
        let exceptions = Exceptions::default();
        let decision = policies.decide(&Look {
            alert: &self.alert,
            person: self.person.as_ref(),
            known: &self.known,
            rule: None,
            exceptions: &exceptions,
            now: self.now,
        });
        TestResult {
            file: self.file.clone(),
            policy: self.owner.clone(),
            test: self.name.clone(),
            failures: self.compare(&decision),
        }
    }

    fn compare(&self, decision: &Decision) -> Vec<String> {
        let expect = &self.expect;
        let treatment = &decision.treatment;
        let (act, message) = match &treatment.act {
            Act::Ask(ask) => ("ask", Some(&ask.message)),
            Act::Notify { message } => ("notify", Some(message)),
            Act::Escalate => ("escalate", None),
        };
        let (act, by) = match &decision.judgement {
            Judgement::Go => (act, None),
            Judgement::Filtered { by, .. } => ("filtered", Some(by.clone())),
            Judgement::Held { by, .. } => ("held", Some(format!("maintenance:{by}"))),
        };
        // A policy's own test is about that policy; a filter's about what it hides.
        let own = (!self.owner.contains(':')).then_some(self.owner.as_str());
        let policy = expect.policy.as_deref().or(own);
        let hides = own.is_none() && matches!(expect.act, Some("filtered" | "held"));
        let hidden_by = expect.by.as_deref().or(hides.then_some(self.owner.as_str()));
        let ask = treatment.ask();
        let clock = |clock: AskClock| word_of(&CLOCKS, clock);
        [
            differs("policy", policy, Some(&treatment.policy)),
            differs("by", hidden_by, by.as_deref()),
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
    owner: &str,
    problems: &mut Problems<'_>,
) -> Vec<Example> {
    let items = top.list("tests", problems).unwrap_or_default();
    let of = |(path, item): &(String, &Value)| example(item, path, (file, owner), problems);
    items.iter().filter_map(of).collect()
}

fn example(
    value: &Value,
    path: &str,
    (file, owner): (&str, &str),
    problems: &mut Problems<'_>,
) -> Option<Example> {
    let section = Section::read(value, path, &TEST_KEYS, problems)?;
    let name = section.text("name", problems);
    let name = section.required("name", name, problems);
    let alert = section.get("alert").and_then(|it| alert(it, &section.path("alert"), problems));
    let alert = section.required("alert", alert, problems);
    let person = section.get("person").map(|it| person(it, &section.path("person"), problems));
    let known = section.get("known").map(|it| known(it, &section.path("known"), problems));
    let now = instant(&section, "at", problems);
    let expect = section.get("expect").and_then(|it| expect(it, &section.path("expect"), problems));
    let expect = section.required("expect", expect, problems);
    Some(Example {
        file: file.to_owned(),
        owner: owner.to_owned(),
        name: name?.to_owned(),
        alert: alert?,
        person: person.unwrap_or_default(),
        known: known.unwrap_or_default(),
        now: now?,
        expect: expect?,
    })
}

fn alert(value: &Value, path: &str, problems: &mut Problems<'_>) -> Option<Alert> {
    let section = Section::read(value, path, &ALERT_KEYS, problems)?;
    let mut text = |key: &str| section.text(key, problems).map(str::to_owned);
    let (source, rule) = (text("source"), text("rule"));
    let (title, description) = (text("title"), text("description"));
    let (person, url) = (text("person"), text("url"));
    let severity = section.word("severity", &severities(), problems).unwrap_or_default();
    let facts = section.get("facts").map(|it| facts(it, &section.path("facts"), problems));
    let time = instant(&section, "time", problems)?;
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

/// What enrichment is to have found: steps with their fields, or `nothing`, or `unknown`.
fn known(value: &Value, path: &str, problems: &mut Problems<'_>) -> Known {
    let Some(section) = Section::within(value, path, problems) else { return Known::default() };
    let finding = |(name, value): (&str, &Value)| {
        let finding = match value.as_str() {
            Some("nothing") => Finding::Nothing,
            Some(cause) => Finding::Unknown { cause: cause.to_owned() },
            None => {
                let facts = facts(value, &section.path(name), problems);
                Finding::Known { facts, as_of: Timestamp::UNIX_EPOCH }
            }
        };
        (name.to_owned(), finding)
    };
    Known(section.entries().map(finding).collect())
}

fn instant(of: &Section<'_>, key: &str, problems: &mut Problems<'_>) -> Option<Timestamp> {
    let Some(text) = of.text(key, problems) else { return Some(Timestamp::UNIX_EPOCH) };
    let at = text.parse::<Timestamp>();
    if at.is_err() {
        problems.add(of.path(key), "must be an instant, such as 2026-11-21T03:04:05Z");
    }
    at.ok()
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
        by: section.text("by", problems).map(str::to_owned),
    })
}
