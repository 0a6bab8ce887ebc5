//! Detection's states in a SQLite file of their own.
//!
//! Nothing waits for the disk (`synchronous=NORMAL`): after a loss of power the newest saves may
//! be gone, one after another and each as a whole, and the event log is read again from the
//! checkpoint that is left. One thread writes; two read.
//!
//! An entity is found by its key in a small table, and its value by a number in the order in which
//! entities were first seen. What changes often was mostly seen early and so lies close together:
//! a save then writes a tenth of the pages that it would if values lay in the order of their keys,
//! which are digests.

mod clerk;
mod load;
mod open;
mod save;
mod schema;

#[cfg(test)]
mod tests;

use async_trait::async_trait;
use ports::{
    states::{Checkpoint, StateKey, StateSave, States},
    store::StoreError,
};

use crate::{files::ServingLock, reader::Readers};
use clerk::Clerk;

/// Detection's states in one SQLite file. Dropping it finishes what was accepted.
pub struct SqliteStates {
    // In the order of their closing: the last connection folds the log back into the file, and the
    // lock outlives all.
    readers: Readers,
    clerk: Clerk,
    _lock: ServingLock,
}

impl std::fmt::Debug for SqliteStates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStates").finish_non_exhaustive()
    }
}

#[async_trait]
impl States for SqliteStates {
    async fn checkpoint(&self) -> Result<Option<Checkpoint>, StoreError> {
        self.readers.read(load::checkpoint).await
    }

    async fn load(&self, keys: &[StateKey]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let keys = keys.to_vec();
        self.readers.read(move |connection| load::values(connection, &keys)).await
    }

    async fn save(&self, save: StateSave) -> Result<(), StoreError> {
        self.clerk.write(move |transaction| save::carry_out(transaction, save)).await
    }

    async fn size(&self) -> Result<(u64, u64), StoreError> {
        self.readers.read(load::size).await
    }

    async fn clear(&self) -> Result<(), StoreError> {
        self.clerk.write(save::clear).await
    }
}
