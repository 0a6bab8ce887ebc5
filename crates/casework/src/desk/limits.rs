//! What counts against a person's limits (R13).

use model::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use super::Desk;

/// Proofs that may be begun in an hour.
pub const CHALLENGES_PER_HOUR: usize = 6;
/// Proofs that may be begun in a day.
pub const CHALLENGES_PER_DAY: usize = 20;
/// Failed proofs in a day, since the last success, that lock proving.
pub const FAILURES_TO_LOCK: usize = 5;
/// How long a lock lasts.
pub const LOCK_LIFE: Span = Span::hours(24);
/// Questions below *high* that may be put in a day; what is beyond goes to the security team.
pub const QUESTIONS_PER_DAY: usize = 20;

const HOUR: Span = Span::hours(1);
const DAY: Span = Span::hours(24);

/// When things happened lately, oldest first, none older than a day.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    questions: Vec<Timestamp>,
    challenges: Vec<Timestamp>,
    failures: Vec<Timestamp>,
    /// Until when nothing may be proven, after a refusal, a fraud report or too many failures.
    pub locked_until: Option<Timestamp>,
}

impl Tally {
    pub(super) fn forget(&mut self, now: Timestamp) {
        let since = DAY.before(now);
        for list in [&mut self.questions, &mut self.challenges, &mut self.failures] {
            list.retain(|at| *at > since);
        }
        if self.locked_until.is_some_and(|until| until <= now) {
            self.locked_until = None;
        }
    }

    pub(super) fn asked(&mut self, now: Timestamp) {
        self.questions.push(now);
    }

    pub(super) fn challenged(&mut self, now: Timestamp) {
        self.challenges.push(now);
    }

    /// A new challenge does not wipe failures away; only a success does.
    pub(super) fn failed(&mut self, now: Timestamp) {
        self.failures.push(now);
        if self.failures.len() >= FAILURES_TO_LOCK {
            self.lock(now);
        }
    }

    pub(super) fn succeeded(&mut self) {
        self.failures.clear();
    }

    pub(super) fn lock(&mut self, now: Timestamp) {
        self.locked_until = Some(LOCK_LIFE.after(now));
    }

    pub(super) fn may_ask(&self, now: Timestamp) -> bool {
        count_since(&self.questions, DAY.before(now)) < QUESTIONS_PER_DAY
    }

    pub(super) fn may_challenge(&self, now: Timestamp) -> bool {
        let is_locked = self.locked_until.is_some_and(|until| until > now);
        let hourly = count_since(&self.challenges, HOUR.before(now));
        let daily = count_since(&self.challenges, DAY.before(now));
        !is_locked && hourly < CHALLENGES_PER_HOUR && daily < CHALLENGES_PER_DAY
    }
}

fn count_since(list: &[Timestamp], since: Timestamp) -> usize {
    list.iter().filter(|at| **at > since).count()
}

impl Desk {
    /// Counts a push, in a ceremony that belongs to no case, that was not answered in time.
    pub fn push_failed(&mut self, now: Timestamp) {
        self.tally.forget(now);
        self.tally.failed(now);
    }

    /// Locks proofs, since the person refused a push or reported a fraud in a ceremony that belongs
    /// to no case: somebody else pushes in their name.
    pub fn push_refused(&mut self, now: Timestamp) {
        self.tally.lock(now);
    }
}
