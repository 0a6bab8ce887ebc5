//! What a round has raised is handed over while the next one is evaluated, in the order of the log.

use std::sync::{Arc, atomic::Ordering};

use detect::engine::{Output, Raised};
use ports::event_log::Position;
use tokio::{sync::watch, task::JoinHandle};

use super::{Inner, PAUSE, Pipeline, Work};
use crate::meters::Meter;

/// What is being handed over. It ends with whoever waits for it.
#[derive(Debug)]
pub(super) struct Raising(JoinHandle<bool>);

impl Drop for Raising {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Pipeline {
    /// Begins to hand over what batches have raised, once what came before is. False where that
    /// has to be tried again later.
    pub(super) async fn begin_raising(
        &mut self,
        done: Vec<(Work, Output)>,
        next: Position,
        stop: &watch::Receiver<bool>,
    ) -> bool {
        if !self.finish_raising().await {
            return false;
        }
        let (inner, stop) = (Arc::clone(&self.inner), stop.clone());
        let raising = async move { inner.raise_all(done, next, &stop).await };
        self.raising = Some(Raising(tokio::spawn(raising)));
        true
    }

    /// Waits until all that was raised is handed over. False where it was told to stop, or that ended
    /// badly: what was not raised is evaluated again, as no checkpoint is past it.
    pub(super) async fn finish_raising(&mut self) -> bool {
        let Some(mut raising) = self.raising.take() else { return true };
        let is_raised = (&mut raising.0).await.unwrap_or_else(|error| {
            tracing::error!(%error, "handing over what was raised ended badly: it is found again");
            Meter::Panics.count_by("destination", "detection");
            false
        });
        if !is_raised {
            self.engine = None;
            self.has_changed = false;
        }
        is_raised
    }
}

impl Inner {
    async fn raise_all(
        &self,
        done: Vec<(Work, Output)>,
        next: Position,
        stop: &watch::Receiver<bool>,
    ) -> bool {
        for (work, output) in done {
            if !self.raise_patiently(&work, output.raised, stop).await {
                return false;
            }
            // Whoever reads a count finds its alerts.
            self.count(output.tallies);
            Meter::EventsEvaluated.add_by("source", &work.source, work.records);
            Meter::EventsLate.add(output.counts.late);
            // What was stored before this process began was not counted.
            let _ = self.backlog.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |waiting| {
                Some(waiting.saturating_sub(work.records))
            });
        }
        self.evaluated.fetch_max(next.0, Ordering::Relaxed);
        true
    }

    /// Raises what a batch has raised; tried until it is taken. False where it was told to stop.
    async fn raise_patiently(
        &self,
        work: &Work,
        raised: Vec<Raised>,
        stop: &watch::Receiver<bool>,
    ) -> bool {
        let raised = self.recorded(work.received_at, raised);
        while let Err(error) = self.raise(&work.source, work.received_at, &raised).await {
            tracing::warn!(%error, "alerts of detection wait");
            if *stop.borrow() {
                return false;
            }
            self.engine.parts.clock.sleep(PAUSE).await;
        }
        true
    }
}
