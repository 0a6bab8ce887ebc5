//! Where device facts come from, and where they are kept.
//!
//! A [`DeviceSource`] is asked, page by page; a [`DeviceMap`] reads what is sent to us. Both give
//! [`Read`]s: a record, and the problems with the rest of it. A [`Sweep`] is one way through all
//! pages of a source, and [`SourceHealth`] is what is told of a source to everyone it concerns.
//! What is merged and judged lives in a [`DeviceStore`](store::DeviceStore), as bytes that only
//! the core can read.

pub mod agents;
#[cfg(any(test, feature = "conformance"))]
pub mod fake;
mod health;
pub mod store;
mod sweep;

use std::{collections::BTreeMap, fmt, time::Duration};

use async_trait::async_trait;
use model::{Personal, Problem, Span, Timestamp, device::SourceRecord};
use serde::{Deserialize, Serialize};

use crate::Failure;
pub use health::{SourceHealth, Standing, Trouble};
pub use sweep::{Finished, PAGES_MAX, Sweep};

/// How many problems of one record are told; the others are counted.
pub const PROBLEMS_MAX: usize = 32;

/// A system that knows devices. One instance a `[devices.NAME]` that is asked.
#[async_trait]
pub trait DeviceSource: Send + Sync + 'static {
    /// How often it is asked.
    fn pace(&self) -> Pace;

    /// The records after a cursor; `None` begins. A record that cannot be had is named and costs
    /// none of its neighbours.
    async fn page(&self, after: Option<&Cursor>, now: Timestamp) -> Result<DevicePage, Failure>;

    /// Asks again about the device that the source calls `id`.
    async fn recheck(&self, id: &str, now: Timestamp) -> Result<Rechecked, Failure>;

    /// What the source says a person has; `None` where it cannot be asked by person. A person whom
    /// it does not know is no failure.
    async fn owned_by(&self, email: &str) -> Result<Option<Owned>, Failure> {
        let _ = email;
        Ok(None)
    }

    /// Checks what can be checked without reading about anybody, and says whom it asks.
    async fn check(&self) -> Result<String, Failure>;
}

/// Reads what a source sends. Pure.
pub trait DeviceMap: Send + Sync + 'static {
    /// Reads a body whose sender is known and whose size is within its limit. One bad record never
    /// costs its neighbours.
    fn map(&self, body: &[u8], now: Timestamp) -> Result<Pushed, Rejected>;
}

/// A configured `[devices.NAME]`.
pub enum Devices {
    /// It is asked.
    Asked(std::sync::Arc<dyn DeviceSource>),
    /// Agents speak with us.
    Agents(std::sync::Arc<dyn agents::AgentProtocol>),
    /// It sends.
    Sends {
        /// How it proves itself.
        auth: Box<dyn crate::source::SourceAuth>,
        /// How what it sends is read.
        map: std::sync::Arc<dyn DeviceMap>,
    },
}

/// Where the next page begins: the source's own, opaque to others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor(pub String);

/// How often a source is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// From the beginning of one sweep to that of the next.
    pub every: Span,
    /// Between two calls, at least.
    pub pause: Duration,
}

/// A record as it was read, and what of it was not.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// The record.
    pub record: SourceRecord,
    /// What is wrong with the rest.
    pub problems: Problems,
}

/// A page of records.
#[derive(Debug, Clone, PartialEq)]
pub struct DevicePage {
    /// Those that could be read.
    pub records: Vec<Read>,
    /// Those that could not: what is known of them stays.
    pub unread: Vec<Unread>,
    /// What comes after.
    pub next: Next,
}

/// A record that could not be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// What the source calls the device, where that much is known.
    pub id: Option<String>,
    /// Why, without the value.
    pub why: String,
}

/// What comes after a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Another.
    More(Cursor),
    /// Nothing.
    End {
        /// Whether the pages held everything that the source said there is: only then is what was
        /// not among them no longer listed.
        is_whole: bool,
    },
}

/// What came of asking about one device.
#[derive(Debug, Clone, PartialEq)]
pub enum Rechecked {
    /// It is as follows.
    Record(Box<Read>),
    /// The source does not list it any more.
    Gone,
    /// The device itself was asked; its answer comes with a later record.
    Asked,
}

/// What a source says a person has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owned {
    /// It does not know the person.
    Nobody,
    /// It does.
    Somebody {
        /// What it calls the person.
        id: String,
        /// The name that it shows.
        name: Option<Personal>,
        /// What it calls their devices.
        devices: Vec<String>,
    },
}

/// What was sent to us.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pushed {
    /// Those that could be read.
    pub records: Vec<Read>,
    /// Those that could not, by their place in the body.
    pub rejected: Vec<(usize, Rejected)>,
    /// Whether these are all that the source has: what is not among them is no longer listed.
    pub is_snapshot: bool,
}

/// Something that is no record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct Rejected {
    /// What is wrong and what to do, without the value.
    pub problem: String,
}

impl Rejected {
    /// For this reason.
    #[must_use]
    pub fn because(problem: impl Into<String>) -> Self {
        Self { problem: problem.into() }
    }
}

/// What could not be read of a record, and what was dropped at the door because nobody needs it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problems {
    /// The first of them, each once.
    pub told: Vec<Problem>,
    /// How many there are in all.
    pub count: u64,
    /// How much was dropped, by what it was.
    pub dropped: BTreeMap<Excess, u64>,
}

/// What an inventory holds and no check needs: dropped before anything is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Excess {
    /// Environment variables.
    Environment,
    /// Processes and their command lines.
    Processes,
    /// Addresses in the home network, and names of networks.
    Networks,
    /// Accounts, sessions and files of people.
    PersonalData,
    /// Anything else that is not read.
    Other,
}

impl Problems {
    /// Notes a problem.
    pub fn note(&mut self, path: impl Into<String>, text: impl Into<String>) {
        let problem = Problem::at(path, text);
        self.count += 1;
        if self.told.len() < PROBLEMS_MAX && !self.told.contains(&problem) {
            self.told.push(problem);
        }
    }

    /// Notes that so much of it was dropped.
    pub fn drop(&mut self, excess: Excess, count: usize) {
        if count > 0 {
            *self.dropped.entry(excess).or_default() += u64::try_from(count).unwrap_or(u64::MAX);
        }
    }

    /// Adds those of another.
    pub fn extend(&mut self, other: Self) {
        let untold = other.count - u64::try_from(other.told.len()).unwrap_or(other.count);
        for problem in other.told {
            self.note(problem.path, problem.text);
        }
        self.count += untold;
        for (excess, count) in other.dropped {
            *self.dropped.entry(excess).or_default() += count;
        }
    }
}

impl Excess {
    /// The name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::Processes => "processes",
            Self::Networks => "networks",
            Self::PersonalData => "personal_data",
            Self::Other => "other",
        }
    }
}

impl fmt::Debug for Devices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Asked(_) => "Asked",
            Self::Agents(_) => "Agents",
            Self::Sends { .. } => "Sends",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_told_up_to_a_limit_and_counted_beyond_it() {
        let mut all = Problems::default();
        for n in 0..100 {
            all.note(format!("field{n}"), "not a time");
        }
        all.drop(Excess::Environment, 7);
        all.drop(Excess::Processes, 0);
        assert_eq!((all.told.len(), all.count), (PROBLEMS_MAX, 100));
        let mut sum = Problems::default();
        sum.note("field0", "not a time");
        sum.drop(Excess::Environment, 1);
        sum.extend(all);
        assert_eq!((sum.told.len(), sum.count), (PROBLEMS_MAX, 101));
        assert_eq!(sum.dropped, BTreeMap::from([(Excess::Environment, 8)]));
    }
}
