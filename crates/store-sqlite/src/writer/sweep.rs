//! Deleting what has expired, a little at a time.

use model::Timestamp;
use rusqlite::params;

use super::Ledger;
use crate::{columns::At, error::Fault};

/// Deletes at most `limit` expired records; returns how many.
pub(crate) fn expired(ledger: &mut Ledger<'_>, now: Timestamp, limit: u32) -> Result<u64, Fault> {
    let sql = "DELETE FROM records WHERE (space, key) IN \
               (SELECT space, key FROM records WHERE expires_at <= ?1 \
                ORDER BY expires_at LIMIT ?2)";
    let deleted = ledger.connection.prepare_cached(sql)?.execute(params![At(now), limit])?;
    Ok(deleted as u64)
}
