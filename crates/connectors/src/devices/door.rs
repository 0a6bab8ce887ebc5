//! What does not come in. Pure.
//!
//! A map reads the fields that it names and no others, so that everything else stays out by
//! itself. Here it is counted, so that people can be told what was sent and not kept, and texts
//! that would carry it in by another way are stopped.

use std::net::IpAddr;

use ports::devices::{Excess, Problems};
use serde_json::Value;

/// How deep is looked.
const DEPTH_MAX: usize = 12;
/// Names of fields, in small letters without signs, and what they hold.
const EXCESS: [(&str, Excess); 42] = [
    ("env", Excess::Environment),
    ("envs", Excess::Environment),
    ("environ", Excess::Environment),
    ("environment", Excess::Environment),
    ("environmentvariables", Excess::Environment),
    ("processes", Excess::Processes),
    ("runningprocesses", Excess::Processes),
    ("cmdline", Excess::Processes),
    ("commandline", Excess::Processes),
    ("ip", Excess::Networks),
    ("ipaddress", Excess::Networks),
    ("ipaddresses", Excess::Networks),
    ("lastipaddress", Excess::Networks),
    ("lastreportedip", Excess::Networks),
    ("lastreportedipv4", Excess::Networks),
    ("lastreportedipv6", Excess::Networks),
    ("lastknownnetwork", Excess::Networks),
    ("publicip", Excess::Networks),
    ("primaryip", Excess::Networks),
    ("wanipaddress", Excess::Networks),
    ("defaultgateway", Excess::Networks),
    ("ssid", Excess::Networks),
    ("wifissid", Excess::Networks),
    ("wifinetworks", Excess::Networks),
    ("subscribercarrier", Excess::Networks),
    ("networkoperator", Excess::Networks),
    ("phonenumber", Excess::PersonalData),
    ("phone", Excess::PersonalData),
    ("position", Excess::PersonalData),
    ("room", Excess::PersonalData),
    ("localuseraccounts", Excess::PersonalData),
    ("localaccounts", Excess::PersonalData),
    ("localusers", Excess::PersonalData),
    ("loggedinusers", Excess::PersonalData),
    ("users", Excess::PersonalData),
    ("usersloggedon", Excess::PersonalData),
    ("activetimeranges", Excess::PersonalData),
    ("devicefiles", Excess::PersonalData),
    ("browserattributes", Excess::PersonalData),
    ("geolocationlatitude", Excess::PersonalData),
    ("geolocationlongitude", Excess::PersonalData),
    ("permission", Excess::Other),
];

/// Counts what of a vendor's object is not kept.
pub(super) fn count(object: &Value, problems: &mut Problems) {
    walk(object, DEPTH_MAX, problems);
}

fn walk(value: &Value, depth: usize, problems: &mut Problems) {
    if depth == 0 {
        return;
    }
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                match kind_of(name) {
                    Some(excess) => problems.drop(excess, pieces(inner)),
                    None => walk(inner, depth - 1, problems),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|each| walk(each, depth - 1, problems)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What a field of this name holds, where it is nothing that comes in.
pub(super) fn kind_of(name: &str) -> Option<Excess> {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    let plain: String = letters.map(|each| each.to_ascii_lowercase()).collect();
    EXCESS.iter().find(|(word, _)| *word == plain).map(|(_, excess)| *excess)
}

fn pieces(value: &Value) -> usize {
    match value {
        Value::Null => 0,
        Value::String(text) if text.is_empty() => 0,
        Value::Array(list) => list.len(),
        Value::Object(fields) => fields.len(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => 1,
    }
}

/// Whether a text is an address, which no fact of a device needs.
pub(super) fn is_address(text: &str) -> bool {
    let text = text.trim();
    let bare = text.split_once('/').map_or(text, |(address, _)| address);
    bare.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    #[test]
    fn what_does_not_come_in_is_counted_wherever_it_lies() {
        let said = json!({
            "environment": { "AWS_SECRET": "x", "HOME": "y" },
            "general": { "lastIpAddress": "192.168.1.7", "name": "kept", "ip_address": "" },
            "software": [{ "permission": ["a", "b", "c"] }, { "running-processes": ["sh"] }],
        });
        let mut problems = Problems::default();
        count(&said, &mut problems);
        let expected = [
            (Excess::Environment, 2),
            (Excess::Processes, 1),
            (Excess::Networks, 1),
            (Excess::Other, 3),
        ];
        assert_eq!(problems.dropped, BTreeMap::from(expected));
        let mut deep = json!("x");
        for _ in 0..100 {
            deep = json!({ "a": deep });
        }
        count(&deep, &mut problems);
    }

    #[test]
    fn an_address_is_known_in_every_form() {
        for text in ["192.168.1.7", " 10.0.0.1/24", "fe80::1", "2001:db8::/48"] {
            assert!(is_address(text), "{text}");
        }
        for text in ["26.6.1", "10.0.26100.4061", "A-1742", "", "/"] {
            assert!(!is_address(text), "{text}");
        }
    }
}
