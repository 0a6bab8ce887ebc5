//! The common fields by the names that rules use.

use std::{borrow::Cow, fmt, net::IpAddr};

use crate::Event;

macro_rules! fields {
    ($($(#[$doc:meta])* $field:ident = $name:literal),* $(,)?) => {
        /// A common field of events.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Field { $($(#[$doc])* $field),* }

        impl Field {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$field),*];

            /// The name in rules.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$field => $name),* }
            }
        }
    };
}

fields! {
    /// The account's id at the vendor.
    ActorId = "actor.id",
    /// The account's e-mail address or sign-in name, in lower case.
    ActorEmail = "actor.email",
    /// The display name.
    ActorName = "actor.name",
    /// `person`, `service`, `system` or `unknown`.
    ActorType = "actor.type",
    /// The person behind the account, whatever account it is.
    ActorPerson = "actor.person",
    /// What was done.
    Action = "action",
    /// The ids of what it was done to.
    TargetId = "target.id",
    /// The kinds of what it was done to.
    TargetType = "target.type",
    /// The names of what it was done to.
    TargetName = "target.name",
    /// The address.
    Ip = "source.ip",
    /// The network around the address: 24 bits of an IPv4, 48 of an IPv6 address.
    Subnet = "source.subnet",
    /// The autonomous system's number.
    Asn = "source.asn",
    /// Who runs the network.
    Network = "source.network",
    /// The country's two letters.
    Country = "source.country",
    /// The city.
    City = "source.city",
    /// `tor`, `vpn`, `proxy`, `hosting`, or `none`; absent when unknown.
    Anonymiser = "source.anonymiser",
    /// The user agent.
    Agent = "client.agent",
    /// The browser or tool, without its version.
    AgentFamily = "client.family",
    /// The operating system.
    Os = "client.os",
    /// The vendor's mark of the device.
    Device = "client.device",
    /// The session.
    Session = "session.id",
    /// `success`, `failure` or `unknown`.
    Outcome = "outcome",
    /// Why it ended so.
    Reason = "reason",
    /// The product of the log, such as `okta`.
    Product = "product",
    /// The one value that all events share: for what concerns the organisation as a whole.
    Organisation = "organisation",
}

impl Field {
    /// The field of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|field| field.name() == name)
    }

    /// Whether an event may have several values of it.
    #[must_use]
    pub fn is_many(self) -> bool {
        matches!(self, Self::TargetId | Self::TargetType | Self::TargetName | Self::Anonymiser)
    }

    /// The first value of an event.
    #[must_use]
    pub fn first(self, event: &Event) -> Option<Cow<'_, str>> {
        let mut found = None;
        self.each(event, |value| {
            if found.is_none() {
                found = Some(value);
            }
        });
        found
    }

    /// Every value of an event.
    pub fn each<'e>(self, event: &'e Event, mut take: impl FnMut(Cow<'e, str>)) {
        match self {
            Self::TargetId => event.targets.iter().for_each(|of| borrow(&of.id, &mut take)),
            Self::TargetType => event.targets.iter().for_each(|of| borrow(&of.kind, &mut take)),
            Self::TargetName => event.targets.iter().for_each(|of| borrow(&of.name, &mut take)),
            Self::Anonymiser => {
                if let Some(anonymiser) = event.origin.anonymiser {
                    let mut words = anonymiser.words().peekable();
                    if words.peek().is_none() {
                        take(Cow::Borrowed("none"));
                    }
                    words.for_each(|word| take(Cow::Borrowed(word)));
                }
            }
            _ => self.one(event).into_iter().for_each(take),
        }
    }

    fn one(self, event: &Event) -> Option<Cow<'_, str>> {
        let (actor, origin, client) = (&event.actor, &event.origin, &event.client);
        let text = match self {
            Self::ActorId => &actor.id,
            Self::ActorEmail => &actor.email,
            Self::ActorName => &actor.name,
            Self::Network => &origin.network,
            Self::City => &origin.city,
            Self::Agent => &client.agent,
            Self::AgentFamily => &client.family,
            Self::Os => &client.os,
            Self::Device => &client.device,
            Self::Session => &event.session,
            Self::Reason => &event.reason,
            Self::ActorType => return Some(Cow::Borrowed(actor.kind.name())),
            Self::ActorPerson => return actor.person.map(|id| Cow::Owned(id.to_string())),
            Self::Action => return Some(Cow::Borrowed(&event.action)),
            Self::Ip => return origin.ip.map(|ip| Cow::Owned(ip.to_string())),
            Self::Subnet => return origin.ip.map(|ip| Cow::Owned(subnet(ip))),
            Self::Asn => return origin.asn.map(|asn| Cow::Owned(asn.to_string())),
            Self::Country => return origin.country().map(Cow::Borrowed),
            Self::Outcome => return Some(Cow::Borrowed(event.outcome.name())),
            Self::Product => return Some(Cow::Borrowed(event.logsource.product)),
            Self::Organisation => return Some(Cow::Borrowed("organisation")),
            Self::TargetId | Self::TargetType | Self::TargetName | Self::Anonymiser => return None,
        };
        text.as_deref().map(Cow::Borrowed)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

fn borrow<'e>(text: &'e Option<Box<str>>, take: &mut impl FnMut(Cow<'e, str>)) {
    if let Some(text) = text {
        take(Cow::Borrowed(text));
    }
}

fn subnet(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(ip) => {
            let [a, b, c, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
    }
}

#[cfg(test)]
mod tests {
    use model::Timestamp;

    use super::*;
    use crate::{Actor, Anonymiser, Client, Doc, Logsource, Origin, Target, Uid};

    fn event() -> Event {
        let target = |name: &str| Target { name: Some(name.into()), ..Target::default() };
        Event {
            uid: Uid::of("okta", &[b"1"]),
            time: Timestamp::from_second(1_795_000_000).expect("in range"),
            logsource: Logsource { product: "okta", service: "okta" },
            actor: Actor { id: Some("00u1".into()), ..Actor::default() },
            action: "user.session.start".into(),
            targets: vec![target("one"), Target::default(), target("two")],
            origin: Origin {
                ip: "203.0.113.7".parse().ok(),
                asn: Some(64_500),
                country: Origin::letters("no"),
                anonymiser: Some(Anonymiser { is_tor: true, is_proxy: true, ..Default::default() }),
                ..Origin::default()
            },
            client: Client::default(),
            session: None,
            outcome: crate::Outcome::Success,
            reason: None,
            doc: Doc::parse(b"{}").expect("a document").0,
        }
    }

    #[test]
    fn a_field_gives_every_value_of_an_event() {
        let event = event();
        let values = |name: &str| {
            let mut all = Vec::new();
            Field::named(name).expect("known").each(&event, |value| all.push(value.into_owned()));
            all
        };
        assert_eq!(values("actor.id"), ["00u1"]);
        assert_eq!(values("target.name"), ["one", "two"]);
        assert_eq!(values("source.subnet"), ["203.0.113.0/24"]);
        assert_eq!(values("source.asn"), ["64500"]);
        assert_eq!(values("source.country"), ["NO"]);
        assert_eq!(values("source.anonymiser"), ["tor", "proxy"]);
        assert_eq!(values("outcome"), ["success"]);
        assert!(values("session.id").is_empty() && values("client.os").is_empty());
    }

    #[test]
    fn every_field_is_found_by_its_name_and_no_two_share_one() {
        for field in Field::ALL {
            assert_eq!(Field::named(field.name()), Some(*field));
        }
        assert_eq!(Field::named("actor"), None);
    }

    #[test]
    fn an_id_differs_by_source_and_by_where_its_parts_end() {
        let uids = [
            Uid::of("okta", &[b"ab", b"c"]),
            Uid::of("okta", &[b"a", b"bc"]),
            Uid::of("okt", &[b"aab", b"c"]),
            Uid::of("okta", &[b"abc"]),
        ];
        for (at, uid) in uids.iter().enumerate() {
            assert!(uids[..at].iter().all(|other| other != uid));
        }
        assert_eq!(Uid::of("okta", &[b"abc"]), uids[3]);
    }

    #[test]
    fn an_ipv6_address_that_carries_an_ipv4_one_is_in_its_subnet() {
        for (ip, net) in
            [("::ffff:203.0.113.9", "203.0.113.0/24"), ("2001:db8:1:2::9", "2001:db8:1::/48")]
        {
            assert_eq!(subnet(ip.parse().expect("an address")), net);
        }
    }
}
