//! Who did something, by name where there is one.

use model::PersonId;
use runtime::{Engine, lookup::inert_line};

/// The name behind an actor of the story: `person:…`, `key:…`, `source:…`, `policy:…`, `system`.
pub(super) fn of_actor(engine: &Engine, by: &str) -> String {
    match by.split_once(':') {
        Some(("person", id)) => id.parse().ok().map_or_else(|| by.to_owned(), |id| of(engine, id)),
        Some(("key", name)) => format!("API key {}", inert_line(name)),
        Some(("source", name)) => format!("source {}", inert_line(name)),
        Some(("policy", name)) => format!("policy {}", inert_line(name)),
        _ if by == "system" => "Countersign".to_owned(),
        _ => inert_line(by),
    }
}

/// A person's name, or the id of one who has left.
pub(super) fn of(engine: &Engine, id: PersonId) -> String {
    match engine.person(id) {
        Some(person) => inert_line(person.name.reveal()),
        None => id.to_string(),
    }
}
