//! People, factors and requests for the tests of verifiers.

use std::{collections::BTreeMap, net::IpAddr};

use model::{ChallengeId, FactorId, Method, Person, PersonId, Timestamp};
use ports::verifier::{ChallengeRequest, Factor};

/// An instant written as in the documentation.
pub(crate) fn instant(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

/// A person whose name, address and id come from `name`.
pub(crate) fn person(name: &str) -> Person {
    let bits = name.bytes().fold(0_u128, |bits, byte| (bits << 8) | u128::from(byte));
    Person {
        id: PersonId::from_digest(bits),
        subject: format!("sub-{name}").into(),
        email: format!("{name}@example.com").into(),
        name: name.into(),
        time_zone: None,
        language: None,
        manager: None,
        groups: Vec::new(),
        privileged: false,
        chat: BTreeMap::new(),
        aliases: Vec::new(),
        away: Vec::new(),
        active: true,
    }
}

/// A factor of a person, long enrolled.
pub(crate) fn factor(person: &Person, method: Method, number: u128, material: &[u8]) -> Factor {
    Factor {
        id: FactorId::from_digest(number),
        person: person.id,
        method,
        label: "factor".to_owned(),
        created_at: Some(instant("2026-01-31T00:00:00Z")),
        authorised_by: "test".to_owned(),
        material: material.to_vec(),
        counter: 0,
        is_external: false,
    }
}

/// A request to prove attempt `number`.
pub(crate) fn request<'a>(
    number: u128,
    person: &'a Person,
    factors: &'a [Factor],
) -> ChallengeRequest<'a> {
    ChallengeRequest {
        challenge: ChallengeId::from_digest(number),
        person,
        factors,
        code: "7K3Q",
        action: "signed in from a new network",
        time: "09:12",
        client_ip: Some(IpAddr::from([203, 0, 113, 7])),
    }
}
