use event::Outcome;
use http::HeaderMap;
use serde_json::json;

use super::*;
use crate::events::probe::{changed, one, read, records, refused, shown, without};

const SIGN_IN: &str = include_str!("fixtures/sign_in.json");

#[test]
fn a_sign_in_is_read_with_what_okta_knows_of_the_place() {
    let event = one(&OktaMap, SIGN_IN);
    assert_eq!(
        shown(&event),
        [
            "time 2026-11-20T08:12:33.114Z",
            "actor.id 00u9madeUpMia01",
            "actor.email mia.sand@example.com",
            "actor.name Mia Sand",
            "actor.type person",
            "action user.session.start",
            "target.id 00u9madeUpMia01",
            "target.id 0oa1madeUpApp",
            "target.type AppUser",
            "target.type AppInstance",
            "target.name Mia Sand",
            "target.name Wiki",
            "source.ip 203.0.113.20",
            "source.subnet 203.0.113.0/24",
            "source.asn 64500",
            "source.network example isp",
            "source.country NO",
            "source.city Bergen",
            "client.agent Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
            "client.family Chrome",
            "client.os macOS",
            "client.device a1b2c3d4",
            "session.id 102madeUpSession01",
            "outcome success",
            "product okta",
            "organisation organisation",
        ]
    );
    let place = event.origin.place.expect("a place");
    assert_eq!((place.latitude, place.longitude, place.radius_km), (60.39, 5.32, 50.0));
    assert_eq!(event.client.version, Some(140));
    assert_eq!(event.doc.text(&["client", "zone"]).as_deref(), Some("null"), "kept as sent");
}

#[test]
fn targets_may_be_null_absent_or_one_alone() {
    for (target, ids) in [
        (json!(null), vec![]),
        (json!([]), vec![]),
        (json!({ "id": "00g1", "type": "UserGroup" }), vec!["00g1"]),
        (json!([null, 7, { "type": "User" }, { "id": "00u2", "type": "User" }]), vec!["00u2"]),
    ] {
        let event = one(&OktaMap, &changed(SIGN_IN, &[("/target", target)]));
        let found: Vec<_> =
            event.targets.iter().filter_map(|target| target.id.as_deref()).collect();
        assert_eq!(found, ids);
    }
    assert!(one(&OktaMap, &without(SIGN_IN, "/target")).targets.is_empty());
    let many = json!(vec![json!({ "id": "x" }); 1_000]);
    let event = one(&OktaMap, &changed(SIGN_IN, &[("/target", many)]));
    assert_eq!(event.targets.len(), TARGETS_MAX);
}

#[test]
fn words_for_nothing_are_nothing() {
    let record = changed(
        SIGN_IN,
        &[
            ("/actor/id", json!("unknown")),
            ("/actor/alternateId", json!("unknown")),
            ("/actor/displayName", json!("unknown")),
            ("/authenticationContext/externalSessionId", json!("unknown")),
            ("/debugContext/debugData/dtHash", json!("null")),
            ("/client/userAgent/rawUserAgent", json!("UNKNOWN")),
            ("/client/ipAddress", json!(null)),
        ],
    );
    let event = one(&OktaMap, &record);
    assert!(event.actor.id.is_none() && event.actor.email.is_none() && event.actor.name.is_none());
    assert!(event.session.is_none() && event.client.agent.is_none() && event.origin.ip.is_none());
    assert_eq!(event.client.device.as_deref(), Some("541dmadeup"));
    assert_eq!(event.client.family.as_deref(), Some("Chrome"), "Okta's own word stands in");
    assert_eq!(event.client.os.as_deref(), Some("macOS"));
}

#[test]
fn outcomes_that_decide_nothing_are_neither_success_nor_failure() {
    for (result, outcome) in [
        ("SUCCESS", Outcome::Success),
        ("ALLOW", Outcome::Success),
        ("FAILURE", Outcome::Failure),
        ("DENY", Outcome::Failure),
        ("SKIPPED", Outcome::Unknown),
        ("CHALLENGE", Outcome::Unknown),
        ("UNKNOWN", Outcome::Unknown),
        ("NEW_WORD", Outcome::Unknown),
    ] {
        let record = changed(
            SIGN_IN,
            &[("/outcome", json!({ "result": result, "reason": "VERIFICATION_ERROR" }))],
        );
        let event = one(&OktaMap, &record);
        assert_eq!(event.outcome, outcome, "{result}");
        assert_eq!(event.reason.as_deref(), Some("VERIFICATION_ERROR"));
    }
}

#[test]
fn not_a_proxy_leaves_the_other_kinds_open() {
    let proxy = |value| {
        one(&OktaMap, &changed(SIGN_IN, &[("/securityContext/isProxy", value)])).origin.anonymiser
    };
    assert_eq!(proxy(json!(false)), None);
    assert_eq!(proxy(json!(null)), None);
    let known = Some(Anonymiser { is_proxy: true, ..Anonymiser::default() });
    assert_eq!((proxy(json!(true)), proxy(json!("true"))), (known, known));
}

#[test]
fn kinds_of_actors_are_told_apart() {
    for (word, kind) in [
        ("User", ActorKind::Person),
        ("SystemPrincipal", ActorKind::System),
        ("PublicClientApp", ActorKind::Service),
        ("AppInstance", ActorKind::Service),
        ("ServiceAccount", ActorKind::Service),
        ("Something", ActorKind::Unknown),
    ] {
        let event = one(&OktaMap, &changed(SIGN_IN, &[("/actor/type", json!(word))]));
        assert_eq!(event.actor.kind, kind, "{word}");
    }
}

#[test]
fn bad_fields_cost_themselves() {
    let record = changed(
        SIGN_IN,
        &[
            ("/client/ipAddress", json!("not an address")),
            ("/client/geographicalContext/geolocation/lat", json!(91.5)),
            ("/client/geographicalContext/country", json!("Atlantis")),
            ("/securityContext/asNumber", json!(-1)),
            ("/actor", json!("Mia")),
            ("/debugContext", json!([1])),
        ],
    );
    let (events, problems) = read(&OktaMap, &record);
    assert_eq!(
        problems,
        [
            "client.geographicalContext.geolocation.lat: not on the globe, left out",
            "client.ipAddress: not an IP address, left out",
        ]
    );
    let origin = &events[0].origin;
    assert!(origin.ip.is_none() && origin.asn.is_none() && origin.country.is_none());
    assert!(origin.place.is_none() && origin.city.as_deref() == Some("Bergen"));
}

#[test]
fn a_place_of_zeros_is_unknown() {
    let geo = json!({ "city": null, "country": null, "geolocation": { "lat": 0, "lon": 0.0 } });
    let event = one(&OktaMap, &changed(SIGN_IN, &[("/client/geographicalContext", geo)]));
    assert!(event.origin.place.is_none());
}

#[test]
fn what_has_no_time_or_action_is_refused_and_says_which() {
    assert!(refused(&OktaMap, &without(SIGN_IN, "/published")).contains("`published` is missing"));
    let bad = changed(SIGN_IN, &[("/published", json!("yesterday"))]);
    assert!(refused(&OktaMap, &bad).contains("`published` holds no time"));
    let number = changed(SIGN_IN, &[("/published", json!(1_795_000_000))]);
    assert!(refused(&OktaMap, &number).contains("holds no time"), "Okta writes ISO 8601 only");
    assert!(refused(&OktaMap, "{}").contains("is missing"));
    assert!(refused(&OktaMap, &without(SIGN_IN, "/eventType")).contains("`eventType`"));
}

#[test]
fn a_time_wrong_by_years_is_taken_as_told() {
    for time in ["1999-01-01T00:00:00Z", "2099-01-01T00:00:00Z"] {
        let event = one(&OktaMap, &changed(SIGN_IN, &[("/published", json!(time))]));
        assert_eq!(event.time.to_string(), time);
    }
}

#[test]
fn the_same_record_has_the_same_name_and_another_has_another() {
    let uid = |record: &str| read(&OktaMap, record).0.remove(0).uid;
    assert_eq!(uid(SIGN_IN), uid(&changed(SIGN_IN, &[("/severity", json!("WARN"))])));
    let other = changed(SIGN_IN, &[("/uuid", json!("other"))]);
    assert_ne!(uid(SIGN_IN), uid(&other));
    let nameless = without(SIGN_IN, "/uuid");
    let (_, problems) = read(&OktaMap, &nameless);
    assert_eq!(problems, ["uuid: missing, the whole record stands in for it"]);
    let reordered: serde_json::Value = serde_json::from_str(&nameless).expect("JSON");
    assert_eq!(uid(&nameless), uid(&serde_json::to_string_pretty(&reordered).expect("JSON")));
    assert_ne!(uid(&nameless), uid(&changed(&nameless, &[("/severity", json!("WARN"))])));
    let long = |end| changed(SIGN_IN, &[("/uuid", json!(format!("{}{end}", "x".repeat(5_000))))]);
    assert_ne!(uid(&long("a")), uid(&long("b")), "long ids are not cut");
}

#[test]
fn a_hook_and_a_pull_give_the_same_records() {
    let hook = records(&OktaMap, include_str!("fixtures/hook.json"));
    assert_eq!(hook.len(), 2);
    assert_eq!(&*one(&OktaMap, hook[1]).action, "policy.evaluate_sign_on");
    let array = format!("[{SIGN_IN},{SIGN_IN}]");
    assert_eq!(records(&OktaMap, &array).len(), 2);
    let framed = format!(r#"{{"detail-type":"x","detail":{SIGN_IN}}}"#);
    let event = one(&OktaMap, &framed);
    assert_eq!(event.uid, one(&OktaMap, SIGN_IN).uid);
    assert_eq!(event.doc.text(&["eventType"]).as_deref(), Some("user.session.start"));
}

#[test]
fn the_verification_of_a_hook_is_answered_with_its_own_word() {
    let mut headers = HeaderMap::new();
    assert_eq!(OktaMap.handshake(&headers), None);
    let mut answer = |challenge: &str| {
        headers.insert("x-okta-verification-challenge", challenge.parse().expect("a value"));
        OktaMap.handshake(&headers)
    };
    let told = answer("made up \"word\"").expect("answered");
    assert_eq!(told.content_type, "application/json");
    assert_eq!(told.body, r#"{"verification":"made up \"word\""}"#);
    assert_eq!(answer(""), None);
    assert_eq!(answer(&"x".repeat(257)), None);
}
