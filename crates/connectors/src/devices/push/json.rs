//! Records as JSON: one, a list of them, or all that a source has. Pure.

use std::sync::Arc;

use model::{
    Timestamp,
    device::{
        Attribute, Confidence, Field, IdKind, Installed, Observation, Platform, Practice, Software,
    },
};
use ports::devices::{DeviceMap, Pushed, Read, Rejected};
use serde_json::Value;

use crate::devices::draft::{self, Draft, at, instant, text_of};

/// The most records of one body.
pub(super) const RECORDS_MAX: usize = 10_000;
/// Names of facts, which are those of the API.
const FACTS: [(&str, Field); 15] = [
    ("name", Field::Name),
    ("model", Field::Model),
    ("model_identifier", Field::ModelIdentifier),
    ("manufacturer", Field::Manufacturer),
    ("os", Field::Os),
    ("os_version", Field::OsVersion),
    ("os_build", Field::OsBuild),
    ("os_edition", Field::OsEdition),
    ("os_release", Field::OsRelease),
    ("security_patch", Field::SecurityPatch),
    ("updates_until", Field::UpdatesUntil),
    ("type", Field::Type),
    ("status", Field::Status),
    ("owner_type", Field::OwnerType),
    ("hw_release_date", Field::HwReleaseDate),
];
/// Everything else that is read.
const OTHERS: [&str; 10] = [
    "id",
    "platform",
    "email",
    "username",
    "owner_confidence",
    "last_sync",
    "mac_addresses",
    "software",
    "practices",
    "attributes",
];

/// Reads records as JSON.
#[derive(Debug)]
pub struct JsonDevices {
    name: String,
}

impl JsonDevices {
    /// Reads for the source of this name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned() }
    }
}

impl DeviceMap for JsonDevices {
    fn map(&self, body: &[u8], now: Timestamp) -> Result<Pushed, Rejected> {
        let said: Value =
            serde_json::from_slice(body).map_err(|_| Rejected::because("not JSON"))?;
        let (records, is_snapshot) = match &said {
            Value::Array(list) => (list.as_slice(), false),
            Value::Object(fields) if fields.contains_key("devices") => {
                let list = fields.get("devices").and_then(Value::as_array);
                let list = list.ok_or_else(|| Rejected::because("`devices` is not a list"))?;
                (list.as_slice(), fields.get("snapshot") == Some(&Value::Bool(true)))
            }
            one => (std::slice::from_ref(one), false),
        };
        if records.len() > RECORDS_MAX {
            return Err(Rejected::because(format!("more than {RECORDS_MAX} records")));
        }
        let mut pushed = Pushed { is_snapshot, ..Pushed::default() };
        for (number, record) in records.iter().enumerate() {
            match device(&self.name, record, now) {
                Ok(read) => draft::add(&mut pushed.records, read),
                Err(why) => pushed.rejected.push((number, Rejected::because(why))),
            }
        }
        // All that there are, and one of them is not known: it must not be taken for gone.
        pushed.is_snapshot &= pushed.rejected.is_empty();
        Ok(pushed)
    }
}

/// The record of an object; else why there is none.
pub(super) fn device(source: &str, said: &Value, now: Timestamp) -> Result<Read, String> {
    let mut draft = Draft::of(source, said, &["id"], now).map_err(|unread| unread.why)?;
    for (name, field) in FACTS {
        draft.fact(field, name);
    }
    for kind in IdKind::ALL {
        draft.id(kind, kind.name());
    }
    for mac in draft.list("mac_addresses") {
        draft.add_mac("mac_addresses", mac.as_str().unwrap_or_default());
    }
    draft.record.platform = platform(&mut draft);
    draft.record.last_sync = draft.time("last_sync").map(|at| at.min(now));
    owner(&mut draft);
    practices(&mut draft, now);
    software(&mut draft);
    attributes(&mut draft);
    for name in said.as_object().into_iter().flat_map(serde_json::Map::keys) {
        let is_read = FACTS.iter().any(|(fact, _)| fact == name)
            || OTHERS.contains(&name.as_str())
            || IdKind::ALL.iter().any(|kind| kind.name() == name);
        let is_excess = super::super::door::kind_of(name).is_some();
        if !is_read && !is_excess {
            draft.problems.note("", "has a field that is not known");
        }
    }
    Ok(draft.finish())
}

/// One of our own words, else a vendor's, else what the name of the system says.
fn platform(draft: &mut Draft<'_>) -> Platform {
    let word = draft.text("platform");
    match word.as_deref() {
        Some(word) => Platform::named(word).unwrap_or_else(|| Platform::read(word)),
        None => Platform::read(draft.text("os").as_deref().unwrap_or_default()),
    }
}

fn owner(draft: &mut Draft<'_>) {
    let words = [
        ("assigned", Confidence::Assigned),
        ("reported", Confidence::Reported),
        ("guessed", Confidence::Guessed),
    ];
    let confidence = draft.word("owner_confidence", &words).unwrap_or(Confidence::Reported);
    let (email, username) = (draft.text("email"), draft.text("username"));
    draft.owner(email.as_deref(), username.as_deref(), confidence);
}

/// `true`, `false`, `null`, or an object with `value` and more. A name that no practice has is
/// refused by name.
fn practices(draft: &mut Draft<'_>, now: Timestamp) {
    let Some(said) = draft.get("practices") else { return };
    let Some(said) = said.as_object() else {
        return draft.problems.note("practices", "not an object");
    };
    for (name, value) in said {
        let Ok(practice) = name.parse::<Practice>() else {
            let shown: String = name.chars().filter(|it| !it.is_control()).take(64).collect();
            draft.problems.note(format!("practices.{shown}"), "not the name of a practice");
            continue;
        };
        match observation(value, now) {
            Some(observation) => draft.sees(practice, observation),
            None => {
                draft.problems.note(format!("practices.{name}"), "neither yes, no nor unknown");
            }
        }
    }
}

fn observation(said: &Value, now: Timestamp) -> Option<Observation> {
    let value = match said {
        Value::Object(fields) => fields.get("value").unwrap_or(&Value::Null),
        bare => bare,
    };
    let value = match value {
        Value::Bool(yes) => Some(*yes),
        Value::Null => None,
        Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    let details = at(said, "details").and_then(Value::as_array);
    let observed_at = at(said, "observed_at").and_then(text_of).as_deref().and_then(instant);
    Some(Observation {
        observed_at: observed_at.map(|at| at.min(now)),
        version: at(said, "version").and_then(text_of),
        details: details.into_iter().flatten().filter_map(text_of).collect(),
        ..Observation::stated(value)
    })
}

fn software(draft: &mut Draft<'_>) {
    if draft.get("software").is_none() {
        return;
    }
    let installed = draft.list("software.installed").iter().filter_map(|each| {
        let text = |name: &str| at(each, name).and_then(text_of);
        Some(Installed {
            name: text("name")?,
            version: text("version"),
            publisher: text("publisher"),
            path: text("path"),
            install_date: text("install_date"),
        })
    });
    let installed = installed.collect();
    let services = draft.list("software.services").iter();
    let named = services.filter_map(|it| text_of(at(it, "name").unwrap_or(it)));
    let services = named.collect();
    let last_scan = draft.time("software.last_scan_date");
    let is_partial = draft.yes("software.is_partial").unwrap_or(false);
    let software = Software { last_scan, installed, services, is_partial };
    draft.record.software = Some(Arc::new(software));
}

fn attributes(draft: &mut Draft<'_>) {
    let Some(said) = draft.get("attributes").and_then(Value::as_object) else { return };
    for (name, value) in said {
        let value = match value {
            Value::Bool(yes) => Some(Attribute::Bool(*yes)),
            Value::Number(number) => number.as_i64().map(Attribute::Int),
            Value::String(text) => Some(Attribute::Text(text.clone())),
            Value::Null => continue,
            Value::Array(_) | Value::Object(_) => None,
        };
        match value {
            Some(value) if super::super::door::kind_of(name).is_none() => {
                draft.attribute(name, value);
            }
            Some(_) => {}
            None => draft.problems.note("attributes", "one is neither text, number nor yes or no"),
        }
    }
}
