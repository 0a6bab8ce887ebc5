//! Microsoft Entra: sign-ins, directory audits and risk detections, and Azure's activity log.
//!
//! The same record has three spellings: Graph's (`status.errorCode`), that of the diagnostic
//! export, which wraps Graph's in `properties` (`resultType`), and the columns of Log Analytics
//! (`ResultType`). All are read; rules written for any of them find their fields through aliases.

mod aliases;
mod config;
mod form;
mod outcome;
#[cfg(test)]
mod tests;

use std::ops::Range;

use event::{
    Actor, ActorKind, Client, Doc, Event, Logsource, Node, Origin, Target, agent,
    normal::TARGETS_MAX,
    split::{self, Envelope},
};
use model::Problem;
use ports::{
    events::{BodyError, EventMap},
    source::Rejected,
};

use super::reading::{
    Reading, at, client, country, iso, lowered, members, missing, target, text_at, unframed,
};
use form::{Form, Service};

pub use config::EntraConfig;

/// Graph's answers; the export to an event hub.
const ENVELOPES: &[Envelope] = &[&["value"], &["records"]];
const FRAMES: &[&[&str]] = &[&["event"]];
const LOGSOURCES: &[Logsource] = &[
    service("signinlogs"),
    service("auditlogs"),
    service("riskdetection"),
    service("activitylogs"),
];

const fn service(service: &'static str) -> Logsource {
    Logsource { product: "azure", service }
}

/// Reads Entra's records.
#[derive(Debug, Clone, Copy, Default)]
pub struct EntraMap;

impl EventMap for EntraMap {
    fn records(&self, body: &[u8], max: usize) -> Result<Vec<Range<usize>>, BodyError> {
        Ok(split::records(body, ENVELOPES, max)?)
    }

    fn read(&self, doc: Doc, take: &mut dyn FnMut(Event)) -> Result<Vec<Problem>, Rejected> {
        let doc = unframed(doc, "id", FRAMES);
        let form = Form::of(doc.root()).ok_or_else(|| {
            super::reading::rejected(
                "neither a sign-in, an audit, a risk detection nor an activity of Azure",
            )
        })?;
        let mut reading = Reading::of(&doc);
        let record = Record { form, root: doc.root() };
        let time = record.first(TIMES).ok_or_else(|| missing(TIMES[0]))?;
        let time = iso(time).ok_or_else(|| super::reading::rejected("its time cannot be read"))?;
        let action = record.action().ok_or_else(|| missing(&["activityDisplayName"]))?;
        let uid = record.uid(&mut reading, &doc);
        let (outcome, reason) = outcome::of(&record);
        let event = Event {
            uid,
            time,
            logsource: form.service.logsource(),
            actor: record.actor(),
            action,
            targets: record.targets(),
            origin: record.origin(&mut reading),
            client: record.client(),
            // Graph tells it in its beta form only.
            session: record.text(&[&["sessionId"], &["SessionId"]]),
            outcome,
            reason,
            doc: doc.clone(),
        };
        take(event);
        Ok(reading.finish())
    }

    fn aliases(&self) -> &'static [(&'static str, &'static str)] {
        aliases::ALIASES
    }

    fn logsources(&self) -> &'static [Logsource] {
        LOGSOURCES
    }
}

/// Where the time may be, the record's own before the frame's.
const TIMES: &[&[&str]] = &[
    &["activityDateTime"],
    &["createdDateTime"],
    &["detectedDateTime"],
    &["CreatedDateTime"],
    &["ActivityDateTime"],
    &["time"],
    &["eventTimestamp"],
    &["TimeGenerated"],
];

/// A record in one of its spellings.
struct Record<'d> {
    form: Form,
    root: Node<'d>,
}

impl<'d> Record<'d> {
    /// What stands at the first of these paths, within the frame's `properties` before the frame.
    fn first(&self, paths: &[&[&str]]) -> Option<Node<'d>> {
        let inner = if self.form.is_export { at(self.root, &["properties"]) } else { None };
        let in_either = |path: &&[&str]| {
            inner.and_then(|inner| at(inner, path)).or_else(|| at(self.root, path))
        };
        paths.iter().find_map(in_either)
    }

    /// The first of these that says something.
    fn text(&self, paths: &[&[&str]]) -> Option<Box<str>> {
        paths.iter().find_map(|path| {
            let text = event::normal::text(&self.first(&[path])?.scalar()?);
            // Log Analytics writes objects as text.
            text.filter(|text| !text.starts_with(['{', '[']))
        })
    }

    /// The record's id. The frame has none of its own, and a correlation is of several records.
    fn uid(&self, reading: &mut Reading<'_>, doc: &Doc) -> event::Uid {
        let path: &[&str] = match self.form {
            Form { is_export: true, .. } if reading.at(&["properties", "id"]).is_some() => {
                &["properties", "id"]
            }
            Form { service: Service::Activities, .. } => &["eventDataId"],
            _ if reading.at(&["Id"]).is_some() => &["Id"],
            _ => &["id"],
        };
        // Activities of Azure come without an id in the export.
        if self.form.service == Service::Activities && reading.at(path).is_none() {
            return event::Uid::of_record("entra", doc);
        }
        reading.uid("entra", path, &[], doc)
    }

    fn action(&self) -> Option<Box<str>> {
        match self.form.service {
            Service::SignIns => {
                let told = self.text(&[&["operationName"], &["OperationName"]]);
                told.or_else(|| event::normal::text("Sign-in activity"))
            }
            Service::Audits => self.text(&[
                &["activityDisplayName"],
                &["ActivityDisplayName"],
                &["operationName"],
                &["OperationName"],
            ]),
            Service::Risks => self.text(&[&["riskEventType"], &["RiskEventType"], &["riskType"]]),
            Service::Activities => self.text(&[
                &["operationName", "value"],
                &["operationName"],
                &["OperationNameValue"],
                &["OperationName"],
            ]),
        }
    }

    fn actor(&self) -> Actor {
        let principal = self.text(&[&["servicePrincipalId"], &["ServicePrincipalId"]]);
        let user = self.text(&[
            &["initiatedBy", "user", "id"],
            &["InitiatedBy", "user", "id"],
            &["userId"],
            &["UserId"],
        ]);
        let email = self.text(&[
            &["initiatedBy", "user", "userPrincipalName"],
            &["InitiatedBy", "user", "userPrincipalName"],
            &["userPrincipalName"],
            &["UserPrincipalName"],
            &["caller"],
            &["Caller"],
            &["identity", "claims", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"],
        ]);
        if user.is_some() || email.is_some() {
            let name = self.text(&[
                &["initiatedBy", "user", "displayName"],
                &["userDisplayName"],
                &["UserDisplayName"],
                &["identity"],
                &["Identity"],
            ]);
            // A caller without an address is an application.
            let is_person = user.is_some() || email.as_deref().is_some_and(|of| of.contains('@'));
            let kind = if is_person { ActorKind::Person } else { ActorKind::Service };
            let id = user.or_else(|| email.clone());
            let email = if is_person { lowered(email) } else { None };
            return Actor { id, email, name, kind, person: None };
        }
        let app = self.text(&[
            &["initiatedBy", "app", "servicePrincipalId"],
            &["initiatedBy", "app", "appId"],
            &["InitiatedBy", "app", "appId"],
            &["identity", "claims", "appid"],
        ]);
        let name = self.text(&[
            &["initiatedBy", "app", "displayName"],
            &["servicePrincipalName"],
            &["ServicePrincipalName"],
        ]);
        let id = app.or(principal);
        let is_known = id.is_some() || name.is_some();
        let kind = if is_known { ActorKind::Service } else { ActorKind::Unknown };
        Actor { id, email: None, name, kind, person: None }
    }

    fn targets(&self) -> Vec<Target> {
        let mut found: Vec<Target> = match self.form.service {
            Service::SignIns => vec![
                self.named(
                    "app",
                    &[&["appId"], &["AppId"]],
                    &[&["appDisplayName"], &["AppDisplayName"]],
                ),
                self.named(
                    "resource",
                    &[&["resourceId"], &["ResourceIdentity"]],
                    &[&["resourceDisplayName"], &["ResourceDisplayName"]],
                ),
            ],
            Service::Activities => {
                vec![self.named(
                    "resource",
                    &[&["resourceId"], &["ResourceId"], &["_ResourceId"]],
                    &[],
                )]
            }
            Service::Audits | Service::Risks => Vec::new(),
        }
        .into_iter()
        .flatten()
        .collect();
        let resources = self.first(&[&["targetResources"], &["TargetResources"]]);
        let each = |node: Node<'_>| {
            let name = text_at(node, &["displayName"]);
            let name = name.or_else(|| text_at(node, &["userPrincipalName"]));
            target(text_at(node, &["type"]), text_at(node, &["id"]), name)
        };
        found.extend(members(resources).filter_map(each).take(TARGETS_MAX));
        found.truncate(TARGETS_MAX);
        found
    }

    fn named(&self, kind: &str, ids: &[&[&str]], names: &[&[&str]]) -> Option<Target> {
        target(Box::from(kind), self.text(ids), self.text(names))
    }

    fn origin(&self, reading: &mut Reading<'_>) -> Origin {
        let text = self.text(&[
            &["initiatedBy", "user", "ipAddress"],
            &["ipAddress"],
            &["IPAddress"],
            &["IpAddress"],
            &["callerIpAddress"],
            &["CallerIpAddress"],
        ]);
        let ip = text.as_deref().and_then(super::reading::address);
        if text.is_some() && ip.is_none() {
            reading.note(&["ipAddress"], "not an IP address, left out");
        }
        let prefix: &[&str] = match self.form {
            Form { is_export: true, .. } if reading.at(&["properties", "location"]).is_some() => {
                &["properties", "location"]
            }
            _ if reading.at(&["LocationDetails"]).is_some() => &["LocationDetails"],
            _ => &["location"],
        };
        let below = |more: &[&'static str]| [prefix, more].concat();
        let city = reading.text(&below(&["city"]));
        let [latitude, longitude] =
            ["latitude", "longitude"].map(|key| below(&["geoCoordinates", key]));
        Origin {
            ip,
            asn: self
                .first(&[&["autonomousSystemNumber"], &["AutonomousSystemNumber"]])
                .and_then(super::reading::asn),
            country: country(reading.text(&below(&["countryOrRegion"])).as_deref()),
            place: reading.place(&latitude, &longitude, city.is_some()),
            city,
            ..Origin::default()
        }
    }

    /// The agent as sent; where there is none, what Microsoft made of it.
    fn client(&self) -> Client {
        let sent = self.text(&[&["userAgent"], &["UserAgent"]]);
        let mut client = client(sent.or_else(|| self.agent_of_audit()));
        if client.family.is_none() {
            let browser = self.text(&[&["deviceDetail", "browser"], &["DeviceDetail", "browser"]]);
            let browser = browser.unwrap_or_default();
            let read = agent::read(&browser);
            (client.family, client.version) = (read.family.map(Box::from), read.version);
        }
        if client.os.is_none() {
            let os = self.text(&[
                &["deviceDetail", "operatingSystem"],
                &["DeviceDetail", "operatingSystem"],
            ]);
            client.os = agent::os(&os.unwrap_or_default()).map(Box::from);
        }
        client.device = self.text(&[&["deviceDetail", "deviceId"], &["DeviceDetail", "deviceId"]]);
        client
    }

    /// Audits have it among pairs of a key and a value.
    fn agent_of_audit(&self) -> Option<Box<str>> {
        let pairs = members(self.first(&[&["additionalDetails"], &["AdditionalDetails"]]));
        let is_it = |pair: &Node<'_>| text_at(*pair, &["key"]).as_deref() == Some("User-Agent");
        pairs.into_iter().find(is_it).and_then(|pair| text_at(pair, &["value"]))
    }
}
