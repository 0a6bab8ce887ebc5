//! Records for tests, in few words.

use model::{
    Span, Timestamp,
    device::{
        Confidence, Field, IdKind, Mac, Observation, OwnerHint, Platform, Practice, RecordKey,
        Software, SourceRecord,
    },
};

/// Usable.
pub(crate) const D: &str = "00:DE:CA:FB:AD:00";
/// Usable.
pub(crate) const B: &str = "00:DE:AD:BE:EF:00";
/// Locally administered.
pub(crate) const L: &str = "02:00:00:00:00:01";
/// Of a group.
pub(crate) const G: &str = "01:00:00:00:00:01";
/// Of no vendor.
pub(crate) const Z: &str = "00:00:00:00:00:01";

/// So many hours after the beginning of the tests' time.
pub(crate) fn hour(hours: u64) -> Timestamp {
    Span::hours(hours).after("2026-08-20T00:00:00Z".parse().expect("an instant"))
}

/// A record of a source, fetched at hour 10.
pub(crate) fn record(source: &str, id: &str) -> SourceRecord {
    SourceRecord::new(RecordKey::new(source, id), hour(10))
}

pub(crate) trait Build: Sized {
    fn id(self, kind: IdKind, value: &str) -> Self;
    fn serial(self, serial: &str) -> Self {
        self.id(IdKind::Serial, serial)
    }
    fn macs<const N: usize>(self, macs: [&str; N]) -> Self;
    fn fact(self, field: Field, text: &str) -> Self;
    fn on(self, platform: Platform) -> Self;
    fn synced(self, hours: u64) -> Self;
    fn sees(self, practice: Practice, observation: Observation) -> Self;
    fn says(self, practice: Practice, value: Option<bool>) -> Self {
        self.sees(practice, Observation::stated(value))
    }
    fn owned(self, email: &str, confidence: Confidence) -> Self;
    fn with(self, software: Software) -> Self;
}

impl Build for SourceRecord {
    fn id(mut self, kind: IdKind, value: &str) -> Self {
        self.identifiers.scalars.insert(kind, value.to_owned());
        self
    }
    fn macs<const N: usize>(mut self, macs: [&str; N]) -> Self {
        self.identifiers.macs = macs.map(|mac| mac.parse::<Mac>().expect("an address")).to_vec();
        self
    }
    fn fact(mut self, field: Field, text: &str) -> Self {
        self.facts.insert(field, text.to_owned());
        self
    }
    fn on(mut self, platform: Platform) -> Self {
        self.platform = platform;
        self
    }
    fn synced(mut self, hours: u64) -> Self {
        self.last_sync = Some(hour(hours));
        self
    }
    fn sees(mut self, practice: Practice, observation: Observation) -> Self {
        self.practices.insert(practice, observation);
        self
    }
    fn owned(mut self, email: &str, confidence: Confidence) -> Self {
        self.owners.push(OwnerHint::new(Some(email), None, confidence));
        self
    }
    fn with(mut self, software: Software) -> Self {
        self.software = Some(software.into());
        self
    }
}
