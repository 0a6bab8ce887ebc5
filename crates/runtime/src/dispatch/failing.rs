//! What becomes of work that failed: whether it is tried again, and what the case is told when it is
//! not.

use std::time::Duration;

use casework::{Input, input::ProofResult};
use model::{Span, Timestamp};
use ports::{Decision, Failure};

use super::{Job, act, enrich};
use crate::{
    apply::Along,
    engine::Engine,
    lanes::Lane,
    meters::Meter,
    task::{Task, said_elsewhere},
};

/// The first pause before another try.
pub const BACKOFF_FIRST: Span = Span::seconds(1);
/// The longest.
pub const BACKOFF_MAX: Span = Span::minutes(5);
/// The longest pause that a destination may ask for.
pub const RETRY_AFTER_MAX: Span = Span::hours(1);
/// How often a provider is tried for one ceremony: somebody waits, and may choose another way.
const CEREMONY_TRIES: u32 = 5;

impl Engine {
    pub(super) fn failed(
        &self,
        lane: &Lane,
        job: &Job<'_>,
        failure: &Failure,
    ) -> (Option<Input>, Along) {
        let is_refusal = matches!(failure.decision, Decision::Denied | Decision::Misconfigured);
        if is_refusal && lane.note_refused(true) {
            tracing::error!(destination = lane.name, why = %failure, "the destination refuses us");
        }
        let task = crate::bytes::read::<Task>(&job.row.payload).ok();
        let now = self.now();
        let is_expired = job.row.expires_at <= now;
        let patience =
            task.as_ref().map_or(Patience::None, |task| task.patience(failure, job.row.attempts));
        if is_expired || patience == Patience::None {
            Meter::Failed.count_by("destination", &lane.name);
            let next = task.as_ref().filter(|_| !is_expired);
            let next = next.and_then(|task| said_elsewhere(task, now, job.row.expires_at));
            let input =
                task.and_then(|task| given_up(&lane.name, task, failure, job.may_have_run()));
            if !is_refusal {
                tracing::warn!(outbox.id = %job.row.id, why = %failure, "given up");
            }
            let outbox = next.into_iter().collect();
            return (input, Along { outbox, ..Along::finishing(job.key()) });
        }
        Meter::Retried.count_by("destination", &lane.name);
        let due = match failure.decision {
            Decision::Retry { after: Some(after) } => {
                let wait = Span::seconds(after.as_secs().max(1)).min(RETRY_AFTER_MAX);
                lane.pause_until(now, wait.after(now));
                wait.after(now)
            }
            _ => self.backed_off(now, job.row.attempts),
        };
        tracing::debug!(outbox.id = %job.row.id, why = %failure, "to be tried again");
        let attempts = job.row.attempts.saturating_add(1);
        let put_back = vec![job.put_back(due.min(job.row.expires_at), attempts)];
        let is_first = job.row.attempts == 0;
        let told = (patience == Patience::ButTell && is_first)
            .then(|| task.and_then(|task| given_up(&lane.name, task, failure, job.may_have_run())))
            .flatten();
        (told, Along { put_back, ..Along::default() })
    }

    /// Twice as long each time, up to a limit, less a random part, so that many who failed
    /// together do not come back together.
    pub(super) fn backed_off(&self, now: Timestamp, attempts: u32) -> Timestamp {
        let doubled = BACKOFF_FIRST.as_seconds().saturating_mul(1 << attempts.min(20));
        let full = Duration::from_secs(doubled.min(BACKOFF_MAX.as_seconds()));
        let part = u32::try_from(self.parts.entropy.bits() % 512).unwrap_or_default();
        let wait = full / 2 + (full / 1_024) * part;
        now.checked_add(wait).unwrap_or(Timestamp::MAX)
    }
}

/// Whether a failure is worth another try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Patience {
    /// No.
    None,
    /// Yes.
    Quiet,
    /// Yes, and the case is told at once, for a person has to mend something.
    ButTell,
}

impl Task {
    /// What will not work for a question is better asked elsewhere at once. A page has no
    /// elsewhere: it waits for somebody to mend the settings.
    fn patience(&self, failure: &Failure, attempts: u32) -> Patience {
        let is_alarm = matches!(
            self,
            Self::Report { .. }
                | Self::Trigger { .. }
                | Self::Resolve { .. }
                | Self::WriteCase { .. }
                | Self::WriteAction { .. }
        );
        // A push may be on the phone although the reply was lost: a second one follows a click.
        let is_lost_push = matches!(self, Self::Begin { .. }) && failure.uncertain;
        let is_ceremony = matches!(self, Self::Begin { .. } | Self::Poll { .. });
        match failure.decision {
            _ if is_lost_push => Patience::None,
            _ if is_ceremony && attempts + 1 >= CEREMONY_TRIES => Patience::None,
            Decision::Retry { .. } => Patience::Quiet,
            Decision::Denied | Decision::Misconfigured if is_alarm => Patience::ButTell,
            Decision::Permanent | Decision::Denied | Decision::Misconfigured => Patience::None,
        }
    }
}

/// What a case is told of work that was given up.
pub(super) fn given_up(
    lane: &str,
    task: Task,
    failure: &Failure,
    may_have_run: bool,
) -> Option<Input> {
    let cause = failure.what.clone();
    match task {
        Task::Send { delivery, .. } => Some(Input::Undelivered { delivery, cause }),
        Task::Acknowledge { .. } => {
            Meter::PagesLost.count_by("destination", lane);
            None
        }
        Task::Report { .. } | Task::Trigger { .. } | Task::Resolve { .. } => {
            Meter::PagesLost.count_by("destination", lane);
            Some(Input::Paged { target: lane.to_owned(), failure: Some(cause) })
        }
        Task::Begin { challenge } | Task::Poll { challenge } => {
            Some(Input::Proof { challenge, result: ProofResult::Outage(cause) })
        }
        Task::Act { action, task } => Some(act::given_up(action, task, failure, may_have_run)),
        // What was not found out in time is decided about without it, and so on.
        Task::Enrich { steps, run } => Some(enrich::given_up(steps, run)),
        Task::AskSecond { revision, .. } => {
            Some(Input::Seconded { is_confirmed: false, revision, by: "system".to_owned() })
        }
        Task::Tell { .. }
        | Task::Listen { .. }
        | Task::Lapse { .. }
        | Task::TellAction { .. }
        | Task::WriteCase { .. }
        | Task::WriteAction { .. }
        | Task::Confirm { .. } => None,
    }
}

pub(super) fn span_until(now: Timestamp, at: Timestamp) -> Span {
    let seconds = at.duration_since(now).as_secs().max(0);
    Span::seconds(u64::try_from(seconds).unwrap_or_default() + 1)
}
