//! `countersign rules test`

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use detect::{
    rule::{Body, Rule, Rules},
    trial::{self, TestResult},
};
use event::{Doc, Event};
use ports::events::EventMap;
use serde_json::json;

use super::{folder::Folder, networks::TestNetworks, treatment::AsTreated};
use crate::{
    cli::rules::{TestArgs, TestFormat},
    ending::{Ended, Ending, Misuse},
    terminal,
    wire::files,
};

/// The longest file of events, in bytes.
const EVENTS_BYTES_MAX: u64 = 8 * 1_024 * 1_024;
/// The most records in one.
const RECORDS_MAX: usize = 50_000;

/// Runs the tests.
pub(super) fn run(config: &Path, args: &TestArgs) -> Ended {
    let folder = Folder::read(config, &args.content)?;
    if !folder.problems.is_empty() {
        return Err(Misuse::of(
            folder.problems.iter().map(|it| terminal::harmless(&it.to_string())),
        ));
    }
    let wanted = wanted(&folder.rules, &args.rules)?;
    let mut results = results(&folder)?;
    results.retain(|result| wanted.is_empty() || wanted.contains(result.rule.as_str()));
    let shown = match args.format {
        TestFormat::Text => text(&results),
        TestFormat::Json => serde_json::to_string_pretty(&json(&results))?,
        TestFormat::Junit => trial::junit(&results),
    };
    terminal::print(shown.trim_end())?;
    let is_passed = results.iter().all(TestResult::is_passed);
    Ok(if is_passed { Ending::Done } else { Ending::Finding })
}

/// How all tests of a folder went.
pub(super) fn results(folder: &Folder) -> anyhow::Result<Vec<TestResult>> {
    let networks = TestNetworks::read(&folder.root)?;
    let treatment = AsTreated(&folder.policies);
    let mut read = |rule: &Rule, name: &str| events(folder, &networks, rule, name);
    Ok(trial::run_tests(&folder.rules, &folder.logs, &treatment, &mut read))
}

fn wanted<'a>(rules: &Rules, ids: &'a [String]) -> anyhow::Result<BTreeSet<&'a str>> {
    let unknown = ids.iter().filter(|id| rules.get(id).is_none());
    let unknown: Vec<_> = unknown.map(|id| format!("there is no rule `{id}`")).collect();
    if !unknown.is_empty() {
        return Err(Misuse::of(unknown));
    }
    Ok(ids.iter().map(String::as_str).collect())
}

/// The events of a file beside a rule, each read by the map of a log that the rule looks at.
fn events(
    folder: &Folder,
    networks: &TestNetworks,
    rule: &Rule,
    name: &str,
) -> Result<Vec<Event>, String> {
    let beside: PathBuf = folder.root.join(&*rule.file);
    let path = beside.parent().unwrap_or(&folder.root).join(name);
    let text = files::text(&path, EVENTS_BYTES_MAX).map_err(|error| error.to_string())?;
    let maps: Vec<&dyn EventMap> =
        folder.maps.iter().map(|map| &**map).filter(|map| is_of(rule, *map, folder)).collect();
    let first = maps.first().ok_or("no source carries the logs of this rule")?;
    let records = first.records(text.as_bytes(), RECORDS_MAX).map_err(|error| error.to_string())?;
    let mut events = Vec::new();
    for (at, record) in (1..).zip(records) {
        let of =
            read(&text.as_bytes()[record], &maps).map_err(|why| format!("record {at}: {why}"))?;
        events.extend(of);
    }
    for event in &mut events {
        networks.fill(event);
    }
    Ok(events)
}

/// The events of a record: of the first map that knows it. What a map could not read of a record of
/// ours is a mistake in it.
fn read(record: &[u8], maps: &[&dyn EventMap]) -> Result<Vec<Event>, String> {
    let mut refused = String::new();
    for map in maps {
        let (doc, _) = Doc::parse(record).map_err(|error| error.to_string())?;
        let mut events = Vec::new();
        match map.read(doc, &mut |event| events.push(event)) {
            Ok(problems) if problems.is_empty() => return Ok(events),
            Ok(problems) => {
                let told = problems.iter().map(|it| format!("{}: {}", it.path, it.text));
                refused = told.collect::<Vec<_>>().join("; ");
            }
            Err(rejected) => refused = rejected.problem,
        }
    }
    Err(refused)
}

/// Whether a map carries a log of the rule, or of one that it counts or is for.
fn is_of(rule: &Rule, map: &dyn EventMap, folder: &Folder) -> bool {
    let below: &[String] = match &rule.body {
        Body::Correlation(correlation) => &correlation.rules,
        Body::Filter(filter) => &filter.rules,
        Body::Detection(_) | Body::Baseline(_) => {
            let wanted = &rule.head.logsource;
            return map.logsources().iter().any(|log| wanted.is_met_by(*log));
        }
    };
    below.iter().filter_map(|word| folder.rules.find(word)).any(|below| is_of(below, map, folder))
}

fn text(results: &[TestResult]) -> String {
    let failed: Vec<&TestResult> = results.iter().filter(|result| !result.is_passed()).collect();
    let lines = failed.iter().map(|result| {
        let TestResult { file, test, failures, .. } = result;
        terminal::harmless(&format!("{file}: {test}: {}", failures.join("; "))) + "\n"
    });
    let lines: String = lines.collect();
    format!("{lines}{} tests, {} failed", results.len(), failed.len())
}

fn json(results: &[TestResult]) -> serde_json::Value {
    let one = |result: &TestResult| {
        json!({
            "file": result.file,
            "rule": result.rule,
            "test": result.test,
            "passed": result.is_passed(),
            "failures": result.failures,
        })
    };
    results.iter().map(one).collect()
}
