//! A share of few cases, with what it may really be.

use super::as_float;

/// The quantile of the normal distribution for 95 %.
const Z: f64 = 1.959_964;

/// A share with its 95 % interval, after Wilson (1927): unlike the usual one it holds for few cases
/// and for shares near 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The share, from 0 to 1.
    pub share: f64,
    /// It is hardly lower,
    pub low: f64,
    /// nor higher.
    pub high: f64,
    /// Of so many cases.
    pub of: u64,
}

impl Interval {
    /// So many of so many; nothing is known of none.
    #[must_use]
    pub fn of(hits: u64, of: u64) -> Option<Self> {
        if of == 0 {
            return None;
        }
        let n = as_float(of);
        let share = as_float(hits.min(of)) / n;
        let weight = 1.0 + Z * Z / n;
        let middle = (share + Z * Z / (2.0 * n)) / weight;
        let spread = share * (1.0 - share) / n + Z * Z / (4.0 * n * n);
        let half = Z * spread.sqrt() / weight;
        // At the ends they meet the share, up to a rounding.
        let low = (middle - half).clamp(0.0, share);
        let high = (middle + half).clamp(share, 1.0);
        Some(Self { share, low, high, of })
    }
}

impl std::fmt::Display for Interval {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { share, low, high, of } = self;
        let percent = |share: &f64| share * 100.0;
        let (share, low, high) = (percent(share), percent(low), percent(high));
        write!(f, "{share:.0} % of {of} (between {low:.0} % and {high:.0} %)")
    }
}
