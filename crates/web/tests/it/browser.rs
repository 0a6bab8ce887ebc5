//! What browsers get and what is believed of them.

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use model::Span;
use serde_json::json;
use web::keys::Scope;

use crate::world::{ANA, Answer, Browser, MIA, URL, World};

/// R18 and the rest of what every answer carries.
#[tokio::test]
async fn every_answer_carries_the_headers_that_keep_a_browser_safe() {
    let world = World::new();
    let ana = world.browser(ANA).await;
    let asset = web::assets::path("style.css");
    for path in ["/", "/nothing", "/v1/cases", "/healthz", "/problems/too-large", asset] {
        let request = ana.request(Method::GET, path).body(Body::empty()).expect("a request");
        let answer = world.send(request).await;
        let policy = answer.header("content-security-policy").expect("a policy");
        for part in [
            "default-src 'none'",
            "style-src 'self'",
            "script-src 'self'",
            "img-src 'self' data:",
            "connect-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.split("; ").any(|found| found == part), "{path}: {part}");
        }
        assert!(!policy.contains("unsafe"));
        for (name, value) in [
            ("referrer-policy", "same-origin"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("strict-transport-security", "max-age=63072000"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}: {name}");
        }
        let kept = answer.header("cache-control").expect("a cache-control");
        assert_eq!(kept == "no-store", path != asset, "{path}: {kept}");
    }
}

#[tokio::test]
async fn an_asset_is_kept_for_ever_at_the_address_of_its_content_only() {
    let world = World::new();
    let path = web::assets::path("style.css");
    let get = async |path: &str| {
        world.send(Request::get(path).body(Body::empty()).expect("a request")).await
    };
    let answer = get(path).await;
    assert_eq!(answer.header("content-type"), Some("text/css; charset=utf-8"));
    assert_eq!(answer.header("cache-control"), Some("public, max-age=31536000, immutable"));
    for other in
        ["/assets/0000000000000000/style.css", "/assets/style.css", "/assets/..%2F/Cargo.toml"]
    {
        assert_eq!(get(other).await.status, StatusCode::NOT_FOUND, "{other}");
    }
}

async fn dispose(world: &World, browser: &Browser, case: &str, how: &str, csrf: &str) -> Answer {
    let request = browser
        .request(Method::POST, &format!("/v1/cases/{case}/disposition"))
        .header("x-csrf-token", csrf)
        .header(header::CONTENT_TYPE, "application/json");
    let body = json!({ "disposition": how, "note": "" }).to_string();
    let body = body.replace(r#","note":"""#, "");
    world.send(request.body(Body::from(body)).expect("a request")).await
}

#[tokio::test]
async fn filing_as_harmless_by_a_session_needs_a_fresh_proof() {
    let world = World::new();
    let case = world.case_about(MIA).await;
    let ana = world.browser(ANA).await;
    for harmless in ["benign", "false_positive", "duplicate"] {
        let answer = dispose(&world, &ana, &case, harmless, &ana.csrf).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (403, "proof-required"));
    }
    world.prove(&ana).await;
    world.clock.advance(Span::minutes(11));
    let late = dispose(&world, &ana, &case, "benign", &ana.csrf).await;
    assert_eq!(late.problem(), "proof-required");
    world.prove(&ana).await;
    let answer = dispose(&world, &ana, &case, "benign", &ana.csrf).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
}

#[tokio::test]
async fn filing_as_malicious_needs_no_proof() {
    let world = World::new();
    let case = world.case_about(MIA).await;
    let ana = world.browser(ANA).await;
    let answer = dispose(&world, &ana, &case, "malicious", &ana.csrf).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
}

/// R28.
#[tokio::test]
async fn nobody_disposes_of_a_case_about_themself() {
    let world = World::new();
    let case = world.case_about(ANA).await;
    let ana = world.browser(ANA).await;
    world.prove(&ana).await;
    let answer = dispose(&world, &ana, &case, "benign", &ana.csrf).await;
    assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (403, "own-case"));
}

#[tokio::test]
async fn an_act_by_a_session_must_come_from_our_own_page() {
    let world = World::new();
    let case = world.case_about(MIA).await;
    let (ana, mia) = (world.browser(ANA).await, world.browser(MIA).await);
    let before = world.audit_length().await;
    for csrf in ["", "wrong", &mia.csrf] {
        let answer = dispose(&world, &ana, &case, "malicious", csrf).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (403, "foreign-form"));
    }
    for origin in ["https://evil.example", "null", "http://countersign.example.com"] {
        let mut request = ana
            .request(Method::POST, &format!("/v1/cases/{case}/disposition"))
            .header("x-csrf-token", &ana.csrf)
            .body(Body::from(r#"{"disposition":"malicious"}"#))
            .expect("a request");
        request.headers_mut().insert(header::ORIGIN, origin.parse().expect("a header"));
        let answer = world.send(request).await;
        assert_eq!(answer.problem(), "foreign-form", "{origin}");
        assert!(answer.text.contains(URL));
    }
    assert_eq!(world.audit_length().await, before);
}

#[tokio::test]
async fn a_session_that_is_over_opens_nothing() {
    let world = World::new();
    let ana = world.browser(ANA).await;
    let get = async |path: &str| {
        let request = ana.request(Method::GET, path).body(Body::empty()).expect("a request");
        world.send(request).await
    };
    assert_eq!(get("/v1/cases").await.status, StatusCode::OK);
    world.clock.advance(Span::hours(2));
    assert_eq!(get("/v1/cases").await.problem(), "unauthorized");
    let page = get("/console").await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    assert_eq!(page.header("location"), Some("/signin?next=/console"));
}

#[tokio::test]
async fn a_browser_sees_a_problem_as_a_page_and_a_program_as_data() {
    let world = World::new();
    let get = async |path: &str, accept: &str| {
        let request = Request::get(path).header(header::ACCEPT, accept).body(Body::empty());
        world.send(request.expect("a request")).await
    };
    let page = get("/nothing", "text/html,application/xhtml+xml").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(page.text.contains("There is nothing here"));
    assert_eq!(get("/nothing", "*/*").await.problem(), "not-found");
    assert_eq!(get("/v1/nothing", "text/html").await.problem(), "not-found");
    let explained = get("/problems/too-deep", "*/*").await;
    assert_eq!(explained.status, StatusCode::OK);
    assert!(explained.text.contains("64 levels"));
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused() {
    let world = World::new();
    for (path, header) in
        [("/", "x".repeat(17 * 1024)), (&format!("/{}", "x".repeat(17 * 1024)), String::new())]
    {
        let request = Request::get(path).header("x-long", header).body(Body::empty());
        let answer = world.send(request.expect("a request")).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (431, "head-too-large"));
    }
}

#[tokio::test]
async fn a_scope_for_sending_alerts_reads_nothing() {
    let world = World::new();
    assert_eq!(world.get("/v1/cases", Scope::Ingest).await.problem(), "forbidden");
}
