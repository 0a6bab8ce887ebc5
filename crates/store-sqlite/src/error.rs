//! SQLite's errors as the port's. No text of SQLite's own passes, only its codes: messages may
//! hold values.

use ports::store::StoreError;
use rusqlite::{Error, ErrorCode, ffi};

/// The port's word for an error of SQLite.
pub(crate) fn store_error(error: &Error) -> StoreError {
    match error {
        Error::SqliteFailure(failure, _) => of_code(failure),
        Error::FromSqlConversionFailure(column, ..)
        | Error::IntegralValueOutOfRange(column, _)
        | Error::InvalidColumnType(column, ..) => {
            StoreError::Damaged(format!("column {column} of a row holds what it cannot hold"))
        }
        Error::QueryReturnedNoRows => StoreError::Damaged("a row is missing".to_owned()),
        _ => StoreError::Unavailable("sqlite refused a statement".to_owned()),
    }
}

fn of_code(failure: &ffi::Error) -> StoreError {
    match failure.code {
        ErrorCode::DiskFull => StoreError::Full,
        // The memory shared with readers is a file beside the database.
        _ if failure.extended_code == ffi::SQLITE_IOERR_SHMSIZE => StoreError::Full,
        // Conditions are checked before writing; what is left is two of a kind in one commit.
        ErrorCode::ConstraintViolation => StoreError::Conflict,
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
            StoreError::Damaged(format!("sqlite says {failure}"))
        }
        _ => StoreError::Unavailable(format!("sqlite says {failure}")),
    }
}

/// Whether the transaction that met this error may be to blame, so that those that were to share
/// its commit deserve a try of their own.
pub(crate) fn is_of_one_transaction(error: &Error) -> bool {
    matches!(store_error(error), StoreError::Full | StoreError::Conflict)
        || error.sqlite_error_code() == Some(ErrorCode::TooBig)
}

/// A transaction that did not happen.
#[derive(Debug)]
pub(crate) enum Fault {
    /// A condition does not hold; nothing was written.
    Refused(StoreError),
    /// SQLite failed, perhaps after some writing.
    Sqlite(Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}
