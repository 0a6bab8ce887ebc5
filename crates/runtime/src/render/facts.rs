//! The details of alerts, by label.

use casework::Case;
use model::{Alert, alert::is_for_people};

use super::{
    Templates, Words,
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
    facts.extend(of_alert(head));
    for alert in case.alerts.iter().rev().skip(1) {
        let words = Words { when: reader.when(templates, alert.time), ..Words::default() };
        let label = reader.say(templates, "also", &words);
        facts.push((label, in_one_line(alert)));
    }
    facts.truncate(FACTS_SHOWN);
    facts
}

/// An alert's facts.
pub(crate) fn of_alert(alert: &Alert) -> impl Iterator<Item = (String, String)> {
    let shown = alert.facts.iter().filter(|(name, _)| is_for_people(name));
    shown.map(|(name, value)| (label(name), inert::line(&value.shown(), LINE_CHARS)))
}

fn in_one_line(alert: &Alert) -> String {
    let facts: Vec<String> =
        of_alert(alert).map(|(label, value)| format!("{label} {value}")).collect();
    let text = format!("{} ({})", alert.title, facts.join(", "));
    inert::line(&text, LINE_CHARS)
}

fn label(name: &str) -> String {
    inert::line(&name.replace(['_', '.'], " "), LABEL_CHARS)
}
