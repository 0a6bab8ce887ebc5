//! Alerts in: what is taken, what is refused, and that a refusal leaves nothing half done.

use std::{io::Write as _, time::Duration};

use axum::body::{Body, Bytes};
use flate2::{Compression, write::GzEncoder};
use http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use web::{keys::Scope, limits::Limits};

use crate::{
    fakes::{SOURCE_TOKEN, signature},
    world::{MIA, World, alert_request},
};

type Headers<'h> = &'h [(&'h str, &'h str)];

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).expect("to memory");
    encoder.finish().expect("to memory")
}

fn request(headers: Headers<'_>, body: impl Into<Body>) -> Request<Body> {
    let mut request = Request::post("/v1/alerts/siem")
        .header(header::AUTHORIZATION, format!("Bearer {SOURCE_TOKEN}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).expect("a request")
}

fn many(count: usize) -> Value {
    (0..count).map(|number| json!({ "rule": "r", "id": number.to_string() })).collect()
}

#[tokio::test]
async fn good_alerts_are_taken_and_bad_ones_told_by_their_index() {
    let world = World::new();
    let body = json!([
        { "rule": "new-device", "id": "1", "person": MIA },
        { "title": 7 },
        { "rule": "new-device", "id": "1", "person": MIA },
    ]);
    let answer = world.send(alert_request(&body.to_string())).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
    let receipt = answer.json();
    let id = receipt["alerts"][0]["id"].as_str().expect("an id");
    assert!(id.starts_with("alrt_"));
    assert_eq!(
        receipt,
        json!({
            "accepted": 2,
            "rejected": [{ "index": 1, "problem": "no rule: send one" }],
            "alerts": [{ "id": id, "duplicate": false }, { "id": id, "duplicate": true }],
        })
    );
}

#[tokio::test]
async fn one_object_an_empty_array_and_a_compressed_body_are_taken() {
    let world = World::new();
    let one = json!({ "rule": "r", "id": "one" }).to_string();
    for (headers, body, accepted) in [
        (vec![("content-type", "application/json")], one.clone().into_bytes(), 1),
        (vec![], one.clone().into_bytes(), 1),
        (vec![], b"[]".to_vec(), 0),
        (vec![("content-encoding", "gzip")], gzip(one.as_bytes()), 1),
        (vec![], many(1_000).to_string().into_bytes(), 1_000),
    ] {
        let answer = world.send(request(&headers, body)).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
        assert_eq!(answer.json()["accepted"], accepted);
    }
}

#[tokio::test]
async fn every_bad_body_is_refused_by_name_and_nothing_is_done() {
    let world = World::new();
    let json = [("content-type", "application/json")];
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth)).into_bytes();
    let megabyte = 1024 * 1024;
    let bomb = gzip(&vec![b' '; 200 * megabyte]);
    assert!(bomb.len() < megabyte);
    let gz: Headers<'_> = &[("content-encoding", "gzip")];
    let cases: Vec<(Headers<'_>, Vec<u8>, u16, &str)> = vec![
        (&json, vec![b' '; megabyte + 1], 413, "too-large"),
        (&json, many(1_001).to_string().into_bytes(), 413, "too-many"),
        (&json, json!({ "alerts": many(1_001) }).to_string().into_bytes(), 413, "too-many"),
        (&json, deep(65), 400, "too-deep"),
        (&json, deep(10_000), 400, "too-deep"),
        (&json, br#"{"rule":"a","rule":"b"}"#.to_vec(), 400, "duplicate-key"),
        (&json, b"{\"rule\":\"\xff\"}".to_vec(), 400, "invalid-utf8"),
        (&json, b"".to_vec(), 400, "malformed-json"),
        (&json, b"{\"rule\":".to_vec(), 400, "malformed-json"),
        (&json, b"{} trailing".to_vec(), 400, "malformed-json"),
        (&json, b"\"alert\"".to_vec(), 400, "not-alerts"),
        (&json, b"null".to_vec(), 400, "not-alerts"),
        (&[("content-type", "text/plain")], b"{}".to_vec(), 415, "unsupported-type"),
        (
            &[("content-type", "application/x-www-form-urlencoded")],
            b"{}".to_vec(),
            415,
            "unsupported-type",
        ),
        (&[("content-encoding", "br")], b"{}".to_vec(), 415, "unsupported-encoding"),
        (&[("content-encoding", "gzip, gzip")], b"{}".to_vec(), 415, "unsupported-encoding"),
        (gz, b"{}".to_vec(), 400, "bad-encoding"),
        (gz, bomb, 413, "too-large"),
        (gz, gzip(&gzip(&vec![b' '; megabyte])), 400, "invalid-utf8"),
    ];
    for (headers, body, status, problem) in cases {
        let answer = world.send(request(headers, body)).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (status, problem));
    }
    assert_eq!(world.audit_length().await, 0);
    assert_eq!(world.get("/v1/cases", Scope::Read).await.json()["items"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_in_time_or_breaks_off_is_refused() {
    let world = World::new();
    let begun = tokio::time::Instant::now();
    let slow = futures::stream::unfold((), |()| async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        Some((Ok::<_, std::io::Error>(Bytes::from_static(b" ")), ()))
    });
    let answer = world.send(request(&[], Body::from_stream(slow))).await;
    assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (408, "slow-body"));
    assert!(begun.elapsed() < Duration::from_secs(31));

    let broken = futures::stream::iter([
        Ok(Bytes::from_static(b"{\"rule\":")),
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)),
    ]);
    let answer = world.send(request(&[], Body::from_stream(broken))).await;
    assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (400, "incomplete-body"));
}

#[tokio::test]
async fn an_unknown_source_is_refused_like_a_wrong_credential() {
    let world = World::new();
    let credentials = [None, Some("Bearer wrong"), Some("nonsense")];
    for credential in credentials {
        let mut answers = Vec::new();
        for source in ["siem", "nobody", "../siem"] {
            let mut request = Request::post(format!("/v1/alerts/{}", source.replace('/', "%2F")));
            if let Some(credential) = credential {
                request = request.header(header::AUTHORIZATION, credential);
            }
            let answer = world.send(request.body(Body::from("{}")).expect("a request")).await;
            assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (401, "unauthorized"));
            assert!(!answer.text.contains("nobody"));
            answers.push(answer.text);
        }
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
    }
}

#[tokio::test]
async fn a_credential_is_checked_before_a_byte_of_the_body_is_read_as_json() {
    let world = World::new();
    let mut bad = request(&[], "{not json");
    bad.headers_mut().insert(header::AUTHORIZATION, "Bearer wrong".parse().expect("a header"));
    assert_eq!(world.send(bad).await.problem(), "unauthorized");

    let unread =
        futures::stream::poll_fn(|_| -> std::task::Poll<Option<Result<Bytes, std::io::Error>>> {
            panic!("the body was read although there is no credential")
        });
    let request = Request::post("/v1/alerts/siem").body(Body::from_stream(unread));
    assert_eq!(world.send(request.expect("a request")).await.problem(), "unauthorized");
}

#[tokio::test]
async fn a_signed_request_sent_again_is_answered_as_it_was_and_changes_nothing() {
    let world = World::new();
    let send = async |id: &str, body: &str| {
        let request = Request::post("/v1/alerts/hook")
            .header("webhook-id", id)
            .header("webhook-signature", signature(body.as_bytes()))
            .body(Body::from(body.to_owned()));
        world.send(request.expect("a request")).await
    };
    let old = r#"{"rule":"r","id":"1","severity":"low"}"#;
    let new = r#"{"rule":"r","id":"1","severity":"high"}"#;
    let first = send("msg_1", old).await;
    assert_eq!(first.status, StatusCode::ACCEPTED, "{}", first.text);
    assert_eq!(send("msg_2", new).await.status, StatusCode::ACCEPTED);
    let before = world.audit_length().await;

    let again = send("msg_1", old).await;
    assert_eq!((again.status, again.text), (StatusCode::ACCEPTED, first.text));
    assert_eq!(world.audit_length().await, before);

    let other = send("msg_1", r#"{"rule":"another"}"#).await;
    assert_eq!((other.status.as_u16(), other.problem().as_str()), (422, "key-reused"));
    assert_eq!(world.audit_length().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_signed_request_many_times_at_once_is_taken_once() {
    for turn in 0..20 {
        let world = World::new();
        // Without an id of the sender's own nothing but the signature's tells that it is the same.
        let body = r#"{"rule":"r","severity":"low"}"#;
        let sending = (0..8).map(|_| {
            let request = Request::post("/v1/alerts/hook")
                .header("webhook-id", "msg_1")
                .header("webhook-signature", signature(body.as_bytes()))
                .body(Body::from(body))
                .expect("a request");
            tokio::spawn(world.router.clone().oneshot(request))
        });
        let mut receipts = std::collections::BTreeSet::new();
        for sent in futures::future::join_all(sending).await {
            let response = sent.expect("no panic").expect("infallible");
            assert_eq!(response.status(), StatusCode::ACCEPTED);
            receipts.insert(response.into_body().collect().await.expect("whole").to_bytes());
        }
        assert_eq!(receipts.len(), 1, "turn {turn}: {receipts:?}");
    }
}

#[tokio::test]
async fn overload_is_503_with_a_time_to_wait_and_never_429() {
    let nothing = [
        Limits { alert_requests_in_flight: 0, ..Limits::default() },
        Limits { bodies_in_flight_bytes: 10, ..Limits::default() },
    ];
    for limits in nothing {
        let world = World::with(limits);
        let answer = world.send(alert_request(r#"{"rule":"new-device"}"#)).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (503, "overloaded"));
        assert_eq!(answer.header("retry-after"), Some("5"));
        assert_eq!(world.audit_length().await, 0);
        // A flood of alerts keeps nobody from looking.
        assert_eq!(world.get("/healthz", Scope::Read).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_compressed_body_takes_the_room_of_what_it_may_become() {
    let limits = Limits { bodies_in_flight_bytes: 1024 * 1024, ..Limits::default() };
    let world = World::with(limits);
    let small = gzip(br#"{"rule":"new-device"}"#);
    let answer = world.send(request(&[("content-encoding", "gzip")], small)).await;
    assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (503, "overloaded"));
    let answer = world.send(alert_request(r#"{"rule":"new-device"}"#)).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
}
