//! Detection's states in memory: the fake for tests and the simulator.
//!
//! It keeps every promise of [`States`] but durability, waits for nothing and needs no executor.
//! A clone is the same store: a server that was "killed" starts again over it.

use std::{
    collections::BTreeMap,
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
};

use async_trait::async_trait;

use super::{Checkpoint, StateKey, StateSave, States};
use crate::store::StoreError;

/// States in memory. Clones share what they hold.
#[derive(Debug, Clone, Default)]
pub struct MemoryStates(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
struct Held {
    values: BTreeMap<StateKey, Vec<u8>>,
    checkpoint: Option<Checkpoint>,
    is_silent: bool,
    is_slow: bool,
}

impl MemoryStates {
    /// Nothing learned yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on nothing can be read, or again everything.
    pub fn silence(&self, is_silent: bool) {
        self.held().is_silent = is_silent;
    }

    /// From now on no saving comes to its end, or again every one.
    pub fn slow(&self, is_slow: bool) {
        self.held().is_slow = is_slow;
    }

    async fn no_longer_slow(&self) {
        poll_fn(|context| match self.held().is_slow {
            true => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            false => Poll::Ready(()),
        })
        .await;
    }

    fn heard(&self) -> Result<MutexGuard<'_, Held>, StoreError> {
        let held = self.held();
        if held.is_silent { Err(StoreError::Unavailable("silenced".into())) } else { Ok(held) }
    }

    /// No call panics half-way through a change, so that a poisoned lock still guards whole data.
    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl States for MemoryStates {
    async fn checkpoint(&self) -> Result<Option<Checkpoint>, StoreError> {
        Ok(self.heard()?.checkpoint.clone())
    }

    async fn load(&self, keys: &[StateKey]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let held = self.heard()?;
        Ok(keys.iter().map(|key| held.values.get(key).cloned()).collect())
    }

    async fn save(&self, save: StateSave) -> Result<(), StoreError> {
        self.no_longer_slow().await;
        let mut held = self.held();
        for (key, value) in save.values {
            match value {
                Some(value) => held.values.insert(key, value),
                None => held.values.remove(&key),
            };
        }
        held.checkpoint = save.checkpoint.or(held.checkpoint.take());
        Ok(())
    }

    async fn size(&self) -> Result<(u64, u64), StoreError> {
        let held = self.held();
        let bytes: usize = held.values.values().map(Vec::len).sum();
        Ok((held.values.len() as u64, bytes as u64))
    }

    async fn clear(&self) -> Result<(), StoreError> {
        *self.held() = Held::default();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_states_keep_every_promise_of_the_port() {
        futures::executor::block_on(crate::conformance::states(async || {
            let states: Arc<dyn States> = Arc::new(MemoryStates::new());
            states
        }));
    }
}
