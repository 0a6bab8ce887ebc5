//! The demo, from start to end.

use std::path::Path;

use crate::harness::{Scratch, eventually};

/// The word after a mark in what the demo printed.
fn after(text: &str, mark: &str) -> String {
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
