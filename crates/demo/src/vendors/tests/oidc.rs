//! What the stand-in for an OpenID provider tells the truth about, and that each of its lies is one.

mod party;
mod refusals;

use std::{collections::BTreeMap, sync::Arc};

use axum::{extract::Query, http::Uri};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use model::{Span, Timestamp};
use ports::{Clock as _, clock::ManualClock};
use serde_json::{Map, Value, json};

use super::{exchange, send};
use crate::vendors::{
    OidcAccount, OidcWorld, OidcWorldConfig,
    oidc::{Algorithm, ClientAuth, Lie},
};
use party::{Party, payload};

const CLIENT_ID: &str = "countersign";
/// Of characters that are encoded, so that credentials as they are do not pass.
const CLIENT_SECRET: &str = "made-up: 50% + a/b=c";
const REDIRECT_URI: &str = "http://127.0.0.1:9/callbacks/oidc";
const STATE: &str = "state-of-22-characters";
const NONCE: &str = "nonce-of-22-characters";
/// Verifier and challenge of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const ACR: &str = "phr";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

type Fields<'a> = Vec<(&'a str, &'a str)>;

async fn world() -> (OidcWorld, ManualClock) {
    let clock = ManualClock::at(Timestamp::from_second(1_795_000_000).expect("in range"));
    let config = OidcWorldConfig {
        client_id: CLIENT_ID.to_owned(),
        client_secret: CLIENT_SECRET.to_owned(),
        redirect_uri: REDIRECT_URI.to_owned(),
    };
    let world = OidcWorld::start(config, Arc::new(clock.clone())).await.expect("a free port");
    (world, clock)
}

/// Somebody who signed in an hour ago.
fn mia(clock: &ManualClock) -> OidcAccount {
    let mut claims = Map::new();
    claims.insert("groups".to_owned(), json!(["security"]));
    claims.insert("aud".to_owned(), json!("an account's claim is not the protocol's"));
    let acr = Some(ACR.to_owned());
    OidcAccount { acr, claims, ..OidcAccount::new("mia-1", Span::hours(1).before(clock.now())) }
}

/// A right request, without what it may also have.
fn request() -> Fields<'static> {
    vec![
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", REDIRECT_URI),
        ("scope", "openid"),
        ("state", STATE),
        ("nonce", NONCE),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
}

/// A right request for a fresh sign-in.
fn fresh_request() -> Fields<'static> {
    let fresh = [("max_age", "0"), ("prompt", "login"), ("acr_values", ACR), ("login_hint", "mia")];
    [request(), fresh.to_vec()].concat()
}

fn redemption(code: &str) -> Fields<'_> {
    vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", VERIFIER),
    ]
}

fn encoded(text: &str) -> String {
    let each = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(each).collect()
}

fn form(fields: &[(&str, &str)]) -> String {
    let pairs = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn link(world: &OidcWorld, fields: &[(&str, &str)]) -> String {
    format!("{}/authorize?{}", world.base_url(), form(fields))
}

/// What somebody is sent back with.
fn sent_back(url: &str) -> BTreeMap<String, String> {
    let uri: Uri = url.parse().expect("an address");
    assert_eq!(url.split('?').next(), Some(REDIRECT_URI));
    Query::try_from_uri(&uri).expect("a query").0
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

/// The status, the head and the body that a form gets at the token endpoint.
async fn post_token(
    world: &OidcWorld,
    headers: &[(&str, &str)],
    form: &str,
) -> (u16, String, Value) {
    let url = format!("{}/token", world.base_url());
    let (head, body) = exchange("POST", &url, headers, form).await.expect("an answer");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.expect("a status"), head, serde_json::from_str(&body).expect("JSON"))
}

/// What a right client gets for a form.
async fn redeem(world: &OidcWorld, fields: &[(&str, &str)]) -> (u16, String, Value) {
    let basic = basic(&encoded(CLIENT_ID), &encoded(CLIENT_SECRET));
    post_token(world, &[FORM, ("authorization", &basic)], &form(fields)).await
}

async fn get(world: &OidcWorld, path: &str) -> Value {
    let url = format!("{}{path}", world.base_url());
    let (status, body) = send("GET", &url, &[], "").await.expect("an answer");
    assert_eq!(status, 200, "{path}");
    serde_json::from_str(&body).expect("JSON")
}

/// A code for whoever asks rightly.
fn code(world: &OidcWorld, fields: &[(&str, &str)], who: &OidcAccount) -> String {
    let back = world.sign_in(&link(world, fields), who).expect("a right request");
    sent_back(&back).remove("code").expect("a code")
}

/// The claims that somebody's token has, after a request.
async fn claims(world: &OidcWorld, fields: &[(&str, &str)], who: &OidcAccount) -> Value {
    let code = code(world, fields, who);
    let (_, _, answer) = redeem(world, &redemption(&code)).await;
    payload(answer["id_token"].as_str().unwrap_or_default()).expect("claims")
}

/// Every rule that a whole flow breaks.
async fn broken(world: &OidcWorld, clock: &ManualClock, algorithm: Algorithm) -> Vec<&'static str> {
    let party = Party { issuer: world.base_url(), algorithm, now: clock.now().as_second() };
    let mut broken = party.metadata(&get(world, "/.well-known/openid-configuration").await);
    let back = world.sign_in(&link(world, &fresh_request()), &mia(clock)).expect("a right request");
    let back = sent_back(&back);
    broken.extend(party.redirect(&back));
    let (status, head, answer) = redeem(world, &redemption(&back["code"])).await;
    assert_eq!(status, 200, "{answer}");
    assert!(head.contains("\r\ncache-control: no-store"), "{head}");
    assert_eq!((&answer["token_type"], &answer["expires_in"]), (&json!("Bearer"), &json!(300)));
    let text = |field: &str| answer[field].as_str().unwrap_or_default();
    let keys = get(world, "/jwks").await;
    broken.extend(party.token(text("id_token"), text("access_token"), &keys));
    broken
}

#[tokio::test]
async fn a_right_flow_holds_and_each_lie_breaks_its_rule_alone() {
    let (world, clock) = world().await;
    for algorithm in Algorithm::ALL {
        world.set_algorithm(algorithm);
        world.lie(None);
        assert_eq!(broken(&world, &clock, algorithm).await, [""; 0], "{algorithm:?}");
        for lie in Lie::ALL {
            world.lie(Some(*lie));
            let broken = broken(&world, &clock, algorithm).await;
            assert_eq!(broken, [party::rule(*lie)], "{lie:?} with {algorithm:?}");
        }
    }
}

#[tokio::test]
async fn a_public_key_for_a_secret_convinces_whoever_takes_it() {
    let (world, clock) = world().await;
    world.set_algorithm(Algorithm::EdDsa);
    world.lie(Some(Lie::HsWithPublicKey));
    let code = code(&world, &request(), &mia(&clock));
    let (_, _, answer) = redeem(&world, &redemption(&code)).await;
    let keys = get(&world, "/jwks").await;
    assert!(party::is_signed_with_public_key(&answer["id_token"], &keys["keys"][2]["x"]));
}

#[tokio::test]
async fn lies_about_freshness_are_those_that_a_plain_sign_in_cannot_show() {
    let (world, clock) = world().await;
    let now = clock.now().as_second();
    let told = claims(&world, &request(), &mia(&clock)).await;
    assert_eq!((&told["auth_time"], &told["acr"]), (&Value::Null, &json!(ACR)));
    for lie in Lie::ALL.iter().filter(|lie| lie.is_about_freshness()) {
        world.lie(Some(*lie));
        let told = claims(&world, &fresh_request(), &mia(&clock)).await;
        assert!(told["auth_time"] != now || told["acr"] != ACR, "{lie:?}: {told}");
        let told = claims(&world, &request(), &mia(&clock)).await;
        assert_eq!(told["auth_time"], Value::Null, "{lie:?}");
    }
}

#[tokio::test]
async fn a_person_signs_in_anew_where_that_is_asked_and_the_provider_cares() {
    let (world, clock) = world().await;
    let (now, hour) = (clock.now().as_second(), 3_600);
    let cases: [(Fields<'_>, bool, Option<i64>); 7] = [
        (vec![], false, None),
        (vec![("prompt", "login")], false, None),
        (vec![("max_age", "0")], false, Some(now)),
        (vec![("max_age", "3599")], false, Some(now)),
        (vec![("max_age", "3600")], false, Some(now - hour)),
        (vec![("max_age", "3600"), ("prompt", "login")], false, Some(now)),
        (vec![("max_age", "0"), ("prompt", "login")], true, Some(now - hour)),
    ];
    for (more, ignores_freshness, expected) in cases {
        let who = OidcAccount { ignores_freshness, ..mia(&clock) };
        let told = claims(&world, &[request(), more.clone()].concat(), &who).await;
        assert_eq!(told["auth_time"].as_i64(), expected, "{more:?} {ignores_freshness}");
        assert_eq!(told["groups"], json!(["security"]));
    }
}

#[tokio::test]
async fn a_rotated_key_is_gone_from_the_set() {
    let (world, clock) = world().await;
    let before = get(&world, "/jwks").await;
    world.rotate_key();
    let after = get(&world, "/jwks").await;
    for index in 0..3 {
        let (before, after) = (&before["keys"][index], &after["keys"][index]);
        assert_eq!(before["kty"], after["kty"]);
        assert_ne!(before["kid"], after["kid"]);
        assert!(before["n"] != after["n"] || before["x"] != after["x"], "{after}");
    }
    for algorithm in Algorithm::ALL {
        world.set_algorithm(algorithm);
        assert_eq!(broken(&world, &clock, algorithm).await, [""; 0], "{algorithm:?}");
    }
}

#[tokio::test]
async fn a_person_in_a_browser_chooses_an_account_or_refuses() {
    let (world, clock) = world().await;
    let mut hostile = mia(&clock);
    hostile.claims.insert("name".to_owned(), json!("<b>Mia</b>"));
    world.add_account(hostile);
    let (status, html) =
        send("GET", &link(&world, &fresh_request()), &[], "").await.expect("a page");
    assert_eq!(status, 200);
    assert!(html.contains("value=\"mia-1\">&lt;b&gt;Mia") && !html.contains("<b>"), "{html}");

    let url = format!("{}/authorize", world.base_url());
    let query = form(&request());
    let choose = async |fields: &[(&str, &str)]| {
        let (head, _) = exchange("POST", &url, &[FORM], &form(fields)).await.expect("an answer");
        assert!(head.starts_with("HTTP/1.0 303"), "{head}");
        let mut lines = head.lines();
        let back = lines.find_map(|line| line.strip_prefix("location: ")).expect("a place");
        sent_back(back)
    };
    let back = choose(&[("request", &query), ("account", "mia-1")]).await;
    assert_eq!((back["state"].as_str(), &back["iss"]), (STATE, &world.base_url()));
    assert_eq!(redeem(&world, &redemption(&back["code"])).await.0, 200);
    let refused = choose(&[("request", &query)]).await;
    let denied = world.deny(&link(&world, &request()), "access_denied").expect("a right request");
    assert_eq!(refused, sent_back(&denied));
    let expected = [("error", "access_denied"), ("state", STATE), ("iss", &world.base_url())];
    assert_eq!(refused, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());

    let stranger = form(&[("request", &query), ("account", "nobody")]);
    assert_eq!(send("POST", &url, &[FORM], &stranger).await.expect("an answer").0, 400);
}
