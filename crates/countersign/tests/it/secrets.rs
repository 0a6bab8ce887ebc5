//! R24: known secrets and people's data, searched in everything the program tells.

use std::fs;

use serde_json::json;

use crate::harness::{Scratch, eventually};

/// Values that must never be told.
const SECRETS: [&str; 6] = [
    "known-bearer-of-the-siem",
    "known-key-of-the-dashboard",
    "known-secret-of-the-hook",
    "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    "mia@example.com",
    "Mia Wong",
];

fn prepare(scratch: &Scratch) {
    let (port, metrics) = (&scratch.port, &scratch.metrics_port);
    scratch.write(
        "countersign.toml",
        &format!(
            r#"
server.listen = "127.0.0.1:{port}"
server.public_url = "http://localhost:{port}"
telemetry = {{ metrics_listen = "127.0.0.1:{metrics}", log_filter = "trace" }}
[directory.staff]
kind = "file"
path = "people.toml"
[sources.siem]
kind = "json"
auth = {{ bearer = {{ env = "TEST_SIEM" }} }}
[verify.totp]
kind = "totp"
[escalate.hook]
kind = "webhook"
url = "http://127.0.0.1:1/known-token-in-the-path"
secret = {{ env = "TEST_HOOK" }}
[api_keys]
dashboard = {{ scopes = ["admin"], token = {{ env = "TEST_KEY" }} }}
"#
        ),
    );
    scratch.write("totp", SECRETS[3]);
    scratch.write(
        "people.toml",
        "[[person]]\nid = \"1\"\nemail = \"mia@example.com\"\nname = \"Mia Wong\"\n\
         totp = { secret = { file = \"totp\" }, enrolled = 2026-01-31 }\n",
    );
}

const VARIABLES: [(&str, &str); 3] =
    [("TEST_SIEM", SECRETS[0]), ("TEST_KEY", SECRETS[1]), ("TEST_HOOK", SECRETS[2])];

#[tokio::test]
async fn nothing_secret_and_no_person_is_in_any_log_line_or_refusal() {
    let scratch = Scratch::new();
    prepare(&scratch);
    let server = scratch.serve(&VARIABLES).await;
    let alert = json!({
        "id": "1", "rule": "root", "title": "Root signed in", "severity": "critical",
        "person": "mia@example.com", "facts": { "ip": "203.0.113.7" },
    });
    let mut answers = String::new();
    for (path, key) in [
        ("v1/alerts/siem", SECRETS[0]),
        ("v1/alerts/siem", SECRETS[1]),
        ("v1/alerts/other", SECRETS[0]),
        ("v1/cases", SECRETS[0]),
    ] {
        let reply = scratch.post(path, key, &alert).await.expect("an answer");
        answers += &String::from_utf8_lossy(&reply.body);
    }
    let link = json!({ "email": "mia@example.com" });
    let reply = scratch.post("v1/signin-links", SECRETS[1], &link).await.expect("an answer");
    let reply: serde_json::Value = serde_json::from_slice(&reply.body).expect("JSON");
    let token = reply["url"].as_str().expect("a link").rsplit('/').next().unwrap_or_default();
    let page = scratch.get(&format!("signin/link/{token}"), None).await.expect("a page");
    assert!(page.status.is_success());
    let case = scratch.cases(SECRETS[1]).await[0]["id"].as_str().expect("an id").to_owned();
    let denied = json!({ "disposition": "malicious", "note": "known-note" });
    let path = format!("v1/cases/{case}/disposition");
    scratch.post(&path, SECRETS[1], &denied).await.expect("an answer");
    eventually("there is a log", async || (!server.told().is_empty()).then_some(())).await;
    server.signal("-TERM");
    let told = server.ended() + &answers;
    let keys = fs::read_to_string(scratch.path("data/keys.toml")).expect("keys");
    let keys = keys.split('"').filter(|part| part.len() == 44);
    let more = [token, "known-token-in-the-path", "known-note"];
    for secret in SECRETS.into_iter().chain(more).chain(keys) {
        assert!(!told.contains(secret), "{} is told", &secret[..6]);
    }
}

#[test]
fn a_shown_configuration_holds_no_secret() {
    let scratch = Scratch::new();
    prepare(&scratch);
    let output = scratch.run(&["config", "show"]);
    let told = crate::harness::told(&output);
    assert!(told.contains("TEST_SIEM"), "{told}");
    assert!(!told.contains("known-token-in-the-path"), "{told}");
}
