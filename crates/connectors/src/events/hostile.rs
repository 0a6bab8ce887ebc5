//! Every field of every sample, replaced by what no vendor would send.

use event::{Doc, Field};
use ports::events::EventMap;
use serde_json::{Value, json};

use super::{
    auth0::Auth0Map, cloudtrail::CloudTrailMap, entra::EntraMap, github::GitHubMap,
    google_workspace::GoogleWorkspaceMap, okta::OktaMap, slack_audit::SlackAuditMap,
};

/// Stands in every hostile text, and must stand in no problem.
const MARK: &str = "hunter2";

fn samples() -> Vec<(Box<dyn EventMap>, &'static str)> {
    vec![
        (Box::new(OktaMap), include_str!("okta/fixtures/sign_in.json")),
        (Box::new(SlackAuditMap), include_str!("slack_audit/fixtures/user_login.json")),
        (Box::new(SlackAuditMap), include_str!("slack_audit/fixtures/anomaly.json")),
        (Box::new(GitHubMap), include_str!("github/fixtures/policy_override.json")),
        (Box::new(GoogleWorkspaceMap), include_str!("google_workspace/fixtures/login.json")),
        (Box::new(GoogleWorkspaceMap), include_str!("google_workspace/fixtures/admin.json")),
        (Box::new(CloudTrailMap::default()), include_str!("cloudtrail/fixtures/assumed_role.json")),
        (
            Box::new(CloudTrailMap::default()),
            include_str!("cloudtrail/fixtures/console_login.json"),
        ),
        (Box::new(EntraMap), include_str!("entra/fixtures/sign_in.json")),
        (Box::new(EntraMap), include_str!("entra/fixtures/audit.json")),
        (Box::new(EntraMap), include_str!("entra/fixtures/risk.json")),
        (Box::new(EntraMap), include_str!("entra/fixtures/activity.json")),
        (Box::new(Auth0Map), include_str!("auth0/fixtures/login.json")),
    ]
}

fn hostile() -> Vec<Value> {
    let long = format!("{MARK}{}", "\u{1f980}".repeat(1_000));
    vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(1e300),
        json!(u64::MAX),
        json!(""),
        json!(MARK),
        json!(format!("{MARK}\u{0}\u{202e}/..\\\"")),
        json!(long),
        json!([]),
        json!([null, [MARK], { "type": MARK, "id": [MARK] }]),
        json!({}),
        json!({ "type": { "type": MARK }, "id": MARK, "name": [MARK], "value": MARK }),
    ]
}

/// Every place in a value.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(object) => {
            for (key, inner) in object {
                let key = key.replace('~', "~0").replace('/', "~1");
                pointers(inner, &format!("{at}/{key}"), found);
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                pointers(inner, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn whatever_a_field_holds_it_costs_no_more_than_its_record_and_shows_nothing() {
    for (map, sample) in samples() {
        let whole: Value = serde_json::from_str(sample).expect("JSON");
        let mut places = Vec::new();
        pointers(&whole, "", &mut places);
        let hostile = hostile();
        for place in places.iter().filter(|place| !place.is_empty()) {
            for value in &hostile {
                let mut record = whole.clone();
                *record.pointer_mut(place).expect("a place") = value.clone();
                check(&*map, &record.to_string(), place);
            }
        }
    }
}

fn check(map: &dyn EventMap, record: &str, place: &str) {
    let (doc, _) = Doc::parse(record.as_bytes()).expect("a document");
    let mut texts = Vec::new();
    let read = map.read(doc, &mut |event| {
        for field in Field::ALL {
            field.each(&event, |text| texts.push(text.len()));
        }
    });
    assert!(texts.iter().all(|bytes| *bytes <= event::normal::TEXT_BYTES_MAX), "{place}");
    let told = match read {
        Ok(problems) => format!("{problems:?}"),
        Err(refused) => refused.problem,
    };
    assert!(!told.contains(MARK), "{place}: {told}");
}
