//! Opening a file of states.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags};

use super::{SqliteStates, clerk::Clerk, schema};
use crate::{
    OpenError, Options,
    files::{self, ServingLock},
    reader::Readers,
};

/// How many connections read.
const READERS: usize = 2;
/// The writer's page cache: the table of keys of a million entities, and some values.
const WRITER_CACHE_KIB: i32 = 48 * 1024;
/// One reader's page cache: most of the table of keys.
const READER_CACHE_KIB: i32 = 24 * 1024;
/// After so many pages (128 MiB) the write-ahead log is folded back into the file. Pages that are
/// written by save after save are then folded back once.
const CHECKPOINT_PAGES: u32 = 32 * 1024;
/// What is left of the log's file once it was folded back.
const LOG_KEPT_BYTES: u32 = 192 * 1024 * 1024;
/// How long a connection waits for another's lock; ours are brief.
const LOCK_WAIT: Duration = Duration::from_secs(5);

impl SqliteStates {
    /// Opens the states at `path`, making or migrating the file as needed. Waits for the disk, so
    /// call it before there is anything to keep waiting. A file that is lost or damaged may be
    /// removed: what it held comes back from the event log.
    pub fn open(path: &Path, options: Options) -> Result<Self, OpenError> {
        files::make_private(path)?;
        let lock = ServingLock::take(path)?;
        let mut connection = writing(path, options)?;
        let version = schema::version(&connection)?;
        let mode: String =
            connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
        if mode != "wal" {
            return Err(OpenError::Volume);
        }
        schema::migrate(&mut connection, version)?;
        let reading = (0..READERS).map(|_| reading(path)).collect::<rusqlite::Result<_>>()?;
        let readers = Readers::start(reading)?;
        Ok(Self { readers, clerk: Clerk::start(connection)?, _lock: lock })
    }
}

fn writing(path: &Path, options: Options) -> rusqlite::Result<Connection> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, WRITER_CACHE_KIB)?;
    // The event log is the truth. An older checkpoint is as right as a newer one, and a log of
    // SQLite is cut where it is torn, so that no save is there in part.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "journal_size_limit", LOG_KEPT_BYTES)?;
    if let Some(pages) = options.max_pages {
        connection.pragma_update(None, "max_page_count", pages)?;
    }
    Ok(connection)
}

fn reading(path: &Path) -> rusqlite::Result<Connection> {
    connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY, READER_CACHE_KIB)
}

fn connect(path: &Path, flags: OpenFlags, cache_kib: i32) -> rusqlite::Result<Connection> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(LOCK_WAIT)?;
    // Negative: in KiB rather than pages.
    connection.pragma_update(None, "cache_size", -cache_kib)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    // A tampered schema must not run functions of its choice.
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}
