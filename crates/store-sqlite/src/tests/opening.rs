//! Which files open, for whom, and who may read them.

use std::{fs, path::Path};

use futures::executor::block_on;
use ports::{
    audit,
    store::{Store, StoreError},
};
use rusqlite::Connection;

use super::{case_id, everything, open};
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
