//! Proving a claim on our own page.

use std::net::IpAddr;

use casework::Case;
use model::{CaseId, ChallengeId, Method, PersonId};

use crate::engine::{Engine, EngineError};

/// A ceremony, as the page that asked for it may see it.
#[derive(Debug, Clone)]
pub struct Ceremony {
    /// Which.
    pub challenge: ChallengeId,
    /// By which way.
    pub method: Method,
    /// What the browser needs (WebAuthn options).
    pub options: Option<serde_json::Value>,
    /// The code to type into the device; only in the session that asked (R5).
    pub code: Option<String>,
    /// Whether a remote provider has not yet begun, so that the page should look again.
    pub is_starting: bool,
}

impl Engine {
    /// The ways by which this person can prove this case now, strongest first.
    pub async fn ways(&self, _person: PersonId, _case: &Case) -> Result<Vec<Method>, EngineError> {
        unimplemented!()
    }

    /// Begins a proof. `session` is the hash of the session that asks.
    pub async fn begin_proof(
        &self,
        _person: PersonId,
        _case: CaseId,
        _method: Method,
        _session: &str,
        _client_ip: Option<IpAddr>,
    ) -> Result<Ceremony, EngineError> {
        unimplemented!()
    }

    /// The outstanding ceremony, with its code only for the session that began it.
    pub async fn ceremony(
        &self,
        _person: PersonId,
        _case: CaseId,
        _session: &str,
    ) -> Result<Option<Ceremony>, EngineError> {
        unimplemented!()
    }

    /// Takes the response of a local ceremony: a WebAuthn answer or a TOTP code.
    pub async fn finish_proof(
        &self,
        _person: PersonId,
        _case: CaseId,
        _challenge: ChallengeId,
        _session: &str,
        _response: &str,
    ) -> Result<Case, EngineError> {
        unimplemented!()
    }
}
