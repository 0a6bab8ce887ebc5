//! What is kept.

use std::{collections::BTreeMap, fmt};

use model::{
    DeliveryId, DeviceId, PersonId, Personal, Timestamp,
    device::{RecordKey, SourceRecord},
};
use sha2::{Digest as _, Sha256};

use crate::{devices::SourceHealth, store::Day};

/// Something that a device can be found by: a digest, so that an index of it is small and tells
/// nothing. Two things may share one, once in a long time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FindKey(pub i64);

/// A device as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Dossier {
    /// Its id.
    pub id: DeviceId,
    /// Ids that it had, or may have again.
    pub aliases: Vec<DeviceId>,
    /// Whose it is, where the directory knows the person and they have not left.
    pub owner: Option<PersonId>,
    /// The owner's address as sources say it, in small letters.
    pub email: Option<Personal>,
    /// How it stands overall, in the core's word.
    pub grade: String,
    /// How each of its checks stands: practice and state, in the core's words.
    pub checks: BTreeMap<String, String>,
    /// Whether a person should look at how its records came together.
    pub is_flagged: bool,
    /// When a source last heard from it.
    pub last_seen: Option<Timestamp>,
    /// When it is to be evaluated again by itself.
    pub next_at: Option<Timestamp>,
    /// What is remembered of it.
    pub track: Vec<u8>,
    /// What it is derived from.
    pub records: Vec<StoredRecord>,
}

/// A record as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredRecord {
    /// Which.
    pub key: RecordKey,
    /// When its source was asked.
    pub fetched_at: Timestamp,
    /// Whether the source has stopped listing it.
    pub is_gone: bool,
    /// The record without its software.
    pub body: Vec<u8>,
    /// Its software.
    pub software: Inventory,
}

/// The software of a record.
#[derive(Clone, PartialEq, Eq)]
pub enum Inventory {
    /// There is none.
    Absent,
    /// Read: there is some, which was not asked for. Written: it stays what it is.
    Kept,
    /// This.
    Is(Vec<u8>),
}

/// A device to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceWrite {
    /// All of it.
    pub dossier: Dossier,
    /// What it can be found by. The keys of its records are added by the store.
    pub keys: Vec<FindKey>,
}

/// One transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeviceCommit {
    /// The revision that this is based on. Without one nothing may be written but history,
    /// health, days and signals, and the revision stays.
    pub based_on: Option<u64>,
    /// Devices, each in place of what was kept of it. A record that moves from another device
    /// comes with that device, or with its end.
    pub devices: Vec<DeviceWrite>,
    /// Devices that are no more: merged into another, or erased.
    pub ended: Vec<DeviceId>,
    /// What is added to the history; `seq` is given by the store.
    pub history: Vec<HistoryRow>,
    /// Devices whose history is erased, under exactly these ids.
    pub forgotten: Vec<DeviceId>,
    /// Decisions to keep, in place of those of the same key.
    pub decisions: Vec<DecisionRow>,
    /// Decisions that were taken back.
    pub withdrawn: Vec<String>,
    /// Exemptions, in place of those of the same key.
    pub exemptions: Vec<ExemptionRow>,
    /// Exemptions that are erased, by their keys.
    pub erased_exemptions: Vec<String>,
    /// How sources stand now.
    pub health: Vec<SourceHealth>,
    /// Sources that are no longer configured.
    pub dropped_sources: Vec<String>,
    /// How the fleet stood, in place of what was kept of the same days.
    pub days: Vec<DayRow>,
    /// Days before this one are forgotten.
    pub first_day: Option<Day>,
    /// What becomes of signals.
    pub signals: Vec<SignalOp>,
}

/// What an evaluation added to the history of a device.
#[derive(Clone, PartialEq, Eq)]
pub struct HistoryRow {
    /// Its place, given by the store and rising.
    pub seq: u64,
    /// Which device.
    pub device: DeviceId,
    /// When.
    pub at: Timestamp,
    /// The entries.
    pub body: Vec<u8>,
}

/// How the fleet stood on a day.
#[derive(Clone, PartialEq, Eq)]
pub struct DayRow {
    /// The day.
    pub day: Day,
    /// The numbers.
    pub body: Vec<u8>,
}

/// What somebody decided about records.
#[derive(Clone, PartialEq, Eq)]
pub struct DecisionRow {
    /// Its key, chosen by who writes it.
    pub key: String,
    /// The decision.
    pub body: Vec<u8>,
}

/// An exemption.
#[derive(Clone, PartialEq, Eq)]
pub struct ExemptionRow {
    /// Its key, chosen by who writes it.
    pub key: String,
    /// Which device, under the id that it had.
    pub device: DeviceId,
    /// Whether it waits for somebody or is in force.
    pub is_open: bool,
    /// The exemption.
    pub body: Vec<u8>,
}

/// Something that a relying party is to be told.
#[derive(Clone, PartialEq, Eq)]
pub struct SignalRow {
    /// Its id, the same over all tries.
    pub id: DeliveryId,
    /// Which relying party.
    pub receiver: String,
    /// Its place among those of the receiver, given by the store and rising.
    pub seq: u64,
    /// When it is to be told.
    pub due: Timestamp,
    /// How often that was tried.
    pub attempts: u32,
    /// What.
    pub body: Vec<u8>,
}

/// What becomes of a signal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignalOp {
    /// It waits.
    Add(SignalRow),
    /// It was taken, or never will be.
    Done {
        /// By whom.
        receiver: String,
        /// Which.
        id: DeliveryId,
    },
    /// It is tried again.
    PutBack {
        /// By whom.
        receiver: String,
        /// Which.
        id: DeliveryId,
        /// When.
        due: Timestamp,
        /// How often it was tried by now.
        attempts: u32,
    },
}

/// Whose devices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Owner {
    /// The person.
    pub person: Option<PersonId>,
    /// Their addresses, in small letters: the directory's and every alias that is one.
    pub emails: Vec<Personal>,
}

/// Which devices a list shows: those to which everything here applies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeviceQuery {
    /// With one of these grades; all where there are none.
    pub grades: Vec<String>,
    /// On which this check stands so.
    pub check: Option<(String, String)>,
    /// Of somebody, or of nobody.
    pub owned: Option<Owned>,
    /// Whose records a person should look at.
    pub only_flagged: bool,
    /// Last seen at this instant or later.
    pub seen_since: Option<Timestamp>,
    /// Last seen before this instant, or never.
    pub seen_before: Option<Timestamp>,
    /// After this one.
    pub after: Option<DeviceId>,
    /// So many at most.
    pub limit: u32,
}

/// Whose the devices of a list are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owned {
    /// Nobody's that is known: those without an owner, whatever address sources say.
    ByNobody,
    /// Theirs.
    By(Owner),
}

/// What a person's page shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonDevices {
    /// Their devices, in the order of their ids.
    pub devices: Vec<Dossier>,
    /// Whether there are more than are shown.
    pub has_more: bool,
    /// Exemptions of these devices.
    pub exemptions: Vec<ExemptionRow>,
    /// How the sources stand.
    pub sources: Vec<SourceHealth>,
}

/// The fleet in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Census {
    /// How many devices there are.
    pub devices: u64,
    /// How many of each grade.
    pub grades: BTreeMap<String, u64>,
    /// How many on which a check stands so, by practice and state.
    pub checks: BTreeMap<(String, String), u64>,
    /// How many belong to nobody that is known.
    pub unowned: u64,
    /// At how many a person should look.
    pub flagged: u64,
    /// How many records there are of each source, and how many of them it has stopped listing.
    pub records: BTreeMap<String, (u64, u64)>,
}

impl FindKey {
    /// The key of an identifier: its kind and its value, in the form in which it is compared.
    #[must_use]
    pub fn of(kind: &str, value: &str) -> Self {
        let mut digest = Sha256::new();
        for part in [kind, value] {
            digest.update(part.as_bytes());
            digest.update([0]);
        }
        let bytes = digest.finalize();
        Self(bytes.iter().take(8).fold(0, |sum, byte| sum << 8 | i64::from(*byte)))
    }

    /// The key of a record.
    #[must_use]
    pub fn record(key: &RecordKey) -> Self {
        Self::of(&format!("record {}", key.source), &key.id)
    }
}

impl StoredRecord {
    /// A record with its encoded form.
    #[must_use]
    pub fn of(record: &SourceRecord, body: Vec<u8>, software: Inventory) -> Self {
        let (key, fetched_at) = (record.key.clone(), kept_ms(record.fetched_at));
        Self { key, fetched_at, is_gone: record.is_gone, body, software }
    }

    /// The software, where it was read.
    #[must_use]
    pub fn inventory(&self) -> Option<&[u8]> {
        match &self.software {
            Inventory::Is(bytes) => Some(bytes),
            Inventory::Absent | Inventory::Kept => None,
        }
    }
}

impl DeviceCommit {
    /// Whether it changes what others may have counted on.
    #[must_use]
    pub fn is_of_revision(&self) -> bool {
        !(self.devices.is_empty()
            && self.ended.is_empty()
            && self.decisions.is_empty()
            && self.withdrawn.is_empty()
            && self.exemptions.is_empty()
            && self.erased_exemptions.is_empty())
    }
}

/// An instant as stores of devices keep it.
#[must_use]
pub fn kept_ms(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

/// Names of devices hold names of people, so that only ids and sizes reach a log.
macro_rules! discreet {
    ($($name:ident($($field:ident),*);)*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut shown = f.debug_struct(stringify!($name));
                $(shown.field(stringify!($field), &self.$field);)*
                shown.finish_non_exhaustive()
            }
        }
    )*};
}

discreet! {
    Dossier(id, owner, grade, records);
    StoredRecord(key, is_gone);
    HistoryRow(seq, device, at);
    DayRow(day);
    DecisionRow(key);
    ExemptionRow(key, device, is_open);
    SignalRow(id, receiver, seq, due, attempts);
}

impl fmt::Debug for Inventory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("Absent"),
            Self::Kept => f.write_str("Kept"),
            Self::Is(bytes) => write!(f, "Is({} bytes)", bytes.len()),
        }
    }
}
