//! What a computer of the inventory's is. Pure.

use std::sync::Arc;

use model::{
    Timestamp,
    device::{
        Absence, Attribute, Confidence, Evidence, Field, Gap, IdKind, Installed, Observation, Part,
        Platform, Practice, Software, Volume, VolumeState,
    },
};
use ports::devices::{Read, Unread};
use serde_json::Value;

use super::{
    super::draft::{Draft, at, text_of},
    attributes::{JamfAttributes, Said},
};

/// Fields that Jamf always sends, each in a section that was asked for.
const ALWAYS: [&str; 16] = [
    "udid",
    "general.name",
    "general.platform",
    "general.reportDate",
    "general.lastContactTime",
    "hardware.model",
    "hardware.serialNumber",
    "hardware.macAddress",
    "operatingSystem.name",
    "operatingSystem.version",
    "operatingSystem.fileVault2Status",
    "security.firewallEnabled",
    "security.secureBootLevel",
    "security.remoteDesktopEnabled",
    "diskEncryption.bootPartitionEncryptionDetails",
    "userAndLocation.email",
];

/// Jamf's words for a partition.
const PARTITIONS: [(&str, VolumeState); 12] = [
    ("ENCRYPTED", VolumeState::Encrypted),
    ("VALID", VolumeState::Encrypted),
    ("UNENCRYPTED", VolumeState::Open),
    ("DECRYPTED", VolumeState::Open),
    ("INELIGIBLE", VolumeState::Open),
    ("ENCRYPTING", VolumeState::Converting),
    ("DECRYPTING", VolumeState::Converting),
    ("ENCRYPTING_PAUSED", VolumeState::Converting),
    ("DECRYPTING_PAUSED", VolumeState::Converting),
    ("OPTIMIZING", VolumeState::Converting),
    ("RESTART_NEEDED", VolumeState::Converting),
    ("UNKNOWN", VolumeState::Unknown),
];

#[derive(Clone, Copy, PartialEq)]
enum FileVault {
    Whole,
    Part,
    Off,
    None,
}

const FILE_VAULT: [(&str, FileVault); 5] = [
    ("ALL_ENCRYPTED", FileVault::Whole),
    ("BOOT_ENCRYPTED", FileVault::Whole),
    ("SOME_ENCRYPTED", FileVault::Part),
    ("NOT_ENCRYPTED", FileVault::Off),
    ("NOT_APPLICABLE", FileVault::None),
];

pub(super) fn computer(
    source: &str,
    said: &Value,
    attributes: &JamfAttributes,
    now: Timestamp,
) -> Result<Read, Unread> {
    let mut draft = Draft::of(source, said, &["id"], now)?;
    draft.expect(&ALWAYS);
    describe(&mut draft);
    let reported_at = draft.time("general.reportDate");
    draft.record.last_sync = draft.time("general.lastContactTime").or(reported_at);
    let encryption = encryption(&mut draft);
    draft.sees(Practice::Encryption, encryption);
    security(&mut draft, attributes);
    software(&mut draft, reported_at);
    let email = draft.text("userAndLocation.email");
    let username = draft.text("userAndLocation.username");
    draft.owner(email.as_deref(), username.as_deref(), Confidence::Assigned);
    for observation in draft.record.practices.values_mut() {
        observation.observed_at = reported_at;
    }
    Ok(draft.finish())
}

fn describe(draft: &mut Draft<'_>) {
    let platform = draft.text("general.platform");
    // The inventory of computers holds nothing else.
    draft.record.platform = platform.map_or(Platform::Macos, |word| Platform::read(&word));
    for (field, path) in [
        (Field::Name, "general.name"),
        (Field::Manufacturer, "hardware.make"),
        (Field::Model, "hardware.model"),
        (Field::ModelIdentifier, "hardware.modelIdentifier"),
        (Field::Os, "operatingSystem.name"),
        (Field::OsVersion, "operatingSystem.version"),
        (Field::OsBuild, "operatingSystem.build"),
    ] {
        draft.fact(field, path);
    }
    let managed = draft.yes("general.remoteManagement.managed");
    draft.set(Field::Status, managed.map(|is| if is { "managed" } else { "unmanaged" }));
    draft.id(IdKind::Udid, "udid");
    draft.id(IdKind::Serial, "hardware.serialNumber");
    draft.mac("hardware.macAddress");
    draft.mac("hardware.altMacAddress");
}

/// By the boot partition where it is told, else by the whole.
fn encryption(draft: &mut Draft<'_>) -> Evidence {
    let status = draft.word("operatingSystem.fileVault2Status", &FILE_VAULT);
    let boot = "diskEncryption.bootPartitionEncryptionDetails";
    let state = draft.word(&format!("{boot}.partitionFileVault2State"), &PARTITIONS);
    let told = state.filter(|state| *state != VolumeState::Unknown);
    if let Some(state) = told.filter(|_| status != Some(FileVault::None)) {
        let percent = draft.number(&format!("{boot}.partitionFileVault2Percent"));
        let name = draft.text(&format!("{boot}.partitionName"));
        return Evidence::Volumes(vec![Volume {
            name: name.unwrap_or_else(|| "boot".to_owned()),
            is_removable: false,
            is_recovery: false,
            capacity_mb: None,
            state,
            percent: percent.and_then(|it| u8::try_from(it).ok()).filter(|it| *it <= 100),
            // FileVault knows no suspension.
            is_protected: Some(true),
        }]);
    }
    match status {
        Some(FileVault::Whole) => Evidence::Stated(true),
        Some(FileVault::Off) => Evidence::Stated(false),
        Some(FileVault::Part | FileVault::None) | None => Evidence::Unknown(Gap::NotReported),
    }
}

fn security(draft: &mut Draft<'_>, attributes: &JamfAttributes) {
    let said = said_attributes(draft);
    let firewall = draft.yes("security.firewallEnabled").map(Evidence::Stated);
    let firewall = firewall.or_else(|| attributes.firewall(&said));
    let firewall = firewall.unwrap_or(Evidence::Unknown(Gap::NotReported));
    draft.sees(Practice::Firewall, firewall);
    secure_boot(draft);
    let part = |name: &str, is_on| Part { name: name.to_owned(), is_on };
    let desktop = draft.yes("security.remoteDesktopEnabled").map(|is_on| !is_on);
    let parts = vec![
        part("remote desktop off", desktop),
        part("remote login off", attributes.remote_login(&said)),
    ];
    draft.sees(Practice::RemoteLogin, Evidence::Parts(parts));
    attributes.read(&said, draft);
    // Facts for checks of one's own.
    for (name, path) in [
        ("sip_status", "security.sipStatus"),
        ("gatekeeper_status", "security.gatekeeperStatus"),
        ("activation_lock", "security.activationLockEnabled"),
        ("auto_login_disabled", "security.autoLoginDisabled"),
    ] {
        if let Some(text) = draft.text(path) {
            draft.attribute(name, Attribute::Text(text));
        }
    }
}

fn secure_boot(draft: &mut Draft<'_>) {
    let words = [
        ("FULL_SECURITY", Observation::stated(Some(true))),
        ("MEDIUM_SECURITY", Observation::stated(Some(true))),
        ("REDUCED_SECURITY", Observation::stated(Some(false))),
        ("PERMISSIVE_SECURITY", Observation::stated(Some(false))),
        ("NO_SECURITY", Observation::stated(Some(false))),
        ("NOT_SUPPORTED", Observation::new(Evidence::Absent(Absence::LegacyFirmware))),
        ("UNKNOWN", Observation::stated(None)),
    ];
    let path = "security.secureBootLevel";
    let places = words.each_ref().map(|(word, _)| *word);
    let places: Vec<(&str, usize)> = places.into_iter().zip(0..).collect();
    let place = draft.word(path, &places);
    let seen = place.map_or(Observation::stated(None), |place| words[place].1.clone());
    draft.sees(Practice::SecureBoot, seen);
}

/// They stand beside the sections and inside of them, by version.
fn said_attributes(draft: &mut Draft<'_>) -> Said {
    let mut said = Said::new();
    for path in [
        "extensionAttributes",
        "general.extensionAttributes",
        "hardware.extensionAttributes",
        "operatingSystem.extensionAttributes",
        "userAndLocation.extensionAttributes",
    ] {
        for each in draft.list(path) {
            let name = at(each, "name").and_then(text_of);
            let values = at(each, "values").and_then(Value::as_array);
            let value = values.and_then(|values| values.first()).and_then(text_of);
            said.extend(name.zip(value));
        }
    }
    said
}

fn software(draft: &mut Draft<'_>, taken_at: Option<Timestamp>) {
    if draft.get("applications").is_none() {
        return;
    }
    let installed = draft.list("applications").iter().filter_map(|each| {
        let text = |name: &str| at(each, name).and_then(text_of);
        let (version, path) = (text("version"), text("path"));
        Some(Installed { name: text("name")?, version, path, ..Installed::default() })
    });
    let installed = installed.collect();
    let software = Software { last_scan: taken_at, installed, ..Software::default() };
    draft.record.software = Some(Arc::new(software));
}
