//! The words that the company is made of.

use super::Office;

pub(super) const TEAMS: &[&str] =
    &["Engineering", "Finance", "People", "Sales", "Support", "Security", "IT", "Design"];

pub(super) const OFFICES: &[Office] = &[
    Office { city: "Berlin", zone: "Europe/Berlin", address: "192.0.2.10" },
    Office { city: "Lisbon", zone: "Europe/Lisbon", address: "192.0.2.74" },
    Office { city: "Toronto", zone: "America/Toronto", address: "192.0.2.138" },
    Office { city: "Singapore", zone: "Asia/Singapore", address: "192.0.2.202" },
];

pub(super) const FIRST_NAMES: &[&str] = &[
    "Mia", "Noah", "Aisha", "Liam", "Ines", "Jonas", "Priya", "Mateo", "Yuki", "Sofia", "Omar",
    "Clara", "Kofi", "Elena", "Tariq", "Hana", "Lucas", "Nadia", "Felix", "Amara", "Ravi", "Greta",
    "Hugo", "Leila", "Marek", "Zoe", "Dario", "Freya", "Anton", "Salma", "Tomas", "Ida", "Kenji",
    "Paula", "Samir", "Vera", "Oskar", "Lina", "Bruno", "Maya",
];

pub(super) const LAST_NAMES: &[&str] = &[
    "Brandt",
    "Okafor",
    "Silva",
    "Tanaka",
    "Novak",
    "Fischer",
    "Rahman",
    "Costa",
    "Lindqvist",
    "Moreau",
    "Petrov",
    "Adeyemi",
    "Keller",
    "Nakamura",
    "Ferreira",
    "Haddad",
    "Jansen",
    "Kowalski",
    "Mbeki",
    "Olsen",
    "Pereira",
    "Richter",
    "Santos",
    "Thorne",
    "Ueda",
    "Vargas",
    "Weiss",
    "Yilmaz",
    "Zhang",
    "Albrecht",
    "Bauer",
    "Castillo",
    "Dvorak",
    "Ekström",
    "Fontaine",
    "Grewal",
    "Hoffmann",
    "Ivanova",
    "Jensen",
    "Kapoor",
];

/// Where attackers come from: documentation addresses and places nobody of the company works.
pub(super) const STRANGE_PLACES: &[(&str, &str, &str)] = &[
    ("203.0.113.7", "Vilnius, Lithuania", "Hostgrove Networks"),
    ("203.0.113.88", "Sofia, Bulgaria", "Relaypoint Hosting"),
    ("198.51.100.23", "Chisinau, Moldova", "Northgate VPN"),
    ("198.51.100.141", "Lagos, Nigeria", "Bluewave Mobile"),
    ("203.0.113.200", "São Paulo, Brazil", "Cantareira Telecom"),
];

pub(super) const CLIENTS: &[&str] = &[
    "Firefox on Windows",
    "Chrome on macOS",
    "Safari on iPhone",
    "Chrome on Linux",
    "Edge on Windows",
    "an unknown client",
];

pub(super) const HOSTS: &[&str] =
    &["build-03", "db-replica-2", "web-14", "vault-1", "bastion-eu", "analytics-5"];

pub(super) const REPOSITORIES: &[&str] =
    &["firmware-core", "calibration-lab", "billing", "infrastructure", "customer-portal"];

/// A name without the one letter of ours that mail addresses do not take.
pub(super) fn ascii(name: &str) -> String {
    name.replace('ö', "o")
}
