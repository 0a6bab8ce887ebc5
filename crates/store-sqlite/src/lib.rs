//! The embedded store: one SQLite file.
//!
//! One thread writes. It takes all the transactions that wait and makes them durable together
//! (write-ahead log, `synchronous=FULL`), so that many callers share one wait for the disk. A few
//! threads read, each over a connection that cannot write. Callers only ever wait on a channel.
//!
//! It never interprets a snapshot, a payload or a record's value, and never logs any. One process
//! may serve a store ([`SqliteStore::open`]); any number may look at it meanwhile
//! ([`SqliteStore::open_read_only`]). Start reading with `writer.rs`, then `writer/commit.rs`; the
//! tables are in `migrations/`.

mod columns;
mod copying;
mod devices;
mod error;
mod files;
mod open;
mod queries;
mod reader;
mod schema;
mod states;
mod store;
mod writer;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

pub use copying::{CopyError, compact, copy};
pub use devices::{SqliteDeviceStore, compact as compact_devices};
pub use open::{OpenError, Options};
pub use states::SqliteStates;

use crate::{files::ServingLock, reader::Readers, writer::Writer};

/// A store in one SQLite file. Dropping it finishes what was accepted and closes the file.
pub struct SqliteStore {
    // In the order of their closing: the writer's connection, closed last, folds the log back
    // into the file; the lock outlives every connection.
    readers: Readers,
    writer: Option<Writer>,
    folder: PathBuf,
    _lock: Option<ServingLock>,
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore").finish_non_exhaustive()
    }
}
