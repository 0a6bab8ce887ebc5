//! Reading states.

use ports::{
    event_log::Position,
    states::{Checkpoint, StateKey},
};
use rusqlite::{CachedStatement, Connection, OptionalExtension as _, Result};

use crate::columns::Count;

/// A key as a column: its bytes, in the order of the keys.
pub(super) fn column(key: StateKey) -> [u8; 16] {
    key.0.to_be_bytes()
}

/// Where the value of an entity is.
pub(super) fn id(find: &mut CachedStatement<'_>, key: StateKey) -> Result<Option<i64>> {
    find.query_row([column(key)], |row| row.get(0)).optional()
}

/// The statement for [`id`].
pub(super) const FIND: &str = "SELECT id FROM names WHERE key = ?1";

/// The values of these entities, in the same order.
pub(super) fn values(connection: &Connection, keys: &[StateKey]) -> Result<Vec<Option<Vec<u8>>>> {
    // All as of one moment.
    let transaction = connection.unchecked_transaction()?;
    let mut found = vec![None; keys.len()];
    // In the order in which they lie, so that each page is read once.
    let mut order: Vec<_> = (0..).zip(keys).map(|(place, key)| (*key, place)).collect();
    order.sort_unstable();
    let mut find = transaction.prepare_cached(FIND)?;
    let mut ids: Vec<(i64, usize)> = Vec::with_capacity(keys.len());
    for (key, place) in order {
        ids.extend(id(&mut find, key)?.map(|id| (id, place)));
    }
    ids.sort_unstable();
    let mut get = transaction.prepare_cached("SELECT value FROM entities WHERE id = ?1")?;
    for (id, place) in ids {
        if let Some(found) = found.get_mut(place) {
            *found = Some(get.query_row([id], |row| row.get(0))?);
        }
    }
    Ok(found)
}

/// The newest checkpoint.
pub(super) fn checkpoint(connection: &Connection) -> Result<Option<Checkpoint>> {
    let transaction = connection.unchecked_transaction()?;
    let mut newest = transaction.prepare_cached("SELECT position, rules FROM checkpoint")?;
    let newest = newest.query_row([], |row| Ok((row.get::<_, Count>(0)?, row.get(1)?)));
    let Some((position, rules)) = newest.optional()? else { return Ok(None) };
    let mut parts = transaction.prepare_cached("SELECT name, bytes FROM parts ORDER BY ordinal")?;
    let parts = parts.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let parts = parts.collect::<Result<_>>()?;
    Ok(Some(Checkpoint { position: Position(position.0), rules, parts }))
}

/// How many entities there are, and the bytes of their values.
pub(super) fn size(connection: &Connection) -> Result<(u64, u64)> {
    let mut totals = connection.prepare_cached("SELECT entities, bytes FROM totals")?;
    totals.query_row([], |row| Ok((row.get::<_, Count>(0)?.0, row.get::<_, Count>(1)?.0)))
}
