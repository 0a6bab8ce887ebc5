//! What a computer of the Classic API's is. Pure.

use std::sync::Arc;

use model::{
    Personal, Timestamp,
    device::{
        Confidence, Evidence, Field, Gap, IdKind, Installed, Observation, Platform, Practice,
        Software, Volume, VolumeState,
    },
};
use ports::devices::{Owned, Read, Unread};
use serde_json::Value;

use super::super::{
    draft::{Draft, at, text_of},
    jamf::JamfAttributes,
};

/// Partitions that only serve to repair the system.
const RECOVERY: [&str; 2] = ["Recovery", "Recovery HD"];
/// Jamf's words for a partition. What cannot be encrypted is not.
const STATES: [(&str, VolumeState); 8] = [
    ("Encrypted", VolumeState::Encrypted),
    ("Not Encrypted", VolumeState::Open),
    ("Not Supported", VolumeState::Open),
    ("Decrypted", VolumeState::Open),
    ("Encrypting", VolumeState::Converting),
    ("Decrypting", VolumeState::Converting),
    ("Pending", VolumeState::Converting),
    ("Unknown", VolumeState::Unknown),
];

/// The computer in an answer.
pub(super) fn computer(
    source: &str,
    said: &Value,
    attributes: &JamfAttributes,
    now: Timestamp,
) -> Result<Read, Unread> {
    let nameless = || Unread { id: None, why: "there is no computer in the answer".to_owned() };
    let computer = said.get("computer").ok_or_else(nameless)?;
    let mut draft = Draft::of(source, computer, &["general.id"], now)?;
    draft.expect(&["general.name", "general.serial_number", "general.udid", "hardware.os_version"]);
    describe(&mut draft);
    let reported_at = draft.time("general.report_date_utc");
    draft.record.last_sync = draft.time("general.last_contact_time_utc").or(reported_at);
    let volumes = volumes(&mut draft);
    draft.sees(Practice::Encryption, Evidence::Volumes(volumes));
    let said: super::super::jamf::attributes::Said = draft
        .list("extension_attributes")
        .iter()
        .filter_map(|it| at(it, "name").and_then(text_of).zip(at(it, "value").and_then(text_of)))
        .collect();
    let firewall = attributes.firewall(&said).unwrap_or(Evidence::Unknown(Gap::NotReported));
    draft.sees(Practice::Firewall, firewall);
    draft.says(Practice::RemoteLogin, attributes.remote_login(&said));
    attributes.read(&said, &mut draft);
    updates(&mut draft);
    software(&mut draft, reported_at);
    let (email, username) = (draft.text("location.email_address"), draft.text("location.username"));
    draft.owner(email.as_deref(), username.as_deref(), Confidence::Assigned);
    for observation in draft.record.practices.values_mut() {
        observation.observed_at = reported_at;
    }
    Ok(draft.finish())
}

fn describe(draft: &mut Draft<'_>) {
    let platform = draft.text("general.platform");
    draft.record.platform = platform.map_or(Platform::Macos, |word| Platform::read(&word));
    for (field, path) in [
        (Field::Name, "general.name"),
        (Field::Model, "hardware.model"),
        (Field::ModelIdentifier, "hardware.model_identifier"),
        (Field::Manufacturer, "hardware.make"),
        (Field::Os, "hardware.os_name"),
        (Field::OsVersion, "hardware.os_version"),
        (Field::OsBuild, "hardware.os_build"),
    ] {
        draft.fact(field, path);
    }
    draft.id(IdKind::Udid, "general.udid");
    draft.id(IdKind::Serial, "general.serial_number");
    draft.mac("general.mac_address");
    draft.mac("general.alt_mac_address");
}

/// Of each disk its partitions: one is an object, several are a list.
fn volumes(draft: &mut Draft<'_>) -> Vec<Volume> {
    let mut volumes = Vec::new();
    for disk in draft.list("hardware.storage") {
        let capacity = at(disk, "drive_capacity_mb").and_then(text_of);
        let capacity_mb = capacity.and_then(|text| text.parse().ok());
        let partitions = match disk.get("partition").or_else(|| disk.get("partitions")) {
            Some(Value::Array(list)) => list.as_slice(),
            Some(one @ Value::Object(_)) => std::slice::from_ref(one),
            Some(_) | None => &[],
        };
        for partition in partitions {
            let text = |name: &str| at(partition, name).and_then(text_of);
            let name = text("name").unwrap_or_else(|| "disk".to_owned());
            let word = text("filevault2_status").unwrap_or_default();
            let state = STATES.iter().find(|(known, _)| known.eq_ignore_ascii_case(&word));
            if state.is_none() && !word.is_empty() {
                draft.problems.note("hardware.storage.partition", "a word that is not known");
            }
            let percent = text("filevault2_percent").and_then(|text| text.parse().ok());
            volumes.push(Volume {
                is_recovery: RECOVERY.contains(&name.as_str()),
                name,
                is_removable: false,
                capacity_mb,
                state: state.map_or(VolumeState::Unknown, |(_, state)| *state),
                percent: percent.filter(|it| *it <= 100),
                is_protected: Some(true),
            });
        }
    }
    volumes
}

/// A list of updates that wait says that the system is behind. An empty one says nothing: it may
/// not have been taken.
fn updates(draft: &mut Draft<'_>) {
    let waiting = draft.list("software.available_software_updates");
    let waiting: Vec<String> = waiting.iter().filter_map(text_of).collect();
    if !waiting.is_empty() {
        let seen = Observation { details: waiting, ..Observation::stated(Some(false)) };
        draft.sees(Practice::UpToDate, seen);
    }
}

fn software(draft: &mut Draft<'_>, taken_at: Option<Timestamp>) {
    if draft.get("software").is_none() {
        return;
    }
    let installed = draft.list("software.applications").iter().filter_map(|each| {
        let text = |name: &str| at(each, name).and_then(text_of);
        let (version, path) = (text("version"), text("path"));
        Some(Installed { name: text("name")?, version, path, ..Installed::default() })
    });
    let installed = installed.collect();
    let services = draft.list("software.running_services").iter().filter_map(text_of).collect();
    let software = Software { last_scan: taken_at, installed, services, is_partial: false };
    draft.record.software = Some(Arc::new(software));
}

/// The ids of all computers, in the order of their numbers.
pub(super) fn ids(said: &Value) -> Option<Vec<u64>> {
    let computers = said.get("computers")?.as_array()?;
    let mut ids: Vec<u64> =
        computers.iter().filter_map(|it| it.get("id").and_then(Value::as_u64)).collect();
    ids.sort_unstable();
    ids.dedup();
    Some(ids)
}

/// The person in an answer, and their computers. The look-up by address answers with a list.
pub(super) fn user(said: &Value) -> Option<Owned> {
    let listed = || said.get("users").and_then(Value::as_array).and_then(|users| users.first());
    let user = said.get("user").or_else(listed)?;
    let computers = at(user, "links.computers").and_then(Value::as_array);
    let devices = computers.into_iter().flatten().filter_map(|it| at(it, "id").and_then(text_of));
    Some(Owned::Somebody {
        id: at(user, "id").and_then(text_of)?,
        name: at(user, "full_name").and_then(text_of).map(Personal::from),
        devices: devices.collect(),
    })
}
