use http::{HeaderName, HeaderValue};
use model::Timestamp;
use ports::source::{ReplayKey, SourceAuth};
use secrecy::SecretString;

use super::*;
use crate::standard_webhooks;

const NOW: i64 = 1_795_000_000;
const BODY: &[u8] = br#"{"title":"t"}"#;

fn secrets<const N: usize>(all: [&str; N]) -> Secrets {
    all.map(SecretString::from).to_vec()
}

fn headers<N: AsRef<str>, V: AsRef<str>>(all: &[(N, V)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in all {
        let name: HeaderName = name.as_ref().parse().expect("a header's name");
        map.append(
            name,
            HeaderValue::from_bytes(value.as_ref().as_bytes()).expect("a header's value"),
        );
    }
    map
}

fn check<N: AsRef<str>, V: AsRef<str>>(
    auth: &dyn SourceAuth,
    all: &[(N, V)],
    body: &[u8],
) -> Result<Option<ReplayKey>, AuthFailure> {
    auth.check(&headers(all), body, Timestamp::from_second(NOW).expect("in range"))
}

fn hex_signature(secret: &str, parts: &[&[u8]]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
    parts.iter().for_each(|part| mac.update(part));
    format!("sha256={}", data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes()))
}

#[test]
fn no_authenticator_is_made_without_a_secret() {
    for (given, error) in [
        (secrets([]), SecretsError::None),
        (secrets(["good", ""]), SecretsError::Empty),
        (secrets([" \n"]), SecretsError::Empty),
    ] {
        assert_eq!(Bearer::new(given.clone()).err(), Some(error));
        assert_eq!(Timestamped::new(given.clone()).err(), Some(error));
        assert_eq!(GitHub::new(given.clone()).err(), Some(error));
        assert_eq!(Standard::new(given).err(), Some(error));
    }
    assert_eq!(Standard::new(secrets(["whsec_***"])).err(), Some(SecretsError::Malformed));
}

#[test]
fn a_bearer_token_is_taken_whole_and_once() {
    let auth = Bearer::new(secrets(["new-token", "old-token"])).expect("secrets");
    let one = |value: &str| check(&auth, &[("authorization", value)], BODY);
    for good in ["Bearer new-token", "bearer old-token", "BEARER new-token"] {
        assert_eq!(one(good), Ok(None), "{good}");
    }
    for (bad, failure) in [
        ("Bearer new-toke", AuthFailure::Wrong),
        ("Bearer new-token2", AuthFailure::Wrong),
        ("Bearer NEW-TOKEN", AuthFailure::Wrong),
        ("Bearer", AuthFailure::Malformed),
        ("Bearer ", AuthFailure::Malformed),
        ("Bearer  new-token", AuthFailure::Malformed),
        ("Bearer new-token extra", AuthFailure::Malformed),
        ("Basic bmV3LXRva2Vu", AuthFailure::Malformed),
        ("new-token", AuthFailure::Malformed),
        ("", AuthFailure::Malformed),
        ("Bearer new-t\u{f6}ken", AuthFailure::Malformed),
    ] {
        assert_eq!(one(bad), Err(failure), "{bad}");
    }
    let long = format!("Bearer {}", "x".repeat(HEADER_BYTES));
    assert_eq!(one(&long), Err(AuthFailure::Malformed));
    assert_eq!(check::<&str, &str>(&auth, &[], BODY), Err(AuthFailure::Missing));
    let twice = [("authorization", "Bearer new-token"), ("authorization", "Bearer new-token")];
    assert_eq!(check(&auth, &twice, BODY), Err(AuthFailure::Malformed));
}

#[test]
fn a_header_of_ones_own_is_taken_whole_and_once() {
    let name: HeaderName = "x-okta-hook".parse().expect("a header's name");
    assert_eq!(Header::new(name.clone(), secrets([])).err(), Some(SecretsError::None));
    let auth = Header::new(name, secrets(["Word new", "old"])).expect("secrets");
    let one = |value: &str| check(&auth, &[("X-Okta-Hook", value)], BODY);
    assert_eq!((one("Word new"), one("old")), (Ok(None), Ok(None)));
    for bad in ["Word", "new", "word new", "Word new ", "Word  new", "x"] {
        assert_eq!(one(bad), Err(AuthFailure::Wrong), "{bad}");
    }
    assert_eq!(one(""), Err(AuthFailure::Malformed));
    assert_eq!(one(&"x".repeat(HEADER_BYTES + 1)), Err(AuthFailure::Malformed));
    assert_eq!(check(&auth, &[("authorization", "old")], BODY), Err(AuthFailure::Missing));
    let twice = [("x-okta-hook", "old"), ("x-okta-hook", "old")];
    assert_eq!(check(&auth, &twice, BODY), Err(AuthFailure::Malformed));
}

#[test]
fn a_closed_source_takes_no_credential_at_all() {
    for all in [&[][..], &[("authorization", "Bearer ")], &[("authorization", "Bearer x")]] {
        assert!(check(&Closed, all, BODY).is_err());
    }
}

#[test]
fn a_debugged_authenticator_shows_no_secret() {
    let all = secrets(["hunter2"]);
    let shown = format!(
        "{:?} {:?} {:?} {:?} {:?}",
        Bearer::new(all.clone()),
        Header::new(http::header::AUTHORIZATION, all.clone()),
        Timestamped::new(all.clone()),
        GitHub::new(all.clone()),
        Standard::new(all)
    );
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(!shown.contains("104, 117, 110"), "{shown}");
}

/// One scheme under attack: a request that is good, and the names of what may be changed in it.
struct Signed {
    auth: Box<dyn SourceAuth>,
    sign: fn(secret: &str, sent_at: i64) -> Vec<(&'static str, String)>,
    has_time: bool,
}

fn schemes() -> Vec<Signed> {
    let both = || secrets(["new-secret", "old-secret"]);
    vec![
        Signed {
            auth: Box::new(Standard::new(both()).expect("secrets")),
            sign: |secret, sent_at| {
                let signature = standard_webhooks::sign(secret.as_bytes(), "msg_1", sent_at, BODY);
                vec![
                    ("webhook-signature", signature),
                    ("webhook-id", "msg_1".to_owned()),
                    ("webhook-timestamp", sent_at.to_string()),
                ]
            },
            has_time: true,
        },
        Signed {
            auth: Box::new(Timestamped::new(both()).expect("secrets")),
            sign: |secret, sent_at| {
                let sent_at = sent_at.to_string();
                let signature = hex_signature(secret, &[sent_at.as_bytes(), b".", BODY]);
                vec![("x-signature-256", signature), ("x-timestamp", sent_at)]
            },
            has_time: true,
        },
        Signed {
            auth: Box::new(GitHub::new(both()).expect("secrets")),
            sign: |secret, _| {
                let signature = hex_signature(secret, &[BODY]);
                vec![
                    ("x-hub-signature-256", signature),
                    ("x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958".to_owned()),
                ]
            },
            has_time: false,
        },
    ]
}

#[test]
fn a_signature_by_any_secret_of_the_list_is_taken_and_remembered() {
    for scheme in schemes() {
        let first = check(&*scheme.auth, &(scheme.sign)("new-secret", NOW), BODY);
        let key = first.expect("signed").expect("a key against replays");
        assert!(key.until.as_second() > NOW + WINDOW_SECONDS);
        let again = check(&*scheme.auth, &(scheme.sign)("new-secret", NOW), BODY);
        assert_eq!(again, Ok(Some(key)), "the same request has the same key");
        assert!(check(&*scheme.auth, &(scheme.sign)("old-secret", NOW), BODY).is_ok());
    }
}

#[test]
fn a_forged_or_altered_request_is_refused() {
    for scheme in schemes() {
        let good = (scheme.sign)("new-secret", NOW);
        let refused = |all: &[(&'static str, String)], body: &[u8], failure| {
            assert_eq!(check(&*scheme.auth, all, body), Err(failure), "{all:?}");
        };
        refused(&(scheme.sign)("other-secret", NOW), BODY, AuthFailure::Wrong);
        refused(&(scheme.sign)("", NOW), BODY, AuthFailure::Wrong);
        refused(&good, br#"{"title": "t"}"#, AuthFailure::Wrong);
        refused(&good, b"", AuthFailure::Wrong);
        for at in 0..good.len() {
            let mut less = good.clone();
            let removed = less.remove(at);
            refused(&less, BODY, AuthFailure::Missing);
            let mut twice = good.clone();
            twice.push(removed);
            refused(&twice, BODY, AuthFailure::Malformed);
            let mut empty = good.clone();
            empty[at].1.clear();
            refused(&empty, BODY, AuthFailure::Malformed);
        }
    }
}

#[test]
fn a_signature_of_another_form_is_refused() {
    for scheme in schemes() {
        let good = (scheme.sign)("new-secret", NOW);
        let signature = good[0].1.clone();
        for changed in [
            signature[..signature.len() - 2].to_owned(),
            format!("{signature}00"),
            signature.replacen("sha256=", "sha1=", 1).replacen("v1,", "v1a,", 1),
            signature.replacen("sha256=", "", 1).replacen("v1,", "", 1),
            format!("{}zz", &signature[..signature.len() - 2]),
        ] {
            let mut bad = good.clone();
            bad[0].1 = changed;
            let outcome = check(&*scheme.auth, &bad, BODY);
            let is_refused = matches!(outcome, Err(AuthFailure::Malformed | AuthFailure::Wrong));
            assert!(is_refused, "{bad:?}: {outcome:?}");
        }
    }
}

#[test]
fn a_request_outside_of_the_window_is_stale() {
    for scheme in schemes().into_iter().filter(|scheme| scheme.has_time) {
        for (seconds, is_taken) in [(-301, false), (-300, true), (300, true), (301, false)] {
            let outcome = check(&*scheme.auth, &(scheme.sign)("new-secret", NOW + seconds), BODY);
            assert_eq!(outcome.is_ok(), is_taken, "{seconds}: {outcome:?}");
            assert!(is_taken || outcome == Err(AuthFailure::Stale));
        }
        for sent_at in ["soon", "+1795000000", "1795000000.0", "-1", "99999999999999999999", " 1"] {
            let mut odd = (scheme.sign)("new-secret", NOW);
            odd.last_mut().expect("the timestamp").1 = sent_at.to_owned();
            assert_eq!(check(&*scheme.auth, &odd, BODY), Err(AuthFailure::Malformed), "{sent_at}");
        }
    }
}

#[test]
fn a_message_id_cannot_move_the_border_of_what_is_signed() {
    let auth = Standard::new(secrets(["new-secret"])).expect("secrets");
    let signature = standard_webhooks::sign(b"new-secret", "msg", NOW, BODY);
    let bad = [
        ("webhook-signature", signature.as_str()),
        ("webhook-id", "msg.1795000000"),
        ("webhook-timestamp", "1795000000"),
    ];
    assert_eq!(check(&auth, &bad, BODY), Err(AuthFailure::Malformed));
}
