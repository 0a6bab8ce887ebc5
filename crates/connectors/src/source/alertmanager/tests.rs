use model::Severity;
use serde_json::json;

use super::*;
use crate::source::config::OneOrMore;

fn envelope(alerts: Value) -> Value {
    json!({"version": "4", "groupKey": "{}:{alertname=\"NewDevice\"}", "truncatedAlerts": 0,
        "status": "firing", "receiver": "countersign", "groupLabels": {}, "commonLabels": {},
        "commonAnnotations": {}, "externalURL": "http://am:9093", "routeLabels": {},
        "alerts": alerts})
}

fn alert() -> Value {
    json!({"status": "firing",
        "labels": {"alertname": "NewDevice", "user": "zoe@example.com", "email": "z@example.com",
            "severity": "high", "instance": "okta"},
        "annotations": {"summary": "A new device", "description": "Seen first today"},
        "startsAt": "2026-11-20T08:12:44.123Z", "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus:9090/graph?g0.expr=up", "fingerprint": "9f8e7d6c5b4a3210"})
}

fn one(alert: Value) -> AlertDraft {
    let mut read = AlertmanagerMap::default().map(&envelope(json!([alert])));
    assert_eq!(read.len(), 1);
    read.remove(0).expect("an alert")
}

#[test]
fn an_alert_of_a_group_is_read_alone() {
    let draft = one(alert());
    assert_eq!(draft.problems, []);
    assert_eq!(draft.external_id.as_deref(), Some("9f8e7d6c5b4a3210@2026-11-20T08:12:44.123Z"));
    assert_eq!((draft.rule.as_str(), draft.title.as_str()), ("NewDevice", "A new device"));
    assert_eq!(draft.description, "Seen first today");
    assert_eq!(draft.severity, Severity::High);
    assert_eq!(draft.person, Some("zoe@example.com".into()), "person, else user, else email");
    assert!(draft.url.is_some_and(|url| url.starts_with("http://prometheus:9090/")));
    let facts: Vec<_> =
        draft.facts.iter().map(|(name, value)| (name.as_str(), value.canonical())).collect();
    let wanted = [("email", "t13:z@example.com"), ("instance", "t4:okta"), ("resolved", "bfalse")];
    assert_eq!(facts, wanted.map(|(name, value)| (name, value.to_owned())));
}

#[test]
fn the_end_of_an_alert_is_the_same_alert_with_another_fact() {
    let mut over = alert();
    over["status"] = json!("resolved");
    over["endsAt"] = json!("2026-11-20T09:00:00Z");
    let (first, last) = (one(alert()), one(over));
    assert_eq!(first.external_id, last.external_id);
    assert_eq!(last.facts.get("resolved"), Some(&FactValue::Bool(true)));
}

#[test]
fn a_later_firing_is_another_alert() {
    let mut later = alert();
    later["startsAt"] = json!("2026-11-21T08:12:44.123Z");
    assert_ne!(one(alert()).external_id, one(later).external_id);
    let mut undated = alert();
    undated["startsAt"] = json!("soon");
    assert_eq!(one(undated).external_id, None, "the fingerprint alone is no id");
}

#[test]
fn the_labels_that_matter_can_be_named() {
    let labels = AlertmanagerLabels {
        person: OneOrMore(vec!["owner".to_owned(), "instance".to_owned()]),
        rule: "user".to_owned(),
        severity: "grade".to_owned(),
    };
    let read = AlertmanagerMap::new(labels).map(&envelope(json!([alert()]))).remove(0);
    let draft = read.expect("an alert");
    assert_eq!(draft.person, Some("okta".into()));
    assert_eq!(draft.rule, "zoe@example.com");
    assert_eq!(draft.severity, Severity::Medium);
    let names: Vec<_> = draft.facts.keys().map(String::as_str).collect();
    assert_eq!(names, ["alertname", "email", "resolved", "severity"]);
}

#[test]
fn one_bad_alert_never_costs_its_neighbours() {
    let mut unnamed = alert();
    unnamed["labels"] = json!({"resolved": "maybe"});
    unnamed["annotations"] = json!(null);
    let body = envelope(json!([alert(), 3, {"labels": []}, unnamed]));
    let read = AlertmanagerMap::default().map(&body);
    let is_read: Vec<_> = read.iter().map(Result::is_ok).collect();
    assert_eq!(is_read, [true, false, false, true]);
    let unnamed = read[3].as_ref().expect("read all the same");
    assert_eq!((unnamed.rule.as_str(), unnamed.title.as_str()), (UNNAMED, UNNAMED));
    assert_eq!(unnamed.facts.get("resolved"), Some(&FactValue::Bool(false)));
    assert_eq!(unnamed.person, None, "nobody named goes to the analysts");
    assert_eq!(unnamed.problems.len(), 3, "{:?}", unnamed.problems);
}

#[test]
fn what_is_not_the_envelope_is_refused_and_what_the_sender_left_out_is_said() {
    for body in [json!(null), json!([alert()]), json!({"alerts": {}}), json!("alerts")] {
        assert!(matches!(AlertmanagerMap::default().map(&body)[..], [Err(_)]), "{body}");
    }
    assert!(AlertmanagerMap::default().map(&envelope(json!([]))).is_empty());
    let mut cut = envelope(json!([alert()]));
    cut["truncatedAlerts"] = json!(12);
    let read = AlertmanagerMap::default().map(&cut).remove(0).expect("an alert");
    assert_eq!(read.problems[0].text, "the sender left 12 alerts out");
}
