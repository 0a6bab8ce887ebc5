//! Copies of a store, and a store written anew.

use std::{fs, path::Path};

use futures::executor::block_on;
use model::{PersonId, Timestamp};
use ports::{
    audit,
    store::{CaseRow, Commit, Space, Store},
};
use rusqlite::Connection;

use super::{case_id, case_row, everything, open};
use crate::{CopyError, OpenError, SqliteStore, compact, copy};

fn names(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).expect("readable").map(|file| file.expect("readable"));
    let mut names: Vec<_> =
        files.map(|file| file.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_copy_of_a_running_store_is_one_whole_file() {
    let (folder, apart) =
        (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let (path, to) = (folder.path().join("store.db"), apart.path().join("copy.db"));
    let store = open(&path);
    block_on(async {
        for n in 1..=50 {
            store.commit(everything(n)).await.expect("no condition");
        }
        copy(&path, &to).expect("copied");
        // What comes later is not in it, and the store goes on.
        store.commit(everything(51)).await.expect("no condition");
    });
    assert_eq!(names(apart.path()), ["copy.db"], "one file");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&to).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "for nobody else to read");
    }
    let copied = SqliteStore::open_read_only(&to).expect("it opens");
    block_on(async {
        let head = audit::verify(&copied).await.expect("readable").expect("whole");
        assert_eq!(head.0, 100);
        assert!(copied.case(case_id(50)).await.expect("readable").is_some());
        assert!(copied.case(case_id(51)).await.expect("readable").is_none());
    });
}

#[test]
fn a_copy_made_while_others_write_holds_whole_commits_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let store = open(&path);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 1..=300 {
                block_on(store.commit(everything(n))).expect("no condition");
            }
        });
        for n in 0..5 {
            let to = folder.path().join(format!("copy-{n}.db"));
            copy(&path, &to).expect("copied");
            let copied = SqliteStore::open_read_only(&to).expect("it opens");
            let (entries, _) = block_on(audit::verify(&copied)).expect("readable").expect("whole");
            assert_eq!(entries % 2, 0, "each commit has two");
            let last = case_id(entries / 2);
            assert_eq!(entries == 0, block_on(copied.case(last)).expect("readable").is_none());
        }
    });
}

#[test]
fn nothing_is_overwritten_and_nothing_foreign_copied() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    block_on(open(&path("store.db")).commit(everything(1))).expect("no condition");
    fs::write(path("there"), "precious").expect("written");
    assert!(matches!(copy(&path("store.db"), &path("there")), Err(CopyError::Taken)));
    assert_eq!(fs::read(path("there")).expect("readable"), b"precious");
    fs::write(path("new.part"), "begun").expect("written");
    assert!(matches!(copy(&path("store.db"), &path("new")), Err(CopyError::Taken)));
    assert_eq!(fs::read(path("new.part")).expect("readable"), b"begun");

    let source = |name: &str| match copy(&path(name), &path("copy")) {
        Err(CopyError::Source(error)) => error,
        other => panic!("{name}: {other:?}"),
    };
    assert!(matches!(source("nothing"), OpenError::Missing));
    assert!(matches!(source("there"), OpenError::Foreign));
    let newer = Connection::open(path("store.db")).expect("it opens");
    newer.execute_batch("PRAGMA user_version = 1000").expect("it runs");
    assert!(matches!(source("store.db"), OpenError::Newer { found: 1000, .. }));
    assert!(!path("copy").exists() && !path("copy.part").exists());
}

#[test]
fn what_a_case_no_longer_says_is_in_no_file_once_the_store_is_written_anew() {
    const SECRET: &[u8] = b"she was at the dentist";
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let bytes_hold_secret = || {
        let files = fs::read_dir(folder.path()).expect("readable");
        files
            .map(|file| fs::read(file.expect("readable").path()).expect("readable"))
            .any(|bytes| bytes.windows(SECRET.len()).any(|window| window == SECRET))
    };
    let store = open(&path);
    block_on(async {
        store.commit(everything(1)).await.expect("no condition");
        for version in 2..40 {
            let snapshot = if version < 39 { SECRET.repeat(300) } else { vec![0; 10] };
            let case = CaseRow { version, snapshot, ..case_row(1) };
            store.commit(Commit { case: Some(case), ..Commit::default() }).await.expect("in order");
        }
    });
    assert!(matches!(compact(&path), Err(OpenError::InUse)), "not beside a server");
    drop(store);
    compact(&path).expect("written anew");
    assert!(!bytes_hold_secret());
    let store = open(&path);
    block_on(async {
        assert!(audit::verify(&store).await.expect("readable").is_ok());
        let case = store.case(case_id(1)).await.expect("readable").expect("there");
        assert_eq!((case.version, case.snapshot), (39, vec![0; 10]));
        let desk = store.desk(PersonId::from_digest(1)).await.expect("readable");
        assert!(desk.is_some());
        let record = store.record(Space::AlertKey, "1", Timestamp::UNIX_EPOCH).await;
        assert!(record.expect("readable").is_some());
    });
}
