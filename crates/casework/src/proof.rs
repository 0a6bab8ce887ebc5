//! What may count as evidence.

use model::{Alert, Assurance, FactValue, FactorId, Method, Span, Timestamp};
use serde::{Deserialize, Serialize};

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

/// Whether a factor is independent of what happened (R6): as old as the window asks before the
/// earliest event, and not itself what the alert is about.
pub fn independence(
    factor: &FactorFacts,
    alerts: &[Alert],
    window: Span,
) -> Result<(), Dependence> {
    if alerts.iter().any(|alert| names(alert, factor)) {
        return Err(Dependence::Subject);
    }
    match factor.age {
        FactorAge::GuardedByProvider if alerts.iter().any(concerns_factors) => {
            Err(Dependence::Subject)
        }
        FactorAge::GuardedByProvider => Ok(()),
        FactorAge::Unknown => Err(Dependence::Newborn),
        FactorAge::Since(created) if created <= window.before(event_time(alerts)) => Ok(()),
        FactorAge::Since(_) => Err(Dependence::Newborn),
    }
}

/// The factors among these that can prove an answer at the wanted level.
pub fn usable<'a>(
    factors: &'a [FactorFacts],
    alerts: &'a [Alert],
    window: Span,
    assurance: Assurance,
) -> impl Iterator<Item = &'a FactorFacts> {
    factors.iter().filter(move |factor| {
        factor.method.assurance() >= assurance && independence(factor, alerts, window).is_ok()
    })
}

/// When it began: the earliest account, never later than our own receipt, so that a source whose
/// clock is ahead does not make a new factor look old.
fn event_time(alerts: &[Alert]) -> Timestamp {
    alerts.iter().map(|alert| alert.time.min(alert.received_at)).min().unwrap_or(Timestamp::MIN)
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
