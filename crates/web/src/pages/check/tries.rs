//! How often codes may be looked up from one place.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use model::Timestamp;

/// Look-ups from one place in a minute.
pub(super) const TRIES_A_MINUTE: u32 = 20;
/// Places that are told apart; what is beyond shares one count.
const PLACES_MAX: usize = 4_096;
const MINUTE_SECONDS: i64 = 60;

/// Look-ups of this minute, by place.
#[derive(Debug, Default)]
pub(super) struct Tries(Mutex<Minute>);

#[derive(Debug, Default)]
struct Minute {
    number: i64,
    counts: BTreeMap<Option<IpAddr>, u32>,
}

impl Tries {
    /// Counts one; whether it may go on.
    pub(super) fn count(&self, ip: Option<IpAddr>, now: Timestamp) -> bool {
        let mut minute = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = now.as_second().div_euclid(MINUTE_SECONDS);
        if minute.number != number {
            *minute = Minute { number, counts: BTreeMap::new() };
        }
        let place = ip.map(place);
        let is_known = minute.counts.contains_key(&place) || minute.counts.len() < PLACES_MAX;
        let count = minute.counts.entry(place.filter(|_| is_known)).or_default();
        *count = count.saturating_add(1);
        *count <= TRIES_A_MINUTE
    }
}

/// An address, or the network that one household has of the longer kind.
fn place(ip: IpAddr) -> IpAddr {
    const HOST_BITS: u32 = 64;
    match ip.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> HOST_BITS << HOST_BITS).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_ups_are_counted_by_place_and_minute() {
        let at = |second| Timestamp::from_second(second).expect("in range");
        let ip = |text: &str| Some(text.parse().expect("an address"));
        let tries = Tries::default();
        for _ in 0..TRIES_A_MINUTE {
            assert!(tries.count(ip("2001:db8::1"), at(60)));
        }
        assert!(!tries.count(ip("2001:db8::2"), at(61)), "a neighbour in the same network");
        assert!(tries.count(ip("192.0.2.1"), at(61)), "another place");
        assert!(tries.count(ip("2001:db8::1"), at(120)), "the next minute");
    }

    #[test]
    fn places_beyond_the_table_share_one_count() {
        let now = Timestamp::from_second(60).expect("in range");
        let tries = Tries::default();
        let allowed = (0..PLACES_MAX as u32 + 100)
            .filter(|n| tries.count(Some(IpAddr::V4((*n).into())), now))
            .count();
        assert_eq!(allowed, PLACES_MAX + TRIES_A_MINUTE as usize);
    }
}
