//! What can be told of detection.

use std::sync::{PoisonError, atomic::Ordering};

use detect::engine::Tally;
use model::Severity;

use super::Detection;

/// A rule as it is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleView {
    /// Its id.
    pub id: String,
    /// One line.
    pub title: String,
    /// `detection`, `correlation`, `baseline` or `filter`.
    pub kind: &'static str,
    /// How far it is in its life, in the word of its file.
    pub state: String,
    /// How grave what it finds is.
    pub level: Severity,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Names this version of it.
    pub hash: String,
    /// The file it is in.
    pub file: String,
    /// What became of its matches, since detection has kept count.
    pub tally: Tally,
}

/// How far detection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The first batch of the log that is not evaluated.
    pub evaluated: u64,
    /// Records that wait, as far as is known.
    pub waiting: u64,
    /// Whether it gets no further: the log or the store does not answer, and it tries again.
    pub is_stuck: bool,
}

impl Detection {
    /// The rules in force, by id.
    #[must_use]
    pub fn rules(&self) -> Vec<RuleView> {
        let rules = self.0.rules.load();
        let tallies = self.0.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        let mut views: Vec<RuleView> = rules
            .rules
            .all()
            .iter()
            .map(|rule| RuleView {
                id: rule.id().to_owned(),
                title: rule.head.title.clone(),
                kind: rule.kind(),
                state: rule.meta.state.word(),
                level: rule.head.level,
                owner: rule.meta.owner.clone(),
                hash: rule.hash.clone(),
                file: rule.file.to_string(),
                tally: tallies.get(rule.id()).copied().unwrap_or_default(),
            })
            .collect();
        views.sort_by(|one, other| one.id.cmp(&other.id));
        views
    }

    /// How far it is.
    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing {
            evaluated: self.0.evaluated.load(Ordering::Relaxed),
            waiting: self.0.backlog.load(Ordering::Relaxed),
            is_stuck: self.0.is_stuck.load(Ordering::Relaxed),
        }
    }
}
