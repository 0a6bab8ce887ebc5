//! From nothing to a server.

use std::fs;

use crate::harness::{Scratch, eventually, status, told};

const KEY: &str = "test-key-of-the-dashboard";

/// A folder in which `init` ran, changed as an operator changes it: ports, and a key.
fn initialised() -> (Scratch, String) {
    let scratch = Scratch::new();
    let output = scratch.run(&["init", "--admin", "ada@example.com"]);
    assert_eq!(status(&output), 0, "{}", told(&output));
    let path = scratch.path("countersign.toml");
    let text = fs::read_to_string(&path).expect("written");
    let text = text
        .replace("8400", &scratch.port.to_string())
        .replace("9464", &scratch.metrics_port.to_string());
    let key = "\n[api_keys]\ndashboard = { scopes = [\"analyst\"], token = { file = \"key\" } }\n";
    fs::write(&path, text + key).expect("written");
    scratch.write("key", KEY);
    (scratch, told(&output))
}

#[tokio::test]
async fn init_then_serve_starts_at_once_and_the_administrator_has_a_link() {
    let (scratch, output) = initialised();
    let link = output.lines().find(|line| line.contains("/signin/link/")).expect("a link");
    let path = link.trim().split_once("8400/").expect("the usual address").1.to_owned();
    let server = scratch.serve(&[]).await;
    let page = scratch.get(&path, None).await.expect("an answer");
    assert!(page.status.is_success(), "{}", page.status);

    // Beside the running server: over HTTP, and on the store itself.
    let port = scratch.port.to_string();
    let url = format!("http://localhost:{port}");
    let asked = scratch.run(&[
        "cases",
        "ask",
        "ada@example.com",
        "Did you change the firewall?",
        "--fact",
        "host=edge-1",
        "--url",
        &url,
        "--key",
        KEY,
        "--json",
    ]);
    assert_eq!(status(&asked), 0, "{}", told(&asked));
    for reach in [&["--url", &url, "--key", KEY][..], &[]] {
        let list = scratch.run(&[&["cases", "list"][..], reach].concat());
        assert_eq!(status(&list), 0, "{}", told(&list));
        assert!(told(&list).contains("Did you change the firewall?"), "{}", told(&list));
    }
    let audit = scratch.run(&["audit", "verify"]);
    assert_eq!(status(&audit), 0, "beside a running server: {}", told(&audit));
    let made = scratch.run(&["signin-link", "ada@example.com", "--url", &url, "--key", KEY]);
    assert_eq!(status(&made), 1, "an analyst's key makes no link: {}", told(&made));
    let refused = scratch.run(&["signin-link", "ada@example.com"]);
    assert_eq!(status(&refused), 1);
    assert!(told(&refused).contains("--url"), "{}", told(&refused));

    server.signal("-TERM");
    server.ended();
    let link = scratch.run(&["signin-link", "ada@example.com"]);
    assert!(told(&link).contains("/signin/link/"), "{}", told(&link));
}

#[tokio::test]
async fn a_case_is_shown_and_closed_from_the_command_line() {
    let (scratch, _) = initialised();
    let case = ["cases", "ask", "ada@example.com", "Was this you?", "--json"];
    let made: serde_json::Value =
        serde_json::from_slice(&scratch.run(&case).stdout).expect("JSON of a case");
    let id = made["id"].as_str().expect("an id");
    let closed = scratch.run(&["cases", "close", id, "benign", "--note", "planned"]);
    assert_eq!(status(&closed), 0, "{}", told(&closed));
    let shown = scratch.run(&["cases", "show", id]);
    assert!(told(&shown).contains("benign"), "{}", told(&shown));
    let again = scratch.run(&["cases", "close", id, "benign"]);
    assert_eq!(status(&again), 1, "{}", told(&again));
}

#[test]
fn init_never_overwrites() {
    let (scratch, _) = initialised();
    let keys = fs::read(scratch.path("data/keys.toml")).expect("keys");
    let again = scratch.run(&["init", "--admin", "eve@example.com"]);
    assert_eq!(status(&again), 2);
    for file in ["countersign.toml", "people.toml"] {
        assert!(told(&again).contains(file), "{}", told(&again));
        let text = fs::read_to_string(scratch.path(file)).expect("there");
        assert!(!text.contains("eve@example.com"));
    }
    let forced = scratch.run(&["init", "--admin", "eve@example.com", "--force"]);
    assert_eq!(status(&forced), 0, "{}", told(&forced));
    assert_eq!(fs::read(scratch.path("data/keys.toml")).expect("keys"), keys, "keys stay");
}

#[tokio::test]
async fn content_is_read_again_on_a_signal_and_kept_where_anything_is_wrong() {
    let (scratch, _) = initialised();
    let server = scratch.serve(&[]).await;
    scratch.write("content/policies/odd.yml", "id: odd\n");
    server.signal("-HUP");
    eventually("the fault is told", async || {
        server.told().contains("content not taken").then_some(())
    })
    .await;
    scratch.write(
        "content/policies/odd.yml",
        "id: odd\nowner: me\nfallback: true\nnotify: { message: generic }\n",
    );
    server.signal("-HUP");
    eventually("the content is taken", async || {
        server.told().contains("content was read again").then_some(())
    })
    .await;
}

#[tokio::test]
async fn measurements_have_a_listener_of_their_own_and_need_a_key_elsewhere() {
    let (scratch, _) = initialised();
    let _server = scratch.serve(&[]).await;
    let own = format!("http://127.0.0.1:{}/metrics", scratch.metrics_port);
    eventually("requests are counted", async || {
        let request = scratch.http.get(own.parse().expect("an address"));
        let reply = scratch.http.send("the metrics", request).await.ok()?;
        let text = String::from_utf8_lossy(&reply.body).into_owned();
        text.contains("countersign_http_requests_total{").then_some(())
    })
    .await;
    let status = async |key| scratch.get("metrics", key).await.expect("an answer").status.as_u16();
    assert_eq!((status(None).await, status(Some(KEY)).await), (401, 200));
}

#[test]
fn a_store_without_its_keys_is_not_served() {
    let (scratch, _) = initialised();
    fs::remove_file(scratch.path("data/keys.toml")).expect("removed");
    let output = scratch.run(&["serve"]);
    assert_eq!(status(&output), 2);
    assert!(told(&output).contains("keys.toml"), "{}", told(&output));
}
