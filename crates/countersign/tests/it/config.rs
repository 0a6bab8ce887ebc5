//! A wrong configuration.

use crate::harness::{Scratch, status, told};

const BROKEN: &str = r#"
[server]
lisen = "127.0.0.1:8400"
public_url = "http://countersign.example.com"

[organisation]
time_zone = "Europe/Berlim"

[chat.talk]
kind = "slak"

[telemetry]
log_format = "yaml"
"#;

#[test]
fn everything_that_is_wrong_is_told_at_once_by_check_and_by_serve() {
    let scratch = Scratch::new();
    scratch.write("countersign.toml", BROKEN);
    for args in [&["config", "check"][..], &["serve"]] {
        let output = scratch.run(args);
        assert_eq!(status(&output), 2, "{}", told(&output));
        let told = told(&output);
        for expected in [
            "countersign.toml:3",
            "did you mean `listen`?",
            "organisation.time_zone",
            "chat.talk.kind",
            "did you mean `slack`?",
            "telemetry.log_format",
            "escalate",
        ] {
            assert!(told.contains(expected), "{expected} is missing:\n{told}");
        }
        assert!(!scratch.path("data").exists(), "nothing is made");
    }
}

#[test]
fn what_the_file_refers_to_is_checked_all_at_once() {
    let scratch = Scratch::new();
    let text = r#"
escalate.none = true
server.public_url = "http://127.0.0.1:8400"
[directory.staff]
kind = "file"
path = "nobody.toml"
[sources.siem]
kind = "json"
auth = { bearer = { env = "COUNTERSIGN_TEST_UNSET" } }
[api_keys]
short = { scopes = ["read"], token = { file = "short" } }
[verify.passkey]
kind = "passkey"
"#;
    scratch.write("countersign.toml", text);
    scratch.write("short", "hunter2");
    scratch.write("content/policies/odd.yml", "id: odd\nowner: me\nmatsh: 'true'\n");
    let output = scratch.run(&["config", "check"]);
    let told = told(&output);
    assert_eq!(status(&output), 2, "{told}");
    for expected in [
        "directory.staff.path",
        "sources.siem.auth.bearer",
        "COUNTERSIGN_TEST_UNSET",
        "api_keys.short.token",
        "odd.yml",
        "did you mean `match`?",
    ] {
        assert!(told.contains(expected), "{expected} is missing:\n{told}");
    }
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
fn an_empty_secret_is_no_secret() {
    let scratch = Scratch::new();
    scratch.write("token", "\n");
    scratch.write(
        "countersign.toml",
        "escalate.none = true\n[sources.siem]\nkind = \"json\"\n\
         auth = { bearer = { file = \"token\" } }\n",
    );
    for args in [&["config", "check"][..], &["serve"]] {
        let output = scratch.run(args);
        assert_eq!(status(&output), 2, "{}", told(&output));
        assert!(told(&output).contains("sources.siem.auth.bearer"), "{}", told(&output));
        assert!(told(&output).contains("is empty"), "{}", told(&output));
    }
}

#[test]
fn an_ip_address_for_a_host_switches_passkeys_off_with_a_warning() {
    let scratch = Scratch::new();
    for (url, is_warned) in [("http://127.0.0.1:8400", true), ("http://localhost:8400", false)] {
        scratch.write(
            "countersign.toml",
            &format!(
                "escalate.none = true\nserver.public_url = \"{url}\"\n\
                 verify.passkey.kind = \"passkey\"\n"
            ),
        );
        let output = scratch.run(&["config", "check"]);
        assert_eq!(status(&output), 0, "{}", told(&output));
        assert_eq!(told(&output).contains("passkeys are off"), is_warned, "{}", told(&output));
    }
}

#[test]
fn a_missing_file_and_a_wrong_command_line_are_wrong_usage() {
    let scratch = Scratch::new();
    for args in [&["serve"][..], &["cases", "lst"], &["cases", "list", "--url", "http://localhost"]]
    {
        let output = scratch.run(args);
        assert_eq!(status(&output), 2, "{args:?}: {}", told(&output));
    }
}

#[test]
fn what_is_printed_is_what_the_program_is_checked_against() {
    let scratch = Scratch::new();
    for (args, expected) in [
        (&["config", "schema"][..], "\"title\": \"countersign.toml\""),
        (&["openapi"], "\"openapi\""),
        (&["completions", "bash"], "countersign"),
    ] {
        let output = scratch.run(args);
        assert_eq!(status(&output), 0, "{}", told(&output));
        assert!(told(&output).contains(expected), "{args:?}");
    }
}
