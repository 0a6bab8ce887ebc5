//! Lengths of time as people write them: `90s`, `30m`, `2h`, `14d`.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A length of time in whole seconds. A day is 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(u64);

/// Why a text is not a length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a length of time: write a number and s, m, h or d, such as 30m")]
pub struct SpanError;

impl Span {
    /// The longest span taken, ten years: beyond it a typing error is likelier.
    pub const MAX: Self = Self(10 * 365 * 86_400);
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// So many seconds.
    #[must_use]
    pub const fn seconds(seconds: u64) -> Self {
        Self(seconds)
    }
    /// So many minutes.
    #[must_use]
    pub const fn minutes(minutes: u64) -> Self {
        Self(minutes * 60)
    }
    /// So many hours.
    #[must_use]
    pub const fn hours(hours: u64) -> Self {
        Self(hours * 3_600)
    }
    /// So many days of 24 hours.
    #[must_use]
    pub const fn days(days: u64) -> Self {
        Self(days * 86_400)
    }
    /// The length in seconds.
    #[must_use]
    pub const fn as_seconds(self) -> u64 {
        self.0
    }
    /// The length for a timer.
    #[must_use]
    pub const fn as_duration(self) -> Duration {
        Duration::from_secs(self.0)
    }
    /// The length for arithmetic on timestamps.
    #[must_use]
    pub fn as_signed(self) -> jiff::SignedDuration {
        jiff::SignedDuration::from_secs(i64::try_from(self.0).unwrap_or(i64::MAX))
    }
    /// `at` plus this span, held at the end of time.
    #[must_use]
    pub fn after(self, at: jiff::Timestamp) -> jiff::Timestamp {
        at.checked_add(self.as_signed()).unwrap_or(jiff::Timestamp::MAX)
    }
    /// `at` minus this span, held at the beginning of time.
    #[must_use]
    pub fn before(self, at: jiff::Timestamp) -> jiff::Timestamp {
        at.checked_sub(self.as_signed()).unwrap_or(jiff::Timestamp::MIN)
    }
}

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        let unit = text.chars().last().ok_or(SpanError)?;
        let digits = &text[..text.len() - unit.len_utf8()];
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(SpanError);
        }
        let factor = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return Err(SpanError),
        };
        let number: u64 = digits.parse().map_err(|_| SpanError)?;
        let span = Self(number.checked_mul(factor).ok_or(SpanError)?);
        if span > Self::MAX { Err(SpanError) } else { Ok(span) }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, unit) = match self.0 {
            n if n != 0 && n % 86_400 == 0 => (n / 86_400, 'd'),
            n if n != 0 && n % 3_600 == 0 => (n / 3_600, 'h'),
            n if n != 0 && n % 60 == 0 => (n / 60, 'm'),
            n => (n, 's'),
        };
        write!(f, "{number}{unit}")
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_reads_as_it_is_written_and_refuses_what_is_not_one() {
        for text in ["0s", "90s", "30m", "2h", "14d"] {
            assert_eq!(text.parse::<Span>().expect("a span").to_string(), text);
        }
        for junk in ["", "h", "-1h", "+1h", "1.5h", "1w", "1 h", "99999999999d", "5é", "1000000d"]
        {
            assert_eq!(junk.parse::<Span>(), Err(SpanError), "{junk}");
        }
    }
}
