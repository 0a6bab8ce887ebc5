//! The common fields of a record, in whichever spelling it is.

use event::{
    Actor, ActorKind, Client, Doc, Node, Origin, Target, Uid, agent,
    normal::{self, TARGETS_MAX},
};

use super::form::{Form, Service};
use crate::events::reading::{
    Reading, address, asn, at, client, country, lowered, members, target, text_at,
};

/// A record in one of its spellings.
pub(super) struct Record<'d> {
    pub(super) form: Form,
    pub(super) root: Node<'d>,
}

impl<'d> Record<'d> {
    /// What stands at the first of these paths, within the frame's `properties` before the frame.
    pub(super) fn first(&self, paths: &[&[&str]]) -> Option<Node<'d>> {
        let inner = if self.form.is_export { at(self.root, &["properties"]) } else { None };
        let in_either = |path: &&[&str]| {
            inner.and_then(|inner| at(inner, path)).or_else(|| at(self.root, path))
        };
        paths.iter().find_map(in_either)
    }

    /// The first of these that says something.
    pub(super) fn text(&self, paths: &[&[&str]]) -> Option<Box<str>> {
        paths.iter().find_map(|path| {
            let text = normal::text(&self.first(&[path])?.scalar()?);
            // Log Analytics writes objects as text.
            text.filter(|text| !text.starts_with(['{', '[']))
        })
    }

    /// The record's id. The frame has none of its own, and a correlation is of several records.
    pub(super) fn uid(&self, reading: &mut Reading<'_>, doc: &Doc) -> Uid {
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
            return Uid::of_record("entra", doc);
        }
        reading.uid("entra", path, &[], doc)
    }

    pub(super) fn action(&self) -> Option<Box<str>> {
        match self.form.service {
            Service::SignIns => {
                let told = self.text(&[&["operationName"], &["OperationName"]]);
                told.or_else(|| normal::text("Sign-in activity"))
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

    pub(super) fn actor(&self) -> Actor {
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

    pub(super) fn targets(&self) -> Vec<Target> {
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

    pub(super) fn origin(&self, reading: &mut Reading<'_>) -> Origin {
        let text = self.text(&[
            &["initiatedBy", "user", "ipAddress"],
            &["ipAddress"],
            &["IPAddress"],
            &["IpAddress"],
            &["callerIpAddress"],
            &["CallerIpAddress"],
        ]);
        let ip = text.as_deref().and_then(address);
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
                .and_then(asn),
            country: country(reading.text(&below(&["countryOrRegion"])).as_deref()),
            place: reading.place(&latitude, &longitude, city.is_some()),
            city,
            ..Origin::default()
        }
    }

    /// The agent as sent; where there is none, what Microsoft made of it.
    pub(super) fn client(&self) -> Client {
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
