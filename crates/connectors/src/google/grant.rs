//! A service account's key file, and the assertion that it signs (RFC 7523, RS256).

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use model::Timestamp;
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::json;

use crate::secret::SecretError;

/// What the service account asks for; the domain's administrator has to allow exactly these.
pub(super) const SCOPES: [&str; 3] = [
    "https://www.googleapis.com/auth/admin.directory.user",
    "https://www.googleapis.com/auth/admin.directory.user.security",
    "https://www.googleapis.com/auth/admin.reports.audit.readonly",
];
/// How long an assertion is good, in seconds.
const LIFE_SECONDS: i64 = 600;
/// How much earlier it is said to be made, against clocks that differ, in seconds.
const SKEW_SECONDS: i64 = 30;

/// The key of a service account.
pub(crate) struct ServiceAccount {
    email: String,
    key: RsaKeyPair,
}

/// What we read of the key file. Its `token_uri` is not believed: where tokens come from is a
/// setting.
#[derive(Deserialize)]
struct KeyFile {
    client_email: String,
    private_key: String,
}

impl ServiceAccount {
    /// Reads the JSON of a key file.
    pub(crate) fn read(text: &SecretString) -> Result<Self, SecretError> {
        let malformed = SecretError::Malformed;
        let file: KeyFile = serde_json::from_str(text.expose_secret())
            .map_err(|_| malformed("is not the JSON key file of a service account"))?;
        let der = der(&file.private_key)
            .ok_or(malformed("its private_key is not in the form BEGIN PRIVATE KEY"))?;
        let key = RsaKeyPair::from_pkcs8(&der)
            .map_err(|_| malformed("its private_key is not an RSA key of at least 2048 bits"))?;
        Ok(Self { email: file.client_email, key })
    }

    /// An assertion that this service account acts as `subject` now; `None` where signing fails.
    pub(crate) fn assertion(
        &self,
        scopes: &[&str],
        subject: &str,
        audience: &str,
        now: Timestamp,
    ) -> Option<SecretString> {
        let made_at = now.as_second() - SKEW_SECONDS;
        let head = json!({ "alg": "RS256", "typ": "JWT" });
        let claims = json!({
            "iss": self.email, "sub": subject, "scope": scopes.join(" "), "aud": audience,
            "iat": made_at, "exp": made_at + LIFE_SECONDS,
        });
        let encode = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encode(&head), encode(&claims));
        let mut signature = vec![0; self.key.public().modulus_len()];
        let random = SystemRandom::new();
        self.key.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature).ok()?;
        Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)).into())
    }
}

impl std::fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ServiceAccount[secret]")
    }
}

/// The bytes between the lines of a PEM file.
fn der(pem: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once("-----BEGIN PRIVATE KEY-----")?;
    let (body, _) = rest.split_once("-----END PRIVATE KEY-----")?;
    let body: String = body.split_whitespace().collect();
    STANDARD.decode(body).ok()
}
