//! Devices: sent, looked at, and decided about.

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use serde_json::json;
use web::keys::Scope;

use crate::{
    fakes::SOURCE_TOKEN,
    world::{ANA, Answer, MIA, World},
};

async fn push(world: &World, body: &str) -> Answer {
    let request = Request::post("/v1/devices/lab")
        .header(header::AUTHORIZATION, format!("Bearer {SOURCE_TOKEN}"))
        .body(Body::from(body.to_owned()));
    world.send(request.expect("a request")).await
}

/// Mia's open machine and Ana's sound one.
async fn world() -> World {
    let world = World::new();
    let sent = push(&world, &format!("1 PF0AAA11 {MIA} false\n2 PF0BBB22 {ANA} true")).await;
    assert_eq!(sent.status, StatusCode::ACCEPTED, "{}", sent.text);
    world
}

#[tokio::test]
async fn one_bad_record_costs_none_of_its_neighbours_and_a_wrong_key_everything() {
    let world = World::new();
    let sent = push(&world, &format!("1 PF0AAA11 {MIA} true\nnonsense")).await;
    assert_eq!(sent.status, StatusCode::ACCEPTED);
    assert_eq!(sent.json()["accepted"], 1);
    assert_eq!(sent.json()["rejected"][0]["index"], 1);
    for name in ["lab", "nobody"] {
        let request = Request::post(format!("/v1/devices/{name}"))
            .header(header::AUTHORIZATION, "Bearer wrong")
            .body(Body::from("1 X y@example.com true"));
        let answer = world.send(request.expect("a request")).await;
        assert_eq!(answer.problem(), "unauthorized", "{name}");
    }
    let list = world.get("/v1/devices", Scope::Read).await.json();
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_device_says_of_every_fact_who_says_so_and_a_look_is_recorded() {
    let world = world().await;
    let list = world.get("/v1/devices?grade=critical", Scope::Read).await.json();
    let id = list["items"][0]["id"].as_str().expect("an id").to_owned();
    assert_eq!(list["items"][0]["failing"], json!(["encryption"]));
    let before = world.audit_length().await;
    let device = world.get(&format!("/v1/devices/{id}"), Scope::Read).await.json();
    assert_eq!(world.audit_length().await, before + 1);
    assert_eq!(device["facts"]["name"]["source"], "lab");
    assert_eq!(device["checks"][0]["practice"], "encryption");
    assert_eq!(device["checks"][0]["state"], "warn");
    assert!(device["checks"][0]["directions"].is_string());
    assert_eq!(device["owner"]["email"], MIA);
    let person = world.get(&format!("/v1/people/{MIA}/devices?language=de"), Scope::Read).await;
    assert_eq!(person.json()["devices"][0]["id"], id.as_str());
    let unknown = world.get("/v1/devices/dev_00000000000000000000000000", Scope::Read).await;
    assert_eq!(unknown.problem(), "not-found");
    let malformed = world.get("/v1/devices/%3Cscript%3E", Scope::Read).await;
    assert_eq!(malformed.problem(), "invalid-argument");
}

#[tokio::test]
async fn the_fleet_its_sources_and_its_filters_are_told() {
    let world = world().await;
    let fleet = world.get("/v1/fleet", Scope::Read).await.json();
    assert_eq!((&fleet["devices"], &fleet["grades"]["critical"]), (&json!(2), &json!(1)));
    assert_eq!(fleet["checks"][0]["practice"], "encryption");
    let sources = world.get("/v1/device-sources", Scope::Read).await.json();
    assert_eq!(sources["items"][0]["name"], "lab");
    assert_eq!(sources["items"][0]["state"], "ok");
    let days = world.get("/v1/fleet/days?days=400&more=1", Scope::Read).await.json();
    let [today] = &days["items"].as_array().expect("days")[..] else { panic!("{days}") };
    assert_eq!((&today["devices"], &today["grades"]["critical"]), (&json!(2), &json!(1)));
    assert_eq!(today["checks"]["encryption"], json!({ "ok": 1, "warn": 1 }));
    assert_eq!(days["warnings"], json!(["unknown argument `more`, ignored"]));
    for wrong in ["days=0", "days=401", "days=70000", "days=x"] {
        let answer = world.get(&format!("/v1/fleet/days?{wrong}"), Scope::Read).await;
        assert_eq!(answer.problem(), "invalid-argument", "{wrong}");
    }
    let failing = world.get("/v1/devices?check=encryption&state=warn", Scope::Read).await.json();
    assert_eq!(failing["items"].as_array().map(Vec::len), Some(1));
    for wrong in ["grade=bad", "check=encryption", "state=warn", "unowned=perhaps"] {
        let answer = world.get(&format!("/v1/devices?{wrong}"), Scope::Read).await;
        assert_eq!(answer.problem(), "invalid-argument", "{wrong}");
    }
}

#[tokio::test]
async fn rulings_last_and_are_revoked() {
    let world = world().await;
    let apart = json!({ "apart": [[{ "source": "lab", "id": "1" }], [{ "source": "lab", "id": "2" }]],
                        "reason": "two desks" });
    let made = world.call(Method::POST, "/v1/device-rulings", Scope::Analyst, Some(apart)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    let listed = world.get("/v1/device-rulings", Scope::Read).await.json();
    assert_eq!(listed["items"][0]["id"], id.as_str());
    let path = format!("/v1/device-rulings/{id}/revoke");
    let gone = world.call(Method::POST, &path, Scope::Analyst, None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.text);
    let again = world.call(Method::POST, &path, Scope::Analyst, None).await;
    assert_eq!(again.problem(), "not-found");
}

#[tokio::test]
async fn a_key_decides_about_no_exemption_and_a_dry_run_changes_nothing() {
    let world = world().await;
    let files = json!({ "files": { "encryption.yml":
        "id: encryption\nowner: security\ncheck: encryption\nseverity: nudge\nstrategy: notify\n" } });
    let told = world.call(Method::POST, "/v1/checks/dry-run", Scope::Analyst, Some(files)).await;
    assert_eq!(told.json()["items"][0]["after"]["state"], "nudge", "{}", told.text);
    let list = world.get("/v1/devices?grade=critical", Scope::Read).await.json();
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
    let path = "/v1/exemptions/exm_00000000000000000000000000/decision";
    let body = json!({ "verdict": "refuse" });
    let answer = world.call(Method::POST, path, Scope::Analyst, Some(body)).await;
    assert_eq!(answer.problem(), "forbidden");
    let granted = json!({ "verdict": "grant" });
    let answer = world.call(Method::POST, path, Scope::Analyst, Some(granted)).await;
    assert_eq!(answer.problem(), "invalid-body");
}

#[tokio::test]
async fn an_agent_without_a_protocol_here_is_not_found() {
    let world = World::new();
    for path in ["/v1/osquery/lab/enroll", "/v1/collect/enrol", "/v1/osquery/collect/enrol"] {
        let request = Request::post(path).body(Body::from("{}")).expect("a request");
        assert_eq!(world.send(request).await.problem(), "not-found", "{path}");
    }
}

#[tokio::test]
async fn s1_s2_without_a_good_credential_nothing_is_told_and_the_fault_is_named() {
    let world = world().await;
    let get = async |lines: &[&str]| {
        let mut request = Request::get("/v1/devices");
        for line in lines {
            request = request.header(header::AUTHORIZATION, *line);
        }
        world.send(request.body(Body::empty()).expect("a request")).await
    };
    let nothing = get(&[]).await;
    assert_eq!(nothing.problem(), "unauthorized");
    // An unsigned token, one of a past that says it is good, and one that is signed by nobody.
    let unsigned = "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJtaWEifQ.";
    let expired = "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtaWEiLCJleHAiOjF9.c2lnbmVk";
    for (lines, named) in [
        (vec!["Bearer"], "malformed"),
        (vec!["Bearer "], "malformed"),
        (vec!["Bearer two words"], "malformed"),
        (vec!["Basic bWlhOnNlY3JldA=="], "malformed"),
        (vec!["Token foobar"], "malformed"),
        (vec!["Bearer foobar!", "Bearer foobar!"], "malformed"),
        (vec!["Bearer foobar!"], "not known"),
        (vec![unsigned], "not known"),
        (vec![expired], "not known"),
    ] {
        let answer = get(&lines).await;
        assert_eq!(answer.problem(), "unauthorized", "{lines:?}");
        let detail = answer.json()["detail"].as_str().expect("a sentence").to_owned();
        assert!(detail.contains(named), "{lines:?}: {detail}");
        assert!(!answer.text.contains("PF0AAA11"));
    }
}

#[tokio::test]
async fn s5_what_is_no_name_of_a_device_or_person_is_refused_and_never_comes_back_as_a_tag() {
    let world = world().await;
    let mia = world.browser(MIA).await;
    for (path, status) in [
        ("/v1/devices/%3Canything%3E", StatusCode::BAD_REQUEST),
        ("/v1/devices/00:00", StatusCode::BAD_REQUEST),
        ("/v1/devices?person=%3Canything%3E", StatusCode::NOT_FOUND),
        ("/v1/people/%3Canything%3E/devices", StatusCode::NOT_FOUND),
        ("/me/devices/%3Canything%3E", StatusCode::NOT_FOUND),
    ] {
        let answer = match path.starts_with("/v1") {
            true => world.get(path, Scope::Read).await,
            false => {
                let request = mia.request(Method::GET, path).header(header::ACCEPT, "text/html");
                world.send(request.body(Body::empty()).expect("a request")).await
            }
        };
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        assert!(!answer.text.contains("<anything>"), "{path}: {}", answer.text);
    }
}
