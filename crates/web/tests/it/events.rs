//! Events in: what is taken, what is refused, and that a bad record costs itself only.

use std::{io::Write as _, ops::Range, sync::Arc};

use axum::body::Body;
use event::{Actor, Client, Doc, Event, Logsource, Origin, Outcome, Uid, split};
use flate2::{Compression, write::GzEncoder};
use futures::FutureExt as _;
use http::{HeaderMap, Method, Request, StatusCode, header};
use model::{Problem, Span, Timestamp};
use ports::{
    event_log::memory::MemoryLog,
    events::{BodyError, EventMap, Handshake},
    networks::NoNetworks,
    source::{Reads, Rejected, Source},
    states::memory::MemoryStates,
};
use runtime::{
    Engine,
    detection::{Detection, EventSource, Parts, RuleSet, Settings},
};
use serde_json::{Value, json};
use web::{keys::Scope, limits::Limits};

use crate::{
    fakes::{Bearer, SOURCE_TOKEN},
    world::{Answer, World},
};

/// Records that may wait: nobody looks at any in these tests.
const BACKLOG: u64 = 100;

/// A source of events.
pub(crate) fn vpn() -> Source {
    Source {
        name: "vpn".to_owned(),
        auth: Box::new(Bearer),
        reads: Reads::Events(Arc::new(Vpn)),
        puller: None,
    }
}

/// Detection that takes events and is not at work.
pub(crate) fn detection(engine: &Engine) -> Detection {
    let parts = Parts {
        engine: engine.clone(),
        log: Arc::new(MemoryLog::new()),
        states: Arc::new(MemoryStates::new()),
        networks: Arc::new(NoNetworks),
        sources: vec![EventSource { name: "vpn".into(), map: Arc::new(Vpn), puller: None }],
        rules: RuleSet::default(),
        settings: Settings {
            threads: 1,
            residents: 1_000,
            backlog_records: BACKLOG,
            recorded_per_day: u64::MAX,
            keep_age: Span::days(1),
            keep_bytes: u64::MAX,
        },
    };
    let opened = Detection::open(parts).now_or_never().expect("a log in memory is at once");
    opened.expect("readable")
}

struct Vpn;

impl EventMap for Vpn {
    fn records(&self, body: &[u8], max: usize) -> Result<Vec<Range<usize>>, BodyError> {
        Ok(split::records(body, &[&["data", "events"]], max)?)
    }

    fn read(&self, doc: Doc, take: &mut dyn FnMut(Event)) -> Result<Vec<Problem>, Rejected> {
        let action = doc.text(&["do"]).ok_or(Rejected { problem: "no action".to_owned() })?;
        take(Event {
            uid: Uid::of_record("vpn", &doc),
            time: Timestamp::UNIX_EPOCH,
            logsource: Logsource { product: "vpn", service: "vpn" },
            actor: Actor::default(),
            action: action.into(),
            targets: Vec::new(),
            origin: Origin::default(),
            client: Client::default(),
            session: None,
            outcome: Outcome::Unknown,
            reason: None,
            doc,
        });
        Ok(Vec::new())
    }

    fn aliases(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn logsources(&self) -> &'static [Logsource] {
        &[Logsource { product: "vpn", service: "vpn" }]
    }

    fn handshake(&self, headers: &HeaderMap) -> Option<Handshake> {
        let challenge = headers.get("x-challenge")?.to_str().ok()?;
        Some(Handshake { content_type: "text/plain", body: challenge.to_owned() })
    }
}

fn request(headers: &[(&str, &str)], body: impl Into<Body>) -> Request<Body> {
    let mut request = Request::post("/v1/events/vpn")
        .header(header::AUTHORIZATION, format!("Bearer {SOURCE_TOKEN}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).expect("a request")
}

async fn send(world: &World, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
    world.send(request(headers, body)).await
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).expect("to memory");
    encoder.finish().expect("to memory")
}

#[tokio::test]
async fn every_shape_and_encoding_of_a_body_holds_the_same_events() {
    let lines = "{\"do\":\"a\"}\n{\"do\":\"b\"}\n";
    let zstd = zstd::stream::encode_all(lines.as_bytes(), 1).expect("to memory");
    for (headers, body) in [
        (vec![("content-type", "application/x-ndjson")], lines.as_bytes().to_vec()),
        (vec![("content-type", "application/json")], b"[{\"do\":\"a\"},{\"do\":\"b\"}]".to_vec()),
        (vec![], b"{\"data\":{\"events\":[{\"do\":\"a\"},{\"do\":\"b\"}]}}".to_vec()),
        (vec![("content-encoding", "gzip")], gzip(lines.as_bytes())),
        (vec![("content-encoding", "zstd")], zstd),
    ] {
        let world = World::new();
        let answer = send(&world, &headers, body.clone()).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{headers:?}: {}", answer.text);
        let receipt = json!({ "accepted": 2, "duplicates": 0, "rejected": [], "batch": "0" });
        assert_eq!(answer.json(), receipt, "{headers:?}");
        let again = send(&world, &headers, body).await.json();
        let receipt = json!({ "accepted": 2, "duplicates": 2, "rejected": [], "batch": null });
        assert_eq!(again, receipt, "{headers:?}");
    }
}

#[tokio::test]
async fn a_bad_record_is_told_by_its_index_and_can_be_read_again() {
    let world = World::new();
    let answer = send(&world, &[], "{\"do\":\"a\"}\n{\"who\":1}\n{]\n{\"do\":\"b\"}\n").await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
    let receipt = answer.json();
    assert_eq!((&receipt["accepted"], &receipt["batch"]), (&json!(2), &json!("0")));
    let rejected = receipt["rejected"].as_array().expect("a list");
    assert_eq!(rejected[0], json!({ "index": 1, "problem": "no action" }));
    assert_eq!(rejected[1]["index"], 2);
    let list = world.get("/v1/dead-letters", Scope::Analyst).await.json();
    let items = list["items"].as_array().expect("a list");
    let whole: Vec<&Value> = items.iter().filter(|it| it["record"] == "{\"who\":1}").collect();
    assert_eq!(whole.len(), 1, "{list}");
    let path = format!("/v1/dead-letters/{}/replay", whole[0]["id"].as_str().expect("an id"));
    let replayed = world.call(Method::POST, &path, Scope::Analyst, None).await;
    assert_eq!(replayed.json(), json!({ "accepted": false, "problem": "no action" }));
    let missing = "/v1/dead-letters/dlet_00000000000000000000000000/replay";
    let missing = world.call(Method::POST, missing, Scope::Analyst, None).await;
    assert_eq!(missing.problem(), "not-found");
}

#[tokio::test]
async fn what_cannot_be_taken_is_refused_and_says_what_to_do() {
    let small = Limits {
        event_body_bytes: 1_000,
        event_plain_bytes: 2_000,
        events: 3,
        ..Limits::default()
    };
    let world = World::with(small);
    let four = "{\"do\":\"a\"}\n".repeat(4);
    let deep = format!("{}{}", "{\"a\":".repeat(80), "1}".repeat(80));
    for (headers, body, problem) in [
        (vec![], b"hello".to_vec(), "malformed-json"),
        (vec![], b"7".to_vec(), "not-events"),
        (vec![], four.into_bytes(), "too-many"),
        (vec![], deep.into_bytes(), "too-deep"),
        (vec![], vec![b' '; 1_001], "too-large"),
        (vec![("content-encoding", "gzip")], gzip(&[b' '; 2_001]), "too-large"),
        (vec![("content-encoding", "gzip")], b"{}".to_vec(), "bad-encoding"),
        (vec![("content-encoding", "br")], b"{}".to_vec(), "unsupported-encoding"),
        (vec![("content-type", "application/xml")], b"{}".to_vec(), "unsupported-type"),
    ] {
        let answer = send(&world, &headers, body).await;
        assert_eq!(answer.problem(), problem, "{headers:?}");
    }
    let other = Request::post("/v1/events/siem")
        .header(header::AUTHORIZATION, format!("Bearer {SOURCE_TOKEN}"))
        .body(Body::from("{}"));
    let other = world.send(other.expect("a request")).await;
    assert_eq!(other.problem(), "other-kind");
    let to_alerts = Request::post("/v1/alerts/vpn")
        .header(header::AUTHORIZATION, format!("Bearer {SOURCE_TOKEN}"))
        .body(Body::from("{}"));
    let to_alerts = world.send(to_alerts.expect("a request")).await;
    assert_eq!(to_alerts.problem(), "other-kind");
}

#[tokio::test]
async fn more_than_detection_keeps_up_with_is_refused_for_now() {
    let world = World::new();
    for batch in 0..BACKLOG / 50 {
        let lines: String =
            (0..50).map(|at| format!("{{\"do\":\"a\",\"n\":{}}}\n", batch * 50 + at)).collect();
        assert_eq!(send(&world, &[], lines).await.status, StatusCode::ACCEPTED);
    }
    let refused = send(&world, &[], "{\"do\":\"b\"}").await;
    assert_eq!(
        (refused.status, &*refused.problem()),
        (StatusCode::SERVICE_UNAVAILABLE, "overloaded")
    );
    assert!(refused.header("retry-after").is_some());
    let probe = Request::get("/readyz").body(Body::empty()).expect("a request");
    let probe = world.send(probe).await;
    assert_eq!(probe.status, StatusCode::OK, "alerts are taken all the same");
    let detection = json!({ "state": "running", "waiting": BACKLOG });
    assert_eq!(probe.json(), json!({ "ready": true, "detection": detection }));
}

#[tokio::test]
async fn a_vendor_that_verifies_our_address_is_answered_where_it_has_the_credential() {
    let world = World::new();
    let get = |token: &str, challenge: bool| {
        let mut request =
            Request::get("/v1/events/vpn").header(header::AUTHORIZATION, format!("Bearer {token}"));
        if challenge {
            request = request.header("x-challenge", "c0ffee");
        }
        request.body(Body::empty()).expect("a request")
    };
    let answer = world.send(get(SOURCE_TOKEN, true)).await;
    assert_eq!((answer.status, &*answer.text), (StatusCode::OK, "c0ffee"));
    assert_eq!(world.send(get(SOURCE_TOKEN, false)).await.problem(), "not-found");
    assert_eq!(world.send(get("another-token", true)).await.problem(), "unauthorized");
}

#[tokio::test]
async fn the_rules_in_force_are_listed() {
    let world = World::new();
    let list = world.get("/v1/rules", Scope::Read).await.json();
    assert_eq!(list, json!({ "items": [], "next_cursor": null }));
}
