//! GitHub's audit log, with addresses disclosed and SAML in use.

use serde_json::json;

use super::{Writer, mixed};
use crate::life::act::{GitHub, Robot, Who};

pub(super) fn record(writer: &Writer<'_>, what: GitHub) -> String {
    let (action, repo, is_git) = match what {
        GitHub::Clone { repo } => ("git.clone", Some(repo), true),
        GitHub::Fetch { repo } => ("git.fetch", Some(repo), true),
        GitHub::Push { repo } => ("git.push", Some(repo), true),
        GitHub::Merge { repo } => ("pull_request.merge", Some(repo), false),
        GitHub::TokenMade => ("personal_access_token.request_created", None, false),
        GitHub::ProtectionOff { repo } => ("protected_branch.destroy", Some(repo), false),
    };
    let (number, login, mail) = match writer.act.who {
        Who::Person(number) => {
            let person = writer.person(number);
            let login = person.email.split('@').next().unwrap_or_default().replace('.', "-");
            (u64::from(number) + 1_000_000, login, Some(person.email.clone()))
        }
        Who::Robot(Robot::Builder) => (41_898_282, "larkfield-build[bot]".to_owned(), None),
        Who::Robot(_) | Who::Key(_) => (41_898_283, "larkfield-chores[bot]".to_owned(), None),
    };
    let token = mixed(number ^ 0x6874);
    let mut record = json!({
        "@timestamp": writer.act.at_ms, "action": action, "actor": login, "actor_id": number, "actor_ip": writer.act.seat.address.to_string(),
        "actor_is_bot": mail.is_none(), "actor_location": { "country_code": writer.network().city.country },
        "user": login, "user_id": number, "org": "larkfield", "org_id": 111_222, "business": "larkfield-instruments", "business_id": 4_242,
        "hashed_token": format!("{token:016x}{:016x}{:011x}=", mixed(token), mixed(token ^ 1) >> 20),
        "programmatic_access_type": if is_git { "Personal access token (fine-grained)" } else { "" },
        "token_id": token >> 32, "token_scopes": "contents:read,contents:write,metadata:read,pull_requests:write",
        "user_agent": writer.act.seat.device.agent(), "operation_type": if is_git { "access" } else { "modify" },
        "request_id": writer.uuid(2), "request_category": if is_git { "git" } else { "api" }, "transport_protocol_name": if is_git { "https" } else { "" },
        "repository_public": false, "visibility": "private"
    });
    if !is_git {
        record["created_at"] = json!(writer.act.at_ms);
    }
    record["_document_id"] = json!(writer.uuid(1));
    if let Some(mail) = mail {
        record["external_identity_nameid"] = json!(mail);
    }
    if let Some(repo) = repo {
        record["repo"] = json!(format!("larkfield/service-{repo}"));
        record["repository"] = record["repo"].clone();
        record["repo_id"] = json!(500_000 + repo);
        record["repository_id"] = record["repo_id"].clone();
    }
    record.to_string()
}
