//! What is left of a case when the person it was about is to be forgotten. Not a step: it belongs to
//! no life of a case, and its journal goes with it.

use std::collections::BTreeSet;

use model::{Alert, Personal, Timestamp};

use super::{Case, State};
use crate::{known::Known, ledger::Stage, proof::Names};

/// What stands for a text that was erased.
pub const ERASED: &str = "(erased)";

impl Case {
    /// Whether nobody needs its texts any more: it is closed, and nothing that the person could
    /// still say reopens it.
    #[must_use]
    pub fn is_erasable(&self, now: Timestamp) -> bool {
        matches!(self.state, State::Closed { .. })
            && self.ledger_due_at().is_none()
            && !self.is_deniable(now)
            && self.erased_at.is_none()
    }

    /// The same case without texts, facts and names: who, when, how grave, by which policy, what was
    /// answered and how it ended stay, as ids and words of ours. `None` where it is not erasable.
    #[must_use]
    pub fn erased(mut self, now: Timestamp) -> Option<Self> {
        if !self.is_erasable(now) {
            return None;
        }
        self.erased_at = Some(now);
        self.alerts.drain(..self.alerts.len() - 1);
        self.alerts.iter_mut().for_each(erase_alert);
        self.event.names = Names::Kept(BTreeSet::new());
        self.comments.clear();
        self.void_pushes.clear();
        self.known = Known::default();
        self.runs.clear();
        for entry in &mut self.ledger {
            entry.order.target = None;
            entry.order.reason = Personal::default();
            entry.plan = None;
            entry.held = None;
            entry.unwanted_by = None;
            entry.detail.clear();
            if let Stage::Failed { why, .. } = &mut entry.stage {
                ERASED.clone_into(why);
            }
        }
        if let Some(taken) = self.incident.as_mut().and_then(|it| it.climb.taken.as_mut()) {
            taken.by = None;
        }
        if let Some(proof) = &mut self.testimony {
            proof.shown_hash.clear();
            proof.factor.device = None;
        }
        self.treatment.why.clear();
        // Hashes of what was said could be tried out.
        self.group_key = format!("erased:{}", self.id);
        self.shown_hash.clear();
        if let Some(subject) = &mut self.subject {
            subject.zone.clear();
            subject.language.clear();
        }
        if let State::Closed { proof: Some(proof), .. } = &mut self.state {
            proof.shown_hash.clear();
            proof.factor.device = None;
        }
        Some(self)
    }
}

fn erase_alert(alert: &mut Alert) {
    alert.external_id = None;
    ERASED.clone_into(&mut alert.title);
    alert.description.clear();
    alert.person = None;
    alert.url = None;
    alert.facts.clear();
    alert.problems.clear();
}
