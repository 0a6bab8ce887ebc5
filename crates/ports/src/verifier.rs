//! Proving that it is the person who answers.

#[cfg(any(test, feature = "conformance"))]
pub mod fake;

use std::net::IpAddr;

use async_trait::async_trait;
use model::{ChallengeId, FactorId, Method, Person, PersonId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Failure;

/// A way to prove. One instance a `[verify.NAME]`.
///
/// Passkeys and TOTP are local: `begin` and `check` touch no network. A remote provider shows a
/// code with `begin` and is asked with `check` until it is no longer [`Verdict::Waiting`].
#[async_trait]
pub trait Verifier: Send + Sync + 'static {
    /// Which way this is.
    fn method(&self) -> Method;
    /// Whether `begin` and `check` answer at once, without a network.
    fn is_local(&self) -> bool;
    /// Starts a ceremony. Only factors that may serve are given; a remote provider has its own.
    async fn begin(&self, request: &ChallengeRequest<'_>) -> Result<Begun, Failure>;
    /// Checks a response, or asks the provider. `state` is what `begin` returned.
    async fn check(
        &self,
        request: &ChallengeRequest<'_>,
        state: &[u8],
        response: Option<&str>,
        now: Timestamp,
    ) -> Result<Verdict, Failure>;
    /// Starts enrolling a new factor on our page; `None` where the provider does that itself.
    fn begin_enrolment(
        &self,
        person: &Person,
        existing: &[Factor],
    ) -> Option<Result<Begun, Failure>>;
    /// Ends it: the new factor's material and label.
    fn finish_enrolment(
        &self,
        person: &Person,
        state: &[u8],
        response: &str,
        now: Timestamp,
    ) -> Result<Enrolled, Verdict>;
    /// What [`Verifier::begin`] hands to the browser of somebody who has such a factor, made up
    /// from a seed: a sign-in form shows it where there is nobody, so that it never tells who has
    /// one. The same seed names the same credentials. `None` where browsers are handed nothing.
    fn decoy(&self, _seed: &[u8; 32]) -> Option<serde_json::Value> {
        None
    }
    /// Whether this provider has something of the person to prove with.
    async fn is_available(&self, person: &Person, factors: &[Factor]) -> Result<bool, Failure>;
}

/// What is to be proven.
#[derive(Debug, Clone)]
pub struct ChallengeRequest<'a> {
    /// The attempt.
    pub challenge: ChallengeId,
    /// Who must prove.
    pub person: &'a Person,
    /// The factors that may serve: of this method, independent of the alert, not removed.
    pub factors: &'a [Factor],
    /// What the provider shows: the short code of the question.
    pub code: &'a str,
    /// What happened, in a few words.
    pub action: &'a str,
    /// When, in the person's zone.
    pub time: &'a str,
    /// Where the person's own browser is, never the alert's address.
    pub client_ip: Option<IpAddr>,
}

/// A ceremony that has begun.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Begun {
    /// What the verifier needs to finish it; stays on the server, consumed once.
    pub state: Vec<u8>,
    /// What the page hands to the browser (WebAuthn options, a TOTP enrolment address).
    pub options: Option<serde_json::Value>,
    /// The code to type into the device, shown only in the session that asked.
    pub code: Option<String>,
}

impl std::fmt::Debug for Begun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Begun[secret]")
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// Nothing yet.
    Waiting,
    /// Proven.
    Proven(Proven),
    /// The response is wrong; another may be tried.
    Wrong,
    /// The person did not react in time.
    TimedOut,
    /// The person refused on the device.
    Refused,
    /// The person reported a fraud on the device.
    Fraud,
    /// The provider said yes, or no, in a way that proves nothing; why.
    NotEvidence(String),
}

/// A proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proven {
    /// With which of our factors; absent with a remote provider.
    pub factor: Option<FactorId>,
    /// With which of the provider's devices.
    pub provider_device: Option<String>,
    /// The factor's counter now: a TOTP step or a signature counter, to be stored with the proof.
    pub counter: Option<u64>,
    /// The factor's material now, where the ceremony changed it.
    pub material: Option<Vec<u8>>,
}

/// A factor of a person.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Factor {
    /// Its id.
    pub id: FactorId,
    /// Whose.
    pub person: PersonId,
    /// By which way it proves.
    pub method: Method,
    /// The name its owner gave it.
    pub label: String,
    /// When it was enrolled; unknown counts as new.
    pub created_at: Option<Timestamp>,
    /// Who or what let it be enrolled.
    pub authorised_by: String,
    /// The verifier's own record: a public key, a secret. Sealed at rest.
    pub material: Vec<u8>,
    /// The last TOTP step or signature counter accepted.
    pub counter: u64,
    /// Whether it lives in the directory and cannot be removed here.
    #[serde(default)]
    pub is_external: bool,
}

impl std::fmt::Debug for Factor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Factor[{} {}]", self.id, self.method.name())
    }
}

/// A newly enrolled factor's substance.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Enrolled {
    /// The verifier's own record.
    pub material: Vec<u8>,
    /// The counter to start from.
    pub counter: u64,
    /// A name to suggest.
    pub label: String,
}

impl std::fmt::Debug for Enrolled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Enrolled[secret]")
    }
}
