//! Bad days: a full disk, a failing one.

use futures::{executor::block_on, future::join_all};
use ports::{
    audit,
    store::{Commit, Record, RecordOp, Space, Store, StoreError},
};
use rusqlite::ffi;

use super::{case_id, everything};
use crate::{Options, SqliteStore, error::Fault, queries};

/// Room for the schema and a little more.
const FEW_PAGES: Options = Options { max_pages: Some(80) };

fn put(key: &str, bytes: usize) -> Commit {
    let (space, value) = (Space::Meta, vec![1; bytes]);
    let record = Record { space, key: key.to_owned(), owner: None, value, expires_at: None };
    Commit { records: vec![RecordOp::Put(record)], ..Commit::default() }
}

fn delete(key: &str) -> Commit {
    let op = RecordOp::Delete { space: Space::Meta, key: key.to_owned() };
    Commit { records: vec![op], ..Commit::default() }
}

fn small_store(folder: &tempfile::TempDir) -> SqliteStore {
    SqliteStore::open(&folder.path().join("store.db"), FEW_PAGES).expect("it opens")
}

/// Fills the store with records of 20 kB; returns how many fitted.
async fn fill(store: &SqliteStore) -> usize {
    for n in 0.. {
        match store.commit(put(&format!("ballast {n}"), 20_000)).await {
            Ok(()) => {}
            Err(error) => {
                assert_eq!(error, StoreError::Full);
                return n;
            }
        }
    }
    unreachable!("the store has a ceiling")
}

#[test]
fn a_full_disk_refuses_and_recovers_by_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    block_on(async {
        let store = small_store(&folder);
        store.commit(everything(1)).await.expect("there is room");
        let fitted = fill(&store).await;
        assert!(fitted > 1);
        let mut refused = everything(2);
        refused.outbox[0].payload = vec![1; 50_000];
        assert_eq!(store.commit(refused).await, Err(StoreError::Full));
        assert_eq!(store.case(case_id(2)).await, Ok(None), "nothing of it is there");
        let before = store.audit_head().await.expect("readable");
        assert_eq!(before.0, 2);

        store.commit(delete("ballast 0")).await.expect("making room needs none");
        store.commit(everything(2)).await.expect("there is room again");
        assert_eq!(audit::verify(&store).await.expect("readable").map(|head| head.0), Ok(4));
    });
}

#[test]
fn one_that_does_not_fit_costs_its_neighbours_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    block_on(async {
        let store = small_store(&folder);
        let commits = (0..40).map(|n| if n == 20 { put("giant", 1_000_000) } else { put("x", n) });
        let results = join_all(commits.map(|commit| store.commit(commit))).await;
        for (n, result) in results.into_iter().enumerate() {
            let expected = if n == 20 { Err(StoreError::Full) } else { Ok(()) };
            assert_eq!(result, expected, "{n}");
        }
    });
}

#[test]
fn a_failing_disk_loses_nothing_and_the_writer_starts_afresh() {
    let folder = tempfile::tempdir().expect("a folder");
    let failure = || rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_IOERR_FSYNC), None);
    block_on(async {
        let store = small_store(&folder);
        store.commit(everything(1)).await.expect("it commits");
        let writer = store.writer.as_ref().expect("opened to serve");
        let failing = writer.write(move |ledger| -> Result<(), Fault> {
            // It wrote before the disk failed.
            ledger.connection.execute("DELETE FROM cases", [])?;
            ledger.head = (99, [9; 32]);
            Err(Fault::Sqlite(failure()))
        });
        assert!(matches!(failing.await, Err(StoreError::Unavailable(_))));
        assert!(store.case(case_id(1)).await.is_ok_and(|case| case.is_some()));
        store.commit(everything(2)).await.expect("the writer opened the file again");
        let head = writer.write(|ledger| Ok(queries::audit_head(ledger.connection)?)).await;
        assert_eq!(head.map(|head| head.0), Ok(4));
        assert!(audit::verify(&store).await.is_ok_and(|verdict| verdict.is_ok()));
    });
}

#[test]
fn the_free_bytes_of_the_volume_are_known() {
    let folder = tempfile::tempdir().expect("a folder");
    let free = block_on(small_store(&folder).free_bytes());
    assert!(free.is_ok_and(|free| free.is_some_and(|bytes| bytes > 0)));
}
