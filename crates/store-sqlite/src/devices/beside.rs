//! What is kept beside the devices: history, days, decisions, exemptions, sources, signals.

use model::{DeviceId, Timestamp};
use ports::{
    devices::{
        SourceHealth,
        store::{
            DayRow, DecisionRow, DeviceCommit, ExemptionRow, HistoryRow, SignalOp, SignalRow,
            kept_ms,
        },
    },
    store::{Day, StoreError},
};
use rusqlite::{Connection, OptionalExtension as _, Row, params, params_from_iter, types::Value};

use crate::{
    columns::{At, Count, Key},
    error::Fault,
};

pub(super) fn write(db: &Connection, commit: &DeviceCommit) -> Result<(), Fault> {
    for row in &commit.history {
        let sql = "INSERT INTO history (device, at, body) VALUES (?1, ?2, ?3)";
        let values = params![Key(row.device), At(kept_ms(row.at)), row.body];
        db.prepare_cached(sql)?.execute(values)?;
    }
    for id in &commit.forgotten {
        db.prepare_cached("DELETE FROM history WHERE device = ?1")?.execute([Key(*id)])?;
    }
    for key in &commit.withdrawn {
        db.prepare_cached("DELETE FROM decisions WHERE key = ?1")?.execute([key])?;
    }
    for row in &commit.decisions {
        let sql = "INSERT OR REPLACE INTO decisions (key, body) VALUES (?1, ?2)";
        db.prepare_cached(sql)?.execute(params![row.key, row.body])?;
    }
    for key in &commit.erased_exemptions {
        db.prepare_cached("DELETE FROM exemptions WHERE key = ?1")?.execute([key])?;
    }
    for row in &commit.exemptions {
        let sql = "INSERT OR REPLACE INTO exemptions (key, device, is_open, body) \
                   VALUES (?1, ?2, ?3, ?4)";
        let values = params![row.key, Key(row.device), row.is_open, row.body];
        db.prepare_cached(sql)?.execute(values)?;
    }
    for name in &commit.dropped_sources {
        let sql = "UPDATE sources SET health = NULL WHERE name = ?1";
        db.prepare_cached(sql)?.execute([name])?;
    }
    for health in &commit.health {
        let number = source_number(db, &health.source)?;
        let text = serde_json::to_string(health).expect("our own type has string keys");
        let sql = "UPDATE sources SET health = ?2 WHERE number = ?1";
        db.prepare_cached(sql)?.execute(params![number, text])?;
    }
    write_days(db, commit)?;
    commit.signals.iter().try_for_each(|op| signal(db, op))
}

fn write_days(db: &Connection, commit: &DeviceCommit) -> Result<(), Fault> {
    for row in &commit.days {
        let sql = "INSERT OR REPLACE INTO days (day, body) VALUES (?1, ?2)";
        db.prepare_cached(sql)?.execute(params![row.day.0, row.body])?;
    }
    if let Some(first) = commit.first_day {
        db.prepare_cached("DELETE FROM days WHERE day < ?1")?.execute([first.0])?;
    }
    Ok(())
}

pub(super) fn days(db: &Connection, from: Day) -> Result<Vec<DayRow>, Fault> {
    let sql = "SELECT day, body FROM days WHERE day >= ?1 ORDER BY day";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement
        .query_map([from.0], |row| Ok(DayRow { day: Day(row.get(0)?), body: row.get(1)? }))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The number of a source, given to it at its first mention.
pub(super) fn source_number(db: &Connection, name: &str) -> Result<i64, Fault> {
    let known = "SELECT number FROM sources WHERE name = ?1";
    let number = db.prepare_cached(known)?.query_row([name], |row| row.get(0)).optional()?;
    if let Some(number) = number {
        return Ok(number);
    }
    let sql = "INSERT INTO sources (name) VALUES (?1) RETURNING number";
    Ok(db.prepare_cached(sql)?.query_row([name], |row| row.get(0))?)
}

pub(super) fn sources(db: &Connection) -> Result<Vec<SourceHealth>, Fault> {
    let sql = "SELECT health FROM sources WHERE health IS NOT NULL ORDER BY name";
    let mut statement = db.prepare_cached(sql)?;
    let texts = statement.query_map([], |row| row.get::<_, String>(0))?;
    let damaged = |_| StoreError::Damaged("how a source stands cannot be read".to_owned());
    texts.map(|text| Ok(serde_json::from_str(&text?).map_err(damaged)?)).collect()
}

fn signal(db: &Connection, op: &SignalOp) -> Result<(), Fault> {
    match op {
        SignalOp::Add(row) => {
            let sql = "INSERT INTO signals (receiver, id, due, attempts, body) \
                       VALUES (?1, ?2, ?3, ?4, ?5)";
            let due = At(kept_ms(row.due));
            let values = params![row.receiver, Key(row.id), due, row.attempts, row.body];
            db.prepare_cached(sql)?.execute(values)?;
        }
        SignalOp::Done { receiver, id } => {
            let sql = "DELETE FROM signals WHERE receiver = ?1 AND id = ?2";
            db.prepare_cached(sql)?.execute(params![receiver, Key(*id)])?;
        }
        SignalOp::PutBack { receiver, id, due, attempts } => {
            let sql = "UPDATE signals SET due = ?3, attempts = ?4 WHERE receiver = ?1 AND id = ?2";
            let values = params![receiver, Key(*id), At(kept_ms(*due)), attempts];
            if db.prepare_cached(sql)?.execute(values)? == 0 {
                return Err(StoreError::Gone.into());
            }
        }
    }
    Ok(())
}

pub(super) fn signals(
    db: &Connection,
    receiver: &str,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<SignalRow>, Fault> {
    let sql = "SELECT seq, receiver, id, due, attempts, body FROM signals \
               WHERE receiver = ?1 ORDER BY seq LIMIT ?2";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![receiver, limit], signal_of)?;
    let rows: Vec<SignalRow> = rows.collect::<rusqlite::Result<_>>()?;
    Ok(rows.into_iter().take_while(|row| row.due <= now).collect())
}

pub(super) fn waiting(db: &Connection, after: u64, limit: u32) -> Result<Vec<SignalRow>, Fault> {
    let sql = "SELECT seq, receiver, id, due, attempts, body FROM signals \
               WHERE seq > ?1 ORDER BY seq LIMIT ?2";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![Count(after), limit], signal_of)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn signal_of(row: &Row<'_>) -> rusqlite::Result<SignalRow> {
    Ok(SignalRow {
        seq: row.get::<_, Count>(0)?.0,
        receiver: row.get(1)?,
        id: row.get::<_, Key<_>>(2)?.0,
        due: row.get::<_, At>(3)?.0,
        attempts: row.get(4)?,
        body: row.get(5)?,
    })
}

pub(super) fn next_signal_at(db: &Connection, receiver: &str) -> Result<Option<Timestamp>, Fault> {
    let sql = "SELECT due FROM signals WHERE receiver = ?1 ORDER BY seq LIMIT 1";
    let due =
        db.prepare_cached(sql)?.query_row([receiver], |row| row.get::<_, At>(0)).optional()?;
    Ok(due.map(|at| at.0))
}

const HISTORY: &str = "SELECT seq, device, at, body FROM history";

pub(super) fn history(
    db: &Connection,
    ids: &[DeviceId],
    before: Option<u64>,
    limit: u32,
) -> Result<Vec<HistoryRow>, Fault> {
    let marks = vec!["?"; ids.len()].join(", ");
    let sql = format!("{HISTORY} WHERE device IN ({marks}) AND seq < ? ORDER BY seq DESC LIMIT ?");
    let below = before.and_then(|seq| i64::try_from(seq).ok()).unwrap_or(i64::MAX);
    let numbers = [Value::Integer(below), Value::Integer(limit.into())];
    let values = ids.iter().map(|id| Value::from(Key(*id))).chain(numbers);
    let mut statement = db.prepare_cached(&sql)?;
    let rows = statement.query_map(params_from_iter(values), history_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn histories(
    db: &Connection,
    since: Timestamp,
    after: u64,
    limit: u32,
) -> Result<Vec<HistoryRow>, Fault> {
    let sql = format!("{HISTORY} WHERE seq > ?1 AND at >= ?2 ORDER BY seq LIMIT ?3");
    let mut statement = db.prepare_cached(&sql)?;
    let rows = statement.query_map(params![Count(after), At(since), limit], history_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn history_row(row: &Row<'_>) -> rusqlite::Result<HistoryRow> {
    Ok(HistoryRow {
        seq: row.get::<_, Count>(0)?.0,
        device: row.get::<_, Key<_>>(1)?.0,
        at: row.get::<_, At>(2)?.0,
        body: row.get(3)?,
    })
}

pub(super) fn decisions(db: &Connection) -> Result<Vec<DecisionRow>, Fault> {
    let mut statement = db.prepare_cached("SELECT key, body FROM decisions ORDER BY key")?;
    let rows =
        statement.query_map([], |row| Ok(DecisionRow { key: row.get(0)?, body: row.get(1)? }))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn exemptions(
    db: &Connection,
    devices: Option<&[DeviceId]>,
    only_open: bool,
) -> Result<Vec<ExemptionRow>, Fault> {
    let of = devices
        .map_or("1".to_owned(), |ids| format!("device IN ({})", vec!["?"; ids.len()].join(", ")));
    let open = if only_open { "is_open <> 0" } else { "1" };
    let sql = format!(
        "SELECT key, device, is_open, body FROM exemptions WHERE {of} AND {open} ORDER BY key"
    );
    let values = devices.unwrap_or_default().iter().map(|id| Value::from(Key(*id)));
    let mut statement = db.prepare_cached(&sql)?;
    let rows = statement.query_map(params_from_iter(values), |row| {
        let device = row.get::<_, Key<_>>(1)?.0;
        Ok(ExemptionRow { key: row.get(0)?, device, is_open: row.get(2)?, body: row.get(3)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
