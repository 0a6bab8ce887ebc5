//! Which sources bring events that no rule looks at.

use std::collections::BTreeMap;

use detect::rule::{Body, Rule, Rules};
use event::Logsource;
use ports::source::{Reads, Source};

/// A warning that names the sources of events that no rule looks at: their silence would be taken for
/// good news.
pub(super) fn warning(sources: &BTreeMap<String, Source>, rules: &Rules) -> Option<String> {
    let of_events: Vec<(&str, &[Logsource])> = sources
        .values()
        .filter_map(|source| match &source.reads {
            Reads::Events(map) => Some((source.name.as_str(), map.logsources())),
            Reads::Alerts(_) | Reads::Devices(_) => None,
        })
        .collect();
    let is_watched = |logs: &[Logsource]| rules.all().iter().any(|rule| looks_at(rule, logs));
    let silent = of_events.into_iter().filter(|(_, logs)| !is_watched(logs));
    let names: Vec<String> = silent.map(|(name, _)| format!("sources.{name}")).collect();
    (!names.is_empty()).then(|| format!(
        "no rule looks at the events of {}: a rule is in force because it lies in `rules` of the \
         content folder, and `countersign init --with-content` in an empty folder writes those that \
         ship",
        names.join(", "),
    ))
}

/// Whether a rule is evaluated over one of these logs. Correlations look at other rules, and filters
/// raise nothing.
fn looks_at(rule: &Rule, logs: &[Logsource]) -> bool {
    let is_over_events = matches!(rule.body, Body::Detection(_) | Body::Baseline(_));
    is_over_events
        && rule.meta.state.is_evaluated()
        && logs.iter().any(|log| rule.head.logsource.is_met_by(*log))
}
