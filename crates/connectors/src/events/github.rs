//! GitHub's audit log, of organisations and enterprises: the REST API, and the stream.
//!
//! Flat records. A stream comes as lines, or as the objects of a Splunk collector one after
//! another. The address is hidden unless its disclosure is switched on, there is no session, and
//! only what succeeded is told, except where an action's name says that it failed.

mod config;
mod pull;
#[cfg(test)]
mod tests;

use std::ops::Range;

use event::{Actor, ActorKind, Doc, Event, Logsource, Node, Origin, Outcome, Target, Uid, split};
use model::Problem;
use ports::{
    events::{BodyError, EventMap},
    source::Rejected,
};

use super::{
    reading::{Reading, client, country, lowered, target, unframed},
    time,
};

pub use config::GitHubConfig;

const FRAMES: &[&[&str]] = &[&["event"], &["detail"]];
const LOGSOURCES: &[Logsource] = &[Logsource { product: "github", service: "audit" }];
/// Under which keys an event names what it was done to: its id, its name, and our word for its
/// kind, the smallest first.
const TARGETS: &[(&str, &str, &str)] = &[
    ("repo_id", "repo", "repo"),
    ("user_id", "user", "user"),
    ("team_id", "team", "team"),
    ("hook_id", "hook_url", "hook"),
    ("integration_id", "integration", "integration"),
    ("oauth_application_id", "oauth_application_name", "oauth_application"),
    ("deploy_key_id", "deploy_key_fingerprint", "deploy_key"),
    ("runner_id", "runner_name", "runner"),
    ("environment_id", "environment_name", "environment"),
    ("org_id", "org", "org"),
    ("business_id", "business", "business"),
];

/// Reads GitHub's audit events.
#[derive(Debug, Clone, Copy, Default)]
pub struct GitHubMap;

impl EventMap for GitHubMap {
    fn records(&self, body: &[u8], max: usize) -> Result<Vec<Range<usize>>, BodyError> {
        Ok(split::records(body, &[], max)?)
    }

    fn read(&self, doc: Doc, take: &mut dyn FnMut(Event)) -> Result<Vec<Problem>, Rejected> {
        let doc = unframed(doc, "action", FRAMES);
        let mut reading = Reading::of(&doc);
        let action = reading.required(&["action"])?;
        // Events of git have the first only.
        let has_own = reading.at(&["@timestamp"]).is_some();
        let time = reading.time(&[if has_own { "@timestamp" } else { "created_at" }], time::any)?;
        // Events of git may have no id, which is usual for them and no problem.
        let uid = match reading.whole(&["_document_id"]) {
            Some(id) => Uid::of("github", &[id.as_bytes()]),
            None => Uid::of_record("github", &doc),
        };
        let event = Event {
            uid,
            time,
            logsource: LOGSOURCES[0],
            actor: actor(&reading),
            targets: targets(&reading),
            origin: Origin {
                ip: reading.ip(&["actor_ip"]),
                country: country(reading.text(&["actor_location", "country_code"]).as_deref()),
                ..Origin::default()
            },
            client: client(reading.text(&["user_agent"])),
            // No session is told; the hash of the token is the nearest to one.
            session: reading.text(&["hashed_token"]),
            outcome: outcome(&action),
            reason: reading.first(&[&["reason"], &["message"]]),
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

/// The mail address is told where the organisation uses SAML; elsewhere the sign-in name is all.
fn actor(reading: &Reading<'_>) -> Actor {
    let name = reading.text(&["actor"]);
    let mail = reading.text(&["external_identity_nameid"]);
    let is_bot = reading.at(&["actor_is_bot"]).and_then(Node::as_bool) == Some(true);
    let kind = match &name {
        None => ActorKind::Unknown,
        Some(name) if is_bot || name.ends_with("[bot]") => ActorKind::Service,
        Some(_) => ActorKind::Person,
    };
    Actor {
        id: reading.text(&["actor_id"]),
        email: lowered(mail.or_else(|| name.clone())),
        name,
        kind,
        person: None,
    }
}

fn targets(reading: &Reading<'_>) -> Vec<Target> {
    let each = |(id, name, kind): &(&str, &str, &str)| {
        target(Box::from(*kind), reading.text(&[id]), reading.text(&[name]))
    };
    TARGETS.iter().filter_map(each).collect()
}

fn outcome(action: &str) -> Outcome {
    let verb = action.rsplit('.').next().unwrap_or_default();
    let is_failed =
        verb.ends_with("failed") || verb.ends_with("failure") || verb.ends_with("denied");
    if is_failed { Outcome::Failure } else { Outcome::Success }
}
