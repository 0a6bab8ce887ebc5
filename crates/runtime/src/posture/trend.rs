//! How failures came and went, told from the history and from how things stand now.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{civil::Date, tz::TimeZone};
use model::{DeviceId, Span, Timestamp, device::Practice};
use posture::{
    State,
    track::{Entry, Mending, time_to_mend},
};

use super::{Posture, rows::entries_of};
use crate::engine::EngineError;

/// How far back is told.
const DAYS: u64 = 30;
/// How many rows of history are read for it.
const ROWS_MAX: usize = 50_000;
/// How many at once.
const PAGE: u32 = 1_000;

/// How failures came and went.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Trend {
    /// At the end of each of the last days, the oldest first and today last (UTC).
    pub days: Vec<TrendDay>,
    /// How long it took to mend what was mended in that time, over all checks.
    pub mending: Option<Mending>,
    /// The same by check.
    pub mending_by_check: BTreeMap<Practice, Mending>,
    /// Whether there was more history than was looked at, so that the oldest days are left out.
    pub is_cut: bool,
}

/// How the fleet stood at the end of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrendDay {
    /// The day.
    pub day: Date,
    /// How many devices failed, by check.
    pub failing: BTreeMap<Practice, u64>,
}

impl Posture {
    /// Goes back from how things stand now.
    pub(super) async fn trend(
        &self,
        now_standing: &BTreeMap<Practice, BTreeMap<State, u64>>,
    ) -> Result<Trend, EngineError> {
        let now = self.now();
        let since = Span::days(DAYS).before(now);
        let (entries, is_cut) = self.entries_since(since).await?;
        let failing = now_standing.iter().map(|(practice, states)| {
            let of = |state| states.get(&state).copied().unwrap_or(0);
            (practice.clone(), of(State::Warn) + of(State::Nudge))
        });
        let mut by_device: BTreeMap<DeviceId, Vec<Entry>> = BTreeMap::new();
        for (device, entry) in &entries {
            by_device.entry(*device).or_default().push(entry.clone());
        }
        let practices: BTreeSet<&Practice> = entries.iter().map(|(_, it)| &it.practice).collect();
        let of_practice = |practice: &Practice| {
            let own = by_device.values().map(|all| {
                all.iter().filter(|it| it.practice == *practice).cloned().collect::<Vec<_>>()
            });
            let own: Vec<Vec<Entry>> = own.collect();
            Some((practice.clone(), time_to_mend(own.iter().map(Vec::as_slice))?))
        };
        let mending_by_check = practices.into_iter().filter_map(of_practice).collect();
        Ok(Trend {
            days: days(&entries, failing.collect(), now),
            mending: time_to_mend(by_device.values().map(Vec::as_slice)),
            mending_by_check,
            is_cut,
        })
    }

    /// The history of all devices, oldest first. Where there is too much the newest is kept.
    async fn entries_since(
        &self,
        since: Timestamp,
    ) -> Result<(Vec<(DeviceId, Entry)>, bool), EngineError> {
        let mut entries = Vec::new();
        let (mut after, mut rows) = (0, 0);
        let mut is_cut = false;
        loop {
            let page = self.fleet.0.store.histories(since, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.seq;
            rows += page.len();
            for row in &page {
                let own = entries_of(row)?.into_iter().map(|entry| (row.device, entry));
                entries.extend(own);
            }
            if page.len() < PAGE as usize {
                break;
            }
            if rows > ROWS_MAX {
                entries.drain(..entries.len() / 2);
                (rows, is_cut) = (rows / 2, true);
            }
        }
        Ok((entries, is_cut))
    }
}

/// What failed at the end of each day, from what fails now and what changed since.
fn days(
    entries: &[(DeviceId, Entry)],
    failing_now: BTreeMap<Practice, u64>,
    now: Timestamp,
) -> Vec<TrendDay> {
    let day_of = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
    let mut failing = failing_now;
    let mut day = day_of(now);
    let mut days = vec![TrendDay { day, failing: failing.clone() }];
    let oldest = entries.first().map_or(day, |(_, entry)| day_of(entry.at));
    let mut newest_first = entries.iter().rev().filter(|(_, it)| it.issue.is_none()).peekable();
    while days.len() < DAYS as usize && day > oldest {
        while let Some((_, entry)) = newest_first.next_if(|(_, it)| day_of(it.at) >= day) {
            let count = failing.entry(entry.practice.clone()).or_default();
            if entry.to.is_failing() {
                *count = count.saturating_sub(1);
            }
            if entry.from.is_some_and(State::is_failing) {
                *count += 1;
            }
        }
        let Ok(before) = day.yesterday() else { break };
        day = before;
        days.push(TrendDay { day, failing: failing.clone() });
    }
    days.reverse();
    days
}
