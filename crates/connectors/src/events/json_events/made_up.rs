//! A record as a section describes it: made up, to begin a rule's tests with.

use serde_json::{Map, Value, json};

use super::JsonEventsConfig;
use crate::source::config::OneOrMore;

impl JsonEventsConfig {
    /// A record that is read as having this action at this time (ISO 8601), and something in every
    /// other field that the section names a path for. It is read by [`JsonEventsConfig::map`].
    #[must_use]
    pub fn made_up(&self, action: &str, at: &str) -> Value {
        let mut record = Map::new();
        let succeeded = self.outcome.as_ref().and_then(|outcome| outcome.success.first());
        let of_all = [
            (Some(&self.time), at),
            (Some(&self.action), action),
            (self.id.as_ref(), at),
            (self.actor.email.as_ref(), "mia@example.com"),
            (self.actor.id.as_ref(), "mia"),
            (self.actor.name.as_ref(), "Mia Sand"),
            (self.ip.as_ref(), "203.0.113.20"),
            (
                self.agent.as_ref(),
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0",
            ),
            (self.session.as_ref(), "session-1"),
            (
                self.outcome.as_ref().map(|outcome| &outcome.path),
                succeeded.map_or("done", String::as_str),
            ),
        ];
        of_all.into_iter().for_each(|(paths, text)| put(&mut record, paths, text));
        self.put_target(&mut record);
        Value::Object(record)
    }

    fn put_target(&self, record: &mut Map<String, Value>) {
        let of = &self.target;
        let parts = [(&of.id, "thing-1"), (&of.kind, "thing"), (&of.name, "The first thing")];
        let Some(at) = &of.at else {
            return parts.iter().for_each(|(paths, text)| put(record, paths.as_ref(), text));
        };
        let mut target = Map::new();
        parts.iter().for_each(|(paths, text)| put(&mut target, paths.as_ref(), text));
        insert(record, at, json!([target]));
    }
}

/// Puts a text where the first of some paths leads. Where two fields have one path, the first wins.
fn put(record: &mut Map<String, Value>, paths: Option<&OneOrMore>, text: &str) {
    if let Some(path) = paths.and_then(|paths| paths.0.first()) {
        insert(record, path, text.into());
    }
}

fn insert(record: &mut Map<String, Value>, path: &str, value: Value) {
    let keys: Vec<&str> = path.split('.').collect();
    let Some((last, before)) = keys.split_last() else { return };
    let mut here = &mut *record;
    for key in before {
        let inner = here.entry(*key).or_insert_with(|| json!({}));
        let Value::Object(inner) = inner else {
            // Something else is there already: the whole path is a key of its own, which wins.
            record.entry(path).or_insert(value);
            return;
        };
        here = inner;
    }
    here.entry(*last).or_insert(value);
}
