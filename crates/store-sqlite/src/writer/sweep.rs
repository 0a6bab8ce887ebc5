//! Deleting what has expired, a little at a time.

use model::Timestamp;
use ports::store::Day;
use rusqlite::params;

use super::Ledger;
use crate::{columns::At, error::Fault};

/// Deletes at most `limit` expired records and old tallies; returns how many.
pub(crate) fn expired(ledger: &mut Ledger<'_>, now: Timestamp, limit: u32) -> Result<u64, Fault> {
    let sql = "DELETE FROM records WHERE (space, key) IN \
               (SELECT space, key FROM records WHERE expires_at <= ?1 \
                ORDER BY expires_at LIMIT ?2)";
    let deleted = ledger.connection.prepare_cached(sql)?.execute(params![At(now), limit])?;
    let left = limit.saturating_sub(u32::try_from(deleted).unwrap_or(u32::MAX));
    let sql = "DELETE FROM tallies WHERE (key, day, name) IN \
               (SELECT key, day, name FROM tallies WHERE day < ?1 ORDER BY day LIMIT ?2)";
    let first_kept = Day::first_kept(now).0;
    let forgotten = ledger.connection.prepare_cached(sql)?.execute(params![first_kept, left])?;
    Ok((deleted + forgotten) as u64)
}
