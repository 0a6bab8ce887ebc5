//! A person, and the reset of their ways to prove.

use axum::body::Body;
use casework::snapshot;
use http::{Method, StatusCode, header};
use model::{FactorId, Method as Way, Span};
use ports::{
    Clock as _,
    seal::{OpenSeal, Seal as _},
    store::{Commit, Record, RecordOp, Space, Store as _},
    verifier::Factor,
};
use serde_json::json;
use url::form_urlencoded;
use web::keys::Scope;

use crate::world::{ADA, ANA, Answer, Browser, MIA, World};

/// Gives a person a factor of ours beside the directory's.
async fn give_factor(world: &World, email: &str) {
    let person = world.id_of(email);
    let id = FactorId::from_digest(person.bits() + 99);
    let factor = Factor {
        id,
        person,
        method: Way::Totp,
        label: "<b>phone</b>".to_owned(),
        created_at: Some(Span::days(30).before(world.clock.now())),
        authorised_by: "link:host".to_owned(),
        material: OpenSeal.seal(&format!("factor {id} of {person}"), b"material"),
        counter: 0,
        is_external: false,
    };
    let record = Record {
        space: Space::Factor,
        key: factor.id.to_string(),
        owner: Some(person),
        value: snapshot::encode(&factor),
        expires_at: None,
    };
    let records = vec![RecordOp::Put(record)];
    world.store.commit(Commit { records, ..Commit::default() }).await.expect("stored");
}

async fn by_session(world: &World, browser: &Browser, path: &str) -> Answer {
    let request = browser.request(Method::POST, path).header("x-csrf-token", &browser.csrf);
    world.send(request.body(Body::empty()).expect("a request")).await
}

async fn by_form(world: &World, browser: &Browser, path: &str, sure: bool) -> Answer {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("csrf", &browser.csrf);
    if sure {
        form.append_pair("sure", "1");
    }
    let request = browser
        .request(Method::POST, path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    world.send(request.body(Body::from(form.finish())).expect("a request")).await
}

async fn page(world: &World, browser: &Browser, path: &str) -> Answer {
    world.send(browser.request(Method::GET, path).body(Body::empty()).expect("a request")).await
}

fn api(world: &World, email: &str) -> String {
    format!("/v1/people/{}/factors/reset", world.id_of(email))
}

fn console(world: &World, email: &str) -> String {
    format!("/console/people/{}", world.id_of(email))
}

#[tokio::test]
async fn a_reset_by_a_key_takes_ours_away_and_tells_the_person() {
    let world = World::new();
    give_factor(&world, MIA).await;
    let mia = world.browser(MIA).await;
    let path = api(&world, MIA);
    let body = Some(json!({ "unknown": 1 }));
    let refused = world.call(Method::POST, &path, Scope::Admin, body).await;
    assert_eq!(refused.problem(), "invalid-body");
    for scope in [Scope::Read, Scope::Analyst] {
        assert_eq!(world.call(Method::POST, &path, scope, None).await.problem(), "forbidden");
    }
    let done = world.call(Method::POST, &path, Scope::Admin, None).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    assert_eq!(done.json(), json!({ "removed": 1, "left": 1 }), "the directory's stays");
    let signed_out = page(&world, &mia, "/me").await;
    assert_eq!(signed_out.status, StatusCode::SEE_OTHER, "every session has ended");
    let waiting = world.store.outbox_depth().await.expect("readable");
    assert_eq!(waiting, [("chat.talk".to_owned(), 1)], "told in every chat");
    let nobody = "/v1/people/nobody@example.com/factors/reset";
    let missing = world.call(Method::POST, nobody, Scope::Admin, None).await;
    assert_eq!(missing.problem(), "not-found");
}

#[tokio::test]
async fn a_reset_by_a_session_wants_a_fresh_proof_and_is_never_for_oneself() {
    let world = World::new();
    give_factor(&world, MIA).await;
    let (ada, ana) = (world.browser(ADA).await, world.browser(ANA).await);
    let (mias, adas) = (api(&world, MIA), api(&world, ADA));
    assert_eq!(by_session(&world, &ana, &mias).await.problem(), "forbidden");
    assert_eq!(by_session(&world, &ada, &mias).await.problem(), "proof-required");
    assert_eq!(by_session(&world, &ada, &adas).await.problem(), "forbidden");
    world.prove(&ada).await;
    assert_eq!(by_session(&world, &ada, &adas).await.problem(), "forbidden", "also with a proof");
    let done = by_session(&world, &ada, &mias).await;
    assert_eq!(done.json(), json!({ "removed": 1, "left": 1 }));
    world.clock.advance(Span::minutes(10));
    assert_eq!(by_session(&world, &ada, &mias).await.problem(), "proof-required");
}

#[tokio::test]
async fn the_console_resets_with_the_same_rules_and_shows_no_names_of_factors() {
    let world = World::new();
    give_factor(&world, MIA).await;
    let (ada, ana) = (world.browser(ADA).await, world.browser(ANA).await);
    let mias = console(&world, MIA);
    let seen = page(&world, &ana, &mias).await;
    assert!(seen.text.contains("An administrator can reset them"), "{}", seen.text);
    assert!(!seen.text.contains("phone&") && !seen.text.contains("/factors/reset"));
    let own = page(&world, &ada, &console(&world, ADA)).await;
    assert!(own.text.contains("Nobody resets their own"));
    let reset = format!("{mias}/factors/reset");
    assert_eq!(by_form(&world, &ana, &reset, true).await.status, StatusCode::FORBIDDEN);
    assert_eq!(by_form(&world, &ada, &reset, false).await.problem(), "invalid-body");
    let prove = by_form(&world, &ada, &reset, true).await;
    assert_eq!(prove.header("location"), Some(format!("/me/prove?next={mias}").as_str()));
    let missing = page(&world, &ada, "/console/people/mia@example.com").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND, "an address holds nobody's name");
    world.prove(&ada).await;
    let done = by_form(&world, &ada, &reset, true).await;
    let place = format!("{mias}?now=reset");
    assert_eq!(done.header("location"), Some(place.as_str()));
    assert!(page(&world, &ada, &place).await.text.contains("The ways to prove are reset"));
    let own = format!("{}/factors/reset", console(&world, ADA));
    assert_eq!(by_form(&world, &ada, &own, true).await.problem(), "forbidden");
}
