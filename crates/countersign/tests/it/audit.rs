//! The audit trail, looked at from outside.

use crate::harness::{Scratch, status, told};

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
