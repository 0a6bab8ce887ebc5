//! Tallies: counters that a transaction adds to and never reads.
//!
//! They are for what is looked at in sums: how a rule does, how often an exception was met. Nothing
//! depends on them, so that they have no condition and never make a transaction fail. A tally may
//! be negative: what was counted one day and turned out otherwise on another is taken off then, so
//! that a sum over both days is right.

use model::{Span, Timestamp};

/// For how long tallies are kept.
pub const TALLY_LIFE: Span = Span::days(400);
/// The longest key of a tally, in bytes.
pub const TALLY_KEY_BYTES_MAX: usize = 600;
/// At most so many sums are read at once.
pub const TALLIES_READ_MAX: u32 = 50_000;

/// A day of UTC, as the number of days since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

/// Something to add to a counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// What is counted about, such as a rule. Keys sort and are read by their bytes.
    pub key: String,
    /// On which day.
    pub day: Day,
    /// What is counted, such as `asked`.
    pub name: String,
    /// How many.
    pub n: i64,
}

/// Which tallies, and of which days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TallyQuery {
    /// The first bytes of their keys.
    pub prefix: String,
    /// The first day.
    pub from: Day,
    /// The last day, itself included.
    pub to: Day,
    /// At most so many sums, and never more than [`TALLIES_READ_MAX`].
    pub limit: u32,
}

/// A counter over the days that were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tallied {
    /// What is counted about.
    pub key: String,
    /// What is counted.
    pub name: String,
    /// The sum.
    pub n: i64,
}

impl Day {
    /// The day of an instant.
    #[must_use]
    pub fn of(at: Timestamp) -> Self {
        const DAY_SECONDS: i64 = 86_400;
        // Timestamps end with the year 9999, far within these bits.
        Self(i32::try_from(at.as_second().div_euclid(DAY_SECONDS)).unwrap_or(i32::MAX))
    }

    /// So many days earlier.
    #[must_use]
    pub fn before(self, days: u16) -> Self {
        Self(self.0.saturating_sub(i32::from(days)))
    }

    /// The first day whose tallies are still kept.
    #[must_use]
    pub fn first_kept(now: Timestamp) -> Self {
        Self::of(TALLY_LIFE.before(now))
    }
}

impl Tally {
    /// The key that stores keep: no longer than [`TALLY_KEY_BYTES_MAX`], cut between characters.
    #[must_use]
    pub fn kept_key(&self) -> &str {
        &self.key[..self.key.floor_char_boundary(TALLY_KEY_BYTES_MAX)]
    }
}

impl TallyQuery {
    /// Whether a counter belongs to it.
    #[must_use]
    pub fn matches(&self, key: &str, day: Day) -> bool {
        key.starts_with(&self.prefix) && self.from <= day && day <= self.to
    }

    /// The first key after all that begin with the prefix; `None` where nothing comes after them.
    #[must_use]
    pub fn end(&self) -> Option<String> {
        let mut letters: Vec<char> = self.prefix.chars().collect();
        while let Some(last) = letters.pop() {
            if let Some(next) = (last..=char::MAX).nth(1) {
                letters.push(next);
                return Some(letters.into_iter().collect());
            }
        }
        None
    }

    /// How many sums are read.
    #[must_use]
    pub fn at_most(&self) -> u32 {
        self.limit.min(TALLIES_READ_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_prefix_comes_right_after_all_that_begin_with_it() {
        for (prefix, end) in [
            ("", None),
            ("rule", Some("rulf")),
            ("a\u{10ffff}", Some("b")),
            ("\u{10ffff}", None),
            ("\u{d7ff}", Some("\u{e000}")),
        ] {
            let (from, to) = (Day(0), Day(0));
            let query = TallyQuery { prefix: prefix.to_owned(), from, to, limit: 1 };
            assert_eq!(query.end().as_deref(), end, "{prefix:?}");
        }
    }

    #[test]
    fn an_instant_before_1970_belongs_to_a_day_before_it() {
        let at = |second| Timestamp::from_second(second).expect("in range");
        assert_eq!(Day::of(at(-1)), Day(-1));
        assert_eq!(Day::of(at(86_399)), Day(0));
        assert_eq!(Day::of(at(86_400)), Day(1));
    }
}
