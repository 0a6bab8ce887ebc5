//! What a host of Fleet's is. Pure.

use std::sync::Arc;

use model::{
    Timestamp,
    device::{
        Attribute, Confidence, Field, IdKind, Installed, Observation, Platform, Practice, Software,
    },
};
use ports::devices::{Read, Unread};
use serde_json::Value;

use super::super::draft::{Draft, at, text_of};

/// Fields that Fleet always sends of a host.
const ALWAYS: [&str; 10] = [
    "hostname",
    "uuid",
    "hardware_serial",
    "hardware_model",
    "primary_mac",
    "platform",
    "os_version",
    "seen_time",
    "detail_updated_at",
    "disk_encryption_enabled",
];
/// Before the name of a policy.
const PREFIX: &str = "fleet:";
/// Where Fleet has an owner from by somebody's decision, not by what was seen on the device.
const ASSIGNED: [&str; 3] = ["custom", "custom_override", "mdm_idp_accounts"];

pub(super) fn host(source: &str, said: &Value, now: Timestamp) -> Result<Read, Unread> {
    let mut draft = Draft::of(source, said, &["id"], now)?;
    draft.expect(&ALWAYS);
    let name = draft.text("computer_name").or_else(|| draft.text("hostname"));
    draft.set(Field::Name, name);
    draft.fact(Field::Model, "hardware_model");
    draft.fact(Field::Manufacturer, "hardware_vendor");
    draft.fact(Field::OsBuild, "build");
    draft.fact(Field::Status, "mdm.enrollment_status");
    draft.id(IdKind::HardwareUuid, "uuid");
    draft.id(IdKind::Serial, "hardware_serial");
    draft.mac("primary_mac");
    system(&mut draft);
    draft.record.last_sync = draft.time("seen_time");
    let details_at = draft.time("detail_updated_at");
    let encrypted = draft.yes("disk_encryption_enabled");
    draft.sees(Practice::Encryption, seen(encrypted, details_at));
    owners(&mut draft);
    policies(&mut draft);
    software(&mut draft, details_at);
    Ok(draft.finish())
}

fn seen(value: Option<bool>, at: Option<Timestamp>) -> Observation {
    Observation { observed_at: at, ..Observation::stated(value) }
}

/// `Ubuntu 22.04.3 LTS`, `macOS 14.4.1`, `Windows 11 Pro 24H2 10.0.26100.4061`.
fn system(draft: &mut Draft<'_>) {
    let platform = draft.text("platform").unwrap_or_default();
    draft.record.platform = Platform::read(&platform);
    let Some(os) = draft.text("os_version") else { return };
    let is_version =
        |word: &&str| word.contains('.') && word.split('.').all(|part| part.parse::<u32>().is_ok());
    let version = os.split_whitespace().rfind(is_version).map(str::to_owned);
    let name = match &version {
        Some(version) => os.split(version.as_str()).next().unwrap_or_default().trim(),
        None => os.as_str(),
    };
    let os = if name.is_empty() { os.as_str() } else { name };
    draft.set(Field::Os, Some(os));
    draft.set(Field::OsVersion, version);
}

fn owners(draft: &mut Draft<'_>) {
    for each in draft.list("device_mapping") {
        let email = at(each, "email").and_then(text_of);
        let told = at(each, "source").and_then(text_of).unwrap_or_default();
        let is_assigned = ASSIGNED.contains(&told.as_str());
        let confidence = if is_assigned { Confidence::Assigned } else { Confidence::Reported };
        draft.owner(email.as_deref(), None, confidence);
    }
}

/// Each policy is a practice of Fleet's own. One that did not run says nothing.
fn policies(draft: &mut Draft<'_>) {
    let run_at = draft.time("policy_updated_at");
    for policy in draft.list("policies") {
        let Some(name) = at(policy, "name").and_then(text_of) else {
            draft.problems.note("policies.name", "there is none");
            continue;
        };
        let Ok(practice) = format!("{PREFIX}{name}").parse::<Practice>() else {
            draft.problems.note("policies.name", "longer than the name of any practice");
            continue;
        };
        let response = at(policy, "response").and_then(text_of).unwrap_or_default();
        let value = match response.as_str() {
            "pass" => Some(true),
            "fail" => Some(false),
            "" => None,
            _ => {
                draft.problems.note("policies.response", "a word that is not known");
                None
            }
        };
        let mut observation = seen(value, run_at);
        if value == Some(false) {
            observation.details.extend(at(policy, "resolution").and_then(text_of));
        }
        draft.sees(practice, observation);
    }
    if let Some(failing) = draft.number("issues.failing_policies_count") {
        draft.attribute("failing_policies", Attribute::Int(failing));
    }
}

/// Fleet sends it where it is asked to.
fn software(draft: &mut Draft<'_>, taken_at: Option<Timestamp>) {
    if draft.get("software").is_none() {
        return;
    }
    let installed = draft.list("software").iter().filter_map(|each| {
        let text = |name: &str| at(each, name).and_then(text_of);
        let (version, publisher) = (text("version"), text("vendor"));
        Some(Installed { name: text("name")?, version, publisher, ..Installed::default() })
    });
    let installed = installed.collect();
    let software = Software { last_scan: taken_at, installed, ..Software::default() };
    draft.record.software = Some(Arc::new(software));
}
