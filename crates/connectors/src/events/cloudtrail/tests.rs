use event::ActorKind;
use serde_json::{Value, json};

use super::*;
use crate::events::probe::{changed, one, read, records, refused, shown, without};

const ROLE: &str = include_str!("fixtures/assumed_role.json");
const LOGIN: &str = include_str!("fixtures/console_login.json");

fn map() -> CloudTrailMap {
    CloudTrailMap::default()
}

#[test]
fn a_call_by_a_role_is_read() {
    assert_eq!(
        shown(&one(&map(), ROLE)),
        [
            "time 2026-11-20T08:12:33Z",
            "actor.id AROAMADEUP:Mia@example.com",
            "actor.name Mia@example.com",
            "actor.type unknown",
            "action iam:CreateAccessKey",
            "target.id deploy",
            "target.id arn:aws:iam::111122223333:user/deploy",
            "target.type user",
            "target.type AWS::IAM::User",
            "source.ip 203.0.113.20",
            "source.subnet 203.0.113.0/24",
            "client.agent aws-cli/2.17.0 md/awscrt#0.20.11 ua/2.0 os/macos#24.1.0",
            "client.family aws-cli",
            "client.os macOS",
            "session.id ASIAMADEUP",
            "outcome success",
            "product aws",
            "organisation organisation",
        ]
    );
}

#[test]
fn the_name_of_a_session_is_a_person_only_where_its_caller_could_not_choose_it() {
    let email = |map: &CloudTrailMap, record: &str| {
        let actor = one(map, record).actor;
        assert_eq!(actor.email.is_some(), actor.kind == ActorKind::Person);
        assert_eq!(actor.name.as_deref(), Some("Mia@example.com"), "it is shown all the same");
        actor.email.map(String::from)
    };
    assert_eq!(email(&map(), ROLE), None);
    let mia = Some("mia@example.com".to_owned());
    let context = "/userIdentity/sessionContext";
    let source = changed(ROLE, &[(&format!("{context}/sourceIdentity"), json!("Mia@example.com"))]);
    assert_eq!(email(&map(), &source), mia);
    let arn = format!("{context}/sessionIssuer/arn");
    let centre = "arn:aws:iam::1:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_A_1";
    assert_eq!(email(&map(), &changed(ROLE, &[(&arn, json!(centre))])), mia);
    for forged in [
        "arn:aws:iam::1:role/AWSReservedSSO_A_1",
        "arn:aws:iam::1:role/x/aws-reserved/sso.amazonaws.com/A",
    ] {
        assert_eq!(email(&map(), &changed(ROLE, &[(&arn, json!(forged))])), None, "{forged}");
    }
    let trusting = |role: &str| CloudTrailMap::new(TrustedRoles::new(vec![role.to_owned()]));
    assert_eq!(email(&trusting("Admin"), ROLE), mia);
    assert_eq!(email(&trusting("arn:aws:iam::111122223333:role/Admin"), ROLE), mia);
    for other in ["admin", "dmin", "arn:aws:iam::999999999999:role/Admin", ""] {
        assert_eq!(email(&trusting(other), ROLE), None, "{other}");
    }
}

#[test]
fn every_type_of_identity_is_told_apart() {
    /// The identity, and the actor's kind, id, e-mail address and name.
    type Case =
        (Value, ActorKind, Option<&'static str>, Option<&'static str>, Option<&'static str>);
    let cases: [Case; 13] = [
        (
            json!({ "accountId": "1", "invokedBy": "secretsmanager.amazonaws.com" }),
            ActorKind::System,
            Some("secretsmanager.amazonaws.com"),
            None,
            Some("secretsmanager.amazonaws.com"),
        ),
        (
            json!({ "type": "Root", "principalId": "111122223333", "accountId": "111122223333" }),
            ActorKind::Person,
            Some("111122223333"),
            None,
            Some("root"),
        ),
        (
            json!({ "type": "IAMUser", "principalId": "AIDAMADEUP", "userName": "Mia" }),
            ActorKind::Person,
            Some("AIDAMADEUP"),
            Some("mia"),
            Some("Mia"),
        ),
        (
            json!({ "type": "SAMLUser", "principalId": "p", "userName": "Mia@example.com" }),
            ActorKind::Person,
            Some("p"),
            Some("mia@example.com"),
            Some("Mia@example.com"),
        ),
        (
            json!({ "type": "WebIdentityUser", "principalId": "p", "userName": "u" }),
            ActorKind::Person,
            Some("p"),
            Some("u"),
            Some("u"),
        ),
        (
            json!({ "type": "IdentityCenterUser", "onBehalfOf": { "userId": "u-1" } }),
            ActorKind::Person,
            Some("u-1"),
            None,
            None,
        ),
        (
            json!({ "type": "FederatedUser", "principalId": "1:Mia", "arn": "arn:aws:sts::1:federated-user/Mia" }),
            ActorKind::Unknown,
            Some("1:Mia"),
            None,
            Some("Mia"),
        ),
        (
            json!({ "type": "AWSService", "invokedBy": "cloudtrail.amazonaws.com" }),
            ActorKind::System,
            Some("cloudtrail.amazonaws.com"),
            None,
            Some("cloudtrail.amazonaws.com"),
        ),
        (
            json!({ "type": "AWSAccount", "accountId": "999988887777" }),
            ActorKind::Unknown,
            Some("999988887777"),
            None,
            None,
        ),
        (
            json!({ "type": "AssumedRole", "principalId": "AROA:i-0123456789abcdef0", "arn": "arn:aws:sts::1:assumed-role/App/i-0123456789abcdef0" }),
            ActorKind::Service,
            Some("AROA:i-0123456789abcdef0"),
            None,
            Some("i-0123456789abcdef0"),
        ),
        (
            json!({ "type": "AssumedRole", "principalId": "AROA:x", "arn": "arn:aws:sts::1:assumed-role/App/x", "invokedBy": "AWS Internal" }),
            ActorKind::Service,
            Some("AROA:x"),
            None,
            Some("x"),
        ),
        (json!({ "type": "Novel", "arn": "arn:x" }), ActorKind::Unknown, Some("arn:x"), None, None),
        (json!(null), ActorKind::Unknown, None, None, None),
    ];
    for (identity, kind, id, email, name) in cases {
        let actor = one(&map(), &changed(LOGIN, &[("/userIdentity", identity.clone())])).actor;
        assert_eq!(actor.kind, kind, "{identity}");
        let told = (actor.id.as_deref(), actor.email.as_deref(), actor.name.as_deref());
        assert_eq!(told, (id, email, name), "{identity}");
    }
}

#[test]
fn success_is_the_absence_of_an_error_except_of_console_sign_ins() {
    let ended = |record: &str| {
        let event = one(&map(), record);
        (event.outcome, event.reason.map(String::from))
    };
    assert_eq!(ended(ROLE), (Outcome::Success, None));
    for (code, outcome) in [
        (json!(null), Outcome::Success),
        (json!("Success"), Outcome::Success),
        (json!("AccessDenied"), Outcome::Failure),
    ] {
        assert_eq!(ended(&changed(ROLE, &[("/errorCode", code)])).0, outcome);
    }
    let denied =
        changed(ROLE, &[("/errorCode", json!("AccessDenied")), ("/errorMessage", json!("no"))]);
    assert_eq!(ended(&denied), (Outcome::Failure, Some("AccessDenied: no".to_owned())));
    assert_eq!(ended(LOGIN).0, Outcome::Success);
    let failed = changed(
        LOGIN,
        &[
            ("/responseElements", json!({ "ConsoleLogin": "Failure" })),
            ("/errorMessage", json!("Failed authentication")),
        ],
    );
    assert_eq!(ended(&failed), (Outcome::Failure, Some("Failed authentication".to_owned())));
}

#[test]
fn the_name_of_a_service_is_no_address_and_no_problem() {
    for text in ["cloudtrail.amazonaws.com", "AWS Internal", ""] {
        let event = one(&map(), &changed(ROLE, &[("/sourceIPAddress", json!(text))]));
        assert_eq!(event.origin.ip, None, "{text}");
    }
}

#[test]
fn a_session_is_a_temporary_key_or_a_console_session_and_never_a_lasting_key() {
    let session = |record: &str| one(&map(), record).session.map(String::from);
    assert_eq!(session(ROLE).as_deref(), Some("ASIAMADEUP"));
    let lasting = changed(ROLE, &[("/userIdentity/accessKeyId", json!("AKIAMADEUP"))]);
    assert_eq!(session(&lasting), None);
    let console = session(&without(ROLE, "/userIdentity/accessKeyId"));
    assert_eq!(console.as_deref(), Some("AROAMADEUP:Mia@example.com@2026-11-20T07:55:01Z"));
    assert_eq!(session(LOGIN), None);
}

#[test]
fn one_event_delivered_twice_is_one_and_told_in_two_accounts_is_two() {
    let uid = |record: &str| read(&map(), record).0.remove(0).uid;
    assert_eq!(uid(ROLE), uid(&changed(ROLE, &[("/requestID", json!("x"))])));
    assert_ne!(uid(ROLE), uid(&changed(ROLE, &[("/recipientAccountId", json!("999"))])));
    let framed = |id: &str| {
        format!(
            r#"{{"version":"0","id":"{id}","detail-type":"AWS API Call via CloudTrail","source":"aws.iam","account":"1","time":"2026-11-20T08:13:00Z","region":"x","resources":[],"detail":{ROLE}}}"#
        )
    };
    assert_eq!(uid(&framed("a")), uid(ROLE));
    assert_eq!(uid(&framed("a")), uid(&framed("b")), "the frame's id does not count");
    assert_eq!(
        one(&map(), &framed("a")).doc.text(&["eventName"]).as_deref(),
        Some("CreateAccessKey")
    );
}

#[test]
fn parameters_may_be_null_cut_or_a_text() {
    for parameters in [json!(null), json!("HIDDEN_DUE_TO_SECURITY_REASONS"), json!([1]), json!({})]
    {
        let event = one(&map(), &changed(ROLE, &[("/requestParameters", parameters)]));
        assert_eq!(event.targets.len(), 1, "the resource is left");
    }
    let machines =
        json!({ "instancesSet": { "items": [{ "instanceId": "i-1" }, { "instanceId": "i-2" }] } });
    let record = changed(ROLE, &[("/requestParameters", machines), ("/resources", json!(null))]);
    let event = one(&map(), &record);
    let ids: Vec<_> = event.targets.iter().filter_map(|of| of.id.as_deref()).collect();
    assert_eq!(ids, ["i-1", "i-2"]);
}

#[test]
fn a_log_file_is_split_and_what_is_no_event_is_refused() {
    let file = format!(r#"{{"Records":[{ROLE},{LOGIN}]}}"#);
    assert_eq!(records(&map(), &file).len(), 2);
    let finding = json!({ "detail-type": "GuardDuty Finding", "detail": { "type": "x" } });
    assert!(refused(&map(), &finding.to_string()).contains("alert"));
    assert!(refused(&map(), &without(ROLE, "/eventTime")).contains("`eventTime`"));
    assert!(refused(&map(), &without(ROLE, "/eventName")).contains("`eventName`"));
    let digest = json!({ "awsAccountId": "1", "digestStartTime": "2026-11-20T08:12:33Z" });
    assert!(refused(&map(), &digest.to_string()).contains("missing"));
}

/// Real records, where they are at hand.
#[test]
fn every_record_of_the_public_data_set_is_an_event_without_a_problem() {
    let Some(folder) = std::env::var_os("COUNTERSIGN_DATA") else {
        return println!("skipped: COUNTERSIGN_DATA is not set");
    };
    let path = std::path::Path::new(&folder).join("cloudtrail/cloudtrail-events.ndjson.gz");
    let file = std::fs::File::open(path).expect("the data set");
    let mut text = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(file), &mut text)
        .expect("unpacked");
    let found = map().records(&text, 10_000).expect("lines");
    assert_eq!(found.len(), 2_900);
    let mut names = std::collections::BTreeSet::new();
    for range in found {
        let (doc, odd) = Doc::parse(&text[range]).expect("a document");
        assert!(odd.is_none());
        let problems = map().read(doc, &mut |event| {
            assert!(event.actor.id.is_some() && !event.action.is_empty());
            names.insert(event.uid);
        });
        assert_eq!(problems, Ok(Vec::new()));
    }
    assert_eq!(names.len(), 2_900);
}
