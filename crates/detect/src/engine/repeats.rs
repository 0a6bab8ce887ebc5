//! The same again: counted, and told at most once a minute.

use std::collections::BTreeMap;

use model::Span;

use crate::code::{Reader, Writer};

/// How often the same is told again.
pub const AGAIN: Span = Span::minutes(1);
/// How many kinds of alerts are remembered: beyond, those that are over go, then the oldest.
pub const REPEATS_MAX: usize = 100_000;

/// What was raised, by what counts as the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Repeats {
    known: BTreeMap<u128, Repeat>,
}

/// In seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Repeat {
    first: u32,
    /// When it is over.
    end: u32,
    /// When it was last told.
    told: u32,
    count: u32,
}

impl Repeats {
    /// Counts one. How many there were, where it is to be told.
    pub(crate) fn count(&mut self, key: u128, now: u32, window: Span) -> Option<u32> {
        let again_s = u32::try_from(AGAIN.as_seconds()).unwrap_or(u32::MAX);
        let window_s = u32::try_from(window.as_seconds()).unwrap_or(u32::MAX);
        // A late one belongs to those after it, one of long before does not.
        let is_same =
            |repeat: &&mut Repeat| now < repeat.end && now.saturating_add(window_s) >= repeat.first;
        if let Some(repeat) = self.known.get_mut(&key).filter(is_same) {
            repeat.count = repeat.count.saturating_add(1);
            if now < repeat.told.saturating_add(again_s) {
                return None;
            }
            repeat.told = now;
            return Some(repeat.count);
        }
        self.make_room(now);
        let end = now.saturating_add(window_s);
        self.known.insert(key, Repeat { first: now, end, told: now, count: 1 });
        Some(1)
    }

    /// How many are remembered.
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    fn make_room(&mut self, now: u32) {
        if self.known.len() < REPEATS_MAX {
            return;
        }
        self.known.retain(|_, repeat| now < repeat.end);
        let surplus = (self.known.len() + 1).saturating_sub(REPEATS_MAX);
        if surplus == 0 {
            return;
        }
        let mut oldest: Vec<(u32, u128)> =
            self.known.iter().map(|(key, repeat)| (repeat.first, *key)).collect();
        oldest.sort_unstable();
        // Some more than needed, so that not every one has to look through all of them.
        for (_, key) in oldest.into_iter().take(surplus + REPEATS_MAX / 10) {
            self.known.remove(&key);
        }
    }

    pub(crate) fn write(&self, to: &mut Writer) {
        to.number(self.known.len() as u64);
        for (key, repeat) in &self.known {
            to.digest(*key);
            for number in [repeat.first, repeat.end, repeat.told, repeat.count] {
                to.number(u64::from(number));
            }
        }
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let mut known = BTreeMap::new();
        for _ in 0..from.count()? {
            let key = from.digest()?;
            let mut number = || u32::try_from(from.number()?).ok();
            let (first, end, told, count) = (number()?, number()?, number()?, number()?);
            known.insert(key, Repeat { first, end, told, count });
        }
        Some(Self { known })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_again_is_counted_and_told_once_a_minute() {
        let mut repeats = Repeats::default();
        let mut at = |now: u32| repeats.count(1, now, Span::hours(1));
        assert_eq!(at(10_000), Some(1));
        assert_eq!((at(10_001), at(10_059)), (None, None));
        assert_eq!((at(10_060), at(10_061)), (Some(4), None));
        assert_eq!(at(9_990), None, "a late one is the same too");
        assert_eq!(at(13_600), Some(1), "the window is over");
        assert_eq!(at(900), Some(1), "long before");
        assert_eq!(repeats.count(2, 1_000, Span::hours(1)), Some(1));
    }

    #[test]
    fn a_flood_of_kinds_is_held() {
        let mut repeats = Repeats::default();
        for key in 0..REPEATS_MAX as u128 + 5 {
            assert_eq!(repeats.count(key, 1_000, Span::hours(1)), Some(1));
        }
        assert!(repeats.len() <= REPEATS_MAX);
        assert_eq!(repeats.count(REPEATS_MAX as u128, 1_001, Span::hours(1)), None);
    }

    #[test]
    fn they_go_on_from_their_bytes() {
        let mut repeats = Repeats::default();
        (0..10).for_each(|key| {
            repeats.count(key, 1_000 + key as u32, Span::hours(1));
        });
        let mut writer = Writer::default();
        repeats.write(&mut writer);
        let bytes = writer.into_bytes();
        assert_eq!(Repeats::read(&mut Reader::of(&bytes)), Some(repeats));
        assert_eq!(Repeats::read(&mut Reader::of(&bytes[..20])), None);
    }
}
