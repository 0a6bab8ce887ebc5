//! One check: which practice it judges, for which devices and people, and what follows.

mod agent;
mod applies;
mod condition;
mod currency;
mod evidence;

use std::collections::BTreeMap;

use model::{
    Span,
    device::{Platform, Practice},
};
use serde::{Deserialize, Serialize};

use crate::currency::CurrencyRules;
pub(crate) use agent::agent;
pub(crate) use applies::{Applies, applies};
pub(crate) use condition::{compile, condition};
pub(crate) use currency::up_to_date;
pub(crate) use evidence::{judge, value};

/// How a check stands on a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Seen good, of late enough.
    Ok,
    /// Below what is recommended.
    Nudge,
    /// Below what is required.
    Warn,
    /// Nobody reported it, or the report cannot be read. Never good for lack of data.
    Unknown,
    /// There is no such thing on this device.
    NotApplicable,
    /// It fails, and somebody approved that for a time.
    Exempt,
    /// What was seen is too old to count.
    Stale,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Ok,
        Self::Nudge,
        Self::Warn,
        Self::Unknown,
        Self::NotApplicable,
        Self::Exempt,
        Self::Stale,
    ];

    /// The name in the API and in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Nudge => "nudge",
            Self::Warn => "warn",
            Self::Unknown => "unknown",
            Self::NotApplicable => "na",
            Self::Exempt => "exempt",
            Self::Stale => "stale",
        }
    }

    /// Whether the person has something to mend.
    #[must_use]
    pub fn is_failing(self) -> bool {
        matches!(self, Self::Nudge | Self::Warn)
    }

    /// Whether somebody looked and could tell.
    #[must_use]
    pub fn is_verdict(self) -> bool {
        matches!(self, Self::Ok | Self::Nudge | Self::Warn)
    }

    /// Whether there ought to be a verdict and is none.
    #[must_use]
    pub fn is_missing(self) -> bool {
        matches!(self, Self::Unknown | Self::Stale)
    }
}

/// How grave it is when a practice is not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Below the recommendation.
    Nudge,
    /// Below the requirement.
    Warn,
}

impl From<Weight> for State {
    fn from(weight: Weight) -> Self {
        match weight {
            Weight::Nudge => Self::Nudge,
            Weight::Warn => Self::Warn,
        }
    }
}

/// What follows when a check fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// It is recorded and shown.
    Report,
    /// The person is told after a delay, and again.
    Notify,
    /// The same, and after a time of grace the device is not compliant.
    WarnThenBlock,
    /// The device is not compliant at once.
    Block,
}

/// A check, read and found without problems.
#[derive(Debug)]
pub struct Check {
    /// Its name.
    pub id: String,
    /// Of its file, so that a change of policy is known from a change of a device.
    pub hash: u64,
    /// What it judges; a name that stands for all of them when [`How::Foreign`].
    pub practice: Practice,
    /// How.
    pub how: How,
    /// Only on these; on all where there are none.
    pub platforms: Vec<Platform>,
    /// Only for devices of people in one of these groups; for all where there are none.
    pub people: Vec<String>,
    /// How grave a failure is.
    pub weight: Weight,
    /// What follows.
    pub strategy: Strategy,
    /// How long a failure may last before the person is told.
    pub delay: Span,
    /// How long until they are told again.
    pub repeat: Span,
    /// How long they have before a device is not compliant.
    pub grace: Span,
    /// How old an observation may be.
    pub max_age: Option<Span>,
    /// Whether the person sees it.
    pub is_displayed: bool,
    /// Whether having no verdict counts as failing, for compliance.
    pub is_unknown_counted: bool,
    /// Whether a failure that is new is worth an alert.
    pub is_alerting: bool,
}

/// How a check comes to its verdict.
#[derive(Debug)]
pub enum How {
    /// By what sources saw.
    Seen,
    /// By how current the system is.
    Currency(Box<CurrencyRules>),
    /// By the screen's lock, which may wait this long.
    Lock {
        /// How long.
        max_delay: Span,
    },
    /// By software and services.
    Agent(AgentRule),
    /// By a condition that somebody wrote.
    Condition(expr::Expr),
    /// By what sources say of practices of their own that no other check judges.
    Foreign,
}

/// An agent that must be there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AgentRule {
    /// Its exact name among installed software.
    pub name: String,
    /// Services of which one running is enough.
    pub services: Vec<String>,
    /// Its least version, by platform.
    pub floors: BTreeMap<Platform, String>,
}
