//! What was stored goes to the pipeline in memory, already read, in the order of the log. Where
//! there is no room, or anything is amiss, the pipeline reads the log instead: so nothing here is
//! ever needed, and everything may be dropped.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use event::Event;
use model::Timestamp;
use tokio::sync::Notify;

/// The bytes of records whose events wait in memory.
const WAITING_BYTES_MAX: usize = 48 * 1024 * 1024;

/// A batch of the log, read.
pub(super) struct Work {
    pub(super) position: u64,
    pub(super) source: Arc<str>,
    pub(super) received_at: Timestamp,
    pub(super) records: u64,
    pub(super) bytes: usize,
    pub(super) events: Vec<Event>,
}

/// What waits for the pipeline.
#[derive(Default)]
pub(super) struct Handover {
    state: Mutex<State>,
    pub(super) changed: Notify,
}

#[derive(Default)]
struct State {
    /// By position. `None` where there was no room.
    waiting: BTreeMap<u64, Option<Work>>,
    bytes: usize,
    /// What is before this one was evaluated.
    from: u64,
}

/// What there is of the batch that is wanted.
pub(super) enum Next {
    /// It.
    Here(Work),
    /// It is in the log, and not here.
    InLog,
    /// As far as is known there is none yet.
    None,
}

impl Handover {
    /// A batch was stored.
    pub(super) fn put(&self, work: Work) {
        let mut state = self.state();
        if work.position < state.from {
            return;
        }
        let position = work.position;
        let has_room = state.bytes + work.bytes <= WAITING_BYTES_MAX;
        let kept = has_room.then_some(work);
        state.bytes += kept.as_ref().map_or(0, |work| work.bytes);
        state.waiting.insert(position, kept);
        drop(state);
        self.changed.notify_one();
    }

    /// The batch at a position.
    pub(super) fn take(&self, position: u64) -> Next {
        let mut state = self.state();
        state.from = position;
        let later = state.waiting.split_off(&position);
        let passed = std::mem::replace(&mut state.waiting, later);
        let freed: usize = passed.values().flatten().map(|work| work.bytes).sum();
        state.bytes -= freed;
        match state.waiting.remove(&position) {
            Some(Some(work)) => {
                state.bytes -= work.bytes;
                Next::Here(work)
            }
            Some(None) => Next::InLog,
            None if state.waiting.is_empty() => Next::None,
            None => Next::InLog,
        }
    }

    /// Lets the pipeline look again.
    pub(super) fn wake(&self) {
        self.changed.notify_one();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(position: u64, bytes: usize) -> Work {
        Work {
            position,
            source: "okta".into(),
            received_at: Timestamp::UNIX_EPOCH,
            records: 1,
            bytes,
            events: Vec::new(),
        }
    }

    fn word(next: &Next) -> &'static str {
        match next {
            Next::Here(_) => "here",
            Next::InLog => "in the log",
            Next::None => "none",
        }
    }

    #[test]
    fn batches_come_out_in_order_and_a_missing_one_is_read_from_the_log() {
        let handover = Handover::default();
        handover.put(work(1, 10));
        assert_eq!(word(&handover.take(0)), "in the log");
        assert_eq!(word(&handover.take(1)), "here");
        assert_eq!(word(&handover.take(2)), "none");
        handover.put(work(1, 10));
        assert_eq!(word(&handover.take(2)), "none", "it was evaluated");
    }

    #[test]
    fn what_has_no_room_is_read_from_the_log() {
        let handover = Handover::default();
        handover.put(work(0, WAITING_BYTES_MAX));
        handover.put(work(1, 1));
        assert_eq!(word(&handover.take(0)), "here");
        assert_eq!(word(&handover.take(1)), "in the log");
        handover.put(work(2, WAITING_BYTES_MAX));
        assert_eq!(word(&handover.take(3)), "none");
        handover.put(work(3, WAITING_BYTES_MAX));
        assert_eq!(word(&handover.take(3)), "here", "room that was passed over is free");
    }
}
