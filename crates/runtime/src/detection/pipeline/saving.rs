//! What was learned is saved beside the rounds that follow: no event waits for the disk.
//!
//! A saving holds the entities as they were at its position. What changes meanwhile is of the next
//! one; and only what is stored as it is may leave memory.

use std::sync::{Arc, atomic::Ordering};

use detect::engine::Engine;
use model::Span;
use ports::{
    event_log::Position,
    states::{Checkpoint, StateKey, StateSave},
};
use tokio::sync::oneshot::{self, error::TryRecvError};

use super::Pipeline;
use crate::meters::Meter;

/// Between two savings of what was learned. What came since is looked at again after a kill.
const SAVE_EVERY: Span = Span::seconds(3);
/// Entities above what is to stay resident at which a saving is due, as a divisor.
const SURPLUS_PART: usize = 4;

/// A saving that has begun; it ends with what could not be saved.
#[derive(Debug)]
pub(super) struct Saving {
    position: Position,
    end: oneshot::Receiver<Result<(), StateSave>>,
}

impl Pipeline {
    /// Takes up the end of a saving, and begins one where one is due.
    pub(super) async fn tend_savings(&mut self) {
        if let Some(saving) = &mut self.saving {
            let (position, end) = (saving.position, saving.end.try_recv());
            if !matches!(end, Err(TryRecvError::Empty)) {
                self.saving = None;
                self.ended(position, end.ok()).await;
            }
        }
        if self.is_save_due() {
            self.begin_save().await;
        }
    }

    /// Saves what was learned, and waits for that.
    pub(in crate::detection) async fn save(&mut self) {
        self.finish_raising().await;
        self.finish_saving().await;
        if self.has_changed {
            self.begin_save().await;
            self.finish_saving().await;
        }
    }

    /// Waits for the saving that has begun.
    pub(super) async fn finish_saving(&mut self) {
        let Some(Saving { position, end }) = self.saving.take() else { return };
        self.ended(position, end.await.ok()).await;
    }

    fn is_save_due(&self) -> bool {
        let now = self.inner.engine.now();
        let is_old = now >= SAVE_EVERY.after(self.saved_at) || now < self.saved_at;
        let most = self.inner.settings.residents;
        let is_large = || {
            let size = self.engine.as_ref().map_or(0, |engine| engine.size().entities);
            size > most + most / SURPLUS_PART
        };
        self.saving.is_none() && self.has_changed && (is_old || is_large())
    }

    async fn begin_save(&mut self) {
        self.saved_at = self.inner.engine.now();
        if !self.finish_raising().await {
            return;
        }
        let Some(new) = self.with_engine(Engine::checkpoint).await else { return };
        self.has_changed = false;
        let values = new.values.into_iter().map(|(key, value)| (StateKey(key.0), Some(value)));
        let mut save = self.unsaved.take().unwrap_or_default();
        save.values.extend(values);
        let mut parts = new.parts;
        parts.extend([self.inner.tallies_part(), self.inner.recorded_part()]);
        let position = self.next;
        save.checkpoint = Some(Checkpoint { position, rules: new.name, parts });
        let (told, end) = oneshot::channel();
        let inner = Arc::clone(&self.inner);
        tokio::spawn(async move {
            let saved = inner.states.save(save.clone()).await.map_err(|error| {
                tracing::error!(%error, "what detection has learned could not be saved");
                save
            });
            // A pipeline that has gone needs no answer.
            let _gone = told.send(saved);
            inner.handover.wake();
        });
        self.saving = Some(Saving { position, end });
    }

    /// Lets go of the entities that were not used for longest, once they are saved.
    async fn ended(&mut self, position: Position, end: Option<Result<(), StateSave>>) {
        match end {
            None => {
                tracing::error!("saving what was learned ended badly: it is learned again");
                Meter::Panics.count_by("destination", "detection");
                self.engine = None;
            }
            Some(Ok(())) => {
                self.inner.saved.store(position.0, Ordering::Relaxed);
                let most = self.inner.settings.residents;
                self.with_engine(move |engine| engine.evict(most)).await;
            }
            Some(Err(save)) => {
                self.unsaved = Some(save);
                self.has_changed = true;
            }
        }
        if let Some(engine) = &self.engine {
            let size = engine.size();
            Meter::Entities.set(size.entities as f64);
            Meter::EntityBytes.set(size.entity_bytes as f64);
        }
    }
}
