//! What the health of a rule speaks for. It is proposed with the numbers, and a person accepts it.

use serde::{Deserialize, Serialize};

use super::Health;

/// Fewer judged cases speak for nothing.
pub const JUDGED_MIN: u64 = 20;
/// Whose precision is surely above this may be relied on more.
pub const PROMOTE_ABOVE: f64 = 0.5;
/// Whose precision is surely below this asks people for little.
pub const DEMOTE_BELOW: f64 = 0.2;
/// Whose precision is surely below this, with not one real case, is of no use.
pub const RETIRE_BELOW: f64 = 0.05;
/// Whose questions surely stay unanswered more often than this ask the wrong people, or wrongly.
pub const UNANSWERED_ABOVE: f64 = 0.5;

/// What may change about a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is relied on more: its confidence rises by one step.
    Promote,
    /// It asks nobody: its cases are watched only.
    Demote,
    /// Its alerts are closed at once.
    Retire,
}

/// A change, with what speaks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The change.
    pub change: Change,
    /// What speaks for it, in numbers.
    pub evidence: Vec<String>,
}

impl Change {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Promote, Self::Demote, Self::Retire];

    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Promote => "promote",
            Self::Demote => "demote",
            Self::Retire => "retire",
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|change| change.name() == word)
    }
}

impl Proposal {
    pub(super) fn of(health: &Health) -> Option<Self> {
        let precision = health.precision().filter(|precision| precision.of >= JUDGED_MIN);
        let unanswered = health.unanswered().filter(|share| share.of >= JUDGED_MIN);
        let real = precision.map(|precision| format!("real: {precision}"));
        let silent = unanswered.map(|share| format!("unanswered: {share}"));
        let change = match (precision, unanswered) {
            (Some(it), _) if it.low > PROMOTE_ABOVE => Change::Promote,
            (Some(it), _) if health.real() == 0 && it.high < RETIRE_BELOW => Change::Retire,
            (Some(it), _) if it.high < DEMOTE_BELOW => Change::Demote,
            // Silence hides attacks as well: what proved real is not demoted for it.
            (_, Some(share)) if share.low > UNANSWERED_ABOVE && health.real() == 0 => {
                Change::Demote
            }
            _ => return None,
        };
        let asked = health.questions_per_person().map(|each| {
            format!("{} questions, {each:.1} for each person asked", health.count("asked"))
        });
        let evidence = real.into_iter().chain(silent).chain(asked).collect();
        Some(Self { change, evidence })
    }
}
