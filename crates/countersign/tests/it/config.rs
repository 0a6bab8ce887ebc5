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

#[test]
fn every_kind_of_event_source_and_table_is_accepted() {
    let scratch = Scratch::new();
    scratch.write("token", "made-up");
    scratch.write("tor.txt", "203.0.113.7\n");
    let text = r#"
escalate.none = true
server.public_url = "http://127.0.0.1:8400"
[sources.okta]
kind = "okta"
auth = { header = { name = "Authorization", value = { file = "token" } } }
pull = { base_url = "https://example.okta.com", token = { file = "token" }, every = "30s" }
[sources.slack]
kind = "slack_audit"
pull = { token = { file = "token" }, start = "7d" }
[sources.github]
kind = "github"
pull = { token = { file = "token" }, org = "example", include = "all" }
[sources.google]
kind = "google_workspace"
auth = { bearer = { file = "token" } }
[sources.aws]
kind = "cloudtrail"
auth = { header = { name = "x-api-key", value = [{ file = "token" }, { file = "token" }] } }
trusted_roles = ["Admin"]
[sources.entra]
kind = "entra"
auth = { bearer = { file = "token" } }
[sources.auth0]
kind = "auth0"
auth = { header = { name = "authorization", value = { file = "token" } } }
[sources.vpn]
kind = "json_events"
auth = { hmac = { secret = { file = "token" } } }
product = "vpn"
service = "access"
time = ["when", "at"]
action = "event.type"
actor = { id = "user.id", email = "user.email" }
target = { at = "objects", id = "id", type = "kind" }
outcome = { path = "result", success = ["ok"], failure = ["no"] }
[enrich.geoip]
kind = "mmdb"
path = ["GeoLite2-City.mmdb", "GeoLite2-ASN.mmdb"]
[enrich.tor]
kind = "ip_list"
means = "tor"
path = "tor.txt"
[enrich.vpn]
kind = "ip_list"
means = "vpn"
url = "https://example.com/lists/vpn-made-up-token.txt"
"#;
    scratch.write("countersign.toml", text);
    let checked = scratch.run(&["config", "check"]);
    let told = told(&checked);
    assert_eq!(status(&checked), 0, "{told}");
    assert!(told.contains("warning: enrich.geoip (GeoLite2-City.mmdb) is not loaded"), "{told}");
    assert!(!told.contains("enrich.tor") && !told.contains("enrich.vpn"), "{told}");
    let shown = self::told(&scratch.run(&["config", "show"]));
    assert!(shown.contains("[enrich.tor]") && shown.contains("[sources.vpn.outcome]"), "{shown}");
    assert!(!shown.contains("made-up-token"), "{shown}");
}

#[test]
fn events_that_no_rule_looks_at_are_a_warning() {
    let rule = |product: &str, state: &str| {
        format!(
            "title: T\nid: t\nlogsource: {{ product: {product} }}\n\
             detection: {{ s: {{ eventType: x }}, condition: s }}\n\
             countersign: {{ state: {state}, owner: o, escalate: true }}\n"
        )
    };
    for (kind, rule, is_warned) in [
        ("okta", None, true),
        ("okta", Some(rule("okta", "live")), false),
        ("okta", Some(rule("okta", "shadow")), false),
        ("okta", Some(rule("okta", "draft")), true),
        ("okta", Some(rule("slack", "live")), true),
        // Whoever sends alerts has rules of its own.
        ("json", None, false),
    ] {
        let scratch = Scratch::new();
        scratch.write("token", "made-up");
        let source = format!("kind = \"{kind}\"\nauth = {{ bearer = {{ file = \"token\" }} }}");
        scratch
            .write("countersign.toml", &format!("escalate.none = true\n[sources.log]\n{source}\n"));
        if let Some(rule) = &rule {
            scratch.write("content/rules/t.yml", rule);
        }
        let checked = scratch.run(&["config", "check"]);
        let told = told(&checked);
        assert_eq!(status(&checked), 0, "{told}");
        let warning = "warning: no rule looks at the events of sources.log";
        assert_eq!(told.contains(warning), is_warned, "{kind} {rule:?}:\n{told}");
    }
}

#[test]
fn a_source_that_no_rule_looks_at_is_named_also_beside_one_that_is_watched() {
    let scratch = Scratch::new();
    scratch.write("token", "made-up");
    let source = |name: &str, kind: &str| {
        format!(
            "[sources.{name}]\nkind = \"{kind}\"\nauth = {{ bearer = {{ file = \"token\" }} }}\n"
        )
    };
    let both = source("log", "okta") + &source("other", "slack_audit");
    scratch.write("countersign.toml", &format!("escalate.none = true\n{both}"));
    scratch.write(
        "content/rules/t.yml",
        "title: T\nid: t\nlogsource: { product: okta }\n\
         detection: { s: { eventType: x }, condition: s }\n\
         countersign: { state: live, owner: o, escalate: true }\n",
    );
    let checked = scratch.run(&["config", "check"]);
    let told = told(&checked);
    assert!(told.contains("warning: no rule looks at the events of sources.other:"), "{told}");
}

#[test]
fn a_source_that_management_is_said_to_be_has_to_be_there() {
    let scratch = Scratch::new();
    let text = "escalate.none = true\nposture.managed_sources = [\"inventry\"]\n";
    scratch.write("countersign.toml", text);
    let checked = scratch.run(&["config", "check"]);
    assert_ne!(status(&checked), 0);
    let told = told(&checked);
    let expected = "posture.managed_sources[0]: there is no section [devices.inventry]: name one \
                    that is there, or leave it out";
    assert!(told.contains(expected), "{told}");
}

#[test]
fn what_is_wrong_with_an_event_source_is_told_by_its_key() {
    let scratch = Scratch::new();
    scratch.write("token", "made-up");
    let text = r#"
escalate.none = true
[sources.okta]
kind = "okta"
[sources.slack]
kind = "slack_audit"
pull = { token = { file = "token" }, every = "1s" }
[sources.github]
kind = "github"
pull = { token = { file = "token" } }
[sources.google]
kind = "google_workspace"
pull = { service_account = { file = "token" }, subject = "admin@example.com" }
[sources.vpn]
kind = "json_events"
auth = { header = { name = "not a header", value = { file = "token" } } }
product = "VPN"
service = "access"
time = ".."
action = "type"
[enrich.tor]
kind = "ip_list"
means = "tor"
"#;
    scratch.write("countersign.toml", text);
    let checked = scratch.run(&["config", "check"]);
    let told = told(&checked);
    assert_eq!(status(&checked), 2, "{told}");
    for expected in [
        "sources.okta.auth",
        "sources.slack.pull.every",
        "sources.github.pull.org",
        "sources.google.pull.service_account",
        "sources.vpn.product",
        "sources.vpn.time",
        "sources.vpn.auth.header.name",
        "enrich.tor.path",
    ] {
        assert!(told.contains(expected), "{expected} is missing:\n{told}");
    }
}
