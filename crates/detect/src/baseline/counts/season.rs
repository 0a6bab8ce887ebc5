//! What is usual at an hour of the week: the newest few windows of each, as bins.
//!
//! ```text
//! newest hour 4 · bytes of the hours 2 · hours × (hour of the week 1 · bins 1 · bins, newest first)
//! ```
//!
//! An hour that has too few borrows from the same hour of other days, and then from all.

use smallvec::SmallVec;

use crate::baseline::{
    Season,
    bytes::{Reader, u16_at},
    history::{BINS, Bin},
    moment::Local,
};

/// How many windows of an hour are kept at most.
const WINDOWS_MAX: usize = 8;
/// How many are kept however short the memory.
const WINDOWS_MIN: usize = 3;
/// How many an hour needs to speak for itself.
const ENOUGH: usize = 3;
const HOURS: usize = 168;
const NONE: u8 = u8::MAX;
/// Turns a median deviation into a standard one, for values that are spread normally.
const NORMAL: f64 = 0.674_5;

/// What is usual by the hour.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Seasons {
    newest: u32,
    hours: SmallVec<[Hour; 64]>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Hour {
    hour: u8,
    bins: [u8; WINDOWS_MAX],
}

impl Seasons {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let (newest, length) = (reader.u32(), usize::from(reader.u16()));
        let mut stored = Reader::of(reader.take(length));
        let mut hours: SmallVec<[Hour; 64]> = SmallVec::new();
        while !stored.is_at_end() && hours.len() < HOURS {
            let (hour, count) = (stored.u8(), usize::from(stored.u8()));
            let mut bins = [NONE; WINDOWS_MAX];
            bins.iter_mut().zip(stored.take(count)).for_each(|(bin, stored)| *bin = *stored);
            hours.push(Hour { hour, bins });
        }
        if !hours.is_sorted_by(|one, next| one.hour < next.hour) {
            hours.clear();
        }
        Self { newest, hours }
    }

    pub(super) fn write(&self, into: &mut SmallVec<[u8; 512]>) {
        let length = |hour: &Hour| 2 + hour.bins().count();
        let length: usize = self.hours.iter().map(length).sum();
        into.extend_from_slice(&self.newest.to_le_bytes());
        let length = u16::try_from(length).expect("168 hours of 10 bytes");
        into.extend_from_slice(&length.to_le_bytes());
        for hour in &self.hours {
            into.push(hour.hour);
            into.push(u8::try_from(hour.bins().count()).expect("at most 8"));
            into.extend(hour.bins());
        }
    }

    /// The bytes that are written of one, by its beginning.
    pub(super) fn length(bytes: &[u8]) -> usize {
        6 + usize::from(u16_at(bytes, 4))
    }

    /// Remembers the most of an hour: of several windows in it, the highest.
    pub(super) fn add(&mut self, local: Local, bin: Bin, forget_days: u16) {
        let (hour, number) = (local.hour_of_week(), number(local));
        let at = match self.hours.binary_search_by_key(&hour, |hour| hour.hour) {
            Ok(at) => at,
            Err(at) => {
                self.hours.insert(at, Hour { hour, bins: [NONE; WINDOWS_MAX] });
                at
            }
        };
        let bins = &mut self.hours[at].bins;
        if number == self.newest && bins[0] != NONE {
            bins[0] = bins[0].max(bin.0);
            return;
        }
        self.newest = number;
        bins.rotate_right(1);
        bins[0] = bin.0;
        let kept = usize::from(forget_days / 7).clamp(WINDOWS_MIN, WINDOWS_MAX);
        bins[kept..].fill(NONE);
    }

    /// The median of an hour, and what windows differ from it by; both robust, and the second
    /// never so small that chance alone would look like much.
    pub(super) fn usual(&self, local: Local, season: Season) -> Option<(f64, f64)> {
        let (bins, own) = self.bins(local, season);
        let mut counts: SmallVec<[f64; 64]> = bins.iter().map(|bin| Bin(*bin).middle()).collect();
        // What was seen at this very hour is usual there, however few the times.
        let median = median(&mut counts)?.max(own);
        counts.iter_mut().for_each(|count| *count = (*count - median).abs());
        let deviation = self::median(&mut counts)?;
        let spread = deviation.max(1.0).max(median / 10.0) / NORMAL;
        Some((median, spread.max(median.sqrt())))
    }

    /// The bins that speak for an hour; and, where others had to help, its own highest count.
    fn bins(&self, local: Local, season: Season) -> (SmallVec<[u8; 64]>, f64) {
        let (week, day) = (local.hour_of_week(), local.hour());
        let of = |wanted: &dyn Fn(u8) -> bool| -> SmallVec<[u8; 64]> {
            let hours = self.hours.iter().filter(|hour| wanted(hour.hour));
            hours.flat_map(Hour::bins).collect()
        };
        let pools: [&dyn Fn(u8) -> bool; 3] =
            [&|hour| hour == week, &|hour| hour % 24 == day, &|_| true];
        let first = if season == Season::HourOfWeek { 0 } else { 1 };
        let own = of(pools[first]);
        if own.len() >= ENOUGH {
            return (own, 0.0);
        }
        let highest = own.iter().max().map_or(0.0, |bin| Bin(*bin).middle());
        let larger = pools[first + 1..].iter().map(|pool| of(pool));
        (larger.into_iter().find(|bins| bins.len() >= ENOUGH).unwrap_or_default(), highest)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.hours.is_empty()
    }
}

impl Hour {
    /// Newest first.
    fn bins(&self) -> impl Iterator<Item = u8> {
        self.bins.into_iter().filter(|bin| usize::from(*bin) < BINS)
    }
}

/// Hours of the calendar there since 1970.
fn number(local: Local) -> u32 {
    u32::from(local.day) * 24 + u32::from(local.hour())
}

fn median(counts: &mut [f64]) -> Option<f64> {
    counts.sort_unstable_by(f64::total_cmp);
    let middle = counts.len() / 2;
    let upper = *counts.get(middle)?;
    if counts.len() % 2 == 1 {
        return Some(upper);
    }
    Some((counts.get(middle.checked_sub(1)?)? + upper) / 2.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn local(day: u16, hour: u32) -> Local {
        Local { day, second_of_day: hour * 3_600 }
    }

    #[test]
    fn an_hour_speaks_for_itself_when_it_can_and_else_its_like_do() {
        let mut seasons = Seasons::default();
        // Day 4 of 1970 was a Monday.
        for week in 0..3 {
            seasons.add(local(4 + 7 * week, 9), Bin::of(10), 90);
        }
        seasons.add(local(5, 9), Bin::of(2), 90);
        seasons.add(local(6, 20), Bin::of(1), 90);
        let usual = |day, hour, season| seasons.usual(local(day, hour), season).expect("known").0;
        assert_eq!(usual(4, 9, Season::HourOfWeek), 10.0);
        assert_eq!(usual(5, 9, Season::HourOfWeek), 10.0, "a Tuesday alone is too few");
        assert_eq!(usual(4, 9, Season::HourOfDay), 10.0);
        assert_eq!(usual(4, 3, Season::HourOfWeek), 10.0, "of all hours");
        assert_eq!(Seasons::default().usual(local(4, 9), Season::HourOfWeek), None);
    }

    #[test]
    fn several_windows_of_one_hour_are_its_highest() {
        let mut seasons = Seasons::default();
        for week in 0..3 {
            for count in [3, 12, 5] {
                seasons.add(local(4 + 7 * week, 9), Bin::of(count), 90);
            }
        }
        assert_eq!(seasons.hours.len(), 1);
        assert_eq!(seasons.usual(local(4, 9), Season::HourOfWeek).expect("known").0, 12.0);
    }

    #[test]
    fn one_spike_moves_neither_the_median_nor_the_spread() {
        let mut seasons = Seasons::default();
        for (week, count) in [50, 52, 48, 51, 5_000, 49].into_iter().enumerate() {
            seasons.add(local(4 + 7 * week as u16, 9), Bin::of(count), 90);
        }
        let (median, spread) = seasons.usual(local(4, 9), Season::HourOfWeek).expect("known");
        assert!((45.0..55.0).contains(&median) && spread < 12.0, "{median} {spread}");
    }

    proptest! {
        #[test]
        fn a_spread_is_never_less_than_chance(
            counts in proptest::collection::vec(0_u32..100_000, 3..8),
        ) {
            let mut seasons = Seasons::default();
            for (week, count) in counts.iter().enumerate() {
                seasons.add(local(4 + 7 * week as u16, 9), Bin::of(*count), 90);
            }
            let (median, spread) = seasons.usual(local(4, 9), Season::HourOfWeek).expect("known");
            prop_assert!(spread >= median.sqrt() && spread >= 1.0 && spread >= median / 10.0);
            let mut bytes = SmallVec::new();
            seasons.write(&mut bytes);
            prop_assert_eq!(Seasons::length(&bytes), bytes.len());
            prop_assert_eq!(Seasons::read(&mut Reader::of(&bytes)), seasons);
        }

        #[test]
        fn any_bytes_are_read(junk in proptest::collection::vec(any::<u8>(), 0..80)) {
            let mut seasons = Seasons::read(&mut Reader::of(&junk));
            seasons.add(local(4, 9), Bin(3), 30);
            let _ = seasons.usual(local(4, 9), Season::HourOfWeek);
        }
    }
}
