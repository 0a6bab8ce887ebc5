//! The demo, from start to end.

use std::path::Path;

use serde_json::Value;

use crate::harness::{Scratch, eventually};

/// The word after a mark in what the demo printed.
pub(crate) fn after(text: &str, mark: &str) -> String {
    let rest = text.split_once(mark).unwrap_or_else(|| panic!("no {mark}:\n{text}")).1;
    rest.split_whitespace().next().expect("a word").to_owned()
}

#[tokio::test]
async fn within_a_minute_one_is_verified_one_escalates_and_somebody_is_paged() {
    let scratch = Scratch::new();
    let port = scratch.port.to_string();
    let mut demo = scratch.start(&["demo", "--port", &port], &[]);
    let banner = eventually("the demo is up", async || {
        demo.expect_alive();
        let told = demo.told();
        told.contains("Ctrl-C").then_some(told)
    })
    .await;
    assert_eq!(banner.matches(&format!("http://localhost:{port}/signin/link/")).count(), 3);
    let key = after(&banner, "COUNTERSIGN_KEY=");
    eventually("one verified, one denied, one silent", async || {
        demo.expect_alive();
        let cases = scratch.cases(&key).await;
        let is = |state: &str, reason: &str| {
            cases.iter().any(|case| case["state"] == state && case["reason"] == reason)
        };
        let all = [("closed", "verified"), ("escalated", "denied")];
        all.iter().all(|(state, reason)| is(state, reason)).then_some(())
    })
    .await;
    let pager: url::Url = after(&banner, "PagerDuty ").parse().expect("an address");
    eventually("somebody is paged", async || {
        let request = scratch.http.get(pager.clone());
        let reply = scratch.http.send("the pager", request).await.ok()?;
        String::from_utf8_lossy(&reply.body).contains("OPEN").then_some(())
    })
    .await;
    let folder = after(&banner, "Everything lies in ");
    assert!(Path::new(&folder).is_dir());
    demo.signal("-INT");
    let told = demo.ended();
    assert!(!told.contains("could not answer"), "{told}");
    assert!(!Path::new(&folder).exists(), "the folder goes with the demo");
}

#[tokio::test]
async fn a_taken_port_is_told_with_what_to_do() {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let output = Scratch::new().run(&["demo", "--port", &port]);
    let told = crate::harness::told(&output);
    assert_eq!(crate::harness::status(&output), 1, "{told}");
    assert!(told.contains("--port") && told.contains(&port), "{told}");
}

/// A case of the stolen session, where there are as many as `count`, the newest first.
async fn stolen(scratch: &Scratch, key: &str, count: usize) -> Option<Value> {
    let reply = scratch.get("v1/cases?rule=okta-session-moved", Some(key)).await?;
    let list: Value = serde_json::from_slice(&reply.body).expect("JSON");
    let ids = list["items"].as_array()?;
    let id = ids.first().filter(|_| ids.len() == count)?["id"].as_str()?.to_owned();
    let reply = scratch.get(&format!("v1/cases/{id}"), Some(key)).await?;
    serde_json::from_slice(&reply.body).ok()
}

fn states(case: &Value) -> Vec<(&str, &str)> {
    let actions = case["actions"].as_array().into_iter().flatten();
    actions.filter_map(|it| Some((it["action"].as_str()?, it["state"].as_str()?))).collect()
}

/// The story: contained by itself, told, proven, taken back, and held when it comes back.
#[tokio::test]
async fn a_stolen_session_is_contained_proven_and_released_and_its_loop_is_held() {
    let scratch = Scratch::new();
    let port = scratch.port.to_string();
    let mut demo = scratch.start(&["demo", "--port", &port], &[]);
    let banner = eventually("the demo is up", async || {
        demo.expect_alive();
        let told = demo.told();
        told.contains("Ctrl-C").then_some(told)
    })
    .await;
    let key = after(&banner, "COUNTERSIGN_KEY=");
    let okta: url::Url = after(&banner, "accounts at Okta ").parse().expect("an address");
    let accounts = async || {
        let reply = scratch.http.send("Okta", scratch.http.get(okta.clone())).await.ok()?;
        Some(String::from_utf8_lossy(&reply.body).into_owned())
    };
    eventually("the account is held at the identity provider", async || {
        demo.expect_alive();
        accounts().await?.contains("SUSPENDED, 0 sessions").then_some(())
    })
    .await;
    let held = eventually("both acts are seen", async || {
        let case = stolen(&scratch, &key, 1).await?;
        let seen = [("okta.clear_sessions", "verified"), ("okta.suspend", "verified")];
        (states(&case) == seen).then_some(case)
    })
    .await;
    assert!(held["actions"][1]["ends_at"].is_string(), "it ends by itself: {held}");
    assert_eq!(held["actions"][1]["by"], "policy:session-moved");
    let freed = eventually("they prove it and the account is free", async || {
        demo.expect_alive();
        let case = stolen(&scratch, &key, 1).await?;
        (states(&case)[1].1 == "reverted").then_some(case)
    })
    .await;
    assert_eq!((&freed["state"], &freed["reason"]), (&"closed".into(), &"verified".into()));
    let page = accounts().await.expect("a page");
    assert!(!page.contains("SUSPENDED"), "{page}");
    let again = eventually("it comes back and is held", async || {
        demo.expect_alive();
        let case = stolen(&scratch, &key, 2).await?;
        let is_held = states(&case).iter().all(|(_, state)| *state == "awaiting_approval");
        (is_held && states(&case).len() == 2).then_some(case)
    })
    .await;
    let why = again["actions"][0]["held"].as_str().expect("a reason");
    assert!(why.contains("the same cause"), "{why}");
    assert!(!accounts().await.expect("a page").contains("SUSPENDED"), "nothing was done");
    let journal = format!("v1/cases/{}/journal", freed["id"].as_str().expect("an id"));
    let journal = scratch.get(&journal, Some(&key)).await.expect("a story");
    let journal = String::from_utf8_lossy(&journal.body).into_owned();
    assert!(journal.contains("okta.suspend was taken back"), "{journal}");
    demo.signal("-INT");
    demo.ended();
}
