//! What only several settings together can get wrong.

use std::collections::BTreeSet;

use model::Span;
use toml::de::DeTable;

use crate::{
    document::Sheet,
    load::{Config, position},
    problem::ConfigProblem,
    settings::{Escalate, Scope},
};

/// The name of the source of verdicts.
const OWN_SOURCE: &str = "countersign";
/// The longest time that a case waits for what is looked up.
const ENRICH_DEADLINE_MAX: Span = Span::minutes(1);

/// What is wrong with a configuration of which every single setting is right.
pub(crate) fn problems(
    config: &Config,
    positions: &DeTable<'_>,
    sheet: &Sheet<'_>,
) -> Vec<ConfigProblem> {
    let mut found = Vec::new();
    let mut fault = |keys: &[&str], text: &str| {
        found.push(sheet.problem(position(positions, keys), &keys.join("."), text));
    };
    let names = targets(positions);
    let targets = names.len();
    if targets == 0 && !config.escalate.none {
        fault(
            &["escalate"],
            "there is no [escalate.NAME]: add one, or say `escalate.none = true` if nobody is to \
             be paged",
        );
    }
    if targets > 0 && config.escalate.none {
        fault(&["escalate", "none"], "contradicts the [escalate.NAME] beside it: remove one");
    }
    ladder(&config.escalate, &names, &mut fault);
    let hours = &config.organisation.working_hours;
    if hours.start >= hours.end {
        fault(&["organisation", "working_hours", "end"], "must be later than `start`");
    }
    let days: BTreeSet<i8> =
        hours.days.iter().map(|day| day.weekday().to_monday_zero_offset()).collect();
    if days.len() != hours.days.len() {
        fault(&["organisation", "working_hours", "days"], "names a day twice");
    }
    if config.sources.contains_key(OWN_SOURCE) {
        let text = "is the name under which our own verdicts are among the events: choose another";
        fault(&["sources", OWN_SOURCE], text);
    }
    if config.enrich.deadline > ENRICH_DEADLINE_MAX {
        fault(&["enrich", "deadline"], "is a minute at most: a person may have to be asked");
    }
    if let Some(oidc) = &config.signin.oidc {
        let names_roles = !(oidc.roles.analyst.is_empty() && oidc.roles.admin.is_empty());
        if names_roles != oidc.roles_claim.is_some() {
            let text = "go together: `roles_claim` names the claim, `roles` what in it counts";
            fault(&["signin", "oidc", "roles_claim"], text);
        }
    }
    for (name, key) in &config.api_keys {
        if key.scopes.contains(&Scope::Ingest) {
            let text = "no route of this version takes `ingest`: alerts want the credential of \
                        their own source, so leave it out";
            fault(&["api_keys", name, "scopes"], text);
        }
    }
    found
}

/// The names of the targets of escalation, as the file has them: one with a fault of its own is a
/// target all the same.
fn targets<'a>(positions: &'a DeTable<'_>) -> BTreeSet<&'a str> {
    let table = positions.get("escalate").and_then(|table| table.get_ref().as_table());
    let names = table.into_iter().flat_map(|table| table.iter());
    let sections = names.filter(|(_, value)| value.get_ref().is_table());
    sections.map(|(name, _)| &**name.get_ref()).collect()
}

/// What is wrong with the steps of escalation.
fn ladder(escalate: &Escalate, names: &BTreeSet<&str>, fault: &mut impl FnMut(&[&str], &str)) {
    let steps = &escalate.steps;
    let named = || steps.iter().flat_map(|step| &step.targets).map(String::as_str);
    for name in named().filter(|name| !names.contains(name)) {
        fault(&["escalate", "steps"], &format!("there is no [escalate.{name}]"));
    }
    let is_first_late = steps.first().is_some_and(|step| step.after.is_some());
    if is_first_late || steps.iter().skip(1).any(|step| step.after.is_none()) {
        let text = "every step but the first says with `after` how long the one before it is \
                    waited for";
        fault(&["escalate", "steps"], text);
    }
    if steps.is_empty() && escalate.resume_after.is_some() {
        fault(&["escalate", "resume_after"], "says nothing without `steps`");
    }
    let in_steps: BTreeSet<&str> = named().collect();
    for name in names.iter().filter(|name| !steps.is_empty() && !in_steps.contains(*name)) {
        fault(&["escalate", name], "is in no step of `escalate.steps`: nobody is paged through it");
    }
}
