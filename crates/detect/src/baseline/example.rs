//! Events and baselines that the tests share.

use event::{Actor, ActorKind, Client, Doc, Event, Logsource, Origin, Outcome, Target, Uid};
use model::Timestamp;

/// A Monday, 09:00 in UTC.
pub(crate) const MONDAY: i64 = 1_795_424_400;

/// An event of one person on a Monday morning.
pub(crate) fn event(record: &str) -> Event {
    Event {
        uid: Uid(1),
        time: at(MONDAY),
        logsource: Logsource { product: "okta", service: "okta" },
        actor: Actor { id: Some("00u1".into()), kind: ActorKind::Person, ..Actor::default() },
        action: "user.session.start".into(),
        targets: Vec::new(),
        origin: Origin {
            ip: "203.0.113.7".parse().ok(),
            asn: Some(64_500),
            country: Origin::letters("no"),
            ..Origin::default()
        },
        client: Client::default(),
        session: Some("s1".into()),
        outcome: Outcome::Success,
        reason: None,
        doc: Doc::parse(record.as_bytes()).expect("a document").0,
    }
}

/// A target of that id.
pub(crate) fn target(id: &str) -> Target {
    Target { id: Some(id.into()), ..Target::default() }
}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("in range")
}
