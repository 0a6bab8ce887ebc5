//! A handle on a memory store that fails when it is told to, and then does nothing.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use super::MemoryStore;
use crate::store::{Commit, Space, StoreError};

/// A call that may fail.
#[derive(Debug)]
pub enum Call<'c> {
    /// A commit of this.
    Commit(&'c Commit),
    /// A look at the records of this space.
    Records(Space),
    /// A look for the next timer.
    NextTimer,
}

type Fails = Box<dyn FnMut(Call<'_>) -> bool + Send>;

/// Which calls of a handle fail: none at first.
#[derive(Clone)]
pub(super) struct Mood(Arc<Mutex<Fails>>);

impl Default for Mood {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Box::new(|_| false))))
    }
}

impl fmt::Debug for Mood {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mood")
    }
}

impl Mood {
    pub(super) fn allow(&self, call: Call<'_>) -> Result<(), StoreError> {
        let mut fails = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match fails(call) {
            true => Err(StoreError::Unavailable("a bad moment".to_owned())),
            false => Ok(()),
        }
    }
}

impl MemoryStore {
    /// The same store behind a handle with a mood of its own.
    #[must_use]
    pub fn moody(&self) -> Self {
        Self { state: Arc::clone(&self.state), mood: Mood::default() }
    }

    /// From now on the calls by this handle and its clones fail of which this is true. It may use
    /// the store by another handle.
    pub fn fail(&self, fails: impl FnMut(Call<'_>) -> bool + Send + 'static) {
        *self.mood.0.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(fails);
    }

    /// From now on nothing fails.
    pub fn recover(&self) {
        self.fail(|_| false);
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use model::Timestamp;

    use super::*;
    use crate::store::Store as _;

    #[test]
    fn a_handle_fails_as_it_is_told_and_no_other_does() {
        let store = MemoryStore::new();
        let moody = store.moody();
        moody.fail(|call| matches!(call, Call::NextTimer));
        assert!(block_on(moody.next_timer_at()).is_err());
        assert!(block_on(moody.clone().next_timer_at()).is_err());
        assert_eq!(block_on(store.next_timer_at()), Ok(None));
        assert_eq!(block_on(moody.commit(Commit::default())), Ok(()));
        let (any, now) = (Space::Session, Timestamp::UNIX_EPOCH);
        assert!(block_on(moody.records(any, None, "", now, 1)).is_ok());
        moody.recover();
        assert_eq!(block_on(moody.next_timer_at()), Ok(None));
    }
}
