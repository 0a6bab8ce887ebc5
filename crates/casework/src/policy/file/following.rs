//! What follows: from the opening of a case, and from how it ends.

use std::{collections::BTreeMap, sync::Arc};

use content::{Problems, Section, nearest, yaml::list};
use model::{Outcome, Span, TargetKind, Undo};
use serde_norway::Value;

use crate::{
    catalog::Catalog,
    ledger::Template,
    policy::decide::Exclusion,
    treatment::{Group, Response, STORM},
};

/// The longest time for which a proof quiets the same.
const MAX_SUPPRESSION: Span = Span::days(90);
/// The longest time for which a case is joined.
const MAX_GROUP_WINDOW: Span = Span::days(30);
/// How long a case is joined when nothing is said.
const DEFAULT_GROUP_WINDOW: Span = Span::hours(1);
/// How many alerts one proof may quiet.
const MAX_SUPPRESSION_HITS: u32 = 1_000;
/// The longest time that an action is let stand by itself.
const MAX_ACTION_LIMIT: Span = Span::days(30);
/// How many questions of one rule may be made to wait at most.
const MAX_STORM: u32 = 1_000;
const RESPONSE_KEYS: [&str; 6] = ["suppress", "max_hits", "same", "run", "limit", "target"];
const EXCLUSION_KEYS: [&str; 3] = ["people", "groups", "why"];

pub(super) fn exclusions(top: &Section<'_>, problems: &mut Problems<'_>) -> Vec<Exclusion> {
    let mut all = Vec::new();
    for (path, item) in top.list("exclude", problems).unwrap_or_default() {
        let Some(entry) = Section::read(item, &path, &EXCLUSION_KEYS, problems) else { continue };
        let people = entry.texts("people", problems).unwrap_or_default();
        let groups = entry.texts("groups", problems).unwrap_or_default();
        let why = entry.text("why", problems);
        let why = entry.required("why", why, problems);
        if people.is_empty() && groups.is_empty() {
            problems.add(path, "names neither people nor groups");
        }
        all.extend(why.map(|why| Exclusion { people, groups, why: why.to_owned() }));
    }
    all
}

pub(super) fn enrich(
    top: &Section<'_>,
    catalog: &Catalog,
    problems: &mut Problems<'_>,
) -> Vec<String> {
    let steps = top.texts("enrich", problems).unwrap_or_default();
    for step in &steps {
        if !catalog.enrichers.contains_key(step) {
            let nearest = nearest(step, catalog.enrichers.keys().map(String::as_str));
            let text = format!("there is no step of enrichment called `{step}`");
            problems.add_near(top.path("enrich"), text, nearest);
        }
    }
    steps
}

pub(super) fn opening(
    top: &Section<'_>,
    catalog: &Catalog,
    problems: &mut Problems<'_>,
) -> Vec<Response> {
    let items = top.list("do", problems).unwrap_or_default();
    let one = |(path, item): &(String, &Value)| {
        let section = Section::read(item, path, &["run", "limit", "target"], problems)?;
        run(&section, catalog, problems)
    };
    items.iter().filter_map(one).collect()
}

/// An action of a responder, or a playbook.
pub(crate) fn run(
    section: &Section<'_>,
    catalog: &Catalog,
    problems: &mut Problems<'_>,
) -> Option<Response> {
    let name = section.text("run", problems);
    let name = section.required("run", name, problems)?;
    let limit = section.span("limit", MAX_ACTION_LIMIT, problems);
    let target = section.text("target", problems).map(str::to_owned);
    if let Some(spec) = catalog.actions.get(name) {
        if limit.is_some() && spec.undo != Undo::Reversible {
            problems.add(section.path("limit"), "nothing takes this action back");
        }
        if target.is_none() && spec.target != TargetKind::Account {
            let text = format!("{name} needs the name of the fact that holds its target");
            problems.add(section.path("target"), text);
        }
        let (action, spec) = (name.to_owned(), spec.clone());
        let template = Template { action, spec, limit, target_fact: target };
        return Some(Response::Act(Box::new(template)));
    }
    if let Some(playbook) = catalog.playbooks.get(name) {
        if limit.is_some() || target.is_some() {
            problems.add(section.path("run"), "a playbook has its own limits and targets");
        }
        return Some(Response::Play(Arc::clone(playbook)));
    }
    let (text, nearest) = catalog.unknown_run(name);
    problems.add_near(section.path("run"), text, nearest);
    None
}

pub(super) fn on(
    top: &Section<'_>,
    catalog: &Catalog,
    problems: &mut Problems<'_>,
) -> BTreeMap<Outcome, Vec<Response>> {
    let known: Vec<&str> = Outcome::ALL.iter().map(|outcome| outcome.name()).collect();
    let section =
        top.get("on").and_then(|value| Section::read(value, &top.path("on"), &known, problems));
    let Some(section) = section else { return BTreeMap::new() };
    let mut on = BTreeMap::new();
    for (word, value) in section.entries() {
        let Some(outcome) = Outcome::named(word) else { continue };
        let items = list(value, &section.path(word), problems).unwrap_or_default();
        let responses = items
            .iter()
            .filter_map(|(path, item)| response(outcome, item, path, catalog, problems));
        on.insert(outcome, responses.collect());
    }
    on
}

fn response(
    outcome: Outcome,
    value: &Value,
    path: &str,
    catalog: &Catalog,
    problems: &mut Problems<'_>,
) -> Option<Response> {
    if let Some(word) = value.as_str() {
        if word != "page" {
            let nearest = nearest(word, ["page"].into_iter().chain(RESPONSE_KEYS));
            problems.add_near(path, "must be page, or have the key `suppress`", nearest);
        }
        return (word == "page").then_some(Response::Page);
    }
    let section = Section::read(value, path, &RESPONSE_KEYS, problems)?;
    if section.get("run").is_some() {
        if section.get("suppress").is_some() {
            problems.add(path, "either `run` or `suppress`, each in an entry of its own");
        }
        return run(&section, catalog, problems);
    }
    if outcome != Outcome::Verified {
        problems.add(path, "only what is verified may quiet anything: move it to `on.verified`");
    }
    suppress(&section, problems)
}

fn suppress(section: &Section<'_>, problems: &mut Problems<'_>) -> Option<Response> {
    let span = section.span("suppress", MAX_SUPPRESSION, problems);
    let span = section.required("suppress", span, problems);
    let max_hits = section.count("max_hits", MAX_SUPPRESSION_HITS, problems);
    let max_hits = section.required("max_hits", max_hits, problems);
    let same = section.texts("same", problems);
    let same = section.required("same", same, problems)?;
    if same.is_empty() {
        problems.add(section.path("same"), "needs at least one fact");
    }
    Some(Response::Suppress { span: span?, max_hits: max_hits?, same })
}

pub(super) fn group(top: &Section<'_>, problems: &mut Problems<'_>) -> Group {
    let all = Group { by: None, window: DEFAULT_GROUP_WINDOW, name: None, storm: STORM };
    let keys = ["by", "window", "name", "storm"];
    let section =
        top.get("group").and_then(|it| Section::read(it, &top.path("group"), &keys, problems));
    let Some(section) = section else { return all };
    let window = section.span("window", MAX_GROUP_WINDOW, problems);
    Group {
        by: section.texts("by", problems),
        window: window.unwrap_or(all.window),
        name: section.id("name", problems),
        storm: section.count("storm", MAX_STORM, problems).unwrap_or(STORM),
    }
}
