//! What a file of states must be, and how an older one becomes it.

use rusqlite::{Connection, TransactionBehavior};

use crate::OpenError;

/// "CSst", in the file's header: these are states of ours.
const APPLICATION_ID: i32 = 0x4353_7374;

/// Numbered from 1; never edited once released, only added to.
const MIGRATIONS: &[&str] = &[include_str!("0001_first.sql")];

/// Refuses what is not ours or not yet known; returns the version, 0 for a new file.
pub(super) fn version(connection: &Connection) -> Result<usize, OpenError> {
    let application = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let count = "SELECT COUNT(*) FROM sqlite_schema";
    let tables: u32 = connection.query_row(count, [], |row| row.get(0))?;
    let known = MIGRATIONS.len();
    match (application, usize::try_from(version)) {
        (0, Ok(0)) if tables == 0 => Ok(0),
        (APPLICATION_ID, Ok(own)) if (1..=known).contains(&own) => Ok(own),
        (APPLICATION_ID, _) => Err(OpenError::Newer { found: version, known }),
        _ => Err(OpenError::Foreign),
    }
}

/// Brings a file from its version to the current one, each step whole or not at all.
pub(super) fn migrate(connection: &mut Connection, from: usize) -> Result<(), OpenError> {
    for (number, step) in (1_u32..).zip(MIGRATIONS).skip(from) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", number)?;
        transaction.commit()?;
    }
    Ok(())
}
