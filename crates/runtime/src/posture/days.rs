//! How the fleet stood, day by day: counted while the server runs, kept for a year and a month.
//!
//! The last count of a day stands for it, so that it says how the fleet stood when the day ended. A
//! day on which nobody counted is a gap, and so is one on which there were no devices: what was not
//! seen is not made up.

use std::collections::BTreeMap;

use jiff::{civil::Date, tz::TimeZone};
use model::{Span, Timestamp, device::Practice};
use ports::{
    devices::store::{Census, DayRow, DeviceCommit},
    store::Day,
};
use posture::{Grade, State};
use serde::{Deserialize, Serialize};

use super::{Fleet, Posture};
use crate::{
    bytes::{read, write},
    engine::EngineError,
    people::Authority,
};

/// For how long the numbers of a day are kept.
pub const DAYS_KEPT: u16 = 400;
/// How often they are counted: what a day ends with is at most so old.
pub(super) const COUNT_EVERY: Span = Span::hours(1);

/// How the fleet stood on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FleetDay {
    /// The day (UTC).
    pub day: Date,
    /// When it was counted.
    pub at: Timestamp,
    /// How many devices there were.
    pub devices: u64,
    /// How many of each grade, the gravest first; every grade is there.
    pub grades: Vec<(Grade, u64)>,
    /// How many stood how, by check; what none stood as is not there.
    pub checks: BTreeMap<Practice, BTreeMap<State, u64>>,
}

/// The same as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    at: Timestamp,
    devices: u64,
    grades: BTreeMap<String, u64>,
    checks: BTreeMap<String, BTreeMap<String, u64>>,
}

impl Fleet {
    /// Counts how the fleet stands today, in place of an earlier count of the same day, and forgets
    /// days that are long past.
    pub(crate) async fn count_day(&self) -> Result<(), EngineError> {
        let now = self.now();
        let census = self.0.store.census().await?;
        let kept = Kept::of(&census, now);
        let days = (kept.devices > 0).then(|| DayRow { day: Day::of(now), body: write(&kept) });
        let commit = DeviceCommit {
            days: days.into_iter().collect(),
            first_day: Some(first_of(Day::of(now), DAYS_KEPT)),
            ..DeviceCommit::default()
        };
        self.0.store.commit(commit).await?;
        Ok(())
    }

    /// How the fleet stood on the last days, the oldest first, and today last as it stands now.
    pub(super) async fn days_until(
        &self,
        census: &Census,
        days: u16,
        now: Timestamp,
    ) -> Result<Vec<FleetDay>, EngineError> {
        let today = Day::of(now);
        let mut all = Vec::new();
        let rows = self.0.store.days(first_of(today, days)).await?;
        for row in rows.into_iter().filter(|row| row.day < today) {
            match read::<Kept>(&row.body) {
                Ok(kept) => all.push(kept.shown()),
                Err(error) => {
                    tracing::error!(%error, day = row.day.0, "a day's numbers are unreadable: left out");
                }
            }
        }
        let kept = Kept::of(census, now);
        all.extend((kept.devices > 0).then(|| kept.shown()));
        Ok(all)
    }
}

impl Posture {
    /// How the fleet stood on the last so many days, today among them, at most [`DAYS_KEPT`]: the
    /// oldest first. A day on which nobody counted is missing.
    pub async fn fleet_days(
        &self,
        by: &Authority<'_>,
        days: u16,
    ) -> Result<Vec<FleetDay>, EngineError> {
        by.require_analyst()?;
        let census = self.fleet.0.store.census().await?;
        self.fleet.days_until(&census, days, self.now()).await
    }
}

/// The first of so many days, of which this one is the last.
fn first_of(last: Day, days: u16) -> Day {
    last.before(days.saturating_sub(1))
}

impl Kept {
    fn of(census: &Census, at: Timestamp) -> Self {
        let mut checks: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
        for ((practice, state), count) in &census.checks {
            checks.entry(practice.clone()).or_default().insert(state.clone(), *count);
        }
        Self { at, devices: census.devices, grades: census.grades.clone(), checks }
    }

    fn shown(self) -> FleetDay {
        let Self { at, devices, grades, checks } = self;
        let grade = |grade: Grade| (grade, grades.get(grade.name()).copied().unwrap_or(0));
        let states = |states: BTreeMap<String, u64>| {
            let known = states.into_iter().filter_map(|(word, count)| {
                Some((State::ALL.into_iter().find(|state| state.name() == word)?, count))
            });
            known.collect()
        };
        let checks = checks.into_iter();
        FleetDay {
            day: at.to_zoned(TimeZone::UTC).date(),
            at,
            devices,
            grades: Grade::ALL.map(grade).to_vec(),
            checks: checks
                .filter_map(|(practice, it)| Some((practice.parse().ok()?, states(it))))
                .collect(),
        }
    }
}
