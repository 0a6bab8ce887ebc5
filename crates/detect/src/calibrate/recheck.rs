//! Whether a calibrated threshold still keeps its budget, and what to change.

use super::{
    Entry, Range, Rule, Sample, Spent,
    choose::{allowed, choose, rounded_up},
};

/// A threshold moves by at most this share in a week.
const WEEKLY_CHANGE: f64 = 0.2;
/// A change smaller than this is not worth a review.
const CHANGE_MIN: f64 = 0.02;
/// Spending less than this share of what was promised is worth a look.
const UNDERSPENT: f64 = 0.5;

/// How a threshold does.
#[derive(Debug, Clone, PartialEq)]
pub struct Recheck {
    /// The threshold in use.
    pub threshold: f64,
    /// What was promised for each person and period.
    pub promised_per_person: f64,
    /// What it has spent.
    pub spent: Spent,
    /// What the budget allows, in questions.
    pub allowed: f64,
    /// What to change, if anything; for people to decide.
    pub proposal: Option<Proposal>,
}

/// A change that is proposed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Proposal {
    /// The new threshold.
    pub threshold: f64,
    /// Where it would be without the limit on how far it may move in a week.
    pub wanted: f64,
    /// What the new one would have spent.
    pub expected: Spent,
}

/// Compares what a threshold has spent lately with what was promised and what is allowed. Where it
/// spends too much, or far less than it may, a change is proposed: by at most a fifth for a week,
/// and never below the hard floor. The sample must be settled.
#[must_use]
pub fn recheck(rule: &Rule, entry: &Entry, sample: &Sample, range: &Range) -> Recheck {
    let at =
        |threshold: f64| range.spent(sample.questions(threshold, rule.group_window), rule.every);
    let (threshold, promised) = (entry.threshold.max(rule.floor), entry.expected_per_person);
    let (spent, allowed) = (at(threshold), allowed(rule, range));
    let is_over = spent.questions as f64 > allowed;
    let is_under = spent.per_person < promised * UNDERSPENT;
    let wanted = choose(rule, sample, range).threshold;
    let near = threshold * (1.0 - WEEKLY_CHANGE)..=threshold * (1.0 + WEEKLY_CHANGE);
    let moved = wanted.clamp(*near.start(), *near.end()).max(rule.floor);
    // Rounding must not carry it beyond the limit.
    let moved = if moved < wanted { (moved * 100.0).floor() / 100.0 } else { rounded_up(moved) };
    let moved = moved.max(rule.floor);
    let is_worth_it = (is_over && moved > threshold) || (is_under && moved < threshold);
    let is_much = (moved - threshold).abs() > threshold * CHANGE_MIN;
    let proposal = (is_worth_it && is_much && !sample.is_empty()).then(|| Proposal {
        threshold: moved,
        wanted,
        expected: at(moved),
    });
    Recheck { threshold, promised_per_person: promised, spent, allowed, proposal }
}
