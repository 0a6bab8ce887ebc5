//! Records that were taken in, so that none is taken in twice: what is pushed and fetched, what a
//! sender sends again because it did not hear the answer.
//!
//! A record that is on its way to the disk is neither new nor known: whoever brings it again
//! waits until it is the one or the other, so that nobody is told of a record as stored before it
//! is.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use ports::event_log::Fingerprint;
use tokio::sync::Notify;

/// What was taken in lately.
pub(super) struct Seen {
    state: Mutex<State>,
    settled: Notify,
    half: usize,
}

#[derive(Default)]
struct State {
    /// The newest, and those before them: the older half is forgotten as a whole.
    now: HashSet<Fingerprint>,
    before: HashSet<Fingerprint>,
    /// On their way to the disk.
    pending: HashSet<Fingerprint>,
}

/// Records that are on their way to the disk for one caller. Dropped, they are as new as before.
pub(super) struct Claim<'s> {
    seen: &'s Seen,
    /// Which of the records that were asked about are new.
    pub(super) is_new: Vec<bool>,
    own: Vec<Fingerprint>,
}

impl Seen {
    /// Remembers at least `max / 2` and at most `max` records; these are known from before,
    /// newest first.
    pub(super) fn new(max: usize, recent: impl IntoIterator<Item = Fingerprint>) -> Self {
        let half = max.div_ceil(2);
        let mut recent = recent.into_iter();
        let before: HashSet<_> = recent.by_ref().take(half).collect();
        let state = State { before, ..State::default() };
        Self { state: Mutex::new(state), settled: Notify::new(), half }
    }

    /// Claims those of these records that are new. Waits for others' claims on them to be settled.
    pub(super) async fn claim(&self, prints: &[Fingerprint]) -> Claim<'_> {
        loop {
            let settled = self.settled.notified();
            tokio::pin!(settled);
            settled.as_mut().enable();
            if let Some(claim) = self.try_claim(prints) {
                return claim;
            }
            settled.await;
        }
    }

    fn try_claim(&self, prints: &[Fingerprint]) -> Option<Claim<'_>> {
        let mut state = self.state();
        if prints.iter().any(|print| state.pending.contains(print)) {
            return None;
        }
        let mut own = Vec::new();
        let mut is_new = Vec::with_capacity(prints.len());
        for print in prints {
            let is_known = state.now.contains(print) || state.before.contains(print);
            let is_first = !is_known && state.pending.insert(*print);
            is_new.push(is_first);
            if is_first {
                own.push(*print);
            }
        }
        Some(Claim { seen: self, is_new, own })
    }

    /// These are stored.
    pub(super) fn add(&self, prints: impl IntoIterator<Item = Fingerprint>) {
        let mut state = self.state();
        for print in prints {
            if state.now.len() >= self.half {
                state.before = std::mem::take(&mut state.now);
            }
            state.now.insert(print);
        }
    }

    /// No call panics half-way through a change.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Claim<'_> {
    /// They are stored.
    pub(super) fn stored(self) {
        self.seen.add(self.own.iter().copied());
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let mut state = self.seen.state();
        for print in &self.own {
            state.pending.remove(print);
        }
        drop(state);
        self.seen.settled.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn prints(numbers: &[u64]) -> Vec<Fingerprint> {
        numbers.iter().copied().map(Fingerprint).collect()
    }

    fn claimed<'s>(seen: &'s Seen, numbers: &[u64]) -> Option<Claim<'s>> {
        seen.claim(&prints(numbers)).now_or_never()
    }

    #[test]
    fn a_record_is_new_once() {
        let seen = Seen::new(100, prints(&[9]));
        let claim = claimed(&seen, &[1, 2, 1, 9]).expect("free");
        assert_eq!(claim.is_new, [true, true, false, false]);
        claim.stored();
        assert_eq!(claimed(&seen, &[2, 3]).expect("free").is_new, [false, true]);
        assert_eq!(claimed(&seen, &[3]).expect("free").is_new, [true], "it was not stored");
    }

    #[test]
    fn who_brings_what_is_on_its_way_waits_for_what_becomes_of_it() {
        let seen = Seen::new(100, []);
        let first = claimed(&seen, &[1]).expect("free");
        let (one, none) = (prints(&[1]), prints(&[2]));
        let mut waiting = Box::pin(seen.claim(&one));
        assert!((&mut waiting).now_or_never().is_none());
        assert!(seen.claim(&none).now_or_never().is_some(), "others go on");
        first.stored();
        assert_eq!(waiting.now_or_never().expect("settled").is_new, [false]);
    }

    #[test]
    fn the_newest_are_remembered_in_bounded_room() {
        let seen = Seen::new(10, []);
        seen.add((0..100).map(Fingerprint));
        assert_eq!(claimed(&seen, &[99, 95, 0]).expect("free").is_new, [false, false, true]);
        let state = seen.state();
        assert!(state.now.len() + state.before.len() <= 10);
    }
}
