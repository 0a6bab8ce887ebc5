//! Instants, as every store keeps them.

use model::Timestamp;

use super::{CaseRow, Commit, OutboxRow, RecordOp, TimerOp};

/// An instant in whole microseconds, as every store keeps it.
#[must_use]
pub fn kept(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

impl Commit {
    /// The same transaction with every instant as stores keep it.
    #[must_use]
    pub fn kept(mut self) -> Self {
        self.case.iter_mut().for_each(keep_case);
        self.journal.iter_mut().for_each(|entry| keep(&mut entry.at));
        self.outbox.iter_mut().for_each(keep_outbox);
        self.records.iter_mut().for_each(keep_record);
        self.put_back.iter_mut().for_each(|put_back| keep(&mut put_back.due));
        for timer in &mut self.timers {
            if let TimerOp::Set(row) = timer {
                keep(&mut row.due);
            }
        }
        self
    }
}

fn keep(at: &mut Timestamp) {
    *at = kept(*at);
}

fn keep_case(row: &mut CaseRow) {
    keep(&mut row.opened_at);
    row.deadline_at.iter_mut().for_each(keep);
    keep(&mut row.changed_at);
}

fn keep_outbox(row: &mut OutboxRow) {
    keep(&mut row.created_at);
    keep(&mut row.due);
    keep(&mut row.expires_at);
    row.born_leased_until.iter_mut().for_each(keep);
}

fn keep_record(op: &mut RecordOp) {
    match op {
        RecordOp::Put(record) => record.expires_at.iter_mut().for_each(keep),
        RecordOp::Insert { record, now } | RecordOp::Swap { record, now, .. } => {
            record.expires_at.iter_mut().for_each(keep);
            keep(now);
        }
        RecordOp::Take { now, .. } => keep(now),
        RecordOp::Delete { .. } => {}
    }
}
