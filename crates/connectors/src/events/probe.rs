//! Reading records in tests.

use event::{Doc, Event, Field};
use model::Problem;
use ports::events::EventMap;

/// The events of one record, and its problems as `path: text`.
pub(super) fn read(map: &dyn EventMap, record: &str) -> (Vec<Event>, Vec<String>) {
    let mut events = Vec::new();
    let problems = map.read(doc(record), &mut |event| events.push(event)).expect("an event");
    (events, problems.into_iter().map(told).collect())
}

/// The only event of a record that has no problem.
pub(super) fn one(map: &dyn EventMap, record: &str) -> Event {
    let (mut events, problems) = read(map, record);
    assert_eq!((events.len(), problems), (1, Vec::new()), "{record}");
    events.remove(0)
}

/// Why a record is refused.
pub(super) fn refused(map: &dyn EventMap, record: &str) -> String {
    let refused = map.read(doc(record), &mut |_| panic!("no event: {record}"));
    refused.expect_err("refused").problem
}

/// The common fields that an event has, and its time.
pub(super) fn shown(event: &Event) -> Vec<String> {
    let mut all = vec![format!("time {}", event.time)];
    for field in Field::ALL {
        field.each(event, |value| all.push(format!("{field} {value}")));
    }
    all
}

/// The record with other values at some JSON pointers; `null` where a value is absent.
pub(super) fn changed(record: &str, changes: &[(&str, serde_json::Value)]) -> String {
    let mut value: serde_json::Value = serde_json::from_str(record).expect("JSON");
    for (pointer, change) in changes {
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        let parent = value.pointer_mut(parent).and_then(serde_json::Value::as_object_mut);
        parent.expect("an object").insert(key.to_owned(), change.clone());
    }
    value.to_string()
}

/// The record without a key.
pub(super) fn without(record: &str, pointer: &str) -> String {
    let mut value: serde_json::Value = serde_json::from_str(record).expect("JSON");
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    let parent = value.pointer_mut(parent).and_then(serde_json::Value::as_object_mut);
    parent.expect("an object").remove(key).expect("there");
    value.to_string()
}

/// The records of a body, as texts.
pub(super) fn records<'b>(map: &dyn EventMap, body: &'b str) -> Vec<&'b str> {
    let found = map.records(body.as_bytes(), 1_000).expect("framed");
    found.into_iter().map(|range| &body[range]).collect()
}

fn doc(record: &str) -> Doc {
    Doc::parse(record.as_bytes()).expect("a document").0
}

fn told(problem: Problem) -> String {
    format!("{}: {}", problem.path, problem.text)
}
