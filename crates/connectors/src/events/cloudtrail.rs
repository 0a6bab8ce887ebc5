//! AWS CloudTrail: log files from a bucket, and the frames of EventBridge.
//!
//! The same event may be delivered more than once, and one call may be told in several accounts,
//! each with its own record. Who did it depends on the type of the identity; see [`identity`] for
//! why the name of a role's session is a name and no identity.

mod config;
mod identity;
#[cfg(test)]
mod tests;

use std::ops::Range;

use event::{
    Doc, Event, Logsource, Node, Origin, Outcome, Target, normal,
    normal::TARGETS_MAX,
    split::{self, Envelope},
};
use model::Problem;
use ports::{
    events::{BodyError, EventMap},
    source::Rejected,
};

use super::reading::{
    Reading, address, at, client, iso, members, rejected, target, text_at, unframed,
};

pub use config::CloudTrailConfig;
pub use identity::TrustedRoles;

const ENVELOPES: &[Envelope] = &[&["Records"]];
/// EventBridge: the frame's own id differs from delivery to delivery.
const FRAMES: &[&[&str]] = &[&["detail"], &["event"]];
const LOGSOURCES: &[Logsource] = &[Logsource { product: "aws", service: "cloudtrail" }];
/// Parameters of calls that name what they are about, and our word for the kind.
const TARGETS: &[(&str, &str)] = &[
    ("userName", "user"),
    ("roleName", "role"),
    ("roleArn", "role"),
    ("groupName", "group"),
    ("policyArn", "policy"),
    ("policyName", "policy"),
    ("accessKeyId", "access_key"),
    ("instanceProfileName", "instance_profile"),
    ("bucketName", "bucket"),
    ("instanceId", "instance"),
    ("functionName", "function"),
    ("secretId", "secret"),
    ("keyId", "key"),
    ("trailName", "trail"),
    ("dBInstanceIdentifier", "database"),
    ("snapshotId", "snapshot"),
    ("groupId", "security_group"),
    ("detectorId", "detector"),
    ("targetAccountId", "account"),
];

/// Reads CloudTrail's events.
#[derive(Debug, Clone, Default)]
pub struct CloudTrailMap {
    roles: TrustedRoles,
}

impl CloudTrailMap {
    /// A map that believes the session names of these roles.
    #[must_use]
    pub fn new(roles: TrustedRoles) -> Self {
        Self { roles }
    }
}

impl EventMap for CloudTrailMap {
    fn records(&self, body: &[u8], max: usize) -> Result<Vec<Range<usize>>, BodyError> {
        Ok(split::records(body, ENVELOPES, max)?)
    }

    fn read(&self, doc: Doc, take: &mut dyn FnMut(Event)) -> Result<Vec<Problem>, Rejected> {
        if doc.text(&["detail-type"]).as_deref() == Some("GuardDuty Finding") {
            return Err(rejected("a GuardDuty finding is an alert and no event of CloudTrail"));
        }
        let doc = unframed(doc, "eventName", FRAMES);
        let mut reading = Reading::of(&doc);
        let name = reading.required(&["eventName"])?;
        let time = reading.time(&["eventTime"], iso)?;
        // One call is told in every account that it concerns.
        let uid = reading.uid("cloudtrail", &["eventID"], &[&["recipientAccountId"]], &doc);
        let (outcome, reason) = outcome(&reading, &name);
        let event = Event {
            uid,
            time,
            logsource: LOGSOURCES[0],
            actor: identity::actor(&reading, &self.roles),
            action: action(&reading, &name),
            targets: targets(&reading),
            origin: origin(&reading),
            client: client(reading.text(&["userAgent"])),
            session: identity::session(&reading),
            outcome,
            reason,
            doc: doc.clone(),
        };
        take(event);
        Ok(reading.finish())
    }

    fn aliases(&self) -> &'static [(&'static str, &'static str)] {
        &[("status", "cs.outcome")]
    }

    fn logsources(&self) -> &'static [Logsource] {
        LOGSOURCES
    }
}

/// `iam:CreateAccessKey`: names of calls alone are not unique.
fn action(reading: &Reading<'_>, name: &str) -> Box<str> {
    let source = reading.text(&["eventSource"]).unwrap_or_default();
    let service = source.strip_suffix(".amazonaws.com").unwrap_or(&source);
    let whole = if service.is_empty() { name.to_owned() } else { format!("{service}:{name}") };
    normal::text(&whole).unwrap_or_default()
}

/// Services of AWS stand there by name: that is no problem, and no address.
fn origin(reading: &Reading<'_>) -> Origin {
    let ip = reading.text(&["sourceIPAddress"]);
    Origin { ip: ip.and_then(|text| address(&text)), ..Origin::default() }
}

/// `errorCode` is absent on success, except of console sign-ins, which say it in their answer.
fn outcome(reading: &Reading<'_>, name: &str) -> (Outcome, Option<Box<str>>) {
    let code = reading.text(&["errorCode"]).filter(|code| !code.eq_ignore_ascii_case("success"));
    let reason = match (&code, reading.text(&["errorMessage"])) {
        (Some(code), Some(message)) => normal::text(&format!("{code}: {message}")),
        (code, message) => message.or_else(|| code.clone()),
    };
    let answer = reading.text(&["responseElements", name]);
    let outcome = match answer.as_deref() {
        Some(word) if word.eq_ignore_ascii_case("failure") => Outcome::Failure,
        _ if code.is_some() => Outcome::Failure,
        _ => Outcome::Success,
    };
    (outcome, reason)
}

/// The parameters may be null, cut, or a text; then there are only the resources.
fn targets(reading: &Reading<'_>) -> Vec<Target> {
    let mut found = Vec::new();
    if let Some(parameters) = reading.at(&["requestParameters"]) {
        let named = |(key, kind): &(&str, &str)| {
            target(Box::from(*kind), text_at(parameters, &[key]), None)
        };
        found.extend(TARGETS.iter().filter_map(named));
        found.extend(instances(parameters));
    }
    let resource = |node: Node<'_>| {
        let arn = text_at(node, &["ARN"]).or_else(|| text_at(node, &["arn"]));
        target(text_at(node, &["type"]), arn, None)
    };
    found.extend(members(reading.at(&["resources"])).filter_map(resource));
    found.truncate(TARGETS_MAX);
    found
}

/// EC2 names several machines at once.
fn instances(parameters: Node<'_>) -> impl Iterator<Item = Target> {
    let items = at(parameters, &["instancesSet", "items"]);
    let each = |node: Node<'_>| target(Box::from("instance"), text_at(node, &["instanceId"]), None);
    members(items).filter_map(each)
}
