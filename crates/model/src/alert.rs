//! An alert as Countersign accepted it.

use serde::{Deserialize, Serialize};

use crate::{AlertId, Facts, Personal, Severity, Timestamp};

/// The fact that holds what a verdict on an alert refers to, where detection learns from one.
pub const SUBJECT_FACT: &str = "baseline.subject";
/// The fact that names the version of our rule that raised an alert.
pub const RULE_HASH_FACT: &str = "rule.hash";
/// How the names of facts begin that say how a baseline came to its finding: numbers that differ
/// from one alert to the next of the same thing.
const MEASURED: &str = "baseline.";
/// How the names of facts begin that are about the rule, not about what happened.
const OF_RULE: &str = "rule.";

/// Whether a fact says what happened, and so belongs to what counts as the same.
#[must_use]
pub fn is_of_event(fact: &str) -> bool {
    !fact.starts_with(MEASURED) && !fact.starts_with(OF_RULE)
}

/// Whether a fact tells a person anything.
#[must_use]
pub fn is_for_people(fact: &str) -> bool {
    fact != SUBJECT_FACT && !fact.starts_with(OF_RULE)
}

/// Something a tool or a rule noticed, after parsing, before anybody decided anything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// Ours, made when it was accepted.
    pub id: AlertId,
    /// The configured source it came through.
    pub source: String,
    /// The source's own id for it, unique there for 30 days; absent where the source has none.
    pub external_id: Option<String>,
    /// The rule or detector that raised it.
    pub rule: String,
    /// One line, in the source's words. Hostile text.
    pub title: String,
    /// More, in the source's words. Hostile text.
    #[serde(default)]
    pub description: String,
    /// How grave the source thinks it is.
    pub severity: Severity,
    /// When it happened, by the source's account; what factors must be older than.
    pub time: Timestamp,
    /// Whom it is about, in the source's words: an e-mail, an account, a directory id.
    pub person: Option<Personal>,
    /// Where an analyst can read more.
    pub url: Option<String>,
    /// What happened, by name.
    #[serde(default)]
    pub facts: Facts,
    /// When we accepted it.
    pub received_at: Timestamp,
    /// What could not be read, and what was done about it.
    #[serde(default)]
    pub problems: Vec<Problem>,
}

/// One thing that could not be read: the rest was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Which field, as a dotted path.
    pub path: String,
    /// What is wrong and what was done instead. Never holds the value itself.
    pub text: String,
}

impl Problem {
    /// A problem with a field.
    #[must_use]
    pub fn at(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }
}
