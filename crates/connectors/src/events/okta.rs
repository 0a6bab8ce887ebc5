//! Okta's System Log: what an event hook sends, and what `/api/v1/logs` answers.
//!
//! Hooks carry no signature, come in any order, twice or not at all: they are the quick way, the
//! pull is the truth, and both through one source are one stream.

mod config;
mod pull;
#[cfg(test)]
mod tests;

use std::ops::Range;

use event::{
    Actor, ActorKind, Anonymiser, Client, Doc, Event, Logsource, Node, Origin, Outcome, Target,
    agent,
    normal::TARGETS_MAX,
    split::{self, Envelope},
};
use model::Problem;
use ports::{
    events::{BodyError, EventMap, Handshake},
    source::Rejected,
};

use super::reading::{Reading, client, country, iso, lowered, members, target, text_at, unframed};

pub use config::OktaConfig;

/// A hook's body. A pull answers a bare array.
const ENVELOPES: &[Envelope] = &[&["data", "events"]];
/// What forwarders put around a record.
const FRAMES: &[&[&str]] = &[&["event"], &["detail"]];
const LOGSOURCES: &[Logsource] = &[Logsource { product: "okta", service: "okta" }];
/// Pipelines that lower-case keys have left their spelling in rules.
const ALIASES: &[(&str, &str)] = &[
    ("eventtype", "eventType"),
    ("legacyeventtype", "legacyEventType"),
    ("displaymessage", "displayMessage"),
    ("actor.alternateid", "actor.alternateId"),
    ("actor.displayname", "actor.displayName"),
    ("client.ipaddress", "client.ipAddress"),
    ("client.useragent.rawuseragent", "client.userAgent.rawUserAgent"),
    ("client.geographicalcontext.country", "client.geographicalContext.country"),
    ("debugcontext.debugdata.requesturi", "debugContext.debugData.requestUri"),
    ("debugcontext.debugdata.behaviors", "debugContext.debugData.behaviors"),
    ("debugcontext.debugdata.logonlysecuritydata", "debugContext.debugData.logOnlySecurityData"),
    ("securitycontext.isproxy", "securityContext.isProxy"),
    ("securitycontext.asnumber", "securityContext.asNumber"),
    ("target.alternateid", "target.alternateId"),
    ("target.displayname", "target.displayName"),
];
/// The longest word of a verification that is given back, in bytes.
const CHALLENGE_BYTES_MAX: usize = 256;

/// Reads Okta's events.
#[derive(Debug, Clone, Copy, Default)]
pub struct OktaMap;

impl EventMap for OktaMap {
    fn records(&self, body: &[u8], max: usize) -> Result<Vec<Range<usize>>, BodyError> {
        Ok(split::records(body, ENVELOPES, max)?)
    }

    fn read(&self, doc: Doc, take: &mut dyn FnMut(Event)) -> Result<Vec<Problem>, Rejected> {
        let doc = unframed(doc, "eventType", FRAMES);
        let mut reading = Reading::of(&doc);
        let (time, action) =
            (reading.time(&["published"], iso)?, reading.required(&["eventType"])?);
        let uid = reading.uid("okta", &["uuid"], &[], &doc);
        let event = Event {
            uid,
            time,
            logsource: LOGSOURCES[0],
            actor: actor(&reading),
            action,
            targets: targets(&reading),
            origin: origin(&mut reading),
            client: client_of(&reading),
            session: known(reading.text(&["authenticationContext", "externalSessionId"])),
            outcome: outcome(&reading),
            reason: reading.text(&["outcome", "reason"]),
            doc: doc.clone(),
        };
        take(event);
        Ok(reading.finish())
    }

    fn aliases(&self) -> &'static [(&'static str, &'static str)] {
        ALIASES
    }

    fn logsources(&self) -> &'static [Logsource] {
        LOGSOURCES
    }

    /// Okta asks once, by a GET, whether the address wants its hook.
    fn handshake(&self, headers: &http::HeaderMap) -> Option<Handshake> {
        let challenge = headers.get("x-okta-verification-challenge")?.to_str().ok()?;
        let is_sound = !challenge.is_empty() && challenge.len() <= CHALLENGE_BYTES_MAX;
        is_sound.then(|| Handshake {
            content_type: "application/json",
            body: serde_json::json!({ "verification": challenge }).to_string(),
        })
    }
}

/// Okta writes words where it knows nothing.
fn known(text: Option<Box<str>>) -> Option<Box<str>> {
    text.filter(|text| !text.eq_ignore_ascii_case("unknown") && &**text != "null")
}

fn known_at(node: Node<'_>, key: &str) -> Option<Box<str>> {
    known(text_at(node, &[key]))
}

fn actor(reading: &Reading<'_>) -> Actor {
    let Some(actor) = reading.at(&["actor"]) else { return Actor::default() };
    let kind = match text_at(actor, &["type"]).as_deref() {
        Some("User") => ActorKind::Person,
        Some("SystemPrincipal") => ActorKind::System,
        Some(kind)
            if ["Client", "App", "Agent", "Service", "Token"]
                .iter()
                .any(|of| kind.contains(of)) =>
        {
            ActorKind::Service
        }
        _ => ActorKind::Unknown,
    };
    Actor {
        id: known_at(actor, "id"),
        email: lowered(known_at(actor, "alternateId")),
        name: known_at(actor, "displayName"),
        kind,
        person: None,
    }
}

/// An array in any order, or null.
fn targets(reading: &Reading<'_>) -> Vec<Target> {
    let each = |node: Node<'_>| {
        let name = known_at(node, "displayName").or_else(|| known_at(node, "alternateId"));
        target(text_at(node, &["type"]), known_at(node, "id"), name)
    };
    members(reading.at(&["target"])).filter_map(each).take(TARGETS_MAX).collect()
}

fn origin(reading: &mut Reading<'_>) -> Origin {
    let geo = ["client", "geographicalContext"];
    let [latitude, longitude] = ["lat", "lon"].map(|key| [geo[0], geo[1], "geolocation", key]);
    let city = reading.text(&[geo[0], geo[1], "city"]);
    let place = reading.place(&latitude, &longitude, city.is_some());
    // Not a proxy says nothing of the other kinds: those stay open for the tables.
    let is_proxy = reading.at(&["securityContext", "isProxy"]).and_then(Node::as_bool);
    Origin {
        ip: reading.ip(&["client", "ipAddress"]),
        asn: reading.asn(&["securityContext", "asNumber"]),
        network: reading.first(&[&["securityContext", "asOrg"], &["securityContext", "isp"]]),
        country: country(reading.text(&[geo[0], geo[1], "country"]).as_deref()),
        city,
        place,
        anonymiser: (is_proxy == Some(true))
            .then(|| Anonymiser { is_proxy: true, ..Anonymiser::default() }),
    }
}

/// The agent as sent; where there is none, what Okta made of it.
fn client_of(reading: &Reading<'_>) -> Client {
    let mut client = client(known(reading.text(&["client", "userAgent", "rawUserAgent"])));
    if client.family.is_none() {
        let browser = reading.text(&["client", "userAgent", "browser"]).unwrap_or_default();
        client.family = agent::read(&browser).family.map(Box::from);
    }
    if client.os.is_none() {
        let os = reading.text(&["client", "userAgent", "os"]).unwrap_or_default();
        client.os = agent::os(&os).map(Box::from);
    }
    // The hash of the device token is what a stolen cookie brings along.
    let marks: [&[&str]; 3] = [
        &["debugContext", "debugData", "dtHash"],
        &["device", "id"],
        &["debugContext", "debugData", "deviceFingerprint"],
    ];
    client.device = marks.iter().find_map(|path| known(reading.text(path)));
    client
}

fn outcome(reading: &Reading<'_>) -> Outcome {
    match reading.text(&["outcome", "result"]).as_deref() {
        Some("SUCCESS" | "ALLOW") => Outcome::Success,
        Some("FAILURE" | "DENY") => Outcome::Failure,
        _ => Outcome::Unknown,
    }
}
