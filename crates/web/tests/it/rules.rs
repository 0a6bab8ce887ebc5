//! How rules do, through the API and the console.

use axum::body::Body;
use http::{Method, StatusCode, header};
use model::Span;
use serde_json::{Value, json};
use web::keys::Scope;

use crate::world::{ANA, Browser, MIA, World, alert_request};

/// A rule with a slash and a space in its name, which has so many false alarms.
const RULE: &str = "okta/new device";
const PATH: &str = "/v1/rules/okta%2Fnew%20device";
const PAGE: &str = "/console/rules/okta%2Fnew%20device";

async fn false_alarms(world: &World, count: usize) {
    for number in 0..count {
        // The newest case is the last one that was opened.
        world.clock.advance(Span::seconds(1));
        let body = json!({ "id": format!("a-{number}"), "rule": RULE, "person": MIA });
        let taken = world.send(alert_request(&body.to_string())).await;
        assert_eq!(taken.status, StatusCode::ACCEPTED, "{number}: {}", taken.text);
        let list = world.get("/v1/cases?limit=1", Scope::Read).await.json();
        let id = list["items"][0]["id"].as_str().expect("a case").to_owned();
        let path = format!("/v1/cases/{id}/disposition");
        let body = json!({ "disposition": "false_positive", "note": "a test" });
        let done = world.call(Method::POST, &path, Scope::Analyst, Some(body)).await;
        assert_eq!(done.status, StatusCode::OK, "{number}: {}", done.text);
    }
}

async fn health(world: &World) -> Value {
    world.get(&format!("{PATH}/health"), Scope::Read).await.json()
}

async fn form(world: &World, browser: &Browser, path: &str, fields: &str) -> String {
    let body = format!("csrf={}&{fields}", browser.csrf);
    let request = browser
        .request(Method::POST, path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body))
        .expect("a request");
    let answer = world.send(request).await;
    answer.header("location").map_or_else(|| answer.problem(), str::to_owned)
}

#[tokio::test]
async fn a_proposal_is_told_with_its_evidence_and_accepted_once_it_stands() {
    let world = World::new();
    false_alarms(&world, 40).await;
    let told = health(&world).await;
    assert_eq!((&told["rule"], &told["is_cut"]), (&json!(RULE), &json!(false)));
    assert_eq!((&told["all"]["real"], &told["all"]["harmless"]), (&json!(0), &json!(40)));
    assert_eq!(told["all"]["outcomes"]["false_positive"], 40);
    let version = &told["versions"][0];
    assert_eq!(version["proposal"]["change"], "demote");
    assert!(!version["proposal"]["evidence"].as_array().expect("a list").is_empty());

    let accept = async |change: &str| {
        let body = json!({ "version": version["version"], "change": change, "note": "noise" });
        world.call(Method::POST, &format!("{PATH}/ruling"), Scope::Analyst, Some(body)).await
    };
    assert_eq!(accept("retire").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(accept("demote").await.json()["by"], "key:analyst");
    assert_eq!(health(&world).await["rulings"][0]["note"], "noise");
    let listed = world.get("/v1/rules/health?days=7", Scope::Read).await.json();
    assert_eq!(listed["items"][0]["rule"], RULE);

    let end = async || {
        let body = json!({ "version": version["version"] });
        let path = format!("{PATH}/ruling/end");
        world.call(Method::POST, &path, Scope::Analyst, Some(body)).await.status
    };
    assert_eq!(end().await, StatusCode::OK);
    assert_eq!(end().await, StatusCode::NOT_FOUND);
    assert_eq!(health(&world).await["rulings"], json!([]));
}

#[tokio::test]
async fn unknown_rules_and_days_beyond_what_is_kept_are_refused() {
    let world = World::new();
    false_alarms(&world, 1).await;
    for (path, status) in [
        ("/v1/rules/okta/health", StatusCode::NOT_FOUND),
        ("/v1/rules/okta%2Fnew%20device%1F/health", StatusCode::OK),
        ("/v1/rules/health?days=0", StatusCode::BAD_REQUEST),
        ("/v1/rules/health?days=401", StatusCode::BAD_REQUEST),
        ("/v1/rules/health?days=many", StatusCode::BAD_REQUEST),
    ] {
        assert_eq!(world.get(path, Scope::Read).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn by_a_session_a_proposal_is_accepted_with_a_fresh_proof() {
    let world = World::new();
    false_alarms(&world, 40).await;
    let version = health(&world).await["versions"][0]["version"].as_str().expect("told").to_owned();
    let ana = world.browser(ANA).await;
    let get = ana.request(Method::GET, PAGE).body(Body::empty()).expect("a request");
    let page = world.send(get).await;
    assert!(page.text.contains("propose that it asks nobody"), "{}", page.text);
    let fields = format!("version={version}&change=demote&note=noise");
    let path = format!("{PAGE}/ruling");
    assert_eq!(form(&world, &ana, &path, &fields).await, format!("/me/prove?next={PAGE}"));
    // Also one that only lets more be done by itself, and before it is looked at any closer.
    let promote = format!("version={version}&change=promote&note=noise");
    assert_eq!(form(&world, &ana, &path, &promote).await, format!("/me/prove?next={PAGE}"));
    for change in ["promote", "demote", "retire"] {
        let body = json!({ "version": version, "change": change, "note": "noise" });
        let request = ana
            .request(Method::POST, &format!("{PATH}/ruling"))
            .header("x-csrf-token", &ana.csrf)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()));
        let answer = world.send(request.expect("a request")).await;
        assert_eq!(answer.problem(), "proof-required", "{change}");
    }
    assert_eq!(health(&world).await["rulings"], json!([]));
    world.prove(&ana).await;
    assert_eq!(form(&world, &ana, &path, &fields).await, PAGE);
    assert_eq!(health(&world).await["rulings"][0]["by"], format!("person:{}", world.id_of(ANA)));
    let end = format!("{PAGE}/ruling/end");
    assert_eq!(form(&world, &ana, &end, &format!("version={version}")).await, PAGE);
    assert_eq!(health(&world).await["rulings"], json!([]));
}
