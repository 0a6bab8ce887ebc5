//! What chats call.

use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::json;

use crate::{
    fakes::CHAT_TOKEN,
    world::{Answer, World},
};

async fn call(world: &World, path: &str, token: Option<&str>, body: impl Into<Body>) -> Answer {
    let mut request = Request::post(path);
    if let Some(token) = token {
        request = request.header("x-talk-token", token);
    }
    world.send(request.body(body.into()).expect("a request")).await
}

#[tokio::test]
async fn an_authentic_call_reaches_its_chat_as_it_came() {
    let world = World::new();
    for kind in ["interactions", "events", "dialog", "messages"] {
        let path = format!("/callbacks/talk/{kind}");
        let answer = call(&world, &path, Some(CHAT_TOKEN), "hello").await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        assert_eq!(answer.json(), json!({ "kind": kind, "seen": "hello" }));
    }
}

/// R10.
#[tokio::test]
async fn a_call_that_is_not_authentic_is_refused_and_changes_nothing() {
    let world = World::new();
    let before = world.audit_length().await;
    let path = "/callbacks/talk/interactions";
    for (path, token, body, status, problem) in [
        (path, None, "hello", 401, "unauthorized"),
        (path, Some(""), "hello", 401, "unauthorized"),
        (path, Some("wrong"), "hello", 401, "unauthorized"),
        (path, Some(CHAT_TOKEN), "nonsense", 400, "malformed-call"),
        ("/callbacks/nobody/interactions", Some(CHAT_TOKEN), "hello", 404, "not-found"),
        ("/callbacks/talk/other", Some(CHAT_TOKEN), "hello", 404, "not-found"),
    ] {
        let answer = call(&world, path, token, body).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (status, problem));
    }
    assert_eq!(world.audit_length().await, before);
}

#[tokio::test]
async fn a_call_that_is_too_large_is_not_read() {
    let world = World::new();
    let body = vec![b'x'; 1024 * 1024 + 1];
    let answer = call(&world, "/callbacks/talk/events", Some(CHAT_TOKEN), body).await;
    assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (413, "too-large"));
}
