//! The networks that people of the company, its machines and its attackers come from.
//!
//! All addresses are of the range for measurements (198.18.0.0/15, RFC 2544), divided into 512
//! blocks of 256.

use std::net::Ipv4Addr;

/// A city, and where it lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct City {
    /// Its name.
    pub name: &'static str,
    /// Its country's two letters.
    pub country: &'static str,
    /// Its country's name.
    pub country_name: &'static str,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

/// What hides who is behind an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cover {
    /// Nothing.
    None,
    /// The Tor network.
    Tor,
    /// A VPN that anybody may buy.
    Vpn,
    /// A cloud.
    Hosting,
}

/// What is known of an address.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Network {
    /// The autonomous system.
    pub asn: u32,
    /// Who runs it.
    pub name: &'static str,
    /// Where.
    pub city: &'static City,
    /// What hides who is behind it.
    pub cover: Cover,
}

/// What kind of network somebody sits in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Net {
    /// The company's own, in one of its offices.
    Office(usize),
    /// At home, near one of the offices.
    Home(usize),
    /// A telephone's, near one of the offices.
    Mobile(usize),
    /// The company's VPN.
    CompanyVpn,
    /// Somebody else's VPN.
    Vpn,
    /// An exit of Tor.
    Tor,
    /// The company's machines in the cloud.
    Machines,
    /// Other people's.
    Cloud,
    /// A hotel or a home in another city.
    Elsewhere(usize),
}

const fn city(
    name: &'static str,
    country: &'static str,
    country_name: &'static str,
    latitude: f64,
    longitude: f64,
) -> City {
    City { name, country, country_name, latitude, longitude }
}

/// The cities of the offices, in their order.
const OFFICES: [City; 4] = [
    city("Berlin", "DE", "Germany", 52.52, 13.40),
    city("Lisbon", "PT", "Portugal", 38.72, -9.14),
    city("Toronto", "CA", "Canada", 43.65, -79.38),
    city("Singapore", "SG", "Singapore", 1.35, 103.82),
];

/// Where people travel to, and where attackers sit.
const ELSEWHERE: [City; 16] = [
    city("London", "GB", "United Kingdom", 51.51, -0.13),
    city("Paris", "FR", "France", 48.86, 2.35),
    city("Madrid", "ES", "Spain", 40.42, -3.70),
    city("Warsaw", "PL", "Poland", 52.23, 21.01),
    city("New York", "US", "United States", 40.71, -74.01),
    city("Chicago", "US", "United States", 41.88, -87.63),
    city("San Francisco", "US", "United States", 37.77, -122.42),
    city("Tokyo", "JP", "Japan", 35.68, 139.69),
    city("Sydney", "AU", "Australia", -33.87, 151.21),
    city("Bengaluru", "IN", "India", 12.97, 77.59),
    city("Sao Paulo", "BR", "Brazil", -23.55, -46.63),
    city("Johannesburg", "ZA", "South Africa", -26.20, 28.05),
    city("Nairobi", "KE", "Kenya", -1.29, 36.82),
    city("Hanoi", "VN", "Vietnam", 21.03, 105.85),
    city("Bucharest", "RO", "Romania", 44.43, 26.10),
    city("Lima", "PE", "Peru", -12.05, -77.04),
];

/// How many cities there are beside those of the offices.
pub(super) const ELSEWHERE_COUNT: usize = ELSEWHERE.len();

const OFFICE_BLOCKS: u32 = 0;
const COMPANY_VPN_BLOCKS: u32 = 4;
const TOR_BLOCKS: u32 = 8;
const MACHINE_BLOCKS: u32 = 12;
const CLOUD_BLOCKS: u32 = 14;
const VPN_BLOCKS: u32 = 24;
const MOBILE_BLOCKS: u32 = 36;
const HOME_BLOCKS: u32 = 100;
const ELSEWHERE_BLOCKS: u32 = 420;
/// Of each office's city.
const MOBILE_EACH: u32 = 16;
const HOMES_EACH: u32 = 80;
const ELSEWHERE_EACH: u32 = 5;
const FIRST: u32 = u32::from_be_bytes([198, 18, 0, 0]);

impl Net {
    /// One of its addresses; the same for the same number.
    pub(super) fn address(self, number: u64) -> Ipv4Addr {
        let among = |count: u32| (number >> 16) as u32 % count;
        let block = match self {
            Self::Office(office) => OFFICE_BLOCKS + office as u32 % 4,
            Self::CompanyVpn => COMPANY_VPN_BLOCKS + among(4),
            Self::Tor => TOR_BLOCKS + among(4),
            Self::Machines => MACHINE_BLOCKS + among(2),
            Self::Cloud => CLOUD_BLOCKS + among(10),
            Self::Vpn => VPN_BLOCKS + among(12),
            Self::Mobile(office) => {
                MOBILE_BLOCKS + office as u32 % 4 * MOBILE_EACH + among(MOBILE_EACH)
            }
            Self::Home(office) => HOME_BLOCKS + office as u32 % 4 * HOMES_EACH + among(HOMES_EACH),
            Self::Elsewhere(city) => {
                let city = city as u32 % ELSEWHERE.len() as u32;
                ELSEWHERE_BLOCKS + city * ELSEWHERE_EACH + among(ELSEWHERE_EACH)
            }
        };
        let last = if matches!(self, Self::Office(_)) { 10 } else { 1 + number as u32 % 250 };
        Ipv4Addr::from(FIRST + block * 256 + last)
    }
}

/// What is known of an address; nothing of one that is not of this world.
#[must_use]
pub fn network(address: Ipv4Addr) -> Option<Network> {
    let block = u32::from(address).checked_sub(FIRST)? / 256;
    let of = |asn: u32, name: &'static str, city: &'static City, cover: Cover| {
        Some(Network { asn, name, city, cover })
    };
    let office = |block: u32, each: u32| &OFFICES[(block / each) as usize % 4];
    match block {
        OFFICE_BLOCKS..COMPANY_VPN_BLOCKS => {
            of(64_500, "Larkfield Instruments", office(block, 1), Cover::None)
        }
        COMPANY_VPN_BLOCKS..TOR_BLOCKS => {
            of(64_500, "Larkfield Instruments", office(block - COMPANY_VPN_BLOCKS, 1), Cover::None)
        }
        TOR_BLOCKS..MACHINE_BLOCKS => of(64_666, "Quiet Relays", &ELSEWHERE[14], Cover::Tor),
        MACHINE_BLOCKS..CLOUD_BLOCKS => of(64_510, "Stratus Cloud", &OFFICES[0], Cover::Hosting),
        CLOUD_BLOCKS..VPN_BLOCKS => {
            let city = &ELSEWHERE[(block - CLOUD_BLOCKS) as usize];
            of(64_520 + block - CLOUD_BLOCKS, "Bare Racks", city, Cover::Hosting)
        }
        VPN_BLOCKS..MOBILE_BLOCKS => {
            let city = &ELSEWHERE[(block - VPN_BLOCKS) as usize % 5];
            of(64_540 + (block - VPN_BLOCKS) % 3, "Veil VPN", city, Cover::Vpn)
        }
        MOBILE_BLOCKS..HOME_BLOCKS => {
            let block = block - MOBILE_BLOCKS;
            let city = office(block, MOBILE_EACH);
            of(64_550 + block / MOBILE_EACH * 2 + block % 2, "Airwave Mobile", city, Cover::None)
        }
        HOME_BLOCKS..ELSEWHERE_BLOCKS => {
            let block = block - HOME_BLOCKS;
            of(64_560 + block / 20, "Hearth Broadband", office(block, HOMES_EACH), Cover::None)
        }
        ELSEWHERE_BLOCKS..512 => {
            let block = block - ELSEWHERE_BLOCKS;
            let city = ELSEWHERE.get((block / ELSEWHERE_EACH) as usize)?;
            of(64_600 + block / ELSEWHERE_EACH, "Wayfarer Net", city, Cover::None)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_network_has_addresses_that_are_known_to_be_its_own() {
        for number in (0..40).map(|it: u64| it << 14) {
            for (net, cover) in [
                (Net::Office(1), Cover::None),
                (Net::Home(2), Cover::None),
                (Net::Mobile(3), Cover::None),
                (Net::CompanyVpn, Cover::None),
                (Net::Vpn, Cover::Vpn),
                (Net::Tor, Cover::Tor),
                (Net::Machines, Cover::Hosting),
                (Net::Cloud, Cover::Hosting),
                (Net::Elsewhere(15), Cover::None),
            ] {
                let found = network(net.address(number)).expect("an address of this world");
                assert_eq!(found.cover, cover, "{net:?} {number}");
            }
            let city = |net: Net| network(net.address(number)).map(|it| it.city.name);
            assert_eq!(city(Net::Home(3)), Some("Singapore"));
            assert_eq!(city(Net::Mobile(0)), Some("Berlin"));
            assert_eq!(city(Net::Elsewhere(7)), Some("Tokyo"));
        }
    }

    #[test]
    fn an_address_of_another_world_is_unknown() {
        assert_eq!(network(Ipv4Addr::new(192, 0, 2, 1)), None);
        assert_eq!(network(Ipv4Addr::new(198, 20, 0, 1)), None);
    }
}
