//! Security Event Tokens. Pure: the same signal gives the same bytes, so that a repeat is a repeat.

use std::{collections::BTreeMap, fmt, sync::LazyLock};

use data_encoding::BASE64URL_NOPAD;
use p256::{
    ecdsa::{Signature, signature::Signer as _},
    pkcs8::DecodePrivateKey as _,
};
use ports::compliance::ComplianceSignal;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{CaepSettings, CaepSubject};

/// The type of the event.
const EVENT: &str = "https://schemas.openid.net/secevent/caep/event-type/device-compliance-change";
/// What is said to people: nothing of which check it was.
const REASONS: &str = include_str!("reasons.json");

/// By language.
type Texts = BTreeMap<String, String>;

#[derive(Deserialize)]
struct Reasons {
    not_compliant: Texts,
    compliant: Texts,
}

/// A key that signs.
pub(super) struct SigningKey {
    key: p256::ecdsa::SigningKey,
    id: String,
}

impl SigningKey {
    /// Reads PKCS #8 in PEM.
    pub(super) fn read(pem: &str) -> Option<Self> {
        let key = p256::ecdsa::SigningKey::from_pkcs8_pem(pem).ok()?;
        let id = thumbprint(&coordinates(&key));
        Some(Self { key, id })
    }

    /// Its name: its thumbprint (RFC 7638).
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Its public half, as a set of keys.
    pub(super) fn public(&self) -> Value {
        let (x, y) = coordinates(&self.key);
        json!({ "keys": [{
            "kty": "EC", "crv": "P-256", "x": x, "y": y,
            "kid": self.id, "use": "sig", "alg": "ES256",
        }] })
    }

    fn sign(&self, text: &str) -> String {
        // Without randomness (RFC 6979).
        let signature: Signature = self.key.sign(text.as_bytes());
        BASE64URL_NOPAD.encode(&signature.to_bytes())
    }
}

fn coordinates(key: &p256::ecdsa::SigningKey) -> (String, String) {
    let point = key.verifying_key().to_sec1_point(false);
    // 4, then x, then y.
    let (x, y) = point.as_bytes()[1..].split_at(32);
    (BASE64URL_NOPAD.encode(x), BASE64URL_NOPAD.encode(y))
}

fn thumbprint((x, y): &(String, String)) -> String {
    let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    BASE64URL_NOPAD.encode(&Sha256::digest(canonical.as_bytes()))
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey[{}]", self.id)
    }
}

/// The token of a signal.
pub(super) fn token(settings: &CaepSettings, signal: &ComplianceSignal) -> String {
    let head = json!({ "typ": "secevent+jwt", "alg": "ES256", "kid": settings.key.id() });
    let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let signed = format!("{}.{}", encode(&head), encode(&claims(settings, signal)));
    let signature = settings.key.sign(&signed);
    format!("{signed}.{signature}")
}

fn claims(settings: &CaepSettings, signal: &ComplianceSignal) -> Value {
    let mut event = json!({
        "current_status": status(signal.is_compliant),
        "previous_status": status(signal.was_compliant),
        "event_timestamp": signal.at.as_second(),
        "initiating_entity": signal.initiator,
        "reason_admin": reasons(signal.is_compliant),
        "reason_user": reasons(signal.is_compliant),
    });
    let mut claims = json!({
        "iss": settings.issuer,
        "aud": settings.audience,
        "iat": signal.at.as_second(),
        "jti": signal.id.to_string(),
        "txn": signal.id.to_string(),
    });
    let subject = subject(settings, signal);
    match settings.subject {
        CaepSubject::SubId => claims["sub_id"] = subject,
        CaepSubject::Event => event["subject"] = subject,
    }
    claims["events"] = json!({ EVENT: event });
    claims
}

fn status(is_compliant: bool) -> &'static str {
    if is_compliant { "compliant" } else { "not-compliant" }
}

fn subject(settings: &CaepSettings, signal: &ComplianceSignal) -> Value {
    let named = settings.device.kind().and_then(|kind| signal.identifiers.get(&kind));
    let id = named.cloned().unwrap_or_else(|| signal.device.to_string());
    let mut subject = json!({
        "format": "complex",
        "device": { "format": "opaque", "id": id },
    });
    if let Some(email) = &signal.email {
        subject["user"] = json!({ "format": "email", "email": email.reveal() });
    }
    subject
}

fn reasons(is_compliant: bool) -> &'static Texts {
    static READ: LazyLock<Reasons> = LazyLock::new(|| {
        serde_json::from_str(REASONS).expect("the file is committed: a test reads it")
    });
    if is_compliant { &READ.compliant } else { &READ.not_compliant }
}
