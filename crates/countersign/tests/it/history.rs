//! Rules over stored history.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use event::Uid;
use event_log::{DiskLog, Options};
use jiff::Timestamp;
use ports::{
    entropy::SeededEntropy,
    event_log::{Batch, EventLog, Record},
};
use serde_json::{Value, json};

use crate::{
    company::{KEY, TOKEN, company},
    harness::{Scratch, eventually, status, told},
};

const DAYS: i64 = 40;
const PEOPLE: i64 = 12;
const MONDAY_S: i64 = 1_780_272_000;

const JOINED: &str = "\
title: Joined a channel
id: joined
logsource: { product: slack, service: audit }
detection:
  s: { action: user_channel_join }
  condition: s
level: low
countersign: { state: live, owner: security, ask: { message: generic, deadline: 1h, clock: wall, budget: { per_person: 1, every: 30d } } }
";

/// Warns of nearly everything until it is calibrated.
const DOWNLOADS: &str = "\
title: Many downloads
id: downloads
logsource: { product: slack, service: audit }
baseline:
  kind: distinct
  selection: { action: file_downloaded }
  value: target.id
  window: 1d
  floor: 2
  factor: 1
  learn: 10d
  unit: files
level: medium
countersign: { state: live, owner: security, ask: { message: generic, deadline: 1h, clock: wall, budget: { per_person: 1, every: 30d } } }
";

/// Everybody downloads a little each day and sometimes much more, and joins a channel on the
/// tenth day.
fn records(day: i64) -> Vec<Record> {
    let mut records = Vec::new();
    for person in 0..PEOPLE {
        let busy = if (day * 7 + person * 5) % 17 == 0 { 6 + (day + person) % 5 } else { 0 };
        let downloads = 3 + (day + person) % 4 + busy;
        let joins = i64::from(day == 10);
        for step in 0..downloads + joins {
            let at = MONDAY_S + day * 86_400 + 30_000 + step * 600 + person;
            let (action, entity) = match step < downloads {
                true => (
                    "file_downloaded",
                    format!(
                        r#"{{"type":"file","file":{{"id":"F{day}-{person}-{step}","name":"x"}}}}"#
                    ),
                ),
                false => (
                    "user_channel_join",
                    r#"{"type":"channel","channel":{"id":"C1","name":"x"}}"#.to_owned(),
                ),
            };
            let id = format!("{day}-{person}-{step}");
            let body = format!(
                r#"{{"id":"{id}","date_create":{at},"action":"{action}","actor":{{"type":"user","user":{{"id":"U{person}","name":"P","email":"p{person}@larkfield.example"}}}},"entity":{entity},"context":{{"ip_address":"198.51.100.7","ua":"x","session_id":"s{person}"}}}}"#
            );
            records.push(Record { uid: Uid::of("slack", &[id.as_bytes()]), bytes: body.into() });
        }
    }
    records
}

/// A log of so many days, and a content folder with both rules.
async fn scratch() -> Scratch {
    let scratch = Scratch::new();
    let entropy = Arc::new(SeededEntropy::new(1));
    let log = DiskLog::open(&scratch.path("log"), Options::default(), entropy).expect("a log");
    for day in 0..DAYS {
        let end = Timestamp::from_second(MONDAY_S + day * 86_400 + 80_000).expect("in range");
        let records = records(day);
        let batch =
            Batch { source: "slack_audit".into(), received_at: end, times: (end, end), records };
        log.append(batch).await.expect("appended");
    }
    scratch.write("content/rules/joined.yml", JOINED);
    scratch.write("content/rules/downloads.yml", DOWNLOADS);
    scratch
}

fn json(scratch: &Scratch, args: &[&str]) -> Value {
    let output = scratch.run(&[&["rules"], args, &["--log", "log", "--json"]].concat());
    assert_eq!(status(&output), 0, "{}", told(&output));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// All files below a folder.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let read =
        |path: std::path::PathBuf| (path.display().to_string(), fs::read(&path).expect("a file"));
    entries.filter(|path| path.is_file()).map(read).collect()
}

#[tokio::test]
async fn a_backtest_tells_what_would_have_been_asked_and_changes_nothing() {
    let scratch = scratch().await;
    let before = files(&scratch.path("log"));
    let told = json(&scratch, &["backtest", "--content", "content"]);
    assert_eq!(files(&scratch.path("log")), before);
    assert_eq!(told["people"], PEOPLE);
    let of = |rule: &str| -> Value {
        let rules = told["rules"].as_array().expect("a list").iter();
        rules.clone().find(|it| it["rule"] == rule).cloned().unwrap_or_default()
    };
    assert_eq!(of("joined")["alerts"], PEOPLE, "{told}");
    assert_eq!(of("joined")["questions"], PEOPLE, "{told}");
    assert!(of("downloads")["questions"].as_u64() > Some(20), "{told}");
    assert!(told["most"][0]["person"].as_str().is_some_and(|it| it.ends_with("larkfield.example")));
}

/// A verdict as the server appends it, about nothing that is known: it is read all the same.
#[tokio::test]
async fn verdicts_are_read_as_the_server_reads_them_and_others_cannot_send_any() {
    let scratch = scratch().await;
    let word = format!("1.{:012x}.{:032x}.{:012x}", 1, 2, 3);
    let record = format!(r#"{{"case":"x","subject":"{word}","verdict":"denied"}}"#);
    let end = Timestamp::from_second(MONDAY_S + DAYS * 86_400).expect("in range");
    for (source, warnings) in [("countersign", 0), ("slack_audit", 1)] {
        let log = DiskLog::open(&scratch.path("log"), Options::default(), {
            Arc::new(SeededEntropy::new(2))
        });
        let uid = Uid::of(source, &[b"verdict"]);
        let records = vec![Record { uid, bytes: record.clone().into() }];
        let batch = Batch { source: source.into(), received_at: end, times: (end, end), records };
        log.expect("a log").append(batch).await.expect("appended");
        let told = json(&scratch, &["backtest", "--content", "content"]);
        let found = told["warnings"].as_array().expect("a list");
        assert_eq!(found.len(), warnings, "{source}: {found:?}");
    }
}

#[tokio::test]
async fn since_counts_the_end_of_history_and_learns_from_what_is_before() {
    let scratch = scratch().await;
    let told = json(&scratch, &["backtest", "--content", "content", "--since", "10d"]);
    let rules: Vec<&Value> = told["rules"].as_array().expect("a list").iter().collect();
    assert_eq!(rules.len(), 1, "nobody joined in the last ten days: {told}");
    assert_eq!(rules[0]["rule"], "downloads", "what was learned before is known: {told}");
}

#[tokio::test]
async fn calibration_writes_thresholds_that_keep_the_budget_also_on_history_it_has_not_seen() {
    let scratch = scratch().await;
    let told =
        json(&scratch, &["calibrate", "--content", "content", "--held-out", "0.5", "--write"]);
    let rule = &told["rules"][0];
    assert_eq!(rule["rule"], "downloads");
    let expected = rule["expected"]["per_person"].as_f64().expect("a number");
    assert!(expected <= 1.0, "a question a month: {told}");
    assert!(rule["curve"].as_array().is_some_and(|curve| curve.len() > 3), "{told}");
    assert_eq!(rule["held_out"]["is_kept"], true, "{told}");

    let asked = |content: &str| -> u64 {
        let told = json(&scratch, &["backtest", "--content", content]);
        let rules = told["rules"].as_array().expect("a list").clone();
        let of = rules.iter().find(|it| it["rule"] == "downloads");
        of.and_then(|it| it["questions"].as_u64()).unwrap_or(0)
    };
    scratch.write("plain/rules/downloads.yml", DOWNLOADS);
    assert!(asked("content") < asked("plain"), "the file is in force");

    let output =
        scratch.run(&["rules", "calibrate", "--content", "content", "--log", "log", "--check"]);
    assert_eq!(status(&output), 0, "it keeps what it promised: {}", self::told(&output));
}

#[tokio::test]
async fn a_threshold_goes_below_its_file_only_where_that_is_asked_for() {
    let scratch = scratch().await;
    let high = DOWNLOADS.replace("factor: 1\n", "factor: 9\n");
    scratch.write("high/rules/downloads.yml", &high);
    let chosen = |more: &[&str]| {
        let told = json(&scratch, &[&["calibrate", "--content", "high"], more].concat());
        told["rules"][0]["threshold"].as_f64().expect("a number")
    };
    assert_eq!(chosen(&[]), 9.0, "nothing is found so high, and nobody is asked more");
    assert!(chosen(&["--below-written"]) < 9.0, "the budget allows more");
}

#[tokio::test]
async fn a_history_that_is_too_short_is_warned_of() {
    let scratch = scratch().await;
    let output = scratch.run(&[
        "rules",
        "calibrate",
        "--content",
        "content",
        "--log",
        "log",
        "--since",
        "5d",
    ]);
    assert_eq!(status(&output), 0, "{}", told(&output));
    assert!(told(&output).contains("are needed to trust this"), "{}", told(&output));
}

#[tokio::test]
async fn a_difference_names_what_is_lost_and_gained_by_rule_and_by_person() {
    let scratch = scratch().await;
    let same = json(&scratch, &["diff", "content", "content"]);
    assert_eq!(same["rules"], serde_json::json!({}), "{same}");
    scratch.write("after/rules/downloads.yml", DOWNLOADS);
    let told = json(&scratch, &["diff", "content", "after"]);
    assert_eq!(told["total"]["alerts"]["lost"], PEOPLE, "{told}");
    assert_eq!(told["total"]["questions"]["lost"], PEOPLE, "{told}");
    assert_eq!(told["rules"].as_object().map(serde_json::Map::len), Some(1), "{told}");
    assert_eq!(told["people"]["p3@larkfield.example"]["alerts"]["lost"], 1, "{told}");
}

const AUDIT: &str = r#"
[sources.slack_audit]
kind = "slack_audit"
auth = { bearer = { file = "siem" } }
"#;

/// A live rule about one action, whose alerts join those of the other rules in one case.
#[tokio::test]
async fn history_of_a_log_that_the_configuration_describes_is_read_whatever_folder_is_named() {
    let scratch = Scratch::new();
    scratch.write("token", "made-up");
    scratch.write(
        "countersign.toml",
        "escalate.none = true\n[sources.door]\nkind = \"json_events\"\n\
         auth = { bearer = { file = \"token\" } }\nproduct = \"door\"\nservice = \"door\"\n\
         time = \"at\"\naction = \"do\"\nactor = { id = \"who\" }\n",
    );
    let at = Timestamp::from_second(MONDAY_S).expect("in range");
    let body = format!(r#"{{"at":"{at}","do":"open","who":"mia"}}"#);
    let record = Record { uid: Uid::of("door", &[b"1"]), bytes: body.into() };
    let entropy = Arc::new(SeededEntropy::new(1));
    let log = DiskLog::open(&scratch.path("log"), Options::default(), entropy).expect("a log");
    let (source, times, records) = ("door".into(), (at, at), vec![record]);
    log.append(Batch { source, received_at: at, times, records }).await.expect("appended");
    drop(log);
    let rule = JOINED
        .replace("product: slack, service: audit", "product: door, service: door")
        .replace("user_channel_join", "open");
    scratch.write("content/rules/joined.yml", &rule);
    let told = json(&scratch, &["backtest", "--content", "content"]);
    assert_eq!(told["alerts"], 1, "{told}");
}

fn grouped(id: &str, action: &str) -> String {
    format!(
        "title: The rule {id}\nid: {id}\nlevel: medium\n\
         logsource: {{ product: slack, service: audit }}\n\
         detection: {{ s: {{ action: {action} }}, condition: s }}\ncountersign:\n  state: live\n  \
         owner: test\n  group: {{ by: [source.ip], window: 1h, name: leak }}\n  \
         ask: {{ message: generic, assurance: possession, deadline: 30m, clock: wall }}\n"
    )
}

/// Something that somebody did just now.
fn event(action: &str, email: &str) -> Value {
    json!([{
        "id": action, "date_create": Timestamp::now().as_second(), "action": action,
        "actor": { "type": "user", "user": { "id": "U1", "name": "P", "email": email } },
        "entity": { "type": "file", "file": { "id": "F1", "name": "x" } },
        "context": { "ip_address": "198.51.100.7", "ua": "x", "session_id": "s1" },
    }])
}

/// Of a case the rule of its newest alert is stored: the lost one is known all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_alert_was_real_where_its_case_was_closed_as_malicious_though_another_rule_joined() {
    let rules = [("first", "file_downloaded"), ("second", "file_shared")];
    let scratch = Scratch::new();
    let (company, _slack) = company(&scratch, 1, "30m").await;
    let config = fs::read_to_string(scratch.path("countersign.toml")).expect("a file");
    scratch.write("countersign.toml", &(config + AUDIT));
    for (id, action) in rules {
        scratch.write(&format!("content/rules/{id}.yml"), &grouped(id, action));
    }
    scratch.write("after/rules/second.yml", &grouped(rules[1].0, rules[1].1));
    let _server = scratch.serve(&[]).await;
    for ((_, action), alerts) in rules.into_iter().zip(1..) {
        let event = event(action, &company.people[0].email);
        let taken = scratch.post("v1/events/slack_audit", TOKEN, &event).await.expect("an answer");
        assert_eq!(taken.status, 202, "{action}");
        eventually("the case holds it", async || {
            let cases = scratch.cases(KEY).await;
            cases.first().is_some_and(|case| case["alerts"] == alerts).then_some(())
        })
        .await;
    }
    let cases = scratch.cases(KEY).await;
    assert_eq!((cases.len(), &cases[0]["rule"]), (1, &json!("second")));
    let path = format!("v1/cases/{}/disposition", cases[0]["id"].as_str().expect("an id"));
    let judged = json!({ "disposition": "malicious", "note": "it was" });
    let closed = scratch.post(&path, KEY, &judged).await.expect("an answer");
    let closed: Value = serde_json::from_slice(&closed.body).expect("JSON");
    assert_eq!((&closed["state"], &closed["reason"]), (&json!("closed"), &json!("malicious")));

    let base = scratch.url("").to_string();
    let reach = ["--url", base.as_str(), "--key", KEY];
    let args =
        [&["rules", "diff", "content", "after", "--outcomes", "--json"][..], &reach].concat();
    let output = scratch.run(&[&args[..], &["--log", "data/events"]].concat());
    assert_eq!(status(&output), 0, "{}", told(&output));
    let diff: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(diff["total"]["real"], json!({ "gained": 0, "lost": 1 }), "{diff}");
    let lost = diff["lost_real"].as_array().expect("a list");
    assert_eq!((lost.len(), &lost[0]["rule"]), (1, &json!("first")), "{diff}");
    assert_eq!(lost[0]["alert"], closed["external_ids"][0], "the first alert of the case");
    assert_eq!(diff["lost"], json!([]), "{diff}");
}
