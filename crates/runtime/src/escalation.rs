//! Whom escalation brings an incident to, step by step, and what is heard from there.

use std::collections::BTreeSet;

use casework::{
    Input,
    ladder::{Ladder, Told},
};
use model::{CaseId, Span, case::INCIDENT_PREFIX};
use ports::{
    chat::{HttpCall, HttpReply, Refusal},
    pager::{Signal, SignalKind},
};

use crate::{
    apply::{Along, ApplyError},
    engine::{Engine, EngineError},
    meters::Meter,
};

/// The steps of escalation, as configured. None: everybody is paged at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Escalation {
    /// The targets of each step, the last resort last.
    pub steps: Vec<Vec<String>>,
    /// How long each step but the last waits for somebody to take the incident.
    pub waits: Vec<Span>,
    /// How long after it was taken it is paged again, if the case still stands.
    pub resume_after: Option<Span>,
}

impl Escalation {
    /// As a case knows it.
    #[must_use]
    pub fn ladder(&self) -> Ladder {
        Ladder { waits: self.waits.clone(), resume_after: self.resume_after }
    }

    /// The targets of one step; of the last one, where a case knows more steps than there are now.
    pub(crate) fn of<'a>(&'a self, all: &[&'a str], step: u32) -> Vec<&'a str> {
        let at = (step as usize).min(self.steps.len().saturating_sub(1));
        match self.steps.get(at) {
            Some(targets) => targets.iter().map(String::as_str).collect(),
            None => all.to_vec(),
        }
    }

    /// The targets of all steps up to one, each once.
    pub(crate) fn up_to<'a>(&'a self, all: &[&'a str], step: u32) -> BTreeSet<&'a str> {
        let last = step.min(u32::try_from(self.steps.len()).unwrap_or(u32::MAX));
        (0..=last).flat_map(|step| self.of(all, step)).collect()
    }
}

impl Engine {
    /// One call from a target of escalation: what somebody did to our incidents there. The reply
    /// says nothing about them.
    pub async fn pager_call(&self, name: &str, call: &HttpCall) -> HttpReply {
        let Some(pager) = self.parts.pagers.get(name) else { return status(404) };
        let signals = match pager.signals(call, self.now()) {
            Ok(signals) => signals,
            Err(Refusal::Forged(why)) => {
                tracing::warn!(target = name, why, "a call from a target is not authentic");
                return status(401);
            }
            Err(Refusal::Malformed(why)) => {
                tracing::info!(target = name, why, "a call from a target cannot be read");
                return status(400);
            }
        };
        for signal in signals {
            Meter::Callbacks.count_by("kind", "signal");
            match self.signalled(name, signal).await {
                Ok(()) => {}
                Err(EngineError::Unavailable(why)) => {
                    tracing::warn!(target = name, why, "a signal cannot be taken now");
                    return status(503);
                }
                Err(error) => tracing::info!(target = name, %error, "a signal changes nothing"),
            }
        }
        HttpReply::empty()
    }

    async fn signalled(&self, target: &str, signal: Signal) -> Result<(), EngineError> {
        let case: Option<CaseId> =
            signal.dedup.strip_prefix(INCIDENT_PREFIX).and_then(|id| id.parse().ok());
        let Some(case) = case else { return Ok(()) };
        let told = match signal.kind {
            SignalKind::Acknowledged => Told::Taken,
            SignalKind::Unacknowledged => Told::Left,
            SignalKind::Resolved => Told::Ended,
            SignalKind::Reopened => Told::Reopened,
        };
        let (target, at, by) = (target.to_owned(), signal.at, signal.by);
        let input = Input::Told { target, told, at, by };
        match self.apply(case, input, Along::default()).await {
            Ok(_) | Err(ApplyError::Missing) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

fn status(status: u16) -> HttpReply {
    HttpReply { status, ..HttpReply::empty() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_has_its_targets_and_no_steps_mean_everybody() {
        let names = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let steps = vec![names(&["pd"]), names(&["pd", "mail"]), names(&["boss"])];
        let escalation = Escalation { steps, ..Escalation::default() };
        let all = ["boss", "mail", "pd", "unused"];
        assert_eq!(escalation.of(&all, 1), ["pd", "mail"]);
        assert_eq!(escalation.of(&all, 9), ["boss"], "there are fewer steps than there were");
        let reached = |step| escalation.up_to(&all, step).into_iter().collect::<Vec<_>>();
        assert_eq!(reached(0), ["pd"]);
        assert_eq!(reached(1), ["mail", "pd"]);
        assert_eq!(reached(9), ["boss", "mail", "pd"]);
        let plain = Escalation::default();
        assert_eq!(plain.of(&all, 0), all);
        assert_eq!(plain.up_to(&all, 3).len(), 4);
    }
}
