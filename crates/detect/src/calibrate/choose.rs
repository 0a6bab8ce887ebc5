//! The threshold that keeps a budget, and what others would cost.

use super::{PLANNED_SHARE, Range, Rule, Sample, Spent, Who};

/// Shorter histories say little.
const DAYS_MIN: f64 = 14.0;
/// So do fewer people.
const PEOPLE_MIN: u32 = 10;
/// Who is asked more than this share of all questions decides the threshold for everybody.
const DOMINATES: f64 = 0.25;
/// Fewer questions than this are nobody's dominion.
const QUESTIONS_MIN: u64 = 8;
/// How many of the people who are asked most are told.
const MOST_MAX: usize = 3;
/// How many points a curve has beside the written and the chosen one.
const POINTS_MAX: u32 = 24;

/// A chosen threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// The threshold.
    pub threshold: f64,
    /// What it would have cost.
    pub expected: Spent,
    /// What the budget allows, in questions over the whole history.
    pub allowed: f64,
    /// What others would have cost, the lowest first.
    pub curve: Vec<Point>,
    /// What to know before it is used.
    pub warnings: Vec<Warning>,
}

/// What a threshold would have cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The threshold.
    pub threshold: f64,
    /// What it would have cost.
    pub spent: Spent,
    /// How many people would have been asked.
    pub people: usize,
    /// Who most, and how often.
    pub most: Vec<(Who, u32)>,
}

/// What to know before a threshold is used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Warning {
    /// The history is shorter than two weeks, or than the budget's period.
    ShortHistory {
        /// It has so many days.
        days: f64,
        /// And should have so many.
        needed: f64,
    },
    /// There are too few people to speak of a share.
    FewPeople {
        /// So many.
        people: u32,
    },
    /// Nothing was found at all: nothing can be said about the threshold, and the file's stays.
    NothingFound,
    /// One person is asked so much that the threshold is theirs.
    Dominated {
        /// Who.
        who: Who,
        /// Their share of all questions.
        share: f64,
    },
    /// The budget is not used up even at the lowest threshold that may be chosen.
    BudgetLeft,
    /// No threshold that was measured keeps the budget: the rule would be silent.
    NothingFits,
    /// Scores below this were not kept, so lower thresholds could not be tried.
    Truncated {
        /// Up to this score.
        below: f64,
    },
}

/// How a choice did on history it was not made from.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldOut {
    /// The choice made from the first part.
    pub choice: Choice,
    /// What it spent on the rest.
    pub spent: Spent,
    /// The rest.
    pub range: Range,
    /// What the budget allows on the rest, in questions.
    pub allowed: f64,
}

/// Chooses the lowest threshold whose questions stay within [`PLANNED_SHARE`] of the budget; never
/// below the hard floor. The sample must be settled.
#[must_use]
pub fn choose(rule: &Rule, sample: &Sample, range: &Range) -> Choice {
    let allowed = allowed(rule, range);
    let (threshold, found) = lowest_within(rule, sample, allowed * PLANNED_SHARE);
    let mut warnings: Vec<Warning> = of_history(rule, range).collect();
    warnings.extend(found);
    let floor = sample.dropped().filter(|dropped| threshold <= dropped * 1.01);
    warnings.extend(floor.map(|below| Warning::Truncated { below }));
    let asked = sample.asked(threshold, rule.group_window);
    let questions: u64 = asked.iter().map(|(_, times)| u64::from(*times)).sum();
    warnings.extend(dominated(&asked, questions));
    Choice {
        threshold,
        expected: range.spent(questions, rule.every),
        allowed,
        curve: curve(rule, sample, range, threshold),
        warnings,
    }
}

/// Chooses from the first share of a history and counts what that costs on the rest. The sample
/// must be settled.
#[must_use]
pub fn held_out(rule: &Rule, sample: &Sample, range: &Range, share: f64) -> HeldOut {
    let (from, to) = (range.from.as_second(), range.to.as_second());
    let cut = from + ((to - from) as f64 * share.clamp(0.0, 1.0)) as i64;
    let cut = model::Timestamp::from_second(cut).unwrap_or(range.to);
    let (first, rest) = (Range { to: cut, ..*range }, Range { from: cut, ..*range });
    let choice = choose(rule, &sample.between(first.from, first.to), &first);
    let questions =
        sample.between(rest.from, rest.to).questions(choice.threshold, rule.group_window);
    let spent = rest.spent(questions, rule.every);
    HeldOut { choice, spent, range: rest, allowed: allowed(rule, &rest) }
}

/// What a budget allows over a history, in questions.
pub(super) fn allowed(rule: &Rule, range: &Range) -> f64 {
    let periods = range.days() * 86_400.0 / (rule.every.as_seconds().max(1) as f64);
    rule.per_person * f64::from(range.people.max(1)) * periods
}

fn lowest_within(rule: &Rule, sample: &Sample, planned: f64) -> (f64, Option<Warning>) {
    let fits = |threshold: f64| sample.questions(threshold, rule.group_window) as f64 <= planned;
    if sample.is_empty() {
        return (rule.written.max(rule.floor), Some(Warning::NothingFound));
    }
    if sample.dropped().is_none() && fits(rule.floor) {
        return (rule.floor, Some(Warning::BudgetLeft));
    }
    let scores = sample.scores();
    let at = scores.partition_point(|score| !fits(*score));
    match scores.get(at) {
        Some(score) => (rounded_up(score.max(rule.floor)), None),
        None => {
            let beyond = scores.last().copied().unwrap_or(rule.floor) + 0.01;
            (rounded_up(beyond.max(rule.floor)), Some(Warning::NothingFits))
        }
    }
}

/// To two digits after the point, never lower: what is written is what was counted.
pub(super) fn rounded_up(threshold: f64) -> f64 {
    let cents = threshold * 100.0;
    let nearest = cents.round();
    // 8.05 is a little more than 805 hundredths, and yet stays what it is.
    let is_whole = (cents - nearest).abs() < 1e-9 * nearest.max(1.0);
    (if is_whole { nearest } else { cents.ceil() }) / 100.0
}

fn of_history(rule: &Rule, range: &Range) -> impl Iterator<Item = Warning> {
    let needed = DAYS_MIN.max(rule.every.as_seconds() as f64 / 86_400.0);
    let days = range.days();
    let short = (days < needed).then_some(Warning::ShortHistory { days, needed });
    let few = (range.people < PEOPLE_MIN).then_some(Warning::FewPeople { people: range.people });
    short.into_iter().chain(few)
}

fn dominated(asked: &[(Who, u32)], questions: u64) -> Option<Warning> {
    let (who, times) = *asked.first()?;
    let share = f64::from(times) / questions.max(1) as f64;
    let is_much = questions >= QUESTIONS_MIN && share > DOMINATES;
    is_much.then_some(Warning::Dominated { who, share })
}

/// Thresholds at which the questions halve, and the written and the chosen one.
fn curve(rule: &Rule, sample: &Sample, range: &Range, chosen: f64) -> Vec<Point> {
    let scores = sample.scores();
    let window = rule.group_window;
    let mut thresholds = vec![rule.floor, rule.written.max(rule.floor), chosen];
    let mut wanted = sample.questions(rule.floor, window);
    for _ in 0..POINTS_MAX {
        wanted /= 2;
        if wanted == 0 {
            break;
        }
        let at = scores.partition_point(|score| sample.questions(*score, window) > wanted);
        thresholds.extend(scores.get(at).map(|score| rounded_up(score.max(rule.floor))));
    }
    thresholds.sort_unstable_by(f64::total_cmp);
    thresholds.dedup();
    thresholds.into_iter().map(|threshold| point(rule, sample, range, threshold)).collect()
}

fn point(rule: &Rule, sample: &Sample, range: &Range, threshold: f64) -> Point {
    let mut most = sample.asked(threshold, rule.group_window);
    let people = most.len();
    let questions = most.iter().map(|(_, times)| u64::from(*times)).sum();
    most.truncate(MOST_MAX);
    Point { threshold, spent: range.spent(questions, rule.every), people, most }
}
