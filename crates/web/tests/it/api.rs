//! The API: its shapes, its arguments, its writes.

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};
use web::keys::Scope;

use crate::world::{ADA, ANA, Answer, MIA, World, alert_request, token};

async fn post(world: &World, path: &str, key: Option<&str>, body: &Value) -> Answer {
    let mut request = Request::post(path)
        .header(header::AUTHORIZATION, format!("Bearer {}", token(Scope::Analyst)))
        .header(header::CONTENT_TYPE, "application/json");
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    world.send(request.body(Body::from(body.to_string())).expect("a request")).await
}

fn question() -> Value {
    json!({ "person": MIA, "title": "A new key", "severity": "medium", "facts": { "key": "AK1" } })
}

#[tokio::test]
async fn a_case_has_the_documented_shape_in_lists_and_alone() {
    let world = World::new();
    let id = world.case_about(MIA).await;
    let list = world.get("/v1/cases", Scope::Read).await.json();
    let case = &list["items"][0];
    assert_eq!(list["next_cursor"], Value::Null);
    assert!(list.get("warnings").is_none());
    let fields: Vec<&str> =
        case.as_object().expect("an object").keys().map(String::as_str).collect();
    let documented = [
        "alerts",
        "deadline_at",
        "id",
        "opened_at",
        "person",
        "reason",
        "rule",
        "severity",
        "source",
        "state",
        "title",
    ];
    assert_eq!(fields, documented);
    assert_eq!(case["id"], id);
    assert_eq!(case["person"], world.id_of(MIA).to_string());
    assert_eq!((&case["source"], &case["rule"]), (&json!("siem"), &json!("new-device")));
    assert_eq!(case["alerts"], 1);

    let alone = world.get(&format!("/v1/cases/{id}"), Scope::Read).await.json();
    for field in documented {
        assert_eq!(alone[field], case[field], "{field}");
    }
    assert_eq!((&alone["actions"], &alone["playbooks"]), (&json!([]), &json!([])));
    assert_eq!(alone["facts"]["ip"], "203.0.113.7");

    let journal = world.get(&format!("/v1/cases/{id}/journal"), Scope::Read).await.json();
    let line = journal["items"][0].as_object().expect("a line");
    let fields: Vec<&str> = line.keys().map(String::as_str).collect();
    assert_eq!(fields, ["at", "by", "data", "kind", "text"]);
}

#[tokio::test]
async fn a_listing_goes_on_at_its_cursor_and_ends() {
    let world = World::new();
    let alerts: Value =
        (0..5).map(|number| json!({ "rule": format!("r{number}"), "person": MIA })).collect();
    world.send(alert_request(&alerts.to_string())).await;
    let mut seen = Vec::new();
    let mut path = "/v1/cases?limit=2".to_owned();
    loop {
        let list = world.get(&path, Scope::Read).await.json();
        let items = list["items"].as_array().expect("a list").clone();
        assert!(items.len() <= 2);
        seen.extend(items.into_iter().map(|case| case["id"].clone()));
        match list["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/cases?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    let whole = world.get("/v1/cases", Scope::Read).await.json();
    let whole: Vec<Value> =
        whole["items"].as_array().expect("a list").iter().map(|case| case["id"].clone()).collect();
    assert_eq!((seen.len(), &seen), (5, &whole));
}

#[tokio::test]
async fn filters_narrow_and_unreadable_ones_are_refused() {
    let world = World::new();
    world.case_about(MIA).await;
    let mia = world.id_of(MIA).to_string();
    let ana = world.id_of(ANA).to_string();
    for (query, count) in [
        ("state=open", 1),
        ("state=closed", 0),
        ("state=closed,open", 1),
        (&format!("person={mia}"), 1),
        (&format!("person={ana},{mia}"), 1),
        (&format!("person={ana}"), 0),
        ("person=MIA@example.com", 1),
        ("rule=new-device", 1),
        ("rule=other", 0),
        ("severity=high,critical", 1),
        ("severity=low", 0),
        ("after=2020-01-01T00:00:00Z&before=2050-01-01T00:00:00Z", 1),
        ("before=1000000000", 0),
    ] {
        let answer = world.get(&format!("/v1/cases?{query}"), Scope::Read).await;
        let items = answer.json()["items"].as_array().map(Vec::len);
        assert_eq!(items, Some(count), "{query}: {}", answer.text);
    }
    for query in [
        "state=opened",
        "severity=grave",
        "person=nobody@example.com",
        "after=soon",
        "limit=0",
        "limit=x",
        "cursor=x",
        "cursor=",
        "state=open&state=closed",
        "rule=",
    ] {
        let answer = world.get(&format!("/v1/cases?{query}"), Scope::Read).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (400, "invalid-argument"));
    }
    let list = world.get("/v1/cases?colour=red&limit=999", Scope::Read).await.json();
    assert_eq!(
        list["warnings"],
        json!(["unknown argument `colour`, ignored", "`limit` is 200 at most"])
    );
}

#[tokio::test]
async fn what_is_not_there_is_404_and_what_is_no_id_400() {
    let world = World::new();
    let none = "case_00000000000000000000000000";
    for (path, status) in [
        (format!("/v1/cases/{none}"), 404),
        (format!("/v1/cases/{none}/journal"), 404),
        ("/v1/cases/1".to_owned(), 400),
        ("/v1/cases/%FF".to_owned(), 400),
        ("/v1/cases/prsn_00000000000000000000000000".to_owned(), 400),
        ("/v1/people/nobody@example.com".to_owned(), 404),
        ("/v1/nothing".to_owned(), 404),
    ] {
        let answer = world.get(&path, Scope::Admin).await;
        assert_eq!(answer.status.as_u16(), status, "{path} {}", answer.text);
        answer.problem();
    }
    let answer = world.call(Method::DELETE, "/v1/cases", Scope::Admin, None).await;
    assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (405, "method-not-allowed"));
    let allowed = answer.header("allow").expect("an Allow header");
    assert!(allowed.contains("GET") && allowed.contains("POST"), "{allowed}");
}

#[tokio::test]
async fn a_question_by_hand_is_asked_and_names_its_key() {
    let world = World::new();
    let answer = post(&world, "/v1/cases", None, &question()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let case = answer.json();
    let id = case["id"].as_str().expect("an id");
    assert_eq!(answer.header("location"), Some(format!("/v1/cases/{id}").as_str()));
    assert_eq!(case["asked_by"], "key:analyst");
    assert_eq!(case["person"], world.id_of(MIA).to_string());
    assert_eq!(case["facts"]["key"], "AK1");
}

#[tokio::test]
async fn a_bad_body_of_a_write_is_refused_with_every_fault_and_nothing_is_done() {
    let world = World::new();
    let mut nobody = question();
    nobody["person"] = json!("nobody@example.com");
    for (body, problem) in [
        (json!({}), "invalid-body"),
        (json!([]), "invalid-body"),
        (json!({ "person": MIA, "title": "x", "severity": "grave" }), "invalid-body"),
        (json!({ "person": MIA, "title": "x", "severity": "low", "more": 1 }), "invalid-body"),
        (json!({ "person": MIA, "title": "x".repeat(2_000), "severity": "low" }), "invalid-body"),
        (
            json!({ "person": MIA, "title": "x", "severity": "low", "facts": { "a": {} } }),
            "invalid-body",
        ),
        (nobody, "invalid-body"),
        (json!({ "title": "x".repeat(300 * 1024) }), "too-large"),
    ] {
        let answer = post(&world, "/v1/cases", None, &body).await;
        assert_eq!(answer.problem(), problem, "{}", answer.text);
    }
    let answer = post(&world, "/v1/cases", None, &json!({})).await.json();
    let paths: Vec<_> = answer["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .map(|error| error["path"].as_str().expect("a path"))
        .collect();
    assert_eq!(paths, ["person", "title", "severity"]);
    assert_eq!(world.audit_length().await, 0);
}

#[tokio::test]
async fn a_disposition_closes_a_case_once() {
    let world = World::new();
    let id = world.case_about(MIA).await;
    let path = format!("/v1/cases/{id}/disposition");
    let body = json!({ "disposition": "benign", "note": "seen" });
    let answer = post(&world, &path, None, &body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let case = answer.json();
    assert_eq!((&case["state"], &case["reason"]), (&json!("closed"), &json!("benign")));
    let answer = post(&world, &path, None, &body).await;
    assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (409, "case-closed"));
}

#[tokio::test]
async fn a_disposition_of_a_revision_that_has_passed_is_a_conflict() {
    let world = World::new();
    for severity in ["medium", "critical"] {
        let alert =
            json!({ "id": "a-1", "rule": "new-device", "person": MIA, "severity": severity });
        world.send(alert_request(&alert.to_string())).await;
    }
    let list = world.get("/v1/cases", Scope::Read).await.json();
    let id = list["items"][0]["id"].as_str().expect("a case").to_owned();
    let case = world.get(&format!("/v1/cases/{id}"), Scope::Read).await.json();
    assert_eq!(case["revision"], 2);
    let path = format!("/v1/cases/{id}/disposition");
    for (revision, status, problem) in [
        (json!(1), 409, "stale"),
        (json!(-1), 422, "invalid-body"),
        (json!("2"), 422, "invalid-body"),
    ] {
        let body = json!({ "disposition": "benign", "revision": revision });
        let answer = post(&world, &path, None, &body).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (status, problem));
    }
    let body = json!({ "disposition": "benign", "revision": 2 });
    let answer = post(&world, &path, None, &body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
}

#[tokio::test]
async fn the_same_key_with_the_same_request_is_done_once() {
    let world = World::new();
    let first = post(&world, "/v1/cases", Some("k1"), &question()).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text);
    let before = world.audit_length().await;
    let again = post(&world, "/v1/cases", Some("k1"), &question()).await;
    assert_eq!((again.status, &again.text), (StatusCode::CREATED, &first.text));
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(world.audit_length().await, before);

    let mut other = question();
    other["title"] = json!("Another");
    let reused = post(&world, "/v1/cases", Some("k1"), &other).await;
    assert_eq!((reused.status.as_u16(), reused.problem().as_str()), (422, "key-reused"));
    assert_eq!(world.audit_length().await, before);

    let fresh = post(&world, "/v1/cases", Some("k2"), &other).await;
    assert_eq!(fresh.status, StatusCode::CREATED);
    for bad in ["", &"k".repeat(256)] {
        let answer = post(&world, "/v1/cases", Some(bad), &question()).await;
        assert_eq!(answer.problem(), "invalid-argument");
    }
}

#[tokio::test]
async fn a_refused_request_leaves_its_key_free() {
    let world = World::new();
    let refused = post(&world, "/v1/cases", Some("k"), &json!({})).await;
    assert_eq!(refused.problem(), "invalid-body");
    let answer = post(&world, "/v1/cases", Some("k"), &question()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
}

#[tokio::test]
async fn two_at_once_with_one_key_do_one_thing() {
    let world = World::new();
    let question = question();
    let one = || post(&world, "/v1/cases", Some("k"), &question);
    let (left, right) = tokio::join!(one(), one());
    let created =
        [&left, &right].iter().filter(|answer| answer.status == StatusCode::CREATED).count();
    assert!(created >= 1, "{left:?} {right:?}");
    let list = world.get("/v1/cases", Scope::Read).await.json();
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_person_is_shown_with_queue_limits_and_suppressions() {
    let world = World::new();
    let id = world.case_about(MIA).await;
    let by_mail = world.get(&format!("/v1/people/{MIA}"), Scope::Read).await.json();
    let by_id = world.get(&format!("/v1/people/{}", world.id_of(MIA)), Scope::Read).await.json();
    assert_eq!(by_mail, by_id);
    assert_eq!(by_id["email"], MIA);
    assert_eq!(by_id["asked"], json!([id]));
    assert_eq!(by_id["suppressions"], json!([]));
    assert_eq!(by_id["limits"]["locked_until"], Value::Null);
}

#[tokio::test]
async fn the_audit_chain_is_listed_link_by_link() {
    let world = World::new();
    for email in [MIA, ANA, ADA] {
        world.case_about(email).await;
    }
    let list = world.get("/v1/audit?limit=200", Scope::Admin).await.json();
    let rows = list["items"].as_array().expect("rows");
    assert_eq!(rows.len() as u64, world.audit_length().await);
    assert!(rows.len() >= 3);
    assert_eq!(rows[0]["previous"], "0".repeat(64));
    for pair in rows.windows(2) {
        assert_eq!(pair[1]["previous"], pair[0]["hash"]);
    }
    let rest = world.get("/v1/audit?cursor=1", Scope::Admin).await.json();
    assert_eq!(rest["items"][0]["seq"], 2);
}

#[tokio::test]
async fn the_description_names_exactly_the_routes_of_the_api() {
    let world = World::new();
    let answer = world.send(Request::get("/openapi.json").body(Body::empty()).expect("one")).await;
    let document = answer.json();
    let mut described: Vec<String> = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        let methods = methods.as_object().expect("methods").keys();
        described.extend(methods.map(|method| format!("{} {path}", method.to_uppercase())));
    }
    let routes = web::server::routes();
    let mut served: Vec<String> = routes
        .entries()
        // What agents speak is described by others: osquery's TLS protocol, RFC 8936.
        .filter(|entry| entry.path.starts_with("/v1/") && entry.needs != web::Needs::Agent)
        .map(|entry| format!("{} {}", entry.method, entry.path))
        .collect();
    described.sort();
    served.sort();
    assert_eq!(described, served);
}

#[tokio::test]
async fn probes_answer_without_a_credential_and_metrics_need_read() {
    let world = World::new();
    for path in ["/healthz", "/readyz"] {
        let answer = world.send(Request::get(path).body(Body::empty()).expect("one")).await;
        assert_eq!(answer.status, StatusCode::OK, "{path} {}", answer.text);
    }
    let answer = world.get("/metrics", Scope::Read).await;
    assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, "countersign_up 1\n"));
}
