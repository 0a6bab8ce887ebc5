//! Claiming work: the rows that are ready, on lease.

use model::Timestamp;
use ports::store::{Claimed, OutboxRow, TimerRow};
use rusqlite::{Result, params};

use super::Ledger;
use crate::{
    columns::{At, Count, Key},
    error::Fault,
};

/// Leases ready outbox rows of a destination.
pub(crate) fn outbox(
    ledger: &mut Ledger<'_>,
    destination: &str,
    now: Timestamp,
    lease_until: Timestamp,
    limit: u32,
) -> Result<Vec<Claimed<OutboxRow>>, Fault> {
    let ready = "SELECT id, case_id, created_at, due, expires_at, attempts, fence, \
                 payload FROM outbox WHERE destination = ?1 AND ready_at <= ?2 \
                 ORDER BY ready_at, position LIMIT ?3";
    let mut ready = ledger.connection.prepare_cached(ready)?;
    let rows = ready.query_map(params![destination, At(now), limit], |row| {
        let work = OutboxRow {
            id: row.get::<_, Key<_>>(0)?.0,
            destination: destination.to_owned(),
            case: row.get::<_, Option<Key<_>>>(1)?.map(|key| key.0),
            created_at: row.get::<_, At>(2)?.0,
            due: row.get::<_, At>(3)?.0,
            expires_at: row.get::<_, At>(4)?.0,
            attempts: row.get(5)?,
            payload: row.get(7)?,
            born_leased_until: None,
        };
        Ok(Claimed { work, fence: row.get::<_, Count>(6)?.0 + 1 })
    })?;
    let rows: Vec<_> = rows.collect::<Result<_>>()?;
    let lease = "UPDATE outbox SET ready_at = ?2, fence = ?3 WHERE id = ?1";
    let mut lease = ledger.connection.prepare_cached(lease)?;
    for claimed in &rows {
        lease.execute(params![Key(claimed.work.id), At(lease_until), Count(claimed.fence)])?;
    }
    Ok(rows)
}

/// Leases ready timers. One fence serves all of a claim: it only has to be new to each.
pub(crate) fn timers(
    ledger: &mut Ledger<'_>,
    now: Timestamp,
    lease_until: Timestamp,
    limit: u32,
) -> Result<Vec<Claimed<TimerRow>>, Fault> {
    let ready = "SELECT case_id, name, due FROM timers WHERE ready_at <= ?1 \
                 ORDER BY ready_at, case_id, name LIMIT ?2";
    let mut ready = ledger.connection.prepare_cached(ready)?;
    let rows = ready.query_map(params![At(now), limit], |row| {
        let case = row.get::<_, Key<_>>(0)?.0;
        Ok(TimerRow { case, name: row.get(1)?, due: row.get::<_, At>(2)?.0 })
    })?;
    let rows: Vec<_> = rows.collect::<Result<_>>()?;
    let fence = ledger.next_number();
    let lease = "UPDATE timers SET ready_at = ?3, fence = ?4 WHERE case_id = ?1 AND name = ?2";
    let mut lease = ledger.connection.prepare_cached(lease)?;
    for row in &rows {
        lease.execute(params![Key(row.case), row.name, At(lease_until), Count(fence)])?;
    }
    Ok(rows.into_iter().map(|work| Claimed { work, fence }).collect())
}
