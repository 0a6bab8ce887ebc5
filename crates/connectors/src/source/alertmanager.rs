//! Prometheus Alertmanager's webhook, version 4: one envelope with many alerts.
//!
//! Every alert of the group is read alone. Its id is `fingerprint` and `startsAt`, so that the
//! repeats of a group are duplicates and the end of an alert is an update of it: `resolved` is a
//! fact to show, never an answer. Fields that newer versions add are ignored.

use model::{FactValue, Facts, Personal, Timestamp};
use ports::source::{AlertDraft, AlertMap, Rejected};
use serde_json::{Map, Value};

use super::{
    config::AlertmanagerLabels,
    facts,
    json::{person_of, rejected, severity_of, time_of, url_of},
    limits,
    notes::Notes,
    text,
};

/// The fact that says whether the sender considers the alert over.
const RESOLVED: &str = "resolved";
/// The rule of an alert whose label set names none.
const UNNAMED: &str = "unnamed";

/// Reads Alertmanager's webhook.
#[derive(Debug, Clone, Default)]
pub struct AlertmanagerMap {
    labels: AlertmanagerLabels,
}

impl AlertmanagerMap {
    /// A map that takes person, rule and severity from these labels.
    #[must_use]
    pub fn new(labels: AlertmanagerLabels) -> Self {
        Self { labels }
    }
}

impl AlertMap for AlertmanagerMap {
    fn map(&self, body: &Value) -> Vec<Result<AlertDraft, Rejected>> {
        let Some(Value::Array(alerts)) = body.get("alerts") else {
            return vec![Err(rejected("no list `alerts`: send Alertmanager's webhook, version 4"))];
        };
        let left_out = body.get("truncatedAlerts").and_then(Value::as_u64).unwrap_or(0);
        alerts.iter().map(|alert| self.read(alert, left_out)).collect()
    }
}

impl AlertmanagerMap {
    fn read(&self, alert: &Value, left_out: u64) -> Result<AlertDraft, Rejected> {
        let Value::Object(alert) = alert else {
            return Err(rejected("an alert is not an object"));
        };
        let Some(Value::Object(labels)) = alert.get("labels") else {
            return Err(rejected("an alert has no object `labels`"));
        };
        let mut notes = Notes::default();
        let rule = self.rule(labels, &mut notes);
        let (person_label, person) = self.person(labels, &mut notes);
        let time = starts_at(alert, &mut notes);
        let draft = AlertDraft {
            external_id: external_id(alert, time, &mut notes),
            title: annotation(alert, "summary", limits::TITLE_BYTES, &mut notes)
                .unwrap_or_else(|| rule.clone()),
            rule,
            description: annotation(alert, "description", limits::DESCRIPTION_BYTES, &mut notes)
                .unwrap_or_default(),
            severity: severity_of(words(labels, &self.labels.severity), &mut notes),
            time,
            person,
            url: words(alert, "generatorURL")
                .and_then(|url| url_of(url, "generatorURL", &mut notes)),
            facts: self.facts(alert, labels, person_label, &mut notes),
            problems: Vec::new(),
        };
        if left_out > 0 {
            notes.add("truncatedAlerts", format!("the sender left {left_out} alerts out"));
        }
        Ok(AlertDraft { problems: notes.finish(), ..draft })
    }

    fn rule(&self, labels: &Map<String, Value>, notes: &mut Notes) -> String {
        let path = format!("labels.{}", self.labels.rule);
        let Some(rule) = words(labels, &self.labels.rule) else {
            notes.add(&path, "absent, the rule has no name");
            return UNNAMED.to_owned();
        };
        text::kept_apart(rule, limits::RULE_BYTES, &path, notes)
    }

    /// The label that names the person, and the person.
    fn person(
        &self,
        labels: &Map<String, Value>,
        notes: &mut Notes,
    ) -> (Option<&str>, Option<Personal>) {
        let found = self.labels.person.iter().find_map(|label| {
            let named = words(labels, label)?;
            Some((label.as_str(), named))
        });
        let Some((label, named)) = found else { return (None, None) };
        (Some(label), person_of(named, &format!("labels.{label}"), notes))
    }

    /// The labels that say nothing else, and whether it is over.
    fn facts(
        &self,
        alert: &Map<String, Value>,
        labels: &Map<String, Value>,
        person_label: Option<&str>,
        notes: &mut Notes,
    ) -> Facts {
        let used = [Some(self.labels.rule.as_str()), Some(&self.labels.severity), person_label];
        let mut others = labels.clone();
        others.retain(|label, _| !used.contains(&Some(label.as_str())));
        if others.remove(RESOLVED).is_some() {
            notes.add("labels.resolved", "replaced by the alert's own status");
        }
        // Its place is kept free of the limit on facts: the status is always among them.
        let mut facts = facts::read(&others, "labels", notes);
        let is_resolved = words(alert, "status") == Some(RESOLVED);
        facts.insert(RESOLVED.to_owned(), FactValue::Bool(is_resolved));
        facts
    }
}

fn words<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.get(name)?.as_str().map(str::trim).filter(|words| !words.is_empty())
}

fn annotation(
    alert: &Map<String, Value>,
    name: &str,
    cap: usize,
    notes: &mut Notes,
) -> Option<String> {
    let annotations = alert.get("annotations")?.as_object()?;
    Some(text::kept(words(annotations, name)?, cap, &format!("annotations.{name}"), notes))
}

fn starts_at(alert: &Map<String, Value>, notes: &mut Notes) -> Option<Timestamp> {
    let Some(words) = words(alert, "startsAt") else {
        notes.add("startsAt", "absent, the time of arrival counts");
        return None;
    };
    time_of(words, "startsAt", notes)
}

/// Without both halves there is no id: the fingerprint alone would make every later firing of the
/// same alert a duplicate of the first.
fn external_id(
    alert: &Map<String, Value>,
    starts_at: Option<Timestamp>,
    notes: &mut Notes,
) -> Option<String> {
    let Some(fingerprint) = words(alert, "fingerprint") else {
        notes.add("fingerprint", "absent, the content stands in for the id");
        return None;
    };
    let id = format!("{fingerprint}@{}", starts_at?);
    Some(text::kept_apart(&id, limits::EXTERNAL_ID_BYTES, "fingerprint", notes))
}

#[cfg(test)]
#[path = "alertmanager/tests.rs"]
mod tests;
