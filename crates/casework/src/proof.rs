//! What may count as evidence.

use model::{Alert, Assurance, FactValue, FactorId, Method, Timestamp};
use serde::{Deserialize, Serialize};

use crate::case::Case;

/// What the rules of evidence need to know of a factor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactorFacts {
    /// Ours, where it is ours.
    pub id: Option<FactorId>,
    /// How it proves.
    pub method: Method,
    /// How old it is, by whose word.
    pub age: FactorAge,
    /// The provider's or authenticator's own name for the device, to recognise it in an alert.
    pub device: Option<String>,
}

/// How the age of a factor is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactorAge {
    /// Enrolled, or first seen by us, at this instant.
    Since(Timestamp),
    /// The provider guards enrolment.
    GuardedByProvider,
    /// Nobody knows: it counts as new.
    Unknown,
}

/// Why a factor cannot prove an answer to these alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dependence {
    /// It was enrolled after the event, or too shortly before it.
    Newborn,
    /// The alert is about this very factor, or about an enrolment of one.
    Subject,
}

/// The start of words by which an alert shows that it concerns somebody's ways to prove.
const FACTOR_WORDS: [&str; 9] =
    ["mfa", "2fa", "factor", "authenticator", "passkey", "webauthn", "enrol", "recover", "reset"];

/// What a proof has to be independent of, over all alerts of a case: also those that said nothing
/// new, and those that it no longer keeps whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When it began: the earliest account, never later than our own receipt, so that a source
    /// whose clock is ahead does not make a new factor look old.
    pub since: Timestamp,
    /// Whether any of it concerns somebody's ways to prove.
    pub concerns_factors: bool,
}

impl Event {
    /// What one alert tells of.
    #[must_use]
    pub fn of(alert: &Alert) -> Self {
        let since = alert.time.min(alert.received_at);
        Self { since, concerns_factors: concerns_factors(alert) }
    }

    /// What both tell of.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            since: self.since.min(other.since),
            concerns_factors: self.concerns_factors || other.concerns_factors,
        }
    }
}

/// Whether a factor is independent of what happened (R6): as old as the window asks before the
/// earliest event, and not itself what an alert is about.
pub fn independence(factor: &FactorFacts, case: &Case) -> Result<(), Dependence> {
    if case.alerts.iter().any(|alert| names(alert, factor)) {
        return Err(Dependence::Subject);
    }
    let oldest_enough = case.evidence.independence_window.before(case.event.since);
    match factor.age {
        FactorAge::GuardedByProvider if case.event.concerns_factors => Err(Dependence::Subject),
        FactorAge::GuardedByProvider => Ok(()),
        FactorAge::Unknown => Err(Dependence::Newborn),
        FactorAge::Since(created) if created <= oldest_enough => Ok(()),
        FactorAge::Since(_) => Err(Dependence::Newborn),
    }
}

/// The factors among these that can prove an answer at the wanted level.
pub fn usable<'a>(
    factors: &'a [FactorFacts],
    case: &'a Case,
    assurance: Assurance,
) -> impl Iterator<Item = &'a FactorFacts> {
    factors.iter().filter(move |factor| {
        factor.method.assurance() >= assurance && independence(factor, case).is_ok()
    })
}

fn names(alert: &Alert, factor: &FactorFacts) -> bool {
    let id = factor.id.map(|id| id.to_string());
    let known = [id.as_deref(), factor.device.as_deref()];
    alert.facts.values().any(|value| match value {
        FactValue::Text(text) => known.iter().flatten().any(|name| text.eq_ignore_ascii_case(name)),
        _ => false,
    })
}

fn concerns_factors(alert: &Alert) -> bool {
    let action = alert.facts.get("action").map(FactValue::shown).unwrap_or_default();
    [alert.rule.as_str(), alert.title.as_str(), &action].iter().any(|text| {
        let lower = text.to_lowercase();
        let mut words = lower.split(|letter: char| !letter.is_alphanumeric());
        words.any(|word| FACTOR_WORDS.iter().any(|start| word.starts_with(start)))
    })
}
