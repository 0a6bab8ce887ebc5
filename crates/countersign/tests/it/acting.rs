//! Everything that acts, asks, pages and writes back, named in one file.

use std::sync::Arc;

use demo::vendors::{GoAlertWorld, OktaWorld, goalert, google::service_account, okta};
use ports::clock::ManualClock;

use crate::harness::{Scratch, status, told};

const EVERYTHING: &str = r#"
limits.egress_allow = ["intel.corp.example", "10.1.0.0/16"]
[chat.mail]
kind = "email"
host = "localhost"
tls = "none"
from = "countersign@example.com"
to = ["security@example.com"]
[escalate.oncall]
kind = "goalert"
base_url = "https://goalert.example.com"
token = { file = "secret" }
[escalate.am]
kind = "alertmanager"
urls = ["https://am1.example.com", "https://am2.example.com"]
labels = { team = "security" }
[escalate.channel]
kind = "chat"
chat = "mail"
[escalate.mail]
kind = "email"
host = "mail.example.com"
username = "countersign"
password = { file = "secret" }
from = "countersign@example.com"
to = ["security@example.com"]
[escalate.pd]
kind = "pagerduty"
routing_key = { file = "routing" }
webhook_secret = [{ file = "secret" }, { file = "token" }]
[respond.slack]
kind = "slack"
token = { file = "secret" }
team_id = "T0DEMO"
[respond.okta]
kind = "okta"
base_url = "https://example.okta.com"
token = { file = "secret" }
protected = ["break-glass@example.com"]
[respond.google]
kind = "google"
service_account = { file = "google.json" }
admin = "countersign@example.com"
[respond.entra]
kind = "entra"
tenant_id = "11111111-2222-4333-8444-555555555555"
client_id = "66666666-7777-4888-9999-000000000000"
client_secret = { file = "secret" }
[respond.github]
kind = "github"
org = "example"
token = { file = "secret" }
[respond.aws]
kind = "aws"
access_key_id = "AKIAIOSFODNN7EXAMPLE"
secret_access_key = { file = "secret" }
[respond.edr]
kind = "webhook"
url = "https://edr.example.com/actions/s3cret?token=s3cret"
verify_url = "https://edr.example.com/verify/s3cret"
revert_url = "https://edr.example.com/revert/s3cret"
secret = { file = "secret" }
[respond.edr.actions.isolate_device]
what = "takes a device off the network"
target = "device"
undo = "reversible"
radius = "device"
[respond.edge]
kind = "blocklist"
readers = { fw1 = { file = "secret" }, fw2 = [{ file = "secret" }, { file = "token" }] }
never = ["198.51.100.0/24"]
prefix_v4 = 28
[enrich.intel]
kind = "http"
url = "https://api.example.com/v2/check?ip={facts.ip}"
headers = { Key = { file = "secret" } }
fields = { score = "/data/score" }
not_found = "nothing"
[writeback.siem]
kind = "webhook"
url = "https://siem.example.com/hooks/s3cret"
secret = { file = "secret" }
[writeback.lake]
kind = "ndjson"
path = "outcomes.ndjson"
format = "ocsf"
ocsf_version = "1.5.0"
"#;

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("secret", "h1dden-value");
    scratch.write("token", "an0ther-value");
    scratch.write("routing", "MADEUPR0UTINGKEYF0RTHEDEM0000000");
    scratch.write("google.json", &service_account());
    scratch
}

#[test]
fn every_kind_that_acts_is_checked_and_shown_without_its_secrets() {
    let scratch = scratch();
    scratch.write("countersign.toml", EVERYTHING);
    let output = scratch.run(&["config", "check"]);
    assert_eq!(status(&output), 0, "{}", told(&output));
    let shown = scratch.run(&["config", "show"]);
    let shown = told(&shown);
    for secret in ["h1dden-value", "an0ther-value", "s3cret", "PRIVATE KEY"] {
        assert!(!shown.contains(secret), "{secret} is shown:\n{shown}");
    }
    for section in ["respond.okta", "enrich.intel", "writeback.lake", "escalate.channel"] {
        assert!(shown.contains(section), "{section} is missing:\n{shown}");
    }
}

const CONTAIN: &str = r#"
id: contain
owner: security
purpose: Ends what a thief of a session could still use
start: { rules: [session-moved], outcome: denied }
steps: [{ run: okta.clear_sessions }, { run: okta.suspend, limit: 30m }, { enrich: [intel] }]
tests:
  - { name: all of it, case: {}, expect: [run okta.clear_sessions, run okta.suspend, enrich intel] }
"#;
const POLICY: &str = r#"
id: moved
owner: security
match: 'alert.rule == "session-moved"'
enrich: [intel]
escalate: true
do: [{ run: okta.clear_sessions }, { run: contain }]
tests:
  - { name: it is decided, alert: { rule: session-moved, severity: high }, expect: { act: escalate } }
"#;

#[test]
fn content_names_what_is_configured_and_nothing_else() {
    let scratch = scratch();
    scratch.write("countersign.toml", EVERYTHING);
    scratch.write("content/playbooks/contain.yml", CONTAIN);
    scratch.write("content/policies/moved.yml", POLICY);
    let output = scratch.run(&["config", "check"]);
    assert_eq!(status(&output), 0, "{}", told(&output));
    scratch.write("content/playbooks/contain.yml", &CONTAIN.replace("okta.suspend,", "okta.susp,"));
    scratch.write("content/policies/moved.yml", &POLICY.replace("[intel]", "[intell]"));
    let output = scratch.run(&["config", "check"]);
    let first = told(&output);
    assert_eq!(status(&output), 2, "{first}");
    for expected in ["did you mean `okta.suspend`?", "did you mean `intel`?"] {
        assert!(first.contains(expected), "{expected} is missing:\n{first}");
    }
    let without = EVERYTHING.replace("[respond.okta]", "[respond.other]");
    scratch.write("countersign.toml", &without);
    scratch.write("content/playbooks/contain.yml", CONTAIN);
    scratch.write("content/policies/moved.yml", POLICY);
    let output = scratch.run(&["config", "check"]);
    assert_eq!(status(&output), 2, "{}", told(&output));
    assert!(told(&output).contains("other.suspend"), "{}", told(&output));
}

/// The examples of a page of the documentation: each with its path in the first line.
fn examples(page: &str) -> Vec<(String, String)> {
    let blocks = page.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let named = blocks.map(|block| {
        let path = block.lines().next().and_then(|line| line.strip_prefix("# "));
        (path.expect("an example says where it lies").to_owned(), block.to_owned())
    });
    named.collect()
}

#[test]
fn what_ships_as_an_example_and_what_the_manual_shows_is_taken_with_its_tests() {
    let pages = [
        include_str!("../../../../docs/policies.md"),
        include_str!("../../../../docs/filters.md"),
        include_str!("../../../../docs/playbooks.md"),
    ];
    let mut files: Vec<_> = pages.into_iter().flat_map(examples).collect();
    assert_eq!(files.len(), pages.len(), "each page has an example");
    for (name, text) in [
        ("filters/own-scanner.yml", include_str!("../../../../content/filters/own-scanner.yml")),
        (
            "playbooks/contain-account.yml",
            include_str!("../../../../docs/examples/contain-account.yml"),
        ),
    ] {
        files.push((format!("content/{name}"), text.to_owned()));
    }
    let scratch = scratch();
    scratch.write("countersign.toml", EVERYTHING);
    for (path, text) in &files {
        scratch.write(path, text);
    }
    let output = scratch.run(&["config", "check"]);
    assert_eq!(status(&output), 0, "{}", told(&output));
    // The tests are run, and can fail.
    for (path, text) in &files {
        let broken = text
            .replace("{ act: filtered }", "{ act: notify }")
            .replace("expect: [run", "expect: [page, run")
            .replace("expect: { severity: critical }", "expect: { severity: low }");
        assert_ne!(&broken, text, "{path}");
        scratch.write(path, &broken);
        let output = scratch.run(&["config", "check"]);
        assert_eq!(status(&output), 2, "{path}: {}", told(&output));
        scratch.write(path, text);
    }
}

#[test]
fn what_is_wrong_with_what_acts_is_told_at_once() {
    let scratch = scratch();
    let broken = EVERYTHING
        .replace("chat = \"mail\"", "chat = \"slack\"")
        .replace("\"10.1.0.0/16\"", "\"10.1.0.0/33\"")
        .replace("team_id = \"T0DEMO\"", "team_id = \"demo\"")
        .replace(
            "token = { file = \"secret\" }\nprotected",
            "token = { file = \"gone\" }\nprotected",
        )
        .replace("revert_url = \"https://edr.example.com/revert/s3cret\"\n", "")
        .replace("https://api.example.com/v2/check?ip={facts.ip}", "https://{facts.host}/")
        .replace("never = [\"198.51.100.0/24\"]", "never = [\"office\"]")
        .replace("path = \"outcomes.ndjson\"", "path = \"nowhere/outcomes.ndjson\"")
        .replace("host = \"localhost\"", "host = \"mail.example.com\"");
    scratch.write("countersign.toml", &broken);
    let output = scratch.run(&["config", "check"]);
    let first = told(&output);
    assert_eq!(status(&output), 2, "{first}");
    // What the file itself gets wrong is told before what it refers to is looked at.
    assert!(first.contains("respond.edge.never[0]"), "{first}");
    scratch.write("countersign.toml", &broken.replace("\"office\"", "\"192.0.2.1\""));
    let output = scratch.run(&["config", "check"]);
    let told = told(&output);
    assert_eq!(status(&output), 2, "{told}");
    for expected in [
        "chat.mail.tls",
        "escalate.channel.chat",
        "limits.egress_allow",
        "respond.slack.team_id",
        "respond.okta.token",
        "respond.edr.revert_url",
        "enrich.intel.url",
        "writeback.lake.path",
    ] {
        assert!(told.contains(expected), "{expected} is missing:\n{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_asks_every_vendor_and_changes_nothing() {
    let scratch = scratch();
    let now = "2026-11-20T08:00:00Z".parse().expect("an instant");
    let okta = OktaWorld::start(Arc::new(ManualClock::at(now))).await.expect("a free port");
    let pager = GoAlertWorld::start().await.expect("a free port");
    scratch.write("okta", okta::TOKEN);
    scratch.write("goalert", goalert::TOKEN);
    scratch.write("people.toml", "[[person]]\nid = \"1\"\nemail = \"mia@example.com\"\n");
    let config = format!(
        "directory.staff = {{ kind = \"file\", path = \"people.toml\" }}\n\
         [escalate.oncall]\nkind = \"goalert\"\nbase_url = \"{}\"\ntoken = {{ file = \"goalert\" }}\n\
         [respond.okta]\nkind = \"okta\"\nbase_url = \"{}\"\ntoken = {{ file = \"okta\" }}\n\
         [respond.edge]\nkind = \"blocklist\"\n\
         [enrich.intel]\nkind = \"http\"\nurl = \"https://api.example.com/{{facts.ip}}\"\n\
         fields = {{ a = \"/a\" }}\n\
         [writeback.lake]\nkind = \"ndjson\"\npath = \"outcomes.ndjson\"\n",
        pager.base_url(),
        okta.base_url(),
    );
    scratch.write("countersign.toml", &config);
    let output = scratch.run(&["check", "mia@example.com"]);
    assert_eq!(status(&output), 0, "{}", told(&output));
    for expected in [
        "escalate.oncall\tok\t",
        "respond.okta\tok\tacts as 00uCOUNTERSIGN",
        "respond.edge\tok\t",
        "enrich.intel\tok\tasks api.example.com",
        "writeback.lake\tok\t",
    ] {
        assert!(told(&output).contains(expected), "{expected}: {}", told(&output));
    }
    assert_eq!((okta.effects(), pager.opened()), (0, 0));
    scratch.write("okta", "00revoked-token");
    let output = scratch.run(&["check", "mia@example.com"]);
    assert_eq!(status(&output), 1, "{}", told(&output));
    assert!(told(&output).contains("respond.okta\tfailed\t"), "{}", told(&output));
    assert!(!told(&output).contains("00revoked"), "{}", told(&output));
}
