//! Opening a store, to serve it or to look at it.

use std::{io, path::Path, time::Duration};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::{
    SqliteStore,
    files::{self, ServingLock},
    reader::Readers,
    schema,
    writer::Writer,
};

/// How many connections read.
const READERS: usize = 3;
/// The writer's page cache. Together with the readers' this is what the store may keep in memory,
/// however many cases are open.
const WRITER_CACHE_KIB: i32 = 16 * 1024;
/// One reader's page cache.
const READER_CACHE_KIB: i32 = 1024;
/// The page cache of the connection that folds the log back: that goes past it.
const FOLDER_CACHE_KIB: i32 = 16;
/// What is left of the log's file once it was folded back. Writing over it is cheaper than making
/// it grow again.
const LOG_KEPT_BYTES: u32 = 96 * 1024 * 1024;
/// How long a connection waits for another's lock; ours are brief.
pub(crate) const LOCK_WAIT: Duration = Duration::from_secs(5);
/// Prepared statements kept for each connection.
const STATEMENTS: usize = 64;

/// How to open a store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// Beyond so many 4 KiB pages the store behaves as on a full disk; no ceiling when absent.
    pub max_pages: Option<u32>,
}

/// Why a store does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process serves it.
    #[error("another process is serving this store: stop it first")]
    InUse,
    /// A later release wrote it.
    #[error(
        "this store has schema {found} and this release knows up to {known}: \
         use the release that wrote it, or a later one"
    )]
    Newer {
        /// The schema of the file.
        found: i32,
        /// The newest one known.
        known: usize,
    },
    /// An earlier release wrote it, and a look must not change it.
    #[error("this store was written by an earlier release: start the server once to bring it up")]
    Older,
    /// It is another program's file.
    #[error("this file is not a store of countersign")]
    Foreign,
    /// There is nothing to look at.
    #[error("there is no store here")]
    Missing,
    /// The volume has no shared memory or locks, as some network volumes do not.
    #[error("this volume cannot hold a write-ahead log: use a local disk")]
    Volume,
    /// Its files or its folder cannot be made or opened.
    #[error("the files of the store cannot be opened")]
    Files(#[from] io::Error),
    /// SQLite refuses it.
    #[error("sqlite cannot open the store")]
    Sqlite(#[source] rusqlite::Error),
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::Foreign,
            _ => Self::Sqlite(error),
        }
    }
}

impl SqliteStore {
    /// Opens a store to serve it, making or migrating the file at `path` as needed. Waits for the
    /// disk, so call it before there is anything to keep waiting.
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
        let writer = Writer::start(connection, path.to_owned(), options)?;
        Ok(Self {
            readers: Readers::start(reading_all(path)?)?,
            writer: Some(writer),
            folder: files::folder(path),
            _lock: Some(lock),
        })
    }

    /// Opens a store to look at it, beside a process that serves it or without one. Every write
    /// is refused.
    pub fn open_read_only(path: &Path) -> Result<Self, OpenError> {
        if !path.is_file() {
            return Err(OpenError::Missing);
        }
        let connections = reading_all(path)?;
        if let Some(connection) = connections.first() {
            match schema::version(connection)? {
                schema::CURRENT => {}
                0 => return Err(OpenError::Foreign),
                _ => return Err(OpenError::Older),
            }
        }
        Ok(Self {
            readers: Readers::start(connections)?,
            writer: None,
            folder: files::folder(path),
            _lock: None,
        })
    }
}

/// A connection that writes.
pub(crate) fn writing(path: &Path, options: Options) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = connect(path, flags, WRITER_CACHE_KIB)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // The writer sees to that itself.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "journal_size_limit", LOG_KEPT_BYTES)?;
    // What is deleted in a page that is written anyway is overwritten.
    connection.pragma_update(None, "secure_delete", "FAST")?;
    if let Some(pages) = options.max_pages {
        connection.pragma_update(None, "max_page_count", pages)?;
    }
    Ok(connection)
}

/// A connection that folds the log back into the file.
pub(crate) fn folding(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = connect(path, flags, FOLDER_CACHE_KIB)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    Ok(connection)
}

pub(crate) fn reading_all(path: &Path) -> rusqlite::Result<Vec<Connection>> {
    (0..READERS).map(|_| reading(path)).collect()
}

/// A connection that cannot write.
pub(crate) fn reading(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    connect(path, flags, READER_CACHE_KIB)
}

fn connect(path: &Path, flags: OpenFlags, cache_kib: i32) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(LOCK_WAIT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Negative: in KiB rather than pages.
    connection.pragma_update(None, "cache_size", -cache_kib)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    // A tampered schema must not run functions of its choice.
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}
