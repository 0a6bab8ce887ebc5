use event::Outcome;
use serde_json::json;

use super::*;
use crate::events::probe::{changed, one, read, records, refused, shown, without};

const SECTION: &str = r#"
auth = { bearer = { env = "COUNTERSIGN_TEST_NO_SUCH_TOKEN" } }
product = "vpn"
service = "access"
records = "batch.items"
time = ["when", "meta.time"]
action = "type"
id = "event.id"
actor = { id = "user.id", email = "user.mail", name = "user.name" }
target = { at = "objects", id = "uid", type = "kind", name = "label" }
ip = "net.ip"
agent = "ua"
session = "sid"
reason = "why"
outcome = { path = "result", success = ["ok", "granted"], failure = ["no"] }
"#;
const RECORD: &str = r#"{
    "when": 1795162353, "type": "connect", "event": { "id": 7 },
    "user": { "id": 42, "mail": "Mia@example.com", "name": "Mia" },
    "objects": [{ "uid": "gw1", "kind": "gateway", "label": "North" }, { "uid": "gw2", "kind": "gateway" }],
    "net": { "ip": "203.0.113.20" }, "ua": "curl/8.9.1", "sid": "s1", "why": "policy", "result": "OK"
}"#;

fn config(text: &str) -> JsonEventsConfig {
    toml::from_str(text).expect("a section")
}

fn map(text: &str) -> JsonEventsMap {
    config(text).map("vpn").expect("sound")
}

#[test]
fn a_record_is_read_as_the_section_says() {
    assert_eq!(
        shown(&one(&map(SECTION), RECORD)),
        [
            "time 2026-11-20T08:12:33Z",
            "actor.id 42",
            "actor.email mia@example.com",
            "actor.name Mia",
            "actor.type unknown",
            "action connect",
            "target.id gw1",
            "target.id gw2",
            "target.type gateway",
            "target.type gateway",
            "target.name North",
            "source.ip 203.0.113.20",
            "source.subnet 203.0.113.0/24",
            "client.agent curl/8.9.1",
            "client.family curl",
            "session.id s1",
            "outcome success",
            "reason policy",
            "product vpn",
            "organisation organisation",
        ]
    );
    let body = format!(r#"{{"batch":{{"items":[{RECORD},{RECORD}]}}}}"#);
    assert_eq!(records(&map(SECTION), &body).len(), 2);
    assert_eq!(map(SECTION).logsources(), [Logsource { product: "vpn", service: "access" }]);
}

#[test]
fn the_first_path_with_a_value_counts_and_a_literal_key_wins() {
    let map = map(SECTION);
    let second = changed(
        RECORD,
        &[("/when", json!(null)), ("/meta", json!({ "time": "2026-11-20T08:12:33Z" }))],
    );
    assert_eq!(one(&map, &second).time, one(&map, RECORD).time);
    let literal = changed(RECORD, &[("/user.id", json!("literal"))]);
    assert_eq!(one(&map, &literal).actor.id.as_deref(), Some("literal"));
    let list = changed(RECORD, &[("/user", json!([{ "id": null }, { "id": "second" }]))]);
    assert_eq!(one(&map, &list).actor.id.as_deref(), Some("second"));
}

#[test]
fn targets_are_objects_of_a_list_or_the_record_itself() {
    let map_of = |target: &str| {
        let old = SECTION.lines().find(|line| line.starts_with("target")).expect("there");
        map(&SECTION.replace(old, target))
    };
    let own = one(&map_of(r#"target = { id = "net.ip", type = "type" }"#), RECORD);
    assert_eq!(own.targets.len(), 1);
    assert_eq!(own.targets[0].id.as_deref(), Some("203.0.113.20"));
    let alone = changed(RECORD, &[("/objects", json!({ "uid": "gw3" }))]);
    assert_eq!(one(&map(SECTION), &alone).targets.len(), 1);
    let many = changed(RECORD, &[("/objects", json!(vec![json!({ "uid": "x" }); 1_000]))]);
    assert_eq!(one(&map(SECTION), &many).targets.len(), TARGETS_MAX);
    let empty = changed(RECORD, &[("/objects", json!([{}, 7, null]))]);
    assert!(one(&map(SECTION), &empty).targets.is_empty());
}

#[test]
fn a_word_that_nobody_listed_is_no_outcome_and_told() {
    let ended = |word: serde_json::Value| {
        let (events, problems) = read(&map(SECTION), &changed(RECORD, &[("/result", word)]));
        (events[0].outcome, problems.len())
    };
    assert_eq!(ended(json!("granted")), (Outcome::Success, 0));
    assert_eq!(ended(json!("NO")), (Outcome::Failure, 0));
    assert_eq!(ended(json!("perhaps")), (Outcome::Unknown, 1));
    assert_eq!(ended(json!(null)), (Outcome::Unknown, 0));
}

#[test]
fn ids_are_unique_within_their_source_only() {
    let uid = |map: &JsonEventsMap, record: &str| read(map, record).0.remove(0).uid;
    let other = config(SECTION).map("proxy").expect("sound");
    assert_ne!(uid(&map(SECTION), RECORD), uid(&other, RECORD));
    let text = changed(RECORD, &[("/event/id", json!("7"))]);
    assert_eq!(uid(&map(SECTION), RECORD), uid(&map(SECTION), &text));
    let nameless = without(RECORD, "/event");
    assert_eq!(read(&map(SECTION), &nameless).1.len(), 1);
    assert_ne!(
        uid(&map(SECTION), &nameless),
        uid(&map(SECTION), &changed(&nameless, &[("/why", json!("x"))]))
    );
    let without_id = SECTION.replace("id = \"event.id\"\n", "");
    assert!(read(&map(&without_id), RECORD).1.is_empty());
}

#[test]
fn what_has_no_time_or_action_is_refused_by_its_path() {
    assert!(refused(&map(SECTION), &without(RECORD, "/when")).contains("`when`, `meta.time`"));
    let odd = changed(RECORD, &[("/when", json!("soon"))]);
    assert!(refused(&map(SECTION), &odd).contains("holds no time"));
    assert!(refused(&map(SECTION), &without(RECORD, "/type")).contains("`type` is missing"));
}

#[test]
fn everything_that_is_wrong_with_a_section_is_told_at_once_by_its_key() {
    let text = r#"
        auth = { bearer = { env = "COUNTERSIGN_TEST_NO_SUCH_TOKEN" } }
        product = "My VPN"
        service = ""
        records = "a..b"
        time = []
        action = "."
        actor = { id = " " }
        target = { at = "objects" }
        outcome = { path = "result", success = ["ok"], failure = ["OK"] }
    "#;
    let problems = config(text).map("vpn").expect_err("wrong");
    let keys: Vec<_> = problems.iter().map(|problem| problem.key).collect();
    assert_eq!(
        keys,
        ["product", "service", "outcome", "target", "time", "action", "actor.id", "records"]
    );
    let silent = SECTION.replace(r#", success = ["ok", "granted"], failure = ["no"]"#, "");
    assert_eq!(config(&silent).map("vpn").expect_err("wrong")[0].key, "outcome");
    let long = SECTION.replace("\"type\"", &format!("\"{}\"", "a.".repeat(16) + "a"));
    assert_eq!(config(&long).map("vpn").expect_err("wrong")[0].key, "action");
}

#[test]
fn a_made_up_record_has_something_in_every_field_of_the_section() {
    const MINIMAL: &str = r#"
auth = { bearer = { env = "COUNTERSIGN_TEST_NO_SUCH_TOKEN" } }
product = "vpn"
service = "access"
time = "at"
action = "do"
actor = { id = "user.id", email = "user.mail" }
"#;
    let fields = |section: &str| {
        let record = config(section).made_up("door.opened", "2026-11-02T09:00:00Z").to_string();
        shown(&one(&map(section), &record))
    };
    let whole = fields(SECTION);
    for expected in [
        "time 2026-11-02T09:00:00Z",
        "action door.opened",
        "actor.id mia",
        "actor.email mia@example.com",
        "target.id thing-1",
        "source.ip 203.0.113.20",
        "session.id session-1",
        "outcome success",
    ] {
        assert!(whole.iter().any(|it| it == expected), "{expected}: {whole:#?}");
    }
    let minimal = fields(MINIMAL);
    for expected in ["action door.opened", "actor.id mia", "actor.email mia@example.com"] {
        assert!(minimal.iter().any(|it| it == expected), "{expected}: {minimal:#?}");
    }
}
