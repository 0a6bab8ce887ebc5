//! What is SQLite's own: durability, files, full disks, tampering. The port's promises are tested
//! by its conformance suite.

mod copying;
mod durable;
mod full;
mod opening;
mod tampered;

use std::{path::Path, sync::Arc};

use futures::executor::block_on;
use model::{CaseId, OutboxId, PersonId, Severity, Span, StateName, Timestamp};
use ports::store::{
    CaseRow, Commit, DeskRow, JournalEntry, OutboxRow, Record, RecordOp, Space, Store, TimerOp,
    TimerRow,
};

use crate::{Options, SqliteStore};

#[test]
fn the_sqlite_store_keeps_every_promise_of_the_port() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = std::cell::Cell::new(0);
    block_on(ports::conformance::store(async || {
        made.set(made.get() + 1);
        let store: Arc<dyn Store> = Arc::new(open(&folder.path().join(format!("{made:?}.db"))));
        store
    }));
}

fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path, Options::default()).expect("it opens")
}

fn at(seconds: u64) -> Timestamp {
    Span::seconds(seconds).after(Timestamp::from_second(1_795_000_000).expect("in range"))
}

fn case_id(n: u64) -> CaseId {
    CaseId::from_digest(n.into())
}

/// A commit that writes to every table: one case, desk, outbox row and record, two journal
/// entries, two timers.
fn everything(n: u64) -> Commit {
    let case = case_id(n);
    let person = PersonId::from_digest(n.into());
    let entry = |kind: &str| JournalEntry {
        seq: 0,
        case: Some(case),
        at: at(n),
        kind: kind.to_owned(),
        by: "system".to_owned(),
        salt: [7; 16],
        data: n.to_be_bytes().to_vec(),
    };
    let timer = |name: &str| TimerOp::Set(TimerRow { case, name: name.to_owned(), due: at(n) });
    let outbox = OutboxRow {
        id: OutboxId::from_digest(n.into()),
        destination: "chat".to_owned(),
        case: Some(case),
        created_at: at(n),
        due: at(n),
        expires_at: at(n + 86_400),
        attempts: 0,
        payload: vec![1; 300],
        born_leased_until: None,
    };
    let (space, key) = (Space::AlertKey, n.to_string());
    let record = Record { space, key, owner: None, value: vec![2; 50], expires_at: None };
    Commit {
        case: Some(case_row(n)),
        desk: Some(DeskRow { person, version: 1, snapshot: vec![3; 100] }),
        journal: vec![entry("case.opened"), entry("case.asked")],
        timers: vec![timer("deadline"), timer("reminder")],
        outbox: vec![outbox],
        records: vec![RecordOp::Insert { record, now: at(n) }],
        ..Commit::default()
    }
}

fn case_row(n: u64) -> CaseRow {
    CaseRow {
        id: case_id(n),
        version: 1,
        state: StateName::Asking,
        reason: None,
        person: Some(PersonId::from_digest(n.into())),
        title: "sign-in from a new country".to_owned(),
        severity: Severity::Medium,
        source: "siem".to_owned(),
        rule: "new-country".to_owned(),
        group_key: format!("group-{n}"),
        opened_at: at(n),
        deadline_at: Some(at(n + 1_800)),
        changed_at: at(n),
        alerts: 1,
        snapshot: vec![4; 1_000],
    }
}
