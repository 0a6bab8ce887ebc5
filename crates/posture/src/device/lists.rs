//! Lists of devices: which are shown, found, and left out, and what they are called.

use model::{
    DeviceId, Span, Timestamp,
    device::{Field, IdKind, Mac, SourceRecord},
};

use super::Device;
use crate::{
    identity::{Family, JunkRules},
    merge::MergeRules,
};

/// How long a device that no source heard from stays among the others, unless set otherwise.
pub const OLDER_AFTER: Span = Span::days(30);
/// Words of models and serial numbers of machines that are nobody's to mend.
const VIRTUAL_MODELS: [&str; 4] = ["Virtual Machine", "VMware", "amazon", "HVM domU"];
const VIRTUAL_SERIALS: [&str; 2] = ["Parallels", "VMware"];

/// Devices in two parts, none of them lost.
#[derive(Debug)]
pub struct Folded<'d> {
    /// Seen of late.
    pub current: Vec<&'d Device>,
    /// Not seen for long, or no longer listed by any source.
    pub older: Vec<&'d Device>,
}

/// Folds away what was not seen for `after`. What has no time was never seen.
#[must_use]
pub fn fold<'d>(
    devices: impl IntoIterator<Item = &'d Device>,
    after: Span,
    now: Timestamp,
) -> Folded<'d> {
    let is_current = |device: &&Device| {
        let is_listed = device.records.iter().any(|record| !record.is_gone);
        is_listed && device.last_seen.is_some_and(|seen| seen >= after.before(now))
    };
    let (current, older) = devices.into_iter().partition(is_current);
    Folded { current, older }
}

/// What a device is looked up by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// An address of its owner, in any case.
    Email(String),
    /// Its serial number.
    Serial(String),
    /// The address of one of its adapters.
    Mac(Mac),
}

/// The devices that a query means. A placeholder, or an address that many have, means none.
pub fn find<'d>(
    devices: impl IntoIterator<Item = &'d Device>,
    query: &Query,
    rules: &MergeRules,
) -> Vec<&'d Device> {
    devices.into_iter().filter(|device| is_meant(device, query, rules)).collect()
}

fn is_meant(device: &Device, query: &Query, rules: &MergeRules) -> bool {
    let usable = |said: &str, junk: &JunkRules| junk.usable(IdKind::Serial, said);
    match query {
        Query::Email(email) => {
            let wanted = email.trim().to_lowercase();
            let its = device.owner.as_ref().and_then(|owner| owner.email.as_ref());
            its.is_some_and(|its| its.reveal() == wanted)
        }
        Query::Serial(said) => usable(said, &rules.junk).is_some_and(|wanted| {
            let serials = device.identifiers.keys().filter(|(kind, _)| *kind == IdKind::Serial);
            serials.into_iter().any(|(_, its)| usable(its, &rules.junk).as_ref() == Some(&wanted))
        }),
        Query::Mac(mac) => rules.is_usable(mac) && device.macs.contains(mac),
    }
}

/// What a device is called in a list. The words around it are a page's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Title<'d> {
    /// Its own name.
    Name(&'d str),
    /// It has no name: its model.
    Model(&'d str),
    /// Nothing tells it from others: an unknown device, perhaps one of those that are known.
    Unknown {
        /// Its model.
        model: Option<&'d str>,
        /// Devices of the same owner that it may be.
        perhaps: Vec<DeviceId>,
    },
}

impl Device {
    /// What it is called among others.
    #[must_use]
    pub fn title<'d>(&'d self, others: &[Device]) -> Title<'d> {
        let model = self.fact(Field::Model);
        match (self.fact(Field::Name), model) {
            _ if !self.is_identified() => {
                Title::Unknown { model, perhaps: suggestions(self, others) }
            }
            (Some(name), _) => Title::Name(name),
            (None, Some(model)) => Title::Model(model),
            (None, None) => Title::Unknown { model: None, perhaps: Vec::new() },
        }
    }
}

/// Devices of the same owner and the same model or family: for a person to look at, never a reason
/// to bring records together.
#[must_use]
pub fn suggestions(device: &Device, others: &[Device]) -> Vec<DeviceId> {
    let email = |device: &Device| device.owner.as_ref().and_then(|owner| owner.email.clone());
    let model = |device: &Device| device.fact(Field::Model).map(str::to_lowercase);
    let family = |device: &Device| device.fact(Field::Model).and_then(Family::of);
    let is_like = |other: &&Device| {
        other.id != device.id
            && email(device).is_some()
            && email(other) == email(device)
            && (model(device).is_some() && model(other) == model(device)
                || family(device).is_some() && family(other) == family(device))
    };
    others.iter().filter(is_like).map(|other| other.id).collect()
}

/// Which records are no devices of people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filters {
    /// Words in a model, in any case.
    pub models: Vec<String>,
    /// Words in a serial number, in any case.
    pub serials: Vec<String>,
}

/// Virtual machines.
impl Default for Filters {
    fn default() -> Self {
        Self {
            models: VIRTUAL_MODELS.map(str::to_owned).to_vec(),
            serials: VIRTUAL_SERIALS.map(str::to_owned).to_vec(),
        }
    }
}

/// Records in two parts, none of them lost.
#[derive(Debug)]
pub struct Filtered {
    /// Those that count.
    pub kept: Vec<SourceRecord>,
    /// Those that do not, for staff to see.
    pub removed: Vec<SourceRecord>,
}

impl Filters {
    /// Parts records. One without the field is kept.
    #[must_use]
    pub fn apply(&self, records: Vec<SourceRecord>) -> Filtered {
        let (removed, kept) = records.into_iter().partition(|record| self.is_removed(record));
        Filtered { kept, removed }
    }

    fn is_removed(&self, record: &SourceRecord) -> bool {
        let has = |text: Option<&str>, words: &[String]| {
            let text = text.unwrap_or_default().to_lowercase();
            words.iter().any(|word| !word.is_empty() && text.contains(&word.to_lowercase()))
        };
        let serial = record.identifiers.scalars.get(&IdKind::Serial).map(String::as_str);
        has(record.fact(Field::Model), &self.models) || has(serial, &self.serials)
    }
}
