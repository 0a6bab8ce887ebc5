//! Calibration: which threshold keeps a rule's budget.
//!
//! A rule says how often a person may be asked, not where its threshold lies. Stored history is
//! replayed with every score above the hard floor told (`baseline::Mode::Measure`) and gathered in a
//! [`Sample`]; [`choose`] finds the lowest threshold whose questions stay within the budget, counted
//! as cases would be: what comes within a group's window of an open question joins it. The choice
//! is written to a file that people review ([`Calibrated`]), tried on history it has not seen
//! ([`held_out`]), and checked again and again ([`recheck`]).
//!
//! Nothing here reads a clock or a file. Start with [`choose`]; [`report`] says it in words.

mod choose;
mod file;
mod recheck;
pub mod report;
mod sample;

use model::{Span, Timestamp};

pub use choose::{Choice, HeldOut, Point, Warning, choose, held_out};
pub use file::{Calibrated, Entry, KnownRule, Note};
pub use recheck::{Proposal, Recheck, recheck};
pub use sample::{FINDINGS_MAX, Sample, Who};

/// How much of a budget is planned with: the next month is not like the last.
pub const PLANNED_SHARE: f64 = 0.8;
/// What all rules together may ask in a day of a thousand people, as a sound default.
pub const SOUND_PER_DAY_PER_1000: f64 = 5.0;

/// What is calibrated.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// The rule's id.
    pub id: String,
    /// The hash of what its baseline means.
    pub meaning: u64,
    /// How many questions a person may be asked in each period.
    pub per_person: f64,
    /// The period.
    pub every: Span,
    /// For how long what is found joins an open question.
    pub group_window: Span,
    /// The hard floor of its threshold.
    pub floor: f64,
    /// The threshold as its file has it.
    pub written: f64,
}

impl Rule {
    /// The same, whose threshold only rises: nobody is asked more often than the rule's author
    /// thought right, however much the budget would allow.
    #[must_use]
    pub fn never_below_written(self) -> Self {
        Self { floor: self.floor.max(self.written), ..self }
    }
}

/// The history that was replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// From this instant.
    pub from: Timestamp,
    /// To this one.
    pub to: Timestamp,
    /// The people who did anything in it.
    pub people: u32,
}

/// What a threshold costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spent {
    /// Questions in all of the history.
    pub questions: u64,
    /// For each person in each of the budget's periods.
    pub per_person: f64,
    /// For each day and thousand people.
    pub per_day_per_1000: f64,
}

impl Range {
    /// How many days it has.
    #[must_use]
    pub fn days(&self) -> f64 {
        let seconds = self.to.as_second().saturating_sub(self.from.as_second());
        (seconds.max(0) as f64) / 86_400.0
    }

    /// The same without its first days, in which a baseline learned and was silent; all of it where
    /// that would leave less than a day.
    #[must_use]
    pub fn after_learning(&self, days: u16) -> Self {
        let from = Span::days(days.into()).after(self.from);
        let is_enough = Span::days(1).after(from) <= self.to;
        if is_enough { Self { from, ..*self } } else { *self }
    }

    /// What so many questions are for each person and period.
    #[must_use]
    pub fn spent(&self, questions: u64, every: Span) -> Spent {
        let people = f64::from(self.people.max(1));
        let days = self.days().max(1.0 / 24.0);
        let a_day = questions as f64 / people / days;
        Spent {
            questions,
            per_person: a_day * every.as_seconds() as f64 / 86_400.0,
            per_day_per_1000: a_day * 1_000.0,
        }
    }
}

#[cfg(test)]
mod tests;
