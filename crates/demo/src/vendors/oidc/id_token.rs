//! The ID token: the claims of OpenID Connect Core, section 2, and their signature.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use model::Span;
use ring::{
    digest::{SHA256, SHA512, digest},
    hmac,
};
use serde_json::{Map, Value, json};

use super::{Algorithm, Lie, Provider, authorize::Grant};

/// How long a token is good.
pub(super) const TOKEN_LIFETIME: Span = Span::minutes(5);

type Object = Map<String, Value>;

impl Provider {
    /// The token for whom a code was given out to, or whatever the lie makes of it.
    pub(super) fn id_token(&self, grant: &Grant, access_token: &str, now: Timestamp) -> String {
        if self.lie == Some(Lie::NotAToken) {
            return "not-a-token".to_owned();
        }
        let mut head = Object::new();
        head.insert("alg".to_owned(), json!(self.algorithm.name()));
        head.insert("typ".to_owned(), json!("JWT"));
        head.insert("kid".to_owned(), json!(self.keys.id(self.algorithm)));
        let mut claims = self.claims(grant, access_token, now);
        if let Some(lie) = self.lie {
            lie.bend(&mut head, &mut claims);
        }
        let signed = signed_text(&head, &claims);
        let signature = self.signature(&signed, &head, claims);
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn claims(&self, grant: &Grant, access_token: &str, now: Timestamp) -> Object {
        let mut claims = grant.account.claims.clone();
        let mut put = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        put("iss", json!(self.issuer));
        put("sub", json!(grant.account.subject));
        put("aud", json!(self.client.client_id));
        put("iat", json!(now.as_second()));
        put("exp", json!(TOKEN_LIFETIME.after(now).as_second()));
        put("nonce", json!(grant.nonce));
        put("at_hash", json!(access_token_hash(self.algorithm, access_token)));
        for never in ["auth_time", "acr", "azp", "nbf"] {
            claims.remove(never);
        }
        if let Some(at) = grant.auth_time {
            claims.insert("auth_time".to_owned(), json!(at.as_second()));
        }
        if let Some(acr) = &grant.account.acr {
            claims.insert("acr".to_owned(), json!(acr));
        }
        claims
    }

    fn signature(&self, text: &str, head: &Object, mut claims: Object) -> Vec<u8> {
        match self.lie {
            Some(Lie::AlgNone) => Vec::new(),
            Some(Lie::HsWithPublicKey) => {
                let secret = self.keys.public(self.algorithm);
                let secret = hmac::Key::new(hmac::HMAC_SHA256, &secret);
                hmac::sign(&secret, text.as_bytes()).as_ref().to_vec()
            }
            Some(Lie::SignedByAnotherKey) => self.keys.successor().sign(self.algorithm, text),
            Some(Lie::BrokenSignature) => {
                let mut signature = self.keys.sign(self.algorithm, text);
                if let Some(last) = signature.last_mut() {
                    *last ^= 1;
                }
                signature
            }
            Some(Lie::ChangedClaims) => {
                claims.insert("sub".to_owned(), json!("somebody-else"));
                self.keys.sign(self.algorithm, &signed_text(head, &claims))
            }
            _ => self.keys.sign(self.algorithm, text),
        }
    }
}

fn signed_text(head: &Object, claims: &Object) -> String {
    let part = |object: &Object| URL_SAFE_NO_PAD.encode(Value::Object(object.clone()).to_string());
    format!("{}.{}", part(head), part(claims))
}

/// The left half of a hash by the function that the signature is over. That of Ed25519 is SHA-512.
fn access_token_hash(algorithm: Algorithm, access_token: &str) -> String {
    let function = match algorithm {
        Algorithm::Rs256 | Algorithm::Ps256 | Algorithm::Es256 => &SHA256,
        Algorithm::EdDsa => &SHA512,
    };
    let hash = digest(function, access_token.as_bytes());
    let hash = hash.as_ref();
    URL_SAFE_NO_PAD.encode(&hash[..hash.len() / 2])
}
