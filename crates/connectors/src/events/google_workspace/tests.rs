use event::Outcome;
use serde_json::{Value, json};

use super::*;
use crate::events::probe::{changed, one, read, records, refused, shown, without};

const LOGIN: &str = include_str!("fixtures/login.json");
const ADMIN: &str = include_str!("fixtures/admin.json");

#[test]
fn an_activity_with_two_events_is_two_events_with_flat_documents() {
    let (events, problems) = read(&GoogleWorkspaceMap, LOGIN);
    assert!(problems.is_empty());
    let [challenge, success] = &events[..] else { panic!("two events") };
    assert_eq!(
        shown(success),
        [
            "time 2026-11-20T08:12:33.114Z",
            "actor.id 1130000000000000",
            "actor.email mia@example.com",
            "actor.type person",
            "action login.login_success",
            "source.ip 203.0.113.20",
            "source.subnet 203.0.113.0/24",
            "source.asn 64500",
            "source.country NO",
            "outcome success",
            "product gcp",
            "organisation organisation",
        ]
    );
    assert_eq!(challenge.outcome, Outcome::Unknown);
    assert_eq!(success.logsource.service, "google_workspace.login");
    let flat: Value = serde_json::from_str(&success.doc.to_json()).expect("JSON");
    assert_eq!(
        flat,
        json!({
            "eventService": "login.googleapis.com",
            "kind": "admin#reports#activity",
            "id": {
                "time": "2026-11-20T08:12:33.114Z", "uniqueQualifier": "-8034123456789012345",
                "applicationName": "login", "customerId": "C0madeup",
            },
            "etag": "\"madeup\"",
            "actor": { "callerType": "USER", "email": "Mia@example.com", "profileId": "1130000000000000" },
            "ipAddress": "203.0.113.20",
            "networkInfo": { "ipAsn": [64500], "regionCode": "NO", "subdivisionCode": "NO-46" },
            "eventName": "login_success", "eventType": "login", "event": {},
            "parameters": {
                "login_type": "google_password", "is_suspicious": false,
                "login_timestamp": "9007199254740993", "counts": ["1", "9223372036854775807"],
            },
        })
    );
}

#[test]
fn every_kind_of_parameter_becomes_a_key() {
    let event = one(&GoogleWorkspaceMap, ADMIN);
    let flat: Value = serde_json::from_str(&event.doc.to_json()).expect("JSON");
    assert_eq!(
        flat["parameters"],
        json!({
            "SETTING_NAME": "ContextAwareAccessEnabled", "NEW_VALUE": "false",
            "USER_EMAIL": "bob@example.com", "DETAIL": { "inner": "7" },
            "DETAILS": [{ "inner": "a" }, {}], "NOTHING": null,
        })
    );
    assert_eq!(flat["event"], json!({ "resourceIds": ["r1"] }), "nothing is thrown away");
    let targets: Vec<_> =
        event.targets.iter().map(|of| (of.kind.as_deref(), of.id.as_deref())).collect();
    assert_eq!(
        targets,
        [
            (Some("user"), Some("bob@example.com")),
            (Some("setting"), Some("ContextAwareAccessEnabled")),
        ]
    );
}

#[test]
fn the_events_of_an_activity_have_names_of_their_own_that_stay_the_same() {
    let uids = |record: &str| -> Vec<_> {
        read(&GoogleWorkspaceMap, record).0.into_iter().map(|event| event.uid).collect()
    };
    let first = uids(LOGIN);
    assert_ne!(first[0], first[1]);
    assert_eq!(first, uids(&changed(LOGIN, &[("/etag", json!("other"))])));
    for (pointer, value) in [
        ("/id/uniqueQualifier", json!("-8034123456789012346")),
        ("/id/time", json!("2026-11-20T08:12:33.115Z")),
        ("/id/applicationName", json!("saml")),
        ("/id/customerId", json!("C1madeup")),
    ] {
        let other = uids(&changed(LOGIN, &[(pointer, value)]));
        assert!(first.iter().all(|uid| !other.contains(uid)), "{pointer}");
    }
}

#[test]
fn a_qualifier_of_64_bits_keeps_its_last_digit() {
    let uid = |text: Value| {
        read(&GoogleWorkspaceMap, &changed(LOGIN, &[("/id/uniqueQualifier", text)])).0[0].uid
    };
    assert_ne!(uid(json!("9223372036854775806")), uid(json!("9223372036854775807")));
    assert_eq!(uid(json!("-9223372036854775808")), uid(json!(-9_223_372_036_854_775_808_i64)));
}

#[test]
fn a_parameter_that_stands_twice_has_both_values() {
    let twice = json!([{ "name": "doc_id", "value": "d1" }, { "name": "doc_id", "value": "d2" }]);
    let record = changed(ADMIN, &[("/events", json!([{ "name": "view", "parameters": twice }]))]);
    let event = one(&GoogleWorkspaceMap, &record);
    let ids: Vec<_> = event.targets.iter().filter_map(|of| of.id.as_deref()).collect();
    assert_eq!(ids, ["d1", "d2"]);
}

#[test]
fn callers_without_an_account_are_no_people() {
    for (actor, kind, id) in [
        (json!({ "callerType": "KEY", "key": "SYSTEM" }), ActorKind::Service, Some("SYSTEM")),
        (json!({ "key": "made-up" }), ActorKind::Service, Some("made-up")),
        (json!({ "email": "mia@example.com" }), ActorKind::Person, None),
        (json!({}), ActorKind::Unknown, None),
        (json!(null), ActorKind::Unknown, None),
    ] {
        let event = one(&GoogleWorkspaceMap, &changed(ADMIN, &[("/actor", actor)]));
        assert_eq!((event.actor.kind, event.actor.id.as_deref()), (kind, id));
    }
}

#[test]
fn outcomes_are_in_the_names() {
    for (name, outcome) in [
        ("login_success", Outcome::Success),
        ("login_failure", Outcome::Failure),
        ("suspicious_login", Outcome::Unknown),
        ("gov_attack_warning", Outcome::Unknown),
        ("ACCESS_DENY_EVENT_DENIED", Outcome::Failure),
        ("authorize", Outcome::Success),
    ] {
        let record = changed(ADMIN, &[("/events", json!([{ "name": name }]))]);
        assert_eq!(one(&GoogleWorkspaceMap, &record).outcome, outcome, "{name}");
    }
}

#[test]
fn an_application_that_nobody_knows_is_a_log_all_the_same() {
    let record = changed(ADMIN, &[("/id/applicationName", json!("new_one"))]);
    let event = one(&GoogleWorkspaceMap, &record);
    assert_eq!(event.logsource.service, "google_workspace.other");
    assert_eq!(event.doc.text(&["eventService"]).as_deref(), Some("new_one.googleapis.com"));
}

#[test]
fn a_bad_event_costs_itself_and_a_hostile_activity_cannot_grow() {
    let events = json!([{ "name": "a" }, { "type": "b" }, 7, { "name": "c", "parameters": 5 }]);
    let (found, problems) = read(&GoogleWorkspaceMap, &changed(ADMIN, &[("/events", events)]));
    assert_eq!(found.len(), 2);
    assert_eq!(problems, vec!["events: an event without a name, left out"; 2]);
    let many = changed(ADMIN, &[("/events", json!(vec![json!({ "name": "a" }); 10_000]))]);
    let (found, problems) = read(&GoogleWorkspaceMap, &many);
    assert_eq!((found.len(), problems.len()), (500, 1));
    let wide = changed(ADMIN, &[("/etag", json!("x".repeat(10_000)))]);
    assert!(refused(&GoogleWorkspaceMap, &wide).contains("too much beside `events`"));
}

#[test]
fn own_keys_of_an_activity_cannot_pretend_to_be_ours() {
    let record = changed(ADMIN, &[("/eventName", json!("harmless")), ("/parameters", json!({}))]);
    let event = one(&GoogleWorkspaceMap, &record);
    assert_eq!(event.doc.text(&["eventName"]).as_deref(), Some("CHANGE_APPLICATION_SETTING"));
    assert!(event.doc.at(&["parameters", "NEW_VALUE"]).is_some());
}

#[test]
fn what_is_no_activity_is_refused() {
    for pointer in ["/id", "/id/time", "/id/uniqueQualifier", "/id/applicationName", "/events"] {
        assert!(refused(&GoogleWorkspaceMap, &without(ADMIN, pointer)).contains("missing"));
    }
    let empty = changed(ADMIN, &[("/events", json!([]))]);
    assert!(refused(&GoogleWorkspaceMap, &empty).contains("`events` is empty"));
}

#[test]
fn activities_come_in_the_envelope_of_the_api() {
    let page = format!(r#"{{"kind":"x","nextPageToken":"t","items":[{LOGIN},{ADMIN}]}}"#);
    assert_eq!(records(&GoogleWorkspaceMap, &page).len(), 2);
    let (events, problems) = read(
        &GoogleWorkspaceMap,
        &changed(LOGIN, &[("/ipAddress", json!("2001:db8::1, 10.0.0.1"))]),
    );
    assert_eq!(events[0].origin.ip.map(|ip| ip.to_string()).as_deref(), Some("2001:db8::1"));
    assert!(problems.is_empty());
}
