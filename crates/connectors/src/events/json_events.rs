//! Events of any tool that can send JSON, read as its section of the configuration says.
//!
//! The section names the paths of the common fields and the log that rules know the source by.
//! A path is a key or several with dots; a key of the record that is the whole path wins, as in
//! rules. Of a list the first member that has it counts.

mod config;
mod made_up;
mod names;
mod path;
#[cfg(test)]
mod tests;

use std::ops::Range;

use event::{
    Actor, ActorKind, Doc, Event, Logsource, Node, Origin, Outcome, Target, Uid, normal,
    normal::TARGETS_MAX, split,
};
use model::Problem;
use ports::{
    events::{BodyError, EventMap},
    source::Rejected,
};

use super::{
    reading::{Reading, address, client, lowered, rejected, target},
    time,
};
use path::Path;

pub use config::JsonEventsConfig;

/// Reads events by configured paths.
#[derive(Debug, Clone)]
pub struct JsonEventsMap {
    /// The kind and the configured source: ids are unique within it and nowhere else.
    source: String,
    logsources: &'static [Logsource],
    envelopes: Vec<Path>,
    paths: Paths,
}

/// Where the common fields are; each in the first of several paths that has it.
#[derive(Debug, Clone, Default)]
struct Paths {
    time: Vec<Path>,
    action: Vec<Path>,
    id: Vec<Path>,
    actor_id: Vec<Path>,
    actor_email: Vec<Path>,
    actor_name: Vec<Path>,
    /// Where the targets are; the paths of their parts begin there.
    target: Option<Path>,
    target_id: Vec<Path>,
    target_type: Vec<Path>,
    target_name: Vec<Path>,
    ip: Vec<Path>,
    agent: Vec<Path>,
    session: Vec<Path>,
    reason: Vec<Path>,
    outcome: Vec<Path>,
    success: Vec<String>,
    failure: Vec<String>,
}

impl EventMap for JsonEventsMap {
    fn records(&self, body: &[u8], max: usize) -> Result<Vec<Range<usize>>, BodyError> {
        let keys: Vec<Vec<&str>> = self.envelopes.iter().map(Path::keys).collect();
        let envelopes: Vec<&[&str]> = keys.iter().map(Vec::as_slice).collect();
        Ok(split::records(body, &envelopes, max)?)
    }

    fn read(&self, doc: Doc, take: &mut dyn FnMut(Event)) -> Result<Vec<Problem>, Rejected> {
        let mut reading = Reading::of(&doc);
        let (root, paths) = (doc.root(), &self.paths);
        let time = first(root, &paths.time).ok_or_else(|| missing("time", &paths.time))?;
        let time = time::any(time).ok_or_else(|| unreadable(&paths.time))?;
        let text = |paths: &[Path]| normal::text(&first(root, paths)?.scalar()?);
        let action = text(&paths.action).ok_or_else(|| missing("action", &paths.action))?;
        let event = Event {
            uid: self.uid(&mut reading, &doc),
            time,
            logsource: self.logsources[0],
            actor: Actor {
                id: text(&paths.actor_id),
                email: lowered(text(&paths.actor_email)),
                name: text(&paths.actor_name),
                kind: ActorKind::Unknown,
                person: None,
            },
            action,
            targets: self.targets(root),
            origin: Origin { ip: self.ip(&mut reading), ..Origin::default() },
            client: client(text(&paths.agent)),
            session: text(&paths.session),
            outcome: self.outcome(&mut reading),
            reason: text(&paths.reason),
            doc: doc.clone(),
        };
        take(event);
        Ok(reading.finish())
    }

    fn aliases(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn logsources(&self) -> &'static [Logsource] {
        self.logsources
    }
}

impl JsonEventsMap {
    fn uid(&self, reading: &mut Reading<'_>, doc: &Doc) -> Uid {
        let id = first(reading.root, &self.paths.id).and_then(Node::scalar);
        match id.filter(|id| !id.is_empty()) {
            Some(id) => Uid::of(&self.source, &[id.as_bytes()]),
            None => {
                if let Some(path) = self.paths.id.first() {
                    reading.note(&[path.as_str()], "missing, the whole record stands in for it");
                }
                Uid::of_record(&self.source, doc)
            }
        }
    }

    fn ip(&self, reading: &mut Reading<'_>) -> Option<std::net::IpAddr> {
        let text = first(reading.root, &self.paths.ip)?.scalar()?;
        let ip = address(&text);
        if ip.is_none() && !text.trim().is_empty() {
            let path = self.paths.ip.first().map_or("ip", Path::as_str);
            reading.note(&[path], "not an IP address, left out");
        }
        ip
    }

    fn targets(&self, root: Node<'_>) -> Vec<Target> {
        let paths = &self.paths;
        let each = |node: Node<'_>| {
            let text = |paths: &[Path]| normal::text(&first(node, paths)?.scalar()?);
            target(text(&paths.target_type), text(&paths.target_id), text(&paths.target_name))
        };
        match &paths.target {
            None => each(root).into_iter().collect(),
            Some(at) => path::members(at, root).filter_map(each).take(TARGETS_MAX).collect(),
        }
    }

    fn outcome(&self, reading: &mut Reading<'_>) -> Outcome {
        let Some(word) = first(reading.root, &self.paths.outcome).and_then(Node::scalar) else {
            return Outcome::Unknown;
        };
        let is_in = |words: &[String]| words.iter().any(|of| of.eq_ignore_ascii_case(word.trim()));
        if is_in(&self.paths.success) {
            Outcome::Success
        } else if is_in(&self.paths.failure) {
            Outcome::Failure
        } else {
            let path = self.paths.outcome.first().map_or("outcome", Path::as_str);
            reading.note(&[path], "a word that is neither among `success` nor `failure`");
            Outcome::Unknown
        }
    }
}

/// What stands at the first of these paths that has a value.
fn first<'d>(root: Node<'d>, paths: &[Path]) -> Option<Node<'d>> {
    paths.iter().find_map(|path| path.first(root))
}

fn missing(field: &str, paths: &[Path]) -> Rejected {
    let told: Vec<_> = paths.iter().map(Path::as_str).collect();
    rejected(format!("`{}` is missing: it is the {field} of these events", told.join("`, `")))
}

fn unreadable(paths: &[Path]) -> Rejected {
    let told: Vec<_> = paths.iter().map(Path::as_str).collect();
    rejected(format!("`{}` holds no time", told.join("`, `")))
}
