//! Which events a baseline passes over: neither learned from nor looked at.

use std::net::IpAddr;

use event::{Anonymiser, Event};

/// What makes an event exempt; any one is enough.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Exempt {
    /// Numbers of autonomous systems: the company's own network, mobile carriers.
    pub asns: Vec<u32>,
    /// Networks of addresses.
    pub networks: Vec<Net>,
    /// Kinds of addresses that hide who is behind them; any of those that are set.
    pub anonymisers: Anonymiser,
    /// How agents begin, whatever the case of their letters. An attacker chooses the agent: name
    /// only what the selection ties down otherwise.
    pub agents: Vec<String>,
}

/// A network of addresses, such as `203.0.113.0/24`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Net {
    ip: IpAddr,
    bits: u8,
}

impl Exempt {
    pub(super) fn covers(&self, event: &Event) -> bool {
        let origin = &event.origin;
        origin.asn.is_some_and(|asn| self.asns.contains(&asn))
            || origin.ip.is_some_and(|ip| self.networks.iter().any(|net| net.holds(ip)))
            || origin.anonymiser.is_some_and(|kind| overlap(kind, self.anonymisers))
            || event.client.agent.as_deref().is_some_and(|agent| self.is_agent(agent))
    }

    fn is_agent(&self, agent: &str) -> bool {
        self.agents.iter().any(|start| {
            agent.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
        })
    }
}

fn overlap(one: Anonymiser, other: Anonymiser) -> bool {
    (one.is_tor && other.is_tor)
        || (one.is_vpn && other.is_vpn)
        || (one.is_proxy && other.is_proxy)
        || (one.is_hosting && other.is_hosting)
}

impl Net {
    /// Reads an address and the number of its leading bits that count; of an address alone, all.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (ip, bits) = match text.split_once('/') {
            Some((ip, bits)) if bits.bytes().all(|byte| byte.is_ascii_digit()) => {
                (ip, Some(bits.parse::<u8>().ok()?))
            }
            Some(_) => return None,
            None => (text, None),
        };
        let ip: IpAddr = ip.parse().ok()?;
        let width = if ip.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(width);
        (bits <= width).then_some(Self { ip, bits })
    }

    fn holds(self, ip: IpAddr) -> bool {
        let (one, other, width) = match (self.ip, ip.to_canonical()) {
            (IpAddr::V4(net), IpAddr::V4(ip)) => (net.to_bits().into(), ip.to_bits().into(), 32),
            (IpAddr::V6(net), IpAddr::V6(ip)) => (net.to_bits(), ip.to_bits(), 128),
            _ => return false,
        };
        let differing: u128 = one ^ other;
        // A shift by the whole width is none of the bits, which `checked_shr` says as `None`.
        differing.checked_shr(width - u32::from(self.bits)).unwrap_or(0) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::example::event;

    #[test]
    fn a_network_holds_its_addresses_and_no_others() {
        for (net, ip, is_held) in [
            ("203.0.113.0/24", "203.0.113.255", true),
            ("203.0.113.0/24", "203.0.114.0", false),
            ("203.0.113.0/24", "::ffff:203.0.113.9", true),
            ("203.0.113.7", "203.0.113.7", true),
            ("203.0.113.7", "203.0.113.6", false),
            ("0.0.0.0/0", "8.8.8.8", true),
            ("::/0", "8.8.8.8", false),
            ("::/0", "2001:db8::1", true),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
        ] {
            let net = Net::read(net).expect("a network");
            assert_eq!(net.holds(ip.parse().expect("an address")), is_held, "{net:?} {ip}");
        }
        for junk in ["", "203.0.113.0/33", "203.0.113/24", "2001:db8::/129", "a/8", "1.2.3.4/+8"] {
            assert_eq!(Net::read(junk), None, "{junk}");
        }
    }

    #[test]
    fn one_reason_is_enough_to_be_exempt() {
        let mut event = event("{}");
        event.client.agent = Some("Terraform/1.9 (linux)".into());
        event.origin.anonymiser = Some(Anonymiser { is_vpn: true, ..Anonymiser::default() });
        let of = |change: fn(&mut Exempt)| {
            let mut exempt = Exempt::default();
            change(&mut exempt);
            exempt.covers(&event)
        };
        assert!(!of(|_| {}));
        assert!(of(|it| it.asns.push(64_500)));
        assert!(!of(|it| it.asns.push(64_501)));
        assert!(of(|it| it.networks.extend(Net::read("203.0.113.0/24"))));
        assert!(of(|it| it.anonymisers.is_vpn = true));
        assert!(!of(|it| it.anonymisers.is_tor = true));
        assert!(of(|it| it.agents.push("terraform/".into())));
        assert!(!of(|it| it.agents.push("linux".into())));
    }
}
