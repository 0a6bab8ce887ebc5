//! Signatures, and what stands around them.

use data_encoding::BASE64URL_NOPAD;
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use proptest::prelude::*;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Map, Value, json};

use super::{
    super::{
        claims::Untrue,
        keys::KeySet,
        metadata::{Metadata, Showing},
        token::{Algorithm, TOKEN_MAX_BYTES, Token},
    },
    settings,
};

/// A key for tests: nobody's, and the same on every run.
fn key(seed: u8) -> SigningKey {
    SigningKey::from_slice(&[seed; 32]).expect("a key")
}

fn written(id: &str, key: &SigningKey) -> Value {
    let point = key.verifying_key().to_sec1_point(false);
    let (x, y) = point.as_bytes()[1..].split_at(32);
    let (x, y) = (BASE64URL_NOPAD.encode(x), BASE64URL_NOPAD.encode(y));
    json!({ "kty": "EC", "crv": "P-256", "kid": id, "use": "sig", "x": x, "y": y })
}

fn part(value: &Value) -> String {
    BASE64URL_NOPAD.encode(value.to_string().as_bytes())
}

fn token(head: &Value, body: &Value, key: &SigningKey) -> String {
    let signed = format!("{}.{}", part(head), part(body));
    let signature: Signature = key.sign(signed.as_bytes());
    format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature.to_bytes()))
}

fn claims(text: &str, keys: &[Value]) -> Result<Map<String, Value>, Untrue> {
    Token::read(text, &Algorithm::ALL)?.claims(&KeySet::of_written(keys))
}

fn head() -> Value {
    json!({ "alg": "ES256", "kid": "a", "typ": "JWT" })
}

fn body() -> Value {
    json!({ "sub": "mia" })
}

#[test]
fn a_token_that_a_key_of_the_set_signed_is_read() {
    let keys = [written("b", &key(2)), written("a", &key(1))];
    let read = claims(&token(&head(), &body(), &key(1)), &keys).expect("it is signed");
    assert_eq!(Value::Object(read), body());
    for head in
        [json!({ "alg": "ES256", "kid": "a" }), json!({ "alg": "ES256", "kid": "a", "typ": "jwt" })]
    {
        assert!(claims(&token(&head, &body(), &key(1)), &keys).is_ok(), "{head}");
    }
}

/// S11.
#[test]
fn a_signature_counts_only_by_the_key_that_is_named() {
    let good = token(&head(), &body(), &key(1));
    let keys = [written("a", &key(1)), written("b", &key(2))];
    let mut bent = good.clone().into_bytes();
    let last = bent.last_mut().expect("a signature");
    *last = if *last == b'A' { b'E' } else { b'A' };
    let other_claims = {
        let (signed, signature) = good.rsplit_once('.').expect("a token");
        let (head, _) = signed.split_once('.').expect("a token");
        format!("{head}.{}.{signature}", part(&json!({ "sub": "ada" })))
    };
    let without_signature = format!("{}.", good.rsplit_once('.').expect("a token").0);
    for (name, text) in [
        ("signed by another key", token(&head(), &body(), &key(3))),
        ("signed by another of the set", token(&head(), &body(), &key(2))),
        ("other claims", other_claims),
        ("no signature", without_signature),
        ("an unknown key", token(&json!({ "alg": "ES256", "kid": "c" }), &body(), &key(1))),
        ("no key named, two fit", token(&json!({ "alg": "ES256" }), &body(), &key(1))),
        ("a key of another kind", token(&json!({ "alg": "RS256", "kid": "a" }), &body(), &key(1))),
    ] {
        assert_eq!(claims(&text, &keys), Err(Untrue::Signature), "{name}");
    }
    let bent = String::from_utf8(bent).expect("text");
    assert!(claims(&bent, &keys).is_err(), "a bent signature");
    let alone = token(&json!({ "alg": "ES256" }), &body(), &key(1));
    assert!(claims(&alone, &keys[..1]).is_ok(), "the only key need not be named");
}

/// S11.
#[test]
fn neither_an_unsigned_token_nor_a_shared_secret_nor_what_we_do_not_know_is_taken() {
    let keys = [written("a", &key(1))];
    for (head, why) in [
        (json!({ "alg": "none" }), Untrue::Algorithm),
        (json!({ "alg": "None" }), Untrue::Algorithm),
        (json!({ "alg": "HS256", "kid": "a" }), Untrue::Algorithm),
        (json!({ "alg": "es256", "kid": "a" }), Untrue::Algorithm),
        (json!({ "alg": "", "kid": "a" }), Untrue::Algorithm),
        (json!({ "kid": "a" }), Untrue::Unreadable),
        (json!({ "alg": "ES256", "kid": "a", "crit": ["exp"] }), Untrue::Kind),
        (json!({ "alg": "ES256", "kid": "a", "crit": [] }), Untrue::Kind),
        (json!({ "alg": "ES256", "kid": "a", "typ": "at+jwt" }), Untrue::Kind),
        (json!({ "alg": "ES256", "kid": "a", "typ": "logout+jwt" }), Untrue::Kind),
    ] {
        assert_eq!(claims(&token(&head, &body(), &key(1)), &keys), Err(why), "{head}");
    }
    let read = Token::read(&token(&head(), &body(), &key(1)), &[Algorithm::Rs256]).map(drop);
    assert_eq!(read, Err(Untrue::Algorithm), "a way to sign that was not allowed");
}

#[test]
fn what_is_no_token_is_none() {
    let keys = [written("a", &key(1))];
    let good = token(&head(), &body(), &key(1));
    for text in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        format!("{good}.{good}"),
        format!("{good}="),
        good.replace('.', " ."),
        format!("{}x.{}", part(&head()), part(&body())),
        format!("{good}.x.y"),
        "x".repeat(TOKEN_MAX_BYTES + 1),
        token(&head(), &json!([1]), &key(1)),
    ] {
        assert_eq!(claims(&text, &keys), Err(Untrue::Unreadable), "{text:.80}");
    }
}

#[test]
fn a_key_for_another_use_signs_nothing() {
    let text = token(&head(), &body(), &key(1));
    let mut good = written("a", &key(1));
    assert!(claims(&text, &[good.clone()]).is_ok());
    for (name, value) in
        [("use", "enc"), ("alg", "RS256"), ("crv", "P-384"), ("kty", "oct"), ("x", "AAAA")]
    {
        let mut other = good.clone();
        other[name] = json!(value);
        assert_eq!(claims(&text, &[other]), Err(Untrue::Signature), "{name}");
    }
    good["alg"] = json!("ES256");
    assert!(claims(&text, &[json!(7), json!({}), good]).is_ok(), "the rest of a set is no matter");
}

#[test]
fn a_token_is_read_that_ed25519_signed() {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a key");
    let x = BASE64URL_NOPAD.encode(pair.public_key().as_ref());
    let keys = [json!({ "kty": "OKP", "crv": "Ed25519", "kid": "e", "x": x })];
    let signed = format!("{}.{}", part(&json!({ "alg": "EdDSA", "kid": "e" })), part(&body()));
    let signature = BASE64URL_NOPAD.encode(pair.sign(signed.as_bytes()).as_ref());
    assert!(claims(&format!("{signed}.{signature}"), &keys).is_ok());
}

proptest! {
    #[test]
    fn no_text_at_all_breaks_the_reading(
        text in "\\PC{0,200}",
        algorithm in "ES256|none|HS256|[A-Z0-9]{0,6}",
        body in "\\PC{0,60}",
        signature in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let keys = [written("a", &key(1))];
        prop_assert!(claims(&text, &keys).is_err());
        let (head, body) = (json!({ "alg": algorithm, "kid": "a" }), json!({ "sub": body }));
        let signature = BASE64URL_NOPAD.encode(&signature);
        let whole = format!("{}.{}.{signature}", part(&head), part(&body));
        prop_assert!(claims(&whole, &keys).is_err());
    }
}

fn metadata(changes: &Value) -> Value {
    let mut document = json!({
        "issuer": "https://login.example.com",
        "authorization_endpoint": "https://login.example.com/authorize?tenant=1",
        "token_endpoint": "https://tokens.example.com/token",
        "jwks_uri": "https://login.example.com/keys",
    });
    for (name, value) in changes.as_object().expect("changes") {
        document[name] = value.clone();
    }
    document
}

#[test]
fn metadata_of_another_provider_or_without_what_we_need_is_a_fault_of_the_settings() {
    let read =
        |changes: Value| Metadata::read(metadata(&changes).to_string().as_bytes(), &settings());
    for changes in [
        json!({ "issuer": "https://login.example.com/" }),
        json!({ "issuer": "https://evil.example" }),
        json!({ "issuer": null }),
        json!({ "token_endpoint": "http://tokens.example.com/token" }),
        json!({ "token_endpoint": "http://127.0.0.1:9464/token" }),
        json!({ "jwks_uri": "https://localhost/keys" }),
        json!({ "jwks_uri": "file:///etc/passwd" }),
        json!({ "authorization_endpoint": "javascript:alert(1)" }),
        json!({ "authorization_endpoint": null }),
        json!({ "code_challenge_methods_supported": ["plain"] }),
        json!({ "token_endpoint_auth_methods_supported": ["private_key_jwt"] }),
    ] {
        let failure = read(changes.clone()).expect_err("refused");
        assert_eq!(failure.decision, ports::Decision::Misconfigured, "{changes}");
    }
    let plain = read(json!({})).expect("it is whole");
    assert_eq!((plain.showing, plain.names_itself), (Showing::Basic, false));
    let other = read(json!({
        "token_endpoint_auth_methods_supported": ["private_key_jwt", "client_secret_post"],
        "code_challenge_methods_supported": ["plain", "S256"],
        "authorization_response_iss_parameter_supported": true,
    }));
    let other = other.expect("it is whole");
    assert_eq!((other.showing, other.names_itself), (Showing::Post, true));
}
