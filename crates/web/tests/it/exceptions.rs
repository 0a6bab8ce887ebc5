//! Exceptions over the API: what they hide, for how long, and who may make them.

use http::{Method, StatusCode, header};
use model::Span;
use serde_json::{Value, json};
use web::keys::Scope;

use crate::world::{ANA, Answer, MIA, World};

fn wish() -> Value {
    json!({ "reason": "a nightly job", "for": "30d", "rule": "new-device", "person": MIA })
}

async fn make(world: &World, body: Value) -> Answer {
    world.call(Method::POST, "/v1/exceptions", Scope::Analyst, Some(body)).await
}

async fn listed(world: &World, query: &str) -> Vec<Value> {
    let path = format!("/v1/exceptions{query}");
    let list = world.get(&path, Scope::Analyst).await.json();
    list["items"].as_array().unwrap_or_else(|| panic!("{list}")).clone()
}

async fn reason_of(world: &World, case: &str) -> Value {
    world.get(&format!("/v1/cases/{case}"), Scope::Read).await.json()["reason"].clone()
}

#[tokio::test]
async fn an_exception_hides_until_it_is_ended_and_its_hits_are_counted() {
    let world = World::new();
    let made = make(&world, wish()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let made = made.json();
    assert_eq!((&made["owner"], &made["hits"]), (&json!("key:analyst"), &json!(0)));
    assert_eq!(listed(&world, "?only=unused").await.len(), 1);
    let hidden = world.case_about(MIA).await;
    assert_eq!(reason_of(&world, &hidden).await, "filtered");
    let others = world.case_about(ANA).await;
    assert_ne!(reason_of(&world, &others).await, "filtered");
    assert_eq!(listed(&world, "").await[0]["hits"], 1);
    assert!(listed(&world, "?only=unused").await.is_empty());
    let id = made["id"].as_str().expect("an id");
    let path = format!("/v1/exceptions/{id}");
    let ended = world.call(Method::DELETE, &path, Scope::Analyst, None).await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT, "{}", ended.text);
    assert!(listed(&world, "").await.is_empty());
    let again = world.call(Method::DELETE, &path, Scope::Analyst, None).await;
    assert_eq!(again.problem(), "not-found");
    let asked = world.case_about(MIA).await;
    assert_ne!(reason_of(&world, &asked).await, "filtered");
}

#[tokio::test]
async fn an_exception_warns_of_its_end_and_then_ends() {
    let world = World::new();
    make(&world, wish()).await;
    assert!(listed(&world, "?only=lapsing").await.is_empty());
    world.clock.advance(Span::days(24));
    assert_eq!(listed(&world, "?only=lapsing").await[0]["lapses_soon"], true);
    world.clock.advance(Span::days(6));
    assert!(listed(&world, "").await.is_empty());
    let asked = world.case_about(MIA).await;
    assert_ne!(reason_of(&world, &asked).await, "filtered");
}

#[tokio::test]
async fn a_preview_says_what_would_have_been_hidden_and_keeps_nothing() {
    let world = World::new();
    let (mias, _) = (world.case_about(MIA).await, world.case_about(ANA).await);
    let path = "/v1/exceptions/preview";
    let preview = world.call(Method::POST, path, Scope::Analyst, Some(wish())).await.json();
    assert_eq!(preview, json!({ "alerts": 1, "cases": [mias], "looked_at": 1, "is_cut": false }));
    let narrower = json!({ "reason": "r", "for": "1d", "rule": "new-device",
                           "facts": { "ip": "198.51.100.1" } });
    let preview = world.call(Method::POST, path, Scope::Analyst, Some(narrower)).await.json();
    assert_eq!((&preview["alerts"], &preview["looked_at"]), (&json!(0), &json!(2)));
    assert!(listed(&world, "").await.is_empty());
}

#[tokio::test]
async fn an_exception_that_is_too_wide_too_long_or_unreadable_is_refused() {
    let world = World::new();
    for (key, value) in [
        ("for", json!("91d")),
        ("for", json!("0s")),
        ("for", Value::Null),
        ("for", json!("forever")),
        ("person", Value::Null),
        ("person", json!("nobody@example.com")),
        ("rule", Value::Null),
        ("reason", json!("  ")),
        ("condition", json!("alert.rul == 'x'")),
        ("condition", json!("true")),
        ("colour", json!("red")),
    ] {
        let mut body = wish();
        body[key] = value;
        let answer = make(&world, body.clone()).await;
        assert_eq!(answer.problem(), "invalid-body", "{body}");
    }
    assert!(listed(&world, "").await.is_empty());
}

#[tokio::test]
async fn a_condition_about_nothing_in_particular_is_refused_with_what_to_do() {
    let world = World::new();
    for (condition, told) in [
        ("1 == 1", "compare a fact"),
        ("alert.severity == 'low'", "names a rule"),
        ("alert.rule != 'new-device'", "join it by `&&`"),
    ] {
        let body = json!({ "reason": "r", "for": "1d", "condition": condition });
        for path in ["/v1/exceptions", "/v1/exceptions/preview"] {
            let answer = world.call(Method::POST, path, Scope::Analyst, Some(body.clone())).await;
            assert_eq!(answer.problem(), "invalid-body", "{condition}");
            assert!(answer.text.contains(told), "{condition}: {}", answer.text);
        }
    }
    assert!(listed(&world, "").await.is_empty());
}

#[tokio::test]
async fn an_analyst_needs_a_fresh_proof_and_excepts_nobody_but_others() {
    let world = World::new();
    let ana = world.browser(ANA).await;
    let send = async |body: Value| {
        let request = ana
            .request(Method::POST, "/v1/exceptions")
            .header("x-csrf-token", &ana.csrf)
            .header(header::CONTENT_TYPE, "application/json");
        world.send(request.body(body.to_string().into()).expect("a request")).await
    };
    assert_eq!(send(wish()).await.problem(), "proof-required");
    world.prove(&ana).await;
    let mut own = wish();
    own["person"] = json!(ANA);
    assert_eq!(send(own).await.problem(), "own-case");
    // Nor does one that names nobody hide what is about its maker.
    let mut wide = wish();
    wide["person"] = Value::Null;
    wide["source"] = json!("siem");
    assert_eq!(send(wide).await.status, StatusCode::CREATED);
    let (mias, anas) = (world.case_about(MIA).await, world.case_about(ANA).await);
    assert_eq!(reason_of(&world, &mias).await, "filtered");
    assert_ne!(reason_of(&world, &anas).await, "filtered");
}
