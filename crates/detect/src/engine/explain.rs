//! Why an alert was raised, in words and numbers. Baselines explain themselves.

use event::Event;
use jiff::Timestamp;
use model::{FactValue, Facts};

use super::{correlations::Fired, raised::Explanation, ready::Ready};
use crate::rule::{Correlation, CorrelationKind};

/// How many fields are told in words.
const TOLD_MAX: usize = 6;

/// Of a rule that matched one event.
pub(super) fn of_match(ready: &Ready, event: &Event, rule: usize) -> Explanation {
    let log = ready.log(event.logsource);
    let number = u32::try_from(rule).unwrap_or(u32::MAX);
    let matched = log.map(|log| log.matcher.explain(number, event)).unwrap_or_default();
    let mut told: Vec<String> = Vec::new();
    for it in matched.iter().take(TOLD_MAX) {
        told.push(match it.value.as_str() {
            "" => format!("{} {}", it.field, it.wanted),
            value => format!("{} is `{value}` ({})", it.field, it.wanted),
        });
    }
    if matched.len() > TOLD_MAX {
        told.push(format!("and {} more fields", matched.len() - TOLD_MAX));
    }
    Explanation { words: told.join("; "), matched, ..Explanation::default() }
}

/// Of a window.
pub(super) fn of_window(of: &Correlation, fired: &Fired, group: &Facts) -> Explanation {
    let reached = &fired.reached;
    let what = match of.kind {
        CorrelationKind::EventCount => "events".to_owned(),
        CorrelationKind::ValueCount => format!("different values of {}", of.fields.join(", ")),
        CorrelationKind::Temporal => "of the rules matched".to_owned(),
        CorrelationKind::TemporalOrdered => "rules matched in this order".to_owned(),
        CorrelationKind::ValueSum => format!("as the sum of {}", of.fields.join(", ")),
        CorrelationKind::ValueAvg => format!("as the mean of {}", of.fields.join(", ")),
        CorrelationKind::ValuePercentile => {
            format!("as percentile {} of {}", of.percentile, of.fields.join(", "))
        }
        CorrelationKind::ValueMedian => format!("as the median of {}", of.fields.join(", ")),
    };
    let wanted: Vec<String> = of
        .comparisons
        .iter()
        .map(|(comparison, number)| format!("{} {number}", comparison.word()))
        .collect();
    let wanted = if wanted.is_empty() {
        String::new()
    } else {
        format!(" ({} wanted)", wanted.join(" and "))
    };
    let rules = of.rules.join(", ");
    let group: Vec<String> =
        group.iter().map(|(name, value)| format!("{name} {}", value.shown())).collect();
    let by = if group.is_empty() { String::new() } else { format!(", for {}", group.join(", ")) };
    let words = format!(
        "{} {what}{wanted} within {}, from {} to {}{by}; counted: {rules}",
        rounded(reached.number),
        of.timespan,
        clock(reached.from),
        clock(reached.to),
    );
    Explanation { words, numbers: numbers(of, fired), ..Explanation::default() }
}

fn numbers(of: &Correlation, fired: &Fired) -> Facts {
    let seconds = i64::try_from(of.timespan.as_seconds()).unwrap_or(i64::MAX);
    let mut numbers = Facts::new();
    let mut add = |name: &str, value| numbers.insert(format!("correlation.{name}"), value);
    add("type", of.kind.word().into());
    add("number", FactValue::Float(rounded(fired.reached.number)));
    add("window_s", FactValue::Int(seconds));
    add("from", clock(fired.reached.from).as_str().into());
    add("to", clock(fired.reached.to).as_str().into());
    if let Some((_, wanted)) = of.comparisons.first() {
        add("wanted", FactValue::Float(*wanted));
    }
    numbers
}

fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

fn clock(second: u32) -> String {
    Timestamp::from_second(i64::from(second)).unwrap_or_default().to_string()
}
