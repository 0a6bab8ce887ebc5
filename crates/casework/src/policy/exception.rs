//! Exceptions: what analysts have said not to ask about for a while, each with who, why, and until
//! when. They come from a case or from the API, and lie in the store; files silence by filters.

mod narrow;
mod set;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use expr::{Expr, Verdict};
use model::{Alert, FactValue, Person, PersonId, Personal, Span, Timestamp};
use serde::{Deserialize, Serialize};

use super::{condition, trace};
use crate::{input::Actor, known::Known};
pub use set::Exceptions;

/// The longest an exception lasts.
pub const LIFE_MAX: Span = Span::days(90);
/// How long before its end its owner is warned.
pub const WARN_BEFORE: Span = Span::days(7);
/// The facts that one may name.
pub const FACTS_MAX: usize = 16;
/// How many there may be.
pub const EXCEPTIONS_MAX: usize = 5_000;

/// An exception: alerts like these are not asked about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exception {
    /// Its id, `exc_…` or what its maker called it.
    pub id: String,
    /// Who made it and answers for it.
    pub owner: Actor,
    /// Why. Hostile text.
    pub reason: Personal,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
    /// Of this source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Of this rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// About this person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// With these facts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, FactValue>,
    /// For which this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}

/// Why an exception is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExceptionError {
    /// It has no end, or a too late one.
    #[error("an exception ends: give an expiry within {LIFE_MAX}")]
    Expiry,
    /// It would hide too much.
    #[error(
        "an exception names a rule, and something besides it: a person, a fact, a source; or it has a \
         condition, and this compares a fact, the rule or the source where nothing else names one"
    )]
    TooWide,
    /// Its condition says the same of every alert.
    #[error(
        "the condition reads nothing of an alert, so that it says the same of every one: compare a \
         fact, such as `alert.facts.client == \"exporter\"`, or leave the condition out"
    )]
    Constant,
    /// Its condition holds for what it knows nothing about.
    #[error(
        "the condition holds for alerts of which it names nothing: name the rule or the source as \
         well, or join it by `&&` with a fact, such as `alert.facts.client == \"exporter\"`"
    )]
    HoldsAnyway,
    /// There is no reason.
    #[error("an exception has a reason")]
    Reason,
    /// It names too many facts.
    #[error("at most {FACTS_MAX} facts")]
    Facts,
    /// Its condition cannot be read.
    #[error("the condition: {0}")]
    Condition(String),
}

impl Exception {
    /// Whether it may be taken at this instant.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self, now: Timestamp) -> Result<(), ExceptionError> {
        if self.expires_at <= now || self.expires_at > LIFE_MAX.after(now) {
            return Err(ExceptionError::Expiry);
        }
        if self.reason.reveal().trim().is_empty() {
            return Err(ExceptionError::Reason);
        }
        if self.facts.len() > FACTS_MAX {
            return Err(ExceptionError::Facts);
        }
        let condition = self.compiled().map_err(ExceptionError::Condition)?;
        self.check_narrow(condition.as_ref(), now)
    }

    /// Whether it still holds.
    #[must_use]
    pub fn is_alive(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }

    /// Whether its owner is to be warned of its end.
    #[must_use]
    pub fn is_lapsing(&self, now: Timestamp) -> bool {
        self.is_alive(now) && WARN_BEFORE.after(now) >= self.expires_at
    }

    /// When its owner is warned of its end; `None` where it was made for no longer than that.
    #[must_use]
    pub fn warned_at(&self) -> Option<Timestamp> {
        let at = WARN_BEFORE.before(self.expires_at);
        (at > self.created_at).then_some(at)
    }

    /// Whether it would hide this alert. What nobody can decide hides nothing.
    ///
    /// # Errors
    /// Its condition cannot be read.
    pub fn hides(
        &self,
        alert: &Alert,
        person: Option<&Person>,
        known: &Known,
    ) -> Result<bool, ExceptionError> {
        if !self.fits(alert, person) {
            return Ok(false);
        }
        let condition = self.compiled().map_err(ExceptionError::Condition)?;
        let holds = |condition: &Expr| {
            condition.evaluate(&super::see::see(alert, person, known)) == Verdict::Holds
        };
        Ok(condition.as_ref().is_none_or(holds))
    }

    fn compiled(&self) -> Result<Option<Expr>, String> {
        let Some(text) = &self.condition else { return Ok(None) };
        condition::compile(text).map(Some).map_err(|flaws| {
            let texts = flaws.iter().map(|flaw| match &flaw.nearest {
                Some(nearest) => format!("{}; did you mean `{nearest}`?", flaw.text),
                None => flaw.text.clone(),
            });
            texts.collect::<Vec<_>>().join("; ")
        })
    }

    /// Whether an alert is what it is for, its condition aside. A fact that is absent is no match,
    /// and nobody hides what is about themself (R28).
    fn fits(&self, alert: &Alert, person: Option<&Person>) -> bool {
        let is = |wanted: &Option<String>, found: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == found)
        };
        !self.is_about_owner(person)
            && is(&self.source, &alert.source)
            && is(&self.rule, &alert.rule)
            && self.person.is_none_or(|wanted| person.is_some_and(|person| person.id == wanted))
            && self.facts.iter().all(|(name, value)| alert.facts.get(name) == Some(value))
    }

    fn is_about_owner(&self, person: Option<&Person>) -> bool {
        match (&self.owner, person) {
            (Actor::Person(owner), Some(person)) => person.id == *owner,
            _ => false,
        }
    }

    fn read(
        &self,
        condition: Option<&Expr>,
        alert: &Alert,
        person: Option<&Person>,
        known: &Known,
    ) -> Vec<(String, String)> {
        let facts = self.facts.iter().map(|(name, value)| (name.clone(), value.shown()));
        let of_condition =
            condition.map(|condition| trace::read_by(condition, alert, person, known));
        facts.chain(of_condition.into_iter().flatten()).collect()
    }
}
