//! Trials: what rules would have done, without doing anything.
//!
//! [`proof`] runs the tests that stand beside rules. A [`Trial`] runs an engine over any stream of
//! batches and counts alerts and would-be questions, by rule and by person; [`diff`] says what one
//! trial has and another has not. [`layer`] shows which techniques rules cover, for ATT&CK
//! Navigator. All of it is the engine that detects, with another end.

pub mod diff;
pub mod junit;
pub mod layer;
pub mod proof;
pub mod tally;

#[cfg(test)]
mod tests;

use event::Event;
use model::Severity;

use crate::engine::{At, Engine, Output, Parallel, Raised};

pub use diff::{Change, Diff, diff};
pub use junit::junit;
pub use layer::{Coverage, layer};
pub use proof::{Read, TestResult, run_tests};
pub use tally::{Record, Tallied, Trial};

/// What would be done about an alert: the matter of whoever treats it.
pub trait Treatment {
    /// Decides.
    fn decide(&self, raised: &Raised) -> Decided;
}

/// What would be done about an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided {
    /// How grave it would be.
    pub severity: Severity,
    /// Whether a person would be asked.
    pub is_asked: bool,
    /// Whether something would be run without being asked for.
    pub is_acted_on: bool,
}

/// As the rule's file has it, without its conditions: its level, a question where it asks one and
/// somebody is named, and nothing run.
#[derive(Debug, Clone, Copy, Default)]
pub struct AsWritten;

impl Treatment for AsWritten {
    fn decide(&self, raised: &Raised) -> Decided {
        let is_somebody = raised.person.is_some() || raised.account.is_some();
        Decided {
            severity: raised.severity,
            is_asked: raised.rule.meta.is_asking && is_somebody,
            is_acted_on: false,
        }
    }
}

/// Applies a batch to an engine that knows all it has seen: nothing is loaded from anywhere.
pub(crate) fn apply(engine: &mut Engine, events: &[Event], at: At, with: &dyn Parallel) -> Output {
    let looked = engine.look(events, with);
    for key in engine.wanted(&looked) {
        engine.admit(key, None).expect("there is nothing that could not be read");
    }
    engine.batch(events, looked, at, with)
}
