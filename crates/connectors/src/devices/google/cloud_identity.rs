//! What a device of Cloud Identity is. Pure.

use model::{
    Timestamp,
    device::{Confidence, Field, IdKind, Platform, Practice, split_os},
};
use ports::devices::{Read, Unread};
use serde_json::Value;

use super::super::draft::{Draft, at, day, text_of};

/// Fields that Google always sends of a device.
const ALWAYS: [&str; 4] = ["name", "deviceType", "lastSyncTime", "ownerType"];
/// The words of an API of Google's for nothing end so.
const NOTHING: &str = "_UNSPECIFIED";

/// Somebody who signed in on a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct User {
    email: String,
    has_password: Option<bool>,
    is_compromised: Option<bool>,
}

/// The name of a device, and somebody who signed in on it.
pub(super) fn user(said: &Value) -> Option<(String, User)> {
    let text = |name: &str| at(said, name).and_then(text_of);
    let name = text("name")?;
    let (device, _) = name.split_once("/deviceUsers/")?;
    let is = |field: &str, good: &str, bad: &str| match text(field) {
        Some(word) if word == good => Some(true),
        Some(word) if word == bad => Some(false),
        _ => None,
    };
    let user = User {
        email: text("userEmail")?,
        has_password: is("passwordState", "PASSWORD_SET", "PASSWORD_NOT_SET"),
        is_compromised: is("compromisedState", "COMPROMISED", "NOT_COMPROMISED"),
    };
    Some((device.to_owned(), user))
}

pub(super) fn device(
    source: &str,
    said: &Value,
    users: &[User],
    now: Timestamp,
) -> Result<Read, Unread> {
    let mut draft = Draft::of(source, said, &["name"], now)?;
    draft.expect(&ALWAYS);
    for (field, path) in [
        (Field::Name, "hostname"),
        (Field::Model, "model"),
        (Field::Manufacturer, "manufacturer"),
        (Field::OsBuild, "buildNumber"),
    ] {
        draft.fact(field, path);
    }
    for (field, path) in [
        (Field::Type, "deviceType"),
        (Field::Status, "managementState"),
        (Field::OwnerType, "ownerType"),
    ] {
        let text = draft.text(path).filter(|text| !text.ends_with(NOTHING));
        draft.set(field, text);
    }
    system(&mut draft);
    draft.id(IdKind::Serial, "serialNumber");
    draft.id(IdKind::Imei, "imei");
    draft.id(IdKind::Meid, "meid");
    draft.id(IdKind::GoogleDeviceId, "deviceId");
    for mac in draft.list("wifiMacAddresses") {
        draft.add_mac("wifiMacAddresses", mac.as_str().unwrap_or_default());
    }
    draft.record.last_sync = draft.time("lastSyncTime");
    let patch = draft.time("securityPatchTime").map(day);
    draft.set(Field::SecurityPatch, patch);
    practices(&mut draft, users);
    for user in users {
        draft.owner(Some(&user.email), None, Confidence::Reported);
    }
    Ok(draft.finish())
}

/// `MacOS 26.0.1`, else by the type.
fn system(draft: &mut Draft<'_>) {
    let os = draft.text("osVersion").unwrap_or_default();
    let (name, version) = split_os(&os);
    draft.set(Field::Os, Some(name));
    draft.set(Field::OsVersion, version);
    let kind = draft.text("deviceType").filter(|text| !text.ends_with(NOTHING));
    let by_name = Platform::read(name);
    draft.record.platform = match kind.as_deref() {
        _ if by_name.is_known() => by_name,
        Some("GOOGLE_SYNC") | None => Platform::Unknown,
        Some(kind) => Platform::read(kind),
    };
}

fn practices(draft: &mut Draft<'_>, users: &[User]) {
    let encryption = [
        ("ENCRYPTED", Some(true)),
        ("NOT_ENCRYPTED", Some(false)),
        ("UNSUPPORTED_BY_DEVICE", None),
        ("ENCRYPTION_STATE_UNSPECIFIED", None),
    ];
    let encrypted = draft.word("encryptionState", &encryption).flatten();
    draft.says(Practice::Encryption, encrypted);
    let compromised = [
        ("UNCOMPROMISED", Some(true)),
        ("COMPROMISED", Some(false)),
        ("COMPROMISED_STATE_UNSPECIFIED", None),
    ];
    let own = draft.word("compromisedState", &compromised).flatten();
    // What was seen of one account is true of the device.
    let is_broken = users.iter().any(|user| user.is_compromised == Some(true));
    draft.says(Practice::Jailed, if is_broken { Some(false) } else { own });
    if draft.record.platform == Platform::Android {
        let bridge = draft.yes("enabledUsbDebugging");
        draft.says(Practice::AdbStatus, bridge.map(|is_on| !is_on));
    }
    if Platform::MOBILE.contains(&draft.record.platform) {
        let without = users.iter().any(|user| user.has_password == Some(false));
        let with = users.iter().any(|user| user.has_password == Some(true));
        draft.says(Practice::Passcode, if without { Some(false) } else { with.then_some(true) });
    }
}
