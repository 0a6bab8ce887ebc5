//! What the store keeps as bytes, and what it finds devices by.

use model::{DeviceId, PersonId, Personal, Timestamp, device::SourceRecord};
use ports::devices::store::{
    DecisionRow, Dossier, ExemptionRow, FindKey, HistoryRow, Inventory, StoredRecord,
};
use posture::{
    Decision, Exemption, Track,
    exemption::ExemptionState,
    identity::Handle,
    stored::{decode_entries, decode_record, decode_track, encode_entries, encode_record},
    track::Entry,
};
use serde::{Deserialize, Serialize};

use crate::{
    bytes::{read, write},
    engine::EngineError,
};

/// Something that people decided about records, or are to decide.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kept {
    /// How records come together.
    Decision(Decision),
    /// Somebody says that a device is not theirs.
    NotMine(NotMine),
}

/// Somebody says that a device is not theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct NotMine {
    pub(super) device: DeviceId,
    pub(super) by: PersonId,
    pub(super) note: Personal,
    pub(super) at: Timestamp,
}

/// An exemption with its key.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct KeptExemption {
    pub(super) key: String,
    pub(super) exemption: Exemption,
}

impl Kept {
    pub(super) fn row(&self, key: String) -> DecisionRow {
        DecisionRow { key, body: write(self) }
    }

    pub(super) fn of(row: &DecisionRow) -> Result<Self, EngineError> {
        read(&row.body)
    }
}

impl KeptExemption {
    pub(super) fn of(row: &ExemptionRow) -> Result<Self, EngineError> {
        Ok(Self { key: row.key.clone(), exemption: read(&row.body)? })
    }

    pub(super) fn row(&self) -> ExemptionRow {
        let is_open = matches!(
            self.exemption.state,
            ExemptionState::Requested | ExemptionState::Approved { .. }
        );
        let (key, device) = (self.key.clone(), self.exemption.device);
        ExemptionRow { key, device, is_open, body: write(&self.exemption) }
    }
}

/// How a device is found by an identifier.
pub(super) fn find_key(handle: &Handle) -> FindKey {
    let (kind, value) = (handle.key.kind_name(), handle.key.to_string());
    match handle.is_claim {
        true => FindKey::of(&format!("claimed {kind}"), &value),
        false => FindKey::of(kind, &value),
    }
}

/// The record of a stored one. Software that was not read is absent.
pub(super) fn record_of(stored: &StoredRecord) -> Result<SourceRecord, EngineError> {
    decode_record(&stored.body, stored.inventory()).map_err(|error| unreadable(&error))
}

/// A record to be stored; one that did not change keeps the software that it has.
pub(super) fn stored(record: &SourceRecord, is_changed: bool) -> StoredRecord {
    let (body, software) = encode_record(record);
    let software = match software {
        _ if !is_changed => Inventory::Kept,
        Some(bytes) => Inventory::Is(bytes),
        None => Inventory::Absent,
    };
    StoredRecord::of(record, body, software)
}

pub(super) fn track_of(dossier: &Dossier) -> Result<Track, EngineError> {
    decode_track(&dossier.track).map_err(|error| unreadable(&error))
}

/// What an evaluation at this instant added to the history.
pub(super) fn history_row(device: DeviceId, at: Timestamp, entries: &[Entry]) -> HistoryRow {
    HistoryRow { seq: 0, device, at, body: encode_entries(entries) }
}

pub(super) fn entries_of(row: &HistoryRow) -> Result<Vec<Entry>, EngineError> {
    match decode_entries(&row.body, row.at) {
        Ok(entries) => Ok(entries),
        // Before entries had a form of their own they were written as other values are.
        Err(error) => read(&row.body).map_err(|_| unreadable(&error)),
    }
}

fn unreadable(error: &posture::stored::StoredError) -> EngineError {
    tracing::error!(%error, "a stored device cannot be read");
    EngineError::Unavailable("the store of devices holds something unreadable".to_owned())
}

#[cfg(test)]
mod tests {
    use model::device::Practice;
    use posture::State;

    use super::*;

    #[test]
    fn history_of_before_entries_had_a_form_of_their_own_is_read() {
        let at = Timestamp::UNIX_EPOCH;
        let entry = Entry {
            at,
            practice: Practice::Firewall,
            issue: None,
            from: None,
            to: State::Warn,
            reason: None,
        };
        let row = history_row(DeviceId::from_digest(1), at, std::slice::from_ref(&entry));
        assert_eq!(entries_of(&row), Ok(vec![entry.clone()]));
        let before = HistoryRow { body: write(&[&entry]), ..row };
        assert_eq!(entries_of(&before), Ok(vec![entry]));
        let neither = HistoryRow { body: vec![9, 9], ..before };
        assert!(entries_of(&neither).is_err());
    }
}
