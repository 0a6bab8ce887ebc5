//! The times of one check on one device.

use std::collections::BTreeSet;

use model::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Entry, ISSUES_MAX, REOPEN_WITHIN, findings::Before};
use crate::{
    check::{Check, State, Strategy},
    evaluate::CheckResult,
};

/// The longest that a reminder rests.
pub const SNOOZE_MAX: Span = Span::days(7);
/// How often it may.
pub const SNOOZES_MAX: u8 = 3;

/// Why a reminder does not rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SnoozeError {
    /// Nothing fails.
    #[error("there is nothing to be reminded of")]
    NothingToRest,
    /// It rested often enough.
    #[error("it rested {SNOOZES_MAX} times")]
    TooOften,
    /// It would rest too long, or not at all.
    #[error("at most {SNOOZE_MAX}, and beyond now")]
    TooLong,
}

/// The times of one check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Clock {
    /// As it was last.
    state: State,
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    since: Timestamp,
    /// The last verdict, through times in which there was none.
    known: Option<State>,
    /// The policy by which it was last judged.
    policy: u64,
    /// When it was first seen below what is recommended.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::optional")]
    failing_since: Option<Timestamp>,
    /// When it was first seen below what is required.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::optional")]
    required_since: Option<Timestamp>,
    /// From when the grace runs, moved by the times in which it stood still.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::optional")]
    grace_from: Option<Timestamp>,
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::optional")]
    deadline: Option<Timestamp>,
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::optional")]
    paused_at: Option<Timestamp>,
    /// When it was last seen as recommended after failing.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::optional")]
    mended_at: Option<Timestamp>,
    /// When it was last seen as required after failing.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::optional")]
    eased_at: Option<Timestamp>,
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::optional")]
    told_at: Option<Timestamp>,
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::optional")]
    snoozed_until: Option<Timestamp>,
    snoozes: u8,
    /// Single things that are wrong, such as disks.
    issues: BTreeSet<String>,
}

impl Clock {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            state: State::Unknown,
            since: now,
            known: None,
            policy: 0,
            failing_since: None,
            required_since: None,
            grace_from: None,
            deadline: None,
            paused_at: None,
            mended_at: None,
            eased_at: None,
            told_at: None,
            snoozed_until: None,
            snoozes: 0,
            issues: BTreeSet::new(),
        }
    }

    pub(super) fn state(&self) -> State {
        self.state
    }

    pub(super) fn since(&self) -> Timestamp {
        self.since
    }

    /// What was before the next result.
    pub(super) fn before(&self) -> Before {
        Before { state: (self.policy != 0).then_some(self.state), known: self.known }
    }

    /// When it was first seen failing; nothing once it is mended.
    pub(super) fn first_seen(&self) -> Option<Timestamp> {
        self.failing_since.filter(|_| self.mended_at.is_none())
    }

    /// Whether the policy is another one than when it was last judged.
    pub(super) fn is_of_another_policy(&self, check: &Check) -> bool {
        self.policy != 0 && self.policy != check.hash
    }

    /// Takes a result, and returns what is to be added to the history.
    pub(super) fn advance(
        &mut self,
        result: &CheckResult,
        check: &Check,
        now: Timestamp,
    ) -> Vec<Entry> {
        let mut entries = self.note_issues(result, now);
        if self.state != result.state || self.policy == 0 {
            let from = self.before().state;
            entries.push(Entry::of_check(&result.practice, from, result.state, now));
            (self.state, self.since) = (result.state, now);
        }
        if !result.state.is_missing() {
            // What does not apply is not known to be anything.
            self.known = Some(result.underlying).filter(|state| state.is_verdict());
        }
        let is_tightened = self.is_of_another_policy(check);
        self.policy = check.hash;
        let is_counted = check.is_unknown_counted && result.state.is_missing();
        match result.state {
            State::Warn => self.fail(true, check, is_tightened, now),
            State::Nudge => self.fail(false, check, is_tightened, now),
            _ if is_counted => self.fail(true, check, is_tightened, now),
            State::Ok | State::NotApplicable => self.mend(now),
            State::Unknown | State::Stale | State::Exempt => self.pause(now),
        }
        if result.is_source_failing {
            self.pause(now);
        }
        entries
    }

    fn fail(&mut self, is_required: bool, check: &Check, is_tightened: bool, now: Timestamp) {
        self.resume(now);
        let is_long = |at: Option<Timestamp>| at.is_some_and(|at| REOPEN_WITHIN.after(at) < now);
        if is_long(self.mended_at) {
            *self = Self { known: self.known, policy: self.policy, ..self.fresh() };
        }
        self.mended_at = None;
        self.failing_since.get_or_insert(now);
        if !is_required {
            self.eased_at = self.required_since.and(self.eased_at.or(Some(now)));
            return;
        }
        if is_long(self.eased_at) {
            (self.required_since, self.grace_from, self.deadline) = (None, None, None);
        }
        self.eased_at = None;
        let was_failing = self.required_since.is_some();
        self.required_since.get_or_insert(now);
        self.set_deadline(check, was_failing || is_tightened, now);
    }

    /// `has_grace`: it failed before the policy asked for this, or only because of the policy.
    fn set_deadline(&mut self, check: &Check, has_grace: bool, now: Timestamp) {
        let grace = match check.strategy {
            Strategy::Report | Strategy::Notify => {
                (self.grace_from, self.deadline) = (None, None);
                return;
            }
            Strategy::WarnThenBlock => check.grace,
            Strategy::Block if has_grace => check.grace,
            Strategy::Block => Span::ZERO,
        };
        match (self.grace_from, self.deadline) {
            (Some(from), Some(deadline)) if check.strategy == Strategy::WarnThenBlock => {
                self.deadline = Some(deadline.max(grace.after(from)));
            }
            // Already set, by hand or under a stricter policy.
            (_, Some(_)) => {}
            (_, None) => {
                self.grace_from = Some(now);
                self.deadline = Some(grace.after(now));
            }
        }
    }

    fn mend(&mut self, now: Timestamp) {
        self.resume(now);
        if self.failing_since.is_some() {
            self.mended_at.get_or_insert(now);
            self.eased_at.get_or_insert(now);
        }
    }

    fn pause(&mut self, now: Timestamp) {
        if self.failing_since.is_some() {
            self.paused_at.get_or_insert(now);
        }
    }

    /// A deadline that had not passed moves on by the time in which it stood still.
    fn resume(&mut self, now: Timestamp) {
        let Some(paused_at) = self.paused_at.take() else { return };
        let lost = now.duration_since(paused_at);
        let moved = |at: Timestamp| at.checked_add(lost).unwrap_or(Timestamp::MAX);
        if self.deadline.is_some_and(|deadline| deadline > paused_at) {
            self.deadline = self.deadline.map(moved);
            self.grace_from = self.grace_from.map(moved);
        }
    }

    fn fresh(&self) -> Self {
        let issues = self.issues.clone();
        Self { state: self.state, issues, ..Self::new(self.since) }
    }

    /// Whether a deadline has passed, and what it was for still fails.
    pub(super) fn is_blocked(&self, now: Timestamp) -> bool {
        let is_over = |deadline: Timestamp| deadline <= self.paused_at.unwrap_or(now);
        self.eased_at.is_none() && self.state != State::Exempt && self.deadline.is_some_and(is_over)
    }

    /// The deadline, unless it stands still or nothing is required.
    pub(super) fn running_deadline(&self) -> Option<Timestamp> {
        self.deadline.filter(|_| self.paused_at.is_none() && self.eased_at.is_none())
    }

    pub(super) fn is_due(&self, result: &CheckResult, check: &Check, now: Timestamp) -> bool {
        let is_over = |at: Option<Timestamp>, span: Span| at.is_none_or(|at| span.after(at) <= now);
        let is_resting = self.snoozed_until.is_some_and(|until| now < until);
        check.strategy != Strategy::Report
            && result.is_displayed
            && result.state.is_failing()
            && !result.is_source_failing
            && !is_resting
            && self.failing_since.is_some_and(|since| check.delay.after(since) <= now)
            && is_over(self.told_at, check.repeat)
    }

    pub(super) fn told(&mut self, now: Timestamp) {
        self.told_at = Some(now);
    }

    pub(super) fn snooze(&mut self, until: Timestamp, now: Timestamp) -> Result<(), SnoozeError> {
        if !self.state.is_failing() {
            return Err(SnoozeError::NothingToRest);
        }
        if self.snoozes == SNOOZES_MAX {
            return Err(SnoozeError::TooOften);
        }
        if until <= now || until > SNOOZE_MAX.after(now) {
            return Err(SnoozeError::TooLong);
        }
        self.snoozes += 1;
        self.snoozed_until = Some(until);
        Ok(())
    }

    /// Sets it by hand, where something is required: no grace is counted any more.
    pub(super) fn move_deadline(&mut self, to: Timestamp) -> bool {
        let is_required = self.required_since.is_some() && self.eased_at.is_none();
        if is_required {
            (self.grace_from, self.deadline) = (None, Some(to));
        }
        is_required
    }

    /// Single things come and go on their own; while nobody can look they stay as they are.
    fn note_issues(&mut self, result: &CheckResult, now: Timestamp) -> Vec<Entry> {
        if result.state.is_missing() {
            return Vec::new();
        }
        let practice = &result.practice;
        let now_wrong: Vec<&String> = result.issues.iter().take(ISSUES_MAX).collect();
        let mut entries = Vec::new();
        self.issues.retain(|name| {
            let is_wrong = now_wrong.contains(&name);
            if !is_wrong {
                entries.push(Entry::of_issue(practice, name, (result.underlying, State::Ok), now));
            }
            is_wrong
        });
        for name in now_wrong {
            if self.issues.insert(name.clone()) {
                let states = (State::Ok, result.underlying);
                entries.push(Entry::of_issue(practice, name, states, now));
            }
        }
        entries
    }
}
