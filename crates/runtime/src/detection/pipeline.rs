//! The pipeline: batches in the order of the log, through the engine, out as alerts.
//!
//! In each round: what waits is gathered; the engine looks at it, on as many threads as are set;
//! the entities that it wants are loaded; it is applied; what was raised is handed to intake, which
//! knows it again by its id, while the next round begins. Only then may a checkpoint be saved that
//! is past it. So after a crash at any place the same is read again, counted once and raised once.

mod ahead;
mod open;
mod raising;
mod round;
mod saving;

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use detect::engine::Engine;
use model::Timestamp;
use ports::{event_log::Position, states::StateSave};
use tokio::sync::watch;

use super::{Inner, handover::Work, intake::on_thread, threads::Threads};
use ahead::Ahead;
use raising::Raising;
use saving::Saving;

/// The longest wait before the log is looked at for what nobody told of.
const NAP: Duration = Duration::from_secs(1);
/// How long a batch that was told of may take to be handed over before it is read from the log.
const HANDOVER_WAIT: Duration = Duration::from_millis(3);
/// The pause after the states, the log or the store did not answer.
const PAUSE: Duration = Duration::from_secs(1);

/// The pipeline at work.
pub(super) struct Pipeline {
    inner: Arc<Inner>,
    /// Elsewhere while a thread works with it.
    engine: Option<Box<Engine>>,
    threads: Threads,
    /// The first batch that is not evaluated.
    next: Position,
    /// What could not be saved yet.
    unsaved: Option<StateSave>,
    /// What is being saved.
    saving: Option<Saving>,
    /// What is being handed over.
    raising: Option<Raising>,
    /// What is being read of the log.
    ahead: Option<Ahead>,
    saved_at: Timestamp,
    has_changed: bool,
    /// Rounds are of one batch each until this one is passed: a round before ended badly.
    careful_until: u64,
    /// Batches that no round survives. They are passed over.
    poisonous: BTreeSet<u64>,
}

/// What a step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// There may be more to do at once.
    Busy,
    /// There was nothing to do.
    Idle,
    /// Something did not answer: later.
    Stuck,
}

/// Runs until told to stop; saves what was learned at the end.
pub(super) async fn run(inner: Arc<Inner>, mut stop: watch::Receiver<bool>) {
    let mut pipeline = Pipeline::new(inner);
    while !*stop.borrow() {
        match pipeline.step(&stop).await {
            Step::Busy => {}
            Step::Idle => pipeline.wait(NAP, &mut stop).await,
            Step::Stuck => pipeline.wait(PAUSE, &mut stop).await,
        }
    }
    pipeline.save().await;
}

impl Pipeline {
    pub(super) fn new(inner: Arc<Inner>) -> Self {
        let threads = Threads(inner.settings.threads);
        Self {
            inner,
            engine: None,
            threads,
            next: Position::default(),
            unsaved: None,
            saving: None,
            raising: None,
            ahead: None,
            saved_at: Timestamp::MIN,
            has_changed: false,
            careful_until: 0,
            poisonous: BTreeSet::new(),
        }
    }

    /// Does what is to be done next, and lets it be known whether that went well.
    pub(super) async fn step(&mut self, stop: &watch::Receiver<bool>) -> Step {
        let step = self.next_step(stop).await;
        self.inner.is_stuck.store(step == Step::Stuck, Ordering::Relaxed);
        step
    }

    async fn next_step(&mut self, stop: &watch::Receiver<bool>) -> Step {
        if self.engine.is_none() && !self.open().await {
            return Step::Stuck;
        }
        if self.inner.has_new_rules.swap(false, Ordering::AcqRel) {
            self.take_up_rules().await;
        }
        let step = match self.gather().await {
            Ok(work) if work.is_empty() => match self.finish_raising().await {
                true => {
                    // Batches of which nothing came are behind it too.
                    self.inner.evaluated.fetch_max(self.next.0, Ordering::Relaxed);
                    Step::Idle
                }
                false => Step::Stuck,
            },
            Ok(work) => match self.round(work, stop).await {
                true => Step::Busy,
                false => Step::Stuck,
            },
            Err(error) => {
                tracing::error!(%error, "the event log cannot be read");
                Step::Stuck
            }
        };
        self.tend_savings().await;
        step
    }

    async fn wait(&self, longest: Duration, stop: &mut watch::Receiver<bool>) {
        tokio::select! {
            _ = stop.changed() => {}
            () = self.inner.handover.changed.notified() => {}
            () = self.inner.engine.parts.clock.sleep(longest) => {}
        }
    }

    /// Does something with the engine on a thread. Where that ends badly the engine is gone, and
    /// is opened again as it was saved.
    async fn with_engine<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Engine) -> T + Send + 'static,
    ) -> Option<T> {
        let mut engine = self.engine.take()?;
        let done = on_thread(move || {
            let done = work(&mut engine);
            (engine, done)
        });
        let (engine, done) = done.await.ok()?;
        self.engine = Some(engine);
        Some(done)
    }
}
