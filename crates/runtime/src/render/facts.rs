//! The details of alerts, by label.

use casework::Case;
use model::{
    Alert,
    alert::{RULE_HASH_FACT, is_for_people},
};

use super::{
    FACT_NAMES, RULE_TITLES, Templates, Words,
    inert::{self, LINE_CHARS},
    when::Reader,
};

/// Details shown of one message.
pub(crate) const FACTS_SHOWN: usize = 20;
/// The longest label, in characters.
const LABEL_CHARS: usize = 40;

/// What a person is shown of a case's alerts besides the text: the facts of the latest, then a
/// line for each other one. A proof is for exactly what these say.
pub(crate) fn of_case(
    templates: &Templates,
    reader: &Reader<'_>,
    case: &Case,
) -> Vec<(String, String)> {
    let head = case.head();
    let mut facts = vec![(
        reader.say(templates, "happened", &Words::default()),
        reader.when(templates, head.time),
    )];
    facts.extend(shown(templates, &reader.languages, head));
    for alert in case.alerts.iter().rev().skip(1) {
        let words = Words { when: reader.when(templates, alert.time), ..Words::default() };
        let label = reader.say(templates, "also", &words);
        facts.push((label, in_one_line(templates, &reader.languages, alert)));
    }
    facts.truncate(FACTS_SHOWN);
    facts
}

/// The one line that names an alert. What a rule of ours found is called as the rule is in the
/// reader's language; what a tool found is called as the tool calls it.
pub(crate) fn title(templates: &Templates, languages: &[&str], alert: &Alert) -> String {
    let title = if alert.facts.contains_key(RULE_HASH_FACT) {
        &templates.called(RULE_TITLES, &alert.rule, &alert.title, languages)
    } else {
        &alert.title
    };
    inert::line(title, LINE_CHARS)
}

/// An alert's facts, called as its reader calls them.
fn shown(
    templates: &Templates,
    languages: &[&str],
    alert: &Alert,
) -> impl Iterator<Item = (String, String)> {
    let shown = alert.facts.iter().filter(|(name, _)| is_for_people(name));
    shown.map(move |(name, value)| {
        let label = templates.called(FACT_NAMES, name, &label(name), languages);
        (label, inert::line(&value.shown(), LINE_CHARS))
    })
}

/// An alert's facts, by their own names.
pub(crate) fn of_alert(alert: &Alert) -> impl Iterator<Item = (String, String)> {
    let shown = alert.facts.iter().filter(|(name, _)| is_for_people(name));
    shown.map(|(name, value)| (label(name), inert::line(&value.shown(), LINE_CHARS)))
}

fn in_one_line(templates: &Templates, languages: &[&str], alert: &Alert) -> String {
    let facts: Vec<String> = shown(templates, languages, alert)
        .map(|(label, value)| format!("{label} {value}"))
        .collect();
    let text = format!("{} ({})", title(templates, languages, alert), facts.join(", "));
    inert::line(&text, LINE_CHARS)
}

fn label(name: &str) -> String {
    inert::line(&name.replace(['_', '.'], " "), LABEL_CHARS)
}
