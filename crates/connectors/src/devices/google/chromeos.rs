//! What a Chromebook of the Directory API is. Pure.

use model::{
    Timestamp,
    device::{Confidence, Field, IdKind, Platform, Practice},
};
use ports::devices::{Read, Unread};
use serde_json::Value;

use super::super::draft::{Draft, at, day, of_millis, text_of};

/// Fields that Google always sends of a Chromebook.
const ALWAYS: [&str; 6] = ["deviceId", "serialNumber", "status", "model", "osVersion", "lastSync"];
/// What a boot mode is when the firmware checked what it booted, in any case.
const VERIFIED: [&str; 2] = ["verified", "validated"];

pub(super) fn device(source: &str, said: &Value, now: Timestamp) -> Result<Read, Unread> {
    let mut draft = Draft::of(source, said, &["deviceId"], now)?;
    draft.expect(&ALWAYS);
    draft.record.platform = Platform::Chromeos;
    draft.set(Field::Os, Some("ChromeOS"));
    for (field, path) in [
        (Field::Name, "annotatedAssetId"),
        (Field::Model, "model"),
        (Field::OsVersion, "osVersion"),
        (Field::OsBuild, "platformVersion"),
        (Field::Status, "status"),
    ] {
        draft.fact(field, path);
    }
    draft.id(IdKind::Serial, "serialNumber");
    draft.id(IdKind::Meid, "meid");
    draft.id(IdKind::GoogleDeviceId, "deviceId");
    // Never `dockMacAddress`: that is the dock's.
    for path in ["macAddress", "ethernetMacAddress", "ethernetMacAddress0"] {
        draft.mac(path);
    }
    draft.record.last_sync = draft.time("lastSync");
    let until = draft
        .text("autoUpdateThrough")
        .or_else(|| draft.number("autoUpdateExpiration").and_then(of_millis).map(day));
    draft.set(Field::UpdatesUntil, until);
    practices(&mut draft);
    owners(&mut draft);
    Ok(draft.finish())
}

fn practices(draft: &mut Draft<'_>) {
    let mode = draft.text("bootMode");
    let is_verified = |mode: String| VERIFIED.iter().any(|word| word.eq_ignore_ascii_case(&mode));
    draft.says(Practice::Jailed, mode.map(is_verified));
    // Google's own verdict on the version, where it gives one.
    if draft.get("osVersionCompliance").is_some() {
        let words = [
            ("compliant", Some(true)),
            ("notCompliant", Some(false)),
            ("pending", None),
            ("complianceUnspecified", None),
        ];
        let verdict = draft.word("osVersionCompliance", &words).flatten();
        draft.says(Practice::UpToDate, verdict);
    }
}

/// The newest user of the domain, then the one it was labelled with.
fn owners(draft: &mut Draft<'_>) {
    let users = draft.list("recentUsers").iter();
    let of_domain =
        users.filter(|it| at(it, "type").and_then(Value::as_str) == Some("USER_TYPE_MANAGED"));
    let newest = of_domain.filter_map(|it| at(it, "email").and_then(text_of)).next();
    draft.owner(newest.as_deref(), None, Confidence::Reported);
    let label = draft.text("annotatedUser").filter(|text| text.contains('@'));
    draft.owner(label.as_deref(), None, Confidence::Guessed);
}
