//! What belongs to one person across cases: the queue of questions, the one outstanding
//! challenge, the limits on both, pauses, and the suppressions earned by proofs.
//!
//! A desk decides nothing about a case. It answers with a [`Ruling`], which is recorded with the
//! step, so that a case replays without its desk; and it follows what became of the case.

mod acts;
mod limits;
mod ruling;
mod suppression;

use model::{CaseId, ChallengeId, PersonId, Reason, Severity, Span, Timestamp};
use serde::{Deserialize, Serialize};

pub use acts::PastAct;
pub use limits::{
    CHALLENGES_PER_DAY, CHALLENGES_PER_HOUR, FAILURES_TO_LOCK, LOCK_LIFE, QUESTIONS_PER_DAY,
};
pub use ruling::{Ruling, Turn};
pub use suppression::Suppression;

use crate::{
    Input,
    case::{Case, Record, Stand, State},
    input::ProofResult,
    ledger::guard::ActRuling,
    proof,
};
use limits::Tally;

/// The longest pause a person may give themself, by proof (R14).
pub const PAUSE_MAX: Span = Span::hours(4);

/// A person's desk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Desk {
    /// Whose.
    pub person: PersonId,
    /// Questions that are out: one, or more where a graver one broke through.
    pub asked: Vec<Slot>,
    /// Questions that wait their turn.
    pub waiting: Vec<Slot>,
    /// The one proof under way.
    pub challenge: Option<Outstanding>,
    /// What counts against the limits.
    pub tally: Tally,
    /// What proofs have earned.
    pub suppressions: Vec<Suppression>,
    /// Until when no reminders are sent.
    pub muted_until: Option<Timestamp>,
    /// Until when no question below *high* is put; set by proof only.
    pub paused_until: Option<Timestamp>,
    /// What was done by itself to the person in the last day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acts: Vec<PastAct>,
    /// When a factor of theirs was last enrolled, reset or recovered: when an alert of any case
    /// that speaks of it was taken, or when it was done here and no factor proved it.
    pub factors_changed_at: Option<Timestamp>,
}

/// A case in the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Which.
    pub case: CaseId,
    /// How grave.
    pub severity: Severity,
    /// Of which rule.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rule: String,
}

/// A proof under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outstanding {
    /// Which.
    pub challenge: ChallengeId,
    /// Of which case.
    pub case: CaseId,
    /// When it is over.
    pub expires_at: Timestamp,
}

impl Desk {
    /// An empty desk.
    #[must_use]
    pub fn new(person: PersonId) -> Self {
        Self {
            person,
            asked: Vec::new(),
            waiting: Vec::new(),
            challenge: None,
            tally: Tally::default(),
            suppressions: Vec::new(),
            muted_until: None,
            paused_until: None,
            acts: Vec::new(),
            factors_changed_at: None,
        }
    }

    /// Remembers that a factor of theirs was enrolled, reset or recovered: for a while a provider's
    /// guard over its own enrolment is not enough (R6).
    pub fn note_factor_change(&mut self, at: Timestamp) {
        self.factors_changed_at = self.factors_changed_at.max(Some(at));
    }

    /// Sends no reminders until then. Needs no proof, and hides nothing else.
    pub fn mute(&mut self, until: Timestamp) {
        self.muted_until = Some(until);
    }

    /// Puts no question below *high* until then, at most [`PAUSE_MAX`] from now; the caller has a
    /// proof (R14). What is not asked meanwhile goes to the security team.
    pub fn pause(&mut self, until: Timestamp, now: Timestamp) -> Timestamp {
        let until = until.min(PAUSE_MAX.after(now));
        self.paused_until = Some(until);
        until
    }

    /// The case that one more alert of a rule joins, because so many of its questions wait already.
    #[must_use]
    pub fn storm(&self, rule: &str, most: u32) -> Option<CaseId> {
        let mut waiting = self.waiting.iter().filter(|slot| slot.rule == rule);
        let last = waiting.clone().next_back().map(|slot| slot.case);
        (waiting.by_ref().count() >= most as usize).then_some(last).flatten()
    }

    /// Withdraws what the proof of a case has earned.
    pub fn withdraw(&mut self, case: CaseId) {
        self.suppressions.retain(|earned| earned.proof != case);
    }

    /// Until when proofs are locked.
    #[must_use]
    pub fn locked_until(&self) -> Option<Timestamp> {
        self.tally.locked_until
    }

    /// Follows what became of a case; returns the cases whose turn it is now.
    pub(crate) fn follow(
        &mut self,
        before: Option<&Stand>,
        case: &Case,
        record: &Record,
        now: Timestamp,
    ) -> Vec<CaseId> {
        self.tally.forget(now);
        self.suppressions.retain(|earned| earned.is_alive(now));
        self.follow_alert(&record.input, now);
        self.follow_challenge(before, case, record, now);
        self.follow_suppression(before, case, record, now);
        if let (Input::Action { action, .. }, Some(ActRuling::Go)) =
            (&record.input, &record.ruling.act)
            && let Some(entry) = case.ledger.iter().find(|entry| entry.id() == *action)
        {
            self.follow_act(case, entry, now);
        }
        self.follow_queue(before, case, now)
    }

    fn follow_alert(&mut self, input: &Input, now: Timestamp) {
        let alert = match input {
            Input::Open(opening) => &opening.alert,
            Input::Join { alert, .. } => &**alert,
            _ => return,
        };
        if proof::concerns_factors(alert) {
            self.note_factor_change(now);
        }
    }

    fn follow_queue(&mut self, before: Option<&Stand>, case: &Case, now: Timestamp) -> Vec<CaseId> {
        let is_this = |slot: &Slot| slot.case == case.id;
        let was_out = self.asked.iter().any(is_this);
        let was_here = was_out || self.waiting.iter().any(is_this);
        self.asked.retain(|slot| slot.case != case.id);
        self.waiting.retain(|slot| slot.case != case.id);
        let rule = case.alerts[0].rule.clone();
        let slot = Slot { case: case.id, severity: case.severity, rule };
        match &case.state {
            State::Asking | State::Claimed(_) | State::Verifying { .. } => {
                let is_newly_asked = !was_out && before.is_none_or(|stand| stand.was_queued);
                if is_newly_asked {
                    self.tally.asked(now);
                }
                self.asked.push(slot);
                Vec::new()
            }
            State::Queued => {
                self.waiting.push(slot);
                Vec::new()
            }
            // Also one that leaves while it waits may have held the turn: it is passed on.
            _ if was_here && self.asked.is_empty() => self.next().into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// The gravest that waits; among equals the first that came.
    fn next(&self) -> Option<CaseId> {
        let gravest = self.waiting.iter().map(|slot| slot.severity).max()?;
        self.waiting.iter().find(|slot| slot.severity == gravest).map(|slot| slot.case)
    }

    fn follow_challenge(
        &mut self,
        before: Option<&Stand>,
        case: &Case,
        record: &Record,
        now: Timestamp,
    ) {
        if let Input::Challenge { challenge, .. } = &record.input
            && let Some(open) = case.challenge().filter(|open| open.id == *challenge)
        {
            let expires_at = open.expires_at;
            self.challenge = Some(Outstanding { challenge: open.id, case: case.id, expires_at });
            self.tally.challenged(now);
        }
        if let Input::Proof { challenge, result } = &record.input {
            let is_ours = self.challenge.as_ref().is_some_and(|open| open.challenge == *challenge);
            // Of a challenge that is void a refusal alone is heard, and it locks like any other.
            let is_void = before.is_some_and(|stand| {
                let mut pushes = stand.void_pushes.iter();
                pushes.any(|(id, expires_at)| id == challenge && now <= *expires_at)
            });
            let is_refusal = matches!(result, ProofResult::Refused | ProofResult::Fraud);
            if is_ours || (is_void && is_refusal) {
                self.count_result(case, result, now);
            }
        }
        let is_of_case = self.challenge.as_ref().filter(|open| open.case == case.id);
        if let Some(open) = is_of_case
            && case.challenge().map(|still| still.id) != Some(open.challenge)
        {
            self.challenge = None;
        }
    }

    fn count_result(&mut self, case: &Case, result: &ProofResult, now: Timestamp) {
        // Also where somebody else has to confirm it, or an analyst looks at it.
        let is_proven = case.proof().is_some();
        match result {
            ProofResult::Proven(_) if is_proven => self.tally.succeeded(),
            ProofResult::Wrong | ProofResult::TimedOut => self.tally.failed(now),
            ProofResult::Refused | ProofResult::Fraud => self.tally.lock(now),
            ProofResult::Proven(_) | ProofResult::NotEvidence(_) | ProofResult::Outage(_) => {}
        }
    }

    /// The proof that closes a case earns, once; what comes for that case later does not. One that
    /// somebody else had to confirm earns nothing: what is that delicate is asked about each time.
    fn follow_suppression(
        &mut self,
        before: Option<&Stand>,
        case: &Case,
        record: &Record,
        now: Timestamp,
    ) {
        match &case.state {
            State::Closed { reason: Reason::Verified, proof: Some(_), .. } => {
                if let Input::Proof { challenge, .. } = &record.input
                    && before.is_some_and(|stand| stand.challenge == Some(*challenge))
                {
                    self.suppressions.extend(suppression::earned(case, now));
                }
            }
            State::Closed { reason: Reason::Suppressed, suppressed_by: Some(by), .. }
                if before.is_none_or(|stand| stand.was_queued) =>
            {
                let newest = case.head();
                if let Some(earned) = self.suppressions.iter_mut().find(|earned| {
                    earned.proof == *by && earned.covers(newest, &case.treatment, now)
                }) {
                    earned.hits += 1;
                }
            }
            State::Escalated { reason: Reason::Denied | Reason::Conflict, .. } => {
                self.withdraw(case.id);
                for by in self.hiding(case) {
                    self.withdraw(by);
                }
            }
            _ => {}
        }
    }

    /// The proofs whose suppressions hide what is like a now denied case. One that is used up may
    /// stand before the one that hid it.
    fn hiding(&self, case: &Case) -> Vec<CaseId> {
        let alert = case.head();
        let covering = |earned: &&Suppression| earned.matches(alert, &case.treatment);
        self.suppressions.iter().filter(covering).map(|earned| earned.proof).collect()
    }
}

#[cfg(test)]
mod tests;
