//! How a rule does, by what became of its cases, and what that speaks for.
//!
//! A case counts as real by a denial or an analyst's word, as harmless by a *proof* or an analyst's
//! word: an unproven yes says nothing. A version of a rule is the hash of the file that says what is
//! done about its alerts, so that whoever edits it begins anew. Start with [`Health`].

mod proposal;
mod wilson;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use proposal::{
    Change, DEMOTE_BELOW, JUDGED_MIN, PROMOTE_ABOVE, Proposal, RETIRE_BELOW, UNANSWERED_ABOVE,
};
pub use wilson::Interval;

use crate::count::ANSWER_SECONDS;

/// How a rule, or one version of it, did over a period.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Health {
    /// The counters, by name.
    counts: BTreeMap<String, u64>,
    /// How many people it asked.
    pub people: u64,
}

impl Health {
    /// Of sums by name. What was taken off in this period and counted before it leaves nothing.
    #[must_use]
    pub fn of<'a>(sums: impl IntoIterator<Item = (&'a str, i64)>, people: u64) -> Self {
        let mut health = Self { counts: BTreeMap::new(), people };
        for (name, n) in sums {
            let sum = health.counts.entry(name.to_owned()).or_default();
            *sum = sum.saturating_add(u64::try_from(n).unwrap_or(0));
        }
        health
    }

    /// Counts another version in.
    pub fn add(&mut self, other: &Self) {
        for (name, n) in &other.counts {
            let sum = self.counts.entry(name.clone()).or_default();
            *sum = sum.saturating_add(*n);
        }
    }

    /// A counter, by name.
    #[must_use]
    pub fn count(&self, name: &str) -> u64 {
        self.counts.get(name).copied().unwrap_or(0)
    }

    /// Cases to which there was something.
    #[must_use]
    pub fn real(&self) -> u64 {
        self.count("real")
    }

    /// Cases of which it is known what there was to them.
    #[must_use]
    pub fn judged(&self) -> u64 {
        self.real().saturating_add(self.count("harmless"))
    }

    /// The share of the real among the judged.
    #[must_use]
    pub fn precision(&self) -> Option<Interval> {
        Interval::of(self.real(), self.judged())
    }

    /// The share of the questions to which nobody said anything in time.
    #[must_use]
    pub fn unanswered(&self) -> Option<Interval> {
        let silent = self.count("silent");
        Interval::of(silent, silent.saturating_add(self.count("answered")))
    }

    /// Questions for each person who was asked any.
    #[must_use]
    pub fn questions_per_person(&self) -> Option<f64> {
        (self.people > 0).then(|| as_float(self.count("asked")) / as_float(self.people))
    }

    /// How long people took to answer, in the mean, in seconds.
    #[must_use]
    pub fn mean_seconds(&self) -> Option<u64> {
        self.count("answer_seconds").checked_div(self.count("answered"))
    }

    /// Within how many seconds so many of a hundred answers came; the bound of a bucket, none where
    /// they took longer than the longest.
    #[must_use]
    pub fn answered_within(&self, percent: u64) -> Option<u64> {
        let answered = self.count("answered");
        if answered == 0 {
            return None;
        }
        let wanted = answered.saturating_mul(percent).div_ceil(100);
        let mut seen = 0_u64;
        ANSWER_SECONDS.into_iter().find(|limit| {
            seen = seen.saturating_add(self.count(&format!("answer_le_{limit}")));
            seen >= wanted
        })
    }

    /// What the numbers speak for, if for anything.
    #[must_use]
    pub fn proposal(&self) -> Option<Proposal> {
        Proposal::of(self)
    }
}

/// A number that is far below where whole numbers stop fitting.
#[expect(clippy::cast_precision_loss, reason = "counts of cases are far below 2^53")]
fn as_float(n: u64) -> f64 {
    n as f64
}
