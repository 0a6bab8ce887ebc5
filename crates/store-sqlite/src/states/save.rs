//! Writing states.

use std::collections::BTreeMap;

use ports::states::{Checkpoint, StateKey, StateSave};
use rusqlite::{Result, Transaction, params};

use super::load::{self, FIND};
use crate::columns::Count;

/// Writes values, and a checkpoint where there is one.
pub(super) fn carry_out(transaction: &Transaction<'_>, save: StateSave) -> Result<()> {
    let StateSave { values, checkpoint } = save;
    // The last value of a key holds.
    let values: BTreeMap<StateKey, Option<Vec<u8>>> = values.into_iter().collect();
    let mut totals = Totals::default();
    let mut known = insert_new(transaction, values, &mut totals)?;
    // In the order in which they lie, so that each page is written once.
    known.sort_unstable_by_key(|(id, ..)| *id);
    change_known(transaction, known, &mut totals)?;
    if totals != Totals::default() {
        let sql = "UPDATE totals SET entities = entities + ?1, bytes = bytes + ?2";
        let Totals { entities, bytes } = totals;
        transaction.prepare_cached(sql)?.execute(params![entities, bytes])?;
    }
    checkpoint.map_or(Ok(()), |checkpoint| write_checkpoint(transaction, checkpoint))
}

/// What a save adds to the totals.
#[derive(Default, PartialEq, Eq)]
struct Totals {
    entities: i64,
    bytes: i64,
}

impl Totals {
    fn add(&mut self, entities: i64, new: usize, old: i64) {
        self.entities += entities;
        self.bytes += i64::try_from(new).unwrap_or(i64::MAX) - old;
    }
}

type Known = (i64, StateKey, Option<Vec<u8>>);

/// Inserts what is new; returns the rest, with where it is.
fn insert_new(
    transaction: &Transaction<'_>,
    values: BTreeMap<StateKey, Option<Vec<u8>>>,
    totals: &mut Totals,
) -> Result<Vec<Known>> {
    let mut find = transaction.prepare_cached(FIND)?;
    let mut insert = transaction.prepare_cached("INSERT INTO entities (value) VALUES (?1)")?;
    let mut name = transaction.prepare_cached("INSERT INTO names (key, id) VALUES (?1, ?2)")?;
    let mut known = Vec::new();
    for (key, value) in values {
        match (load::id(&mut find, key)?, value) {
            (Some(id), value) => known.push((id, key, value)),
            (None, Some(value)) => {
                let id = insert.insert([&value])?;
                name.execute(params![load::column(key), id])?;
                totals.add(1, value.len(), 0);
            }
            (None, None) => {}
        }
    }
    Ok(known)
}

fn change_known(
    transaction: &Transaction<'_>,
    known: Vec<Known>,
    totals: &mut Totals,
) -> Result<()> {
    let mut length =
        transaction.prepare_cached("SELECT length(value) FROM entities WHERE id = ?1")?;
    let mut update = transaction.prepare_cached("UPDATE entities SET value = ?2 WHERE id = ?1")?;
    let mut delete = transaction.prepare_cached("DELETE FROM entities WHERE id = ?1")?;
    let mut forget = transaction.prepare_cached("DELETE FROM names WHERE key = ?1")?;
    for (id, key, value) in known {
        let old: i64 = length.query_row([id], |row| row.get(0))?;
        if let Some(value) = value {
            update.execute(params![id, value])?;
            totals.add(0, value.len(), old);
        } else {
            delete.execute([id])?;
            forget.execute([load::column(key)])?;
            totals.add(-1, 0, old);
        }
    }
    Ok(())
}

fn write_checkpoint(transaction: &Transaction<'_>, checkpoint: Checkpoint) -> Result<()> {
    let Checkpoint { position, rules, parts } = checkpoint;
    transaction.execute_batch("DELETE FROM checkpoint; DELETE FROM parts")?;
    let sql = "INSERT INTO checkpoint (position, rules) VALUES (?1, ?2)";
    transaction.prepare_cached(sql)?.execute(params![Count(position.0), rules])?;
    let mut insert =
        transaction.prepare_cached("INSERT INTO parts (name, bytes) VALUES (?1, ?2)")?;
    for (name, bytes) in parts {
        insert.execute(params![name, bytes])?;
    }
    Ok(())
}

/// Forgets everything.
pub(super) fn clear(transaction: &Transaction<'_>) -> Result<()> {
    transaction.execute_batch(
        "DELETE FROM names; DELETE FROM entities; DELETE FROM checkpoint; DELETE FROM parts; \
         UPDATE totals SET entities = 0, bytes = 0",
    )
}
