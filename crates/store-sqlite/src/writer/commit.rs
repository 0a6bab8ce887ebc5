//! One [`Commit`]: first every condition by reading, then every write.

use std::collections::BTreeMap;

use ports::{
    audit::{AuditRow, ERASED_SALT},
    store::{
        CaseRow, Commit, DeskRow, JournalEntry, OutboxRow, PutBack, Record, RecordOp, Space,
        StoreError, TimerOp, TimerRow, WorkKey,
    },
};
use rusqlite::{Connection, OptionalExtension, Params, Result, params};

use super::{Ledger, Tallies};
use crate::{
    columns::{At, Count, In, Key, Word},
    error::Fault,
    queries,
};

/// What becomes of each record that a commit names.
type RecordChanges<'a> = BTreeMap<(Space, &'a str), Option<Record>>;

/// How a case is written.
#[derive(Debug, Clone, Copy)]
enum CaseWrite {
    New,
    /// It stands in every index where it stood: what an UPDATE names, SQLite writes again.
    InPlace,
    Moved,
}

/// Carries out a commit whose instants are as stores keep them.
pub(crate) fn carry_out(ledger: &mut Ledger<'_>, commit: &Commit) -> Result<(), Fault> {
    let connection = ledger.connection;
    let put_back = commit.put_back.iter().map(|each| &each.work);
    commit.done.iter().chain(put_back).try_for_each(|key| check_claim(connection, key))?;
    let case = commit.case.as_ref();
    let write = case.map(|case| check_case(connection, case)).transpose()?;
    commit.desk.iter().try_for_each(|desk| check_desk(connection, desk))?;
    commit.outbox.iter().try_for_each(|row| check_new(connection, row))?;
    let records = record_changes(connection, &commit.records)?;

    if !commit.erase.is_empty() {
        // Before any write: what else this commit replaces goes with what it erases.
        ledger.erase_freed_bytes()?;
    }
    commit.done.iter().try_for_each(|key| finish(connection, key))?;
    commit.put_back.iter().try_for_each(|each| put_back_work(ledger, each))?;
    case.zip(write).into_iter().try_for_each(|(case, how)| write_case(connection, case, how))?;
    commit.desk.iter().try_for_each(|desk| write_desk(connection, desk))?;
    commit.journal.iter().try_for_each(|entry| append(ledger, entry))?;
    commit.timers.iter().try_for_each(|op| apply_timer(ledger, op))?;
    commit.outbox.iter().try_for_each(|row| add_outbox(ledger, row))?;
    records.iter().try_for_each(|change| write_record(connection, change))?;
    erase(ledger, &commit.erase)?;
    commit.tallies.iter().for_each(|tally| ledger.add(tally));
    Ok(())
}

fn execute(connection: &Connection, sql: &str, params: impl Params) -> Result<()> {
    connection.prepare_cached(sql)?.execute(params).map(|_| ())
}

fn refuse_unless(holds: bool, error: StoreError) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(Fault::Refused(error)) }
}

fn check_claim(connection: &Connection, key: &WorkKey) -> Result<(), Fault> {
    let first = |row: &rusqlite::Row<'_>| row.get::<_, Count>(0).map(|fence| fence.0);
    let (held, claimed) = match key {
        WorkKey::Outbox { id, fence } => {
            let mut found = connection.prepare_cached("SELECT fence FROM outbox WHERE id = ?1")?;
            (found.query_row([Key(*id)], first).optional()?, *fence)
        }
        WorkKey::Timer { case, name, fence } => {
            let sql = "SELECT fence FROM timers WHERE case_id = ?1 AND name = ?2";
            let mut found = connection.prepare_cached(sql)?;
            (found.query_row(params![Key(*case), name], first).optional()?, *fence)
        }
    };
    refuse_unless(claimed != 0 && held == Some(claimed), StoreError::Gone)
}

fn check_case(connection: &Connection, case: &CaseRow) -> Result<CaseWrite, Fault> {
    let sql = "SELECT version, state = ?2 AND person IS ?3 AND group_key = ?4 AND opened_at = ?5 \
               FROM cases WHERE id = ?1";
    let (id, person) = (Key(case.id), case.person.map(Key));
    let params = params![id, Word(case.state), person, case.group_key, At(case.opened_at)];
    let stored = connection
        .prepare_cached(sql)?
        .query_row(params, |row| Ok((row.get::<_, Count>(0)?.0, row.get(1)?)))
        .optional()?;
    let (version, is_unmoved) = stored.unwrap_or((0, false));
    refuse_unless(version.checked_add(1) == Some(case.version), StoreError::Conflict)?;
    if is_unmoved {
        return Ok(CaseWrite::InPlace);
    }
    if case.state.is_open() {
        let holder = queries::open_case(connection, &case.group_key)?;
        refuse_unless(holder.is_none_or(|holder| holder == case.id), StoreError::Conflict)?;
    }
    Ok(if version == 0 { CaseWrite::New } else { CaseWrite::Moved })
}

fn check_desk(connection: &Connection, desk: &DeskRow) -> Result<(), Fault> {
    let stored = connection
        .prepare_cached("SELECT version FROM desks WHERE person = ?1")?
        .query_row([Key(desk.person)], |row| row.get::<_, Count>(0))
        .optional()?
        .map_or(0, |version| version.0);
    refuse_unless(stored.checked_add(1) == Some(desk.version), StoreError::Conflict)
}

fn check_new(connection: &Connection, row: &OutboxRow) -> Result<(), Fault> {
    let mut found = connection.prepare_cached("SELECT 1 FROM outbox WHERE id = ?1")?;
    refuse_unless(!found.exists([Key(row.id)])?, StoreError::Conflict)
}

fn record_changes<'a>(
    connection: &Connection,
    ops: &'a [RecordOp],
) -> Result<RecordChanges<'a>, Fault> {
    let mut changes = RecordChanges::new();
    for op in ops {
        let target = op.target();
        let before = match (changes.remove(&target), op) {
            (Some(change), _) => change,
            (None, RecordOp::Put(_) | RecordOp::Delete { .. }) => None,
            (None, _) => queries::record(connection, target.0, target.1)?,
        };
        changes.insert(target, op.outcome(before.as_ref())?);
    }
    Ok(changes)
}

fn finish(connection: &Connection, key: &WorkKey) -> Result<()> {
    match key {
        WorkKey::Outbox { id, .. } => {
            execute(connection, "DELETE FROM outbox WHERE id = ?1", [Key(*id)])
        }
        WorkKey::Timer { case, name, .. } => cancel(connection, *case, name),
    }
}

fn cancel(connection: &Connection, case: model::CaseId, name: &str) -> Result<()> {
    let sql = "DELETE FROM timers WHERE case_id = ?1 AND name = ?2";
    execute(connection, sql, params![Key(case), name])
}

fn put_back_work(ledger: &mut Ledger<'_>, put_back: &PutBack) -> Result<()> {
    match &put_back.work {
        WorkKey::Outbox { id, .. } => {
            let sql = "UPDATE outbox SET due = ?2, ready_at = ?2, attempts = ?3, \
                       fence = fence + 1 WHERE id = ?1";
            let params = params![Key(*id), At(put_back.due), put_back.attempts];
            execute(ledger.connection, sql, params)
        }
        WorkKey::Timer { case, name, .. } => {
            set_timer(ledger, &TimerRow { case: *case, name: name.clone(), due: put_back.due })
        }
    }
}

fn write_case(connection: &Connection, case: &CaseRow, how: CaseWrite) -> Result<()> {
    let sql = match how {
        CaseWrite::New => {
            "INSERT INTO cases (id, version, state, reason, person, title, severity, source, \
             rule, group_key, opened_at, deadline_at, changed_at, alerts, snapshot) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"
        }
        CaseWrite::InPlace => {
            "UPDATE cases SET version = ?2, reason = ?4, title = ?6, severity = ?7, source = ?8, \
             rule = ?9, deadline_at = ?12, changed_at = ?13, alerts = ?14, snapshot = ?15 \
             WHERE id = ?1"
        }
        CaseWrite::Moved => {
            "UPDATE cases SET version = ?2, state = ?3, reason = ?4, person = ?5, title = ?6, \
             severity = ?7, source = ?8, rule = ?9, group_key = ?10, opened_at = ?11, \
             deadline_at = ?12, changed_at = ?13, alerts = ?14, snapshot = ?15 WHERE id = ?1"
        }
    };
    let params = params![
        Key(case.id),
        Count(case.version),
        Word(case.state),
        case.reason.map(Word),
        case.person.map(Key),
        case.title,
        Word(case.severity),
        case.source,
        case.rule,
        case.group_key,
        At(case.opened_at),
        case.deadline_at.map(At),
        At(case.changed_at),
        case.alerts,
        case.snapshot,
    ];
    execute(connection, sql, params)
}

fn write_desk(connection: &Connection, desk: &DeskRow) -> Result<()> {
    let sql = if desk.version == 1 {
        "INSERT INTO desks (person, version, snapshot) VALUES (?1, ?2, ?3)"
    } else {
        "UPDATE desks SET version = ?2, snapshot = ?3 WHERE person = ?1"
    };
    execute(connection, sql, params![Key(desk.person), Count(desk.version), desk.snapshot])
}

fn append(ledger: &mut Ledger<'_>, entry: &JournalEntry) -> Result<()> {
    let row = AuditRow::following(ledger.head, entry);
    let sql = "INSERT INTO audit_log (seq, at, kind, actor, case_id, digest, previous, hash) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let case = row.case.map(Key);
    let params = params![
        Count(row.seq),
        At(row.at),
        row.kind,
        row.by,
        case,
        row.digest,
        row.previous,
        row.hash
    ];
    execute(ledger.connection, sql, params)?;
    let sql = "INSERT INTO journal (seq, case_id, salt, data) VALUES (?1, ?2, ?3, ?4)";
    execute(ledger.connection, sql, params![Count(row.seq), case, entry.salt, entry.data])?;
    ledger.head = (row.seq, row.hash);
    Ok(())
}

fn apply_timer(ledger: &mut Ledger<'_>, op: &TimerOp) -> Result<()> {
    match op {
        TimerOp::Set(row) => set_timer(ledger, row),
        TimerOp::Cancel { case, name } => cancel(ledger.connection, *case, name),
    }
}

fn set_timer(ledger: &mut Ledger<'_>, row: &TimerRow) -> Result<()> {
    let fence = ledger.next_number();
    let sql = "INSERT OR REPLACE INTO timers (case_id, name, due, ready_at, fence) \
               VALUES (?1, ?2, ?3, ?3, ?4)";
    execute(ledger.connection, sql, params![Key(row.case), row.name, At(row.due), Count(fence)])
}

fn add_outbox(ledger: &mut Ledger<'_>, row: &OutboxRow) -> Result<()> {
    let sql = "INSERT INTO outbox (id, destination, case_id, created_at, due, expires_at, \
               attempts, ready_at, fence, payload, position) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    let ready_at = row.born_leased_until.map_or(row.due, |lease| lease.max(row.due));
    let params = params![
        Key(row.id),
        row.destination,
        row.case.map(Key),
        At(row.created_at),
        At(row.due),
        At(row.expires_at),
        row.attempts,
        At(ready_at),
        row.born_leased_until.is_some(),
        row.payload,
        Count(ledger.next_number()),
    ];
    execute(ledger.connection, sql, params)
}

fn write_record(
    connection: &Connection,
    ((space, key), record): (&(Space, &str), &Option<Record>),
) -> Result<()> {
    let Some(record) = record else {
        let sql = "DELETE FROM records WHERE space = ?1 AND key = ?2";
        return execute(connection, sql, params![In(*space), key]);
    };
    let sql = "INSERT OR REPLACE INTO records (space, key, owner, expires_at, value) \
               VALUES (?1, ?2, ?3, ?4, ?5)";
    let (owner, expires_at) = (record.owner.map(Key), record.expires_at.map(At));
    execute(connection, sql, params![In(*space), key, owner, expires_at, record.value])
}

/// Writes down what a group adds to counters. What does not fit any more stays at the largest
/// number: a tally never makes a commit fail.
pub(super) fn add_tallies(connection: &Connection, tallies: &Tallies) -> Result<()> {
    let sql = "INSERT INTO tallies (key, day, name, n) VALUES (?1, ?2, ?3, ?4) \
               ON CONFLICT (key, day, name) DO UPDATE SET n = CAST(n + excluded.n AS INTEGER)";
    for ((key, day, name), n) in tallies {
        execute(connection, sql, params![key, day.0, name, n])?;
    }
    Ok(())
}

fn erase(ledger: &mut Ledger<'_>, seqs: &[u64]) -> Result<()> {
    let sql = "UPDATE journal SET salt = ?2, data = x'' WHERE seq = ?1";
    seqs.iter()
        .try_for_each(|seq| execute(ledger.connection, sql, params![Count(*seq), ERASED_SALT]))
}
