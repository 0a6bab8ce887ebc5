//! Reading, on any connection.

pub(crate) mod cases;
pub(crate) mod chain;
pub(crate) mod tallies;

use model::{CaseId, PersonId, Timestamp};
use ports::store::{DeskRow, Found, Record, Space, Wanted};
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

pub(crate) use self::chain::audit_head;
use crate::columns::{At, Count, In, Key};

pub(crate) fn open_case(connection: &Connection, group_key: &str) -> Result<Option<CaseId>> {
    connection
        .prepare_cached("SELECT id FROM cases WHERE group_key = ?1 AND state <> 'closed'")?
        .query_row([group_key], |row| Ok(row.get::<_, Key<_>>(0)?.0))
        .optional()
}

pub(crate) fn desk(connection: &Connection, person: PersonId) -> Result<Option<DeskRow>> {
    connection
        .prepare_cached("SELECT version, snapshot FROM desks WHERE person = ?1")?
        .query_row([Key(person)], |row| {
            let version = row.get::<_, Count>(0)?.0;
            Ok(DeskRow { person, version, snapshot: row.get(1)? })
        })
        .optional()
}

/// Several rows as of one moment, records expired or not.
pub(crate) fn look_up(connection: &Connection, wanted: &Wanted) -> Result<Found> {
    // Dropped, it ends; it has written nothing.
    let _moment = connection.unchecked_transaction()?;
    let case = |id: &CaseId| cases::case(connection, *id);
    let open = |key: &String| open_case(connection, key);
    let at = |(space, key): &(Space, String)| record(connection, *space, key);
    Ok(Found {
        cases: wanted.cases.iter().map(case).collect::<Result<_>>()?,
        open_cases: wanted.open_cases.iter().map(open).collect::<Result<_>>()?,
        desks: wanted.desks.iter().map(|id| desk(connection, *id)).collect::<Result<_>>()?,
        records: wanted.records.iter().map(at).collect::<Result<_>>()?,
    })
}

pub(crate) fn next_timer_at(connection: &Connection) -> Result<Option<Timestamp>> {
    connection
        .prepare_cached("SELECT MIN(ready_at) FROM timers")?
        .query_row([], |row| Ok(row.get::<_, Option<At>>(0)?.map(|at| at.0)))
}

pub(crate) fn next_outbox_at(
    connection: &Connection,
    destination: &str,
) -> Result<Option<Timestamp>> {
    connection
        .prepare_cached("SELECT MIN(ready_at) FROM outbox WHERE destination = ?1")?
        .query_row([destination], |row| Ok(row.get::<_, Option<At>>(0)?.map(|at| at.0)))
}

pub(crate) fn outbox_depth(connection: &Connection) -> Result<Vec<(String, u64)>> {
    let sql = "SELECT destination, COUNT(*) FROM outbox GROUP BY destination";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, Count>(1)?.0)))?;
    rows.collect()
}

/// A record, expired or not.
pub(crate) fn record(connection: &Connection, space: Space, key: &str) -> Result<Option<Record>> {
    let sql = "SELECT key, owner, expires_at, value FROM records WHERE space = ?1 AND key = ?2";
    connection
        .prepare_cached(sql)?
        .query_row(params![In(space), key], |row| read_record(space, row))
        .optional()
}

pub(crate) fn records(
    connection: &Connection,
    space: Space,
    owner: Option<PersonId>,
    after: &str,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Record>> {
    let read = |row: &Row<'_>| read_record(space, row);
    let Some(owner) = owner else {
        let sql = "SELECT key, owner, expires_at, value FROM records \
                   WHERE space = ?1 AND key > ?2 AND (expires_at IS NULL OR expires_at > ?3) \
                   ORDER BY key LIMIT ?4";
        let mut statement = connection.prepare_cached(sql)?;
        return statement.query_map(params![In(space), after, At(now), limit], read)?.collect();
    };
    let mut statement = connection.prepare_cached(&records_of_owner(space))?;
    statement.query_map(params![Key(owner), after, At(now), limit], read)?.collect()
}

/// The name of the space stands in the statement, not in a parameter: only so can SQLite see that
/// the index by owner holds all of it. That it is used is demanded, not left to SQLite: without
/// statistics it takes a range of the key, which is nearly all of the space, to be as narrow as an
/// owner. A space that is missing from the index then fails at once rather than being slow.
pub(crate) fn records_of_owner(space: Space) -> String {
    let is_listed = Space::LISTED_BY_OWNER.contains(&space);
    let by = if is_listed { "INDEXED BY records_by_owner" } else { "" };
    let space = space.name();
    format!(
        "SELECT key, owner, expires_at, value FROM records {by} \
         WHERE space = '{space}' AND owner = ?1 AND key > ?2 \
         AND (expires_at IS NULL OR expires_at > ?3) ORDER BY key LIMIT ?4"
    )
}

fn read_record(space: Space, row: &Row<'_>) -> Result<Record> {
    Ok(Record {
        space,
        key: row.get(0)?,
        owner: row.get::<_, Option<Key<_>>>(1)?.map(|key| key.0),
        value: row.get(3)?,
        expires_at: row.get::<_, Option<At>>(2)?.map(|at| at.0),
    })
}
