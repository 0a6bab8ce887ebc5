//! What one source says about one device, as it says it.
//!
//! A [`SourceRecord`] is made by a connector and never rewritten: what is derived from several of
//! them, the device, its checks and its grade, is `posture`'s. Vendors' words end at the connector;
//! from here on there are these names only.
//!
//! The serialised form is positional, small, and for stores; pages and the API have their own.

mod identifier;
mod limits;
mod mac;
mod platform;
mod practice;

use std::{collections::BTreeMap, fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{DeviceId, Personal, Timestamp};

pub use identifier::{IdKind, Identifiers};
pub use mac::{Mac, MacError};
pub use platform::{Platform, split_os};
pub use practice::{
    Absence, Evidence, Gap, Lock, Observation, Part, Practice, PracticeError, Volume, VolumeState,
};

/// What one source says about one device.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceRecord {
    /// Which source, and what it calls the device.
    pub key: RecordKey,
    /// Our own note of when the record was first seen.
    pub origin: Origin,
    /// When we asked.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub fetched_at: Timestamp,
    /// When the source last heard from the device.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::optional")]
    pub last_sync: Option<Timestamp>,
    /// Whether the source has stopped listing it: its last data stays, marked with its age.
    pub is_gone: bool,
    /// [`Platform::Unknown`] when the source neither says nor implies it.
    pub platform: Platform,
    /// The description, each fact as the source words it. An empty text is no fact.
    pub facts: BTreeMap<Field, String>,
    /// What names the device itself.
    pub identifiers: Identifiers,
    /// Who it may belong to.
    pub owners: Vec<OwnerHint>,
    /// What is installed and running; absent when the source takes no inventory.
    pub software: Option<Arc<Software>>,
    /// What was seen of the practices that checks judge.
    pub practices: BTreeMap<Practice, Observation>,
    /// Facts of this company's own, by name: extension attributes, results of its own queries.
    pub attributes: BTreeMap<String, Attribute>,
}

/// A source and the id it gives a device. Ordered, so that results never depend on arrival.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RecordKey {
    /// The source's name in the configuration.
    pub source: String,
    /// What the source calls the device.
    pub id: String,
}

/// When and as what a record first appeared: bookkeeping of ours, from which ids of devices come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// When the record was first stored.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub first_seen_at: Timestamp,
    /// The id of a device whose oldest record was erased, and of which this was the next oldest.
    pub inherits: Option<DeviceId>,
}

/// A fact of a device's description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// What its owner calls it.
    Name,
    /// The model as sold, such as `MacBook Pro`.
    Model,
    /// The maker's code for it, such as `Mac14,10`.
    ModelIdentifier,
    /// Who made it.
    Manufacturer,
    /// The operating system in the source's word.
    Os,
    /// Its version.
    OsVersion,
    /// Its build.
    OsBuild,
    /// Its edition, such as `Enterprise`.
    OsEdition,
    /// The release's own name, such as `24H2`.
    OsRelease,
    /// The day of the security patches, as `2026-08-05`.
    SecurityPatch,
    /// Until when the maker sends updates, as a day.
    UpdatesUntil,
    /// What kind of machine: `laptop`, `server` …
    Type,
    /// The source's word for its state: enrolled, retired …
    Status,
    /// Whose it is: the company's or a person's.
    OwnerType,
    /// When this hardware came out, as a day.
    HwReleaseDate,
}

/// Who a device may belong to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerHint {
    /// An address, lower-cased and trimmed by [`OwnerHint::new`].
    pub email: Option<Personal>,
    /// An account's name.
    pub username: Option<Personal>,
    /// How the source knows.
    pub confidence: Confidence,
}

/// How a source knows whose a device is; ordered, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// By who used it.
    Guessed,
    /// The device or its user says so.
    Reported,
    /// Somebody assigned it.
    Assigned,
}

/// What is installed and what runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Software {
    /// When the inventory was taken; the record's own time when absent.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::optional")]
    pub last_scan: Option<Timestamp>,
    /// What is installed.
    pub installed: Vec<Installed>,
    /// The names of services that run.
    pub services: Vec<String>,
    /// Whether there is more than is listed: then nothing can be said of what is not.
    pub is_partial: bool,
}

/// One installed piece of software.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installed {
    /// Its name, compared exactly.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
    /// Who publishes it.
    pub publisher: Option<String>,
    /// Where it lies.
    pub path: Option<String>,
    /// When it was installed, as the source words it.
    pub install_date: Option<String>,
}

/// The value of a fact that only this company knows.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Attribute {
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A text. Hostile until shown inert.
    Text(String),
}

impl Field {
    /// The name in the API and in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Model => "model",
            Self::ModelIdentifier => "model_identifier",
            Self::Manufacturer => "manufacturer",
            Self::Os => "os",
            Self::OsVersion => "os_version",
            Self::OsBuild => "os_build",
            Self::OsEdition => "os_edition",
            Self::OsRelease => "os_release",
            Self::SecurityPatch => "security_patch",
            Self::UpdatesUntil => "updates_until",
            Self::Type => "type",
            Self::Status => "status",
            Self::OwnerType => "owner_type",
            Self::HwReleaseDate => "hw_release_date",
        }
    }
}

impl SourceRecord {
    /// A record of which only the key and the times are known yet.
    #[must_use]
    pub fn new(key: RecordKey, fetched_at: Timestamp) -> Self {
        Self {
            key,
            origin: Origin { first_seen_at: fetched_at, inherits: None },
            fetched_at,
            last_sync: None,
            is_gone: false,
            platform: Platform::Unknown,
            facts: BTreeMap::new(),
            identifiers: Identifiers::default(),
            owners: Vec::new(),
            software: None,
            practices: BTreeMap::new(),
            attributes: BTreeMap::new(),
        }
    }

    /// A fact that says something.
    #[must_use]
    pub fn fact(&self, field: Field) -> Option<&str> {
        self.facts.get(&field).map(|text| text.trim()).filter(|text| !text.is_empty())
    }
}

impl RecordKey {
    /// The device of that id in that source.
    #[must_use]
    pub fn new(source: impl Into<String>, id: impl Into<String>) -> Self {
        Self { source: source.into(), id: id.into() }
    }
}

impl OwnerHint {
    /// A hint; empty names are none.
    #[must_use]
    pub fn new(email: Option<&str>, username: Option<&str>, confidence: Confidence) -> Self {
        fn said(text: Option<&str>) -> Option<&str> {
            text.map(str::trim).filter(|text| !text.is_empty())
        }
        Self {
            email: said(email).map(|email| Personal::new(email.to_lowercase())),
            username: said(username).map(Personal::from),
            confidence,
        }
    }
}

/// Names of devices hold names of people, so that only the key reaches a log.
impl fmt::Debug for SourceRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SourceRecord({}/{})", self.key.source, self.key.id)
    }
}

/// It may hold anything about a person.
impl fmt::Debug for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[attribute]")
    }
}

#[cfg(test)]
mod tests;
