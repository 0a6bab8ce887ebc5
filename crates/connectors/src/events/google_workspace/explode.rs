//! One activity with several events, as one flat document for each.
//!
//! What the activity says of all of them is in each document, so that its size is limited: else a
//! record of a megabyte could be made to need thousands.

use event::{Doc, Node};
use ports::source::Rejected;

use crate::events::{
    json::{write, write_key, write_list, write_text},
    reading::{at, missing, rejected},
};

/// The most events of one activity.
const EVENTS_MAX: usize = 500;
/// How much of an activity may be beside its events, in bytes. Real ones have a few hundred.
const SHARED_BYTES_MAX: usize = 8 * 1_024;

/// The events of an activity.
pub(super) struct Exploded {
    /// In order; `None` for one that cannot be read.
    pub(super) events: Vec<Option<Flat>>,
    pub(super) left_out: usize,
}

/// One event.
pub(super) struct Flat {
    pub(super) name: String,
    pub(super) doc: Doc,
}

/// The events of an activity of this application.
pub(super) fn events(doc: &Doc, application: &str) -> Result<Exploded, Rejected> {
    let root = doc.root();
    let list = at(root, &["events"]).ok_or_else(|| missing(&["events"]))?;
    let shared = shared(root, application);
    if shared.len() > SHARED_BYTES_MAX {
        return Err(rejected("too much beside `events`: no activity of the Reports API"));
    }
    let left_out = list.items().count().saturating_sub(EVENTS_MAX);
    let flat = |event: Node<'_>| {
        let name = at(event, &["name"])?.as_text().filter(|name| !name.is_empty())?;
        let text = document(&shared, event, name);
        let (doc, _) = Doc::parse(text.as_bytes()).ok()?;
        Some(Flat { name: name.to_owned(), doc })
    };
    let events: Vec<_> = list.items().take(EVENTS_MAX).map(flat).collect();
    if events.is_empty() {
        Err(rejected("`events` is empty"))
    } else {
        Ok(Exploded { events, left_out })
    }
}

/// The beginning of every document: what the activity says but its events.
fn shared(root: Node<'_>, application: &str) -> String {
    let mut out = String::from("{");
    write_key("eventService", true, &mut out);
    write_text(&format!("{application}.googleapis.com"), &mut out);
    if let Node::Object(object) = root {
        let own = |key: &str| !is_ours(key);
        for (key, value) in object.entries().filter(|(key, _)| own(key)) {
            write_key(key, false, &mut out);
            write(value, &mut out);
        }
    }
    out
}

fn document(shared: &str, event: Node<'_>, name: &str) -> String {
    let mut out = shared.to_owned();
    write_key("eventName", false, &mut out);
    write_text(name, &mut out);
    if let Some(kind) = at(event, &["type"]) {
        write_key("eventType", false, &mut out);
        write(kind, &mut out);
    }
    if let Node::Object(object) = event {
        let others =
            object.entries().filter(|(key, _)| !matches!(*key, "name" | "type" | "parameters"));
        write_key("event", false, &mut out);
        write_entries(others, &mut out);
    }
    write_key("parameters", false, &mut out);
    parameters(at(event, &["parameters"]), &mut out);
    out.push('}');
    out
}

/// Whether the key of an activity would collide with one of a flat document.
fn is_ours(key: &str) -> bool {
    matches!(key, "events" | "event" | "eventService" | "eventName" | "eventType" | "parameters")
}

fn write_entries<'d>(entries: impl Iterator<Item = (&'d str, Node<'d>)>, out: &mut String) {
    out.push('{');
    for (at, (key, value)) in entries.enumerate() {
        write_key(key, at == 0, out);
        write(value, out);
    }
    out.push('}');
}

/// A list of named values as one object. A name that stands twice stands twice: reading the
/// document makes a list of its values.
fn parameters(list: Option<Node<'_>>, out: &mut String) {
    out.push('{');
    let mut is_first = true;
    for parameter in list.into_iter().flat_map(Node::items) {
        let Some(name) = at(parameter, &["name"]).and_then(Node::as_text) else { continue };
        write_key(name, is_first, out);
        value(parameter, out);
        is_first = false;
    }
    out.push('}');
}

/// The value of a parameter, under whichever key it is.
fn value(parameter: Node<'_>, out: &mut String) {
    let told = |key: &str| at(parameter, &[key]);
    if let Some(plain) = told("value").or_else(|| told("boolValue")) {
        write(plain, out);
    } else if let Some(number) = told("intValue") {
        whole(number, out);
    } else if let Some(many) = told("multiValue").or_else(|| told("multiBoolValue")) {
        write(many, out);
    } else if let Some(many) = told("multiIntValue") {
        write_list(many.items(), out, whole);
    } else if let Some(message) = told("messageValue") {
        parameters(at(message, &["parameter"]), out);
    } else if let Some(many) = told("multiMessageValue") {
        write_list(many.items(), out, |one, out| parameters(at(one, &["parameter"]), out));
    } else {
        out.push_str("null");
    }
}

/// A number of 64 bits as text, whichever way it came: as a number it would lose its last digits.
fn whole(number: Node<'_>, out: &mut String) {
    match number.scalar() {
        Some(text) => write_text(&text, out),
        None => out.push_str("null"),
    }
}
