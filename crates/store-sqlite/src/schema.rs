//! What a store file must be, and how an older one becomes it.

use rusqlite::{Connection, Error, TransactionBehavior};

use crate::OpenError;

/// "CSgn", in the file's header: this is a store of ours.
const APPLICATION_ID: i32 = 0x4353_676E;

/// Numbered from 1; never edited once released, only added to.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_fewer_pages.sql"),
    include_str!("migrations/0003_tallies.sql"),
];

/// The version of the schema that this binary writes.
pub(crate) const CURRENT: usize = MIGRATIONS.len();

/// The schema's version in a file, 0 for a new one; refuses what is not ours or not yet known.
pub(crate) fn version(connection: &Connection) -> Result<usize, OpenError> {
    match header(connection)? {
        (0, 0, 0) => Ok(0),
        (APPLICATION_ID, version, _) => match usize::try_from(version) {
            Ok(version @ 1..=CURRENT) => Ok(version),
            _ => Err(OpenError::Newer { found: version, known: CURRENT }),
        },
        _ => Err(OpenError::Foreign),
    }
}

/// The application's id, the schema's version, and how many tables there are.
fn header(connection: &Connection) -> Result<(i32, i32, u32), Error> {
    let application = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let count = "SELECT COUNT(*) FROM sqlite_schema";
    Ok((application, version, connection.query_row(count, [], |row| row.get(0))?))
}

/// Brings a file from its version to the current one, each step whole or not at all.
pub(crate) fn migrate(connection: &mut Connection, from: usize) -> Result<(), OpenError> {
    for (number, step) in (1_u32..).zip(MIGRATIONS).skip(from) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", number)?;
        transaction.commit()?;
    }
    Ok(())
}
