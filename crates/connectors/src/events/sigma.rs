//! Which fields the public Sigma rules read, and whether our records can have them.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use event::{Doc, Field, Logsource, Node};
use ports::events::EventMap;
use serde_norway::Value;

use super::{
    cloudtrail::CloudTrailMap, entra::EntraMap, github::GitHubMap,
    google_workspace::GoogleWorkspaceMap, okta::OktaMap,
};

/// Reviewed by a person: each field, and why no record of ours has it under that name.
const REVIEWED: &str = include_str!("sigma.txt");

/// A source and records of it.
type Sample = (Box<dyn EventMap>, &'static [&'static str]);

fn samples() -> Vec<Sample> {
    vec![
        (Box::new(OktaMap), &[include_str!("okta/fixtures/sign_in.json")]),
        (
            Box::new(GitHubMap),
            &[
                include_str!("github/fixtures/policy_override.json"),
                include_str!("github/fixtures/git_clone.json"),
            ],
        ),
        (
            Box::new(GoogleWorkspaceMap),
            &[
                include_str!("google_workspace/fixtures/login.json"),
                include_str!("google_workspace/fixtures/admin.json"),
                include_str!("google_workspace/fixtures/admin_roles.json"),
            ],
        ),
        (
            Box::new(CloudTrailMap::default()),
            &[
                include_str!("cloudtrail/fixtures/assumed_role.json"),
                include_str!("cloudtrail/fixtures/console_login.json"),
                include_str!("cloudtrail/fixtures/denied.json"),
            ],
        ),
        (
            Box::new(EntraMap),
            &[
                include_str!("entra/fixtures/sign_in.json"),
                include_str!("entra/fixtures/audit.json"),
                include_str!("entra/fixtures/risk.json"),
                include_str!("entra/fixtures/activity.json"),
                include_str!("entra/fixtures/activity_rest.json"),
            ],
        ),
    ]
}

#[test]
fn every_field_of_a_public_rule_is_in_our_records_or_known_not_to_be() {
    let Some(folder) = std::env::var_os("COUNTERSIGN_DATA") else {
        return println!("skipped: COUNTERSIGN_DATA is not set");
    };
    let mut rules = Vec::new();
    collect(&PathBuf::from(folder).join("sigma/rules"), &mut rules);
    assert!(rules.len() > 200, "the folder has rules");
    let mut missing = BTreeSet::new();
    let mut covered = 0;
    for (map, records) in samples() {
        for logsource in map.logsources() {
            let docs = docs(&*map, records, *logsource);
            let of_it = rules.iter().filter(|rule| is_of(rule, *logsource));
            let fields: BTreeSet<String> = of_it.flat_map(fields).collect();
            covered += fields.len();
            for field in fields {
                if !docs.iter().any(|doc| has(doc, &field, map.aliases())) {
                    missing.insert(format!("{}/{} {field}", logsource.product, logsource.service));
                }
            }
        }
    }
    assert!(covered > 50, "rules are found by their logsource");
    let reviewed: BTreeSet<String> = REVIEWED
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.split_once(": ").expect("a field and why").0.to_owned())
        .collect();
    let new: Vec<_> = missing.difference(&reviewed).collect();
    let gone: Vec<_> = reviewed.difference(&missing).collect();
    assert!(new.is_empty() && gone.is_empty(), "to review: {new:#?}, found now: {gone:#?}");
}

/// An alias that leads nowhere would be a promise that nobody keeps.
#[test]
fn every_alias_leads_to_a_field_of_a_record() {
    let unknown: Vec<String> = samples()
        .iter()
        .flat_map(|(map, records)| {
            let docs: Vec<Doc> =
                map.logsources().iter().flat_map(|of| docs(&**map, records, *of)).collect();
            let leads = move |path: &str| match path.strip_prefix("cs.") {
                Some(name) => Field::named(name).is_some(),
                // The export has Graph's fields within `properties`.
                None => {
                    let inner = path.strip_prefix("properties.").unwrap_or(path);
                    docs.iter().any(|doc| is_at(doc.root(), path) || is_at(doc.root(), inner))
                }
            };
            let aliases = map.aliases().iter().filter(move |(_, path)| !leads(path));
            aliases.map(|(name, path)| format!("{name} = {path}")).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(unknown, Vec::<String>::new());
}

fn collect(folder: &Path, rules: &mut Vec<Value>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, rules);
        } else if path.extension().is_some_and(|end| end == "yml") {
            let text = fs::read_to_string(&path).expect("a rule");
            rules.push(serde_norway::from_str(&text).expect("YAML"));
        }
    }
}

fn is_of(rule: &Value, logsource: Logsource) -> bool {
    let told = |key: &str| rule["logsource"][key].as_str();
    told("product") == Some(logsource.product) && told("service") == Some(logsource.service)
}

/// The fields of all selections, without their modifiers.
fn fields(rule: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let detection = rule["detection"].as_mapping().expect("a detection");
    let selections = detection.iter().filter(|(name, _)| name.as_str() != Some("condition"));
    selections.for_each(|(_, selection)| walk(selection, &mut found));
    found
}

fn walk(selection: &Value, found: &mut BTreeSet<String>) {
    match selection {
        Value::Sequence(list) => list.iter().for_each(|item| walk(item, found)),
        Value::Mapping(fields) => {
            let names = fields.keys().filter_map(Value::as_str);
            found.extend(names.filter_map(|name| name.split('|').next()).map(str::to_owned));
        }
        _ => {}
    }
}

/// The documents that rules of this log see.
fn docs(map: &dyn EventMap, records: &[&str], logsource: Logsource) -> Vec<Doc> {
    let mut found = Vec::new();
    for record in records {
        let (doc, _) = Doc::parse(record.as_bytes()).expect("a document");
        let read = map.read(doc, &mut |event| {
            if event.logsource == logsource {
                found.push(event.doc);
            }
        });
        read.expect("an event");
    }
    found
}

/// As rules look a field up: the record, the aliases, the common fields.
fn has(doc: &Doc, field: &str, aliases: &[(&str, &str)]) -> bool {
    let alias = |(name, path): &(&str, &str)| {
        *name == field && (path.starts_with("cs.") || is_at(doc.root(), path))
    };
    is_at(doc.root(), field) || aliases.iter().any(alias) || Field::named(field).is_some()
}

/// Whether a value stands there that rules can compare: what holds others never matches a text.
fn is_at(node: Node<'_>, path: &str) -> bool {
    if let Node::List(list) = node {
        return list.items().any(|item| is_at(item, path));
    }
    if let Some(found) = node.get(path) {
        return is_comparable(found);
    }
    path.split_once('.')
        .is_some_and(|(key, rest)| node.get(key).is_some_and(|inner| is_at(inner, rest)))
}

fn is_comparable(node: Node<'_>) -> bool {
    match node {
        Node::Object(_) | Node::Null => false,
        Node::List(list) => list.is_empty() || list.items().any(is_comparable),
        _ => true,
    }
}
