use event::{ActorKind, Outcome};
use serde_json::{Value, json};

use super::*;
use crate::events::probe::{changed, one, read, records, refused, shown, without};

const SIGN_IN: &str = include_str!("fixtures/sign_in.json");
const AUDIT: &str = include_str!("fixtures/audit.json");
const RISK: &str = include_str!("fixtures/risk.json");
const ACTIVITY: &str = include_str!("fixtures/activity.json");

/// The record as the diagnostic export has it.
fn exported(record: &str, category: &str) -> String {
    let properties: Value = serde_json::from_str(record).expect("JSON");
    json!({
        "time": "2026-11-20T08:16:00Z", "resourceId": "/tenants/madeup/providers/Microsoft.aadiam",
        "operationName": properties["activityDisplayName"].as_str().unwrap_or("Sign-in activity"),
        "category": category, "resultType": properties["status"]["errorCode"].to_string(),
        "callerIpAddress": "203.0.113.20", "properties": properties,
    })
    .to_string()
}

#[test]
fn a_sign_in_is_read() {
    assert_eq!(
        shown(&one(&EntraMap, SIGN_IN)),
        [
            "time 2026-11-20T08:12:33Z",
            "actor.id 26be0000-0000-4000-8000-000000000001",
            "actor.email mia@example.com",
            "actor.name Mia Sand",
            "actor.type person",
            "action Sign-in activity",
            "target.id de8b0000-0000-4000-8000-000000000002",
            "target.id 0003",
            "target.type app",
            "target.type resource",
            "target.name Office 365",
            "target.name Microsoft Graph",
            "source.ip 203.0.113.20",
            "source.subnet 203.0.113.0/24",
            "source.country NO",
            "source.city Bergen",
            "client.agent Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
            "client.family Chrome",
            "client.os macOS",
            "session.id 5e55",
            "outcome success",
            "product azure",
            "organisation organisation",
        ]
    );
    let event = one(&EntraMap, SIGN_IN);
    assert_eq!((event.logsource.service, event.client.version), ("signinlogs", Some(140)));
}

#[test]
fn an_audit_is_read() {
    let event = one(&EntraMap, AUDIT);
    assert_eq!(
        shown(&event),
        [
            "time 2026-11-20T08:15:00Z",
            "actor.id 26be0000-0000-4000-8000-000000000001",
            "actor.email mia@example.com",
            "actor.type person",
            "action Add member to role",
            "target.id 77aa0000",
            "target.id r0le0001",
            "target.type User",
            "target.type Role",
            "target.name bob@example.com",
            "target.name Global Administrator",
            "source.ip 203.0.113.20",
            "source.subnet 203.0.113.0/24",
            "client.agent Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0",
            "client.family Firefox",
            "client.os Windows",
            "outcome success",
            "product azure",
            "organisation organisation",
        ]
    );
    assert_eq!(event.logsource.service, "auditlogs");
}

#[test]
fn an_export_is_the_same_event_as_graphs_answer() {
    for (record, category) in
        [(SIGN_IN, "SignInLogs"), (AUDIT, "AuditLogs"), (RISK, "UserRiskEvents")]
    {
        let (graph, export) = (one(&EntraMap, record), one(&EntraMap, &exported(record, category)));
        assert_eq!((graph.uid, graph.logsource), (export.uid, export.logsource));
        let (mut graph, mut export) = (shown(&graph), shown(&export));
        for fields in [&mut graph, &mut export] {
            // The frame has an address and a resource where the record has none.
            fields.retain(|field| !field.starts_with("source.") && !field.starts_with("target."));
        }
        assert_eq!(graph, export);
    }
}

#[test]
fn columns_of_log_analytics_are_read() {
    let row = json!({
        "TimeGenerated": "2026-11-20T08:12:33Z", "Type": "SigninLogs", "Category": "SignInLogs", "Id": "row1",
        "OperationName": "Sign-in activity", "ResultType": "50126", "ResultDescription": "Invalid password",
        "UserPrincipalName": "Mia@example.com", "UserId": "u1", "IPAddress": "203.0.113.20", "AppDisplayName": "Portal",
        "UserAgent": "curl/8.9.1", "DeviceDetail": "{\"deviceId\":\"\"}", "SessionId": "s1",
    });
    let event = one(&EntraMap, &row.to_string());
    assert_eq!(event.logsource.service, "signinlogs");
    assert_eq!(event.actor.email.as_deref(), Some("mia@example.com"));
    assert_eq!(
        (event.outcome, event.reason.as_deref()),
        (Outcome::Failure, Some("Invalid password"))
    );
    assert_eq!(event.client.family.as_deref(), Some("curl"));
    assert_eq!(event.session.as_deref(), Some("s1"));
}

#[test]
fn a_risk_and_an_activity_of_azure_are_read() {
    let risk = one(&EntraMap, RISK);
    assert_eq!((risk.logsource.service, &*risk.action), ("riskdetection", "anonymizedIPAddress"));
    assert_eq!(
        (risk.outcome, risk.time.to_string()),
        (Outcome::Unknown, "2026-11-20T08:12:33Z".into())
    );
    let activity = one(&EntraMap, ACTIVITY);
    assert_eq!(activity.logsource.service, "activitylogs");
    assert_eq!(&*activity.action, "MICROSOFT.COMPUTE/VIRTUALMACHINES/DELETE");
    assert_eq!(activity.outcome, Outcome::Failure);
    assert_eq!(activity.actor.email.as_deref(), Some("mia@example.com"));
    assert_eq!(activity.time.to_string(), "2026-11-20T08:12:33.1234567Z");
    assert_eq!(activity.targets[0].kind.as_deref(), Some("resource"));
}

#[test]
fn without_an_agent_what_microsoft_made_of_it_is_read() {
    let event = one(&EntraMap, &without(SIGN_IN, "/userAgent"));
    assert_eq!((event.client.family.as_deref(), event.client.version), (Some("Chrome"), Some(140)));
    assert_eq!((event.client.os.as_deref(), event.client.agent), (Some("macOS"), None));
}

#[test]
fn an_activity_by_the_management_api_is_read() {
    let event = one(&EntraMap, include_str!("fixtures/activity_rest.json"));
    assert_eq!(event.logsource.service, "activitylogs");
    assert_eq!(&*event.action, "Microsoft.Authorization/roleAssignments/write");
    assert_eq!((event.outcome, event.actor.kind), (Outcome::Success, ActorKind::Person));
}

#[test]
fn a_sign_in_that_wants_another_step_is_neither_success_nor_failure() {
    for (code, outcome) in [
        (json!(0), Outcome::Success),
        (json!("0"), Outcome::Success),
        (json!(50_140), Outcome::Success),
        (json!(50_074), Outcome::Unknown),
        (json!(50_126), Outcome::Failure),
        (json!(53_003), Outcome::Failure),
    ] {
        let status = json!({ "errorCode": code, "failureReason": "Other." });
        let event = one(&EntraMap, &changed(SIGN_IN, &[("/status", status)]));
        assert_eq!(event.outcome, outcome, "{code}");
        let reason = if outcome == Outcome::Success { None } else { Some(code.to_string()) };
        assert_eq!(event.reason.as_deref(), reason.as_deref());
    }
    assert_eq!(one(&EntraMap, &without(SIGN_IN, "/status")).outcome, Outcome::Unknown);
}

#[test]
fn applications_and_principals_are_no_people() {
    let app = json!({ "app": { "appId": "a1", "displayName": "Sync" }, "user": null });
    let actor = one(&EntraMap, &changed(AUDIT, &[("/initiatedBy", app)])).actor;
    assert_eq!(
        (actor.kind, actor.id.as_deref(), actor.email),
        (ActorKind::Service, Some("a1"), None)
    );
    let principal = changed(
        SIGN_IN,
        &[
            ("/userId", json!("")),
            ("/userPrincipalName", json!(null)),
            ("/servicePrincipalId", json!("sp1")),
            ("/servicePrincipalName", json!("Robot")),
        ],
    );
    let actor = one(&EntraMap, &principal).actor;
    assert_eq!((actor.kind, actor.id.as_deref()), (ActorKind::Service, Some("sp1")));
    assert_eq!(actor.name.as_deref(), Some("Robot"));
}

#[test]
fn an_audits_own_category_may_be_the_name_of_another_log() {
    let policy = changed(AUDIT, &[("/category", json!("Policy"))]);
    assert_eq!(one(&EntraMap, &policy).logsource.service, "auditlogs");
}

#[test]
fn a_row_that_is_updated_later_keeps_its_name() {
    let uid = |record: &str| read(&EntraMap, record).0.remove(0).uid;
    assert_eq!(uid(SIGN_IN), uid(&changed(SIGN_IN, &[("/riskState", json!("atRisk"))])));
}

#[test]
fn answers_of_graph_and_exports_are_split_and_the_rest_is_refused() {
    let graph =
        format!(r#"{{"@odata.context":"x","@odata.nextLink":"y","value":[{SIGN_IN},{AUDIT}]}}"#);
    assert_eq!(records(&EntraMap, &graph).len(), 2);
    let export = format!(r#"{{"records":[{ACTIVITY}]}}"#);
    assert_eq!(records(&EntraMap, &export).len(), 1);
    assert!(refused(&EntraMap, "{}").contains("neither a sign-in"));
    let timeless = without(SIGN_IN, "/createdDateTime");
    assert!(refused(&EntraMap, &timeless).contains("neither a sign-in"));
    let odd = changed(SIGN_IN, &[("/createdDateTime", json!("soon"))]);
    assert!(refused(&EntraMap, &odd).contains("time cannot be read"));
}
