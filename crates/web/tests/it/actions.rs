//! The response ledger over the API: dry-run, approval, taking back, the kill switch, playbooks.

use http::{Method, StatusCode, header};
use serde_json::{Value, json};
use web::keys::Scope;

use crate::world::{ADA, ANA, Answer, Browser, MIA, World};

async fn post(world: &World, path: &str, scope: Scope, body: Value) -> Answer {
    world.call(Method::POST, path, scope, Some(body)).await
}

async fn by_session(world: &World, browser: &Browser, path: &str, body: Value) -> Answer {
    let request = browser
        .request(Method::POST, path)
        .header("x-csrf-token", &browser.csrf)
        .header(header::CONTENT_TYPE, "application/json");
    world.send(request.body(body.to_string().into()).expect("a request")).await
}

async fn action(world: &World, case: &str, at: usize) -> Value {
    world.get(&format!("/v1/cases/{case}"), Scope::Read).await.json()["actions"][at].clone()
}

fn wish(action: &str) -> Value {
    json!({ "action": action, "reason": "an intruder" })
}

#[tokio::test]
async fn a_dry_run_tells_the_very_requests_and_does_nothing() {
    let world = World::new();
    let case = world.case_about(MIA).await;
    let before = world.audit_length().await;
    let mut body = wish("fake.suspend");
    body["dry_run"] = json!(true);
    let answer = post(&world, &format!("/v1/cases/{case}/actions"), Scope::Analyst, body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let dry = answer.json();
    assert_eq!((&dry["undo"], &dry["approvals_needed"]), (&json!("reversible"), &json!(0)));
    assert_eq!(dry["plan"]["standing"], "ready");
    assert_eq!(dry["plan"]["requests"][0]["method"], "POST");
    assert_eq!(world.audit_length().await, before);
    world.work().await;
    assert_eq!(world.responder.acts(), []);
}

#[tokio::test]
async fn an_action_is_done_seen_and_taken_back() {
    let world = World::new();
    let case = world.case_about(MIA).await;
    let path = format!("/v1/cases/{case}/actions");
    let mut body = wish("fake.suspend");
    body["limit"] = json!("30m");
    let answer = post(&world, &path, Scope::Analyst, body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let asked = answer.json();
    assert_eq!((&asked["state"], &asked["by"]), (&json!("planned"), &json!("key:analyst")));
    world.work().await;
    let done = action(&world, &case, 0).await;
    assert_eq!((&done["state"], &done["is_revertible"]), (&json!("verified"), &json!(true)));
    assert!(done["ends_at"].is_string(), "{done}");
    let revert = format!("/v1/actions/{}/revert", asked["id"].as_str().expect("an id"));
    assert_eq!(post(&world, &revert, Scope::Analyst, json!({})).await.problem(), "invalid-body");
    let answer = post(&world, &revert, Scope::Analyst, json!({ "reason": "it was her" })).await;
    assert_eq!(answer.json()["state"], "reverting", "{}", answer.text);
    world.work().await;
    assert_eq!(action(&world, &case, 0).await["state"], "reverted");
    assert!(!world.responder.is_so("suspend", &world.id_of(MIA).to_string()));
}

#[tokio::test]
async fn the_same_request_twice_asks_once() {
    let world = World::new();
    let case = world.case_about(MIA).await;
    let body = wish("fake.suspend").to_string();
    for _ in 0..2 {
        let request = http::Request::post(format!("/v1/cases/{case}/actions"))
            .header(
                header::AUTHORIZATION,
                format!("Bearer {}", crate::world::token(Scope::Analyst)),
            )
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", "one");
        let answer = world.send(request.body(body.clone().into()).expect("a request")).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    }
    world.work().await;
    assert_eq!(world.responder.acts().len(), 1);
}

#[tokio::test]
async fn what_nobody_can_undo_waits_for_somebody_other_than_who_asked() {
    let world = World::new();
    let case = world.case_about(MIA).await;
    let path = format!("/v1/cases/{case}/actions");
    let mut body = wish("fake.revoke");
    body["target"] = json!("key-1");
    let asked = post(&world, &path, Scope::Analyst, body.clone()).await.json();
    let also = post(&world, &path, Scope::Analyst, body).await.json();
    world.work().await;
    assert_eq!(world.responder.acts(), []);
    let waiting = world.get("/v1/actions", Scope::Read).await.json();
    assert_eq!(waiting["items"].as_array().map(Vec::len), Some(2), "{waiting}");
    let mut items = waiting["items"].as_array().expect("items").iter();
    let item = items.find(|item| item["action"]["id"] == asked["id"]).expect("it waits");
    assert_eq!(item["case"], case);
    let path = |asked: &Value, what: &str| {
        format!("/v1/actions/{}/{what}", asked["id"].as_str().expect("an id"))
    };
    let own = post(&world, &path(&asked, "approve"), Scope::Analyst, json!({})).await;
    assert_eq!(own.problem(), "own-case");
    let given =
        post(&world, &path(&asked, "approve"), Scope::Admin, json!({ "reason": "yes" })).await;
    assert_eq!(given.json()["state"], "applying", "{}", given.text);
    let declined =
        post(&world, &path(&also, "decline"), Scope::Admin, json!({ "reason": "no" })).await;
    assert_eq!(declined.json()["failure"], "declined", "{}", declined.text);
    world.work().await;
    assert_eq!(world.responder.acts().len(), 1);
    let again = post(&world, &path(&asked, "approve"), Scope::Admin, json!({})).await;
    assert_eq!(again.status, StatusCode::OK, "late is no error: {}", again.text);
    let waiting = world.get("/v1/actions", Scope::Read).await.json();
    assert_eq!(waiting["items"], json!([]));
    let revert =
        post(&world, &path(&asked, "revert"), Scope::Admin, json!({ "reason": "x" })).await;
    assert_eq!(revert.problem(), "conflict");
}

#[tokio::test]
async fn what_is_not_configured_is_refused_with_the_nearest_name() {
    let world = World::new();
    let case = world.case_about(MIA).await;
    let path = format!("/v1/cases/{case}/actions");
    let answer = post(&world, &path, Scope::Analyst, wish("fake.suspand")).await;
    assert_eq!(answer.problem(), "invalid-body");
    assert!(answer.text.contains("fake.suspend"), "{}", answer.text);
    for limit in ["0s", "31d", "soon"] {
        let mut body = wish("fake.suspend");
        body["limit"] = json!(limit);
        let answer = post(&world, &path, Scope::Analyst, body).await;
        assert_eq!(answer.problem(), "invalid-body", "{limit}");
    }
    let nowhere = "/v1/actions/act_00000000000000000000000000/approve";
    assert_eq!(post(&world, nowhere, Scope::Analyst, json!({})).await.problem(), "not-found");
}

#[tokio::test]
async fn a_session_acts_with_a_fresh_proof_and_never_about_itself() {
    let world = World::new();
    let (ana, ada) = (world.browser(ANA).await, world.browser(ADA).await);
    let case = world.case_about(ANA).await;
    let path = format!("/v1/cases/{case}/actions");
    let unproven = by_session(&world, &ada, &path, wish("fake.suspend")).await;
    assert_eq!(unproven.problem(), "proof-required");
    let stop = json!({ "reason": "a bad table" });
    let unproven = by_session(&world, &ada, "/v1/actions/stop", stop.clone()).await;
    assert_eq!(unproven.problem(), "proof-required");
    world.prove(&ana).await;
    world.prove(&ada).await;
    let own = by_session(&world, &ana, &path, wish("fake.suspend")).await;
    assert_eq!(own.problem(), "own-case");
    let mut dry = wish("fake.suspend");
    dry["dry_run"] = json!(true);
    assert_eq!(by_session(&world, &ana, &path, dry).await.problem(), "own-case");
    let other = by_session(&world, &ada, &path, wish("fake.suspend")).await;
    assert_eq!(other.status, StatusCode::CREATED, "{}", other.text);
    let stopped = by_session(&world, &ada, "/v1/actions/stop", stop).await;
    assert_eq!(stopped.json()["state"], "stopped", "{}", stopped.text);
}

#[tokio::test]
async fn the_kill_switch_holds_what_happens_by_itself_until_it_is_let_go_on() {
    let world = World::new();
    let stop = json!({ "reason": "a bad table of addresses" });
    let refused = post(&world, "/v1/actions/stop", Scope::Analyst, stop.clone()).await;
    assert_eq!(refused.problem(), "forbidden");
    let stopped = post(&world, "/v1/actions/stop", Scope::Admin, stop).await.json();
    assert_eq!((&stopped["state"], &stopped["by"]), (&json!("stopped"), &json!("key:admin")));
    let case = world.case_of("stolen", MIA).await;
    world.work().await;
    let held = action(&world, &case, 0).await;
    assert_eq!((&held["state"], &held["by"]), (&json!("awaiting_approval"), &json!("policy:acts")));
    assert_eq!(held["held"], "automatic action is stopped");
    assert_eq!(world.responder.acts(), []);
    let resume = json!({ "reason": "mended" });
    let going = post(&world, "/v1/actions/resume", Scope::Admin, resume).await.json();
    assert_eq!((&going["state"], &going["per_hour"]), (&json!("going"), &json!(5)));
    let case = world.case_of("stolen", ADA).await;
    world.work().await;
    assert_eq!(action(&world, &case, 0).await["state"], "verified");
    let guard = world.get("/v1/actions/guard", Scope::Read).await.json();
    assert_eq!(guard["in_the_last_hour"], 1);
}

#[tokio::test]
async fn why_a_case_was_decided_so_is_told_step_by_step() {
    let world = World::new();
    let case = world.case_of("stolen", MIA).await;
    let decision = world.get(&format!("/v1/cases/{case}/decision"), Scope::Read).await.json();
    let lines = decision["trace"].as_array().expect("lines");
    let policy = lines.iter().find(|line| line["step"] == "policy").expect("a policy");
    assert!(policy["by"].as_str().is_some_and(|by| by.starts_with("policy:acts@")), "{policy}");
    assert_eq!(policy["read"], json!([["alert.rule", "stolen"]]), "{policy}");
}

#[tokio::test]
async fn a_playbook_is_shown_begun_approved_and_stopped() {
    let world = World::new();
    let list = world.get("/v1/playbooks", Scope::Read).await.json();
    assert_eq!(list["items"][0]["id"], "contain");
    let case = world.case_about(MIA).await;
    let path = format!("/v1/cases/{case}/playbooks");
    let dry = json!({ "playbook": "contain", "dry_run": true });
    let dry = post(&world, &path, Scope::Analyst, dry).await.json();
    assert_eq!(dry["steps"], json!(["run fake.end_sessions", "approve 1", "run fake.suspend"]));
    let unknown = post(&world, &path, Scope::Analyst, json!({ "playbook": "contian" })).await;
    assert!(unknown.text.contains("did you mean contain?"), "{}", unknown.text);
    let body = json!({ "playbook": "contain" });
    let begun = post(&world, &path, Scope::Analyst, body.clone()).await;
    assert_eq!(begun.status, StatusCode::CREATED, "{}", begun.text);
    assert_eq!(
        (&begun.json()["number"], &begun.json()["waits_for"]),
        (&json!(1), &json!("approval"))
    );
    post(&world, &path, Scope::Analyst, body).await;
    world.work().await;
    let waiting = world.get("/v1/actions", Scope::Read).await.json();
    assert_eq!(waiting["items"].as_array().map(Vec::len), Some(2), "{waiting}");
    assert_eq!(waiting["items"][0]["playbook"]["number"], 1);
    let approve = format!("{path}/1/approve");
    assert_eq!(post(&world, &approve, Scope::Analyst, json!({})).await.problem(), "own-case");
    let given = post(&world, &approve, Scope::Admin, json!({})).await;
    assert_eq!(given.json()["ended"], "done", "{}", given.text);
    let stopped = post(&world, &format!("{path}/2/stop"), Scope::Admin, json!({})).await;
    assert_eq!(stopped.json()["ended"], "stopped", "{}", stopped.text);
    world.work().await;
    let done: Vec<_> = world.responder.acts().into_iter().map(|act| act.action).collect();
    assert_eq!(done.iter().filter(|action| *action == "suspend").count(), 1, "{done:?}");
    let waiting = world.get("/v1/actions", Scope::Read).await.json();
    assert_eq!(waiting["items"], json!([]));
}
