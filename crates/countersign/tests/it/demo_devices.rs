//! The devices of the demo: in every state, one source down, one mended.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    demo_runs::{Demo, after},
    harness::{Scratch, eventually},
};

/// What the API answers, as soon as it does.
async fn told(scratch: &Scratch, key: &str, path: &str) -> Option<Value> {
    let reply = scratch.get(path, Some(key)).await?;
    serde_json::from_slice(&reply.body).ok()
}

/// A device with its checks, by the name it has.
async fn named(scratch: &Scratch, key: &str, all: &Value, name: &str) -> Option<Value> {
    let device = all["items"].as_array()?.iter().find(|it| it["name"] == name)?;
    let id = device["id"].as_str()?;
    told(scratch, key, &format!("v1/devices/{id}")).await
}

fn state(device: &Value, practice: &str) -> Option<String> {
    let checks = device["checks"].as_array()?;
    let check = checks.iter().find(|check| check["practice"] == practice)?;
    check["state"].as_str().map(str::to_owned)
}

/// Every state that a check of these devices has.
async fn states(scratch: &Scratch, key: &str, all: &Value) -> BTreeSet<String> {
    let mut states = BTreeSet::new();
    for device in all["items"].as_array().expect("a list") {
        let path = format!("v1/devices/{}", device["id"].as_str().expect("an id"));
        let device = told(scratch, key, &path).await.expect("a device");
        for record in device["records"].as_array().expect("records") {
            assert_eq!(record["gone"], json!(false), "nothing was taken away: {device}");
        }
        let checks = device["checks"].as_array().expect("checks");
        states.extend(checks.iter().filter_map(|it| it["state"].as_str().map(str::to_owned)));
    }
    states
}

/// The number and the name of a computer at the stand-in whose disk is open.
fn open_disk(page: &str) -> Option<(String, String)> {
    let article = page.split("<article>").find(|it| it.contains("the disk is not encrypted"))?;
    let name = article.split_once("<b>")?.1.split_once("</b>")?.0;
    let number = article.split_once("/mend/")?.1.split_once('\'')?.0;
    Some((number.to_owned(), name.to_owned()))
}

#[tokio::test]
async fn devices_are_in_every_state_one_source_goes_down_and_a_mended_one_turns() {
    let Demo { scratch, running: mut demo, banner, key } = Demo::start().await;
    let desks: url::Url = after(&banner, "everybody's computers ").parse().expect("an address");
    let all = eventually("every grade is seen", async || {
        demo.expect_alive();
        let all = told(&scratch, &key, "v1/devices").await?;
        let is = |grade: &str| all["items"].as_array()?.iter().find(|it| it["grade"] == grade);
        ["ok", "attention", "critical", "incomplete"]
            .iter()
            .all(|it| is(it).is_some())
            .then_some(())?;
        Some(all)
    })
    .await;
    eventually("every state is seen", async || {
        demo.expect_alive();
        let states = states(&scratch, &key, &all).await;
        let expected = ["ok", "nudge", "warn", "unknown", "na", "exempt", "stale"];
        expected.iter().all(|it| states.contains(*it)).then_some(())
    })
    .await;
    let exemptions = eventually("one exemption is in force and one waits", async || {
        let all = told(&scratch, &key, "v1/exemptions?open=true").await?;
        let all = all["items"].as_array()?.clone();
        let states: BTreeSet<&str> = all.iter().filter_map(|it| it["state"].as_str()).collect();
        (states == BTreeSet::from(["approved", "requested"])).then_some(all)
    })
    .await;
    assert_eq!(exemptions.len(), 2, "{exemptions:?}");
    let granted = exemptions.iter().find(|it| it["state"] == "approved").expect("one");
    assert!(granted["until"].is_string() && granted["reason"] != json!(""), "{granted}");
    assert_ne!(granted["decided_by"], granted["requested_by"], "somebody else decided");
    eventually("one source is down, and said to be, and the others are not", async || {
        let sources = told(&scratch, &key, "v1/device-sources").await?;
        let failing: Vec<&str> = sources["items"]
            .as_array()?
            .iter()
            .filter(|it| it["failing_since"].is_string())
            .filter_map(|it| it["name"].as_str())
            .collect();
        (failing == ["fleet"]).then_some(())
    })
    .await;
    let request = scratch.http.get(desks.clone());
    let page = scratch.http.send("the computers", request).await.expect("a page");
    let (number, name) = open_disk(&String::from_utf8_lossy(&page.body)).expect("an open disk");
    let before = named(&scratch, &key, &all, &name).await.expect("a device");
    assert_eq!(state(&before, "encryption").as_deref(), Some("warn"));
    let mend = desks.join(&format!("mend/{number}")).expect("an address");
    let mended = scratch.http.send("the computers", scratch.http.post(mend)).await;
    assert!(mended.is_ok());
    let id = before["id"].as_str().expect("an id");
    let asked = scratch.post(&format!("v1/devices/{id}/recheck"), &key, &json!({})).await;
    let asked: Value = serde_json::from_slice(&asked.expect("a reply").body).expect("JSON");
    assert_eq!(asked["asked"], json!(1), "its source is asked at once");
    let after = named(&scratch, &key, &all, &name).await.expect("a device");
    assert_eq!(state(&after, "encryption").as_deref(), Some("ok"));
    demo.signal("-INT");
    demo.ended();
}
