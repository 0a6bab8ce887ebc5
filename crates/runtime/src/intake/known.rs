//! Alerts that were seen before, by the source's id, or by content where it has none.

use model::{AlertId, CaseId, Span, Timestamp};
use ports::{
    source::AlertDraft,
    store::{Record, RecordOp, Space},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::engine::EngineError;

/// How long a source's id is unique.
pub const ID_LIFE: Span = Span::days(30);
/// How long the same content without an id is the same alert.
pub const CONTENT_LIFE: Span = Span::hours(24);
/// Bytes of a hash that are kept.
const HASH_BYTES: usize = 16;

/// An alert that was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Known {
    pub(super) alert: AlertId,
    pub(super) case: CaseId,
    pub(super) content: String,
}

/// By what an alert is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    key: String,
    pub(super) content: String,
    life: Span,
}

/// A known alert with its bytes: it is replaced only as it was read.
pub(super) struct Seen {
    pub(super) known: Known,
    bytes: Vec<u8>,
}

impl Seen {
    pub(super) fn of(record: Record) -> Result<Self, EngineError> {
        Ok(Self { known: crate::bytes::read(&record.value)?, bytes: record.value })
    }
}

impl Identity {
    pub(super) fn of(source: &str, draft: &AlertDraft) -> Self {
        let bytes = serde_json::to_vec(draft).expect("a draft can be written");
        let content = hash("content", &bytes);
        // Ids are hashed: they may be long, and they may name people.
        let (word, life) = match &draft.external_id {
            Some(id) => (hash("id", id.as_bytes()), ID_LIFE),
            None => (format!("content:{content}"), CONTENT_LIFE),
        };
        Self { key: format!("{source}/{word}"), content, life }
    }

    /// Of an alert of our own: its id is all that counts, since it is the same only for the same.
    pub(super) fn of_own(source: &str, id: &str) -> Self {
        let content = hash("own", id.as_bytes());
        Self { key: format!("{source}/{content}"), content, life: ID_LIFE }
    }

    /// Where it is remembered.
    pub(super) fn place(&self) -> (Space, String) {
        (Space::AlertKey, self.key.clone())
    }

    /// Remembers an alert, on condition that what was read is still so.
    pub(super) fn op(
        &self,
        seen: Option<&Seen>,
        alert: AlertId,
        case: CaseId,
        now: Timestamp,
    ) -> RecordOp {
        let known = Known { alert, case, content: self.content.clone() };
        let record = Record {
            space: Space::AlertKey,
            key: self.key.clone(),
            owner: None,
            value: crate::bytes::write(&known),
            expires_at: Some(self.life.after(now)),
        };
        RecordOp::Swap { expected: seen.map(|seen| seen.bytes.clone()), record, now }
    }
}

fn hash(what: &str, bytes: &[u8]) -> String {
    let digest = Sha256::new().chain_update(what).chain_update([0]).chain_update(bytes).finalize();
    format!("{what}:{}", data_encoding::HEXLOWER.encode(&digest[..HASH_BYTES]))
}
