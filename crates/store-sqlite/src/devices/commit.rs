//! One transaction, carried out. Whatever is refused rolls all of it back.

use std::collections::{BTreeMap, BTreeSet};

use model::{DeviceId, device::RecordKey};
use ports::{
    devices::store::{DeviceCommit, DeviceWrite, Dossier, FindKey, Inventory, kept_ms},
    store::StoreError,
};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    beside,
    frame::{Frame, deflate},
    lists,
};
use crate::{
    columns::{At, Count, Key},
    error::Fault,
};

type Done = Result<(), Fault>;

pub(super) fn carry_out(db: &Connection, commit: DeviceCommit) -> Result<u64, Fault> {
    let revision = lists::revision(db)?;
    let is_current = match commit.based_on {
        Some(based_on) => based_on == revision,
        None => !commit.is_of_revision(),
    };
    if !is_current {
        return Err(StoreError::Conflict.into());
    }
    let next = revision + u64::from(commit.is_of_revision());
    if next != revision {
        db.prepare_cached("UPDATE server SET revision = ?1")?.execute([Count(next)])?;
    }
    let DeviceCommit { devices, ended, .. } = &commit;
    write_devices(db, devices, ended)?;
    beside::write(db, &commit)?;
    Ok(next)
}

/// What is known of a device before it is written or ends.
struct Before {
    number: i64,
    frame: Frame,
}

fn write_devices(db: &Connection, devices: &[DeviceWrite], ended: &[DeviceId]) -> Done {
    let written = devices.iter().map(|write| write.dossier.id);
    let touched: BTreeSet<DeviceId> = written.chain(ended.iter().copied()).collect();
    let mut before: BTreeMap<DeviceId, Before> = BTreeMap::new();
    for id in touched {
        before.extend(known(db, id)?.map(|known| (id, known)));
    }
    let numbers: BTreeSet<i64> = before.values().map(|it| it.number).collect();
    let mut software = Shelf::of(db, &numbers)?;
    for write in devices {
        let was = before.remove(&write.dossier.id);
        refuse_stolen(db, &write.dossier, &numbers)?;
        write_device(db, write, was, &mut software)?;
    }
    for id in ended {
        if let Some(was) = before.remove(id) {
            end(db, &was)?;
        }
    }
    software.clear_away(db)
}

fn known(db: &Connection, id: DeviceId) -> Result<Option<Before>, Fault> {
    let sql = "SELECT number, frame FROM devices JOIN frames ON device = number WHERE id = ?1";
    let row = db
        .prepare_cached(sql)?
        .query_row([Key(id)], |row| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?)))
        .optional()?;
    row.map(|(number, packed)| Ok(Before { number, frame: lists::unpacked(&packed)? })).transpose()
}

/// Refuses a record that belongs to a device which this transaction leaves as it is.
fn refuse_stolen(db: &Connection, dossier: &Dossier, touched: &BTreeSet<i64>) -> Done {
    for record in &dossier.records {
        for number in lists::holders(db, FindKey::record(&record.key), u32::MAX)? {
            if touched.contains(&number) {
                continue;
            }
            let holds = |frame: Frame| frame.records.iter().any(|it| it.key == record.key);
            if lists::frame(db, number)?.is_some_and(holds) {
                return Err(StoreError::Conflict.into());
            }
        }
    }
    Ok(())
}

fn write_device(
    db: &Connection,
    write: &DeviceWrite,
    was: Option<Before>,
    software: &mut Shelf,
) -> Done {
    let mut dossier = write.dossier.clone();
    let number = row(db, &dossier)?;
    for record in &mut dossier.records {
        record.fetched_at = kept_ms(record.fetched_at);
        record.software = software.place(db, number, &record.key, &record.software)?;
    }
    let own = dossier.records.iter().map(|record| FindKey::record(&record.key));
    let keys: BTreeSet<FindKey> = write.keys.iter().copied().chain(own).collect();
    let frame = Frame::of(&dossier, keys.into_iter().collect());
    let was = was.map(|was| was.frame).unwrap_or_default();
    index(db, number, &was, &frame)?;
    records(db, number, &dossier)?;
    let sql = "INSERT INTO frames (device, frame) VALUES (?1, ?2) \
               ON CONFLICT (device) DO UPDATE SET frame = excluded.frame";
    db.prepare_cached(sql)?.execute(params![number, frame.pack()])?;
    Ok(())
}

fn row(db: &Connection, dossier: &Dossier) -> Result<i64, Fault> {
    let sql = "INSERT INTO devices \
               (id, owner, email, grade, checks, is_flagged, last_seen, next_at) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO UPDATE SET \
               owner = excluded.owner, email = excluded.email, grade = excluded.grade, \
               checks = excluded.checks, is_flagged = excluded.is_flagged, \
               last_seen = excluded.last_seen, next_at = excluded.next_at RETURNING number";
    let values = params![
        Key(dossier.id),
        dossier.owner.map(Key),
        dossier.email.as_ref().map(model::Personal::reveal),
        dossier.grade,
        lists::checks_text(&dossier.checks),
        dossier.is_flagged,
        dossier.last_seen.map(|at| At(kept_ms(at))),
        dossier.next_at.map(|at| At(kept_ms(at))),
    ];
    Ok(db.prepare_cached(sql)?.query_row(values, |row| row.get(0))?)
}

/// Changes the indexes from what they were to what they are, and nothing else.
fn index(db: &Connection, number: i64, was: &Frame, is: &Frame) -> Done {
    let mut add = db.prepare_cached("INSERT INTO keys (word, device) VALUES (?1, ?2)")?;
    let mut remove = db.prepare_cached("DELETE FROM keys WHERE word = ?1 AND device = ?2")?;
    for key in was.keys.iter().filter(|key| is.keys.binary_search(key).is_err()) {
        remove.execute(params![key.0, number])?;
    }
    for key in is.keys.iter().filter(|key| was.keys.binary_search(key).is_err()) {
        add.execute(params![key.0, number])?;
    }
    if was.aliases != is.aliases {
        let mut remove =
            db.prepare_cached("DELETE FROM aliases WHERE alias = ?1 AND device = ?2")?;
        let mut add =
            db.prepare_cached("INSERT OR IGNORE INTO aliases (alias, device) VALUES (?1, ?2)")?;
        for alias in &was.aliases {
            remove.execute(params![Key(*alias), number])?;
        }
        for alias in &is.aliases {
            add.execute(params![Key(*alias), number])?;
        }
    }
    Ok(())
}

fn records(db: &Connection, number: i64, dossier: &Dossier) -> Done {
    db.prepare_cached("DELETE FROM records WHERE device = ?1 AND place >= ?2")?
        .execute(params![number, i64::try_from(dossier.records.len()).unwrap_or(i64::MAX)])?;
    let sql = "INSERT OR REPLACE INTO records (device, place, source, is_gone, fetched_at) \
               VALUES (?1, ?2, ?3, ?4, ?5)";
    let mut add = db.prepare_cached(sql)?;
    for (place, record) in (0_i64..).zip(&dossier.records) {
        let source = beside::source_number(db, &record.key.source)?;
        let fetched_at = At(kept_ms(record.fetched_at));
        add.execute(params![number, place, source, record.is_gone, fetched_at])?;
    }
    Ok(())
}

fn end(db: &Connection, was: &Before) -> Done {
    index(db, was.number, &was.frame, &Frame::default())?;
    for sql in [
        "DELETE FROM records WHERE device = ?1",
        "DELETE FROM frames WHERE device = ?1",
        "DELETE FROM devices WHERE number = ?1",
    ] {
        db.prepare_cached(sql)?.execute([was.number])?;
    }
    Ok(())
}

/// The software that was there before a transaction: what nobody keeps is cleared away.
struct Shelf(BTreeMap<(i64, FindKey), i64>);

impl Shelf {
    fn of(db: &Connection, numbers: &BTreeSet<i64>) -> Result<Self, Fault> {
        let mut shelf = BTreeMap::new();
        let mut statement =
            db.prepare_cached("SELECT word, number FROM software WHERE device = ?1")?;
        for device in numbers {
            let rows = statement.query_map([device], |row| Ok((row.get(0)?, row.get(1)?)))?;
            for row in rows {
                let (word, number) = row?;
                shelf.insert((*device, FindKey(word)), number);
            }
        }
        Ok(Self(shelf))
    }

    /// Puts a record's software where it belongs, and says whether there is any.
    fn place(
        &mut self,
        db: &Connection,
        device: i64,
        key: &RecordKey,
        software: &Inventory,
    ) -> Result<Inventory, Fault> {
        let word = FindKey::record(key);
        let there = self.0.remove(&(device, word));
        let elsewhere = || self.0.iter().find(|((_, its), _)| *its == word).map(|(at, _)| *at);
        let number = match software {
            Inventory::Absent => {
                self.0.extend(there.map(|number| ((device, word), number)));
                return Ok(Inventory::Absent);
            }
            Inventory::Is(bytes) => {
                let sql = "INSERT INTO software (device, word, body) VALUES (?1, ?2, ?3) \
                           ON CONFLICT (device, word) DO UPDATE SET body = excluded.body";
                db.prepare_cached(sql)?.execute(params![device, word.0, deflate(bytes)])?;
                return Ok(Inventory::Kept);
            }
            Inventory::Kept if there.is_some() => return Ok(Inventory::Kept),
            Inventory::Kept => elsewhere().and_then(|at| self.0.remove(&at)),
        };
        let Some(number) = number else { return Ok(Inventory::Absent) };
        db.prepare_cached("UPDATE software SET device = ?2 WHERE number = ?1")?
            .execute(params![number, device])?;
        Ok(Inventory::Kept)
    }

    fn clear_away(self, db: &Connection) -> Done {
        let mut remove = db.prepare_cached("DELETE FROM software WHERE number = ?1")?;
        for number in self.0.into_values() {
            remove.execute([number])?;
        }
        Ok(())
    }
}
