//! The embedded store of devices: one SQLite file of its own.
//!
//! It lies beside the cases and not among them, so that a sweep through a hundred thousand devices
//! never keeps a case waiting, and so that all of it can be thrown away and read again from its
//! sources. One thread writes, a few read. What is opaque to the port is opaque here. Start with
//! `devices/commit.rs`; the tables are in `devices/0001_first.sql`.

mod beside;
mod commit;
mod frame;
mod lists;
mod open;
mod store;
mod writer;

#[cfg(test)]
mod tests;

use crate::{files::ServingLock, reader::Readers};
pub use open::compact;
use writer::Writer;

/// A store of devices in one SQLite file. Dropping it finishes what was accepted.
pub struct SqliteDeviceStore {
    // In the order of their closing: the writer folds the log back; the lock outlives all.
    readers: Readers,
    writer: Option<Writer>,
    _lock: Option<ServingLock>,
}

impl std::fmt::Debug for SqliteDeviceStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteDeviceStore").finish_non_exhaustive()
    }
}
