//! Each claim, and what is wrong without it.

use ports::identity::Identity;
use serde_json::{Map, Value, json};

use super::{
    super::{
        claims::{Untrue, Wanted},
        token::Algorithm,
    },
    binding, now, settings,
};

/// The access token of RFC 7515's neighbour, OpenID Connect Core 1.0, appendix A.3.
const ACCESS_TOKEN: &str = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
/// Its hash there.
const AT_HASH: &str = "77QmUPtjPfzWtF2AnpK9RQ";

fn good() -> Map<String, Value> {
    let now = now().as_second();
    let claims = json!({
        "iss": "https://login.example.com",
        "aud": "countersign",
        "sub": "00u1mia",
        "exp": now + 300,
        "iat": now,
        "auth_time": now,
        "acr": "phr",
        "nonce": "n".repeat(43),
        "at_hash": AT_HASH,
        "groups": ["security", "everybody"],
    });
    let Value::Object(claims) = claims else { unreachable!("it is an object") };
    claims
}

fn check(claims: &Map<String, Value>, is_fresh: bool) -> Result<Identity, Untrue> {
    let (settings, binding) = (settings(), binding(is_fresh));
    let wanted = Wanted {
        settings: &settings,
        binding: &binding,
        algorithm: Algorithm::Rs256,
        access_token: Some(ACCESS_TOKEN),
        now: now(),
    };
    wanted.check(claims)
}

/// The good claims with some of them changed; null takes one away.
fn but(changes: &Value) -> Map<String, Value> {
    let mut claims = good();
    for (name, value) in changes.as_object().expect("changes") {
        match value {
            Value::Null => drop(claims.remove(name)),
            other => drop(claims.insert(name.clone(), other.clone())),
        }
    }
    claims
}

#[test]
fn a_token_with_every_claim_right_says_who_it_is_and_where_they_belong() {
    let identity = check(&good(), true).expect("all is right");
    assert_eq!(identity.subject.reveal(), "00u1mia");
    assert_eq!(identity.groups, ["security", "everybody"]);
}

/// S11.
#[test]
fn each_claim_that_is_wrong_is_refused_for_what_it_is() {
    let now = now().as_second();
    for (changes, why) in [
        (json!({ "iss": null }), Untrue::Issuer),
        (json!({ "iss": "https://login.example.com/" }), Untrue::Issuer),
        (json!({ "iss": "https://LOGIN.example.com" }), Untrue::Issuer),
        (json!({ "iss": ["https://login.example.com"] }), Untrue::Issuer),
        (json!({ "aud": null }), Untrue::Audience),
        (json!({ "aud": "another" }), Untrue::Audience),
        (json!({ "aud": [] }), Untrue::Audience),
        (json!({ "aud": ["another"] }), Untrue::Audience),
        (json!({ "aud": ["countersign", "another"] }), Untrue::Audience),
        (json!({ "aud": ["countersign", "another"], "azp": "another" }), Untrue::Audience),
        (json!({ "azp": "another" }), Untrue::Audience),
        (json!({ "azp": 7 }), Untrue::Audience),
        (json!({ "exp": null }), Untrue::Time),
        (json!({ "exp": now - 60 }), Untrue::Time),
        (json!({ "exp": (now + 300).to_string() }), Untrue::Time),
        (json!({ "iat": null }), Untrue::Time),
        (json!({ "iat": now + 61 }), Untrue::Time),
        (json!({ "iat": now - 601 }), Untrue::Time),
        (json!({ "nbf": now + 61 }), Untrue::Time),
        (json!({ "nbf": "yesterday" }), Untrue::Time),
        (json!({ "nonce": null }), Untrue::Nonce),
        (json!({ "nonce": "" }), Untrue::Nonce),
        (json!({ "nonce": "N".repeat(43) }), Untrue::Nonce),
        (json!({ "at_hash": "77QmUPtjPfzWtF2AnpK9RA" }), Untrue::Hash),
        (json!({ "at_hash": 7 }), Untrue::Hash),
        (json!({ "sub": null }), Untrue::Subject),
        (json!({ "sub": "" }), Untrue::Subject),
        (json!({ "sub": 7 }), Untrue::Subject),
        (json!({ "sub": "x".repeat(256) }), Untrue::Subject),
    ] {
        assert_eq!(check(&but(&changes), false), Err(why), "{changes}");
    }
}

#[test]
fn what_a_provider_may_leave_out_or_say_otherwise_is_taken() {
    let now = now().as_second();
    for changes in [
        json!({ "at_hash": null }),
        json!({ "auth_time": null, "acr": null }),
        json!({ "aud": ["countersign"] }),
        json!({ "aud": ["countersign", "another"], "azp": "countersign" }),
        json!({ "exp": now - 59, "iat": now - 60 }),
        // As Entra ID does.
        json!({ "exp": now + 3_600, "iat": now - 300, "nbf": now - 300 }),
        json!({ "iat": now - 600 }),
        json!({ "iat": now + 60, "nbf": now + 60 }),
        json!({ "exp": now as f64 + 0.5 }),
        json!({ "groups": null }),
    ] {
        assert!(check(&but(&changes), false).is_ok(), "{changes}");
    }
}

/// R8, R25.
#[test]
fn a_fresh_sign_in_shows_when_and_how_whatever_was_asked_for() {
    let now = now().as_second();
    for (changes, why) in [
        (json!({ "auth_time": null }), Untrue::Stale),
        (json!({ "auth_time": now - 61 }), Untrue::Stale),
        (json!({ "auth_time": now + 61 }), Untrue::Stale),
        (json!({ "auth_time": now.to_string() }), Untrue::Stale),
        (json!({ "acr": null }), Untrue::Weak),
        (json!({ "acr": "pwd" }), Untrue::Weak),
        (json!({ "acr": "PHR" }), Untrue::Weak),
        (json!({ "acr": ["phr"] }), Untrue::Weak),
    ] {
        assert_eq!(check(&but(&changes), true), Err(why), "{changes}");
        assert!(check(&but(&changes), false).is_ok(), "it matters only there: {changes}");
    }
    assert!(check(&but(&json!({ "acr": "phrh" })), true).is_ok());
}

#[test]
fn who_somebody_is_stands_in_the_claim_that_is_set_and_the_subject_stays_wanted() {
    let (mut settings, binding) = (settings(), binding(false));
    settings.subject_claim = "oid".to_owned();
    let subject = |claims: &Map<String, Value>| {
        let (algorithm, access_token) = (Algorithm::Rs256, Some(ACCESS_TOKEN));
        let (settings, binding) = (&settings, &binding);
        let wanted = Wanted { settings, binding, algorithm, access_token, now: now() };
        wanted.check(claims).map(|identity| identity.subject.reveal().to_owned())
    };
    assert_eq!(subject(&but(&json!({ "oid": "7d3" }))), Ok("7d3".to_owned()));
    assert_eq!(subject(&good()), Err(Untrue::Subject));
    assert_eq!(subject(&but(&json!({ "oid": "7d3", "sub": null }))), Err(Untrue::Subject));
}

#[test]
fn groups_are_texts_and_a_single_one_may_stand_alone() {
    for (claim, groups) in [
        (json!("security"), vec!["security"]),
        (json!(["a", 7, null, "b"]), vec!["a", "b"]),
        (json!({ "security": true }), vec![]),
        (json!(7), vec![]),
    ] {
        let identity = check(&but(&json!({ "groups": claim })), false).expect("all is right");
        assert_eq!(identity.groups, groups);
    }
}
