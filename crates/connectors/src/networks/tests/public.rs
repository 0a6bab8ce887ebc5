//! Against tables that others have made.

use serde_json::Value as Json;

use super::*;

/// Against the data that MaxMind's test tables were made from, where they are at hand.
#[test]
fn every_network_of_the_public_test_tables_is_answered_as_it_was_put_in() {
    let Some(folder) = std::env::var_os("COUNTERSIGN_DATA") else {
        return println!("skipped: COUNTERSIGN_DATA is not set");
    };
    let folder = PathBuf::from(folder).join("geoip");
    let mut checked = 0;
    for name in ["GeoIP2-City-Test", "GeoLite2-ASN-Test", "GeoIP2-Anonymous-IP-Test"] {
        let table = Mmdb::load(name.to_owned(), folder.join(format!("{name}.mmdb")));
        assert_eq!(table.health().failure, None);
        let text = std::fs::read_to_string(folder.join(format!("{name}.source.json")));
        let source: Vec<serde_json::Map<String, Json>> =
            serde_json::from_str(&text.expect("the source")).expect("JSON");
        let rows: Vec<(ipnet::IpNet, &Json)> = source
            .iter()
            .flatten()
            .filter_map(|(net, row)| Some((net.parse().ok()?, row)))
            .collect();
        for (net, row) in &rows {
            // A narrower network within it may say otherwise of its first address.
            let is_first =
                rows.iter().filter(|(other, _)| other.contains(&net.addr())).count() == 1;
            if is_first {
                check_row(&table, net.addr(), row);
                checked += 1;
            }
        }
    }
    assert!(checked > 400, "{checked} networks");
}

fn check_row(table: &Mmdb, address: IpAddr, row: &Json) {
    // The tables hold IPv4 where IPv6 has it as `::a.b.c.d`.
    let address = match address {
        IpAddr::V6(ip) => {
            ip.to_ipv4().filter(|_| ip.segments()[..6] == [0; 6]).map_or(address, IpAddr::V4)
        }
        IpAddr::V4(_) => address,
    };
    let known = table.look_up(address);
    let told = |pointer: &str| row.pointer(pointer);
    let text = |pointer: &str| told(pointer).and_then(Json::as_str);
    assert_eq!(
        known.asn.map(u64::from),
        told("/autonomous_system_number").and_then(Json::as_u64),
        "{address}"
    );
    assert_eq!(known.name.as_deref(), text("/autonomous_system_organization"), "{address}");
    let country = known.country.map(|letters| String::from_utf8_lossy(&letters).into_owned());
    assert_eq!(country.as_deref(), text("/country/iso_code"), "{address}");
    assert_eq!(known.city.as_deref(), text("/city/names/en"), "{address}");
    let latitude = told("/location/latitude").and_then(Json::as_f64);
    let longitude = told("/location/longitude").and_then(Json::as_f64);
    let place = known.place.map(|place| (place.latitude, place.longitude));
    assert_eq!(place, latitude.zip(longitude), "{address}");
    if let Some(kinds) = known.anonymiser {
        let is = |key: &str| row[key] == true;
        assert_eq!(kinds.is_tor, is("is_tor_exit_node"), "{address}");
        assert_eq!(kinds.is_vpn, is("is_anonymous_vpn"), "{address}");
        assert_eq!(kinds.is_hosting, is("is_hosting_provider"), "{address}");
        let is_proxy = is("is_public_proxy") || is("is_residential_proxy");
        assert_eq!(kinds.is_proxy, is_proxy, "{address}");
    }
}
