//! What the organisation says to automatic actions: a kill switch, and a breaker that stops them
//! when there are too many, since a bad table of addresses looks exactly like a mass attack.

use std::collections::BTreeMap;

use model::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use crate::input::Actor;

/// The span over which automatic actions are counted.
const HOUR_MINUTES: i64 = 60;
/// At least so many automatic actions an hour are let through, however small the company.
pub const ACTS_PER_HOUR_MIN: u32 = 5;
/// Beyond that, one an hour for so many people.
pub const PEOPLE_PER_ACT: u32 = 100;
/// How long after the last automatic action its count is kept.
pub const COUNT_LIFE: Span = Span::hours(1);

/// The organisation's guard over automatic actions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Guard {
    /// Who stopped them all, and when.
    pub stopped: Option<Stopped>,
    /// What opened the breaker, until somebody closes it.
    pub tripped: Option<Tripped>,
    /// How many there were in each minute of the last hour, by action; `""` for all.
    counts: BTreeMap<String, BTreeMap<i64, u32>>,
}

/// The kill switch, pressed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// By whom.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// Why, in their words.
    pub reason: String,
}

/// The breaker, open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tripped {
    /// When.
    pub at: Timestamp,
    /// By what.
    pub why: String,
}

/// How many automatic actions an hour are let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Of all kinds.
    pub per_hour: u32,
    /// Of one kind.
    pub per_hour_of_action: u32,
}

/// What is said to one automatic action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActRuling {
    /// Go ahead.
    Go,
    /// A person decides; why.
    Held {
        /// Why, in words.
        why: String,
        /// Whether the security team is paged about it.
        is_grave: bool,
        /// Whether this one opens the breaker.
        trips: bool,
    },
}

impl ActRuling {
    pub(crate) fn held(why: impl Into<String>) -> Self {
        Self::Held { why: why.into(), is_grave: false, trips: false }
    }
}

impl Limits {
    /// The limits of a company of so many people.
    #[must_use]
    pub fn of(people: usize) -> Self {
        let share = u32::try_from(people).unwrap_or(u32::MAX) / PEOPLE_PER_ACT;
        let per_hour = ACTS_PER_HOUR_MIN.max(share);
        Self { per_hour, per_hour_of_action: per_hour }
    }
}

impl Guard {
    /// Stops all automatic action.
    pub fn stop(&mut self, by: Actor, at: Timestamp, reason: String) {
        self.stopped = Some(Stopped { by, at, reason });
    }

    /// Lets automatic action go on, and closes the breaker.
    pub fn resume(&mut self) {
        *self = Self::default();
    }

    /// What is said to one more automatic action. Changes nothing.
    #[must_use]
    pub fn rule(&self, action: &str, limits: Limits, now: Timestamp) -> ActRuling {
        if self.stopped.is_some() {
            return ActRuling::held("automatic action is stopped");
        }
        if let Some(tripped) = &self.tripped {
            let why = format!("the breaker is open: {}", tripped.why);
            return ActRuling::held(why);
        }
        for (kind, limit) in [("", limits.per_hour), (action, limits.per_hour_of_action)] {
            let count = self.count(kind, now);
            if count >= limit {
                let of = if kind.is_empty() { String::new() } else { format!(" of {kind}") };
                let why =
                    format!("{count} automatic actions{of} in an hour, {limit} are let through");
                return ActRuling::Held { why, is_grave: true, trips: true };
            }
        }
        ActRuling::Go
    }

    /// Follows what was ruled.
    pub fn follow(&mut self, action: &str, ruling: &ActRuling, now: Timestamp) {
        match ruling {
            ActRuling::Go => {
                for kind in ["", action] {
                    let minutes = self.counts.entry(kind.to_owned()).or_default();
                    *minutes.entry(minute(now)).or_default() += 1;
                }
                self.forget(now);
            }
            ActRuling::Held { why, trips: true, .. } => {
                self.tripped = Some(Tripped { at: now, why: why.clone() });
            }
            ActRuling::Held { .. } => {}
        }
    }

    /// How many there were in the last hour: of one action, or of all with `""`.
    #[must_use]
    pub fn count(&self, action: &str, now: Timestamp) -> u32 {
        let since = minute(now) - HOUR_MINUTES;
        let minutes = self.counts.get(action).into_iter().flatten();
        // The minute that the hour begins in counts whole; so does what lies ahead of a clock that
        // was set back.
        minutes.filter(|(at, _)| **at >= since).map(|(_, count)| count).sum()
    }

    fn forget(&mut self, now: Timestamp) {
        let since = minute(now) - HOUR_MINUTES;
        self.counts.retain(|_, minutes| {
            minutes.retain(|at, _| *at >= since);
            !minutes.is_empty()
        });
    }
}

fn minute(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}
