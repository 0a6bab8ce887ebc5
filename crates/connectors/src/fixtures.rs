//! People, factors and requests for the tests of verifiers.

use std::{
    collections::BTreeMap,
    io,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

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

/// Everything logged on this thread, at every level, while it lives.
pub(crate) struct LogCapture {
    written: Written,
    _guard: tracing::subscriber::DefaultGuard,
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl LogCapture {
    /// Starts to capture.
    pub(crate) fn start() -> Self {
        let written = Written::default();
        let writer = written.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        Self { written, _guard: tracing::subscriber::set_default(subscriber) }
    }

    /// What was logged so far.
    pub(crate) fn text(&self) -> String {
        let bytes = self.written.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
