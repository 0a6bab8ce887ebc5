//! Who is paged after whom: the steps of escalation, as far as a case knows them.
//!
//! A case knows how many steps there are and how long it waits on each; whom a step pages is
//! settled when the page is sent. The last step is the last resort: after it there is nobody else.

use model::{Personal, Span, Timestamp};
use serde::{Deserialize, Serialize};

/// How long each step waits for somebody to take the incident.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ladder {
    /// How long after a step the next one is paged; there is one step more than there are waits.
    pub waits: Vec<Span>,
    /// How long after somebody took the incident it is paged again, if the case still stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume_after: Option<Span>,
}

/// Where an incident stands on its ladder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Climb {
    /// The last step that was paged.
    pub step: u32,
    /// When the next step is paged, or the same one anew after somebody took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Timestamp>,
    /// Who has taken it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<Taken>,
    /// When the last news of it happened, by the clock of who told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub news_at: Option<Timestamp>,
}

/// Somebody has taken an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// When.
    pub at: Timestamp,
    /// Where: a target of escalation, or `console`.
    pub place: String,
    /// Who, in the target's words. Hostile text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Personal>,
}

/// What somebody did to the incident at a target of escalation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// They have it.
    Taken,
    /// Nobody has it any more.
    Left,
    /// It was ended there. The case is not: it counts as taken.
    Ended,
    /// It was opened again there.
    Reopened,
}

impl Ladder {
    /// Whether it says nothing: everybody is paged at once.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.waits.is_empty() && self.resume_after.is_none()
    }

    /// How long after this step the next one is paged, if there is one.
    #[must_use]
    pub fn wait(&self, step: u32) -> Option<Span> {
        self.waits.get(step as usize).copied()
    }
}
