//! The port, filled.

use std::time::Duration;

use async_trait::async_trait;
use model::{Method, Person, Timestamp};
use ports::{
    Failure,
    verifier::{Begun, ChallengeRequest, Enrolled, Factor, Verdict, Verifier},
};
use serde::Serialize;
use url::{Host, Url};
use webauthn_rs::prelude::{
    PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential,
    Webauthn, WebauthnBuilder,
};

use super::{decoy, map};
use crate::ceremony;

/// What to tell an operator when [`Passkey::new`] gives nothing.
pub const UNAVAILABLE_WARNING: &str = "passkeys are off: browsers offer them only to a page with \
     a host name, over https or on localhost; set server.public_url to such an address";

/// How long a browser lets the person find the device.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Proves by passkeys.
pub struct Passkey {
    webauthn: Webauthn,
    /// Our page's origin, as browsers spell it.
    origin: String,
}

/// Why passkeys cannot be set up with an address.
#[derive(Debug, thiserror::Error)]
#[error("passkeys cannot be set up with this server.public_url")]
pub struct PasskeyError;

impl Passkey {
    /// A verifier for the page at `public_url`; `rp_name` is what the browser may show.
    ///
    /// `None` where browsers offer no passkeys (an IP address, or plain http beyond localhost):
    /// show [`UNAVAILABLE_WARNING`] and go on without.
    ///
    /// # Errors
    /// [`PasskeyError`] when the address has no host at all.
    pub fn new(public_url: &Url, rp_name: &str) -> Result<Option<Self>, PasskeyError> {
        let Some(Host::Domain(rp_id)) = public_url.host() else {
            return if public_url.has_host() { Ok(None) } else { Err(PasskeyError) };
        };
        let is_local = rp_id == "localhost" || rp_id.ends_with(".localhost");
        match public_url.scheme() {
            "https" => {}
            "http" if is_local => {}
            _ => return Ok(None),
        }
        let builder = WebauthnBuilder::new(rp_id, public_url).map_err(|_| PasskeyError)?;
        let webauthn =
            builder.rp_name(rp_name).timeout(TIMEOUT).build().map_err(|_| PasskeyError)?;
        Ok(Some(Self { webauthn, origin: public_url.origin().ascii_serialization() }))
    }

    fn verdict(
        &self,
        request: &ChallengeRequest<'_>,
        state: &[u8],
        response: &str,
    ) -> Result<Verdict, Verdict> {
        let state: PasskeyAuthentication = ceremony::read_proof(request, state)?;
        let response: PublicKeyCredential = map::response(response)?;
        if !map::is_from_our_page(&response.response.client_data_json, &self.origin)
            || !map::is_handle_of(request.person, &response)
        {
            return Err(Verdict::Wrong);
        }
        let result = self
            .webauthn
            .finish_passkey_authentication(&response, &state)
            .map_err(|error| map::refusal(&error))?;
        Ok(map::verdict(&result, map::credentials(request.person, request.factors)))
    }

    fn registration(&self, person: &Person, existing: &[Factor]) -> Result<Begun, Failure> {
        let (options, state) = self
            .webauthn
            .start_passkey_registration(
                map::user_handle(person),
                person.email.reveal(),
                person.name.reveal(),
                Some(map::credential_ids(person, existing)),
            )
            .map_err(|_| Failure::permanent("passkey enrolment could not begin"))?;
        let state = ceremony::write_enrolment(person, state);
        Ok(Begun { state, options: Some(options_json(&options)), code: None })
    }
}

#[async_trait]
impl Verifier for Passkey {
    fn method(&self) -> Method {
        Method::Passkey
    }

    fn is_local(&self) -> bool {
        true
    }

    async fn begin(&self, request: &ChallengeRequest<'_>) -> Result<Begun, Failure> {
        let credentials: Vec<_> = map::credentials(request.person, request.factors)
            .into_iter()
            .map(|(_, credential)| credential)
            .collect();
        // An empty list would let any credential of this origin answer.
        if credentials.is_empty() {
            return Err(Failure::permanent("no passkey of this person may serve"));
        }
        let (options, state) = self
            .webauthn
            .start_passkey_authentication(&credentials)
            .map_err(|_| Failure::permanent("the passkey ceremony could not begin"))?;
        let state = ceremony::write_proof(request, state);
        Ok(Begun { state, options: Some(options_json(&options)), code: None })
    }

    async fn check(
        &self,
        request: &ChallengeRequest<'_>,
        state: &[u8],
        response: Option<&str>,
        _now: Timestamp,
    ) -> Result<Verdict, Failure> {
        let Some(response) = response else { return Ok(Verdict::Waiting) };
        Ok(self.verdict(request, state, response).unwrap_or_else(|verdict| verdict))
    }

    fn begin_enrolment(
        &self,
        person: &Person,
        existing: &[Factor],
    ) -> Option<Result<Begun, Failure>> {
        Some(self.registration(person, existing))
    }

    fn finish_enrolment(
        &self,
        person: &Person,
        state: &[u8],
        response: &str,
        _now: Timestamp,
    ) -> Result<Enrolled, Verdict> {
        let state: PasskeyRegistration = ceremony::read_enrolment(person, state)?;
        let response: RegisterPublicKeyCredential = map::response(response)?;
        if !map::is_from_our_page(&response.response.client_data_json, &self.origin) {
            return Err(Verdict::Wrong);
        }
        let credential = self
            .webauthn
            .finish_passkey_registration(&response, &state)
            .map_err(|error| map::refusal(&error))?;
        // The material holds the credential's own counter; this one only ever rises.
        let material = map::material(&credential);
        Ok(Enrolled { material, counter: 0, label: "Passkey".to_owned() })
    }

    fn decoy(&self, seed: &[u8; 32]) -> Option<serde_json::Value> {
        let (options, _) = self.webauthn.start_passkey_authentication(&[]).ok()?;
        Some(decoy::fill(options_json(&options), seed))
    }

    async fn is_available(&self, person: &Person, factors: &[Factor]) -> Result<bool, Failure> {
        Ok(!map::credentials(person, factors).is_empty())
    }
}

impl std::fmt::Debug for Passkey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Passkey").field("origin", &self.origin).finish_non_exhaustive()
    }
}

fn options_json(options: &impl Serialize) -> serde_json::Value {
    serde_json::to_value(options).expect("WebAuthn options have only string keys")
}
