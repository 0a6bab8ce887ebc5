//! The port, filled.

use std::sync::Arc;

use async_trait::async_trait;
use model::{Method, Person, Timestamp};
use ports::{
    Entropy, Failure,
    verifier::{Begun, ChallengeRequest, Enrolled, Factor, Proven, Verdict, Verifier},
};
use serde_json::json;

use super::map;
use crate::ceremony;

/// Proves by codes of an authenticator app.
pub struct Totp {
    issuer: String,
    entropy: Arc<dyn Entropy>,
}

impl Totp {
    /// A verifier whose enrolments name `issuer` (the organisation) in the app.
    #[must_use]
    pub fn new(issuer: impl Into<String>, entropy: Arc<dyn Entropy>) -> Self {
        Self { issuer: issuer.into(), entropy }
    }
}

#[async_trait]
impl Verifier for Totp {
    fn method(&self) -> Method {
        Method::Totp
    }

    fn is_local(&self) -> bool {
        true
    }

    async fn begin(&self, request: &ChallengeRequest<'_>) -> Result<Begun, Failure> {
        Ok(Begun { state: ceremony::write_proof(request, ()), options: None, code: None })
    }

    async fn check(
        &self,
        request: &ChallengeRequest<'_>,
        state: &[u8],
        response: Option<&str>,
        now: Timestamp,
    ) -> Result<Verdict, Failure> {
        if let Err(verdict) = ceremony::read_proof::<()>(request, state) {
            return Ok(verdict);
        }
        let Some(typed) = response else { return Ok(Verdict::Waiting) };
        Ok(verdict(request, typed, now))
    }

    fn begin_enrolment(
        &self,
        person: &Person,
        _existing: &[Factor],
    ) -> Option<Result<Begun, Failure>> {
        let mut secret = [0; map::SECRET_BYTES];
        self.entropy.fill(&mut secret);
        let options = json!({
            "otpauth": map::otpauth(&self.issuer, person.email.reveal(), &secret),
            "secret": map::base32(&secret),
        });
        let state = ceremony::write_enrolment(person, secret);
        Some(Ok(Begun { state, options: Some(options), code: None }))
    }

    fn finish_enrolment(
        &self,
        person: &Person,
        state: &[u8],
        response: &str,
        now: Timestamp,
    ) -> Result<Enrolled, Verdict> {
        let secret: [u8; map::SECRET_BYTES] = ceremony::read_enrolment(person, state)?;
        // The code typed here is used up with it: it must not serve as the first proof.
        let step = map::matching_step(&secret, response, now, 0).ok_or(Verdict::Wrong)?;
        let label = "Authenticator app".to_owned();
        Ok(Enrolled { material: secret.to_vec(), counter: step, label })
    }

    async fn is_available(&self, person: &Person, factors: &[Factor]) -> Result<bool, Failure> {
        Ok(factors
            .iter()
            .any(|factor| serves(factor, person) && factor.material.len() >= map::SECRET_MIN_BYTES))
    }
}

impl std::fmt::Debug for Totp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Totp")
    }
}

fn verdict(request: &ChallengeRequest<'_>, typed: &str, now: Timestamp) -> Verdict {
    let mut factors = request.factors.iter().filter(|factor| serves(factor, request.person));
    let proven = factors.find_map(|factor| {
        let step = map::matching_step(&factor.material, typed, now, factor.counter)?;
        Some(Proven {
            factor: Some(factor.id),
            provider_device: None,
            counter: Some(step),
            material: None,
        })
    });
    proven.map_or(Verdict::Wrong, Verdict::Proven)
}

fn serves(factor: &Factor, person: &Person) -> bool {
    factor.method == Method::Totp && factor.person == person.id
}
