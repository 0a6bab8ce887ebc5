//! Which files open, for whom, and who may read them.

use std::{fs, path::Path};

use futures::executor::block_on;
use model::PersonId;
use ports::{
    audit,
    store::{Space, Store, StoreError},
};
use rusqlite::{Connection, params};

use super::{at, case_id, everything, open};
use crate::{OpenError, Options, SqliteStore};

/// A store with one case in it, closed again.
fn written(path: &Path) {
    block_on(open(path).commit(everything(1))).expect("an empty store takes it");
}

fn open_error(path: &Path) -> OpenError {
    SqliteStore::open(path, Options::default()).expect_err("it is refused")
}

fn change(path: &Path, sql: &str) {
    Connection::open(path).expect("it opens").execute_batch(sql).expect("it runs");
}

#[test]
fn a_newer_store_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    written(&path);
    change(&path, "PRAGMA user_version = 1000");
    let before = fs::read(&path).expect("readable");
    let error = open_error(&path);
    assert!(matches!(error, OpenError::Newer { found: 1000, .. }), "{error}");
    let error = SqliteStore::open_read_only(&path).expect_err("it is refused");
    assert!(matches!(error, OpenError::Newer { found: 1000, .. }), "{error}");
    assert_eq!(fs::read(&path).expect("readable"), before);
}

#[test]
fn another_programs_file_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("other.db");
    fs::write(&path, "once upon a time there was a text ".repeat(1_000)).expect("written");
    assert!(matches!(open_error(&path), OpenError::Foreign));
    fs::remove_file(&path).expect("removed");
    change(&path, "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
    let before = fs::read(&path).expect("readable");
    assert!(matches!(open_error(&path), OpenError::Foreign));
    let looking = SqliteStore::open_read_only(&path);
    assert!(matches!(looking, Err(OpenError::Foreign)));
    assert_eq!(fs::read(&path).expect("readable"), before);
}

#[test]
fn one_process_serves_a_store_while_others_look() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let serving = open(&path);
    assert!(matches!(open_error(&path), OpenError::InUse));
    let looking = SqliteStore::open_read_only(&path).expect("it opens beside the server");
    block_on(async {
        serving.commit(everything(1)).await.expect("it commits");
        assert!(looking.case(case_id(1)).await.is_ok_and(|case| case.is_some()));
        assert_eq!(audit::verify(&looking).await.expect("readable").map(|head| head.0), Ok(2));
        let refused = looking.commit(everything(2)).await;
        assert!(matches!(refused, Err(StoreError::Unavailable(_))));
        assert!(looking.sweep(super::at(0), 1).await.is_err());
        drop(serving);
        open(&path).commit(everything(2)).await.expect("the lock is free again");
    });
}

#[test]
fn a_store_at_rest_can_be_looked_at_and_is_not_made_by_looking() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    assert!(matches!(SqliteStore::open_read_only(&path), Err(OpenError::Missing)));
    assert!(!path.exists());
    written(&path);
    let looking = SqliteStore::open_read_only(&path).expect("it opens");
    assert!(block_on(looking.case(case_id(1))).is_ok_and(|case| case.is_some()));
    let _serving = open(&path);
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("data").join("store.db");
    let store = open(&path);
    block_on(store.commit(everything(1))).expect("it commits");
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    let inside = path.parent().expect("a folder");
    assert_eq!(mode(inside), 0o700);
    let files = fs::read_dir(inside).expect("readable").map(|file| file.expect("readable").path());
    let files: Vec<_> = files.collect();
    assert_eq!(files.len(), 4, "the store, its log, the readers' memory, the lock: {files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

/// A store of schema 1, as it was shipped: made by its own migration, with rows in the tables that
/// later migrations change.
fn first(path: &Path) {
    change(path, include_str!("../migrations/0001_first.sql"));
    change(
        path,
        "PRAGMA application_id = 1129539438; PRAGMA user_version = 1; PRAGMA journal_mode = wal;
         INSERT INTO outbox VALUES
             (7, x'AA000000000000000000000000000000', 'chat', NULL, 0, 2000000, 9000000, 3, 2000000, 4, x'AA'),
             (8, x'BB000000000000000000000000000000', 'chat', NULL, 0, 1000000, 9000000, 0, 5000000, 1, x'BB');
         INSERT INTO records VALUES ('session', 's', zeroblob(16), NULL, x'01'),
             ('delivery', 'd', zeroblob(16), NULL, x'02');",
    );
}

#[test]
fn a_store_of_an_earlier_schema_is_brought_up_with_all_that_is_in_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    first(&path);
    let looking = SqliteStore::open_read_only(&path);
    assert!(matches!(looking, Err(OpenError::Older)), "a look changes nothing");
    let store = open(&path);
    block_on(async {
        store.commit(everything(1)).await.expect("it goes on");
        let late = at(1_000_000);
        let claimed = store.claim_outbox("chat", late, at(2_000_000), 9).await.expect("readable");
        let read = claimed.iter().map(|each| {
            (each.work.payload[0], each.work.attempts, each.fence, each.work.due.as_second())
        });
        // What was on lease when the old server stopped is ready with its due time.
        let read: Vec<_> = read.collect();
        assert_eq!(read[..2], [(0xBB, 0, 2, 1), (0xAA, 3, 5, 2)]);
        assert_eq!(read.len(), 3);
        let nobody = Some(PersonId::from_digest(0));
        for (space, value) in [(Space::Session, 1), (Space::Delivery, 2)] {
            let own = store.records(space, nobody, "", at(0), 9).await.expect("readable");
            assert_eq!(own.iter().map(|record| record.value[0]).collect::<Vec<_>>(), [value]);
        }
        assert!(audit::verify(&store).await.is_ok_and(|verdict| verdict.is_ok()));
    });
}

#[test]
fn what_people_wait_for_is_listed_by_an_index() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    drop(open(&path));
    let connection = Connection::open(&path).expect("it opens");
    for space in Space::LISTED_BY_OWNER {
        let sql = format!("EXPLAIN QUERY PLAN {}", crate::queries::records_of_owner(space));
        let nobody = PersonId::from_digest(0).bits().to_be_bytes();
        let plan: Vec<String> = connection
            .prepare(&sql)
            .and_then(|mut plan| {
                plan.query_map(params![nobody, "", 0, 9], |row| row.get(3))?.collect()
            })
            .expect("a plan");
        // One step: no walk, and no sorting after it.
        let [step] = plan.as_slice() else { panic!("{space:?}: {plan:?}") };
        let whole = "USING INDEX records_by_owner (space=? AND owner=? AND key>?)";
        assert!(step.contains(whole), "{space:?}: {step}");
    }
}
