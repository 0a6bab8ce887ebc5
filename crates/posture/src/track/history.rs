//! The history of a device's checks, and how long people take to mend.

use std::{collections::BTreeMap, fmt};

use model::{Timestamp, device::Practice};
use serde::{Deserialize, Serialize};

use crate::check::State;

/// One change of state. Only ever added.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// Of which practice.
    pub practice: Practice,
    /// Of which single thing, such as a disk; nothing for the check as a whole.
    pub issue: Option<String>,
    /// What it was; nothing when it was judged for the first time.
    pub from: Option<State>,
    /// What it is.
    pub to: State,
    /// Why, where somebody did it by hand.
    pub reason: Option<String>,
}

/// Names of disks and reasons may tell of people, so that neither reaches a log.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, practice, from, to, .. } = self;
        write!(f, "Entry({at} {practice}: {from:?} to {to:?})")
    }
}

impl Entry {
    pub(super) fn of_check(
        practice: &Practice,
        from: Option<State>,
        to: State,
        at: Timestamp,
    ) -> Self {
        Self { at, practice: practice.clone(), issue: None, from, to, reason: None }
    }

    pub(super) fn of_issue(
        practice: &Practice,
        issue: &str,
        (from, to): (State, State),
        at: Timestamp,
    ) -> Self {
        let issue = Some(issue.to_owned());
        Self { at, practice: practice.clone(), issue, from: Some(from), to, reason: None }
    }

    pub(super) fn by_hand(practice: &Practice, state: State, reason: &str, at: Timestamp) -> Self {
        let reason = Some(reason.to_owned());
        let from = Some(state);
        Self { at, practice: practice.clone(), issue: None, from, to: state, reason }
    }
}

/// Puts the newest first; of one instant the latest added.
pub fn newest_first(entries: &mut [Entry]) {
    entries.reverse();
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.at));
}

/// How long it took to mend what failed, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mending {
    /// How often something was mended.
    pub count: usize,
    /// On average.
    pub mean_seconds: i64,
    /// Half took no longer.
    pub median_seconds: i64,
    /// Nine in ten took no longer.
    pub p90_seconds: i64,
}

/// How long it took, by the histories of devices. A time in which nobody could tell counts; what
/// is not mended does not.
#[must_use]
pub fn time_to_mend<'h>(histories: impl IntoIterator<Item = &'h [Entry]>) -> Option<Mending> {
    let mut times: Vec<i64> = histories.into_iter().flat_map(times).collect();
    times.sort_unstable();
    let count = times.len();
    // The nearest rank: the smallest that so many in a hundred do not exceed.
    let rank = |percent: usize| times[(count * percent).div_ceil(100).saturating_sub(1)];
    (count > 0).then(|| Mending {
        count,
        mean_seconds: times.iter().sum::<i64>() / i64::try_from(count).unwrap_or(i64::MAX),
        median_seconds: rank(50),
        p90_seconds: rank(90),
    })
}

/// How long each failure of one device lasted.
fn times(history: &[Entry]) -> Vec<i64> {
    let mut in_order: Vec<&Entry> = history.iter().collect();
    in_order.sort_by_key(|entry| entry.at);
    let mut failing: BTreeMap<(&Practice, Option<&str>), Timestamp> = BTreeMap::new();
    let mut times = Vec::new();
    for entry in in_order {
        let of = (&entry.practice, entry.issue.as_deref());
        match entry.to {
            State::Nudge | State::Warn => {
                failing.entry(of).or_insert(entry.at);
            }
            State::Ok | State::NotApplicable => {
                let began = failing.remove(&of);
                times.extend(began.map(|began| entry.at.duration_since(began).as_secs()));
            }
            State::Unknown | State::Stale | State::Exempt => {}
        }
    }
    times
}
