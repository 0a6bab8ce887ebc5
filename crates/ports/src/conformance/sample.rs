//! The rows that the claims are made with.

use model::{CaseId, OutboxId, PersonId, Severity, Span, StateName, Timestamp};

use crate::store::{
    CaseRow, Commit, DeskRow, JournalEntry, OutboxRow, PutBack, Record, RecordOp, Space, Store,
    StoreError, TimerOp, TimerRow, WorkKey,
};

/// So many seconds after the beginning of the story.
pub(super) fn at(seconds: u64) -> Timestamp {
    let start = Timestamp::from_second(1_795_000_000).expect("in range");
    Span::seconds(seconds).after(start)
}

pub(super) fn case_id(n: u128) -> CaseId {
    CaseId::from_parts(at(0), n)
}

pub(super) fn person(n: u128) -> PersonId {
    PersonId::from_digest(n)
}

pub(super) fn outbox_id(n: u128) -> OutboxId {
    OutboxId::from_parts(at(0), n)
}

/// A new open case whose group key is its own.
pub(super) fn case(n: u128) -> CaseRow {
    CaseRow {
        id: case_id(n),
        version: 1,
        state: StateName::Asking,
        reason: None,
        person: Some(person(n)),
        title: format!("sign-in {n} from a new country"),
        severity: Severity::Medium,
        source: "siem".to_owned(),
        rule: "new-country".to_owned(),
        group_key: format!("group-{n}"),
        opened_at: at(1),
        deadline_at: Some(at(1_800)),
        changed_at: at(2),
        alerts: 1,
        snapshot: vec![1, 0, 255],
    }
}

pub(super) fn desk(n: u128) -> DeskRow {
    DeskRow { person: person(n), version: 1, snapshot: vec![2, 0, 254] }
}

pub(super) fn entry(case: Option<CaseId>, n: u8) -> JournalEntry {
    JournalEntry {
        seq: 0,
        case,
        at: at(u64::from(n)),
        kind: "case.answered".to_owned(),
        by: format!("person:{}", person(u128::from(n))),
        salt: [n.max(1); 16],
        data: vec![n; 3],
    }
}

pub(super) fn timer(n: u128, name: &str, due: u64) -> TimerRow {
    TimerRow { case: case_id(n), name: name.to_owned(), due: at(due) }
}

pub(super) fn outbox(n: u128, destination: &str, due: u64) -> OutboxRow {
    OutboxRow {
        id: outbox_id(n),
        destination: destination.to_owned(),
        case: Some(case_id(n)),
        created_at: at(0),
        due: at(due),
        expires_at: at(86_400),
        attempts: 0,
        payload: vec![3, 0, 253],
        born_leased_until: None,
    }
}

pub(super) fn record(key: &str, value: &[u8], expires: Option<u64>) -> Record {
    Record {
        space: Space::Challenge,
        key: key.to_owned(),
        owner: Some(person(1)),
        value: value.to_vec(),
        expires_at: expires.map(at),
    }
}

pub(super) fn take(key: &str, now: u64) -> RecordOp {
    RecordOp::Take { space: Space::Challenge, key: key.to_owned(), now: at(now) }
}

pub(super) fn outbox_key(n: u128, fence: u64) -> WorkKey {
    WorkKey::Outbox { id: outbox_id(n), fence }
}

pub(super) fn timer_key(n: u128, name: &str, fence: u64) -> WorkKey {
    WorkKey::Timer { case: case_id(n), name: name.to_owned(), fence }
}

pub(super) async fn set_case(store: &dyn Store, case: CaseRow) -> Result<(), StoreError> {
    store.commit(Commit { case: Some(case), ..Commit::default() }).await
}

pub(super) async fn set_records(
    store: &dyn Store,
    records: impl Into<Vec<RecordOp>>,
) -> Result<(), StoreError> {
    store.commit(Commit { records: records.into(), ..Commit::default() }).await
}

pub(super) async fn set_timers(store: &dyn Store, rows: impl IntoIterator<Item = TimerRow>) {
    let timers = rows.into_iter().map(TimerOp::Set).collect();
    store.commit(Commit { timers, ..Commit::default() }).await.expect("setting has no condition");
}

pub(super) async fn send(store: &dyn Store, outbox: Vec<OutboxRow>) -> Result<(), StoreError> {
    store.commit(Commit { outbox, ..Commit::default() }).await
}

pub(super) async fn finish(store: &dyn Store, work: WorkKey) -> Result<(), StoreError> {
    store.commit(Commit { done: vec![work], ..Commit::default() }).await
}

pub(super) async fn put_back(
    store: &dyn Store,
    work: WorkKey,
    due: u64,
    attempts: u32,
) -> Result<(), StoreError> {
    let put_back = vec![PutBack { work, due: at(due), attempts }];
    store.commit(Commit { put_back, ..Commit::default() }).await
}

/// The value of a record, if it is there.
pub(super) async fn value(store: &dyn Store, key: &str, now: u64) -> Option<Vec<u8>> {
    let record = store.record(Space::Challenge, key, at(now)).await.expect("readable");
    record.map(|record| record.value)
}
