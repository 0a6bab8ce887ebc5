//! Journal and audit chain of the store in memory.

use std::collections::BTreeMap;

use model::CaseId;

use crate::{
    audit::{self, AuditRow},
    store::JournalEntry,
};

#[derive(Debug, Default)]
pub(in super::super) struct Chain {
    /// The row and the entry of `seq` lie at `seq - 1`.
    rows: Vec<AuditRow>,
    entries: Vec<JournalEntry>,
    by_case: BTreeMap<Option<CaseId>, Vec<u64>>,
}

impl Chain {
    pub(super) fn append(&mut self, entry: JournalEntry) {
        let row = AuditRow::following(self.head(), &entry);
        self.by_case.entry(entry.case).or_default().push(row.seq);
        self.entries.push(JournalEntry { seq: row.seq, ..entry });
        self.rows.push(row);
    }

    pub(super) fn erase(&mut self, seq: u64) {
        if let Some(entry) = index(seq).and_then(|index| self.entries.get_mut(index)) {
            entry.salt = audit::ERASED_SALT;
            entry.data.clear();
        }
    }

    pub(in super::super) fn head(&self) -> (u64, [u8; 32]) {
        self.rows.last().map(|row| (row.seq, row.hash)).unwrap_or_default()
    }

    pub(in super::super) fn rows(&self, after: u64, limit: u32) -> Vec<AuditRow> {
        let start = usize::try_from(after).unwrap_or(usize::MAX);
        self.rows.iter().skip(start).take(limit as usize).cloned().collect()
    }

    pub(in super::super) fn entries(&self, after: u64, limit: u32) -> Vec<JournalEntry> {
        let start = usize::try_from(after).unwrap_or(usize::MAX);
        self.entries.iter().skip(start).take(limit as usize).cloned().collect()
    }

    pub(in super::super) fn journal(
        &self,
        case: Option<CaseId>,
        after: u64,
        limit: u32,
    ) -> Vec<JournalEntry> {
        let seqs = self.by_case.get(&case).map(Vec::as_slice).unwrap_or_default();
        let start = seqs.partition_point(|seq| *seq <= after);
        seqs[start..]
            .iter()
            .take(limit as usize)
            .filter_map(|seq| self.entries.get(index(*seq)?).cloned())
            .collect()
    }
}

fn index(seq: u64) -> Option<usize> {
    usize::try_from(seq.checked_sub(1)?).ok()
}
