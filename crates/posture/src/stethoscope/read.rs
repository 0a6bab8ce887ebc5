//! Reads a policy file, YAML or JSON.

use std::collections::BTreeMap;

use content::{FileProblem, Problems, Section, yaml::text};
use serde_norway::Value;

use super::{AppPolicy, Application, FILE_BYTES_MAX, OsRange, Requirement, Setting, Where};
use crate::version::range::Range;

const KEYS: [&str; 10] = [
    "osVersion",
    "firewall",
    "diskEncryption",
    "automaticUpdates",
    "screenLock",
    "remoteLogin",
    "openWifiConnections",
    "screenIdle",
    "stethoscopeVersion",
    "applications",
];
const SYSTEMS: [&str; 5] = ["darwin", "win32", "ubuntu", "linux", "awsWorkspace"];
const APPLICATION_KEYS: [&str; 8] = [
    "name",
    "paths",
    "platform",
    "version",
    "assertion",
    "description",
    "installFrom",
    "exactMatch",
];
const REQUIREMENTS: [(&str, Requirement); 4] = [
    ("ALWAYS", Requirement::Always),
    ("SUGGESTED", Requirement::Suggested),
    ("IF_SUPPORTED", Requirement::IfSupported),
    ("NEVER", Requirement::Never),
];

impl AppPolicy {
    /// Reads a policy, or says all that is wrong with it.
    pub fn read(file: &str, yaml: &str) -> Result<Self, Vec<FileProblem>> {
        let mut problems = Problems::of(file);
        if yaml.len() > FILE_BYTES_MAX {
            problems.add("", format!("longer than {FILE_BYTES_MAX} bytes"));
            return Err(problems.into_vec());
        }
        // JSON is YAML too.
        let value = match serde_norway::from_str(yaml) {
            Ok(value) => value,
            Err(error) => return Err(vec![FileProblem::new(file, "", error.to_string())]),
        };
        let policy = policy(&value, &mut problems);
        match policy {
            Some(policy) if problems.is_empty() => Ok(policy),
            _ => Err(problems.into_vec()),
        }
    }
}

fn policy(value: &Value, problems: &mut Problems<'_>) -> Option<AppPolicy> {
    let top = Section::read(value, "", &KEYS, problems)?;
    let asked = Setting::ALL.iter().filter_map(|(name, setting)| {
        top.word(name, &REQUIREMENTS, problems).map(|requirement| (*setting, requirement))
    });
    let practices = asked.collect();
    let applications = top.list("applications", problems).unwrap_or_default();
    Some(AppPolicy {
        os_versions: os_versions(&top, problems),
        practices,
        screen_idle: range(&top, "screenIdle", problems),
        app_version: range(&top, "stethoscopeVersion", problems),
        applications: applications
            .iter()
            .filter_map(|(path, item)| application(item, path, problems))
            .collect(),
    })
}

fn os_versions(top: &Section<'_>, problems: &mut Problems<'_>) -> BTreeMap<String, OsRange> {
    let section =
        top.get("osVersion").and_then(|it| Section::read(it, "osVersion", &SYSTEMS, problems));
    let mut ranges = BTreeMap::new();
    for (name, value) in section.iter().flat_map(Section::entries) {
        let path = format!("osVersion.{name}");
        let Some(own) = Section::read(value, &path, &["ok", "nudge"], problems) else { continue };
        let [ok, nudge] = ["ok", "nudge"].map(|key| range(&own, key, problems));
        ranges.insert(name.to_owned(), OsRange { ok, nudge });
    }
    ranges
}

fn application(value: &Value, path: &str, problems: &mut Problems<'_>) -> Option<Application> {
    let section = Section::read(value, path, &APPLICATION_KEYS, problems)?;
    let name = section.text("name", problems);
    let name = section.required("name", name, problems);
    let assertion = section.word("assertion", &REQUIREMENTS, problems);
    let platform =
        section.get("platform").and_then(|it| places(it, &section.path("platform"), problems));
    Some(Application {
        name: name?.to_owned(),
        assertion: assertion.unwrap_or(Requirement::Always),
        version: range(&section, "version", problems),
        platform,
        is_exact: section.flag("exactMatch", problems).unwrap_or(false),
    })
}

fn places(value: &Value, path: &str, problems: &mut Problems<'_>) -> Option<Where> {
    let known: Vec<&str> = SYSTEMS.into_iter().chain(["all"]).collect();
    let section = Section::read(value, path, &known, problems)?;
    let mut places =
        Where { is_everywhere: section.flag("all", problems).unwrap_or(false), ..Where::default() };
    for name in SYSTEMS {
        places.on.extend(range(&section, name, problems).map(|range| (name.to_owned(), range)));
    }
    Some(places)
}

/// A range, which YAML may take for a number.
fn range(section: &Section<'_>, key: &str, problems: &mut Problems<'_>) -> Option<Range> {
    let value = section.get(key)?;
    let path = section.path(key);
    let said = match value {
        Value::Number(number) => number.to_string(),
        value => text(value, &path, problems)?.to_owned(),
    };
    let range = said.parse();
    if range.is_err() {
        problems.add(path, "must be a range of versions, such as \">=1.2.0\"");
    }
    range.ok()
}
