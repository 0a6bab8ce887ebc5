//! Why it was decided so: every step, what it read, what it concluded, and which version of which
//! file said so.

use expr::Expr;
use model::{Alert, FactValue, Person};
use serde::{Deserialize, Serialize};

use crate::known::Known;

/// How many lines a trace has; what is beyond is counted.
const LINES_MAX: usize = 64;
/// How much of a value is kept, in characters.
const VALUE_CHARS_MAX: usize = 120;

/// One step of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceLine {
    /// Which step: `filter`, `exception`, `exclusion`, `policy`, `severity`, `maintenance`, `known`.
    pub step: String,
    /// What said so, with the hash of its file: `policy:default@0123abcd`.
    pub by: String,
    /// What it concluded.
    pub said: String,
    /// What it read: names and values. Hostile text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub read: Vec<(String, String)>,
}

/// The lines of a decision as it is made.
#[derive(Debug, Default)]
pub(super) struct Trace {
    lines: Vec<TraceLine>,
    untold: usize,
}

impl Trace {
    pub(super) fn say(&mut self, step: &str, by: impl Into<String>, said: impl Into<String>) {
        self.say_of(step, by, said, Vec::new());
    }

    pub(super) fn say_of(
        &mut self,
        step: &str,
        by: impl Into<String>,
        said: impl Into<String>,
        read: Vec<(String, String)>,
    ) {
        if self.lines.len() == LINES_MAX {
            self.untold += 1;
            return;
        }
        let (step, by, said) = (step.to_owned(), by.into(), said.into());
        self.lines.push(TraceLine { step, by, said, read });
    }

    pub(super) fn into_lines(mut self) -> Vec<TraceLine> {
        if self.untold > 0 {
            let said = format!("{} more steps are not told", self.untold);
            let (step, by) = ("trace".to_owned(), "system".to_owned());
            self.lines.push(TraceLine { step, by, said, read: Vec::new() });
        }
        self.lines
    }
}

/// What a condition read of an alert, for the trace: the values of the facts it names.
pub(super) fn read_by(
    condition: &Expr,
    alert: &Alert,
    person: Option<&Person>,
    known: &Known,
) -> Vec<(String, String)> {
    let of_one = |(root, field): &(String, String)| -> Vec<(String, String)> {
        let name = format!("{root}.{field}");
        match (root.as_str(), field.as_str()) {
            ("alert", "facts") => Vec::new(),
            ("alert", field) => {
                alert_text(alert, field).map(|text| (name, cut(&text))).into_iter().collect()
            }
            ("person", field) => {
                let text = person.and_then(|person| person_text(person, field));
                vec![(name, text.map_or_else(|| "not known".to_owned(), |text| cut(&text)))]
            }
            ("enrich", step) => known_text(known, step, &name),
            _ => Vec::new(),
        }
    };
    condition.reads().iter().flat_map(of_one).collect()
}

fn alert_text(alert: &Alert, field: &str) -> Option<String> {
    match field {
        "source" => Some(alert.source.clone()),
        "rule" => Some(alert.rule.clone()),
        "severity" => Some(alert.severity.name().to_owned()),
        "title" => Some(alert.title.clone()),
        "time" => Some(alert.time.to_string()),
        _ => None,
    }
}

/// What is told of a person in a trace is no more than whoever reads cases sees anyway.
fn person_text(person: &Person, field: &str) -> Option<String> {
    match field {
        "known" => Some("yes".to_owned()),
        "privileged" => Some(if person.privileged { "yes" } else { "no" }.to_owned()),
        "active" => Some(if person.active { "yes" } else { "no" }.to_owned()),
        "groups" => Some(person.groups.join(", ")),
        _ => None,
    }
}

fn known_text(known: &Known, step: &str, name: &str) -> Vec<(String, String)> {
    use crate::known::Finding;
    match known.0.get(step) {
        None => vec![(name.to_owned(), "not looked up".to_owned())],
        Some(Finding::Nothing) => vec![(name.to_owned(), "nothing known".to_owned())],
        Some(Finding::Unknown { cause }) => vec![(name.to_owned(), format!("unknown: {cause}"))],
        Some(Finding::Known { facts, .. }) => facts
            .iter()
            .map(|(field, value)| (format!("{name}.{field}"), cut(&FactValue::shown(value))))
            .collect(),
    }
}

fn cut(text: &str) -> String {
    text.chars().take(VALUE_CHARS_MAX).collect()
}
