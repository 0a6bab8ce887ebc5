//! Signed tokens (RFC 7515, compact form), and whether a signature is right. Pure.

use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{claims::Untrue, keys::KeySet};

/// The longest token that is looked at, in bytes: people in very many groups have long ones.
pub(super) const TOKEN_MAX_BYTES: usize = 64 * 1024;
/// The type of a token about a sign-in, where one is said.
const TYPE: &str = "JWT";

/// How a token may be signed: with a private key of the provider's. Neither `none` nor a shared
/// secret is among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA, PKCS #1 padding.
    Rs256,
    /// RSA, PSS padding.
    Ps256,
    /// ECDSA on P-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Rs256, Self::Ps256, Self::Es256, Self::EdDsa];

    /// Its name (RFC 7518).
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }
}

/// What a token says of itself. Nothing in it is believed but which key to try.
#[derive(Deserialize)]
struct Head {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

/// A token taken apart, not yet believed.
pub(super) struct Token<'t> {
    pub(super) algorithm: Algorithm,
    pub(super) key: Option<String>,
    signed: &'t str,
    body: &'t str,
    signature: Vec<u8>,
}

impl<'t> Token<'t> {
    /// Takes a token apart.
    pub(super) fn read(text: &'t str, accepted: &[Algorithm]) -> Result<Self, Untrue> {
        if text.len() > TOKEN_MAX_BYTES {
            return Err(Untrue::Unreadable);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(Untrue::Unreadable)?;
        let (head, body) = signed.split_once('.').ok_or(Untrue::Unreadable)?;
        if body.contains('.') {
            // Five parts are an encrypted one, which we never asked for.
            return Err(Untrue::Unreadable);
        }
        let head: Head = parsed(head)?;
        let is_type = |typ: &String| typ.eq_ignore_ascii_case(TYPE);
        if head.crit.is_some() || !head.typ.as_ref().is_none_or(is_type) {
            return Err(Untrue::Kind);
        }
        let algorithm = Algorithm::named(&head.alg).filter(|known| accepted.contains(known));
        let algorithm = algorithm.ok_or(Untrue::Algorithm)?;
        let signature = BASE64URL_NOPAD.decode(signature.as_bytes());
        let signature = signature.map_err(|_| Untrue::Unreadable)?;
        Ok(Self { algorithm, key: head.kid, signed, body, signature })
    }

    /// Whether one of these keys could have signed it.
    pub(super) fn is_of(&self, keys: &KeySet) -> bool {
        keys.of(self.key.as_deref(), self.algorithm).next().is_some()
    }

    /// What it says, if one of these keys signed it.
    pub(super) fn claims(&self, keys: &KeySet) -> Result<Map<String, Value>, Untrue> {
        let mut candidates = keys.of(self.key.as_deref(), self.algorithm);
        let signed = self.signed.as_bytes();
        if !candidates.any(|key| key.has_signed(self.algorithm, signed, &self.signature)) {
            return Err(Untrue::Signature);
        }
        parsed(self.body)
    }
}

fn parsed<T: serde::de::DeserializeOwned>(part: &str) -> Result<T, Untrue> {
    let bytes = BASE64URL_NOPAD.decode(part.as_bytes()).map_err(|_| Untrue::Unreadable)?;
    serde_json::from_slice(&bytes).map_err(|_| Untrue::Unreadable)
}
