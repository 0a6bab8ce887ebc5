//! Requests that must not take effect twice: what was answered to them, for as long as they could
//! come again.

use model::Timestamp;
use ports::store::{Commit, Record, RecordOp, Space, StoreError};
use sha2::{Digest, Sha256};
use tokio::sync::MutexGuard;

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

/// The turn of a request: while it lives nobody else is at work on the same one.
#[derive(Debug)]
pub struct Turn<'e>(#[expect(dead_code, reason = "held for its lock")] MutexGuard<'e, ()>);

impl Engine {
    /// Waits until nobody else is at work on the request of this key. To be held from before it is
    /// looked whether it was answered until the answer is written down: else of two at the same
    /// time neither finds what the other is about to do.
    pub async fn turn_of(&self, key: &str) -> Turn<'_> {
        let hash = Sha256::digest(key);
        let mut first = [0; 16];
        first.copy_from_slice(&hash[..16]);
        Turn(self.inner.requests.lock(u128::from_be_bytes(first)).await)
    }

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

    /// Writes down in the place of what this caller has reserved. Where that has run out and another
    /// has reserved it since, theirs stays.
    pub async fn fulfil(
        &self,
        book: Book,
        key: &str,
        reserved: Vec<u8>,
        value: Vec<u8>,
        until: Timestamp,
    ) -> Result<(), EngineError> {
        let record = book.record(key, value.clone(), until);
        let swap = RecordOp::Swap { expected: Some(reserved), record, now: self.now() };
        match self.note_down(swap).await {
            Err(StoreError::Conflict) => self.reserve(book, key, value, until).await.map(|_| ()),
            other => Ok(other?),
        }
    }

    /// Gives up what this caller has reserved, and nothing that another has written down since.
    pub async fn give_up(
        &self,
        book: Book,
        key: &str,
        reserved: Vec<u8>,
    ) -> Result<(), EngineError> {
        let now = self.now();
        let record = book.record(key, reserved.clone(), now);
        match self.note_down(RecordOp::Swap { expected: Some(reserved), record, now }).await {
            Err(StoreError::Conflict) => Ok(()),
            other => Ok(other?),
        }
    }

    async fn note_down(&self, op: RecordOp) -> Result<(), StoreError> {
        self.parts.store.commit(Commit { records: vec![op], ..Commit::default() }).await
    }
}

#[cfg(test)]
mod tests {
    use model::Span;

    use super::*;
    use crate::tests::world::{World, run};

    #[test]
    fn a_request_that_took_too_long_leaves_the_key_of_the_next_one_alone() {
        run(async {
            let world = World::new();
            let engine = &world.engine;
            let until = || Span::minutes(1).after(engine.now());
            let reserve = |value: &'static [u8]| {
                engine.reserve(Book::Idempotency, "key", value.to_vec(), until())
            };
            let lies = || async { engine.recall(Book::Idempotency, "key").await.expect("a book") };

            assert!(reserve(b"first").await.expect("a book"));
            world.clock.advance(Span::seconds(61));
            assert!(reserve(b"second").await.expect("a book"));
            engine.give_up(Book::Idempotency, "key", b"first".to_vec()).await.expect("given up");
            assert_eq!(lies().await.as_deref(), Some(&b"second"[..]), "it is still at work");
            let late = engine.fulfil(
                Book::Idempotency,
                "key",
                b"first".to_vec(),
                b"late".to_vec(),
                until(),
            );
            late.await.expect("done");
            assert_eq!(lies().await.as_deref(), Some(&b"second"[..]), "it is still at work");

            engine.give_up(Book::Idempotency, "key", b"second".to_vec()).await.expect("given up");
            assert_eq!(lies().await, None);
            assert!(reserve(b"third").await.expect("a book"), "the key is free");
        });
    }
}
