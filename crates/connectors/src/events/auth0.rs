//! Auth0's tenant logs: what a log stream to a webhook sends.
//!
//! The type is a short code that carries the outcome. The user agent is words that Auth0 made of
//! the header. A stream has no signature and sends again what was not answered, so that there are
//! duplicates.

mod config;
mod kinds;
#[cfg(test)]
mod tests;

use std::ops::Range;

use event::{Actor, ActorKind, Doc, Event, Logsource, Origin, Target, split};
use model::Problem;
use ports::{
    events::{BodyError, EventMap},
    source::Rejected,
};

use super::reading::{Reading, client, country, iso, lowered, target, unframed};

pub use config::Auth0Config;

/// A stream's record, also within EventBridge's frame.
const FRAMES: &[&[&str]] = &[&["data"], &["detail", "data"], &["detail"], &["event"]];
const LOGSOURCES: &[Logsource] = &[Logsource { product: "auth0", service: "tenant_logs" }];

/// Reads Auth0's logs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Auth0Map;

impl EventMap for Auth0Map {
    fn records(&self, body: &[u8], max: usize) -> Result<Vec<Range<usize>>, BodyError> {
        Ok(split::records(body, &[], max)?)
    }

    fn read(&self, doc: Doc, take: &mut dyn FnMut(Event)) -> Result<Vec<Problem>, Rejected> {
        let doc = unframed(doc, "date", FRAMES);
        let mut reading = Reading::of(&doc);
        let (time, action) = (reading.time(&["date"], iso)?, reading.required(&["type"])?);
        let id = if reading.at(&["log_id"]).is_some() { "log_id" } else { "_id" };
        // Ids count within a tenant.
        let uid = reading.uid("auth0", &[id], &[&["hostname"]], &doc);
        let event = Event {
            uid,
            time,
            logsource: LOGSOURCES[0],
            actor: actor(&reading),
            targets: targets(&reading),
            origin: origin(&mut reading),
            client: client(reading.text(&["user_agent"])),
            session: reading.first(&[&["details", "session_id"], &["session_id"]]),
            outcome: kinds::outcome(&action),
            reason: reading.text(&["description"]),
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

/// A user; or the application that acts for itself.
fn actor(reading: &Reading<'_>) -> Actor {
    let user = reading.text(&["user_id"]);
    let name = reading.text(&["user_name"]);
    let (app, app_name) = (reading.text(&["client_id"]), reading.text(&["client_name"]));
    let is_app = user.as_deref().is_some_and(|id| id.ends_with("@clients"));
    if is_app || (user.is_none() && name.is_none() && app.is_some()) {
        let kind = ActorKind::Service;
        return Actor {
            id: user.or(app),
            email: None,
            name: app_name.or(name),
            kind,
            person: None,
        };
    }
    let kind =
        if user.is_some() || name.is_some() { ActorKind::Person } else { ActorKind::Unknown };
    Actor { id: user, email: lowered(name.clone()), name, kind, person: None }
}

fn targets(reading: &Reading<'_>) -> Vec<Target> {
    let told = |key: &str| reading.text(&[key]);
    let found = [
        target(Box::from("client"), told("client_id"), told("client_name")),
        target(Box::from("connection"), told("connection_id"), told("connection")),
        target(Box::from("api"), told("audience"), None),
    ];
    found.into_iter().flatten().collect()
}

fn origin(reading: &mut Reading<'_>) -> Origin {
    let at = |key| ["location_info", key];
    let city = reading.text(&at("city_name"));
    let place = reading.place(&at("latitude"), &at("longitude"), city.is_some());
    Origin {
        ip: reading.ip(&["ip"]),
        country: country(reading.text(&at("country_code")).as_deref()),
        city,
        place,
        ..Origin::default()
    }
}
