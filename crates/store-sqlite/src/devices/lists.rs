//! Devices as they are found and read.

use std::collections::{BTreeMap, BTreeSet};

use model::{DeviceId, Timestamp, device::RecordKey};
use ports::{
    devices::store::{
        Census, DEVICES_OF_ONE_MAX, DeviceQuery, Dossier, FindKey, Inventory, Owned, Owner,
        PersonDevices, kept_ms,
    },
    store::StoreError,
};
use rusqlite::{Connection, OptionalExtension as _, Row, params, params_from_iter, types::Value};

use super::{
    beside,
    frame::{Frame, inflate},
};
use crate::{
    columns::{At, Count, Key},
    error::Fault,
};

/// Around a check in the text that lists choose by, and inside of it. No name holds either.
const BETWEEN: char = '\u{1f}';
const STANDS: char = '\u{1e}';

const COLUMNS: &str = "number, id, owner, email, grade, is_flagged, last_seen, next_at, frame";
const FROM: &str = "devices JOIN frames ON device = number";

pub(super) fn revision(db: &Connection) -> rusqlite::Result<u64> {
    let sql = "SELECT revision FROM server";
    db.prepare_cached(sql)?.query_row([], |row| Ok(row.get::<_, Count>(0)?.0))
}

pub(super) fn unpacked(packed: &[u8]) -> Result<Frame, Fault> {
    let damaged = || StoreError::Damaged("a device is not what was written".to_owned());
    Frame::unpack(packed).ok_or_else(|| damaged().into())
}

pub(super) fn frame(db: &Connection, number: i64) -> Result<Option<Frame>, Fault> {
    let sql = "SELECT frame FROM frames WHERE device = ?1";
    let packed: Option<Vec<u8>> =
        db.prepare_cached(sql)?.query_row([number], |row| row.get(0)).optional()?;
    packed.map(|packed| unpacked(&packed)).transpose()
}

/// The numbers of devices that have a key, or seem to.
pub(super) fn holders(db: &Connection, key: FindKey, limit: u32) -> rusqlite::Result<Vec<i64>> {
    let mut statement = db.prepare_cached("SELECT device FROM keys WHERE word = ?1 LIMIT ?2")?;
    statement.query_map(params![key.0, limit], |row| row.get(0))?.collect()
}

pub(super) fn having(
    db: &Connection,
    keys: &[FindKey],
    per_key: u32,
) -> Result<Vec<Dossier>, Fault> {
    let mut numbers = BTreeSet::new();
    for key in keys {
        numbers.extend(holders(db, *key, per_key)?);
    }
    let mut found = Vec::new();
    let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE number = ?1");
    for number in numbers {
        found.extend(dossiers(db, &sql, [Value::Integer(number)], false)?);
    }
    found.sort_by_key(|dossier| dossier.id);
    Ok(found)
}

pub(super) fn device(db: &Connection, id: DeviceId) -> Result<Option<Dossier>, Fault> {
    let by_id = format!("SELECT {COLUMNS} FROM {FROM} WHERE id = ?1");
    if let Some(found) = dossiers(db, &by_id, [Key(id).into()], true)?.pop() {
        return Ok(Some(found));
    }
    let by_alias = format!(
        "SELECT {COLUMNS} FROM {FROM} \
         WHERE number IN (SELECT device FROM aliases WHERE alias = ?1) ORDER BY id LIMIT 1"
    );
    Ok(dossiers(db, &by_alias, [Key(id).into()], true)?.pop())
}

pub(super) fn list(db: &Connection, query: &DeviceQuery) -> Result<Vec<Dossier>, Fault> {
    let (mut conditions, mut values) = (vec!["1".to_owned()], Vec::new());
    let mut and = |condition: &str, of: Vec<Value>| {
        conditions.push(condition.to_owned());
        values.extend(of);
    };
    if !query.grades.is_empty() {
        let grades = query.grades.iter().cloned().map(Value::Text).collect();
        and(&format!("grade IN ({})", marks(query.grades.len())), grades);
    }
    if let Some((practice, state)) = &query.check {
        and("instr(checks, ?) > 0", vec![Value::Text(check_text(practice, state))]);
    }
    match &query.owned {
        None => {}
        Some(Owned::ByNobody) => and("owner IS NULL", Vec::new()),
        Some(Owned::By(owner)) => {
            let (condition, of) = of_owner(owner);
            and(&condition, of);
        }
    }
    if query.only_flagged {
        and("is_flagged <> 0", Vec::new());
    }
    if let Some(since) = query.seen_since {
        and("last_seen >= ?", vec![At(since).into()]);
    }
    if let Some(before) = query.seen_before {
        and("(last_seen IS NULL OR last_seen < ?)", vec![At(before).into()]);
    }
    if let Some(after) = query.after {
        and("id > ?", vec![Key(after).into()]);
    }
    values.push(Value::Integer(query.limit.into()));
    let conditions = conditions.join(" AND ");
    let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE {conditions} ORDER BY id LIMIT ?");
    dossiers(db, &sql, values, false)
}

pub(super) fn person(db: &Connection, owner: &Owner) -> Result<PersonDevices, Fault> {
    // Of one instant, whatever is written meanwhile.
    let db = db.unchecked_transaction()?;
    let (sql, values) = of_person(owner);
    let mut devices = dossiers(&db, &sql, values, true)?;
    let has_more = devices.len() > DEVICES_OF_ONE_MAX;
    devices.truncate(DEVICES_OF_ONE_MAX);
    let ids = devices.iter().flat_map(|it| it.aliases.iter().copied().chain([it.id]));
    let ids: Vec<DeviceId> = ids.collect();
    let exemptions = beside::exemptions(&db, Some(&ids), false)?;
    let sources = beside::sources(&db)?;
    Ok(PersonDevices { devices, has_more, exemptions, sources })
}

/// One device more than are shown tells that there are more.
pub(super) fn of_person(owner: &Owner) -> (String, Vec<Value>) {
    let (condition, mut values) = of_owner(owner);
    values.push(Value::Integer(i64::try_from(DEVICES_OF_ONE_MAX).unwrap_or(i64::MAX) + 1));
    (format!("SELECT {COLUMNS} FROM {FROM} WHERE {condition} ORDER BY id LIMIT ?"), values)
}

/// By the two indexes, never by a walk through all devices.
fn of_owner(owner: &Owner) -> (String, Vec<Value>) {
    let emails = owner.emails.iter().map(|email| Value::Text(email.reveal().to_owned()));
    let person = owner.person.map_or(Value::Null, |person| Key(person).into());
    let values: Vec<Value> = [person].into_iter().chain(emails).collect();
    let marks = marks(owner.emails.len());
    let condition = format!(
        "number IN (SELECT number FROM devices WHERE owner = ? \
         UNION SELECT number FROM devices WHERE email IN ({marks}))"
    );
    (condition, values)
}

fn marks(count: usize) -> String {
    vec!["?"; count].join(", ")
}

/// A device of a row, and where its frame and software are.
struct Found {
    number: i64,
    dossier: Dossier,
    frame: Vec<u8>,
}

fn dossiers(
    db: &Connection,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
    with_software: bool,
) -> Result<Vec<Dossier>, Fault> {
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params_from_iter(values), found)?;
    rows.map(|row| whole(db, row?, with_software)).collect()
}

fn found(row: &Row<'_>) -> rusqlite::Result<Found> {
    let dossier = Dossier {
        id: row.get::<_, Key<_>>(1)?.0,
        aliases: Vec::new(),
        owner: row.get::<_, Option<Key<_>>>(2)?.map(|key| key.0),
        email: row.get::<_, Option<String>>(3)?.map(Into::into),
        grade: row.get(4)?,
        checks: BTreeMap::new(),
        is_flagged: row.get(5)?,
        last_seen: row.get::<_, Option<At>>(6)?.map(|at| at.0),
        next_at: row.get::<_, Option<At>>(7)?.map(|at| at.0),
        track: Vec::new(),
        records: Vec::new(),
    };
    Ok(Found { number: row.get(0)?, dossier, frame: row.get(8)? })
}

fn whole(db: &Connection, found: Found, with_software: bool) -> Result<Dossier, Fault> {
    let Frame { aliases, checks, track, mut records, .. } = unpacked(&found.frame)?;
    if with_software {
        for record in records.iter_mut().filter(|it| it.software == Inventory::Kept) {
            record.software = software(db, found.number, &record.key)?;
        }
    }
    Ok(Dossier { aliases, checks, track, records, ..found.dossier })
}

fn software(db: &Connection, device: i64, key: &RecordKey) -> Result<Inventory, Fault> {
    let sql = "SELECT body FROM software WHERE device = ?1 AND word = ?2";
    let word = FindKey::record(key).0;
    let packed: Option<Vec<u8>> =
        db.prepare_cached(sql)?.query_row(params![device, word], |row| row.get(0)).optional()?;
    let damaged = || StoreError::Damaged("a list of software is not what was written".to_owned());
    let bytes = packed.and_then(|packed| inflate(&packed)).ok_or_else(damaged)?;
    Ok(Inventory::Is(bytes))
}

/// The text that lists choose by.
pub(super) fn checks_text(checks: &BTreeMap<String, String>) -> String {
    let mut text = String::from(BETWEEN);
    for (practice, state) in checks {
        text.push_str(&plain(practice));
        text.push(STANDS);
        text.push_str(&plain(state));
        text.push(BETWEEN);
    }
    text
}

fn check_text(practice: &str, state: &str) -> String {
    format!("{BETWEEN}{}{STANDS}{}{BETWEEN}", plain(practice), plain(state))
}

/// A name that cannot pass for two.
fn plain(name: &str) -> String {
    name.replace(|each: char| each.is_control(), "\u{fffd}")
}

pub(super) fn census(db: &Connection) -> Result<Census, Fault> {
    let mut census = Census::default();
    let sql = "SELECT grade, checks, owner IS NULL, is_flagged FROM devices";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let mut checks: BTreeMap<String, u64> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        census.devices += 1;
        *census.grades.entry(row.get(0)?).or_default() += 1;
        census.unowned += u64::from(row.get::<_, bool>(2)?);
        census.flagged += u64::from(row.get::<_, bool>(3)?);
        let text = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
        for check in text.split(BETWEEN).filter(|check| !check.is_empty()) {
            match checks.get_mut(check) {
                Some(count) => *count += 1,
                None => drop(checks.insert(check.to_owned(), 1)),
            }
        }
    }
    let apart = |(check, count): (String, u64)| {
        let (practice, state) = check.split_once(STANDS)?;
        Some(((practice.to_owned(), state.to_owned()), count))
    };
    census.checks = checks.into_iter().filter_map(apart).collect();
    let sql = "SELECT name, COUNT(*), SUM(is_gone) FROM records \
               JOIN sources ON number = source GROUP BY source";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| {
        Ok((row.get(0)?, (row.get::<_, Count>(1)?.0, row.get::<_, Count>(2)?.0)))
    })?;
    census.records = rows.collect::<rusqlite::Result<_>>()?;
    Ok(census)
}

pub(super) fn unseen(
    db: &Connection,
    source: &str,
    before: Timestamp,
    limit: u32,
) -> Result<Vec<DeviceId>, Fault> {
    let sql = "SELECT DISTINCT id FROM records JOIN devices ON number = device \
               WHERE source = (SELECT number FROM sources WHERE name = ?1) \
               AND is_gone = 0 AND fetched_at < ?2 ORDER BY id LIMIT ?3";
    let mut statement = db.prepare_cached(sql)?;
    let ids = statement.query_map(params![source, At(kept_ms(before)), limit], id_of)?;
    Ok(ids.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn due(db: &Connection, now: Timestamp, limit: u32) -> Result<Vec<DeviceId>, Fault> {
    let sql = "SELECT id FROM devices WHERE next_at <= ?1 ORDER BY next_at, id LIMIT ?2";
    let mut statement = db.prepare_cached(sql)?;
    let ids = statement.query_map(params![At(now), limit], id_of)?;
    Ok(ids.collect::<rusqlite::Result<_>>()?)
}

fn id_of(row: &Row<'_>) -> rusqlite::Result<DeviceId> {
    Ok(row.get::<_, Key<_>>(0)?.0)
}

pub(super) fn next_due(db: &Connection) -> Result<Option<Timestamp>, Fault> {
    let sql = "SELECT MIN(next_at) FROM devices WHERE next_at IS NOT NULL";
    let at: Option<At> = db.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    Ok(at.map(|at| at.0))
}
