//! Google Workspace: the activities that the Reports API answers.
//!
//! One activity may hold several events, each with parameters in a list. Each becomes an event
//! with a flat document of its own, in which a parameter is a key; numbers of 64 bits stay texts.
//! The log keeps the activity as it was sent. There is no user agent and no session, and an
//! event's name carries its outcome.

mod config;
mod explode;
mod pull;
#[cfg(test)]
mod tests;
mod token;

use std::ops::Range;

use event::{
    Actor, ActorKind, Doc, Event, Logsource, Node, Origin, Outcome, Target, Uid, normal,
    normal::TARGETS_MAX,
    split::{self, Envelope},
};
use model::Problem;
use ports::{
    events::{BodyError, EventMap},
    source::Rejected,
};

use super::reading::{
    Reading, address, asn, at, country, iso, lowered, missing, target, text_at, unframed,
};

pub use config::GoogleWorkspaceConfig;

const ENVELOPES: &[Envelope] = &[&["items"]];
const FRAMES: &[&[&str]] = &[&["event"], &["detail"]];
/// The applications whose service rules may name; each rule for them says product `gcp`.
const LOGSOURCES: &[Logsource] = &[
    service("google_workspace.login"),
    service("google_workspace.admin"),
    service("google_workspace.token"),
    service("google_workspace.drive"),
    service("google_workspace.saml"),
    service("google_workspace.user_accounts"),
    service("google_workspace.groups"),
    service("google_workspace.groups_enterprise"),
    service("google_workspace.mobile"),
    service("google_workspace.rules"),
    service("google_workspace.context_aware_access"),
    service("google_workspace.chat"),
    service("google_workspace.meet"),
    service("google_workspace.calendar"),
    service("google_workspace.gmail"),
    service("google_workspace.chrome"),
    service("google_workspace.gcp"),
    service("google_workspace.vault"),
    service("google_workspace.other"),
];
const PREFIX: &str = "google_workspace.";
/// How rules written for Cloud Logging call the same.
const ALIASES: &[(&str, &str)] = &[
    ("protoPayload.metadata.event.eventName", "eventName"),
    ("protoPayload.metadata.event.eventType", "eventType"),
    ("protoPayload.methodName", "eventName"),
    ("protoPayload.serviceName", "eventService"),
    ("protoPayload.Servicename", "eventService"),
    ("protoPayload.authenticationInfo.principalEmail", "actor.email"),
    ("protoPayload.requestMetadata.callerIp", "ipAddress"),
    ("setting_name", "parameters.SETTING_NAME"),
    ("new_value", "parameters.NEW_VALUE"),
    ("old_value", "parameters.OLD_VALUE"),
    ("application_name", "parameters.APPLICATION_NAME"),
    ("user_email", "parameters.USER_EMAIL"),
    ("group_email", "parameters.GROUP_EMAIL"),
    ("role_name", "parameters.ROLE_NAME"),
    ("privilege_name", "parameters.PRIVILEGE_NAME"),
    ("api_client_name", "parameters.API_CLIENT_NAME"),
    ("domain_name", "parameters.DOMAIN_NAME"),
];
/// Parameters that name what it was done to: an id, a name, and our word for the kind.
const TARGETS: &[(&str, &str, &str)] = &[
    ("USER_EMAIL", "", "user"),
    ("user_email", "", "user"),
    ("target_user", "", "user"),
    ("affected_email_address", "", "user"),
    ("GROUP_EMAIL", "", "group"),
    ("group_email", "", "group"),
    ("doc_id", "doc_title", "document"),
    ("client_id", "app_name", "app"),
    ("API_CLIENT_NAME", "", "app"),
    ("APP_ID", "APPLICATION_NAME", "app"),
    ("ROLE_ID", "ROLE_NAME", "role"),
    ("PRIVILEGE_NAME", "", "privilege"),
    ("DEVICE_ID", "DEVICE_MODEL", "device"),
    ("SETTING_NAME", "", "setting"),
    ("ORG_UNIT_NAME", "", "org_unit"),
    ("DOMAIN_NAME", "", "domain"),
];
/// What names of events say of how they ended; what says nothing was done.
const FAILED: &[&str] = &["fail", "denied", "blocked"];
const UNSETTLED: &[&str] = &["suspicious", "attack", "challenge", "verification", "alert"];

const fn service(service: &'static str) -> Logsource {
    Logsource { product: "gcp", service }
}

/// Reads Google's activities.
#[derive(Debug, Clone, Copy, Default)]
pub struct GoogleWorkspaceMap;

impl EventMap for GoogleWorkspaceMap {
    fn records(&self, body: &[u8], max: usize) -> Result<Vec<Range<usize>>, BodyError> {
        Ok(split::records(body, ENVELOPES, max)?)
    }

    fn read(&self, doc: Doc, take: &mut dyn FnMut(Event)) -> Result<Vec<Problem>, Rejected> {
        let doc = unframed(doc, "id", FRAMES);
        let mut reading = Reading::of(&doc);
        let activity = Activity::of(&mut reading)?;
        let flat = explode::events(&doc, &activity.application)?;
        if flat.left_out > 0 {
            reading.note(&["events"], "too many events in one activity, the last were left out");
        }
        for (index, event) in flat.events.into_iter().enumerate() {
            match event {
                Some(event) => take(activity.event(index, event)),
                None => reading.note(&["events"], "an event without a name, left out"),
            }
        }
        Ok(reading.finish())
    }

    fn aliases(&self) -> &'static [(&'static str, &'static str)] {
        ALIASES
    }

    fn logsources(&self) -> &'static [Logsource] {
        LOGSOURCES
    }
}

/// What all events of an activity share.
struct Activity {
    application: Box<str>,
    time: model::Timestamp,
    /// The parts of the id; the qualifier is 64 bits wide and stays a text.
    id: [Box<str>; 4],
    actor: Actor,
    origin: Origin,
}

impl Activity {
    fn of(reading: &mut Reading<'_>) -> Result<Self, Rejected> {
        let application = reading.required(&["id", "applicationName"])?;
        let time = reading.time(&["id", "time"], iso)?;
        let part =
            |key: &str| -> Box<str> { reading.whole(&["id", key]).unwrap_or_default().into() };
        let id = ["time", "uniqueQualifier", "applicationName", "customerId"].map(part);
        if id[1].is_empty() {
            return Err(missing(&["id", "uniqueQualifier"]));
        }
        let actor = actor(reading);
        Ok(Self { application, time, id, actor, origin: origin(reading) })
    }

    fn event(&self, index: usize, flat: explode::Flat) -> Event {
        let index_text = index.to_string();
        let mut parts: Vec<&[u8]> = self.id.iter().map(|part| part.as_bytes()).collect();
        parts.push(index_text.as_bytes());
        let parameters = flat.doc.at(&["parameters"]);
        let told = |name: &str| parameters.and_then(|parameters| text_at(parameters, &[name]));
        Event {
            uid: Uid::of("google_workspace", &parts),
            time: self.time,
            logsource: logsource(&self.application),
            actor: self.actor.clone(),
            action: normal::text(&format!("{}.{}", self.application, flat.name))
                .unwrap_or_default(),
            targets: parameters.map(targets).unwrap_or_default(),
            origin: self.origin.clone(),
            client: event::Client::default(),
            session: None,
            outcome: outcome(&flat.name),
            reason: told("login_failure_type").or_else(|| told("DENIED_REASON")),
            doc: flat.doc,
        }
    }
}

fn logsource(application: &str) -> Logsource {
    let is_it = |of: &&Logsource| of.service.strip_prefix(PREFIX) == Some(application);
    LOGSOURCES.iter().find(is_it).copied().unwrap_or(service("google_workspace.other"))
}

/// Callers of the API without an account have a key; anonymous ones have nothing.
fn actor(reading: &Reading<'_>) -> Actor {
    let email = lowered(reading.text(&["actor", "email"]));
    let key = reading.text(&["actor", "key"]);
    let kind = match reading.text(&["actor", "callerType"]).as_deref() {
        Some("USER") => ActorKind::Person,
        Some(_) => ActorKind::Service,
        None if email.is_some() => ActorKind::Person,
        None if key.is_some() => ActorKind::Service,
        None => ActorKind::Unknown,
    };
    let id = reading.text(&["actor", "profileId"]).or_else(|| key.clone());
    Actor { id, email, name: key, kind, person: None }
}

fn origin(reading: &mut Reading<'_>) -> Origin {
    let systems = reading.at(&["networkInfo", "ipAsn"]);
    // Some applications write several addresses with commas; the first is the caller's.
    let first = reading.text(&["ipAddress"]);
    let ip = first.as_deref().and_then(|text| address(text.split(',').next()?));
    if first.is_some() && ip.is_none() {
        reading.note(&["ipAddress"], "not an IP address, left out");
    }
    Origin {
        ip,
        asn: systems.and_then(|node| node.items().next().or(Some(node))).and_then(asn),
        country: country(reading.text(&["networkInfo", "regionCode"]).as_deref()),
        ..Origin::default()
    }
}

/// A parameter may hold several values: each is a target.
fn targets(parameters: Node<'_>) -> Vec<Target> {
    let mut found = Vec::new();
    for (id, name, kind) in TARGETS {
        let Some(ids) = at(parameters, &[id]) else {
            let name = text_at(parameters, &[name]);
            found.extend(target(Box::from(*kind), None, name));
            continue;
        };
        let name = text_at(parameters, &[name]);
        let each = |node: Node<'_>| node.scalar().and_then(|text| normal::text(&text));
        let several = ids.items().filter_map(each).chain(each(ids));
        found.extend(several.filter_map(|id| target(Box::from(*kind), Some(id), name.clone())));
    }
    found.truncate(TARGETS_MAX);
    found
}

fn outcome(name: &str) -> Outcome {
    let lower = name.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if says(FAILED) {
        Outcome::Failure
    } else if says(UNSETTLED) {
        Outcome::Unknown
    } else {
        Outcome::Success
    }
}
