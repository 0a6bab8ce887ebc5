//! Slack's audit log, of Enterprise organisations: `/audit/v1/logs`, and its anomalies.
//!
//! An entry has no outcome: the action's name carries it. An anomaly is an entry as well, told
//! about a minute after what it is about; its own time is in its details.

mod config;
mod pull;
#[cfg(test)]
mod tests;

use std::ops::Range;

use event::{
    Actor, ActorKind, Doc, Event, Logsource, Node, Origin, Outcome, Target, normal,
    normal::TARGETS_MAX,
    split::{self, Envelope},
};
use model::{Problem, Timestamp};
use ports::{
    events::{BodyError, EventMap},
    source::Rejected,
};

use super::{
    reading::{Reading, client, lowered, members, target, text_at, unframed},
    time,
};

pub use config::SlackAuditConfig;

const ENVELOPES: &[Envelope] = &[&["entries"]];
const FRAMES: &[&[&str]] = &[&["event"], &["detail"]];
const LOGSOURCES: &[Logsource] = &[Logsource { product: "slack", service: "audit" }];
/// What Slack says when it suspects something.
const ANOMALY: &str = "anomaly";
/// How actions end that did not succeed.
const FAILED: &[&str] = &["_failed", "_failure", "_denied", "_rejected", "_blocked"];

/// Reads Slack's audit entries.
#[derive(Debug, Clone, Copy, Default)]
pub struct SlackAuditMap;

impl EventMap for SlackAuditMap {
    fn records(&self, body: &[u8], max: usize) -> Result<Vec<Range<usize>>, BodyError> {
        Ok(split::records(body, ENVELOPES, max)?)
    }

    fn read(&self, doc: Doc, take: &mut dyn FnMut(Event)) -> Result<Vec<Problem>, Rejected> {
        let doc = unframed(doc, "action", FRAMES);
        let mut reading = Reading::of(&doc);
        let action = reading.required(&["action"])?;
        let time = time_of(&mut reading, &action)?;
        let uid = reading.uid("slack", &["id"], &[], &doc);
        let event = Event {
            uid,
            time,
            logsource: LOGSOURCES[0],
            actor: actor(&reading),
            targets: targets(&reading),
            origin: Origin { ip: reading.ip(&["context", "ip_address"]), ..Origin::default() },
            client: client(reading.text(&["context", "ua"])),
            session: reading.text(&["context", "session_id"]),
            outcome: outcome(&action),
            reason: reasons(&reading),
            action,
            doc: doc.clone(),
        };
        take(event);
        Ok(reading.finish())
    }

    fn aliases(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn logsources(&self) -> &'static [Logsource] {
        LOGSOURCES
    }
}

/// `date_create` in seconds. An anomaly's own time is in microseconds by the documents, and has
/// been seen in milliseconds.
fn time_of(reading: &mut Reading<'_>, action: &str) -> Result<Timestamp, Rejected> {
    if action == ANOMALY {
        let path = ["details", "action_timestamp"];
        match reading.at(&path).map(time::epoch) {
            Some(Some(time)) => return Ok(time),
            Some(None) => reading.note(&path, "no time, `date_create` stands in for it"),
            None => {}
        }
    }
    reading.time(&["date_create"], time::epoch)
}

/// The object under the key that `type` names: a user, an app, a bot …
fn actor(reading: &Reading<'_>) -> Actor {
    let Some(actor) = reading.at(&["actor"]) else { return Actor::default() };
    let kind = text_at(actor, &["type"]).unwrap_or_default();
    let told = |key: &str| text_at(actor, &[&kind, key]);
    Actor {
        id: told("id"),
        email: lowered(told("email")),
        name: told("name"),
        kind: match &*kind {
            "" => ActorKind::Unknown,
            "user" => ActorKind::Person,
            "system" | "slack" => ActorKind::System,
            _ => ActorKind::Service,
        },
        person: None,
    }
}

/// The object under the key that its `type` names: a user, a channel, a file …
fn targets(reading: &Reading<'_>) -> Vec<Target> {
    let each = |entity: Node<'_>| {
        let kind = text_at(entity, &["type"])?;
        let told = |key: &str| text_at(entity, &[&kind, key]);
        let (id, name) = (told("id"), told("name").or_else(|| told("title")));
        target(kind, id, name)
    };
    members(reading.at(&["entity"])).filter_map(each).take(TARGETS_MAX).collect()
}

fn outcome(action: &str) -> Outcome {
    if action == ANOMALY {
        Outcome::Unknown
    } else if FAILED.iter().any(|end| action.ends_with(end)) {
        Outcome::Failure
    } else {
        Outcome::Success
    }
}

/// Why Slack suspects something: several words may be there at once.
fn reasons(reading: &Reading<'_>) -> Option<Box<str>> {
    let reason = reading.at(&["details", "reason"])?;
    let words: Vec<_> = reason.items().filter_map(Node::scalar).collect();
    let all = if words.is_empty() { reason.scalar()? } else { words.join(", ").into() };
    normal::text(&all)
}
