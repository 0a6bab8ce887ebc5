//! `session_change`: a session whose network, system or device changes under way.
//!
//! What is kept is how the session began, and the three networks it was seen in last:
//!
//! ```text
//! began 4 · version 2 · network 4 · number 4 · country 2 · system 6 · family 6 · device 6
//! · up to 3 × (network 4 · second 4)
//! ```
//!
//! Each change from the beginning counts its weight. What the session did not tell when it began
//! is filled in when it first does; a newer version of the same browser is an update.

use event::{Event, Field};
use smallvec::SmallVec;

use super::{
    Attribute, Baseline, Change, Explanation, Finding, Part, SessionChange, Step, Token,
    bytes::Reader,
    first_seen::DENIED_SCORE,
    mark::{Marked, Standing},
    slot::{Slot, Visit},
    token::hash_64,
};

/// A session that is back in a network after so long is not used from two at once.
const INTERLEAVED_S: u32 = 30 * 60;

pub(super) fn apply(
    slot: &mut Slot<'_>,
    baseline: &Baseline,
    of: &SessionChange,
    step: &Step<'_>,
    visit: Visit,
) -> Option<Finding> {
    if visit.is_late {
        return None;
    }
    let now = step.moment.seconds;
    let seen = Look::of(step.event);
    let Some(mut session) = Session::read(slot.body()) else {
        slot.replace(&Session::new(seen, now).write());
        return None;
    };
    let before = session;
    let is_interleaved = session.runs.enter(seen.place(), now);
    session.began_as.fill_in(seen);
    if session != before {
        slot.replace(&session.write());
    }
    let first = session.began_as;
    if seen.is_like(first) && !is_interleaved {
        return None;
    }
    let changed = changed(of, first, seen, is_interleaved);
    let score: f64 = changed.iter().map(|(_, weight)| weight).sum();
    let look = seen.token(is_interleaved);
    match slot.marked(look, baseline.memory, now) {
        Marked::No if step.tuning.is_reached(score) => {}
        Marked::No | Marked::Quiet => return None,
        Marked::Denied => return Some(raised(slot, step, &session, &changed, DENIED_SCORE, look)),
    }
    let standing = if step.tuning.is_asked() { Standing::Open } else { Standing::Confirmed };
    slot.mark(look, standing, now);
    Some(raised(slot, step, &session, &changed, score, look))
}

fn raised(
    slot: &Slot<'_>,
    step: &Step<'_>,
    session: &Session,
    changed: &[(Attribute, f64)],
    score: f64,
    look: Token,
) -> Finding {
    let change = |(attribute, weight): &(Attribute, f64)| Change {
        attribute: attribute.name(),
        from: session.began_as.text(*attribute),
        to: text(*attribute, step.event),
        weight: *weight,
    };
    let explanation = Explanation::SessionChange {
        changes: changed.iter().map(change).collect(),
        minutes: step.moment.seconds.saturating_sub(session.began) / 60,
    };
    Finding::new(score, explanation, slot.name(), &[look])
}

/// What is different, and what that counts.
fn changed(
    of: &SessionChange,
    first: Look,
    seen: Look,
    is_interleaved: bool,
) -> SmallVec<[(Attribute, f64); 8]> {
    let is_changed = |attribute: &Attribute| match attribute {
        Attribute::Network => differ(first.network, seen.network),
        Attribute::Asn => differ(first.asn, seen.asn),
        Attribute::Country => differ(first.country, seen.country),
        Attribute::Os => differ(first.os, seen.os),
        Attribute::Family => differ(first.family, seen.family),
        Attribute::Version => {
            first.family == seen.family && 0 < seen.version && seen.version < first.version
        }
        Attribute::Device => differ(first.device, seen.device),
        Attribute::Interleaved => is_interleaved,
    };
    of.watch
        .iter()
        .filter(|(attribute, weight)| *weight > 0.0 && is_changed(attribute))
        .copied()
        .collect()
}

/// Whether both are told and not the same.
fn differ<T: PartialEq + Default>(one: T, other: T) -> bool {
    one != T::default() && other != T::default() && one != other
}

/// How a session looks; what is not told is zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Look {
    version: u16,
    network: u32,
    asn: u32,
    country: u16,
    os: Token,
    family: Token,
    device: Token,
}

/// A session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Session {
    began: u32,
    began_as: Look,
    runs: Runs,
}

/// The networks a session was in, newest first, and when last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Runs([(u32, u32); 3]);

impl Look {
    fn of(event: &Event) -> Self {
        let token = |text: &Option<Box<str>>| text.as_deref().map_or(Token::default(), Token::text);
        let (origin, client) = (&event.origin, &event.client);
        Self {
            version: client.version.map_or(0, |version| u16::try_from(version).unwrap_or(u16::MAX)),
            network: network(event),
            asn: origin.asn.unwrap_or(0),
            country: origin.country.map_or(0, u16::from_le_bytes),
            os: token(&client.os),
            family: token(&client.family),
            device: token(&client.device),
        }
    }

    /// By what a run in one network is known.
    fn place(self) -> u32 {
        if self.asn == 0 { self.network } else { self.asn }
    }

    fn fill_in(&mut self, seen: Self) {
        fill(&mut self.network, seen.network);
        fill(&mut self.asn, seen.asn);
        fill(&mut self.country, seen.country);
        fill(&mut self.os, seen.os);
        fill(&mut self.family, seen.family);
        fill(&mut self.device, seen.device);
        if self.family == seen.family {
            self.version = self.version.max(seen.version);
        }
    }

    fn is_like(self, first: Self) -> bool {
        let seen = Self { version: first.version, ..self };
        seen == first && self.version >= first.version
    }

    /// What a verdict is about: this look, whatever its version.
    fn token(self, is_interleaved: bool) -> Token {
        let number = |number: u32| Token::number(u64::from(number));
        Token::tuple(&[
            number(self.network),
            number(self.asn),
            number(u32::from(self.country)),
            self.os,
            self.family,
            self.device,
            number(u32::from(is_interleaved)),
        ])
    }

    fn text(self, attribute: Attribute) -> Option<String> {
        match attribute {
            Attribute::Network | Attribute::Interleaved => None,
            Attribute::Asn => (self.asn > 0).then(|| self.asn.to_string()),
            Attribute::Country => {
                let letters = self.country.to_le_bytes();
                std::str::from_utf8(&letters).ok().map(str::to_owned)
            }
            Attribute::Version => Some(self.version.to_string()),
            Attribute::Os => self.os.legible(),
            Attribute::Family => self.family.legible(),
            Attribute::Device => self.device.legible(),
        }
    }

    fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            version: reader.u16(),
            network: reader.u32(),
            asn: reader.u32(),
            country: reader.u16(),
            os: reader.token(),
            family: reader.token(),
            device: reader.token(),
        }
    }
}

fn fill<T: PartialEq + Default>(into: &mut T, seen: T) {
    if *into == T::default() {
        *into = seen;
    }
}

/// A hash of the network around the address; 0 where there is none.
fn network(event: &Event) -> u32 {
    let Some(ip) = event.origin.ip else { return 0 };
    let bits = match ip.to_canonical() {
        std::net::IpAddr::V4(ip) => u128::from(ip.to_bits() >> 8),
        std::net::IpAddr::V6(ip) => ip.to_bits() >> 80 | 1 << 127,
    };
    (hash_64(&bits.to_le_bytes()) as u32).max(1)
}

fn text(attribute: Attribute, event: &Event) -> Option<String> {
    let field = match attribute {
        Attribute::Network => Field::Subnet,
        Attribute::Asn => Field::Asn,
        Attribute::Country => Field::Country,
        Attribute::Os => Field::Os,
        Attribute::Family => Field::AgentFamily,
        Attribute::Device => Field::Device,
        Attribute::Version => return event.client.version.map(|version| version.to_string()),
        Attribute::Interleaved => return None,
    };
    Part::Common(field).texts(event).into_iter().next()
}

impl Session {
    fn new(look: Look, now: u32) -> Self {
        let mut runs = Runs::default();
        runs.enter(look.place(), now);
        Self { began: now, began_as: look, runs }
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::of(bytes);
        let (began, began_as) = (reader.u32(), Look::read(&mut reader));
        let mut runs = Runs::default();
        runs.0.iter_mut().for_each(|run| *run = (reader.u32(), reader.u32()));
        (!bytes.is_empty()).then_some(Self { began, began_as, runs })
    }

    fn write(&self) -> SmallVec<[u8; 64]> {
        let look = self.began_as;
        let mut bytes = SmallVec::new();
        bytes.extend_from_slice(&self.began.to_le_bytes());
        bytes.extend_from_slice(&look.version.to_le_bytes());
        bytes.extend_from_slice(&look.network.to_le_bytes());
        bytes.extend_from_slice(&look.asn.to_le_bytes());
        bytes.extend_from_slice(&look.country.to_le_bytes());
        for token in [look.os, look.family, look.device] {
            bytes.extend_from_slice(&token.to_bytes());
        }
        for (place, second) in self.runs.0.iter().filter(|run| run.0 != 0) {
            bytes.extend_from_slice(&place.to_le_bytes());
            bytes.extend_from_slice(&second.to_le_bytes());
        }
        bytes
    }
}

impl Runs {
    /// Notes where the session is now; whether it is back where it was before the last move, within
    /// [`INTERLEAVED_S`].
    fn enter(&mut self, place: u32, now: u32) -> bool {
        if place == 0 {
            return false;
        }
        let [newest, before, _] = self.0;
        if newest.0 == place {
            self.0[0].1 = newest.1.max(now);
            return false;
        }
        self.0 = [(place, now), newest, before];
        before.0 == place && now.abs_diff(before.1) <= INTERLEAVED_S
    }
}

#[cfg(test)]
mod tests;
