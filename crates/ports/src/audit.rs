//! The audit chain: each row's hash covers the row before it, so that an edited, deleted or
//! reordered row is found. Text that could be personal lies in the journal beside it and enters
//! the chain only as a salted hash: erasing it leaves the chain whole.

use model::{CaseId, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::store::{JournalEntry, Store, StoreError};

/// How many rows a verification reads at once.
const PAGE_ROWS: u32 = 1_000;

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

/// The salt of an erased entry: with the salt gone, small data cannot be guessed from its digest.
pub const ERASED_SALT: [u8; 16] = [0; 16];

impl AuditRow {
    /// The row of a journal entry, behind the head of a chain: its `seq` and hash.
    #[must_use]
    pub fn following(head: (u64, [u8; 32]), entry: &JournalEntry) -> Self {
        let mut row = Self {
            seq: head.0 + 1,
            at: entry.at,
            kind: entry.kind.clone(),
            by: entry.by.clone(),
            case: entry.case,
            digest: digest(&entry.salt, &entry.data),
            previous: head.1,
            hash: [0; 32],
        };
        row.hash = chain_hash(&row);
        row
    }

    /// Whether this journal entry is the one the row speaks of, or what erasing left of it.
    #[must_use]
    pub fn vouches_for(&self, entry: &JournalEntry) -> bool {
        let erased = entry.data.is_empty() && entry.salt == ERASED_SALT;
        let matches = erased || digest(&entry.salt, &entry.data) == self.digest;
        matches && entry.seq == self.seq && entry.case == self.case
    }
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

    /// The head, if the chain reaches the one that was written down.
    fn ends_at(&self, written: (u64, [u8; 32])) -> Result<(u64, [u8; 32]), Broken> {
        let head = self.head();
        if head.0 < written.0 {
            return Err(Broken { seq: head.0 + 1, why: "is missing at the end" });
        }
        Ok(head)
    }
}

/// Walks a whole store: the chain, what each row says of its journal entry, and the head that is
/// written down beside the chain. Returns the head, or the first bad row.
pub async fn verify(store: &dyn Store) -> Result<Result<(u64, [u8; 32]), Broken>, StoreError> {
    // Read first: a running server may add rows behind it meanwhile, and never takes one away.
    let written = store.audit_head().await?;
    let mut verifier = Verifier::default();
    loop {
        let after = verifier.head().0;
        let rows = store.audit(after, PAGE_ROWS).await?;
        let entries = store.entries(after, PAGE_ROWS).await?;
        if rows.is_empty() {
            return Ok(verifier.ends_at(written));
        }
        let mut entries = entries.iter().peekable();
        for row in &rows {
            if let Err(broken) = verifier.row(row) {
                return Ok(Err(broken));
            }
            if entries.next_if(|entry| row.vouches_for(entry)).is_none() {
                return Ok(Err(Broken { seq: row.seq, why: "has another content, or none" }));
            }
            if row.seq == written.0 && row.hash != written.1 {
                return Ok(Err(Broken {
                    seq: row.seq,
                    why: "is not the one written down as last",
                }));
            }
        }
    }
}
