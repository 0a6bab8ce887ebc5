//! The tests that a file of a check holds: a device, and how the check stands on it.

use std::sync::Arc;

use content::{Problems, Section, yaml::text};
use model::{
    Span, Timestamp,
    device::{
        Attribute, Field, Installed, Observation, Practice, RecordKey, Software, SourceRecord,
    },
};
use serde_norway::Value;

use super::{Checks, file};
use crate::{
    check::State,
    currency::Currency,
    device::devices,
    evaluate::{Circumstances, evaluate},
    merge::MergeRules,
};

const TEST_KEYS: [&str; 4] = ["name", "device", "people", "expect"];
const DEVICE_KEYS: [&str; 11] = [
    "platform",
    "os",
    "os_version",
    "os_build",
    "model",
    "model_identifier",
    "age",
    "seen",
    "software",
    "services",
    "attributes",
];
const FACTS: [(&str, Field); 5] = [
    ("os", Field::Os),
    ("os_version", Field::OsVersion),
    ("os_build", Field::OsBuild),
    ("model", Field::Model),
    ("model_identifier", Field::ModelIdentifier),
];
/// How long ago a test's device can have been seen.
const AGE_MAX: Span = Span::days(3_650);

/// How one test of a file went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestResult {
    /// The file that holds it.
    pub file: String,
    /// The check that it belongs to.
    pub check: String,
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
    file: String,
    check: String,
    practice: Practice,
    name: String,
    record: SourceRecord,
    groups: Vec<String>,
    expect: State,
}

/// The instant of all tests: a day on which the snapshot of systems is fresh.
fn now() -> Timestamp {
    let currency = Currency::built_in();
    let day = currency.products.values().map(|product| product.as_of).max().unwrap_or_default();
    let midnight = day.to_zoned(jiff::tz::TimeZone::UTC);
    midnight.map_or(Timestamp::UNIX_EPOCH, |midnight| midnight.timestamp())
}

impl Example {
    /// Judges its device and compares.
    pub(super) fn run(&self, checks: &Checks) -> TestResult {
        let result = |failures| TestResult {
            file: self.file.clone(),
            check: self.check.clone(),
            test: self.name.clone(),
            failures,
        };
        let devices = devices(std::slice::from_ref(&self.record), &[], &MergeRules::default());
        let circumstances = Circumstances { groups: &self.groups, ..Circumstances::at(now()) };
        let evaluation = devices
            .first()
            .map(|device| evaluate(device, checks, Currency::built_in(), &circumstances));
        let found = evaluation.as_ref().and_then(|it| it.result(&self.practice));
        let Some(found) = found else { return result(vec!["it is not judged".to_owned()]) };
        let mut failures = Vec::new();
        if found.check != self.check {
            failures.push(format!("the check {} counts instead", found.check));
        }
        if found.state != self.expect {
            let (got, wanted) = (found.state.name(), self.expect.name());
            failures.push(format!("it is {got}, expected {wanted}"));
        }
        result(failures)
    }
}

/// The tests of a file and its check.
pub(super) fn read(
    top: &Section<'_>,
    file: &str,
    of: (&str, &Practice),
    problems: &mut Problems<'_>,
) -> Vec<Example> {
    let items = top.list("tests", problems).unwrap_or_default();
    let each = |(path, item): &(String, &Value)| example(item, path, (file, of), problems);
    items.iter().filter_map(each).collect()
}

fn example(
    value: &Value,
    path: &str,
    (file, (check, practice)): (&str, (&str, &Practice)),
    problems: &mut Problems<'_>,
) -> Option<Example> {
    let section = Section::read(value, path, &TEST_KEYS, problems)?;
    let name = section.text("name", problems);
    let name = section.required("name", name, problems);
    let record = section.get("device").and_then(|it| device(it, &section.path("device"), problems));
    let record = section.required("device", record, problems);
    let states = State::ALL.map(|state| (state.name(), state));
    let expect = section.word("expect", &states, problems);
    let expect = section.required("expect", expect, problems);
    let record = record?;
    // A check of all that sources have of their own is tested with one of them.
    let foreign = || record.practices.keys().find(|it| matches!(it, Practice::Other(_)));
    let judged = if file::is_foreign(practice) { foreign() } else { None };
    Some(Example {
        file: file.to_owned(),
        check: check.to_owned(),
        practice: judged.unwrap_or(practice).clone(),
        name: name?.to_owned(),
        record,
        groups: section.texts("people", problems).unwrap_or_default(),
        expect: expect?,
    })
}

fn device(value: &Value, path: &str, problems: &mut Problems<'_>) -> Option<SourceRecord> {
    let section = Section::read(value, path, &DEVICE_KEYS, problems)?;
    let mut record = SourceRecord::new(RecordKey::new("test", "1"), now());
    let age = section.span("age", AGE_MAX, problems).unwrap_or_default();
    record.last_sync = Some(age.before(now()));
    if let Some(value) = section.get("platform") {
        record.platform =
            file::platform(value, &section.path("platform"), problems).unwrap_or_default();
    }
    for (key, field) in FACTS {
        let said = section.text(key, problems);
        record.facts.extend(said.map(|text| (field, text.to_owned())));
    }
    seen(&section, &mut record, problems);
    record.software = software(&section, problems).map(Arc::new);
    attributes(&section, &mut record, problems);
    Some(record)
}

fn seen(section: &Section<'_>, record: &mut SourceRecord, problems: &mut Problems<'_>) {
    let path = section.path("seen");
    let map = match section.get("seen") {
        Some(Value::Mapping(map)) => map,
        Some(_) => return problems.add(path, "must be practices, each true, false or null"),
        None => return,
    };
    for (key, value) in map {
        let Some(practice) = key.as_str().and_then(|name| name.parse::<Practice>().ok()) else {
            let known = Practice::BUILT_IN.map(|practice| practice.to_string());
            let known = known.iter().map(String::as_str);
            let nearest = key.as_str().and_then(|name| content::nearest(name, known));
            problems.add_near(&path, "must name practices", nearest);
            continue;
        };
        let value = match value {
            Value::Bool(value) => Some(*value),
            Value::Null => None,
            _ => {
                problems.add(format!("{path}.{practice}"), "must be true, false or null");
                continue;
            }
        };
        record.practices.insert(practice, Observation::stated(value));
    }
}

fn software(section: &Section<'_>, problems: &mut Problems<'_>) -> Option<Software> {
    let services = section.texts("services", problems);
    let installed = section.get("software");
    if services.is_none() && installed.is_none() {
        return None;
    }
    let mut software = Software { services: services.unwrap_or_default(), ..Software::default() };
    let path = section.path("software");
    match installed {
        Some(Value::Mapping(map)) => {
            for (name, version) in map {
                let name = text(name, &path, problems).unwrap_or_default().to_owned();
                let version = match version {
                    Value::Null => None,
                    version => text(version, &format!("{path}.{name}"), problems),
                };
                let version = version.map(str::to_owned);
                software.installed.push(Installed { name, version, ..Installed::default() });
            }
        }
        Some(_) => problems.add(path, "must be names, each with a version or null"),
        None => {}
    }
    Some(software)
}

fn attributes(section: &Section<'_>, record: &mut SourceRecord, problems: &mut Problems<'_>) {
    const EXPECTED: &str = "must be names, each with a text, a whole number, true or false";
    let path = section.path("attributes");
    let map = match section.get("attributes") {
        Some(Value::Mapping(map)) => map,
        Some(_) => return problems.add(path, EXPECTED),
        None => return,
    };
    for (name, value) in map {
        let attribute = match value {
            Value::Bool(value) => Some(Attribute::Bool(*value)),
            Value::Number(number) => number.as_i64().map(Attribute::Int),
            Value::String(text) => Some(Attribute::Text(text.clone())),
            _ => None,
        };
        match name.as_str().zip(attribute) {
            Some((name, attribute)) => {
                record.attributes.insert(name.to_owned(), attribute);
            }
            None => problems.add(&path, EXPECTED),
        }
    }
}
