use event::Outcome;
use serde_json::json;

use super::*;
use crate::events::probe::{changed, one, read, records, refused, shown, without};

const LOGIN: &str = include_str!("fixtures/user_login.json");
const ANOMALIES: &str = include_str!("fixtures/anomaly.json");

#[test]
fn a_sign_in_is_read() {
    assert_eq!(
        shown(&one(&SlackAuditMap, LOGIN)),
        [
            "time 2026-11-20T08:12:33Z",
            "actor.id W0MADEUP1",
            "actor.email mia@example.com",
            "actor.name Mia Sand",
            "actor.type person",
            "action user_login",
            "target.id W0MADEUP1",
            "target.type user",
            "target.name Mia Sand",
            "source.ip 2001:db8::20",
            "source.subnet 2001:db8:0::/48",
            "client.agent com.tinyspeck.chatlyio/25.03.10 (iPhone; iOS 18.3; Scale/3.00)",
            "client.family Slack",
            "client.os iOS",
            "session.id 847288190092",
            "outcome success",
            "product slack",
            "organisation organisation",
        ]
    );
}

#[test]
fn an_anomaly_has_its_own_time_in_whatever_unit_and_all_its_reasons() {
    let own = "2026-11-20T08:12:33.989994Z";
    for (stamp, time) in [
        (json!(1_795_162_353_989_994_i64), own),
        (json!(1_795_162_353_989_i64), "2026-11-20T08:12:33.989Z"),
        (json!("1795162353989994"), own),
        (json!(null), "2026-11-20T08:13:33Z"),
    ] {
        let event =
            one(&SlackAuditMap, &changed(ANOMALIES, &[("/details/action_timestamp", stamp)]));
        assert_eq!(event.time.to_string(), time);
        assert_eq!(event.reason.as_deref(), Some("asn, ip_address"));
        assert_eq!((event.outcome, &*event.action), (Outcome::Unknown, "anomaly"));
    }
    let odd = changed(ANOMALIES, &[("/details/action_timestamp", json!("soon"))]);
    let (events, problems) = read(&SlackAuditMap, &odd);
    assert_eq!(events[0].time.to_string(), "2026-11-20T08:13:33Z");
    assert_eq!(problems, ["details.action_timestamp: no time, `date_create` stands in for it"]);
    let one_reason = changed(ANOMALIES, &[("/details/reason", json!("tor"))]);
    assert_eq!(one(&SlackAuditMap, &one_reason).reason.as_deref(), Some("tor"));
}

#[test]
fn a_session_is_the_same_as_a_text_and_as_a_number() {
    let (text, number) = (one(&SlackAuditMap, LOGIN), one(&SlackAuditMap, ANOMALIES));
    assert_eq!(text.session, number.session);
    assert_eq!(number.client.agent, None, "an empty agent is none");
}

#[test]
fn actors_need_not_be_users_and_targets_are_of_any_kind() {
    let record = changed(
        LOGIN,
        &[
            ("/actor", json!({ "type": "app", "app": { "id": "A0MADEUP", "name": "Mailer" } })),
            (
                "/entity",
                json!({ "type": "file", "file": { "id": "F0MADEUP", "title": "plan.pdf" } }),
            ),
        ],
    );
    let event = one(&SlackAuditMap, &record);
    assert_eq!(event.actor.kind, ActorKind::Service);
    assert_eq!(event.actor.id.as_deref(), Some("A0MADEUP"));
    assert_eq!(event.targets[0].kind.as_deref(), Some("file"));
    assert_eq!(event.targets[0].name.as_deref(), Some("plan.pdf"));
    for entity in [json!(null), json!({}), json!({ "type": "x" }), json!({ "type": 7, "7": {} })] {
        assert!(one(&SlackAuditMap, &changed(LOGIN, &[("/entity", entity)])).targets.is_empty());
    }
    let nobody = one(&SlackAuditMap, &without(LOGIN, "/actor"));
    assert_eq!(nobody.actor.kind, ActorKind::Unknown);
}

#[test]
fn the_name_of_an_action_carries_its_outcome() {
    for (action, outcome) in [
        ("user_login", Outcome::Success),
        ("user_login_failed", Outcome::Failure),
        ("file_downloaded_blocked", Outcome::Failure),
        ("user_sessions_reset_by_anomaly_event_response", Outcome::Success),
    ] {
        let event = one(&SlackAuditMap, &changed(LOGIN, &[("/action", json!(action))]));
        assert_eq!(event.outcome, outcome, "{action}");
    }
}

#[test]
fn entries_come_in_the_envelope_of_the_api_and_bare() {
    let page =
        format!(r#"{{"entries":[{LOGIN},{ANOMALIES}],"response_metadata":{{"next_cursor":""}}}}"#);
    assert_eq!(records(&SlackAuditMap, &page).len(), 2);
    let line = LOGIN.replace('\n', "");
    assert_eq!(records(&SlackAuditMap, &format!("{line}\n{line}\n")).len(), 2);
}

#[test]
fn what_has_no_time_or_action_is_refused() {
    assert!(refused(&SlackAuditMap, &without(LOGIN, "/date_create")).contains("`date_create`"));
    assert!(refused(&SlackAuditMap, &without(LOGIN, "/action")).contains("`action` is missing"));
    let text = changed(LOGIN, &[("/date_create", json!("2026-11-20T08:12:33Z"))]);
    assert!(refused(&SlackAuditMap, &text).contains("holds no time"), "Slack writes seconds");
}
