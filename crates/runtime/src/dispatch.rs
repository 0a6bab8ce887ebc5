//! Carrying out what was decided: one piece of claimed work at a time, each from a fresh look at
//! its case, each repeatable.
//!
//! A call that fails is tried again with growing pauses until it is no longer worth it; a
//! destination that names a pause gets it for its whole lane; what will never work comes back to
//! the case as an input, so that it goes on elsewhere or to a person. Nothing here spawns or knows
//! an executor: see [`Engine::run_lane_once`].

mod act;
mod between;
mod ceremony;
mod enrich;
mod failing;
mod lapse;
mod message;
mod notes;
mod page;
mod report;
mod writeback;

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use casework::Input;
use futures::{FutureExt, StreamExt};
use model::{Span, Timestamp};
use ports::{
    Failure,
    store::{Claimed, Commit, OutboxRow, PutBack, RecordOp, StoreError, WorkKey},
};

use crate::{
    ahead::Ahead,
    apply::{Along, ApplyError, Draft},
    engine::{Engine, EngineError},
    lanes::{Born, CALL_LIMIT, LEASE, Lane, LaneKind},
    meters::Meter,
    task::Task,
};

pub(crate) use ceremony::LISTEN_PAUSE;
pub use failing::{BACKOFF_FIRST, BACKOFF_MAX, RETRY_AFTER_MAX};
use failing::{given_up, span_until};
pub(crate) use message::sent;

/// How often an outcome is written down again when the store does not take it.
const OUTCOME_TRIES: usize = 5;
/// Rows of a destination that is gone that are settled at once.
const ORPHANS_AT_ONCE: u32 = 100;
/// The pause between those tries.
const OUTCOME_PAUSE: Span = Span::seconds(1);

/// What came of one piece of work.
pub(crate) enum Carried {
    /// It is done, or no longer wanted; with what the case is told.
    Done(Option<Input>, Vec<RecordOp>),
    /// Not yet: to be looked at again, which is no failure.
    NotYet(Span),
    /// The same, and the case is told something.
    Told(Span, Input),
    /// It failed.
    Failed(Failure),
}

impl Carried {
    /// Done, and nobody needs to know.
    pub(crate) fn silently() -> Self {
        Self::Done(None, Vec::new())
    }
}

impl From<Failure> for Carried {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<EngineError> for Carried {
    fn from(error: EngineError) -> Self {
        Self::Failed(Failure::retry(error.to_string()))
    }
}

/// A piece of claimed work.
pub(crate) struct Job<'a> {
    pub(crate) row: &'a OutboxRow,
    pub(crate) fence: u64,
    pub(crate) leased_until: Timestamp,
}

impl Job<'_> {
    fn key(&self) -> WorkKey {
        WorkKey::Outbox { id: self.row.id, fence: self.fence }
    }

    fn put_back(&self, due: Timestamp, attempts: u32) -> PutBack {
        PutBack { work: self.key(), due, attempts }
    }

    /// With too little of the lease left somebody else might repeat the call while it is made.
    pub(crate) fn is_too_late(&self, now: Timestamp) -> bool {
        CALL_LIMIT.after(now) > self.leased_until
    }

    /// Whether somebody may have tried it before, with an outcome that nobody wrote down.
    pub(crate) fn may_have_run(&self) -> bool {
        self.row.attempts > 0 || self.fence > 1
    }
}

impl Engine {
    /// The destinations, by lane.
    #[must_use]
    pub fn lanes(&self) -> Vec<String> {
        self.inner.lanes.all().map(|lane| lane.name.clone()).collect()
    }

    /// Carries out what is due in one lane, a bounded number; returns how many there were.
    pub async fn run_lane_once(&self, name: &str) -> Result<usize, EngineError> {
        let Some(lane) = self.inner.lanes.get(name) else { return self.settle_orphans(name).await };
        self.inner.lanes.serve(true);
        let mut work = Vec::new();
        {
            let mut born = lane.born.lock().await;
            while work.len() < lane.in_flight {
                let Ok(next) = born.try_recv() else { break };
                work.push(next);
            }
        }
        let room = lane.in_flight - work.len();
        work.extend(self.claim(lane, room).await?);
        let count = work.len();
        futures::stream::iter(work)
            .for_each_concurrent(lane.in_flight, async |work| {
                self.carry(lane, work).await;
            })
            .await;
        Ok(count)
    }

    /// Claims due work of a lane, none while the lane pauses.
    pub(crate) async fn claim(&self, lane: &Lane, room: usize) -> Result<Vec<Born>, EngineError> {
        let now = self.now();
        if room == 0 || lane.pause(now).is_some() {
            return Ok(Vec::new());
        }
        let until = LEASE.after(now);
        let limit = u32::try_from(room).unwrap_or(u32::MAX);
        let claimed = self.parts.store.claim_outbox(&lane.name, now, until, limit).await?;
        let ahead = self.read_ahead(&lane.kind, &claimed).await;
        let born = |(claimed, ahead): (_, Option<Ahead>)| Born {
            claimed,
            leased_until: until,
            ahead: ahead.map(Arc::new),
        };
        Ok(claimed.into_iter().zip(ahead).map(born).collect())
    }

    /// Carries out one piece of work and writes down what came of it; returns when it is due again,
    /// if it is. Never panics: a panic below counts as a failure of that one piece.
    #[tracing::instrument(name = "dispatch.carry", skip_all, fields(destination = lane.name))]
    pub(crate) async fn carry(&self, lane: &Lane, work: Born) -> Option<Timestamp> {
        let Born { claimed, leased_until, ahead } = work;
        let job = Job { row: &claimed.work, fence: claimed.fence, leased_until };
        if job.is_too_late(self.now()) {
            return Some(leased_until);
        }
        let mut about = ahead.map(Arc::unwrap_or_clone);
        let attempt = AssertUnwindSafe(self.attempt(lane, &job, &mut about)).catch_unwind();
        let carried = attempt.await.unwrap_or_else(|_| {
            Meter::Panics.count_by("destination", &lane.name);
            Carried::Failed(Failure::retry("a fault of our own"))
        });
        self.write_down(lane, &job, carried, about).await
    }

    /// Carries it out. `about` is what was read ahead of its case, and afterwards what was read.
    async fn attempt(&self, lane: &Lane, job: &Job<'_>, about: &mut Option<Ahead>) -> Carried {
        let now = self.now();
        if job.row.expires_at <= now {
            return Failure::permanent("not delivered in time").into();
        }
        if let Some(until) = lane.pause(now) {
            return Carried::NotYet(span_until(now, until));
        }
        let Ok(task) = crate::bytes::read::<Task>(&job.row.payload) else {
            tracing::error!(outbox.id = %job.row.id, "work that cannot be read is dropped");
            return Carried::silently();
        };
        match lane.take_slot(now) {
            Ok(Duration::ZERO) => {}
            Ok(wait) => self.parts.clock.sleep(wait).await,
            Err(wait) => return Carried::NotYet(Span::seconds(wait.as_secs())),
        }
        let order = job.row.case.map_or(job.row.id.bits(), |case| case.bits());
        let _in_order = lane.order.lock(order).await;
        if job.is_too_late(self.now()) {
            return Carried::NotYet(Span::seconds(1));
        }
        if let (LaneKind::Chat(chat), Task::Tell { delivery, person, template, values, .. }) =
            (&lane.kind, &task)
        {
            return self.tell(chat, *delivery, *person, template, values).await;
        }
        if let Task::Lapse { delivery, exception } = &task {
            return self.tell_of_lapse(&lane.kind, *delivery, exception).await;
        }
        if let (LaneKind::Verify(_), Task::Listen { challenge, person }) = (&lane.kind, &task) {
            return self.listen_to_push(*challenge, *person).await;
        }
        match self.look_again(job, about.take()).await {
            Ok(found) => *about = found,
            Err(error) => return error.into(),
        }
        let Some(about) = about else { return Carried::silently() };
        self.do_task(lane, job, task, about).await
    }

    /// The case of a piece of work as it is now.
    async fn look_again(
        &self,
        job: &Job<'_>,
        ahead: Option<Ahead>,
    ) -> Result<Option<Ahead>, EngineError> {
        let person = match ahead {
            Some(ahead) if self.is_still(&ahead) => return Ok(Some(ahead)),
            other => other.and_then(|ahead| ahead.person),
        };
        let Some(case) = job.row.case else { return Ok(None) };
        let found = self.look(case).await?;
        Ok(found.map(|mut found| {
            found.person = person;
            found
        }))
    }

    async fn do_task(&self, lane: &Lane, job: &Job<'_>, task: Task, about: &Ahead) -> Carried {
        let case = &about.loaded.case;
        match (&lane.kind, task) {
            (LaneKind::Chat(chat), Task::Send { delivery, message }) => {
                self.send(chat, job, about, delivery, &message).await
            }
            (LaneKind::Report(chat), Task::Report { delivery, reason }) => {
                self.send_report(chat, job, case, delivery, reason).await
            }
            (LaneKind::Escalate(name), Task::Trigger { delivery, reason }) => {
                self.trigger(name, job, case, delivery, reason).await
            }
            (LaneKind::Escalate(name), Task::Resolve { delivery }) => {
                self.resolve(name, job, case, delivery).await
            }
            (LaneKind::Escalate(name), Task::Acknowledge { delivery }) => {
                self.acknowledge(name, job, case, delivery).await
            }
            (LaneKind::Verify(method), Task::Begin { challenge }) => {
                self.begin_remote(*method, case, challenge).await
            }
            (LaneKind::Verify(method), Task::Poll { challenge }) => {
                self.poll(*method, case, challenge).await
            }
            (LaneKind::Report(chat), Task::TellAction { delivery, action }) => {
                self.report_action(chat, case, delivery, action).await
            }
            (LaneKind::Respond(name), Task::Act { action, task }) => {
                self.act(name, job, case, action, task).await
            }
            (LaneKind::Enrich, Task::Enrich { steps, run }) => {
                self.find_out(case, &steps, run).await
            }
            (
                LaneKind::Writeback(name),
                task @ (Task::WriteCase { .. } | Task::WriteAction { .. }),
            ) => self.write_back(name, case, task).await,
            (LaneKind::Cases, Task::AskSecond { who, revision, until }) => {
                self.ask_second(case, &who, revision, until).await
            }
            (LaneKind::Cases, Task::Confirm { case: other, revision, is_confirmed }) => {
                self.confirm(case.id, other, revision, is_confirmed).await
            }
            _ => {
                tracing::error!(outbox.id = %job.row.id, lane = lane.name, "work in a wrong lane");
                Carried::silently()
            }
        }
    }

    /// Writes an outcome down. The call has been made: the store's bad moment must not make it
    /// again, so that this is patient within the lease. Returns when the work is due again.
    async fn write_down(
        &self,
        lane: &Lane,
        job: &Job<'_>,
        carried: Carried,
        mut about: Option<Ahead>,
    ) -> Option<Timestamp> {
        let (input, along) = self.outcome_of(lane, job, carried);
        let again = along.put_back.first().map(|put_back| put_back.due);
        for attempt in 0..OUTCOME_TRIES {
            match self.record_outcome(job, about.take(), input.clone(), along.clone()).await {
                Ok(anew) => return again.or(anew),
                Err(error) if attempt + 1 == OUTCOME_TRIES => {
                    tracing::error!(%error, outbox.id = %job.row.id, "an outcome is not written down");
                }
                Err(_) => self.parts.clock.sleep(OUTCOME_PAUSE.as_duration()).await,
            }
        }
        Some(job.leased_until)
    }

    /// Writes it down once. Returns when the work is due again where it has to be looked at anew.
    async fn record_outcome(
        &self,
        job: &Job<'_>,
        about: Option<Ahead>,
        input: Option<Input>,
        along: Along,
    ) -> Result<Option<Timestamp>, EngineError> {
        if let (Some(case), Some(input)) = (job.row.case, input) {
            let applied = match about {
                Some(about) => self.apply_to(about, input, along.clone()).await,
                None => self.apply(case, input, along.clone()).await,
            };
            match applied {
                Ok(_) | Err(ApplyError::Gone) => return Ok(None),
                Err(ApplyError::Engine(error)) => return Err(error),
                // The case does not want to know; the work is over all the same.
                Err(ApplyError::Refused(_) | ApplyError::Missing) => {}
                Err(ApplyError::Taken) => return self.look_anew(job).await,
            }
        }
        let Along { records, done, put_back, journal, outbox, .. } = along;
        let commit = Commit { records, done, put_back, journal, outbox, ..Commit::default() };
        match self.commit(Draft::plain(commit)).await {
            Ok(()) | Err(StoreError::Gone) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Somebody has written meanwhile what an outcome was to write. It cannot be written down as it
    /// is, however often that is tried: the work is looked at anew soon.
    async fn look_anew(&self, job: &Job<'_>) -> Result<Option<Timestamp>, EngineError> {
        let due = self.backed_off(self.now(), job.row.attempts).min(job.row.expires_at);
        let put_back = vec![job.put_back(due, job.row.attempts.saturating_add(1))];
        match self.parts.store.commit(Commit { put_back, ..Commit::default() }).await {
            Ok(()) | Err(StoreError::Gone) => Ok(Some(due)),
            Err(error) => Err(error.into()),
        }
    }

    /// What is written down of an outcome: what the case is told, and what rides along.
    fn outcome_of(&self, lane: &Lane, job: &Job<'_>, carried: Carried) -> (Option<Input>, Along) {
        match carried {
            Carried::Done(input, records) => {
                Meter::Sent.count_by("destination", &lane.name);
                if lane.note_refused(false) {
                    tracing::info!(destination = lane.name, "the destination takes us again");
                }
                (input, Along::finishing(job.key()).with(records))
            }
            Carried::NotYet(wait) => (None, self.put_back(job, wait)),
            Carried::Told(wait, input) => (Some(input), self.put_back(job, wait)),
            Carried::Failed(failure) => self.failed(lane, job, &failure),
        }
    }

    fn put_back(&self, job: &Job<'_>, wait: Span) -> Along {
        let due = wait.after(self.now()).min(job.row.expires_at);
        Along { put_back: vec![job.put_back(due, job.row.attempts)], ..Along::default() }
    }

    /// Work for a destination that is no longer in the configuration has failed.
    pub(crate) async fn settle_orphans(&self, name: &str) -> Result<usize, EngineError> {
        let now = self.now();
        let leased_until = LEASE.after(now);
        let store = &self.parts.store;
        let claimed = store.claim_outbox(name, now, leased_until, ORPHANS_AT_ONCE).await?;
        let count = claimed.len();
        for Claimed { work, fence } in claimed {
            let job = Job { row: &work, fence, leased_until };
            let failure = Failure::permanent("this destination is no longer configured");
            let task = crate::bytes::read::<Task>(&work.payload).ok();
            let input = task.and_then(|task| given_up(name, task, &failure, job.may_have_run()));
            self.record_outcome(&job, None, input, Along::finishing(job.key())).await?;
        }
        Ok(count)
    }
}
