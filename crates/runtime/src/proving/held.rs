//! A challenge as it is kept until it is over.

use std::net::IpAddr;

use casework::{Case, snapshot};
use model::{CaseId, ChallengeId, Method, PersonId};
use ports::verifier::Begun;
use serde::{Deserialize, Serialize};

use crate::engine::Engine;

/// An outstanding challenge. What the verifier needs, and the code, lie sealed in it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct HeldChallenge {
    pub(crate) case: CaseId,
    pub(crate) person: PersonId,
    pub(crate) method: Method,
    /// The hash of the session that asked; only it may see a code and respond.
    pub(crate) session: String,
    pub(crate) client_ip: Option<IpAddr>,
    sealed: Option<Vec<u8>>,
}

impl HeldChallenge {
    pub(crate) fn new(
        case: &Case,
        person: PersonId,
        method: Method,
        session: String,
        client_ip: Option<IpAddr>,
    ) -> Self {
        Self { case: case.id, person, method, session, client_ip, sealed: None }
    }

    /// The same, begun.
    pub(crate) fn begun(self, engine: &Engine, id: ChallengeId, begun: Option<&Begun>) -> Self {
        let sealed =
            begun.map(|begun| engine.parts.seal.seal(&about(id), &snapshot::encode(begun)));
        Self { sealed, ..self }
    }

    pub(crate) fn has_begun(&self) -> bool {
        self.sealed.is_some()
    }

    /// What its verifier returned.
    pub(crate) fn opened(&self, engine: &Engine, id: ChallengeId) -> Option<Begun> {
        let bytes = engine.parts.seal.open(&about(id), self.sealed.as_deref()?)?;
        snapshot::decode(&bytes).ok()
    }
}

fn about(id: ChallengeId) -> String {
    format!("challenge {id}")
}
