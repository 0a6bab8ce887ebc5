//! Sums of tallies.

use ports::store::{Tallied, TallyQuery};
use rusqlite::{Connection, Result, params, types::Value};

pub(crate) fn read(connection: &Connection, query: &TallyQuery) -> Result<Vec<Tallied>> {
    // Every text comes before every blob, so that an empty one ends what nothing else does.
    let end = query.end().map_or(Value::Blob(Vec::new()), Value::Text);
    // `total` never overflows, where `SUM` would make the whole read fail.
    let sql = "SELECT key, name, CAST(total(n) AS INTEGER) FROM tallies \
               WHERE key >= ?1 AND key < ?2 AND day BETWEEN ?3 AND ?4 \
               GROUP BY key, name ORDER BY key, name LIMIT ?5";
    let params = params![query.prefix, end, query.from.0, query.to.0, query.at_most()];
    let mut statement = connection.prepare_cached(sql)?;
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Tallied { key: row.get(0)?, name: row.get(1)?, n: row.get(2)? })
    };
    statement.query_map(params, read)?.collect()
}
