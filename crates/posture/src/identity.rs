//! Which of a record's identifiers can tell one device from another.
//!
//! Sources send placeholders for what they do not know. One of them must neither join two devices
//! nor, by differing from another, keep two records of one device apart.

mod family;
mod junk;

use std::fmt;

use model::device::{Field, IdKind, Mac, Platform, SourceRecord};
use serde::{Deserialize, Serialize};

pub use family::Family;
pub(crate) use family::is_virtual_model;
pub use junk::{JunkRules, is_virtual_serial};

use crate::merge::{MergeRules, Trust};

/// Something that two records of one device have in common; ordered, the strongest first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum MatchKey {
    /// The hardware's id, in either of the names that sources have for it.
    Hardware(String),
    /// The serial number.
    Serial(String),
    /// The IMEI.
    Imei(String),
    /// The MEID.
    Meid(String),
    /// The id of an enrolment with Google.
    Google(String),
    /// The id of an enrolment with Microsoft.
    AzureAd(String),
    /// The address of an adapter.
    Mac(Mac),
}

impl MatchKey {
    /// The key of an identifier, when it is usable.
    #[must_use]
    pub fn of(kind: IdKind, said: &str, junk: &JunkRules) -> Option<Self> {
        let value = junk.usable(kind, said)?;
        Some(match kind {
            IdKind::HardwareUuid | IdKind::Udid => Self::Hardware(value),
            IdKind::Serial => Self::Serial(value),
            IdKind::Imei => Self::Imei(value),
            IdKind::Meid => Self::Meid(value),
            IdKind::GoogleDeviceId => Self::Google(value),
            IdKind::AzureAdDeviceId => Self::AzureAd(value),
        })
    }

    /// What kind of thing it is, for people.
    #[must_use]
    pub fn kind_name(&self) -> &'static str {
        match self {
            Self::Hardware(_) => IdKind::HardwareUuid.name(),
            Self::Serial(_) => IdKind::Serial.name(),
            Self::Imei(_) => IdKind::Imei.name(),
            Self::Meid(_) => IdKind::Meid.name(),
            Self::Google(_) => IdKind::GoogleDeviceId.name(),
            Self::AzureAd(_) => IdKind::AzureAdDeviceId.name(),
            Self::Mac(_) => "mac_address",
        }
    }
}

/// The value alone.
impl fmt::Display for MatchKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hardware(value)
            | Self::Serial(value)
            | Self::Imei(value)
            | Self::Meid(value)
            | Self::Google(value)
            | Self::AzureAd(value) => f.write_str(value),
            Self::Mac(mac) => mac.fmt(f),
        }
    }
}

/// What a store finds a record by. An identifier that a record has by its own word alone is kept
/// apart from those that management knows: however many claim one, none is hidden by it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle {
    /// The identifier.
    pub key: MatchKey,
    /// Whether the record has it by its own word alone.
    pub is_claim: bool,
}

/// What merging knows of a record.
#[derive(Debug)]
pub(crate) struct Identity {
    /// How far its word goes.
    pub(crate) trust: Trust,
    /// What it can be found by.
    pub(crate) keys: Vec<MatchKey>,
    /// What would tell it from another device, by kind. Those of enrolments are left out.
    pub(crate) scalars: Vec<(IdKind, String)>,
    /// The platform as far as it tells devices apart.
    pub(crate) platform: Option<Platform>,
    /// The family of its model, when that is a known one.
    pub(crate) family: Option<Family>,
    /// The model, normalised, when there is one.
    pub(crate) model: Option<String>,
}

impl Identity {
    pub(crate) fn of(record: &SourceRecord, rules: &MergeRules) -> Self {
        let mut keys = Vec::new();
        let mut scalars = Vec::new();
        for (kind, said) in &record.identifiers.scalars {
            let Some(key) = MatchKey::of(*kind, said, &rules.junk) else { continue };
            if !kind.is_of_enrolment() {
                scalars.push((*kind, key.to_string()));
            }
            keys.push(key);
        }
        let macs = record.identifiers.macs.iter();
        keys.extend(macs.filter(|mac| rules.is_usable(mac)).map(|mac| MatchKey::Mac(*mac)));
        keys.sort();
        keys.dedup();
        Self {
            trust: rules.trusts.of(&record.key.source),
            keys,
            scalars,
            platform: distinct(record.platform),
            family: family(record),
            model: record.fact(Field::Model).map(junk::normalise),
        }
    }

    pub(crate) fn scalar(&self, kind: IdKind) -> Option<&str> {
        self.scalars.iter().find(|(its, _)| *its == kind).map(|(_, value)| value.as_str())
    }
}

/// The usable identifiers of a record, the strongest first.
#[must_use]
pub fn match_keys(record: &SourceRecord, rules: &MergeRules) -> Vec<MatchKey> {
    Identity::of(record, rules).keys
}

/// Everything that a record can be found by: what a store indexes.
#[must_use]
pub fn handles(record: &SourceRecord, rules: &MergeRules) -> Vec<Handle> {
    let is_claim = rules.trusts.of(&record.key.source).is_own_word();
    match_keys(record, rules).into_iter().map(|key| Handle { key, is_claim }).collect()
}

/// Sources call an iPad an iPhone's platform or its own: that tells no device from another.
fn distinct(platform: Platform) -> Option<Platform> {
    match platform {
        Platform::Ipados => Some(Platform::Ios),
        Platform::Unknown | Platform::Other => None,
        other => Some(other),
    }
}

fn family(record: &SourceRecord) -> Option<Family> {
    let by = |field| record.fact(field).and_then(Family::of);
    by(Field::Model).or_else(|| by(Field::ModelIdentifier))
}
