//! Networks, how long they are blocked, and what is never blocked. Pure.

use std::net::IpAddr;

use ipnet::IpNet;
use model::{Span, Timestamp};
use ports::blocklist::Entry;

use super::BlocklistSettings;
use crate::http::is_public;

/// How long a text of a network may be, in bytes.
const TEXT_MAX_BYTES: usize = 64;
/// How often a length of time is doubled at most.
const DOUBLINGS_MAX: u32 = 20;

/// An address or a network, in its one spelling: without bits beyond its prefix, and an IPv4
/// address inside of IPv6 as what it is.
pub(super) fn network(text: &str) -> Option<IpNet> {
    if text.len() > TEXT_MAX_BYTES {
        return None;
    }
    let parsed: Option<IpNet> = match text.parse::<IpAddr>() {
        Ok(address) => Some(address.to_canonical().into()),
        Err(_) => text.parse().ok(),
    };
    // A mapped address with a prefix has two readings: none is taken.
    parsed.filter(|it| it.addr().to_canonical() == it.addr()).map(|it| it.trunc())
}

/// Why a network is never blocked, if it is not.
pub(super) fn protection(settings: &BlocklistSettings, network: &IpNet) -> Option<String> {
    let widest = match network {
        IpNet::V4(_) => settings.prefix_v4,
        IpNet::V6(_) => settings.prefix_v6,
    };
    if network.prefix_len() < widest {
        return Some(format!("it is wider than /{widest}"));
    }
    if !is_public(network.network()) || !is_public(network.broadcast()) {
        return Some("it is a private or special network".to_owned());
    }
    let overlaps = |other: &IpNet| other.contains(network) || network.contains(other);
    let never = settings.never.iter().find(|other| overlaps(other))?;
    Some(format!("it overlaps {never}, which is never blocked"))
}

/// How long the next entry for a network lasts: twice as long for each that went before.
pub(super) fn ttl(settings: &BlocklistSettings, network: &IpNet, entries: &[Entry]) -> Span {
    let before = entries.iter().filter(|entry| entry.network == *network).count();
    let doublings = u32::try_from(before).unwrap_or(DOUBLINGS_MAX).min(DOUBLINGS_MAX);
    let seconds = settings.ttl.as_seconds().saturating_mul(1 << doublings);
    Span::seconds(seconds).min(settings.ttl_max)
}

/// When an entry ends that begins now.
pub(super) fn expires_at(
    ttl: Span,
    longest: Span,
    until: Option<Timestamp>,
    now: Timestamp,
) -> Timestamp {
    until.map_or_else(|| ttl.after(now), |until| until.min(longest.after(now)))
}
