//! The stream of case changes.

use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use model::Span;
use ports::{
    Clock as _,
    store::{Commit, JournalEntry, Store as _},
};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use web::{keys::Scope, limits};

use crate::world::{ANA, Browser, MIA, World, alert_request, token};

/// A stream as its client sees it.
struct Stream {
    status: StatusCode,
    headers: HeaderMap,
    body: Body,
}

/// An event.
#[derive(Debug, PartialEq)]
struct Event {
    id: u64,
    name: String,
    data: Value,
}

async fn open(world: &World, request: http::request::Builder) -> Stream {
    let request = request.body(Body::empty()).expect("a request");
    let response = world.router.clone().oneshot(request).await.expect("infallible");
    let (parts, body) = response.into_parts();
    Stream { status: parts.status, headers: parts.headers, body }
}

fn by_key(path: &str) -> http::request::Builder {
    let token = token(Scope::Read);
    Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"))
}

fn by_browser(browser: &Browser) -> http::request::Builder {
    browser.request(Method::GET, "/v1/stream")
}

fn field<'c>(chunk: &'c str, name: &str) -> Option<&'c str> {
    chunk.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

impl Stream {
    /// The next chunk as it is; nothing once it is over.
    async fn chunk(&mut self) -> Option<String> {
        let frame = self.body.frame().await?.expect("whole");
        let bytes = frame.into_data().expect("data");
        let text = String::from_utf8(bytes.to_vec()).expect("text");
        assert!(text.ends_with("\n\n"), "{text}");
        Some(text)
    }

    /// Where it begins.
    async fn beginning(&mut self) -> u64 {
        let chunk = self.chunk().await.expect("open");
        assert!(chunk.starts_with("retry: "), "{chunk}");
        field(&chunk, "id").and_then(|id| id.parse().ok()).expect("a position")
    }

    async fn event(&mut self) -> Event {
        let chunk = self.chunk().await.expect("open");
        Event {
            id: field(&chunk, "id").and_then(|id| id.parse().ok()).expect("an id"),
            name: field(&chunk, "event").expect("a name").to_owned(),
            data: serde_json::from_str(field(&chunk, "data").expect("data")).expect("JSON"),
        }
    }
}

async fn alert(world: &World, rule: &str) {
    let body = json!({ "rule": rule, "person": MIA, "severity": "high" });
    assert_eq!(world.send(alert_request(&body.to_string())).await.status, StatusCode::ACCEPTED);
}

async fn listed(world: &World) -> Value {
    world.get("/v1/cases?rule=new-device", Scope::Read).await.json()["items"][0].clone()
}

#[tokio::test]
async fn a_stream_tells_changes_as_the_listing_shows_them() {
    let world = World::new();
    alert(&world, "before").await;
    let mut stream = open(&world, by_key("/v1/stream")).await;
    assert_eq!(stream.status, StatusCode::OK);
    for (name, value) in [
        ("content-type", "text/event-stream"),
        ("x-accel-buffering", "no"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(stream.headers[name], value);
    }
    assert_eq!(stream.beginning().await, world.audit_length().await, "it begins now");
    alert(&world, "new-device").await;
    let opened = stream.event().await;
    assert_eq!((opened.name.as_str(), opened.id), ("opened", world.audit_length().await));
    assert_eq!(opened.data, listed(&world).await, "and shows no more than the listing");
    let path = format!("/v1/cases/{}/disposition", opened.data["id"].as_str().expect("an id"));
    let body = Some(json!({ "disposition": "malicious" }));
    world.call(Method::POST, &path, Scope::Analyst, body).await;
    let changed = stream.event().await;
    assert_eq!(changed.name, "changed");
    assert!(changed.id > opened.id);
    assert_eq!(changed.data["state"], "closed");
}

#[tokio::test]
async fn a_stream_goes_on_where_its_client_was_cut_off() {
    let world = World::new();
    let mut stream = open(&world, by_key("/v1/stream")).await;
    let begun = stream.beginning().await;
    alert(&world, "first").await;
    let first = stream.event().await;
    drop(stream);
    for rule in ["second", "third"] {
        alert(&world, rule).await;
    }
    let resumed = |id: u64| by_key("/v1/stream").header("last-event-id", id);
    for (request, expected) in [
        (resumed(begun), vec!["first", "second", "third"]),
        (resumed(first.id), vec!["second", "third"]),
        (by_key(&format!("/v1/stream?after={}", first.id)), vec!["second", "third"]),
        (by_key("/v1/stream?after=0").header("last-event-id", first.id), vec!["second", "third"]),
    ] {
        let mut stream = open(&world, request).await;
        stream.beginning().await;
        let mut last = 0;
        for rule in expected {
            let event = stream.event().await;
            assert_eq!((event.name.as_str(), &event.data["rule"]), ("opened", &json!(rule)));
            assert!(event.id > last);
            last = event.id;
        }
    }
}

/// Entries that belong to no case.
async fn write(world: &World, count: u64) {
    let entry = JournalEntry {
        seq: 0,
        case: None,
        at: world.clock.now(),
        kind: "signin.link".to_owned(),
        by: "system".to_owned(),
        salt: [0; 16],
        data: Vec::new(),
    };
    let journal = (0..count).map(|_| entry.clone()).collect();
    let commit = Commit { journal, ..Commit::default() };
    world.store.commit(commit).await.expect("stored");
}

#[tokio::test]
async fn a_client_that_is_too_far_behind_or_ahead_is_told_to_list_anew() {
    let world = World::new();
    write(&world, limits::STREAM_REPLAY_ENTRIES + 1).await;
    let head = world.audit_length().await;
    for (id, is_told) in [(0, true), (1, false), (head, false), (head + 1, true)] {
        let request = by_key("/v1/stream").header("last-event-id", id);
        let mut stream = open(&world, request).await;
        assert_eq!(stream.beginning().await, if is_told { head } else { id });
        if is_told {
            let reset = Event { id: head, name: "reset".to_owned(), data: json!({}) };
            assert_eq!(stream.event().await, reset);
        }
    }
    for bad in ["-1", "x", "", "1.5", "99999999999999999999"] {
        let request = by_key("/v1/stream").header("last-event-id", bad);
        let refused = open(&world, request).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{bad}");
        let path = format!("/v1/stream?after={bad}");
        assert_eq!(open(&world, by_key(&path)).await.status, StatusCode::BAD_REQUEST, "{bad}");
    }
}

#[tokio::test]
async fn a_silent_stream_says_that_it_is_alive() {
    let world = World::new();
    let mut stream = open(&world, by_key("/v1/stream")).await;
    stream.beginning().await;
    for _ in 0..3 {
        world.clock.advance(Span::seconds(limits::STREAM_BEAT.as_secs()));
        assert_eq!(stream.chunk().await.as_deref(), Some(": still here\n\n"));
    }
}

#[tokio::test]
async fn a_stream_ends_with_its_session() {
    for ends_by_itself in [false, true] {
        let world = World::new();
        let ana = world.browser(ANA).await;
        let mut stream = open(&world, by_browser(&ana)).await;
        stream.beginning().await;
        alert(&world, "first").await;
        assert_eq!(stream.event().await.name, "opened");
        // An open window is no use of the session.
        world.clock.advance(Span::minutes(59));
        assert_eq!(stream.chunk().await.as_deref(), Some(": still here\n\n"));
        if ends_by_itself {
            world.clock.advance(Span::minutes(1));
        } else {
            let viewer = world.engine.viewer(&ana.token).await.expect("readable").expect("in");
            world.engine.sign_out(&viewer).await.expect("signed out");
        }
        alert(&world, "second").await;
        assert_eq!(stream.chunk().await, None, "nothing more is told");
        assert_eq!(open(&world, by_browser(&ana)).await.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn streams_are_few_for_each_credential() {
    let world = World::new();
    let mut streams = Vec::new();
    for _ in 0..limits::STREAMS_PER_CALLER {
        streams.push(open(&world, by_key("/v1/stream")).await);
    }
    let more = world.send(by_key("/v1/stream").body(Body::empty()).expect("one")).await;
    assert_eq!((more.status.as_u16(), more.problem().as_str()), (429, "limited"));
    let ana = world.browser(ANA).await;
    assert_eq!(open(&world, by_browser(&ana)).await.status, StatusCode::OK, "others have theirs");
    streams.pop();
    assert_eq!(open(&world, by_key("/v1/stream")).await.status, StatusCode::OK);
}
