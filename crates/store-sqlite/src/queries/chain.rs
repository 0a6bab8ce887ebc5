//! The journal and the audit chain.

use model::{CaseId, Timestamp};
use ports::{audit::AuditRow, store::JournalEntry};
use rusqlite::{Connection, OptionalExtension, Result, Row, params, types::FromSql};

use crate::columns::{At, Count, Key};

pub(crate) fn journal(
    connection: &Connection,
    case: Option<CaseId>,
    after: u64,
    limit: u32,
) -> Result<Vec<JournalEntry>> {
    let sql = "SELECT seq, at, kind, actor, salt, data \
               FROM journal JOIN audit_log USING (seq) \
               WHERE journal.case_id IS ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![case.map(Key), Count(after), limit], |row| {
        Ok(JournalEntry {
            seq: row.get::<_, Count>(0)?.0,
            case,
            at: row.get::<_, At>(1)?.0,
            kind: row.get(2)?,
            by: row.get(3)?,
            salt: row.get(4)?,
            data: row.get(5)?,
        })
    })?;
    rows.collect()
}

/// Every entry, even where the row of the chain that it belongs to was taken away.
pub(crate) fn entries(
    connection: &Connection,
    after: u64,
    limit: u32,
) -> Result<Vec<JournalEntry>> {
    let sql = "SELECT seq, at, kind, actor, journal.case_id, salt, data \
               FROM journal LEFT JOIN audit_log USING (seq) WHERE seq > ?1 ORDER BY seq LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![Count(after), limit], |row| {
        Ok(JournalEntry {
            seq: row.get::<_, Count>(0)?.0,
            at: or(row, 1, At(Timestamp::MIN)).0,
            kind: or(row, 2, UNREADABLE.to_owned()),
            by: or(row, 3, UNREADABLE.to_owned()),
            case: read_case(row, 4),
            salt: or(row, 5, [0xFF; 16]),
            data: or(row, 6, vec![0xFF]),
        })
    })?;
    rows.collect()
}

pub(crate) fn audit(connection: &Connection, after: u64, limit: u32) -> Result<Vec<AuditRow>> {
    const NOT_A_HASH: [u8; 32] = [0xFF; 32];
    let sql = "SELECT seq, at, kind, actor, case_id, digest, previous, hash \
               FROM audit_log WHERE seq > ?1 ORDER BY seq LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![Count(after), limit], |row| {
        Ok(AuditRow {
            seq: row.get::<_, Count>(0)?.0,
            at: or(row, 1, At(Timestamp::MIN)).0,
            kind: or(row, 2, UNREADABLE.to_owned()),
            by: or(row, 3, UNREADABLE.to_owned()),
            case: read_case(row, 4),
            digest: or(row, 5, NOT_A_HASH),
            previous: or(row, 6, NOT_A_HASH),
            hash: or(row, 7, NOT_A_HASH),
        })
    })?;
    rows.collect()
}

/// A text that no row of ours holds.
const UNREADABLE: &str = "\u{FFFD}";

/// Reads a column however it was tampered with: what cannot be read becomes something that no row
/// of ours holds, so that verification names the row instead of stopping in front of it.
fn or<T: FromSql>(row: &Row<'_>, column: usize, unreadable: T) -> T {
    row.get(column).unwrap_or(unreadable)
}

fn read_case(row: &Row<'_>, column: usize) -> Option<CaseId> {
    let nobodys = Some(Key(CaseId::from_digest(0)));
    row.get(column).unwrap_or(nobodys).map(|key| key.0)
}

/// The end of the chain as it was written down; where that was taken away, as it is found.
pub(crate) fn audit_head(connection: &Connection) -> Result<(u64, [u8; 32])> {
    let read = |row: &Row<'_>| Ok((row.get::<_, Count>(0)?.0, row.get(1)?));
    let mut written = connection.prepare_cached("SELECT chain_seq, chain_hash FROM server")?;
    if let Some(head) = written.query_row([], read).optional()? {
        return Ok(head);
    }
    let last = "SELECT seq, hash FROM audit_log ORDER BY seq DESC LIMIT 1";
    let found = connection.prepare_cached(last)?.query_row([], read).optional()?;
    Ok(found.unwrap_or_default())
}
