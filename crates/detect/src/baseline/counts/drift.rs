//! A slow rise from day to day, which no single window shows: whoever teaches a baseline raises it.
//!
//! ```text
//! day 2 · events of that day 4 · days 1 · mean 2 · deviation 2 · sum 2
//! ```
//!
//! A cumulated sum (CUSUM) over the logarithm of each day's count, measured in deviations from a
//! mean that follows slowly.

use smallvec::SmallVec;

use crate::baseline::bytes::Reader;

/// The bytes that are written.
pub(super) const DRIFT_BYTES: usize = 13;
/// How far the sum must rise. Counts that vary by chance get there once in many years.
pub(super) const LIMIT: f64 = 8.0;
/// So many days are watched before anything is said.
const DAYS_MIN: u8 = 14;
/// A day's deviation below this is expected.
const SLACK: f64 = 0.5;
/// One day counts for no more, whatever happened on it.
const DAY_MAX: f64 = 3.0;
/// Over how many days the mean follows.
const FOLLOWS_DAYS: f64 = 20.0;
/// Counts vary by a fifth at least.
const DEVIATION_MIN: f64 = 0.2;
/// From a mean absolute deviation to a standard one.
const NORMAL: f64 = 1.253;
/// How the numbers are kept.
const UNIT: f64 = 1_024.0;

/// The watch over a rise.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Drift {
    day: u16,
    count: u32,
    days: u8,
    mean: f64,
    deviation: f64,
    sum: f64,
}

/// A day that is over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Day {
    /// Its events.
    pub(super) count: u32,
    /// The events of a usual day before.
    pub(super) usual: u32,
    /// How far the sum has risen.
    pub(super) sum: f64,
}

impl Drift {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let (day, count, days) = (reader.u16(), reader.u32(), reader.u8());
        let mut number = || f64::from(reader.u16()) / UNIT;
        Self { day, count, days, mean: number(), deviation: number(), sum: number() }
    }

    pub(super) fn write(&self, into: &mut SmallVec<[u8; 512]>) {
        into.extend_from_slice(&self.day.to_le_bytes());
        into.extend_from_slice(&self.count.to_le_bytes());
        into.push(self.days);
        for number in [self.mean, self.deviation, self.sum] {
            let kept = (number * UNIT).round().clamp(0.0, f64::from(u16::MAX)) as u16;
            into.extend_from_slice(&kept.to_le_bytes());
        }
    }

    /// Adds the events of a window; the day before, where it ended with that.
    pub(super) fn add(&mut self, day: u16, count: u32) -> Option<Day> {
        let ended = (day > self.day && self.count > 0).then(|| self.end_day());
        if day > self.day {
            (self.day, self.count) = (day, 0);
        }
        self.count = self.count.saturating_add(count);
        ended.flatten()
    }

    /// Begins anew, after something was raised.
    pub(super) fn reset(&mut self) {
        self.sum = 0.0;
    }

    fn end_day(&mut self) -> Option<Day> {
        let count = f64::from(self.count).ln_1p();
        let usual = self.mean.exp_m1();
        let off = count - self.mean;
        if self.days == 0 {
            (self.mean, self.deviation) = (count, DEVIATION_MIN);
        } else {
            let deviation = (self.deviation * NORMAL).max(DEVIATION_MIN);
            if self.days >= DAYS_MIN {
                let off = (off / deviation).clamp(-DAY_MAX, DAY_MAX);
                self.sum = (self.sum + off - SLACK).max(0.0);
            }
            let share = 1.0 / FOLLOWS_DAYS.min(f64::from(self.days) + 1.0);
            self.mean = (self.mean + off * share).max(0.0);
            self.deviation += (off.abs() - self.deviation) * share;
        }
        self.days = self.days.saturating_add(1);
        (self.days > DAYS_MIN).then_some(Day {
            count: self.count,
            usual: usual.round() as u32,
            sum: self.sum,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The day on which the limit is passed.
    fn first_alarm(counts: impl IntoIterator<Item = u32>) -> Option<usize> {
        let mut drift = Drift::default();
        counts.into_iter().enumerate().position(|(day, count)| {
            // As between two events: what is kept is less exact than what is computed with.
            let mut bytes = SmallVec::new();
            drift.write(&mut bytes);
            drift = Drift::read(&mut Reader::of(&bytes));
            drift.add(day as u16 + 1, count).is_some_and(|day| day.sum >= LIMIT)
        })
    }

    #[test]
    fn a_rise_of_four_in_a_hundred_a_day_is_noticed_before_it_has_trebled() {
        let steady = (0..30).map(|day| 100 + (day * 7) % 13);
        let rising = (0..60).map(|day| (100.0 * 1.04_f64.powi(day)) as u32);
        let day = first_alarm(steady.chain(rising)).expect("it is noticed");
        assert!(day < 30 + 28, "on day {day}");
    }

    #[test]
    fn one_wild_day_is_no_drift() {
        let counts = (0..60).map(|day| if day == 40 { 50_000 } else { 100 + (day * 7) % 13 });
        assert_eq!(first_alarm(counts), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn counts_that_vary_by_chance_are_no_drift(
            counts in proptest::collection::vec(60_u32..150, 200),
        ) {
            prop_assert_eq!(first_alarm(counts), None);
        }

        #[test]
        fn any_bytes_are_read(
            junk in proptest::collection::vec(any::<u8>(), DRIFT_BYTES),
            count: u32,
        ) {
            let mut drift = Drift::read(&mut Reader::of(&junk));
            for day in [0, 5, u16::MAX] {
                let _ = drift.add(day, count);
            }
            let mut bytes = SmallVec::new();
            drift.write(&mut bytes);
            prop_assert_eq!(bytes.len(), DRIFT_BYTES);
        }
    }
}
