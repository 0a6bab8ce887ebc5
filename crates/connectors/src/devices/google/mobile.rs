//! What a phone of the Directory API is. Pure.

use std::sync::Arc;

use model::{
    Timestamp,
    device::{
        Absence, Confidence, Evidence, Field, IdKind, Installed, Platform, Practice, Software,
        split_os,
    },
};
use ports::devices::{Excess, Read, Unread};
use serde_json::Value;

use super::super::draft::{Draft, at, day, of_millis, text_of};

/// Fields that Google always sends of a phone.
const ALWAYS: [&str; 8] = [
    "resourceId",
    "deviceId",
    "type",
    "os",
    "model",
    "lastSync",
    "deviceCompromisedStatus",
    "encryptionStatus",
];
/// From this Android on each application has a permission of its own to install others.
const PER_APPLICATION_SINCE: u32 = 8;

pub(super) fn device(source: &str, said: &Value, now: Timestamp) -> Result<Read, Unread> {
    let mut draft = Draft::of(source, said, &["resourceId", "deviceId"], now)?;
    draft.expect(&ALWAYS);
    for (field, path) in [
        (Field::Model, "model"),
        (Field::Manufacturer, "manufacturer"),
        (Field::OsBuild, "buildNumber"),
        (Field::Type, "type"),
        (Field::Status, "status"),
    ] {
        draft.fact(field, path);
    }
    let os = draft.text("os").unwrap_or_default();
    let (name, version) = split_os(&os);
    draft.set(Field::Os, Some(name));
    draft.set(Field::OsVersion, version.clone());
    draft.record.platform = platform(name, draft.text("type").as_deref().unwrap_or_default());
    draft.id(IdKind::Serial, "serialNumber");
    draft.id(IdKind::Imei, "imei");
    draft.id(IdKind::Meid, "meid");
    draft.id(IdKind::GoogleDeviceId, "deviceId");
    draft.mac("wifiMacAddress");
    draft.record.last_sync = draft.time("lastSync");
    let patch = patch(&mut draft);
    draft.set(Field::SecurityPatch, patch);
    practices(&mut draft, version.as_deref());
    for email in draft.list("email") {
        draft.owner(email.as_str(), None, Confidence::Assigned);
    }
    software(&mut draft);
    Ok(draft.finish())
}

fn platform(os: &str, kind: &str) -> Platform {
    match (Platform::read(os), kind) {
        (Platform::Unknown, "ANDROID") => Platform::Android,
        (Platform::Unknown, "IOS_SYNC") => Platform::Ios,
        (known, _) => known,
    }
}

/// A day, or milliseconds since 1970.
fn patch(draft: &mut Draft<'_>) -> Option<String> {
    let text = draft.text("securityPatchLevel").filter(|text| text != "0")?;
    match text.parse::<i64>() {
        Ok(number) => of_millis(number).map(day),
        Err(_) => Some(text),
    }
}

fn practices(draft: &mut Draft<'_>, version: Option<&str>) {
    let compromised = [
        ("No compromise detected", Some(true)),
        ("Compromised", Some(false)),
        ("Undetected", None),
        ("Unknown", None),
    ];
    let whole = draft.word("deviceCompromisedStatus", &compromised).flatten();
    draft.says(Practice::Jailed, whole);
    let encryption = [
        ("Encrypted", Some(true)),
        ("Not encrypted", Some(false)),
        ("Not Encrypted", Some(false)),
        ("Encrypting", None),
        ("Unsupported", None),
        ("Inactive", Some(false)),
        ("Unknown", None),
    ];
    let encrypted = draft.word("encryptionStatus", &encryption).flatten();
    draft.says(Practice::Encryption, encrypted);
    let passcode = [("On", Some(true)), ("Off", Some(false)), ("Unknown", None)];
    if draft.get("devicePasswordStatus").is_some() {
        let is_set = draft.word("devicePasswordStatus", &passcode).flatten();
        draft.says(Practice::Passcode, is_set);
    }
    if draft.record.platform != Platform::Android {
        return;
    }
    // `true` is switched on, which is bad.
    let bridge = draft.yes("adbStatus");
    draft.says(Practice::AdbStatus, bridge.map(|is_on| !is_on));
    let major = version.and_then(|version| version.split('.').next()?.parse::<u32>().ok());
    if major.is_some_and(|major| major >= PER_APPLICATION_SINCE) {
        draft.sees(Practice::UnknownSources, Evidence::Absent(Absence::PerApplication));
    } else {
        let sources = draft.yes("unknownSourcesStatus");
        draft.says(Practice::UnknownSources, sources.map(|is_on| !is_on));
    }
}

/// All applications, without what each may do.
fn software(draft: &mut Draft<'_>) {
    if draft.record.platform != Platform::Android || draft.get("applications").is_none() {
        return;
    }
    let listed = draft.list("applications");
    let mut names = 0;
    let installed = listed.iter().filter_map(|each| {
        let text = |name: &str| at(each, name).and_then(text_of);
        let name = text("displayName").or_else(|| text("packageName"))?;
        let (version, path) = (text("versionName"), text("packageName"));
        Some(Installed { name, version, path, ..Installed::default() })
    });
    let installed: Vec<Installed> = installed.inspect(|_| names += 1).collect();
    draft.problems.drop(Excess::Other, listed.len() - names);
    let software = Software { last_scan: draft.record.last_sync, installed, ..Software::default() };
    draft.record.software = Some(Arc::new(software));
}
