//! Whether the disk has room for new alerts. Open cases proceed on the reserve.

use std::sync::{Mutex, PoisonError};

use model::{Span, Timestamp};

use crate::{
    engine::{Engine, EngineError},
    meters::Meter,
};

/// How long one look at the disk counts.
const LOOK_LIFE: Span = Span::seconds(1);

/// The last look at the disk.
#[derive(Default)]
pub(crate) struct DiskWatch(Mutex<Option<Look>>);

#[derive(Clone, Copy)]
struct Look {
    at: Timestamp,
    has_room: bool,
}

impl DiskWatch {
    fn last(&self, now: Timestamp) -> Option<bool> {
        let look = (*self.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        // A clock that was set back must not make an old look last.
        let is_fresh = look.at <= now && now < LOOK_LIFE.after(look.at);
        is_fresh.then_some(look.has_room)
    }

    fn keep(&self, look: Look) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(look);
    }
}

impl Engine {
    /// Refuses new work while the disk has no more than its reserve.
    pub(crate) async fn require_room(&self) -> Result<(), EngineError> {
        let now = self.now();
        let has_room = match self.inner.disk.last(now) {
            Some(known) => known,
            None => self.look_at_disk(now).await?,
        };
        if has_room {
            return Ok(());
        }
        Err(EngineError::Unavailable("the disk has only its reserve left".to_owned()))
    }

    async fn look_at_disk(&self, now: Timestamp) -> Result<bool, EngineError> {
        let free = self.parts.store.free_bytes().await?;
        if let Some(bytes) = free {
            metrics::gauge!(Meter::FreeBytes.name()).set(bytes as f64);
        }
        let reserve = self.parts.settings.disk_reserve_bytes;
        let has_room = free.is_none_or(|bytes| bytes > reserve);
        self.inner.disk.keep(Look { at: now, has_room });
        Ok(has_room)
    }
}
