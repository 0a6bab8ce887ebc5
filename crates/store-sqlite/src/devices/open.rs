//! Opening a store of devices.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::{SqliteDeviceStore, writer::Writer};
use crate::{
    OpenError, Options,
    files::{self, ServingLock},
    open,
    reader::Readers,
};

/// "CSdv", in the file's header: this is a store of devices of ours.
const APPLICATION_ID: i32 = 0x4353_6476;
/// Numbered from 1; never edited once released, only added to.
const MIGRATIONS: &[&str] = &[include_str!("0001_first.sql"), include_str!("0002_days.sql")];
/// After so many pages of log it is folded back into the file.
const CHECKPOINT_PAGES: u32 = 4_096;

impl SqliteDeviceStore {
    /// Opens a store to serve it, making or migrating the file at `path` as needed. Waits for the
    /// disk.
    pub fn open(path: &Path, options: Options) -> Result<Self, OpenError> {
        files::make_private(path)?;
        let lock = ServingLock::take(path)?;
        let mut connection = writing(path, options)?;
        let version = version(&connection)?;
        let mode: String =
            connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
        if mode != "wal" {
            return Err(OpenError::Volume);
        }
        migrate(&mut connection, version)?;
        let writer = Writer::start(connection, path.to_owned(), options)?;
        let readers = Readers::start(open::reading_all(path)?)?;
        Ok(Self { readers, writer: Some(writer), _lock: Some(lock) })
    }

    /// Opens a store to look at it, beside a process that serves it or without one. Every write
    /// is refused.
    pub fn open_read_only(path: &Path) -> Result<Self, OpenError> {
        if !path.is_file() {
            return Err(OpenError::Missing);
        }
        let connections = open::reading_all(path)?;
        if let Some(connection) = connections.first() {
            match version(connection)? {
                version if version == MIGRATIONS.len() => {}
                0 => return Err(OpenError::Foreign),
                _ => return Err(OpenError::Older),
            }
        }
        Ok(Self { readers: Readers::start(connections)?, writer: None, _lock: None })
    }
}

/// Writes the file of a store that nobody serves anew, so that nothing that was deleted is left in
/// it.
pub fn compact(path: &Path) -> Result<(), OpenError> {
    if !path.is_file() {
        return Err(OpenError::Missing);
    }
    let _lock = ServingLock::take(path)?;
    let connection = writing(path, Options::default())?;
    if version(&connection)? == 0 {
        return Err(OpenError::Foreign);
    }
    connection.execute_batch("VACUUM")?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    connection.close().map_err(|(_, error)| OpenError::from(error))
}

pub(super) fn writing(path: &Path, options: Options) -> rusqlite::Result<Connection> {
    let connection = open::writing(path, options)?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    Ok(connection)
}

fn version(connection: &Connection) -> Result<usize, OpenError> {
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let count = "SELECT COUNT(*) FROM sqlite_schema";
    let tables: u32 = connection.query_row(count, [], |row| row.get(0))?;
    match (number("application_id")?, number("user_version")?, tables) {
        (0, 0, 0) => Ok(0),
        (APPLICATION_ID, found, _) => match usize::try_from(found) {
            Ok(version) if (1..=MIGRATIONS.len()).contains(&version) => Ok(version),
            _ => Err(OpenError::Newer { found, known: MIGRATIONS.len() }),
        },
        _ => Err(OpenError::Foreign),
    }
}

fn migrate(connection: &mut Connection, from: usize) -> Result<(), OpenError> {
    for (number, step) in (1_u32..).zip(MIGRATIONS).skip(from) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", number)?;
        transaction.commit()?;
    }
    Ok(())
}
