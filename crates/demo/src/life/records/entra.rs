//! Microsoft Entra, as Graph answers it.

use serde_json::{Value, json};

use super::{Writer, mixed};
use crate::life::act::{Entra, Who};

pub(super) fn record(writer: &Writer<'_>, what: Entra) -> String {
    let number = match writer.act.who {
        Who::Person(number) => number,
        Who::Robot(_) | Who::Key(_) => 0,
    };
    match what {
        Entra::SignIn { is_good, is_risky } => sign_in(writer, number, is_good, is_risky),
        Entra::MethodAdded => {
            let target = user_target(writer, number, json!([]));
            audit(writer, number, "User registered security info", "UserManagement", target)
        }
        Entra::RoleGiven { to } => {
            let changed = json!([
                { "displayName": "Role.ObjectID", "oldValue": null, "newValue": "\"62e90394-69f5-4237-9190-012177145e10\"" },
                { "displayName": "Role.DisplayName", "oldValue": null, "newValue": "\"Global Administrator\"" },
                { "displayName": "Role.TemplateId", "oldValue": null, "newValue": "\"62e90394-69f5-4237-9190-012177145e10\"" }
            ]);
            let target = user_target(writer, to, changed);
            audit(writer, number, "Add member to role", "RoleManagement", target)
        }
        Entra::GroupJoined { who, group } => {
            let changed = json!([{ "displayName": "Group.DisplayName", "oldValue": null, "newValue": format!("\"Group {group}\"") }]);
            let target = user_target(writer, who, changed);
            audit(writer, number, "Add member to group", "GroupManagement", target)
        }
    }
}

fn sign_in(writer: &Writer<'_>, number: u32, is_good: bool, is_risky: bool) -> String {
    let person = writer.person(number);
    let network = writer.network();
    let device = writer.act.seat.device;
    let (browser, os) = device.words();
    let risk = if is_risky { "high" } else { "none" };
    json!({
        "id": writer.uuid(1), "createdDateTime": writer.second(), "userDisplayName": person.name, "userPrincipalName": person.email,
        "userId": id(number), "appId": "4765445b-32c6-49b0-83e6-1d93765276ca", "appDisplayName": "OfficeHome", "ipAddress": writer.act.seat.address.to_string(),
        "clientAppUsed": "Browser", "correlationId": writer.uuid(2), "conditionalAccessStatus": "success", "isInteractive": true,
        "riskDetail": "none", "riskLevelAggregated": risk, "riskLevelDuringSignIn": risk, "riskState": if is_risky { "atRisk" } else { "none" },
        "riskEventTypes_v2": if is_risky { json!(["unfamiliarFeatures", "anonymizedIPAddress"]) } else { json!([]) },
        "resourceDisplayName": "Microsoft Graph", "resourceId": "00000003-0000-0000-c000-000000000000",
        "authenticationRequirement": "multiFactorAuthentication", "userAgent": device.agent(), "autonomousSystemNumber": network.asn,
        "status": if is_good { json!({ "errorCode": 0, "failureReason": "Other.", "additionalDetails": null }) } else { json!({ "errorCode": 50126, "failureReason": "Error validating credentials due to invalid username or password.", "additionalDetails": null }) },
        "deviceDetail": { "deviceId": format!("{:016x}", device.mark), "displayName": "LK-LAPTOP", "operatingSystem": os, "browser": browser, "isCompliant": !is_risky, "isManaged": !is_risky, "trustType": if is_risky { "" } else { "Azure AD joined" } },
        "location": { "city": network.city.name, "state": network.city.name, "countryOrRegion": network.city.country, "geoCoordinates": { "latitude": network.city.latitude, "longitude": network.city.longitude } }
    })
    .to_string()
}

fn audit(writer: &Writer<'_>, number: u32, what: &str, category: &str, target: Value) -> String {
    let person = writer.person(number);
    json!({
        "id": format!("Directory_{}", writer.uuid(1)), "activityDateTime": writer.time().to_string(), "activityDisplayName": what,
        "category": category, "operationType": "Assign", "loggedByService": "Core Directory", "correlationId": writer.uuid(2), "result": "success", "resultReason": "",
        "initiatedBy": { "user": { "id": id(number), "displayName": person.name, "userPrincipalName": person.email, "ipAddress": writer.act.seat.address.to_string() }, "app": null },
        "targetResources": [target],
        "additionalDetails": [{ "key": "User-Agent", "value": writer.act.seat.device.agent() }]
    })
    .to_string()
}

fn user_target(writer: &Writer<'_>, number: u32, changed: Value) -> Value {
    json!({ "id": id(number), "type": "User", "displayName": null, "userPrincipalName": writer.person(number).email, "modifiedProperties": changed })
}

fn id(number: u32) -> String {
    format!("{:08x}-26be-4a1b-9c3d-{:012x}", number, mixed(u64::from(number)) & 0xffff_ffff_ffff)
}
