//! Events and conditions for tests.

use content::{FileProblem, Problems};
use event::{Actor, Client, Doc, Event, Logsource, Origin, Outcome, Uid};
use model::Timestamp;

use crate::sigma::{Condition, Lists, Matcher, MatcherBuilder, matcher::Answer, slot::Aliases};

/// An event of a record, with no common fields but those it must have.
pub(crate) fn event(record: &str) -> Event {
    Event {
        uid: Uid::of("test", &[record.as_bytes()]),
        time: Timestamp::from_second(1_795_000_000).expect("in range"),
        logsource: Logsource { product: "test", service: "test" },
        actor: Actor::default(),
        action: "".into(),
        targets: Vec::new(),
        origin: Origin::default(),
        client: Client::default(),
        session: None,
        outcome: Outcome::Unknown,
        reason: None,
        doc: Doc::parse(record.as_bytes()).expect("a record").0,
    }
}

pub(crate) fn read(detection: &str) -> Result<Condition, Vec<FileProblem>> {
    read_with(detection, &Lists::new())
}

pub(crate) fn read_with(detection: &str, lists: &Lists) -> Result<Condition, Vec<FileProblem>> {
    let value: serde_norway::Value = serde_norway::from_str(detection).expect("YAML");
    let mut problems = Problems::of("rule.yml");
    let version = value.get("sigma-version").cloned();
    let section = value.get("detection").unwrap_or(&value);
    let read = Condition::read(section, version.as_ref(), "detection", lists, &mut problems);
    match read {
        Some(condition) if problems.is_empty() => Ok(condition),
        _ => Err(problems.into_vec()),
    }
}

pub(crate) fn condition(detection: &str) -> Condition {
    read(detection).unwrap_or_else(|problems| panic!("{detection}: {problems:?}"))
}

pub(crate) fn matcher(conditions: &[Condition], aliases: Aliases) -> Matcher {
    let mut builder = MatcherBuilder::new(aliases);
    for (number, condition) in conditions.iter().enumerate() {
        builder.rule(number as u32, condition, &[]);
    }
    builder.build()
}

pub(crate) fn hits(matcher: &Matcher, event: &Event) -> Vec<u32> {
    let mut all = Vec::new();
    matcher.ask(event, |answer| match answer {
        Answer::Match { rule } => all.push(rule),
        Answer::Filtered { .. } => {}
    });
    all
}

pub(crate) fn is_match(detection: &str, record: &str) -> bool {
    !hits(&matcher(&[condition(detection)], &[]), &event(record)).is_empty()
}

/// The rules of the public set, by their paths in it, where the data is at hand.
#[expect(clippy::disallowed_methods, reason = "where a test's data is")]
pub(crate) fn public_rules() -> Option<Vec<(String, String)>> {
    let Ok(data) = std::env::var("COUNTERSIGN_DATA") else {
        eprintln!("skipped: COUNTERSIGN_DATA is not set");
        return None;
    };
    let folder = std::path::Path::new(&data).join("sigma/rules");
    let mut all = Vec::new();
    gather(&folder, &folder, &mut all);
    all.sort();
    Some(all)
}

#[expect(clippy::disallowed_methods, reason = "a test reads its data")]
fn gather(folder: &std::path::Path, root: &std::path::Path, all: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            gather(&path, root, all);
        } else {
            let name = path.strip_prefix(root).expect("within").display().to_string();
            all.push((name, std::fs::read_to_string(&path).expect("a text")));
        }
    }
}
