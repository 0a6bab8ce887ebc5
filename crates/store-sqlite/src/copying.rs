//! A store's file as a whole: copied as of one instant, also while it is served, or written anew.

use std::{
    fs::{self, File},
    io,
    path::Path,
    thread,
    time::Duration,
};

use rusqlite::{
    Connection, OpenFlags,
    backup::{Backup, StepResult},
};

use crate::{
    OpenError, Options,
    files::{self, ServingLock},
    open, schema,
};

/// How often a copy waits for a moment in which nobody folds the log back.
const TRIES: u32 = 100;
/// How long it waits each time.
const PAUSE: Duration = Duration::from_millis(100);

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// What is to be copied is no store that this release reads.
    #[error("the store cannot be copied")]
    Source(#[from] OpenError),
    /// Nothing is ever overwritten.
    #[error("there is a file of this name already, or a part of one that was begun")]
    Taken,
    /// Its file cannot be made or flushed.
    #[error("the copy cannot be written")]
    Files(#[from] io::Error),
    /// SQLite refuses it.
    #[error("sqlite cannot copy the store")]
    Sqlite(#[from] rusqlite::Error),
    /// Others kept the store busy all the time.
    #[error("the store is too busy to be copied: try again")]
    Busy,
}

/// Copies the store at `from`, running or not, to a new file: all that was durable at one instant
/// while it was copied. The file is complete as soon as it has its name. Waits for the disk.
pub fn copy(from: &Path, to: &Path) -> Result<(), CopyError> {
    if !from.is_file() {
        return Err(OpenError::Missing.into());
    }
    let source = open::reading(from).map_err(OpenError::from)?;
    if schema::version(&source)? == 0 {
        return Err(OpenError::Foreign.into());
    }
    let part = files::beside(to, ".part");
    if to.exists() || !files::make_new(&part)? {
        return Err(CopyError::Taken);
    }
    let copied = fill(&source, &part).and_then(|()| name(&part, to));
    if copied.is_err() {
        // It is of no use to anybody; what matters is the error.
        let _ = fs::remove_file(&part);
    }
    copied
}

fn fill(source: &Connection, part: &Path) -> Result<(), CopyError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut target = Connection::open_with_flags(part, flags)?;
    let backup = Backup::new(source, &mut target)?;
    // All pages in one step: one reader's view of the log, so that writers neither wait for the
    // copy nor make it begin again.
    let is_done = (0..TRIES).find_map(|_| match backup.step(-1) {
        Ok(StepResult::Done) => Some(Ok(())),
        Ok(_) => {
            thread::sleep(PAUSE);
            None
        }
        Err(error) => Some(Err(error)),
    });
    is_done.ok_or(CopyError::Busy)??;
    drop(backup);
    // One file, without a log beside it.
    target.pragma_update_and_check(None, "journal_mode", "delete", |_| Ok(()))?;
    target.close().map_err(|(_, error)| error)?;
    Ok(())
}

/// Gives a copy its name once all of it is on the disk.
fn name(part: &Path, to: &Path) -> Result<(), CopyError> {
    File::open(part)?.sync_all()?;
    if to.exists() {
        return Err(CopyError::Taken);
    }
    fs::rename(part, to)?;
    File::open(files::folder(to))?.sync_all()?;
    Ok(())
}

/// Writes a store anew that nobody serves, so that nothing is left in its files of what was deleted
/// or overwritten before. Takes as much room again while it lasts.
pub fn compact(path: &Path) -> Result<(), OpenError> {
    if !path.is_file() {
        return Err(OpenError::Missing);
    }
    let _lock = ServingLock::take(path)?;
    let connection = open::writing(path, Options::default())?;
    if schema::version(&connection)? == 0 {
        return Err(OpenError::Foreign);
    }
    connection.execute_batch("VACUUM")?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    connection.close().map_err(|(_, error)| OpenError::from(error))
}
