//! A relying party by the book, which tells every rule that was broken instead of the first.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256, Sha512};

use super::{ACR, CLIENT_ID, NONCE, STATE};
use crate::vendors::oidc::{Algorithm, Lie};

pub(super) struct Party {
    pub(super) issuer: String,
    pub(super) algorithm: Algorithm,
    pub(super) now: i64,
}

/// The rule that a lie breaks.
pub(super) fn rule(lie: Lie) -> &'static str {
    match lie {
        Lie::WrongIssuer => "iss",
        Lie::WrongAudience => "aud",
        Lie::SecondAudienceWithoutAzp | Lie::WrongAzp => "azp",
        Lie::Expired | Lie::ExpiryAsText => "exp",
        Lie::IssuedInTheFuture => "iat",
        Lie::NotYetValid => "nbf",
        Lie::NoNonce | Lie::WrongNonce => "nonce",
        Lie::NoSubject | Lie::EmptySubject => "sub",
        Lie::AlgNone | Lie::HsWithPublicKey => "alg",
        Lie::SignedByAnotherKey | Lie::BrokenSignature | Lie::ChangedClaims => "signature",
        Lie::UnknownKid => "kid",
        Lie::CriticalHeader => "crit",
        Lie::WrongAtHash => "at_hash",
        Lie::OldAuthTime | Lie::NoAuthTime => "auth_time",
        Lie::WrongAcr | Lie::NoAcr => "acr",
        Lie::NotAToken => "form",
        Lie::WrongIssParameter | Lie::NoIssParameter => "iss of the redirect",
        Lie::WrongState => "state",
        Lie::MetadataOfAnotherIssuer => "issuer of the metadata",
    }
}

impl Party {
    pub(super) fn metadata(&self, metadata: &Value) -> Vec<&'static str> {
        let address = |path: &str| json!(format!("{}{path}", self.issuer));
        broken([
            ("issuer of the metadata", metadata["issuer"] == self.issuer),
            ("authorize", metadata["authorization_endpoint"] == address("/authorize")),
            ("token", metadata["token_endpoint"] == address("/token")),
            ("jwks", metadata["jwks_uri"] == address("/jwks")),
            ("pkce", metadata["code_challenge_methods_supported"] == json!(["S256"])),
            ("mix-up", metadata["authorization_response_iss_parameter_supported"] == true),
        ])
    }

    pub(super) fn redirect(&self, back: &BTreeMap<String, String>) -> Vec<&'static str> {
        broken([
            ("iss of the redirect", back.get("iss") == Some(&self.issuer)),
            ("state", back.get("state").is_some_and(|state| state == STATE)),
        ])
    }

    pub(super) fn token(&self, token: &str, access: &str, keys: &Value) -> Vec<&'static str> {
        let parts: Vec<&str> = token.split('.').collect();
        let [head, claims, signature] = parts[..] else { return vec!["form"] };
        let signed = format!("{head}.{claims}");
        let (Some(head), Some(claims)) = (read(head), read(claims)) else { return vec!["form"] };
        let key = keys["keys"].as_array().and_then(|keys| {
            keys.iter().find(|key| key["kid"] == head["kid"] && key["use"] == "sig")
        });
        let is_alg = head["alg"] == self.algorithm.name();
        let is_signed = |key: &Value| self.is_signed(key, signed.as_bytes(), &bytes(signature));
        // A signature under a wrong name, or of no key, is not looked at.
        let is_signed = !is_alg || key.is_none_or(is_signed);
        let head_rules = [
            ("alg", is_alg),
            ("kid", key.is_some()),
            ("crit", head.get("crit").is_none()),
            ("signature", is_signed),
        ];
        [broken(head_rules), self.claims(&claims, access)].concat()
    }

    fn claims(&self, claims: &Value, access: &str) -> Vec<&'static str> {
        let audiences = match &claims["aud"] {
            Value::Array(all) => all.clone(),
            one => vec![one.clone()],
        };
        let azp = claims.get("azp");
        let time = |name: &str| claims[name].as_i64();
        broken([
            ("iss", claims["iss"] == self.issuer),
            ("aud", audiences.contains(&json!(CLIENT_ID))),
            ("azp", azp.map_or(audiences.len() == 1, |azp| azp == CLIENT_ID)),
            ("exp", time("exp").is_some_and(|at| self.now < at)),
            ("iat", time("iat").is_some_and(|at| at <= self.now)),
            ("nbf", claims.get("nbf").is_none() || time("nbf").is_some_and(|at| at <= self.now)),
            ("nonce", claims["nonce"] == NONCE),
            ("sub", claims["sub"] == "mia-1"),
            ("at_hash", claims["at_hash"] == self.half_hash(access)),
            ("auth_time", time("auth_time").is_some_and(|at| self.now <= at)),
            ("acr", claims["acr"] == ACR),
        ])
    }

    fn half_hash(&self, access: &str) -> String {
        let half = match self.algorithm {
            Algorithm::EdDsa => Sha512::digest(access)[..32].to_vec(),
            _ => Sha256::digest(access)[..16].to_vec(),
        };
        URL_SAFE_NO_PAD.encode(half)
    }

    fn is_signed(&self, key: &Value, text: &[u8], signature: &[u8]) -> bool {
        let part = |name: &str| bytes(key[name].as_str().unwrap_or_default());
        let rsa = RsaPublicKeyComponents { n: part("n"), e: part("e") };
        let (kty, is_valid) = match self.algorithm {
            Algorithm::Rs256 => ("RSA", rsa.verify(&RSA_PKCS1_2048_8192_SHA256, text, signature)),
            Algorithm::Ps256 => ("RSA", rsa.verify(&RSA_PSS_2048_8192_SHA256, text, signature)),
            Algorithm::Es256 => {
                let point = [vec![4], part("x"), part("y")].concat();
                let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
                ("EC", key.verify(text, signature))
            }
            Algorithm::EdDsa => {
                ("OKP", UnparsedPublicKey::new(&ED25519, part("x")).verify(text, signature))
            }
        };
        key["kty"] == kty && key["alg"] == self.algorithm.name() && is_valid.is_ok()
    }
}

/// Whether a token is what HS256 makes with the bytes of that public key.
pub(super) fn is_signed_with_public_key(token: &Value, key: &Value) -> bool {
    let (token, key) = (token.as_str().unwrap_or_default(), key.as_str().unwrap_or_default());
    let (text, signature) = token.rsplit_once('.').expect("a token");
    let mut mac = Hmac::<Sha256>::new_from_slice(&bytes(key)).expect("any length will do");
    mac.update(text.as_bytes());
    mac.verify_slice(&bytes(signature)).is_ok()
}

/// The claims of a token, unchecked.
pub(super) fn payload(token: &str) -> Option<Value> {
    token.split('.').nth(1).and_then(read)
}

fn broken<const N: usize>(rules: [(&'static str, bool); N]) -> Vec<&'static str> {
    rules.into_iter().filter(|(_, holds)| !holds).map(|(rule, _)| rule).collect()
}

fn read(part: &str) -> Option<Value> {
    serde_json::from_slice(&bytes(part)).ok()
}

fn bytes(part: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(part).unwrap_or_default()
}
