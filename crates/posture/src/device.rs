//! A device, derived from the records of one [`Cluster`].
//!
//! Every merged field says which source won, when that source saw it, and what the others say.
//! Nothing is judged here: observations of practices are kept side by side until a check chooses
//! among them, because how old one may be is the check's to say.

mod derive;
mod lists;

use std::{collections::BTreeMap, fmt, sync::Arc};

use model::{
    DeviceId, Personal, Timestamp,
    device::{
        Attribute, Confidence, Field, IdKind, Mac, Observation, Platform, Practice, RecordKey,
        Software, SourceRecord,
    },
};

use crate::merge::{Cluster, Decision, Flag, Link, MergeRules, merge};
pub use lists::{Filtered, Filters, Folded, OLDER_AFTER, Query, Title, find, fold, suggestions};

/// One device.
#[derive(Clone, PartialEq)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// Other ids under which it may be known.
    pub aliases: Vec<DeviceId>,
    /// The records it is derived from, the one that counts most first.
    pub records: Vec<RecordState>,
    /// What system it runs; unknown when no source says.
    pub platform: Platform,
    /// Who says so.
    pub platform_said: Option<Merged<Platform>>,
    /// Its description.
    pub facts: BTreeMap<Field, Merged<String>>,
    /// Whose it is.
    pub owner: Option<Owner>,
    /// Its usable identifiers, each with the sources that have it.
    pub identifiers: BTreeMap<(IdKind, String), Vec<String>>,
    /// The addresses of its adapters, those that can tell it from others first.
    pub macs: Vec<Mac>,
    /// Whether no hardware stands for it.
    pub is_virtual: bool,
    /// When a source last heard from it, or was last asked where none says.
    pub last_seen: Option<Timestamp>,
    /// Inventories of software, by source.
    pub software: Vec<Inventory>,
    /// What was seen of each practice, the newest first.
    pub practices: BTreeMap<Practice, Vec<Seen>>,
    /// Facts of this company's own.
    pub attributes: BTreeMap<String, Merged<Attribute>>,
    /// Why its records are one device.
    pub links: Vec<Link>,
    /// What a person should look at.
    pub flags: Vec<Flag>,
}

/// Names of devices hold names of people, so that only the id reaches a log.
impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Device({}, {} records)", self.id, self.records.len())
    }
}

/// One of a device's records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordState {
    /// Which.
    pub key: RecordKey,
    /// When its source last heard from the device.
    pub last_sync: Option<Timestamp>,
    /// When the source was asked.
    pub fetched_at: Timestamp,
    /// Whether the source has stopped listing it.
    pub is_gone: bool,
    /// Whether a newer record of the same source took its place.
    pub is_replaced: bool,
}

/// A value, and where it comes from.
#[derive(Clone, PartialEq, Eq)]
pub struct Merged<T> {
    /// What counts.
    pub value: T,
    /// Who says so.
    pub source: String,
    /// When that source last heard from the device.
    pub observed_at: Option<Timestamp>,
    /// What the others say, also where it is the same.
    pub others: Vec<Said<T>>,
}

/// What one source says.
#[derive(Clone, PartialEq, Eq)]
pub struct Said<T> {
    /// The value.
    pub value: T,
    /// Who says so.
    pub source: String,
    /// When that source last heard from the device.
    pub observed_at: Option<Timestamp>,
}

impl<T> fmt::Debug for Merged<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Merged(by {} of {})", self.source, self.others.len() + 1)
    }
}

impl<T> fmt::Debug for Said<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Said(by {})", self.source)
    }
}

/// Whose a device is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Their address.
    pub email: Option<Personal>,
    /// Their account's name.
    pub username: Option<Personal>,
    /// How sure that is.
    pub confidence: Confidence,
    /// Who says so.
    pub source: String,
    /// Others that sources name, the surest first.
    pub others: Vec<(Personal, String)>,
}

/// What one source saw of a practice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Which source.
    pub source: String,
    /// When, as far as the source says. Nothing counts as oldest.
    pub observed_at: Option<Timestamp>,
    /// When at the latest: the source was asked then.
    pub fetched_at: Timestamp,
    /// What.
    pub observation: Observation,
}

/// An inventory of software.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inventory {
    /// Which source took it.
    pub source: String,
    /// When.
    pub taken_at: Option<Timestamp>,
    /// When at the latest: the source was asked then.
    pub fetched_at: Timestamp,
    /// What is in it.
    pub list: Arc<Software>,
}

/// All devices of all records.
#[must_use]
pub fn devices(
    records: &[SourceRecord],
    decisions: &[Decision],
    rules: &MergeRules,
) -> Vec<Device> {
    let clusters = merge(records, decisions, rules);
    clusters.into_iter().map(|cluster| Device::derive(cluster, records, rules)).collect()
}

impl Device {
    /// The device of a cluster of these records.
    #[must_use]
    pub fn derive(cluster: Cluster, records: &[SourceRecord], rules: &MergeRules) -> Self {
        derive::derive(cluster, records, rules)
    }

    /// A fact of its description.
    #[must_use]
    pub fn fact(&self, field: Field) -> Option<&str> {
        self.facts.get(&field).map(|merged| merged.value.as_str())
    }

    /// When the source of a fact last heard from the device.
    #[must_use]
    pub fn fact_time(&self, field: Field) -> Option<Timestamp> {
        self.facts.get(&field).and_then(|merged| merged.observed_at).or(self.last_seen)
    }

    /// Whether it goes, or may once have gone, by this id.
    #[must_use]
    pub fn is_known_as(&self, id: DeviceId) -> bool {
        self.id == id || self.aliases.contains(&id)
    }

    /// Whether anything tells it from others of its model.
    #[must_use]
    pub fn is_identified(&self) -> bool {
        !self.identifiers.is_empty() || self.macs.iter().any(Mac::is_usable)
    }
}

#[cfg(test)]
mod tests;
