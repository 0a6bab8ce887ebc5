//! All of a commit or nothing of it.

use super::sample::{
    at, case, case_id, desk, entry, finish, outbox, outbox_id, outbox_key, person, put_back,
    record, send, set_case, set_records, set_timers, take, timer, timer_key, value,
};
use crate::store::{Commit, PutBack, RecordOp, Store, StoreError, TimerOp};

const FAR: u64 = 1_000_000;

/// A commit that writes a little of everything and whose own conditions hold on [`prepare`]d ground.
fn everything() -> Commit {
    Commit {
        case: Some(case(50)),
        desk: Some(desk(50)),
        journal: vec![entry(Some(case_id(50)), 50), entry(None, 51)],
        timers: vec![
            TimerOp::Set(timer(50, "deadline", 60)),
            TimerOp::Cancel { case: case_id(1), name: "kept".to_owned() },
        ],
        outbox: vec![outbox(50, "chat", 60)],
        records: vec![
            RecordOp::Put(record("put", b"new", None)),
            RecordOp::Delete { space: crate::store::Space::Challenge, key: "kept".to_owned() },
            take("taken", 0),
        ],
        ..Commit::default()
    }
}

/// A case, a desk, a record or two, a timer, and a claimed outbox row and timer.
async fn prepare(store: &dyn Store) -> (u64, u64) {
    let commit = Commit {
        case: Some(case(1)),
        desk: Some(desk(1)),
        journal: vec![entry(Some(case_id(1)), 1)],
        outbox: vec![outbox(1, "pager", 0)],
        ..Commit::default()
    };
    store.commit(commit).await.expect("an empty store takes it");
    set_timers(store, [timer(1, "claimed", 0), timer(1, "kept", FAR)]).await;
    let records = ["kept", "taken"].map(|key| RecordOp::Put(record(key, b"old", None)));
    set_records(store, records).await.expect("putting has no condition");
    let row = store.claim_outbox("pager", at(1), at(100), 10).await.expect("claimable");
    let timer = store.claim_timers(at(1), at(100), 10).await.expect("claimable");
    (row[0].fence, timer[0].fence)
}

/// Everything that can be seen, to compare before with after.
async fn picture(store: &dyn Store) -> String {
    let everything = crate::store::CaseQuery { limit: 100, ..Default::default() };
    let seen = (
        store.cases(&everything).await,
        store.case(case_id(1)).await,
        store.desk(person(1)).await,
        store.desk(person(50)).await,
        store.journal(Some(case_id(50)), 0, 100).await,
        store.journal(None, 0, 100).await,
        store.audit(0, 100).await,
        store.audit_head().await,
        store.outbox_depth().await,
        store.next_timer_at().await,
    );
    let records = (value(store, "kept", 0).await, value(store, "taken", 0).await);
    format!("{seen:?} {records:?} {:?}", value(store, "put", 0).await)
}

type Spoil = (&'static str, StoreError, fn(&mut Commit, u64, u64));

/// Every condition that can fail, each laid upon a commit that is otherwise good.
const SPOILS: &[Spoil] = &[
    ("a case version that is taken", StoreError::Conflict, |commit, _, _| {
        commit.case = Some(case(1));
    }),
    ("a case version that skips", StoreError::Conflict, |commit, _, _| {
        commit.case = Some(crate::store::CaseRow { version: 3, ..case(1) });
    }),
    ("a second version of no case", StoreError::Conflict, |commit, _, _| {
        commit.case = Some(crate::store::CaseRow { version: 2, ..case(50) });
    }),
    ("a case without a version", StoreError::Conflict, |commit, _, _| {
        commit.case = Some(crate::store::CaseRow { version: 0, ..case(50) });
    }),
    ("the group key of an open case", StoreError::Conflict, |commit, _, _| {
        commit.case = Some(crate::store::CaseRow { group_key: case(1).group_key, ..case(50) });
    }),
    ("a desk version that is taken", StoreError::Conflict, |commit, _, _| {
        commit.desk = Some(desk(1));
    }),
    ("a desk version that skips", StoreError::Conflict, |commit, _, _| {
        commit.desk = Some(crate::store::DeskRow { version: 2, ..desk(50) });
    }),
    ("a stale fence of an outbox row", StoreError::Gone, |commit, row, _| {
        commit.done = vec![outbox_key(1, row - 1)];
    }),
    ("an outbox row that is not there", StoreError::Gone, |commit, row, _| {
        commit.done = vec![outbox_key(1, row), outbox_key(9, 1)];
    }),
    ("a stale fence of a timer", StoreError::Gone, |commit, row, timer| {
        commit.done = vec![outbox_key(1, row), timer_key(1, "claimed", timer - 1)];
    }),
    ("a timer that nobody claimed", StoreError::Gone, |commit, _, _| {
        commit.done = vec![timer_key(1, "kept", 0)];
    }),
    ("putting back what is not there", StoreError::Gone, |commit, row, _| {
        let back = |work| PutBack { work, due: at(5), attempts: 1 };
        commit.put_back = vec![back(outbox_key(1, row)), back(timer_key(9, "claimed", 1))];
    }),
    ("an outbox id that is taken", StoreError::Conflict, |commit, _, _| {
        commit.outbox.push(outbox(1, "chat", 0));
    }),
    ("taking a record that is not there", StoreError::Gone, |commit, _, _| {
        commit.records.push(take("nothing", 0));
    }),
    ("taking a record twice", StoreError::Gone, |commit, _, _| {
        commit.records.push(take("taken", 0));
    }),
    ("inserting over a record", StoreError::Conflict, |commit, _, _| {
        commit.records.push(RecordOp::Insert { record: record("put", b"2", None), now: at(0) });
    }),
    ("swapping another value", StoreError::Conflict, |commit, _, _| {
        let (expected, record) = (Some(b"other".to_vec()), record("put", b"2", None));
        commit.records.push(RecordOp::Swap { expected, record, now: at(0) });
    }),
];

pub(super) async fn a_refused_commit_leaves_nothing_behind(store: &dyn Store) {
    let (row, timer) = prepare(store).await;
    let before = picture(store).await;
    for (what, error, spoil) in SPOILS {
        let mut commit = everything();
        spoil(&mut commit, row, timer);
        assert_eq!(store.commit(commit).await.as_ref(), Err(error), "{what}");
        assert_eq!(picture(store).await, before, "{what} left something behind");
    }
    // The claims are untouched as well.
    finish(store, outbox_key(1, row)).await.expect("the row's claim still holds");
    finish(store, timer_key(1, "claimed", timer)).await.expect("the timer's claim still holds");
}

pub(super) async fn a_commit_happens_as_a_whole(store: &dyn Store) {
    let (row, fence) = prepare(store).await;
    let done = vec![outbox_key(1, row), timer_key(1, "claimed", fence)];
    store.commit(Commit { done, ..everything() }).await.expect("every condition holds");

    assert_eq!(store.case(case_id(50)).await, Ok(Some(case(50))));
    assert_eq!(store.desk(person(50)).await, Ok(Some(desk(50))));
    assert_eq!(store.journal(Some(case_id(50)), 0, 9).await.map(|rows| rows.len()), Ok(1));
    assert_eq!(store.journal(None, 0, 9).await.map(|rows| rows.len()), Ok(1));
    assert_eq!(store.outbox_depth().await, Ok(vec![("chat".to_owned(), 1)]));
    let timers = store.claim_timers(at(2 * FAR), at(3 * FAR), 9).await.expect("claimable");
    assert_eq!(timers.len(), 1, "the finished timer and the cancelled one are gone");
    assert_eq!(timers[0].work, timer(50, "deadline", 60));
    let rows = store.claim_outbox("chat", at(60), at(90), 9).await.expect("claimable");
    assert_eq!(rows[0].work, outbox(50, "chat", 60));
    assert_eq!(rows[0].work.id, outbox_id(50));
    assert_eq!(value(store, "put", 0).await, Some(b"new".to_vec()));
    assert_eq!(value(store, "kept", 0).await, None);
    assert_eq!(value(store, "taken", 0).await, None);
}

pub(super) async fn done_work_may_be_set_again_in_the_same_commit(store: &dyn Store) {
    set_case(store, case(1)).await.expect("a new case");
    set_timers(store, [timer(1, "reminder", 10)]).await;
    send(store, vec![outbox(1, "chat", 10)]).await.expect("a new row");
    let timers = store.claim_timers(at(10), at(20), 1).await.expect("claimable");
    let commit = Commit {
        done: vec![timer_key(1, "reminder", timers[0].fence)],
        timers: vec![TimerOp::Set(timer(1, "reminder", 50))],
        ..Commit::default()
    };
    store.commit(commit).await.expect("the claim holds");
    assert_eq!(store.next_timer_at().await, Ok(Some(at(50))));

    let rows = store.claim_outbox("chat", at(10), at(20), 1).await.expect("claimable");
    put_back(store, outbox_key(1, rows[0].fence), 30, 1).await.expect("the claim holds");
    assert_eq!(store.next_outbox_at("chat").await, Ok(Some(at(30))));
}
