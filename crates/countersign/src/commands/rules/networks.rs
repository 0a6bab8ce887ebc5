//! What tests take addresses to be: `test-networks.yml` in the content folder.
//!
//! A test must not depend on the tables of addresses that an installation happens to have, and a
//! rule that looks at networks must be testable all the same.
//!
//! ```yaml
//! - { network: 198.51.100.64/26, asn: 64666, name: Example Exits, country: DE, anonymisers: [tor] }
//! - { network: 203.0.113.0/24, asn: 64500, country: NO, city: Bergen, at: [60.39, 5.32] }
//! ```

use std::{io, net::IpAddr, path::Path};

use anyhow::Context as _;
use event::{Anonymiser, Event, Origin, Place};
use serde::Deserialize;

use crate::wire::files;

const FILE: &str = "test-networks.yml";
const FILE_BYTES_MAX: u64 = 256 * 1_024;
/// A place that is told is the place of a city.
const RADIUS_KM: f64 = 50.0;

/// What is known of addresses in tests; the first entry that holds an address counts.
#[derive(Debug, Default)]
pub(super) struct TestNetworks(Vec<Entry>);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    network: String,
    asn: Option<u32>,
    name: Option<String>,
    country: Option<String>,
    city: Option<String>,
    at: Option<[f64; 2]>,
    #[serde(default)]
    anonymisers: Vec<Kind>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Tor,
    Vpn,
    Proxy,
    Hosting,
}

impl TestNetworks {
    /// The file of a content folder; without one nothing is known of any address.
    pub(super) fn read(content: &Path) -> anyhow::Result<Self> {
        let path = content.join(FILE);
        let failed = || format!("{} cannot be read", path.display());
        match files::text(&path, FILE_BYTES_MAX) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            text => Self::of(&text.with_context(failed)?).with_context(failed),
        }
    }

    fn of(text: &str) -> anyhow::Result<Self> {
        let entries: Vec<Entry> = serde_norway::from_str(text)?;
        for entry in &entries {
            range(&entry.network).with_context(|| format!("`{}` is no network", entry.network))?;
        }
        Ok(Self(entries))
    }

    /// Adds to an event what its vendor does not say of the address.
    pub(super) fn fill(&self, event: &mut Event) {
        let Some(ip) = event.origin.ip else { return };
        let Some(entry) = self.0.iter().find(|entry| entry.holds(ip)) else { return };
        entry.fill(&mut event.origin);
    }
}

impl Entry {
    fn holds(&self, ip: IpAddr) -> bool {
        let Some((from, bits)) = range(&self.network) else { return false };
        match (from, ip.to_canonical()) {
            (IpAddr::V4(from), IpAddr::V4(ip)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
                from.to_bits() & mask == ip.to_bits() & mask
            }
            (IpAddr::V6(from), IpAddr::V6(ip)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
                from.to_bits() & mask == ip.to_bits() & mask
            }
            _ => false,
        }
    }

    fn fill(&self, origin: &mut Origin) {
        let text = |text: &Option<String>| text.as_deref().map(Box::from);
        let is = |kind| self.anonymisers.contains(&kind);
        origin.asn = origin.asn.or(self.asn);
        origin.network = origin.network.take().or_else(|| text(&self.name));
        origin.country =
            origin.country.or_else(|| self.country.as_deref().and_then(Origin::letters));
        origin.city = origin.city.take().or_else(|| text(&self.city));
        let place =
            |[latitude, longitude]: [f64; 2]| Place { latitude, longitude, radius_km: RADIUS_KM };
        origin.place = origin.place.or_else(|| self.at.map(place));
        let told = origin.anonymiser.unwrap_or_default();
        origin.anonymiser = Some(Anonymiser {
            is_tor: told.is_tor || is(Kind::Tor),
            is_vpn: told.is_vpn || is(Kind::Vpn),
            is_proxy: told.is_proxy || is(Kind::Proxy),
            is_hosting: told.is_hosting || is(Kind::Hosting),
        });
    }
}

/// An address and how many of its bits count.
fn range(text: &str) -> Option<(IpAddr, u8)> {
    let (address, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.map_or(Some(most), |bits| bits.parse().ok())?;
    (bits <= most).then_some((address, bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
- { network: 198.51.100.64/26, asn: 64666, country: de, anonymisers: [tor] }
- { network: 198.51.100.0/24, asn: 64501, city: Lyon, at: [45.76, 4.84] }
- { network: '2001:db8:1::/48', asn: 64502 }
";

    fn filled(ip: &str, asn: Option<u32>) -> Origin {
        let networks = TestNetworks::of(TEXT).expect("entries");
        let ip = ip.parse().expect("an address");
        let mut origin = Origin { ip: Some(ip), asn, ..Origin::default() };
        if let Some(entry) = networks.0.iter().find(|entry| entry.holds(ip)) {
            entry.fill(&mut origin);
        }
        origin
    }

    #[test]
    fn the_first_entry_counts_and_the_vendor_before_it() {
        let tor = filled("198.51.100.70", None);
        assert_eq!((tor.asn, tor.country()), (Some(64_666), Some("DE")));
        assert!(tor.anonymiser.is_some_and(|it| it.is_tor));
        let plain = filled("198.51.100.7", Some(1));
        assert_eq!((plain.asn, plain.city.as_deref()), (Some(1), Some("Lyon")));
        assert_eq!(plain.anonymiser, Some(Anonymiser::default()), "known, and none");
        assert_eq!(filled("2001:db8:1:9::9", None).asn, Some(64_502));
        assert_eq!(filled("192.0.2.1", None).anonymiser, None, "unknown");
    }

    #[test]
    fn what_is_no_network_is_told() {
        for bad in ["198.51.100.0/33", "here", "2001:db8::/129", "1.2.3.4/x"] {
            assert!(TestNetworks::of(&format!("- {{ network: '{bad}' }}")).is_err(), "{bad}");
        }
    }
}
