//! How far a baseline is for an entity: silent until enough is known, and saying so.

use std::fmt;

use model::Timestamp;

use super::{
    Baseline, Entity, Kind, Moment,
    counts::{Place, windows_known},
    explain::{Text, fill},
    mark::OPEN_MAX,
    moment::timestamp,
    slot::{self, Seen},
};

/// How far a baseline is for an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    /// Silent until enough is known.
    Learning {
        /// What is known.
        known: Known,
        /// What is needed.
        needed: Known,
    },
    /// Looking.
    Armed,
    /// Looking, but learning nothing new while something it raised is open.
    Frozen {
        /// Until then, unless a verdict comes first.
        until: Timestamp,
    },
}

/// How much is known of an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Known {
    /// Events.
    pub events: u16,
    /// Days on which it was seen.
    pub days: u16,
    /// Days since it was first seen.
    pub age_days: u16,
    /// Windows that have passed, of kinds that have some.
    pub windows: u32,
}

impl Entity {
    /// How far a baseline is for this entity; of several windows, the one that is furthest behind.
    #[must_use]
    pub fn readiness(&self, baseline: &Baseline, moment: &Moment<'_>) -> Readiness {
        let (now, today) = (moment.seconds, moment.local.day);
        let slots = || baseline.slots().map(|slot| self.bytes_of(slot));
        let open = slots().flat_map(slot::marks).filter(|mark| mark.is_open(now));
        if let Some(at) = open.map(|mark| mark.at).max() {
            return Readiness::Frozen { until: OPEN_MAX.after(timestamp(at)) };
        }
        let all = slots().zip(windows_min(baseline));
        let rated = all.map(|(bytes, windows_min)| rate(baseline, bytes, windows_min, today));
        let learning = rated.filter(|readiness| *readiness != Readiness::Armed);
        let behind = learning.min_by_key(|readiness| match readiness {
            Readiness::Learning { known, .. } => known.windows,
            Readiness::Armed | Readiness::Frozen { .. } => 0,
        });
        behind.unwrap_or(Readiness::Armed)
    }
}

/// For each place of a baseline, how many windows must be known.
fn windows_min(baseline: &Baseline) -> Vec<u32> {
    match &baseline.kind {
        Kind::Counts(of) => {
            let place = |window| Place { baseline, of, window, is_first: false };
            of.windows.iter().map(|window| place(*window).windows_min()).collect()
        }
        _ => vec![0],
    }
}

fn rate(baseline: &Baseline, bytes: &[u8], windows_min: u32, today: u16) -> Readiness {
    let (memory, seen) = (baseline.memory, Seen::read(bytes));
    let windows = if windows_min == 0 { 0 } else { windows_known(slot::body(bytes)) };
    if seen.events > 0 && seen.is_enough(memory, today) && windows >= windows_min {
        return Readiness::Armed;
    }
    let age_days = if seen.events == 0 { 0 } else { today.saturating_sub(seen.first) };
    let needed = Known {
        events: memory.events,
        days: memory.days.into(),
        age_days: memory.learn_days,
        windows: windows_min,
    };
    let known = Known { events: seen.events, days: seen.days.into(), age_days, windows };
    Readiness::Learning { known, needed }
}

impl fmt::Display for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Learning { known, needed } => {
                let windows = match needed.windows {
                    0 => String::new(),
                    _ => fill(
                        Text::Windows,
                        &[("windows", &known.windows), ("needs_windows", &needed.windows)],
                    ),
                };
                fill(
                    Text::Learning,
                    &[
                        ("events", &known.events),
                        ("needs_events", &needed.events),
                        ("days", &known.days),
                        ("needs_days", &needed.days),
                        ("age", &known.age_days),
                        ("needs_age", &needed.age_days),
                        ("windows", &windows),
                    ],
                )
            }
            Self::Armed => fill(Text::Armed, &[]),
            Self::Frozen { until } => fill(Text::Frozen, &[("until", until)]),
        };
        f.write_str(&text)
    }
}
