//! Google Workspace's activities.

use serde_json::{Value, json};

use super::{Writer, mixed};
use crate::life::act::{Google, Who};

pub(super) fn record(writer: &Writer<'_>, what: Google) -> String {
    let number = match writer.act.who {
        Who::Person(number) => number,
        Who::Robot(_) | Who::Key(_) => 0,
    };
    let person = writer.person(number);
    let text = |name: &str, value: &str| json!({ "name": name, "value": value });
    let document = |number: u32, by: Option<u32>| -> Vec<Value> {
        let mut all = vec![
            json!({ "name": "primary_event", "boolValue": true }),
            json!({ "name": "billable", "boolValue": true }),
            text("owner", &person.email),
            text("doc_id", &format!("1{:020x}", u128::from(mixed(u64::from(number))))),
            text("doc_type", "document"),
            text("doc_title", &format!("Plan {number}")),
            text("visibility", "people_within_domain_with_link"),
            json!({ "name": "actor_is_collaborator_account", "boolValue": false }),
            json!({ "name": "owner_is_team_drive", "boolValue": false }),
        ];
        if let Some(app) = by {
            all.push(text("originating_app_id", &client(app)));
            all.push(text("api_method", "drive.files.get"));
        }
        all
    };
    let (application, kind, name, parameters) = match what {
        Google::Login { is_good } => {
            let mut parameters = vec![
                text("login_type", "saml"),
                json!({ "name": "login_challenge_method", "multiValue": ["idv_preregistered_phone"] }),
                json!({ "name": "is_suspicious", "boolValue": false }),
                json!({ "name": "is_second_factor", "boolValue": is_good }),
            ];
            if !is_good {
                parameters.push(text("login_failure_type", "login_failure_invalid_password"));
            }
            ("login", "login", if is_good { "login_success" } else { "login_failure" }, parameters)
        }
        Google::View { document: number } => ("drive", "access", "view", document(number, None)),
        Google::Edit { document: number } => ("drive", "access", "edit", document(number, None)),
        Google::Download { document: number, by } => {
            ("drive", "access", "download", document(number, by))
        }
        Google::Authorize { app, is_wide } => {
            let mut scopes = vec!["openid", "https://www.googleapis.com/auth/userinfo.email"];
            if is_wide {
                scopes.push("https://www.googleapis.com/auth/drive");
            }
            let scope_data: Vec<Value> = scopes
                .iter()
                .map(|scope| json!({ "parameter": [{ "name": "scope_name", "value": scope }, { "name": "product_bucket", "multiValue": [if scope.ends_with("drive") { "DRIVE" } else { "IDENTITY" }] }] }))
                .collect();
            let parameters = vec![
                text("client_id", &client(app)),
                text("app_name", &format!("Helper {app}")),
                text("client_type", "WEB"),
                json!({ "name": "scope", "multiValue": scopes }),
                json!({ "name": "scope_data", "multiMessageValue": scope_data }),
            ];
            ("token", "auth", "authorize", parameters)
        }
    };
    let qualifier = (mixed(writer.act.salt) as i64).to_string();
    json!({
        "kind": "admin#reports#activity",
        "id": { "time": writer.time().to_string(), "uniqueQualifier": qualifier, "applicationName": application, "customerId": "C0larkfld" },
        "etag": format!("\"{}\"", writer.uuid(4)),
        "actor": { "callerType": "USER", "email": person.email, "profileId": format!("1130000{number:014}") },
        "ipAddress": writer.act.seat.address.to_string(),
        "events": [{ "type": kind, "name": name, "parameters": parameters }]
    })
    .to_string()
}

fn client(app: u32) -> String {
    format!("{}.apps.googleusercontent.com", 700_000_000_000_u64 + u64::from(app))
}
