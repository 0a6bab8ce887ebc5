//! The audit chain: each row's hash covers the row before it, so that an edited, deleted or
//! reordered row is found. Text that could be personal lies in the journal beside it and enters
//! the chain only as a salted hash: erasing it leaves the chain whole.

use model::{CaseId, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// One link of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRow {
    /// Counts from 1 without a gap.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// What kind of thing happened, such as `case.answered`.
    pub kind: String,
    /// Who did it, as an id: `person:prsn_…`, `key:NAME`, `system`.
    pub by: String,
    /// The case it belongs to.
    pub case: Option<CaseId>,
    /// SHA-256 over salt and journal data.
    pub digest: [u8; 32],
    /// The hash of the row before; zeros before the first.
    pub previous: [u8; 32],
    /// This row's hash.
    pub hash: [u8; 32],
}

/// The salted hash by which the chain refers to a journal entry.
#[must_use]
pub fn digest(salt: &[u8; 16], data: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(salt).chain_update(data).finalize().into()
}

/// The hash of a row, over every field but itself, each with its length.
#[must_use]
pub fn chain_hash(row: &AuditRow) -> [u8; 32] {
    let mut hasher = Sha256::new();
    let mut field = |bytes: &[u8]| {
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    field(&row.previous);
    field(&row.seq.to_le_bytes());
    field(&row.at.as_nanosecond().to_le_bytes());
    field(row.kind.as_bytes());
    field(row.by.as_bytes());
    field(row.case.map(|id| id.to_string()).unwrap_or_default().as_bytes());
    field(&row.digest);
    hasher.finalize().into()
}

/// Walks a chain.
#[derive(Debug, Default)]
pub struct Verifier {
    last: Option<(u64, [u8; 32])>,
}

/// The first bad row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("audit row {seq} {why}")]
pub struct Broken {
    /// Which row.
    pub seq: u64,
    /// What is wrong with it.
    pub why: &'static str,
}

impl Verifier {
    /// Takes the next row.
    pub fn row(&mut self, row: &AuditRow) -> Result<(), Broken> {
        let (seq, previous) = self.last.unwrap_or_default();
        let broken = |seq, why| Err(Broken { seq, why });
        if row.seq != seq + 1 {
            return broken(seq + 1, "is missing or out of order");
        }
        if row.previous != previous {
            return broken(row.seq, "does not follow the row before it");
        }
        if row.hash != chain_hash(row) {
            return broken(row.seq, "was changed");
        }
        self.last = Some((row.seq, row.hash));
        Ok(())
    }

    /// How many rows were good, and the head's hash, to compare with one written down elsewhere.
    #[must_use]
    pub fn head(&self) -> (u64, [u8; 32]) {
        self.last.unwrap_or_default()
    }
}
