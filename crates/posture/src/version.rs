//! Versions, compared number by number; missing numbers are zero.

pub mod debian;
pub mod range;

use std::{cmp::Ordering, fmt};

/// How many numbers of a version are looked at.
const NUMBERS_MAX: usize = 8;

/// A version such as `26.6.1`.
#[derive(Debug, Clone)]
pub struct Version {
    numbers: Vec<u64>,
    text: String,
}

impl Version {
    /// The version at the beginning of a text: `15.7.9 (24G830)` is 15.7.9. Nothing when it does
    /// not begin with a number.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_part = |each: char| each.is_ascii_digit() || each == '.';
        let end = text.find(|each| !is_part(each)).unwrap_or(text.len());
        let text = text[..end].trim_end_matches('.');
        let numbers: Option<Vec<u64>> = text.split('.').map(|number| number.parse().ok()).collect();
        let numbers = numbers.filter(|it| it.len() <= NUMBERS_MAX)?;
        Some(Self { numbers, text: text.to_owned() })
    }

    /// The version that is all of a text: numbers and dots and nothing else.
    #[must_use]
    pub fn exact(text: &str) -> Option<Self> {
        Self::read(text).filter(|version| version.text == text.trim())
    }

    /// Its numbers.
    #[must_use]
    pub fn numbers(&self) -> &[u64] {
        &self.numbers
    }

    /// Whether it belongs to a line of releases: 15.7.9 to 15 and to 15.7, 10.11 not to 1.
    #[must_use]
    pub fn is_of_line(&self, line: &Self) -> bool {
        let own = |at: usize| self.numbers.get(at).copied().unwrap_or(0);
        line.numbers.iter().enumerate().all(|(at, number)| own(at) == *number)
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let longest = self.numbers.len().max(other.numbers.len());
        let number = |of: &Self, at: usize| of.numbers.get(at).copied().unwrap_or(0);
        let pairs = (0..longest).map(|at| number(self, at).cmp(&number(other, at)));
        pairs.fold(Ordering::Equal, Ordering::then)
    }
}
impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Version {}

/// As it was written.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::read(text).expect(text)
    }

    #[test]
    fn versions_compare_by_their_numbers_and_missing_ones_are_zero() {
        for (one, other, order) in [
            ("11.3", "11.3.0", Ordering::Equal),
            ("18.7.10", "18.7.9", Ordering::Greater),
            ("10.0.26100.4061", "10.0.26100.10000", Ordering::Less),
            ("9", "10", Ordering::Less),
            ("15.7.9 (24G830)", "15.7.9", Ordering::Equal),
            ("24.04", "24.4", Ordering::Equal),
        ] {
            assert_eq!(version(one).cmp(&version(other)), order, "{one} {other}");
        }
        for junk in ["", "v", "x1", ".", "..", "1..2", "99999999999999999999", "1.2.3.4.5.6.7.8.9"]
        {
            assert!(Version::read(junk).is_none(), "{junk}");
        }
        assert!(Version::exact("6.1.0-37-amd64").is_none());
        assert!(Version::exact("12.11").is_some());
    }

    #[test]
    fn a_version_belongs_to_lines_number_by_number() {
        assert!(version("15.7.9").is_of_line(&version("15")));
        assert!(version("10.15.7").is_of_line(&version("10.15")));
        assert!(version("12").is_of_line(&version("12.0")));
        assert!(!version("10.11").is_of_line(&version("1")));
        assert!(!version("12.1").is_of_line(&version("12.0")));
    }
}
