//! The audit trail, looked at from outside.

use crate::{
    company::{KEY, TOKEN, company},
    harness::{Scratch, status, told},
};

/// A store with a story in it.
fn with_a_story() -> Scratch {
    let scratch = Scratch::new();
    let made = scratch.run(&["init", "--admin", "ada@example.com"]);
    assert_eq!(status(&made), 0, "{}", told(&made));
    for title in ["One?", "Two?", "Three?"] {
        let asked = scratch.run(&["cases", "ask", "ada@example.com", title]);
        assert_eq!(status(&asked), 0, "{}", told(&asked));
    }
    scratch
}

fn tamper(scratch: &Scratch, statement: &str) {
    let store = rusqlite::Connection::open(scratch.path("data/countersign.db")).expect("a store");
    let changed = store.execute(statement, []).expect("a statement");
    assert_eq!(changed, 1, "{statement}");
}

#[test]
fn a_whole_trail_is_said_to_be_whole() {
    let scratch = with_a_story();
    let output = scratch.run(&["audit", "verify", "--json"]);
    assert_eq!(status(&output), 0, "{}", told(&output));
    let verdict: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(verdict["whole"], true);
    assert!(verdict["entries"].as_u64().is_some_and(|entries| entries >= 3), "{verdict}");
}

#[test]
fn a_tampered_trail_ends_with_1_and_the_first_bad_entry() {
    for (statement, bad) in [
        ("UPDATE audit_log SET actor = 'nobody' WHERE seq = 2", "row 2 "),
        ("DELETE FROM audit_log WHERE seq = 3", "row 3 "),
    ] {
        let scratch = with_a_story();
        tamper(&scratch, statement);
        let output = scratch.run(&["audit", "verify"]);
        assert_eq!(status(&output), 1, "{statement}: {}", told(&output));
        assert!(told(&output).contains(bad), "{statement}: {}", told(&output));
    }
}

#[test]
fn an_exported_trail_is_verified_without_its_store() {
    let scratch = with_a_story();
    let verdict = |args: &[&str]| {
        let output = scratch.run(&[&["audit", "verify", "--json"], args].concat());
        let verdict: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        (status(&output), verdict)
    };
    let exported = scratch.run(&["audit", "export"]);
    assert_eq!(status(&exported), 0, "{}", told(&exported));
    let lines = String::from_utf8(exported.stdout).expect("text");
    scratch.write("trail.ndjson", &lines);
    let (code, of_store) = verdict(&[]);
    assert_eq!((code, verdict(&["trail.ndjson"])), (0, (0, of_store.clone())));
    let head = of_store["head"].as_str().expect("a head");
    assert_eq!(verdict(&["--head", head]).0, 0);
    assert_eq!(verdict(&["trail.ndjson", "--head", head]).0, 0);
    assert_eq!(verdict(&["--head", &"0".repeat(64)]).0, 1);

    let short: String = lines.lines().take(2).map(|line| format!("{line}\n")).collect();
    scratch.write("short.ndjson", &short);
    assert_eq!(verdict(&["short.ndjson"]).0, 0, "as far as it goes");
    assert_eq!(verdict(&["short.ndjson", "--head", head]).0, 1, "and no further");
    scratch.write("bad.ndjson", &lines.replacen("\"by\":\"", "\"by\":\"x", 1));
    let (code, broken) = verdict(&["bad.ndjson"]);
    assert_eq!((code, &broken["first_bad"]), (1, &serde_json::json!(1)));
    assert_eq!(status(&scratch.run(&["audit", "verify", "--head", "x"])), 2);
}

#[tokio::test]
async fn a_running_server_exports_the_lines_of_its_store() {
    let scratch = Scratch::new();
    let (_company, _slack) = company(&scratch, 3, "1h").await;
    let mut server = scratch.serve(&[]).await;
    let question = serde_json::json!({ "person": "nobody", "title": "x", "severity": "low" });
    let alert = serde_json::json!({ "rule": "root", "person": "nobody@example.com" });
    for _ in 0..3 {
        scratch.post("v1/cases", KEY, &question).await.expect("an answer");
        scratch.post("v1/alerts/siem", TOKEN, &alert).await.expect("an answer");
    }
    let lines = |output: std::process::Output| -> Vec<serde_json::Value> {
        assert_eq!(status(&output), 0, "{}", told(&output));
        let text = String::from_utf8(output.stdout).expect("text");
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    };
    let url = scratch.url("").to_string();
    let by_api = lines(scratch.run(&["audit", "export", "--url", &url, "--key", KEY]));
    let by_store = lines(scratch.run(&["audit", "export"]));
    assert!(!by_store.is_empty());
    assert_eq!(by_api, by_store[..by_api.len()]);
    server.expect_alive();
}
