use event::Outcome;
use serde_json::json;

use super::*;
use crate::events::probe::{changed, one, read, records, refused, shown, without};

const OVERRIDE: &str = include_str!("fixtures/policy_override.json");
const CLONE: &str = include_str!("fixtures/git_clone.json");

#[test]
fn an_event_of_the_site_is_read() {
    assert_eq!(
        shown(&one(&GitHubMap, OVERRIDE)),
        [
            "time 2026-11-20T08:12:33.114Z",
            "actor.id 1234567",
            "actor.email mia@example.com",
            "actor.name mia-sand",
            "actor.type person",
            "action protected_branch.policy_override",
            "target.id 222",
            "target.id 7654321",
            "target.id 111",
            "target.type repo",
            "target.type user",
            "target.type org",
            "target.type business",
            "target.name example/payments",
            "target.name bob",
            "target.name example",
            "target.name example-ent",
            "source.ip 203.0.113.20",
            "source.subnet 203.0.113.0/24",
            "source.country NO",
            "client.agent git/2.45.1",
            "client.family git",
            "session.id u5FmadeUpHash=",
            "outcome success",
            "product github",
            "organisation organisation",
        ]
    );
}

#[test]
fn an_event_of_git_has_neither_id_nor_address_and_that_is_no_problem() {
    let event = one(&GitHubMap, CLONE);
    assert_eq!(event.actor.kind, ActorKind::Service, "a bot by its name");
    assert_eq!(
        event.actor.email.as_deref(),
        Some("ci-robot[bot]"),
        "without SAML the sign-in name"
    );
    assert!(event.origin.ip.is_none() && event.session.is_none());
    assert_eq!(event.uid, one(&GitHubMap, CLONE).uid);
    let other = changed(CLONE, &[("/repo", json!("example/other"))]);
    assert_ne!(event.uid, one(&GitHubMap, &other).uid);
}

#[test]
fn ids_are_the_same_as_numbers_and_as_texts() {
    let text = changed(OVERRIDE, &[("/actor_id", json!("1234567")), ("/repo_id", json!("222"))]);
    assert_eq!(shown(&one(&GitHubMap, &text)), shown(&one(&GitHubMap, OVERRIDE)));
}

#[test]
fn a_time_is_read_from_either_key_and_in_either_form() {
    let read_time = |record: &str| one(&GitHubMap, record).time.to_string();
    let only = without(OVERRIDE, "/@timestamp");
    assert_eq!(read_time(&only), "2026-11-20T08:12:33.114Z");
    for (value, time) in [
        (json!(1_795_162_353), "2026-11-20T08:12:33Z"),
        (json!("2026-11-20T08:12:33.114Z"), "2026-11-20T08:12:33.114Z"),
    ] {
        assert_eq!(read_time(&changed(OVERRIDE, &[("/@timestamp", value)])), time);
    }
    assert!(refused(&GitHubMap, &without(&only, "/created_at")).contains("`created_at`"));
    assert!(refused(&GitHubMap, &without(OVERRIDE, "/action")).contains("`action`"));
}

#[test]
fn only_names_that_say_so_failed() {
    for (action, outcome) in [
        ("repo.destroy", Outcome::Success),
        ("org.sso_response", Outcome::Success),
        ("user.failed_login", Outcome::Success),
        ("two_factor_authentication.recovery_codes_failed", Outcome::Failure),
        ("integration_installation_request.denied", Outcome::Failure),
        ("workflows.prepared_workflow_job_failure", Outcome::Failure),
    ] {
        let event = one(&GitHubMap, &changed(OVERRIDE, &[("/action", json!(action))]));
        assert_eq!(event.outcome, outcome, "{action}");
    }
}

#[test]
fn a_stream_for_a_splunk_collector_is_read_like_lines() {
    let event = CLONE.trim();
    let hec = format!(r#"{{"time":1795162353.114,"event":{event}}}{{"event":{event}}}"#);
    let found = records(&GitHubMap, &hec);
    assert_eq!(found.len(), 2);
    let bare = one(&GitHubMap, CLONE);
    for record in found {
        let framed = one(&GitHubMap, record);
        assert_eq!((framed.uid, shown(&framed)), (bare.uid, shown(&bare)));
        assert_eq!(framed.doc.text(&["repo"]).as_deref(), Some("example/payments"));
    }
    assert_eq!(records(&GitHubMap, &format!("{event}\n{event}\n")).len(), 2);
}

#[test]
fn an_address_that_is_none_is_told() {
    let (events, problems) =
        read(&GitHubMap, &changed(OVERRIDE, &[("/actor_ip", json!("hidden"))]));
    assert!(events[0].origin.ip.is_none());
    assert_eq!(problems, ["actor_ip: not an IP address, left out"]);
}
