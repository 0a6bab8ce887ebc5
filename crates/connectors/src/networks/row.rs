//! A row of a table in the MaxMind format, whoever made the table.
//!
//! MaxMind and DB-IP nest (`country.iso_code`), IPinfo is flat (`country_code`, `asn = "AS64500"`)
//! and writes numbers and truth values as texts. All are read; a field of another type is absent
//! and costs nothing else.

use std::{fmt, marker::PhantomData};

use event::{Anonymiser, Origin, Place};
use ports::networks::Network;
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

/// How far off a city's middle is where the table does not say, in kilometres.
const CITY_RADIUS_KM: f64 = 50.0;
/// The same of a country's.
const COUNTRY_RADIUS_KM: f64 = 1_000.0;
/// The longest radius: half of the globe's circumference.
const RADIUS_KM_MAX: f64 = 20_037.0;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Row {
    country: Field,
    country_code: Field,
    city: Field,
    location: Location,
    latitude: Field,
    longitude: Field,
    lat: Field,
    lng: Field,
    autonomous_system_number: Field,
    autonomous_system_organization: Field,
    asn: Field,
    as_name: Field,
    traits: Traits,
    is_anonymous_vpn: Field,
    is_hosting_provider: Field,
    is_public_proxy: Field,
    is_residential_proxy: Field,
    is_tor_exit_node: Field,
    vpn: Field,
    hosting: Field,
    proxy: Field,
    relay: Field,
    tor: Field,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Location {
    latitude: Field,
    longitude: Field,
    accuracy_radius: Field,
}

/// Where MaxMind's larger tables have the network.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Traits {
    autonomous_system_number: Field,
    autonomous_system_organization: Field,
}

impl Row {
    /// What it says. `has_anonymisers` is whether its table is one of anonymisers.
    pub(super) fn network(&self, has_anonymisers: bool) -> Network {
        let asn =
            [&self.autonomous_system_number, &self.traits.autonomous_system_number, &self.asn];
        let name = [
            &self.autonomous_system_organization,
            &self.traits.autonomous_system_organization,
            &self.as_name,
        ];
        let country = [&self.country_code, &self.country];
        Network {
            asn: asn.iter().find_map(|field| field.asn()),
            name: name.iter().find_map(|field| field.text()),
            country: country.iter().find_map(|field| Origin::letters(field.words()?)),
            city: self.city.text(),
            place: self.place(),
            anonymiser: has_anonymisers.then(|| self.anonymiser()),
        }
    }

    fn place(&self) -> Option<Place> {
        let first = |fields: [&Field; 3]| fields.iter().find_map(|field| field.number());
        let latitude = first([&self.location.latitude, &self.latitude, &self.lat])?;
        let longitude = first([&self.location.longitude, &self.longitude, &self.lng])?;
        if latitude.abs() > 90.0 || longitude.abs() > 180.0 {
            return None;
        }
        let usual = if self.city.words().is_some() { CITY_RADIUS_KM } else { COUNTRY_RADIUS_KM };
        let radius = self.location.accuracy_radius.number();
        let radius_km = radius.filter(|radius| *radius > 0.0).unwrap_or(usual).min(RADIUS_KM_MAX);
        Some(Place { latitude, longitude, radius_km })
    }

    fn anonymiser(&self) -> Anonymiser {
        let any = |fields: &[&Field]| fields.iter().any(|field| field.is_true());
        Anonymiser {
            is_tor: any(&[&self.is_tor_exit_node, &self.tor]),
            is_vpn: any(&[&self.is_anonymous_vpn, &self.vpn]),
            is_proxy: any(&[
                &self.is_public_proxy,
                &self.is_residential_proxy,
                &self.proxy,
                &self.relay,
            ]),
            is_hosting: any(&[&self.is_hosting_provider, &self.hosting]),
        }
    }
}

/// A value of whatever type a table has it in. Of an object it is the code or the English name.
#[derive(Debug, Default, Clone, PartialEq)]
enum Field {
    #[default]
    Absent,
    Text(Box<str>),
    Number(f64),
    Bool(bool),
}

impl Field {
    fn words(&self) -> Option<&str> {
        match self {
            Self::Text(text) if !text.trim().is_empty() => Some(text),
            _ => None,
        }
    }

    fn text(&self) -> Option<Box<str>> {
        event::normal::text(self.words()?)
    }

    fn number(&self) -> Option<f64> {
        let number = match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
            _ => None,
        };
        number.filter(|number| number.is_finite())
    }

    fn asn(&self) -> Option<u32> {
        let number = match self {
            Self::Text(text) => text.trim().trim_start_matches("AS").parse().ok(),
            // Numbers of systems have 32 bits, which a double holds exactly.
            Self::Number(number) if (1.0..=f64::from(u32::MAX)).contains(number) => {
                Some(*number as u32)
            }
            _ => None,
        };
        number.filter(|number| *number != 0)
    }

    fn is_true(&self) -> bool {
        match self {
            Self::Bool(is_true) => *is_true,
            Self::Text(text) => text.eq_ignore_ascii_case("true"),
            Self::Number(number) => *number == 1.0,
            Self::Absent => false,
        }
    }
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyField(PhantomData))
    }
}

struct AnyField(PhantomData<Field>);

impl<'de> Visitor<'de> for AnyField {
    type Value = Field;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Field, E> {
        Ok(Field::Text(text.into()))
    }

    fn visit_bool<E>(self, is_true: bool) -> Result<Field, E> {
        Ok(Field::Bool(is_true))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Field, E> {
        Ok(Field::Number(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Field, E> {
        Ok(Field::Number(number as f64))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Field, E> {
        Ok(Field::Number(number as f64))
    }

    fn visit_u128<E>(self, number: u128) -> Result<Field, E> {
        Ok(Field::Number(number as f64))
    }

    fn visit_bytes<E>(self, _bytes: &[u8]) -> Result<Field, E> {
        Ok(Field::Absent)
    }

    fn visit_unit<E>(self) -> Result<Field, E> {
        Ok(Field::Absent)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Field, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Field::Absent)
    }

    /// `iso_code` of a country, `names.en` of a city.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Field, A::Error> {
        let mut found = Field::Absent;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "iso_code" | "en" => found = map.next_value()?,
                "names" => {
                    let name = map.next_value()?;
                    if found == Field::Absent {
                        found = name;
                    }
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str, has_anonymisers: bool) -> Network {
        let row: Row = serde_json::from_str(json).expect("any row");
        row.network(has_anonymisers)
    }

    #[test]
    fn the_rows_of_every_maker_say_the_same() {
        let wanted = Network {
            asn: Some(64_500),
            name: Some("Example Net".into()),
            country: Some(*b"NO"),
            city: Some("Bergen".into()),
            place: Some(Place { latitude: 60.39, longitude: 5.32, radius_km: 50.0 }),
            anonymiser: None,
        };
        for json in [
            // MaxMind's larger tables, and DB-IP's.
            r#"{"continent":{"code":"EU"},"country":{"geoname_id":1,"iso_code":"NO","names":{"de":"Norwegen","en":"Norway"}},
                "city":{"geoname_id":2,"names":{"de":"x","en":"Bergen"}},"location":{"latitude":60.39,"longitude":5.32,"time_zone":"Europe/Oslo"},
                "subdivisions":[{"iso_code":"46"}],"traits":{"autonomous_system_number":64500,"autonomous_system_organization":"Example Net"}}"#,
            // The one for networks.
            r#"{"autonomous_system_number":64500,"autonomous_system_organization":"Example Net",
                "country":{"iso_code":"NO"},"city":{"names":{"en":"Bergen"}},"location":{"latitude":60.39,"longitude":5.32}}"#,
            // IPinfo's.
            r#"{"country":"Norway","country_code":"NO","city":"Bergen","lat":"60.39","lng":"5.32","asn":"AS64500","as_name":"Example Net"}"#,
            r#"{"country":"NO","city":"Bergen","latitude":60.39,"longitude":5.32,"asn":"64500","as_name":"Example Net"}"#,
        ] {
            assert_eq!(read(json, false), wanted, "{json}");
        }
    }

    #[test]
    fn kinds_of_anonymisers_are_read_from_tables_of_them_only() {
        let all = Anonymiser { is_tor: true, is_vpn: true, is_proxy: true, is_hosting: true };
        for json in [
            r#"{"is_anonymous":true,"is_anonymous_vpn":true,"is_hosting_provider":true,"is_residential_proxy":true,"is_tor_exit_node":true}"#,
            r#"{"vpn":"true","proxy":"true","tor":"TRUE","relay":"","hosting":1,"service":"x"}"#,
        ] {
            assert_eq!(read(json, true).anonymiser, Some(all), "{json}");
            assert_eq!(read(json, false).anonymiser, None);
        }
        assert_eq!(read("{}", true).anonymiser, Some(Anonymiser::default()));
    }

    #[test]
    fn a_field_of_another_type_is_absent_and_costs_nothing_else() {
        let row = read(
            r#"{"country":[1],"country_code":{"x":{"y":[2]}},"city":7,"location":{"latitude":91,"longitude":"x"},
                "asn":"ASX","autonomous_system_number":-1,"as_name":"Example Net"}"#,
            false,
        );
        assert_eq!(row, Network { name: Some("Example Net".into()), ..Network::default() });
        let far = r#"{"location":{"latitude":1,"longitude":2,"accuracy_radius":1e300}}"#;
        assert_eq!(read(far, false).place.map(|place| place.radius_km), Some(RADIUS_KM_MAX));
        let country = read(r#"{"location":{"latitude":1,"longitude":2}}"#, false);
        assert_eq!(country.place.map(|place| place.radius_km), Some(COUNTRY_RADIUS_KM));
    }
}
