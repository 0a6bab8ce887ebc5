//! Slack's audit log.

use serde_json::json;

use super::Writer;
use crate::life::act::{Slack, Who};

pub(super) fn record(writer: &Writer<'_>, what: Slack) -> String {
    let number = match writer.act.who {
        Who::Person(number) => number,
        Who::Robot(_) | Who::Key(_) => 0,
    };
    let person = writer.person(number);
    let user = json!({ "type": "user", "user": { "id": person.slack, "name": person.name, "email": person.email, "team": "T0LARKFLD" } });
    let file = |number: u32| json!({ "type": "file", "file": { "id": format!("F{number:08X}"), "name": format!("report-{number}.pdf"), "filetype": "application/pdf", "title": format!("Report {number}") } });
    let channel = |number: u32| json!({ "type": "channel", "channel": { "id": format!("C{number:08X}"), "name": format!("topic-{number}"), "privacy": "public", "is_shared": false, "is_org_shared": false, "teams_shared_with": [] } });
    let (action, entity) = match what {
        Slack::Login => ("user_login", user.clone()),
        Slack::Logout => ("user_logout", user.clone()),
        Slack::Download { file: number } => ("file_downloaded", file(number)),
        Slack::Upload { file: number } => ("file_uploaded", file(number)),
        Slack::Joined { channel: number } => ("user_channel_join", channel(number)),
        Slack::LinkShared { file: number } => ("file_public_link_created", file(number)),
    };
    json!({
        "id": writer.uuid(1), "date_create": writer.act.at_ms.div_euclid(1_000), "action": action, "actor": user, "entity": entity,
        "context": {
            "location": { "type": "enterprise", "id": "E0LARKFLD", "name": crate::company::NAME, "domain": "larkfield" },
            "ua": writer.act.seat.device.agent(), "ip_address": writer.act.seat.address.to_string(),
            "session_id": format!("{}", writer.act.seat.chat_session)
        },
        "details": {}
    })
    .to_string()
}
