//! The log in memory: the fake for tests and the simulator.
//!
//! It keeps every promise of [`EventLog`] but durability, waits for nothing and needs no executor.
//! A clone is the same log: a server that was "killed" starts again over it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use model::Timestamp;

use super::{
    Batch, Bounds, Damage, Dropped, EventLog, Fingerprint, Keep, LogError, Position, Stored,
    StoredBatch,
};

/// The most bytes of records in one batch.
const BATCH_BYTES_MAX: usize = 32 * 1024 * 1024;

/// A log in memory. Clones share what they hold.
#[derive(Debug, Clone, Default)]
pub struct MemoryLog(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    batches: BTreeMap<Position, Kept>,
    next: Position,
    is_full: bool,
}

#[derive(Debug)]
struct Kept {
    batch: Batch,
    is_damaged: bool,
}

impl MemoryLog {
    /// An empty log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on says that its disk is full, or no longer so.
    pub fn fill(&self, is_full: bool) {
        self.state().is_full = is_full;
    }

    /// From now on this batch cannot be read any more.
    pub fn damage(&self, position: Position) {
        if let Some(kept) = self.state().batches.get_mut(&position) {
            kept.is_damaged = true;
        }
    }

    /// No call panics half-way through a change, so that a poisoned lock still guards whole data.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What [`EventLog::read`] would return of these batches, and where to go on.
    fn collect(
        &self,
        from: Position,
        bytes: usize,
        is_wanted: impl Fn(&Kept) -> bool,
    ) -> (Vec<Stored>, Position) {
        let state = self.state();
        let (mut found, mut left) = (Vec::new(), bytes);
        for (position, kept) in state.batches.range(from..).filter(|(_, kept)| is_wanted(kept)) {
            let Some(rest) = left.checked_sub(kept.bytes()).or(found.is_empty().then_some(0))
            else {
                return (found, *position);
            };
            left = rest;
            found.push(kept.stored(*position));
        }
        (found, state.next.max(from))
    }
}

impl Kept {
    fn bytes(&self) -> usize {
        self.batch.records.iter().map(|record| record.bytes.len()).sum()
    }

    fn stored(&self, position: Position) -> Stored {
        let Batch { source, received_at, times, records } = &self.batch;
        let batch = if self.is_damaged {
            let (place, cause) = (format!("batch {}", position.0), "it was damaged".to_owned());
            Err(Damage { until: position.next(), place, cause })
        } else {
            let records = records.iter().map(|record| record.bytes.clone()).collect();
            let (source, received_at, times) = (Arc::clone(source), *received_at, *times);
            Ok(StoredBatch { source, received_at, times, records })
        };
        Stored { position, batch }
    }
}

#[async_trait]
impl EventLog for MemoryLog {
    async fn append(&self, batch: Batch) -> Result<Position, LogError> {
        let kept = Kept { batch: batch.kept(), is_damaged: false };
        if kept.bytes() > BATCH_BYTES_MAX {
            return Err(LogError::TooLarge { max_bytes: BATCH_BYTES_MAX });
        }
        let mut state = self.state();
        if state.is_full {
            return Err(LogError::Full);
        }
        let position = state.next;
        state.batches.insert(position, kept);
        state.next = position.next();
        Ok(position)
    }

    async fn read(&self, from: Position, bytes: usize) -> Result<Vec<Stored>, LogError> {
        Ok(self.collect(from, bytes, |_| true).0)
    }

    async fn read_range(
        &self,
        from: Position,
        (since, until): (Timestamp, Timestamp),
        bytes: usize,
    ) -> Result<(Vec<Stored>, Position), LogError> {
        let is_wanted = |kept: &Kept| {
            let (earliest, latest) = kept.batch.times;
            kept.is_damaged || (earliest <= until && since <= latest)
        };
        Ok(self.collect(from, bytes, is_wanted))
    }

    async fn bounds(&self) -> Result<Bounds, LogError> {
        let state = self.state();
        let oldest = state.batches.first_key_value();
        Ok(Bounds {
            first: oldest.map_or(state.next, |(position, _)| *position),
            next: state.next,
            bytes: state.batches.values().map(|kept| kept.bytes() as u64).sum(),
            records: state.batches.values().map(|kept| kept.batch.records.len() as u64).sum(),
            since: oldest.map(|(_, kept)| kept.batch.received_at),
        })
    }

    async fn recent(&self, limit: usize) -> Result<Vec<Fingerprint>, LogError> {
        let state = self.state();
        let newest = state.batches.values().rev().flat_map(|kept| &kept.batch.records);
        Ok(newest.take(limit).map(|record| record.uid.into()).collect())
    }

    async fn retain(&self, keep: Keep, now: Timestamp) -> Result<Dropped, LogError> {
        let mut dropped = Dropped::default();
        let too_old = keep.age.before(now);
        let mut bytes = self.bounds().await?.bytes;
        let mut state = self.state();
        while state.batches.len() > 1 {
            let Some(oldest) = state.batches.first_entry() else { break };
            let is_too_much = oldest.get().batch.received_at < too_old || bytes > keep.bytes;
            if *oldest.key() >= keep.needed || !is_too_much {
                break;
            }
            let oldest = oldest.remove();
            bytes = bytes.saturating_sub(oldest.bytes() as u64);
            dropped.bytes += oldest.bytes() as u64;
            dropped.records += oldest.batch.records.len() as u64;
        }
        Ok(dropped)
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;

    #[test]
    fn the_memory_log_keeps_every_promise_of_the_port() {
        block_on(crate::conformance::event_log(async || {
            let log: Arc<dyn EventLog> = Arc::new(MemoryLog::new());
            log
        }));
    }

    #[test]
    fn a_full_disk_and_a_damaged_batch_can_be_played() {
        block_on(async {
            let log = MemoryLog::new();
            let batch = crate::conformance::sample_batch(1);
            log.fill(true);
            assert_eq!(log.append(batch.clone()).await, Err(LogError::Full));
            log.fill(false);
            assert_eq!(log.clone().append(batch).await, Ok(Position(0)), "nothing was stored");
            log.damage(Position(0));
            let found = log.read(Position(0), usize::MAX).await.expect("readable");
            assert!(found.len() == 1 && found[0].batch.is_err());
            assert_eq!(found[0].next(), Position(1));
        });
    }
}
