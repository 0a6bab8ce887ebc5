//! What comes out: alerts that explain themselves.

use std::sync::Arc;

use event::Uid;
use model::{AlertId, Facts, PersonId, Personal, Severity, Timestamp};

use crate::{
    rule::{Rule, State},
    sigma::Matched,
};

/// An alert.
#[derive(Debug, Clone)]
pub struct Raised {
    /// Its name: the same in every replay of the log.
    pub key: u128,
    /// The rule, whose author and references belong into whatever text is made of this.
    pub rule: Arc<Rule>,
    /// What may follow from it.
    pub mode: Mode,
    /// How grave the rule says it is.
    pub severity: Severity,
    /// When it happened, by the event's account.
    pub time: Timestamp,
    /// Whom it is about, where the event names a person of the directory, or all events of a window
    /// name the same.
    pub person: Option<PersonId>,
    /// The account, in the source's words.
    pub account: Option<Personal>,
    /// The entity of a baseline, or the group of a correlation, as a person reads it.
    pub entity: Option<Personal>,
    /// What counts as the same again: equal for equal rule, person and group.
    pub group: u128,
    /// The event that brought it about; of a window the last.
    pub event: Uid,
    /// The batch that the event is in.
    pub position: u64,
    /// Its place there.
    pub index: u32,
    /// What happened, by name.
    pub facts: Facts,
    /// Why it was raised.
    pub explanation: Explanation,
    /// What a verdict on it refers to, where something is learned from one: see
    /// [`crate::baseline::Verdict`].
    pub learn: Option<String>,
    /// How unusual a baseline finds it, and from where on it says so.
    pub score: Option<Score>,
    /// How many there were of the same kind since the first, this one included.
    pub count: u32,
}

/// How unusual something is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// What it means differs by the baseline's kind.
    pub score: f64,
    /// From which score on it is raised.
    pub threshold: f64,
}

/// Why an alert was raised.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Explanation {
    /// In English words. Holds texts of the event, which are hostile.
    pub words: String,
    /// The same in German; of a baseline, as the others name fields and values and little else.
    pub german: Option<String>,
    /// The fields that matched.
    pub matched: Vec<Matched>,
    /// The numbers, by name.
    pub numbers: Facts,
}

/// What may follow from an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Whatever the rule says.
    Live,
    /// Nothing: it is recorded.
    Shadow,
    /// The rule is live for so many of a hundred people.
    Canary {
        /// How many.
        percent: u8,
        /// Whether this person is one of them; nobody known is not.
        is_in: bool,
    },
}

impl Raised {
    /// The alert's id.
    #[must_use]
    pub fn id(&self) -> AlertId {
        AlertId::from_digest(self.key)
    }
}

impl Mode {
    /// What holds for a rule in a state and a person.
    #[must_use]
    pub fn of(rule: &Rule, person: Option<PersonId>) -> Self {
        match rule.meta.state {
            State::Live => Self::Live,
            State::Canary(percent) => {
                let is_in = person.is_some_and(|person| is_in_canary(rule.id(), person, percent));
                Self::Canary { percent, is_in }
            }
            State::Draft | State::Shadow | State::Deprecated => Self::Shadow,
        }
    }

    /// Whether anything may follow.
    #[must_use]
    pub fn is_live(self) -> bool {
        matches!(self, Self::Live | Self::Canary { is_in: true, .. })
    }
}

/// Whether a person is one of so many of a hundred: the same people for a rule at all times, more
/// of them as the number rises, and other people for another rule.
#[must_use]
pub fn is_in_canary(rule: &str, person: PersonId, percent: u8) -> bool {
    let digest = crate::digest::Digest::of("canary").text(rule).digest(person.bits());
    digest.finish_64() % 100 < u64::from(percent)
}
