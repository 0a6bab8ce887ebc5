//! What comes out, and under which circumstances.

use event::Event;
use model::{FactValue, Facts};
use smallvec::SmallVec;

use super::{Baseline, Explanation, Kind, Moment, Organisation, StateKey, Subject, Token};

/// Something unusual.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// How unusual; what a score means differs by kind.
    pub score: f64,
    /// From which score on it is raised.
    pub threshold: f64,
    /// Why, in numbers and as a sentence.
    pub explanation: Explanation,
    /// What a verdict on it would be about.
    pub subject: Subject,
}

/// From which score on a baseline raises something, and whether it asks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tuning {
    threshold: f64,
    mode: Mode,
}

/// What becomes of what is raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Somebody is asked: what was raised waits for a verdict before it is learned.
    Live,
    /// Nobody is asked (draft, shadow): what was raised is learned, as if it had been confirmed.
    Shadow,
    /// As `Shadow`, and everything above the hard floor is told: for calibration and what-if.
    Measure,
}

impl Tuning {
    /// As the file has it.
    #[must_use]
    pub fn of(baseline: &Baseline, mode: Mode) -> Self {
        Self::calibrated(baseline, mode, None)
    }

    /// With a calibrated threshold in the place of the file's; never below the hard floor.
    #[must_use]
    pub fn calibrated(baseline: &Baseline, mode: Mode, threshold: Option<f64>) -> Self {
        let floor = baseline.kind().floor();
        let threshold = threshold.unwrap_or(baseline.kind().threshold());
        let threshold = if mode == Mode::Measure { floor } else { threshold.max(floor) };
        Self { threshold, mode }
    }

    /// From which score on something is raised.
    #[must_use]
    pub fn threshold(self) -> f64 {
        self.threshold
    }

    /// What becomes of it.
    #[must_use]
    pub fn mode(self) -> Mode {
        self.mode
    }

    /// Whether a score is high enough. Forgiving of what rounding takes away: a count that is
    /// written in a file as the floor must be one.
    pub(super) fn is_reached(self, score: f64) -> bool {
        score + 1e-9 >= self.threshold
    }

    /// The same, where nobody will be asked.
    pub(super) fn unasked(self) -> Self {
        let mode = if self.mode == Mode::Live { Mode::Shadow } else { self.mode };
        Self { mode, ..self }
    }

    pub(super) fn is_asked(self) -> bool {
        self.mode == Mode::Live
    }

    pub(super) fn is_measured(self) -> bool {
        self.mode == Mode::Measure
    }
}

/// What an observation is applied with.
#[derive(Debug, Clone, Copy)]
pub struct Step<'s> {
    /// The event it was read from.
    pub event: &'s Event,
    /// When that was.
    pub moment: &'s Moment<'s>,
    /// What all entities together knew when the batch began.
    pub organisation: &'s Organisation,
    /// The baseline's threshold.
    pub tuning: Tuning,
}

impl Finding {
    /// Of a slot and the values that a verdict would be about; the rest is filled in where it is
    /// known.
    pub(super) fn new(score: f64, explanation: Explanation, slot: u64, values: &[Token]) -> Self {
        let subject = Subject { slot, entity: StateKey(0), values: SmallVec::from_slice(values) };
        Self { score, threshold: 0.0, explanation, subject }
    }

    /// Whether it is about something that a person has denied.
    pub(super) fn is_of_denied(&self) -> bool {
        matches!(self.explanation, Explanation::Denied { .. })
    }

    pub(super) fn belongs_to(&mut self, entity: StateKey, step: &Step<'_>) {
        self.subject.entity = entity;
        self.threshold = step.tuning.threshold;
    }

    /// The numbers as facts of an alert, by names that begin with `baseline.`.
    #[must_use]
    pub fn facts(&self, kind: &Kind) -> Facts {
        let mut facts = self.explanation.facts();
        let rounded = |number: f64| FactValue::Float((number * 100.0).round() / 100.0);
        facts.insert("baseline.kind".to_owned(), kind.name().into());
        facts.insert("baseline.score".to_owned(), rounded(self.score));
        facts.insert("baseline.threshold".to_owned(), rounded(self.threshold));
        facts
    }
}
