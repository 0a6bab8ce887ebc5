use event::Outcome;
use serde_json::json;

use super::*;
use crate::events::probe::{changed, one, read, records, refused, shown, without};

const LOGIN: &str = include_str!("fixtures/login.json");

#[test]
fn a_sign_in_is_read() {
    assert_eq!(
        shown(&one(&Auth0Map, LOGIN)),
        [
            "time 2026-11-20T08:12:33.114Z",
            "actor.id auth0|66madeup",
            "actor.email mia@example.com",
            "actor.name Mia@example.com",
            "actor.type person",
            "action s",
            "target.id AaMadeUpClient",
            "target.id con_madeup",
            "target.id https://api.example.com",
            "target.type client",
            "target.type connection",
            "target.type api",
            "target.name Portal",
            "target.name Username-Password-Authentication",
            "source.ip 203.0.113.20",
            "source.subnet 203.0.113.0/24",
            "source.country NO",
            "source.city Bergen",
            "client.agent Chrome 140.0.0 / Mac OS X 10.15.7",
            "client.family Chrome",
            "client.os macOS",
            "session.id sess_madeup",
            "outcome success",
            "product auth0",
            "organisation organisation",
        ]
    );
    assert!(one(&Auth0Map, LOGIN).origin.place.is_some());
}

#[test]
fn the_outcome_is_in_the_type() {
    for (code, outcome) in [
        ("s", Outcome::Success),
        ("seacft", Outcome::Success),
        ("slo", Outcome::Success),
        ("sapi", Outcome::Success),
        ("mgmt_api_read", Outcome::Success),
        ("cls", Outcome::Success),
        ("gd_send_push", Outcome::Success),
        ("f", Outcome::Failure),
        ("fp", Outcome::Failure),
        ("fu", Outcome::Failure),
        ("limit_wc", Outcome::Failure),
        ("limit_mu", Outcome::Failure),
        ("pwd_leak", Outcome::Failure),
        ("signup_pwd_leak", Outcome::Failure),
        ("gd_auth_failed", Outcome::Failure),
        ("gd_auth_rejected", Outcome::Failure),
        ("w", Outcome::Unknown),
        ("sys_os_update_end", Outcome::Unknown),
        ("novel", Outcome::Unknown),
    ] {
        let event = one(&Auth0Map, &changed(LOGIN, &[("/type", json!(code))]));
        assert_eq!(event.outcome, outcome, "{code}");
    }
}

#[test]
fn an_application_that_acts_for_itself_is_a_service() {
    let machine = changed(LOGIN, &[("/user_id", json!("AaMadeUpClient@clients"))]);
    let alone = without(&without(LOGIN, "/user_id"), "/user_name");
    for record in [machine, alone] {
        let actor = one(&Auth0Map, &record).actor;
        assert_eq!((actor.kind, actor.email), (ActorKind::Service, None));
        assert!(actor.id.is_some_and(|id| id.starts_with("AaMadeUpClient")));
        assert_eq!(actor.name.as_deref(), Some("Portal"));
    }
    // Somebody who failed is known by what they typed.
    let unknown = one(&Auth0Map, &without(LOGIN, "/user_id")).actor;
    assert_eq!((unknown.kind, unknown.id), (ActorKind::Person, None));
}

#[test]
fn a_stream_sends_arrays_lines_or_objects_framed_or_bare() {
    let bare = one(&Auth0Map, LOGIN);
    let line = LOGIN.replace('\n', "");
    let framed = format!(r#"{{"log_id":"9002","data":{line}}}"#);
    let bridged = format!(r#"{{"detail-type":"Auth0 log","detail":{framed}}}"#);
    for body in
        [format!("[{framed},{line}]"), format!("{framed}\n{line}\n"), format!("{framed}{bridged}")]
    {
        let found = records(&Auth0Map, &body);
        assert_eq!(found.len(), 2, "{body}");
        for record in found {
            let event = one(&Auth0Map, record);
            assert_eq!((event.uid, shown(&event)), (bare.uid, shown(&bare)));
            assert_eq!(event.doc.text(&["type"]).as_deref(), Some("s"));
        }
    }
}

#[test]
fn the_id_has_either_name_and_counts_within_its_tenant() {
    let uid = |record: &str| read(&Auth0Map, record).0.remove(0).uid;
    let other = changed(LOGIN, &[("/hostname", json!("other.eu.auth0.example"))]);
    assert_ne!(uid(LOGIN), uid(&other));
    let renamed = LOGIN.replace("\"log_id\"", "\"_id\"");
    assert_eq!(uid(LOGIN), uid(&renamed));
    let (_, problems) = read(&Auth0Map, &without(LOGIN, "/log_id"));
    assert_eq!(problems, ["_id: missing, the whole record stands in for it"]);
}

#[test]
fn what_has_no_time_or_type_is_refused() {
    assert!(refused(&Auth0Map, &without(LOGIN, "/date")).contains("`date` is missing"));
    assert!(refused(&Auth0Map, &without(LOGIN, "/type")).contains("`type` is missing"));
    assert!(refused(&Auth0Map, r#"{"log_id":"1","data":{}}"#).contains("missing"));
}
