//! Requests that must not take effect twice: what was answered to them, for as long as they could
//! come again.

use model::Timestamp;
use ports::store::{Commit, Record, RecordOp, Space, StoreError};

use crate::engine::{Engine, EngineError};

/// Where it is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Book {
    /// Signed requests of sources.
    Replay,
    /// Requests with an idempotency key.
    Idempotency,
}

impl Book {
    fn space(self) -> Space {
        match self {
            Self::Replay => Space::Replay,
            Self::Idempotency => Space::Idempotency,
        }
    }

    fn record(self, key: &str, value: Vec<u8>, until: Timestamp) -> Record {
        let space = self.space();
        Record { space, key: key.to_owned(), owner: None, value, expires_at: Some(until) }
    }
}

impl Engine {
    /// What was written down under this key.
    pub async fn recall(&self, book: Book, key: &str) -> Result<Option<Vec<u8>>, EngineError> {
        let now = self.parts.clock.now();
        let record = self.parts.store.record(book.space(), key, now).await?;
        Ok(record.map(|record| record.value))
    }

    /// Writes down, over what was there.
    pub async fn remember(
        &self,
        book: Book,
        key: &str,
        value: Vec<u8>,
        until: Timestamp,
    ) -> Result<(), EngineError> {
        self.note_down(RecordOp::Put(book.record(key, value, until))).await?;
        Ok(())
    }

    /// Writes down if nothing is there; whether that was so. Of two at the same time one wins.
    pub async fn reserve(
        &self,
        book: Book,
        key: &str,
        value: Vec<u8>,
        until: Timestamp,
    ) -> Result<bool, EngineError> {
        let now = self.parts.clock.now();
        let record = book.record(key, value, until);
        match self.note_down(RecordOp::Insert { record, now }).await {
            Ok(()) => Ok(true),
            Err(StoreError::Conflict) => Ok(false),
            Err(other) => Err(other.into()),
        }
    }

    /// Forgets what was written down.
    pub async fn forget(&self, book: Book, key: &str) -> Result<(), EngineError> {
        self.note_down(RecordOp::Delete { space: book.space(), key: key.to_owned() }).await?;
        Ok(())
    }

    async fn note_down(&self, op: RecordOp) -> Result<(), StoreError> {
        self.parts.store.commit(Commit { records: vec![op], ..Commit::default() }).await
    }
}
