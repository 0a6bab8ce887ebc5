//! The one place that spawns: loops around the steps, one for each lane, one for timers, one for
//! what has expired, and an end in good order.

use std::{future::Future, sync::Arc, time::Duration};

use model::{Span, Timestamp};
use tokio::{
    sync::watch,
    task::{JoinHandle, JoinSet},
};

use crate::{
    engine::{Engine, EngineError},
    lanes::{Born, Lane},
    meters::Meter,
    pause,
};

/// The longest a loop sleeps: a clock that jumps is noticed within this time.
pub const NAP_MAX: Span = Span::seconds(15);
/// The pause after the store did not answer.
const STORE_PAUSE: Span = Span::seconds(1);
/// The part of a lane that must be free before it looks for more, as a divisor.
const FREE_PART: usize = 4;
/// How often expired records are deleted and gauges set.
const SWEEP_EVERY: Span = Span::minutes(1);
/// Expired records deleted at once.
const SWEEP_BATCH: u32 = 1_000;
/// How long calls in flight may take to end when the server stops.
pub const GOODBYE_MAX: Span = Span::seconds(10);

/// Calls in flight; each ends with the time at which its work is due again, if it is.
type Calls = JoinSet<Option<Timestamp>>;

/// What is to be taken up after a start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resumed {
    Exceptions,
    Rulings,
    Disowning,
}

/// What a stop may have left half-way, or a start has not read yet.
#[derive(Debug)]
pub(crate) struct Interrupted(pub(crate) Vec<Resumed>);

impl Interrupted {
    /// Everything, as after a start.
    pub(crate) fn all() -> Self {
        Self(vec![Resumed::Exceptions, Resumed::Rulings, Resumed::Disowning])
    }
}

impl Engine {
    /// Carries out everything that was and is decided, until `shutdown` resolves; then claims
    /// nothing more, lets calls in flight end, and gives the rest back.
    pub async fn run(&self, shutdown: impl Future<Output = ()> + Send) {
        let (stop, stopped) = watch::channel(false);
        self.inner.lanes.serve(true);
        let mut interrupted = Interrupted::all();
        self.take_up(&mut interrupted).await;
        let mut loops: Vec<JoinHandle<()>> = Vec::new();
        for lane in self.inner.lanes.all() {
            let (engine, lane, stopped) = (self.clone(), Arc::clone(lane), stopped.clone());
            loops.push(tokio::spawn(async move { engine.serve_lane(&lane, stopped).await }));
        }
        let (engine, until) = (self.clone(), stopped.clone());
        loops.push(tokio::spawn(async move { engine.serve_timers(until).await }));
        let (engine, until) = (self.clone(), stopped);
        loops.push(tokio::spawn(async move { engine.serve_sweeps(interrupted, until).await }));
        shutdown.await;
        self.inner.lanes.serve(false);
        stop.send_replace(true);
        for each in loops {
            if let Err(error) = each.await {
                tracing::error!(%error, "a loop ended badly");
            }
        }
    }

    /// Takes up what a stop interrupted, as far as it is not done. What fails stays to be tried
    /// again, and keeps nothing else.
    pub(crate) async fn take_up(&self, interrupted: &mut Interrupted) {
        let mut left = Vec::new();
        for step in std::mem::take(&mut interrupted.0) {
            let done = match step {
                Resumed::Exceptions => self.load_exceptions().await,
                Resumed::Rulings => self.load_rulings().await,
                Resumed::Disowning => self.resume_disowning().await,
            };
            if let Err(error) = done {
                tracing::error!(%error, ?step, "what a stop interrupted is not taken up yet");
                left.push(step);
            }
        }
        interrupted.0 = left;
    }

    async fn serve_lane(&self, lane: &Arc<Lane>, mut stop: watch::Receiver<bool>) {
        let mut born = lane.born.lock().await;
        let mut calls = JoinSet::new();
        let mut look_at = Timestamp::MIN;
        loop {
            let room = lane.in_flight - calls.len();
            // Claiming costs a write: a busy lane claims when a good part of it is free.
            let is_worth_it = calls.is_empty() || room >= lane.in_flight / FREE_PART;
            if is_worth_it && look_at <= self.now() {
                look_at = self.fill(lane, room, &mut calls).await;
            }
            let nap = self.nap(look_at);
            tokio::select! {
                biased;
                _ = stop.changed() => break,
                Some(ended) = calls.join_next(), if !calls.is_empty() => match ended {
                    // What is to be tried again is in the store, where the lane looks for it then.
                    Ok(again) => look_at = look_at.min(again.unwrap_or(Timestamp::MAX)),
                    Err(error) => tracing::error!(%error, "a call ended badly"),
                },
                Some(next) = born.recv(), if calls.len() < lane.in_flight => {
                    self.start(lane, next, &mut calls);
                }
                () = lane.waiting.notified(), if is_worth_it => look_at = Timestamp::MIN,
                () = self.parts.clock.sleep(nap), if is_worth_it => {}
            }
        }
        self.say_goodbye(lane, calls).await;
        while let Ok(unstarted) = born.try_recv() {
            self.give_back(unstarted).await;
        }
    }

    /// Starts what waits in the store; returns when to look again.
    async fn fill(&self, lane: &Arc<Lane>, room: usize, calls: &mut Calls) -> Timestamp {
        let now = self.now();
        let claimed = match self.claim(lane, room).await {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::warn!(%error, destination = lane.name, "the lane cannot look for work");
                return STORE_PAUSE.after(now);
            }
        };
        let is_full = claimed.len() == room;
        for work in claimed {
            self.start(lane, work, calls);
        }
        if is_full {
            return now;
        }
        if let Some(until) = lane.pause(now) {
            return until;
        }
        match self.parts.store.next_outbox_at(&lane.name).await {
            Ok(Some(at)) => at,
            Ok(None) => NAP_MAX.after(now),
            Err(_) => STORE_PAUSE.after(now),
        }
    }

    fn start(&self, lane: &Arc<Lane>, work: Born, calls: &mut Calls) {
        let (engine, lane) = (self.clone(), Arc::clone(lane));
        calls.spawn(async move { engine.carry(&lane, work).await });
    }

    /// Lets calls end that are in flight. One that does not is cut off: its lease lapses, and it
    /// is made again.
    async fn say_goodbye(&self, lane: &Lane, mut calls: Calls) {
        let end = GOODBYE_MAX.after(self.now());
        let all = async { while calls.join_next().await.is_some() {} };
        tokio::select! {
            () = all => {}
            () = pause::until(&*self.parts.clock, end) => {
                tracing::warn!(destination = lane.name, "calls in flight were cut off");
            }
        }
    }

    /// Work that was handed over and not begun goes back at once.
    async fn give_back(&self, work: Born) {
        use ports::store::{Commit, PutBack, WorkKey};
        let Born { claimed, .. } = work;
        let key = WorkKey::Outbox { id: claimed.work.id, fence: claimed.fence };
        let (due, attempts) = (claimed.work.due, claimed.work.attempts);
        let put_back = vec![PutBack { work: key, due, attempts }];
        let commit = Commit { put_back, ..Commit::default() };
        if let Err(error) = self.parts.store.commit(commit).await {
            tracing::warn!(%error, "work waits for its lease to end");
        }
    }

    async fn serve_timers(&self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let next = match self.run_timers_once().await {
                Ok(0) => self.next_timer_at().await,
                Ok(_) => continue,
                Err(error) => Err(error),
            };
            let next = next.unwrap_or_else(|error| {
                tracing::warn!(%error, "timers cannot be looked at");
                Some(STORE_PAUSE.after(self.now()))
            });
            self.inner.alarm.wait_for(next);
            let nap = self.nap(next.unwrap_or(Timestamp::MAX));
            tokio::select! {
                _ = stop.changed() => break,
                () = self.inner.alarm.rung.notified() => {}
                () = self.parts.clock.sleep(nap) => {}
            }
        }
    }

    async fn serve_sweeps(&self, mut interrupted: Interrupted, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            self.take_up(&mut interrupted).await;
            if let Err(error) = self.sweep_once().await {
                tracing::warn!(%error, "expired records stay for now");
            }
            let at = SWEEP_EVERY.after(self.now());
            tokio::select! {
                _ = stop.changed() => break,
                () = pause::until(&*self.parts.clock, at) => {}
            }
        }
    }

    /// Deletes what has expired, gives up what waits for destinations that are gone, and sets the
    /// gauges.
    pub async fn sweep_once(&self) -> Result<(), EngineError> {
        let store = &self.parts.store;
        while store.sweep(self.now(), SWEEP_BATCH).await? == u64::from(SWEEP_BATCH) {
            pause::give_way().await;
        }
        for lane in self.inner.lanes.all() {
            Meter::Waiting.set_by("destination", &lane.name, 0.0);
        }
        for (destination, count) in store.outbox_depth().await? {
            Meter::Waiting.set_by("destination", &destination, count as f64);
            if self.inner.lanes.get(&destination).is_none() {
                self.give_up_orphans(&destination).await?;
            }
        }
        for (state, count) in store.count_cases().await? {
            Meter::Cases.set_by("state", state.name(), count as f64);
        }
        Ok(())
    }

    /// What is due at a destination that is gone has failed; what is due later is looked at then.
    async fn give_up_orphans(&self, destination: &str) -> Result<(), EngineError> {
        let mut count = 0;
        loop {
            match self.settle_orphans(destination).await? {
                0 => break,
                some => count += some,
            }
        }
        if count > 0 {
            tracing::warn!(destination, count, "messages waited for a destination that is gone");
        }
        Ok(())
    }

    fn nap(&self, until: Timestamp) -> Duration {
        let left = Duration::try_from(until.duration_since(self.now())).unwrap_or_default();
        left.clamp(Duration::from_millis(1), NAP_MAX.as_duration())
    }
}
