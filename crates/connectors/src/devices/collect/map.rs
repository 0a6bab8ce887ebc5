//! What a report says. Pure.

use std::sync::Arc;

use model::{
    Timestamp,
    device::{
        Absence, Attribute, Confidence, Evidence, Field, Gap, IdKind, Installed, Lock, Observation,
        OwnerHint, Part, Platform, Practice, RecordKey, Software, SourceRecord, Volume,
        VolumeState,
    },
};
use ports::devices::{Problems, Read, Rejected};
use serde_json::Value;

use super::SOURCE;
use crate::devices::draft::{at, finish, instant, text_of};

/// The form of reports that is read.
pub const FORM: &str = "countersign.collect/1";

/// How many addresses of its owner a record keeps.
const ADDRESSES_MAX: usize = 8;

/// The record of the device `device`, which belongs to whoever enrolled it: the first of their
/// `addresses` is the one that they are written to.
pub fn report(
    device: &str,
    addresses: &[&str],
    body: &[u8],
    now: Timestamp,
) -> Result<Read, Rejected> {
    let said: Value = serde_json::from_slice(body).map_err(|_| Rejected::because("not JSON"))?;
    if said.get("form").and_then(Value::as_str) != Some(FORM) {
        return Err(Rejected::because(format!("not a report of the form {FORM}")));
    }
    let mut record = SourceRecord::new(RecordKey::new(SOURCE, device), now);
    let mut problems = Problems::default();
    let collected = at(&said, "collected_at").and_then(text_of).as_deref().and_then(instant);
    record.last_sync = Some(collected.map_or(now, |at| at.min(now)));
    record.platform =
        at(&said, "platform").and_then(Value::as_str).and_then(Platform::named).unwrap_or_default();
    let owner = |address: &&str| OwnerHint::new(Some(address), None, Confidence::Reported);
    record.owners.extend(addresses.iter().take(ADDRESSES_MAX).map(owner));
    let facts = Facts(said.get("facts").unwrap_or(&Value::Null));
    describe(&mut record, facts);
    identify(&mut record, facts, &mut problems);
    practices(&mut record, facts);
    record.software = software(facts, record.last_sync);
    for (name, _) in said.get("facts").and_then(Value::as_object).into_iter().flatten() {
        if !KNOWN.contains(&name.as_str()) {
            problems.note("facts", "one that is not known");
        }
    }
    Ok(finish(record, problems))
}

const KNOWN: [&str; 20] = [
    "name",
    "os",
    "manufacturer",
    "model",
    "chassis",
    "serial",
    "hardware_uuid",
    "mac_addresses",
    "installation",
    "is_virtual",
    "disks",
    "firewall",
    "auto_updates",
    "remote_login",
    "screen_lock",
    "secure_boot",
    "services",
    "software",
    "system_integrity",
    "model_identifier",
];

/// Facts by their names, each a value or the reason why there is none.
#[derive(Clone, Copy)]
struct Facts<'v>(&'v Value);

impl<'v> Facts<'v> {
    fn value(self, name: &str) -> Option<&'v Value> {
        at(self.0, &format!("{name}.value"))
    }

    fn text(self, name: &str) -> Option<String> {
        self.value(name).and_then(text_of)
    }

    /// Why there is no value.
    fn lack(self, name: &str) -> Evidence {
        match at(self.0, &format!("{name}.reason")).and_then(Value::as_str) {
            Some("permission") => Evidence::Unknown(Gap::Permission),
            Some("unreadable" | "timeout") => Evidence::Unknown(Gap::Unreadable),
            Some("no_desktop") => Evidence::Absent(Absence::NoDesktop),
            Some("legacy_firmware") => Evidence::Absent(Absence::LegacyFirmware),
            Some("unsupported") => Evidence::Absent(Absence::Unsupported),
            _ => Evidence::Unknown(Gap::NotReported),
        }
    }

    fn stated(self, name: &str) -> Evidence {
        match self.value(name).and_then(Value::as_bool) {
            Some(value) => Evidence::Stated(value),
            None => self.lack(name),
        }
    }
}

fn describe(record: &mut SourceRecord, facts: Facts<'_>) {
    let os = |part: &str| at(facts.0, &format!("os.value.{part}")).and_then(text_of);
    let is_virtual = facts.value("is_virtual").and_then(Value::as_bool) == Some(true);
    let kind = if is_virtual { Some("virtual".to_owned()) } else { facts.text("chassis") };
    for (field, text) in [
        (Field::Name, facts.text("name")),
        (Field::Os, os("name")),
        (Field::OsVersion, os("version")),
        (Field::OsBuild, os("build")),
        (Field::OsEdition, os("edition")),
        (Field::OsRelease, os("release")),
        (Field::Manufacturer, facts.text("manufacturer")),
        (Field::Model, facts.text("model")),
        (Field::ModelIdentifier, facts.text("model_identifier")),
        (Field::Type, kind),
    ] {
        record.facts.extend(text.map(|text| (field, text)));
    }
    if let Some(text) = facts.text("installation") {
        record.attributes.insert("installation".to_owned(), Attribute::Text(text));
    }
    if let Some(is_on) = facts.value("system_integrity").and_then(Value::as_bool) {
        record.attributes.insert("system_integrity".to_owned(), Attribute::Bool(is_on));
    }
}

fn identify(record: &mut SourceRecord, facts: Facts<'_>, problems: &mut Problems) {
    for (kind, name) in [(IdKind::Serial, "serial"), (IdKind::HardwareUuid, "hardware_uuid")] {
        let text = facts.text(name).map(|text| (kind, text));
        record.identifiers.scalars.extend(text);
    }
    let listed = facts.value("mac_addresses").and_then(Value::as_array);
    for text in listed.into_iter().flatten().filter_map(Value::as_str) {
        match text.parse() {
            Ok(mac) if !record.identifiers.macs.contains(&mac) => record.identifiers.macs.push(mac),
            Ok(_) => {}
            Err(_) => problems.note("facts.mac_addresses", "not a hardware address"),
        }
    }
}

fn practices(record: &mut SourceRecord, facts: Facts<'_>) {
    for (practice, evidence) in [
        (Practice::Encryption, disks(facts)),
        (Practice::Firewall, facts.stated("firewall")),
        (Practice::AutoUpdate, updates(facts)),
        // The fact is whether it is on, the practice that it is off.
        (Practice::RemoteLogin, remote_login(facts)),
        (Practice::ScreenLock, screen_lock(facts)),
        (Practice::SecureBoot, facts.stated("secure_boot")),
    ] {
        record.practices.insert(practice, Observation::new(evidence));
    }
}

fn disks(facts: Facts<'_>) -> Evidence {
    let Some(listed) = facts.value("disks").and_then(Value::as_array) else {
        return facts.lack("disks");
    };
    let volume = |said: &Value| {
        let is_encrypted = at(said, "is_encrypted").and_then(Value::as_bool);
        Volume {
            name: at(said, "name").and_then(text_of).unwrap_or_else(|| "disk".to_owned()),
            is_removable: at(said, "is_removable").and_then(Value::as_bool) == Some(true),
            is_recovery: false,
            capacity_mb: at(said, "capacity_mb").and_then(Value::as_u64),
            state: match is_encrypted {
                Some(true) => VolumeState::Encrypted,
                Some(false) => VolumeState::Open,
                None => VolumeState::Unknown,
            },
            percent: None,
            is_protected: is_encrypted,
        }
    };
    Evidence::Volumes(listed.iter().map(volume).collect())
}

fn updates(facts: Facts<'_>) -> Evidence {
    let Some(said) = facts.value("auto_updates").filter(|it| it.is_object()) else {
        return facts.lack("auto_updates");
    };
    let part =
        |name: &str| Part { name: name.to_owned(), is_on: said.get(name).and_then(Value::as_bool) };
    Evidence::Parts(["check", "download", "install_security"].map(part).to_vec())
}

fn remote_login(facts: Facts<'_>) -> Evidence {
    match facts.stated("remote_login") {
        Evidence::Stated(is_on) => Evidence::Stated(!is_on),
        lack => lack,
    }
}

fn screen_lock(facts: Facts<'_>) -> Evidence {
    let Some(said) = facts.value("screen_lock").filter(|it| it.is_object()) else {
        return facts.lack("screen_lock");
    };
    let delay = said.get("delay_seconds").and_then(Value::as_u64);
    Evidence::Lock(Lock {
        is_on: said.get("is_on").and_then(Value::as_bool),
        delay_seconds: delay.and_then(|it| u32::try_from(it).ok()),
    })
}

fn software(facts: Facts<'_>, taken_at: Option<Timestamp>) -> Option<Arc<Software>> {
    let listed = facts.value("software").and_then(Value::as_array);
    let services = facts.value("services").and_then(Value::as_array);
    if listed.is_none() && services.is_none() {
        return None;
    }
    let installed = listed.into_iter().flatten().filter_map(|each| {
        let (name, version) = (at(each, "name")?, at(each, "version"));
        let version = version.and_then(text_of);
        Some(Installed { name: text_of(name)?, version, ..Installed::default() })
    });
    Some(Arc::new(Software {
        last_scan: taken_at,
        installed: installed.collect(),
        services: services.into_iter().flatten().filter_map(text_of).collect(),
        // Without a list of packages nothing can be said of what is not among the services.
        is_partial: listed.is_none(),
    }))
}
