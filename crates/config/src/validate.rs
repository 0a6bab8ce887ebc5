//! What only several settings together can get wrong.

use std::collections::BTreeSet;

use toml::de::DeTable;

use crate::{
    document::Sheet,
    load::{Config, position},
    problem::ConfigProblem,
    settings::Scope,
};

/// The name of the source of verdicts.
const OWN_SOURCE: &str = "countersign";

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
    let targets = positions.get("escalate").and_then(|table| table.get_ref().as_table());
    // Counted in the file: a target with a fault of its own is a target all the same.
    let targets = targets
        .map_or(0, |table| table.values().filter(|value| value.get_ref().is_table()).count());
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
    for (name, key) in &config.api_keys {
        if key.scopes.contains(&Scope::Ingest) {
            let text = "no route of this version takes `ingest`: alerts want the credential of \
                        their own source, so leave it out";
            fault(&["api_keys", name, "scopes"], text);
        }
    }
    found
}
