//! Many callers at once.

use futures::future::join_all;

use super::sample::{
    at, case, case_id, entry, outbox, outbox_key, record, send, set_case, set_records, take,
};
use crate::{
    audit,
    store::{CaseRow, Commit, RecordOp, Store, StoreError},
};

const CALLERS: u8 = 32;

/// Lets every caller try; returns the one that succeeded, after a look at why the others did not.
async fn winner(store: &dyn Store, attempt: impl Fn(u8) -> Commit, refusal: &StoreError) -> u8 {
    let tries = (0..CALLERS).map(|n| store.commit(attempt(n)));
    let results = join_all(tries).await;
    let refused = results.iter().filter(|result| result.as_ref() == Err(refusal)).count();
    assert_eq!(refused, usize::from(CALLERS) - 1, "all but one are refused: {results:?}");
    let winner = results.iter().position(Result::is_ok).expect("one succeeds");
    u8::try_from(winner).expect("small")
}

pub(super) async fn of_parallel_takes_one_succeeds(store: &dyn Store) {
    set_records(store, [RecordOp::Put(record("key", b"1", None))]).await.expect("no condition");
    let attempt = |n| Commit {
        records: vec![take("key", 0)],
        journal: vec![entry(None, n)],
        ..Commit::default()
    };
    let winner = winner(store, attempt, &StoreError::Gone).await;
    let journal = store.journal(None, 0, 100).await.expect("readable");
    assert_eq!(journal.len(), 1, "the others wrote nothing");
    assert_eq!(journal[0].data, entry(None, winner).data);
}

pub(super) async fn of_parallel_case_writes_one_succeeds(store: &dyn Store) {
    set_case(store, case(1)).await.expect("a new case");
    let next = |n| CaseRow { version: 2, snapshot: vec![n], ..case(1) };
    let attempt = |n| Commit { case: Some(next(n)), ..Commit::default() };
    let winner = winner(store, attempt, &StoreError::Conflict).await;
    assert_eq!(store.case(case_id(1)).await, Ok(Some(next(winner))));
}

pub(super) async fn of_parallel_openings_of_a_group_one_succeeds(store: &dyn Store) {
    let open = |n| CaseRow { group_key: "same".to_owned(), ..case(u128::from(n)) };
    let attempt = |n| Commit { case: Some(open(n)), ..Commit::default() };
    let winner = winner(store, attempt, &StoreError::Conflict).await;
    assert_eq!(store.open_case("same").await, Ok(Some(case_id(u128::from(winner)))));
    assert_eq!(store.count_cases().await.map(|counts| counts[0].1), Ok(1));
}

pub(super) async fn of_parallel_inserts_one_succeeds(store: &dyn Store) {
    let insert = |n| RecordOp::Insert { record: record("key", &[n], None), now: at(0) };
    let attempt = |n| Commit { records: vec![insert(n)], ..Commit::default() };
    let winner = winner(store, attempt, &StoreError::Conflict).await;
    assert_eq!(super::sample::value(store, "key", 0).await, Some(vec![winner]));
}

pub(super) async fn parallel_claims_never_share_a_row(store: &dyn Store) {
    let rows = (0..100).map(|n| outbox(n, "chat", 0)).collect();
    send(store, rows).await.expect("new rows");
    let claims = (0..CALLERS).map(|_| store.claim_outbox("chat", at(0), at(60), 7));
    let claims: Vec<_> = join_all(claims).await;
    let claimed = claims.into_iter().flat_map(|claim| claim.expect("claimable"));
    let mut ids: Vec<_> = claimed.map(|each| each.work.id).collect();
    assert_eq!(ids.len(), 100);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 100, "each row went to one caller");
}

pub(super) async fn parallel_commits_make_one_whole_chain(store: &dyn Store) {
    let commits = (0..CALLERS).map(|n| {
        let case_id = Some(case_id(u128::from(n)));
        // Every fourth is refused, in the midst of the others.
        let version = if n % 4 == 0 { 2 } else { 1 };
        store.commit(Commit {
            case: Some(CaseRow { version, ..case(u128::from(n)) }),
            journal: vec![entry(case_id, n), entry(None, n)],
            ..Commit::default()
        })
    });
    let results = join_all(commits).await;
    let done = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!(done, usize::from(CALLERS) * 3 / 4);
    let head = store.audit_head().await.expect("readable");
    assert_eq!(head.0, done as u64 * 2);
    assert_eq!(audit::verify(store).await, Ok(Ok(head)));
}

pub(super) async fn work_is_finished_once(store: &dyn Store) {
    send(store, vec![outbox(1, "chat", 0)]).await.expect("a new row");
    let claimed = store.claim_outbox("chat", at(0), at(60), 1).await.expect("claimable");
    let attempt = |n| Commit {
        done: vec![outbox_key(1, claimed[0].fence)],
        journal: vec![entry(None, n)],
        ..Commit::default()
    };
    winner(store, attempt, &StoreError::Gone).await;
    assert_eq!(store.audit_head().await.map(|head| head.0), Ok(1));
}
