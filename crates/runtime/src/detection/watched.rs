//! How much of what rules in shadow find is recorded. A rule that is being tried may match half of
//! a log: its first alerts show what it does, its counts how often, and the store stays for cases.

use std::{collections::BTreeMap, sync::PoisonError};

use detect::engine::Raised;
use model::Timestamp;
use ports::store::Day;

use super::Inner;
use crate::meters::Meter;

/// The part of a checkpoint that is ours.
const PART: &str = "runtime/watched";

/// For each rule the day of which alerts were recorded, and how many.
pub(super) type Recorded = BTreeMap<String, (i32, u64)>;

impl Inner {
    /// Those of these alerts that are handed over.
    pub(super) fn recorded(&self, received_at: Timestamp, raised: Vec<Raised>) -> Vec<Raised> {
        let day = Day::of(received_at).0;
        let most = self.settings.recorded_per_day;
        let mut recorded = self.recorded.lock().unwrap_or_else(PoisonError::into_inner);
        let mut has_room = |raised: &Raised| {
            if raised.mode.is_live() {
                return true;
            }
            let (of_day, count) = recorded.entry(raised.rule.id().to_owned()).or_default();
            // Around midnight a batch of the day before may follow one of today's.
            if *of_day < day {
                (*of_day, *count) = (day, 0);
            }
            *count += 1;
            *count <= most
        };
        let (kept, counted): (Vec<Raised>, Vec<Raised>) =
            raised.into_iter().partition(|raised| has_room(raised));
        Meter::AlertsUnrecorded.add(counted.len() as u64);
        kept
    }

    /// What was recorded, to be saved with what was learned.
    pub(super) fn recorded_part(&self) -> (String, Vec<u8>) {
        let recorded = self.recorded.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = serde_json::to_vec(&*recorded).expect("names and numbers are JSON");
        (PART.to_owned(), bytes)
    }

    /// Goes on from what was saved.
    pub(super) fn restore_recorded(&self, parts: &[(String, Vec<u8>)]) {
        let part = parts.iter().find(|(name, _)| name == PART);
        let read = part.and_then(|(_, bytes)| serde_json::from_slice(bytes).ok());
        *self.recorded.lock().unwrap_or_else(PoisonError::into_inner) = read.unwrap_or_default();
    }
}
