//! What is held about a person, and its erasure.

use std::fs;

use serde_json::json;

use crate::{
    company::TOKEN,
    harness::{Scratch, status, told},
};

const TEXT: &str = "Was the token for the dentist yours?";

/// A server's store with a closed case and an open one about its administrator.
fn prepared() -> (Scratch, Vec<String>) {
    let scratch = Scratch::new();
    let made = scratch.run(&["init", "--admin", "ada@example.com"]);
    assert_eq!(status(&made), 0, "{}", told(&made));
    let ids = [TEXT, "Another one?"].map(|title| {
        let asked = scratch.run(&["cases", "ask", "ada@example.com", title, "--json"]);
        assert_eq!(status(&asked), 0, "{}", told(&asked));
        let case: serde_json::Value = serde_json::from_slice(&asked.stdout).expect("JSON");
        case["id"].as_str().expect("an id").to_owned()
    });
    let closed = scratch.run(&["cases", "close", &ids[0], "benign", "--note", "it was hers"]);
    assert_eq!(status(&closed), 0, "{}", told(&closed));
    (scratch, ids.to_vec())
}

fn files_hold(scratch: &Scratch, text: &str) -> bool {
    let files = fs::read_dir(scratch.path("data")).expect("readable");
    files
        .map(|file| fs::read(file.expect("readable").path()).expect("readable"))
        .any(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
}

fn exported(scratch: &Scratch, person: &str) -> serde_json::Value {
    let output = scratch.run(&["people", "export", person]);
    assert_eq!(status(&output), 0, "{}", told(&output));
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

#[test]
fn what_is_held_about_a_person_is_exported_whole() {
    let (scratch, ids) = prepared();
    let held = exported(&scratch, "ada@example.com");
    assert_eq!(held["directory"]["email"], "ada@example.com");
    let cases = held["cases"].as_array().expect("a list");
    let found: Vec<_> = cases.iter().filter_map(|case| case["case"]["id"].as_str()).collect();
    assert_eq!(found, [ids[1].as_str(), &ids[0]], "newest first");
    let text = held.to_string();
    assert!(text.contains(TEXT) && text.contains("it was hers"));
    let id = held["id"].as_str().expect("an id");
    assert_eq!(exported(&scratch, id), held, "by id too");
    let nobody = scratch.run(&["people", "export", "nobody@example.com"]);
    assert_eq!(status(&nobody), 2, "{}", told(&nobody));
    let stranger = exported(&scratch, "prsn_00000000000000000000000007");
    assert_eq!(stranger["cases"], serde_json::json!([]));
}

#[test]
fn what_is_erased_is_in_no_file_and_the_audit_trail_stays_whole() {
    let (scratch, ids) = prepared();
    let asked = scratch.run(&["people", "erase", "ada@example.com"]);
    assert_eq!(status(&asked), 0, "{}", told(&asked));
    assert!(told(&asked).contains("texts of 1 closed cases: would be erased"));
    assert!(told(&asked).contains("nothing was erased"), "{}", told(&asked));
    assert!(files_hold(&scratch, TEXT));
    let done = scratch.run(&["people", "erase", "ada@example.com", "--yes"]);
    assert_eq!(status(&done), 0, "{}", told(&done));
    assert!(told(&done).contains("1 cases kept"), "{}", told(&done));
    assert!(!files_hold(&scratch, TEXT) && !files_hold(&scratch, "it was hers"));
    assert!(files_hold(&scratch, "Another one?"), "the open case is as it was");
    assert_eq!(status(&scratch.run(&["audit", "verify"])), 0);
    let shown = scratch.run(&["cases", "show", &ids[0]]);
    assert_eq!(status(&shown), 0, "{}", told(&shown));
    assert!(told(&shown).contains("(erased)") && told(&shown).contains("case.erased"));
    let closed = scratch.run(&["cases", "close", &ids[1], "benign"]);
    assert_eq!(status(&closed), 0, "{}", told(&closed));
    assert_eq!(status(&scratch.run(&["people", "erase", "ada@example.com", "--yes"])), 0);
    assert!(!files_hold(&scratch, "Another one?"));
}

/// Sets the server's ports to those of the test, and adds an inventory of devices.
fn with_devices(scratch: &Scratch) {
    with_own_ports(scratch);
    let config = fs::read_to_string(scratch.path("countersign.toml")).expect("written");
    let inventory = "[devices.lab]\nkind = \"push\"\nauth = { bearer = { file = \"lab\" } }\n";
    scratch.write("countersign.toml", &format!("{config}\n{inventory}"));
    scratch.write("lab", TOKEN);
}

fn with_own_ports(scratch: &Scratch) {
    let config = fs::read_to_string(scratch.path("countersign.toml")).expect("written");
    let port = format!("127.0.0.1:{}", scratch.port);
    let metrics = format!("127.0.0.1:{}", scratch.metrics_port);
    let config = config.replace("127.0.0.1:8400", &port).replace("127.0.0.1:9464", &metrics);
    scratch.write("countersign.toml", &config);
}

#[tokio::test]
async fn devices_are_exported_with_their_owner_and_leave_the_files_with_them() {
    const ADDRESS: &str = "a.lovelace@former.example";
    let (scratch, _) = prepared();
    with_devices(&scratch);
    let server = scratch.serve(&[]).await;
    let device = |id: &str, email: &str| {
        json!({ "id": id, "serial": format!("PF0AAA1{id}"), "platform": "linux", "email": email,
                "owner_confidence": "assigned", "name": format!("desk-{id}"),
                "last_sync": jiff::Timestamp::now().to_string(),
                "practices": { "encryption": false } })
    };
    let devices = json!([device("1", "ada@example.com"), device("2", ADDRESS)]);
    let sent = scratch.post("v1/devices/lab", TOKEN, &devices).await.expect("an answer");
    assert_eq!(sent.status, 202);
    server.signal("-TERM");
    server.ended();
    let held = exported(&scratch, "ada@example.com");
    let own = held["devices"].as_array().expect("a list");
    assert_eq!(own.len(), 1);
    assert_eq!(own[0]["checks"]["encryption"], "warn");
    assert!(own[0]["records"].to_string().contains("PF0AAA11"));
    let output = scratch.run(&["people", "export", "ada@example.com", "--address", ADDRESS]);
    assert!(told(&output).contains("PF0AAA11") && told(&output).contains("PF0AAA12"));

    let erase = ["people", "erase", "ada@example.com", "--address", ADDRESS, "--yes"];
    let done = scratch.run(&erase);
    assert!(told(&done).contains("found before on 2 devices"), "{}", told(&done));
    assert!(files_hold(&scratch, ADDRESS), "of somebody active how devices stand stays");
    let people = fs::read_to_string(scratch.path("people.toml")).expect("written");
    let left = people.replacen("email =", "active = false\nemail =", 1);
    assert_ne!(left, people);
    scratch.write("people.toml", &left);
    let done = scratch.run(&erase);
    assert_eq!(status(&done), 0, "{}", told(&done));
    assert!(told(&done).contains("2 devices with all that is known of them, and 0 signals"));
    assert!(!files_hold(&scratch, ADDRESS));
    assert_eq!(exported(&scratch, "ada@example.com")["devices"], json!([]));
    assert_eq!(status(&scratch.run(&["audit", "verify"])), 0);
}

#[tokio::test]
async fn nothing_is_erased_beside_a_running_server() {
    let (scratch, _) = prepared();
    with_own_ports(&scratch);
    let _server = scratch.serve(&[]).await;
    let refused = scratch.run(&["people", "erase", "ada@example.com", "--yes"]);
    assert_eq!(status(&refused), 1, "{}", told(&refused));
    assert!(told(&refused).contains("stop it first"), "{}", told(&refused));
    assert!(files_hold(&scratch, TEXT));
    assert_eq!(exported(&scratch, "ada@example.com")["cases"].as_array().map(Vec::len), Some(2));
}
