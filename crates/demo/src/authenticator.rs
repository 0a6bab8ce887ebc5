//! A passkey authenticator in software, with the browser around it: it answers WebAuthn options
//! the way a device does, so that people of the demo and of tests can prove without a browser.
//!
//! P-256 keys, attestation `none`, one credential a registration. It can also misbehave, in the
//! ways a stolen or copied device would ([`Habits`]). It keeps its keys in memory and guards them
//! with nothing: never a device for anybody real.

mod cbor;

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use ports::Entropy;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use cbor::Cbor;

const FLAG_PRESENT: u8 = 0b0000_0001;
const FLAG_VERIFIED: u8 = 0b0000_0100;
const FLAG_CREDENTIAL: u8 = 0b0100_0000;
/// COSE's number of ECDSA with SHA-256 on P-256.
const ES256: i64 = -7;
const CREDENTIAL_ID_BYTES: usize = 32;

/// A device with its credentials.
pub struct Authenticator {
    /// How it behaves; a good device is [`Habits::default`].
    pub habits: Habits,
    credentials: Vec<Credential>,
    entropy: Arc<dyn Entropy>,
}

/// How a device and its browser behave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Habits {
    /// Asks for a finger or a PIN.
    pub verifies_user: bool,
    /// Runs in a frame of another page.
    pub is_cross_origin: bool,
    /// The signature counter to show next; each signature raises it. Absent: always zero, as
    /// synchronised passkeys do.
    pub counter: Option<u32>,
}

impl Default for Habits {
    fn default() -> Self {
        Self { verifies_user: true, is_cross_origin: false, counter: Some(1) }
    }
}

/// Why the device did nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthenticatorError {
    /// The options are not those of WebAuthn.
    #[error("the options lack {0}")]
    Malformed(&'static str),
    /// One of the excluded credentials is here.
    #[error("this device is enrolled already")]
    Excluded,
    /// None of the allowed credentials is here.
    #[error("no credential of this device is allowed")]
    Unknown,
}

struct Credential {
    id: Vec<u8>,
    rp_id: String,
    user_handle: String,
    key: SigningKey,
}

impl Authenticator {
    /// A good device without credentials. Its keys come from `entropy`.
    #[must_use]
    pub fn new(entropy: Arc<dyn Entropy>) -> Self {
        Self { habits: Habits::default(), credentials: Vec::new(), entropy }
    }

    /// Makes a credential: what `navigator.credentials.create(options)` returns on a page of
    /// `origin`, as JSON with base64url.
    ///
    /// # Errors
    /// [`AuthenticatorError`] as a device would refuse.
    pub fn register(&mut self, options: &Value, origin: &str) -> Result<Value, AuthenticatorError> {
        let options = &options["publicKey"];
        if self.held(&options["excludeCredentials"]).is_some() {
            return Err(AuthenticatorError::Excluded);
        }
        let credential = Credential {
            id: self.random::<CREDENTIAL_ID_BYTES>().to_vec(),
            rp_id: text(&options["rp"]["id"], "rp.id")?.to_owned(),
            user_handle: text(&options["user"]["id"], "user.id")?.to_owned(),
            key: self.key(),
        };
        let client_data = self.client_data("webauthn.create", options, origin)?;
        let mut data = self.authenticator_data(&credential.rp_id, FLAG_CREDENTIAL);
        data.extend(attested(&credential));
        let object = Cbor::Map(vec![
            (Cbor::Text("fmt"), Cbor::Text("none")),
            (Cbor::Text("attStmt"), Cbor::Map(Vec::new())),
            (Cbor::Text("authData"), Cbor::Bytes(data)),
        ]);
        let answer = answered(
            &credential.id,
            &json!({
                "clientDataJSON": BASE64URL.encode(&client_data),
                "attestationObject": BASE64URL.encode(object.encoded()),
                "transports": ["internal"],
            }),
        );
        self.credentials.push(credential);
        Ok(answer)
    }

    /// Signs a challenge: what `navigator.credentials.get(options)` returns on a page of `origin`.
    ///
    /// # Errors
    /// [`AuthenticatorError`] as a device would refuse.
    pub fn sign(&mut self, options: &Value, origin: &str) -> Result<Value, AuthenticatorError> {
        let options = &options["publicKey"];
        let rp_id = text(&options["rpId"], "rpId")?.to_owned();
        let client_data = self.client_data("webauthn.get", options, origin)?;
        let data = self.authenticator_data(&rp_id, 0);
        let credential =
            self.held(&options["allowCredentials"]).ok_or(AuthenticatorError::Unknown)?;
        let signed = [&data[..], &Sha256::digest(&client_data)].concat();
        let signature: Signature = credential.key.sign(&signed);
        Ok(answered(
            &credential.id,
            &json!({
                "clientDataJSON": BASE64URL.encode(&client_data),
                "authenticatorData": BASE64URL.encode(&data),
                "signature": BASE64URL.encode(signature.to_der().as_bytes()),
                "userHandle": credential.user_handle,
            }),
        ))
    }

    fn held(&self, descriptors: &Value) -> Option<&Credential> {
        let wanted = descriptors.as_array().into_iter().flatten();
        let ids: Vec<_> =
            wanted.filter_map(|each| BASE64URL.decode(each["id"].as_str()?).ok()).collect();
        self.credentials.iter().find(|credential| ids.contains(&credential.id))
    }

    fn client_data(
        &self,
        kind: &str,
        options: &Value,
        origin: &str,
    ) -> Result<Vec<u8>, AuthenticatorError> {
        let data = json!({
            "type": kind,
            "challenge": text(&options["challenge"], "challenge")?,
            "origin": origin,
            "crossOrigin": self.habits.is_cross_origin,
        });
        Ok(data.to_string().into_bytes())
    }

    /// The hash of the relying party, the flags and the counter (WebAuthn, section 6.1).
    fn authenticator_data(&mut self, rp_id: &str, more_flags: u8) -> Vec<u8> {
        let verified = if self.habits.verifies_user { FLAG_VERIFIED } else { 0 };
        let counter = self.habits.counter.unwrap_or(0);
        self.habits.counter = self.habits.counter.map(|counter| counter.wrapping_add(1));
        let mut data = Sha256::digest(rp_id.as_bytes()).to_vec();
        data.push(FLAG_PRESENT | verified | more_flags);
        data.extend(counter.to_be_bytes());
        data
    }

    fn key(&self) -> SigningKey {
        // All but about one in 2³² random strings are a key.
        loop {
            if let Ok(key) = SigningKey::from_slice(&self.random::<32>()) {
                return key;
            }
        }
    }

    fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes);
        bytes
    }
}

impl std::fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Authenticator[{} credentials]", self.credentials.len())
    }
}

/// The attested credential data (WebAuthn, section 6.5.1) with a COSE key (RFC 9053, section 7.1).
fn attested(credential: &Credential) -> Vec<u8> {
    let point = credential.key.verifying_key().to_sec1_point(false);
    let (x, y) = (point.x().expect("not compressed"), point.y().expect("not compressed"));
    let key = Cbor::Map(vec![
        (Cbor::Int(1), Cbor::Int(2)),
        (Cbor::Int(3), Cbor::Int(ES256)),
        (Cbor::Int(-1), Cbor::Int(1)),
        (Cbor::Int(-2), Cbor::Bytes(x.to_vec())),
        (Cbor::Int(-3), Cbor::Bytes(y.to_vec())),
    ]);
    let unknown_model = [0; 16];
    let id_length = (CREDENTIAL_ID_BYTES as u16).to_be_bytes();
    [&unknown_model[..], &id_length, &credential.id, &key.encoded()].concat()
}

fn answered(id: &[u8], response: &Value) -> Value {
    let id = BASE64URL.encode(id);
    json!({ "id": id, "rawId": id, "type": "public-key", "response": response, "extensions": {} })
}

fn text<'a>(value: &'a Value, name: &'static str) -> Result<&'a str, AuthenticatorError> {
    value.as_str().ok_or(AuthenticatorError::Malformed(name))
}
