use serde_json::json;

use super::*;
use crate::fixtures::{person, request};

fn preauth(result: &str, code: Value, txid: Value) -> Preauth {
    serde_json::from_value(json!({
        "result": result,
        "status_msg": "…",
        "devices": [
            { "device": "DTOKEN", "type": "token" },
            { "device": "DPHONE", "type": "phone", "capabilities": ["auto", "push"] },
        ],
        "txid": txid,
        "verification_code": code,
    }))
    .expect("a preauth")
}

fn status(result: &str, status: &str) -> Status {
    serde_json::from_value(json!({ "result": result, "status": status })).expect("a status")
}

#[test]
fn a_push_is_planned_only_with_a_code_of_six_digits_or_more() {
    let plan_of = |code| plan(preauth("auth", code, json!("tx-1")));
    let planned = plan_of(json!("012345")).expect("a plan");
    assert_eq!((planned.device.as_str(), planned.code.as_str()), ("DPHONE", "012345"));
    assert!(plan_of(json!("123456789")).is_ok());
    for code in [
        json!(null),
        json!(""),
        json!("123"),
        json!("12345"),
        json!(123_456),
        json!("12345a"),
        json!("１２３４５６"),
        json!("1".repeat(100)),
        json!({}),
    ] {
        assert!(plan_of(code.clone()).is_err(), "{code}");
    }
    for txid in [json!(null), json!(""), json!(1), json!("a b"), json!("x".repeat(1_000))] {
        assert!(plan(preauth("auth", json!("123456"), txid.clone())).is_err(), "{txid}");
    }
    let bare: Preauth = serde_json::from_value(json!({ "result": "auth" })).expect("a preauth");
    assert!(plan(bare).is_err());
}

#[test]
fn duo_preauth_allow_enroll_and_deny_are_not_evidence() {
    for result in ["allow", "enroll", "deny", "Auth", ""] {
        assert!(plan(preauth(result, json!("123456"), json!("tx-1"))).is_err(), "{result}");
    }
}

#[test]
fn a_person_without_a_device_for_pushes_cannot_prove() {
    let mut without = preauth("auth", json!("123456"), json!("tx-1"));
    without.devices.pop();
    assert!(plan(without).is_err());
}

#[test]
fn only_an_allowed_verified_push_proves() {
    let statuses = [
        "allow",
        "bypass",
        "deny",
        "fraud",
        "timeout",
        "locked_out",
        "sent",
        "pushed",
        "calling",
        "answered",
        "push_failed",
        "",
        "new",
    ];
    for result in ["allow", "deny", "waiting", "", "new"] {
        for each in statuses {
            for digits in [0, 3, 5, 6, 8] {
                let verdict = verdict(&status(result, each), "DPHONE", digits);
                let is_proven = matches!(verdict, Verdict::Proven(_));
                let expected = result == "allow" && each == "allow" && digits >= 6;
                assert_eq!(is_proven, expected, "{result} {each} {digits}");
            }
        }
    }
}

#[test]
fn each_outcome_has_its_verdict() {
    let verdict = |result, each| verdict(&status(result, each), "DPHONE", 6);
    assert_eq!(verdict("waiting", "pushed"), Verdict::Waiting);
    assert_eq!(verdict("deny", "deny"), Verdict::Refused);
    assert_eq!(verdict("deny", "fraud"), Verdict::Fraud);
    assert_eq!(verdict("deny", "timeout"), Verdict::TimedOut);
    for (result, each) in [
        ("allow", "bypass"),
        ("allow", "new"),
        ("deny", "locked_out"),
        ("deny", "sent"),
        ("deny", "new"),
        ("new", "allow"),
    ] {
        let verdict = verdict(result, each);
        assert!(matches!(verdict, Verdict::NotEvidence(_)), "{result} {each}: {verdict:?}");
    }
    let proven = verdict("allow", "allow");
    assert!(matches!(
        proven,
        Verdict::Proven(Proven { factor: None, provider_device: Some(device), .. })
            if device == "DPHONE"
    ));
}

#[test]
fn an_error_is_the_decision_it_calls_for() {
    use ports::Decision::{Denied, Misconfigured, Permanent};
    for (code, expected) in [
        (40_001, Some(Permanent)),
        (40_002, Some(Permanent)),
        (40_101, Some(Denied)),
        (40_103, Some(Denied)),
        (40_104, Some(Denied)),
        (40_105, Some(Misconfigured)),
        (40_301, Some(Denied)),
        (42_901, None),
        (50_000, None),
        (0, None),
    ] {
        let decision = failure("verify.duo", code).map(|failure| failure.decision);
        assert_eq!(decision, expected, "{code}");
    }
    let clock = failure("verify.duo", 40_105).expect("known");
    assert!(clock.what.contains("clock"), "{}", clock.what);
}

#[test]
fn the_phone_shows_the_facts_of_the_question_inert_and_short() {
    let mia = person("mia");
    let mut request = request(1, &mia, &[]);
    assert_eq!(
        pushinfo(&request),
        "action=signed%20in%20from%20a%20new%20network&code=7K3Q&time=09%3A12"
    );
    let hostile = format!("a&code=0000\r\n\u{202e}{}", "x".repeat(100_000));
    request.action = &hostile;
    let shown = pushinfo(&request);
    assert!(shown.len() < 20_000);
    assert_eq!(shown.matches('&').count(), 2, "no parameter was smuggled in");
    assert!(!shown.contains("%0D") && !shown.contains("%0A") && !shown.contains("%E2%80%AE"));
}

#[test]
fn a_person_is_known_by_the_configured_name() {
    let mia = person("mia");
    assert_eq!(username(&mia, Username::Email), "mia@example.com");
    assert_eq!(username(&mia, Username::Subject), "sub-mia");
}
