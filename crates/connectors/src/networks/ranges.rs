//! Addresses and networks of a list, for a quick look.

use std::net::IpAddr;

use ipnet::IpNet;

/// Networks wider than this are no entry of a list but a mistake: they would hold most of the
/// world. In bits.
const WIDEST_V4: u8 = 8;
const WIDEST_V6: u8 = 16;

/// The first and the last address of an entry, in one space for both families.
pub(super) type Range = (u128, u128);

/// Entries in order, without any that lies within another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Ranges(Vec<Range>);

impl Ranges {
    /// These entries.
    pub(super) fn of(mut entries: Vec<Range>) -> Self {
        // The widest of those that begin alike is first.
        entries.sort_unstable_by_key(|(first, last)| (*first, u128::MAX - last));
        let mut kept: Vec<Range> = Vec::with_capacity(entries.len());
        for (first, last) in entries {
            match kept.last() {
                Some((_, end)) if last <= *end => {}
                _ => kept.push((first, last)),
            }
        }
        Self(kept)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn entries(&self) -> &[Range] {
        &self.0
    }

    pub(super) fn has(&self, ip: IpAddr) -> bool {
        let number = number(ip);
        // Of entries that do not lie within each other only the last that begins before can hold it.
        let after = self.0.partition_point(|(first, _)| *first <= number);
        after.checked_sub(1).is_some_and(|at| number <= self.0[at].1)
    }

    pub(super) fn has_range(&self, range: Range) -> bool {
        let after = self.0.partition_point(|(first, _)| *first <= range.0);
        after.checked_sub(1).is_some_and(|at| range.1 <= self.0[at].1)
    }
}

/// An address or a network as it is written; nothing where it is neither, or far too wide.
pub(super) fn range(text: &str) -> Option<Range> {
    if let Ok(ip) = text.parse::<IpAddr>() {
        let number = number(ip);
        return Some((number, number));
    }
    let net: IpNet = text.parse().ok()?;
    let widest = if net.addr().is_ipv4() { WIDEST_V4 } else { WIDEST_V6 };
    (net.prefix_len() >= widest).then(|| (number(net.network()), number(net.broadcast())))
}

fn number(ip: IpAddr) -> u128 {
    match ip.to_canonical() {
        IpAddr::V4(ip) => u128::from(ip.to_ipv6_mapped()),
        IpAddr::V6(ip) => u128::from(ip),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_or_a_network_is_read_and_a_world_is_not() {
        for (text, is_read) in [
            ("203.0.113.7", true),
            ("203.0.113.0/24", true),
            ("10.0.0.0/8", true),
            ("2001:db8::1", true),
            ("2001:db8::/32", true),
            ("0.0.0.0/0", false),
            ("128.0.0.0/7", false),
            ("::/0", false),
            ("::/15", false),
            ("203.0.113.0/33", false),
            ("203.0.113", false),
            ("<html>", false),
            ("", false),
        ] {
            assert_eq!(range(text).is_some(), is_read, "{text}");
        }
        assert_eq!(range("::ffff:203.0.113.7"), range("203.0.113.7"));
    }

    proptest! {
        #[test]
        fn an_address_is_found_exactly_where_an_entry_holds_it(
            nets in proptest::collection::vec((any::<u32>(), 8..=32_u8), 0..40),
            ips in proptest::collection::vec(any::<u32>(), 1..40),
        ) {
            let nets: Vec<IpNet> = nets
                .into_iter()
                .map(|(ip, bits)| IpNet::new(IpAddr::from(ip.to_be_bytes()), bits).expect("a net"))
                .collect();
            let all = nets.iter().filter_map(|net| range(&net.to_string())).collect();
            let ranges = Ranges::of(all);
            let borders = nets.iter().flat_map(|net| [net.network(), net.broadcast()]);
            let ips = ips.into_iter().map(|ip| IpAddr::from(ip.to_be_bytes()));
            for ip in ips.chain(borders) {
                prop_assert_eq!(ranges.has(ip), nets.iter().any(|net| net.contains(&ip)), "{}", ip);
            }
        }
    }
}
