//! What was known of an alert when it was decided about: kept with the case, so that a replay
//! decides the same.

use std::collections::BTreeMap;

use model::{FactValue, Facts, Timestamp};
use serde::{Deserialize, Serialize};

/// What the steps of enrichment have found, by their names.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Known(pub BTreeMap<String, Finding>);

/// What one step has found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// This.
    Known {
        /// What.
        facts: Facts,
        /// As of when: an answer from a cache is as old as that.
        as_of: Timestamp,
    },
    /// Nothing is known there.
    Nothing,
    /// It could not be found out; why, for people.
    Unknown {
        /// Why, such as `timed_out`.
        cause: String,
    },
}

impl Known {
    /// Whether nothing was looked up.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A field of a step, where it is known.
    #[must_use]
    pub fn get(&self, step: &str, field: &str) -> Option<&FactValue> {
        match self.0.get(step)? {
            Finding::Known { facts, .. } => facts.get(field),
            Finding::Nothing | Finding::Unknown { .. } => None,
        }
    }

    /// The steps that could not be found out, each with its cause.
    pub fn unknown(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(|(step, finding)| match finding {
            Finding::Unknown { cause } => Some((step.as_str(), cause.as_str())),
            _ => None,
        })
    }
}
