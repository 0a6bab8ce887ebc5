//! The public keys of a provider (RFC 7517). Pure.

use data_encoding::BASE64URL_NOPAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::Deserialize;
use serde_json::Value;

use super::token::Algorithm;

/// How many keys of a set are looked at: the new one, the old one, and much slack.
const KEYS_MAX: usize = 100;
/// How an uncompressed point begins (SEC 1).
const UNCOMPRESSED: u8 = 4;
/// How long a coordinate on P-256 and a key of Ed25519 are, in bytes.
const COORDINATE_BYTES: usize = 32;

/// The keys that a provider signs with.
#[derive(Debug, Default)]
pub(super) struct KeySet(Vec<Key>);

/// A public key.
#[derive(Debug)]
pub(super) struct Key {
    id: Option<String>,
    /// The only way to sign that it is meant for, where it says so.
    only: Option<String>,
    material: Material,
}

#[derive(Debug)]
enum Material {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(Vec<u8>),
    Ed25519(Vec<u8>),
}

#[derive(Deserialize)]
struct Written {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// The keys among these that we can use. Others are no fault: sets hold keys for other uses.
    pub(super) fn of_written(keys: &[Value]) -> Self {
        let written = keys.iter().take(KEYS_MAX);
        Self(written.filter_map(|key| Key::of(Written::deserialize(key).ok()?)).collect())
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those that could have signed a token that names this key. One that names none can only be
    /// checked where there is no choice.
    pub(super) fn of(&self, id: Option<&str>, by: Algorithm) -> impl Iterator<Item = &Key> {
        let fitting = move |key: &&Key| key.fits(by);
        let is_alone = self.0.iter().filter(fitting).nth(1).is_none();
        self.0.iter().filter(fitting).filter(move |key| match id {
            Some(_) => key.id.as_deref() == id,
            None => is_alone,
        })
    }
}

impl Key {
    fn of(written: Written) -> Option<Self> {
        if written.purpose.as_deref().is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        let bytes =
            |text: &Option<String>| BASE64URL_NOPAD.decode(text.as_deref()?.as_bytes()).ok();
        let coordinate =
            |text: &Option<String>| bytes(text).filter(|bytes| bytes.len() == COORDINATE_BYTES);
        let material = match (written.kty.as_str(), written.crv.as_deref()) {
            ("RSA", _) => Material::Rsa { n: bytes(&written.n)?, e: bytes(&written.e)? },
            ("EC", Some("P-256")) => Material::P256(
                [&[UNCOMPRESSED][..], &coordinate(&written.x)?, &coordinate(&written.y)?].concat(),
            ),
            ("OKP", Some("Ed25519")) => Material::Ed25519(coordinate(&written.x)?),
            _ => return None,
        };
        Some(Self { id: written.kid, only: written.alg, material })
    }

    /// Whether it is a key for this way to sign.
    fn fits(&self, by: Algorithm) -> bool {
        let is_kind = match self.material {
            Material::Rsa { .. } => matches!(by, Algorithm::Rs256 | Algorithm::Ps256),
            Material::P256(_) => by == Algorithm::Es256,
            Material::Ed25519(_) => by == Algorithm::EdDsa,
        };
        is_kind && self.only.as_deref().is_none_or(|only| only == by.name())
    }

    /// Whether this key made this signature of these bytes.
    pub(super) fn has_signed(&self, by: Algorithm, signed: &[u8], signature: &[u8]) -> bool {
        match (&self.material, by) {
            (Material::Rsa { n, e }, Algorithm::Rs256) => RsaPublicKeyComponents { n, e }
                .verify(&RSA_PKCS1_2048_8192_SHA256, signed, signature)
                .is_ok(),
            (Material::Rsa { n, e }, Algorithm::Ps256) => RsaPublicKeyComponents { n, e }
                .verify(&RSA_PSS_2048_8192_SHA256, signed, signature)
                .is_ok(),
            (Material::P256(point), Algorithm::Es256) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                    .verify(signed, signature)
                    .is_ok()
            }
            (Material::Ed25519(key), Algorithm::EdDsa) => {
                UnparsedPublicKey::new(&ED25519, key).verify(signed, signature).is_ok()
            }
            _ => false,
        }
    }
}
