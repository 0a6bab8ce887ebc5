//! Whether any rule looks at the events that sources bring.

use std::collections::BTreeMap;

use detect::rule::{Body, Rule, Rules};
use event::Logsource;
use ports::source::{Reads, Source};

/// A warning where there are sources of events and no rule looks at what any of them brings: who
/// begins would take silence for good news.
pub(super) fn warning(sources: &BTreeMap<String, Source>, rules: &Rules) -> Option<String> {
    let of_events: Vec<(&str, &[Logsource])> = sources
        .values()
        .filter_map(|source| match &source.reads {
            Reads::Events(map) => Some((source.name.as_str(), map.logsources())),
            Reads::Alerts(_) | Reads::Devices(_) => None,
        })
        .collect();
    let is_watched =
        |(_, logs): &(&str, &[Logsource])| rules.all().iter().any(|rule| looks_at(rule, logs));
    if of_events.is_empty() || of_events.iter().any(is_watched) {
        return None;
    }
    let names: Vec<String> = of_events.iter().map(|(name, _)| format!("sources.{name}")).collect();
    Some(format!(
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
