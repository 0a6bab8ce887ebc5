//! The audit chain, changed behind the store's back.

use futures::executor::block_on;
use ports::{audit, store::Store};
use rusqlite::{Connection, params};

use super::{everything, open};
use crate::SqliteStore;

/// What somebody with the file does to a chain of ten rows, and the row that gives it away.
const CHANGES: &[(&str, u64, &str)] = &[
    ("the kind is edited", 4, "UPDATE audit_log SET kind = 'case.denied' WHERE seq = 4"),
    ("the actor is edited", 4, "UPDATE audit_log SET actor = 'key:other' WHERE seq = 4"),
    ("the time is edited", 1, "UPDATE audit_log SET at = at + 1 WHERE seq = 1"),
    ("the case is taken away", 5, "UPDATE audit_log SET case_id = NULL WHERE seq = 5"),
    ("the case is another", 5, "UPDATE audit_log SET case_id = zeroblob(16) WHERE seq = 5"),
    ("the digest is edited", 6, "UPDATE audit_log SET digest = zeroblob(32) WHERE seq = 6"),
    ("the hash is edited", 7, "UPDATE audit_log SET hash = zeroblob(32) WHERE seq = 7"),
    ("the link is edited", 8, "UPDATE audit_log SET previous = zeroblob(32) WHERE seq = 8"),
    ("a hash is no hash", 3, "UPDATE audit_log SET hash = x'00' WHERE seq = 3"),
    ("the first link is no hash", 1, "UPDATE audit_log SET previous = x'00' WHERE seq = 1"),
    ("the case is no id", 3, "UPDATE audit_log SET case_id = x'00' WHERE seq = 3"),
    ("the time is out of range", 3, "UPDATE audit_log SET at = 9223372036854775807 WHERE seq = 3"),
    ("the first row is deleted", 1, "DELETE FROM audit_log WHERE seq = 1"),
    ("a row is deleted", 5, "DELETE FROM audit_log WHERE seq = 5"),
    ("the last row is deleted", 10, "DELETE FROM audit_log WHERE seq = 10"),
    ("all rows are deleted", 1, "DELETE FROM audit_log"),
    (
        "a row is deleted and the gap closed",
        5,
        "DELETE FROM audit_log WHERE seq = 5; \
         UPDATE audit_log SET seq = -seq WHERE seq > 5; \
         UPDATE audit_log SET seq = -seq - 1 WHERE seq < 0",
    ),
    (
        "two rows are reordered",
        6,
        "UPDATE audit_log SET seq = -6 WHERE seq = 6; \
         UPDATE audit_log SET seq = 6 WHERE seq = 7; \
         UPDATE audit_log SET seq = 7 WHERE seq = -6",
    ),
    ("what was said is edited", 9, "UPDATE journal SET data = x'00' WHERE seq = 9"),
    ("what was said is taken away", 9, "DELETE FROM journal WHERE seq = 9"),
    ("the salt is no salt", 9, "UPDATE journal SET salt = x'00' WHERE seq = 9"),
    ("what was said is no case's", 9, "UPDATE journal SET case_id = x'00' WHERE seq = 9"),
    ("what was said is moved", 9, "UPDATE journal SET case_id = NULL WHERE seq = 9"),
];

#[test]
fn verification_names_the_first_row_that_was_tampered_with() {
    let folder = tempfile::tempdir().expect("a folder");
    for (n, (what, first_broken, sql)) in CHANGES.iter().enumerate() {
        let path = folder.path().join(format!("{n}.db"));
        let store = open(&path);
        for case in 0..5 {
            block_on(store.commit(everything(case))).expect("it commits");
        }
        assert!(block_on(audit::verify(&store)).is_ok_and(|verdict| verdict.is_ok()));
        Connection::open(&path).expect("it opens").execute_batch(sql).expect(what);
        let broken = block_on(audit::verify(&store)).expect("readable").expect_err(what);
        assert_eq!(broken.seq, *first_broken, "{what}: {broken}");
        drop(store);
        let looking = SqliteStore::open_read_only(&path).expect("it opens");
        let verdict = block_on(audit::verify(&looking)).expect("readable");
        assert_eq!(verdict, Err(broken), "{what}, seen by a look from outside");
    }
}

#[test]
fn a_chain_that_was_tampered_with_goes_on_and_stays_broken() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    block_on(open(&path).commit(everything(1))).expect("it commits");
    let cut = "DELETE FROM audit_log WHERE seq = 2";
    Connection::open(&path).expect("it opens").execute_batch(cut).expect("it runs");
    let store = open(&path);
    block_on(store.commit(everything(2))).expect("cases do not wait for an investigation");
    let verdict = block_on(audit::verify(&store)).expect("readable");
    assert_eq!(verdict.map_err(|broken| broken.seq), Err(2));
}

#[test]
fn a_last_row_forged_with_a_matching_hash_is_not_the_one_written_down() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let store = open(&path);
    block_on(store.commit(everything(1))).expect("it commits");
    let mut row = block_on(store.audit(1, 1)).expect("readable").remove(0);
    row.kind = "case.forged".to_owned();
    let sql = "UPDATE audit_log SET kind = ?1, hash = ?2 WHERE seq = 2";
    let forged = params![row.kind, audit::chain_hash(&row)];
    Connection::open(&path).expect("it opens").execute(sql, forged).expect("it runs");
    let verdict = block_on(audit::verify(&store)).expect("readable");
    assert_eq!(verdict.map_err(|broken| broken.seq), Err(2));
}
