//! Going on from what was saved, and with other rules.

use std::sync::{Arc, atomic::Ordering};

use detect::engine::{At, Reloaded, Restored};
use model::Timestamp;
use ports::event_log::Position;

use super::{Pipeline, ahead::READ_BYTES};
use crate::detection::{Inner, intake::on_thread};

impl Pipeline {
    /// Makes an engine that goes on from the last checkpoint. False where it cannot be read now.
    pub(super) async fn open(&mut self) -> bool {
        self.finish_raising().await;
        self.finish_saving().await;
        self.ahead = None;
        let inner = Arc::clone(&self.inner);
        inner.has_new_rules.store(false, Ordering::Release);
        let checkpoint = match inner.states.checkpoint().await {
            Ok(checkpoint) => checkpoint,
            Err(error) => {
                tracing::error!(%error, "what detection has learned cannot be read");
                return false;
            }
        };
        let mut engine = Box::new(inner.fresh());
        // Where nothing was saved yet, what this process has learned is gone as well.
        let parts = checkpoint.as_ref().map_or(&[][..], |checkpoint| &checkpoint.parts);
        inner.restore_tallies(parts);
        inner.restore_recorded(parts);
        self.next = checkpoint.as_ref().map_or(Position(0), |checkpoint| checkpoint.position);
        let restored = match checkpoint {
            None => Restored::default(),
            Some(checkpoint) => {
                let last = checkpoint.position.0.checked_sub(1);
                engine.restore(&checkpoint.parts, last)
            }
        };
        for part in &restored.unreadable {
            tracing::warn!(part, "a part of what detection has learned begins anew");
        }
        inner.saved.store(self.next.0, Ordering::Relaxed);
        inner.evaluated.store(self.next.0, Ordering::Relaxed);
        self.engine = Some(engine);
        self.unsaved = None;
        self.saved_at = inner.engine.now();
        tracing::info!(position = self.next.0, "detection goes on");
        self.count_again(&restored).await;
        true
    }

    /// Takes up rules that have changed.
    pub(super) async fn take_up_rules(&mut self) {
        let inner = Arc::clone(&self.inner);
        let reloaded = self.with_engine(move |engine| {
            let (rules, logs) = (inner.rules.load_full(), inner.logs());
            engine.reload(&Inner::setup(&rules, &logs))
        });
        let Some(Reloaded { kept, restored }) = reloaded.await else { return };
        self.has_changed = true;
        tracing::info!(kept = kept.len(), begun = restored.begun.len(), "rules were taken up");
        self.count_again(&restored).await;
    }

    /// Fills the windows of correlations that began anew from the log.
    async fn count_again(&mut self, restored: &Restored) {
        let (Some(engine), Some(past)) = (&self.engine, restored.past()) else { return };
        let (mut rebuild, end) = (engine.rebuild(restored), self.next);
        if !rebuild.is_needed() || end == Position(0) {
            return;
        }
        let since = past.before(self.inner.engine.now());
        let mut from = Position(0);
        while from < end {
            let range = (since, Timestamp::MAX);
            let read = self.inner.log.read_range(from, range, READ_BYTES).await;
            let (stored, next) = match read {
                Ok((stored, next)) if next > from => (stored, next),
                Ok(_) => break,
                Err(error) => {
                    tracing::error!(%error, "windows of rules begin empty");
                    return;
                }
            };
            from = next;
            let (inner, threads) = (Arc::clone(&self.inner), self.threads);
            let counted = on_thread(move || {
                for stored in stored.into_iter().filter(|stored| stored.position < end) {
                    let Ok(batch) = stored.batch else { continue };
                    let work = inner.read_again(stored.position.0, batch);
                    let at = At { position: work.position, received_at: work.received_at };
                    rebuild.batch(&work.events, at, &threads);
                }
                rebuild
            });
            match counted.await {
                Ok(counted) => rebuild = counted,
                Err(_) => return,
            }
        }
        if let Some(engine) = &mut self.engine {
            engine.adopt(rebuild);
        }
    }
}
