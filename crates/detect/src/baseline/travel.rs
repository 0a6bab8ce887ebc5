//! `travel`: two places too far apart for the time between.
//!
//! What is kept is where the entity was last, as far as it is known:
//!
//! ```text
//! latitude 4 · longitude 4 · radius km 2 · second 4 · network 4 · address 4 · session 4
//! · family 1 · country 2 · length of the city 1 · city
//! ```
//!
//! An unknown place is no verdict. A place that was raised does not become the last one until it is
//! confirmed; then its network is exempt. A familiar event says where the entity is, however far that
//! is from where it was.

mod globe;

use event::{Event, Outcome};
use smallvec::SmallVec;

use self::globe::distance_km;
use super::{
    Baseline, Explanation, Finding, Step, Token, Travel,
    bytes::{Reader, put},
    explain::Text,
    first_seen::DENIED_SCORE,
    mark::{Marked, Standing},
    slot::{Slot, Visit},
    token::Raw,
};

/// Times closer together than this are taken to be so far apart.
const BETWEEN_MIN_S: u32 = 60;
/// After so long nobody's journey is impossible.
const BETWEEN_MAX_S: u32 = 86_400;
/// How much of a city's name is kept, in bytes.
const CITY_BYTES_MAX: usize = 32;
const SECOND: usize = 10;

pub(super) fn apply(
    slot: &mut Slot<'_>,
    baseline: &Baseline,
    (of, is_familiar): (&Travel, bool),
    step: &Step<'_>,
    visit: Visit,
) -> Option<Finding> {
    if visit.is_late || step.moment.is_misdated || step.event.outcome == Outcome::Failure {
        return None;
    }
    let here = Stay::of(step.event, step.moment.seconds)?;
    let now = step.moment.seconds;
    let network = here.network_token();
    match slot.marked(network, baseline.memory, now) {
        Marked::No => {}
        Marked::Quiet => return None,
        Marked::Denied => {
            let what = Text::Place.template().to_owned();
            let explanation = Explanation::Denied { what, value: here.label() };
            return Some(Finding::new(DENIED_SCORE, explanation, slot.name(), &[network]));
        }
    }
    let Some(last) = Stay::read(slot.body()) else {
        slot.replace(&here.write());
        return None;
    };
    let journey = Journey::between(&last, &here);
    let Some(journey) = journey.filter(|it| !is_familiar && it.is_over(of, step)) else {
        stay(slot, &last, &here);
        return None;
    };
    let standing = if step.tuning.is_asked() { Standing::Open } else { Standing::Confirmed };
    slot.mark(network, standing, now);
    let explanation = journey.explain(&last, &here);
    Some(Finding::new(journey.speed_kmh, explanation, slot.name(), &[network]))
}

/// Remembers where the entity is now.
fn stay(slot: &mut Slot<'_>, last: &Stay, here: &Stay) {
    if here.second < last.second {
        return;
    }
    if here.is_at_address_of(last) {
        put(slot.body_mut(), SECOND, here.second.to_le_bytes());
    } else {
        slot.replace(&here.write());
    }
}

/// Where the entity was at a time.
#[derive(Debug, Clone, PartialEq)]
struct Stay {
    latitude: f32,
    longitude: f32,
    radius_km: u16,
    second: u32,
    /// The autonomous system's number; 0 is unknown.
    asn: u32,
    /// Hashes; 0 of a session is none.
    address: u32,
    session: u32,
    is_ipv6: bool,
    country: [u8; 2],
    city: SmallVec<[u8; CITY_BYTES_MAX]>,
}

/// From one stay to the next.
struct Journey {
    distance_km: f64,
    between_s: u32,
    speed_kmh: f64,
}

impl Stay {
    /// Where an event says it came from, if it does.
    fn of(event: &Event, second: u32) -> Option<Self> {
        let origin = &event.origin;
        let place = origin.place?;
        let ip = origin.ip?.to_canonical();
        let city = origin.city.as_deref().unwrap_or_default();
        let city = &city[..city.floor_char_boundary(CITY_BYTES_MAX)];
        let stay = Self {
            latitude: place.latitude as f32,
            longitude: place.longitude as f32,
            radius_km: place.radius_km.clamp(0.0, f64::from(u16::MAX)) as u16,
            second,
            asn: origin.asn.unwrap_or(0),
            address: short(Token::of(&Raw::of_ip(ip))),
            session: event.session.as_deref().map_or(0, |session| short(Token::text(session))),
            is_ipv6: ip.is_ipv6(),
            country: origin.country.unwrap_or([0; 2]),
            city: SmallVec::from_slice(city.as_bytes()),
        };
        stay.is_on_the_globe().then_some(stay)
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::of(bytes);
        let stay = Self {
            latitude: f32::from_bits(reader.u32()),
            longitude: f32::from_bits(reader.u32()),
            radius_km: reader.u16(),
            second: reader.u32(),
            asn: reader.u32(),
            address: reader.u32(),
            session: reader.u32(),
            is_ipv6: reader.u8() != 0,
            country: reader.u16().to_le_bytes(),
            city: {
                let length = usize::from(reader.u8()).min(CITY_BYTES_MAX);
                SmallVec::from_slice(reader.take(length))
            },
        };
        (!bytes.is_empty() && stay.is_on_the_globe()).then_some(stay)
    }

    fn write(&self) -> SmallVec<[u8; 64]> {
        let mut bytes = SmallVec::new();
        bytes.extend_from_slice(&self.latitude.to_le_bytes());
        bytes.extend_from_slice(&self.longitude.to_le_bytes());
        bytes.extend_from_slice(&self.radius_km.to_le_bytes());
        for number in [self.second, self.asn, self.address, self.session] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.push(u8::from(self.is_ipv6));
        bytes.extend_from_slice(&self.country);
        bytes.push(u8::try_from(self.city.len()).unwrap_or(0));
        bytes.extend_from_slice(&self.city);
        bytes
    }

    fn is_on_the_globe(&self) -> bool {
        self.latitude.abs() <= 90.0 && self.longitude.abs() <= 180.0
    }

    fn is_at_address_of(&self, other: &Self) -> bool {
        self.address == other.address && self.session == other.session && self.asn == other.asn
    }

    /// What is confirmed or denied about a place: its network, or its country where that is not
    /// known.
    fn network_token(&self) -> Token {
        match self.asn {
            0 => Token::tuple(&[
                Token::number(0),
                Token(u64::from(u16::from_le_bytes(self.country))),
            ]),
            asn => Token::number(u64::from(asn)),
        }
    }

    fn label(&self) -> String {
        let city = std::str::from_utf8(&self.city).ok().filter(|city| !city.is_empty());
        let country = std::str::from_utf8(&self.country).ok();
        let country = country.filter(|country| country.bytes().all(|it| it.is_ascii_uppercase()));
        match (city, country) {
            (Some(city), Some(country)) => format!("{city}, {country}"),
            (Some(one), None) | (None, Some(one)) => one.to_owned(),
            (None, None) => Text::Somewhere.template().to_owned(),
        }
    }
}

impl Journey {
    /// The journey that two stays would take; none where they say nothing of one.
    fn between(last: &Stay, here: &Stay) -> Option<Self> {
        let is_one_network = last.asn != 0 && last.asn == here.asn;
        // A device with both kinds of addresses uses now one, now the other.
        let is_flip =
            last.session != 0 && last.session == here.session && last.is_ipv6 != here.is_ipv6;
        let between_s = here.second.abs_diff(last.second);
        if last.address == here.address || is_one_network || is_flip || between_s > BETWEEN_MAX_S {
            return None;
        }
        let between_s = between_s.max(BETWEEN_MIN_S);
        let at = |stay: &Stay| (f64::from(stay.latitude), f64::from(stay.longitude));
        let doubt_km = f64::from(last.radius_km) + f64::from(here.radius_km);
        let distance_km = (distance_km(at(last), at(here)) - doubt_km).max(0.0);
        let speed_kmh = distance_km * 3_600.0 / f64::from(between_s);
        Some(Self { distance_km, between_s, speed_kmh })
    }

    fn is_over(&self, of: &Travel, step: &Step<'_>) -> bool {
        self.distance_km > of.distance_km && step.tuning.is_reached(self.speed_kmh)
    }

    fn explain(&self, last: &Stay, here: &Stay) -> Explanation {
        let (from, to) = if last.second <= here.second { (last, here) } else { (here, last) };
        Explanation::Travel {
            from: from.label(),
            to: to.label(),
            distance_km: self.distance_km.round() as u32,
            minutes: self.between_s.div_ceil(60),
            speed_kmh: self.speed_kmh.round() as u32,
        }
    }
}

/// 32 bits of a token, to know it again for a day; never 0.
fn short(token: Token) -> u32 {
    const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
    ((token.0.wrapping_mul(SPREAD) >> 32) as u32).max(1)
}

#[cfg(test)]
mod tests;
