//! What may count as evidence.

mod event;

use model::{Assurance, FactorId, Method, Timestamp};
use serde::{Deserialize, Serialize};

use crate::case::Case;
pub use event::{Event, NAMES_KEPT, Names, concerns_factors};

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
    /// The alerts name more than is kept, so that they may be about this factor too.
    TooMuchNamed,
    /// A factor of this person was enrolled, reset or recovered inside the window, and only the
    /// provider knows whether it is this one.
    LatelyChanged,
}

/// Whether a factor is independent of what happened (R6): as old as the window asks before the
/// earliest event, and not itself what an alert is about.
pub fn independence(factor: &FactorFacts, case: &Case) -> Result<(), Dependence> {
    let names = &case.event.names;
    if *names == Names::TooMany {
        return Err(Dependence::TooMuchNamed);
    }
    if known_as(factor).any(|name| names.contains(&name)) {
        return Err(Dependence::Subject);
    }
    let oldest_enough = case.evidence.independence_window.before(case.event.since);
    let is_lately_changed = case.factors_changed_at.is_some_and(|at| at > oldest_enough);
    match factor.age {
        FactorAge::GuardedByProvider if case.event.concerns_factors => Err(Dependence::Subject),
        FactorAge::GuardedByProvider if is_lately_changed => Err(Dependence::LatelyChanged),
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

/// Every name under which an alert may speak of a factor.
fn known_as(factor: &FactorFacts) -> impl Iterator<Item = String> {
    factor.id.map(|id| id.to_string()).into_iter().chain(factor.device.clone())
}
