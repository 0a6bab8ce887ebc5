//! What a managed device is. Pure.

use model::{
    Span, Timestamp,
    device::{Attribute, Confidence, Evidence, Field, Gap, IdKind, Platform, Practice},
};
use ports::devices::{Read, Unread};
use serde_json::Value;

use super::super::draft::Draft;

/// Fields that Graph always sends of a managed device.
const ALWAYS: [&str; 10] = [
    "deviceName",
    "operatingSystem",
    "osVersion",
    "complianceState",
    "isEncrypted",
    "jailBroken",
    "serialNumber",
    "userPrincipalName",
    "lastSyncDateTime",
    "azureADDeviceId",
];
/// How long after its enrolment a device may not have told whether it is encrypted.
const SETTLES_AFTER: Span = Span::hours(1);

/// Intune's own verdict, which is none of ours.
const COMPLIANCE: [(&str, Option<bool>); 7] = [
    ("compliant", Some(true)),
    ("noncompliant", Some(false)),
    ("inGracePeriod", Some(false)),
    ("conflict", None),
    ("error", None),
    ("unknown", None),
    ("configManager", None),
];

pub(super) fn device(source: &str, said: &Value, now: Timestamp) -> Result<Read, Unread> {
    let mut draft = Draft::of(source, said, &["id"], now)?;
    draft.expect(&ALWAYS);
    for (field, path) in [
        (Field::Name, "deviceName"),
        (Field::Model, "model"),
        (Field::Manufacturer, "manufacturer"),
        (Field::Os, "operatingSystem"),
        (Field::OsVersion, "osVersion"),
        (Field::OsEdition, "skuFamily"),
        (Field::SecurityPatch, "androidSecurityPatchLevel"),
        (Field::Status, "managementState"),
        (Field::OwnerType, "managedDeviceOwnerType"),
    ] {
        draft.fact(field, path);
    }
    let os = draft.text("operatingSystem").unwrap_or_default();
    draft.record.platform = Platform::read(&os);
    draft.id(IdKind::Serial, "serialNumber");
    draft.id(IdKind::Imei, "imei");
    draft.id(IdKind::Meid, "meid");
    draft.id(IdKind::Udid, "udid");
    draft.id(IdKind::AzureAdDeviceId, "azureADDeviceId");
    draft.mac("wiFiMacAddress");
    draft.mac("ethernetMacAddress");
    draft.record.last_sync = draft.time("lastSyncDateTime");
    practices(&mut draft);
    let email = draft.text("emailAddress").or_else(|| draft.text("userPrincipalName"));
    draft.owner(email.as_deref(), None, Confidence::Assigned);
    if let Some(text) = draft.text("partnerReportedThreatState") {
        draft.attribute("threat_state", Attribute::Text(text));
    }
    Ok(draft.finish())
}

fn practices(draft: &mut Draft<'_>) {
    let encryption = encryption(draft);
    draft.sees(Practice::Encryption, encryption);
    let jailed = [("True", Some(true)), ("False", Some(false)), ("Unknown", None)];
    let is_broken = draft.word("jailBroken", &jailed).flatten();
    draft.says(Practice::Jailed, is_broken.map(|is_broken| !is_broken));
    let words = [("Enabled", Some(true)), ("Disabled", Some(false)), ("NotSupported", None)];
    if draft.get("deviceHealthAttestationState").is_some() {
        let secure_boot = draft.word("deviceHealthAttestationState.secureBoot", &words).flatten();
        draft.says(Practice::SecureBoot, secure_boot);
    }
    let compliance = draft.word("complianceState", &COMPLIANCE).flatten();
    draft.says(Practice::Other("intune:compliance".to_owned()), compliance);
}

/// A device that has only just enrolled is listed as not encrypted before it has said anything.
fn encryption(draft: &mut Draft<'_>) -> Evidence {
    match draft.yes("isEncrypted") {
        Some(true) => Evidence::Stated(true),
        Some(false) => {
            let enrolled_at = draft.time("enrolledDateTime");
            let settled = enrolled_at.map_or(Timestamp::MIN, |at| SETTLES_AFTER.after(at));
            match draft.record.last_sync {
                Some(synced_at) if synced_at > settled => Evidence::Stated(false),
                _ => Evidence::Unknown(Gap::NotReported),
            }
        }
        None => Evidence::Unknown(Gap::NotReported),
    }
}
