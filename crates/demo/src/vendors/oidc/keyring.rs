//! The provider's keys: one of RSA, one of the curve P-256, one of Edwards' curve.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    rand::SystemRandom,
    rsa,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
        RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
    },
};
use serde_json::{Value, json};

use crate::vendors::keys;

/// What a token is signed with, by RFC 7518 and RFC 8037.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA with the padding of PKCS#1.
    Rs256,
    /// RSA with PSS.
    Ps256,
    /// ECDSA on the curve P-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// Each of them.
    pub const ALL: [Self; 4] = [Self::Rs256, Self::Ps256, Self::Es256, Self::EdDsa];

    /// Its name in the header of a token.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

/// The keys of one time between rotations.
pub(super) struct Keyring {
    generation: usize,
    curve: EcdsaKeyPair,
    edwards: Ed25519KeyPair,
}

impl Keyring {
    pub(super) fn new(generation: usize) -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let curve = EcdsaKeyPair::generate_pkcs8(algorithm, &random)
            .ok()
            .and_then(|key| EcdsaKeyPair::from_pkcs8(algorithm, key.as_ref(), &random).ok());
        let edwards = Ed25519KeyPair::generate_pkcs8(&random)
            .ok()
            .and_then(|key| Ed25519KeyPair::from_pkcs8(key.as_ref()).ok());
        Self {
            generation,
            curve: curve.expect("the system has randomness"),
            edwards: edwards.expect("the system has randomness"),
        }
    }

    /// Other keys with other ids.
    pub(super) fn successor(&self) -> Self {
        Self::new(self.generation + 1)
    }

    /// The id of the key that an algorithm signs with.
    pub(super) fn id(&self, algorithm: Algorithm) -> String {
        let kind = match algorithm {
            Algorithm::Rs256 | Algorithm::Ps256 => "rsa",
            Algorithm::Es256 => "p256",
            Algorithm::EdDsa => "ed25519",
        };
        format!("{kind}-{}", self.generation)
    }

    /// A signature as a token carries it.
    pub(super) fn sign(&self, algorithm: Algorithm, text: &str) -> Vec<u8> {
        match algorithm {
            Algorithm::Rs256 => self.sign_with_rsa(&RSA_PKCS1_SHA256, text),
            Algorithm::Ps256 => self.sign_with_rsa(&RSA_PSS_SHA256, text),
            Algorithm::Es256 => {
                let signature = self.curve.sign(&SystemRandom::new(), text.as_bytes());
                signature.expect("the system has randomness").as_ref().to_vec()
            }
            Algorithm::EdDsa => self.edwards.sign(text.as_bytes()).as_ref().to_vec(),
        }
    }

    fn sign_with_rsa(&self, padding: &'static dyn RsaEncoding, text: &str) -> Vec<u8> {
        let key = self.rsa();
        let mut signature = vec![0; key.public().modulus_len()];
        key.sign(padding, &SystemRandom::new(), text.as_bytes(), &mut signature)
            .expect("the signature has the length of the modulus");
        signature
    }

    /// Making RSA keys is slow: there are two pairs, which take turns under new ids.
    fn rsa(&self) -> RsaKeyPair {
        let pair = if self.generation % 2 == 1 { &keys::SERVICE_ACCOUNT } else { &keys::SECOND };
        RsaKeyPair::from_pkcs8(&pair.private_der).expect("a key of ours")
    }

    /// The bytes of the public key that an algorithm's signatures are checked with.
    pub(super) fn public(&self, algorithm: Algorithm) -> Vec<u8> {
        match algorithm {
            Algorithm::Rs256 | Algorithm::Ps256 => self.rsa().public().as_ref().to_vec(),
            Algorithm::Es256 => self.curve.public_key().as_ref().to_vec(),
            Algorithm::EdDsa => self.edwards.public_key().as_ref().to_vec(),
        }
    }

    /// The set of public keys. The one of RSA serves two algorithms and is for the one in use.
    pub(super) fn published(&self, in_use: Algorithm) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let rsa = rsa::PublicKeyComponents::<Vec<u8>>::from(self.rsa().public());
        let of_rsa = if in_use == Algorithm::Ps256 { in_use } else { Algorithm::Rs256 };
        let curve = self.public(Algorithm::Es256);
        // A point without compression: a 4, then both coordinates of 32 bytes.
        let (x, y) = curve[1..].split_at(32);
        json!({ "keys": [
            { "kty": "RSA", "use": "sig", "alg": of_rsa.name(), "kid": self.id(of_rsa),
              "n": text(&rsa.n), "e": text(&rsa.e) },
            { "kty": "EC", "use": "sig", "alg": "ES256", "kid": self.id(Algorithm::Es256),
              "crv": "P-256", "x": text(x), "y": text(y) },
            { "kty": "OKP", "use": "sig", "alg": "EdDSA", "kid": self.id(Algorithm::EdDsa),
              "crv": "Ed25519", "x": text(&self.public(Algorithm::EdDsa)) },
        ] })
    }
}
