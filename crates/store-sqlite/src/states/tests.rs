//! What is SQLite's own: files, a full disk, kills. The port's promises are tested by its
//! conformance suite.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

use futures::executor::block_on;
use ports::{
    event_log::Position,
    states::{Checkpoint, StateKey, StateSave, States},
    store::StoreError,
};
use rusqlite::Connection;

use crate::{OpenError, Options, SqliteStates};

const PATH_VARIABLE: &str = "STORE_SQLITE_STATES_KILL_TEST";
const ROUNDS: usize = 5;
/// After how many saves a child is killed.
const LIVES_FOR: [usize; ROUNDS] = [1, 7, 40, 3, 90];
/// Entities that every save of the child changes: many pages of the file.
const ENTITIES: u128 = 300;

fn open(path: &Path) -> SqliteStates {
    SqliteStates::open(path, Options::default()).expect("it opens")
}

/// A save that gives all entities the same number, and the checkpoint and its part too.
fn save(n: u64) -> StateSave {
    let value = n.to_be_bytes().repeat(1 + usize::try_from(n % 100).expect("few"));
    let values = (0..ENTITIES).map(|key| (StateKey(key << 100 | key), Some(value.clone())));
    let parts = vec![("windows".to_owned(), value.clone())];
    let checkpoint = Checkpoint { position: Position(n), rules: n.to_string(), parts };
    StateSave { values: values.collect(), checkpoint: Some(checkpoint) }
}

/// The number of the newest save, of which everything is there.
fn newest(states: &SqliteStates) -> u64 {
    let Some(checkpoint) = block_on(states.checkpoint()).expect("readable") else {
        assert_eq!(block_on(states.size()), Ok((0, 0)));
        return 0;
    };
    let expected = save(checkpoint.position.0);
    assert_eq!(Some(checkpoint), expected.checkpoint);
    let (keys, values): (Vec<_>, Vec<_>) = expected.values.into_iter().unzip();
    assert_eq!(block_on(states.load(&keys)), Ok(values), "values of another save");
    block_on(states.checkpoint()).expect("readable").expect("there").position.0
}

#[test]
fn the_sqlite_states_keep_every_promise_of_the_port() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = std::cell::Cell::new(0);
    block_on(ports::conformance::states(async || {
        made.set(made.get() + 1);
        let states: Arc<dyn States> = Arc::new(open(&folder.path().join(format!("{made:?}.db"))));
        states
    }));
}

#[test]
fn states_opened_again_have_everything() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("data").join("detection.db");
    block_on(open(&path).save(save(7))).expect("saved");
    let states = open(&path);
    assert_eq!(newest(&states), 7);
    let size = block_on(states.size());
    drop(states);
    assert!(!path.with_extension("db-wal").exists(), "the log was folded back");
    assert_eq!(block_on(open(&path).size()), size);
}

#[test]
fn a_save_that_does_not_fit_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options { max_pages: Some(150) };
    let path = folder.path().join("detection.db");
    let states = SqliteStates::open(&path, options).expect("it opens");
    block_on(states.save(save(8))).expect("there is room");
    let mut large = save(9);
    large.values.push((StateKey(77), Some(vec![7; 2_000_000])));
    assert_eq!(block_on(states.save(large)), Err(StoreError::Full));
    assert_eq!(newest(&states), 8);
    assert_eq!(block_on(states.size()).map(|size| u128::from(size.0)), Ok(ENTITIES));
    block_on(states.save(save(10))).expect("the next one fits");
    assert_eq!(newest(&states), 10);
}

#[test]
fn one_process_at_a_time_and_only_files_of_ours() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("detection.db");
    let error = || SqliteStates::open(&path, Options::default()).expect_err("it is refused");
    let states = open(&path);
    assert!(matches!(error(), OpenError::InUse));
    drop(states);
    let change = |sql: &str| Connection::open(&path).and_then(|it| it.execute_batch(sql));
    change("PRAGMA user_version = 9").expect("changed");
    assert!(matches!(error(), OpenError::Newer { found: 9, .. }));
    change("PRAGMA application_id = 5").expect("changed");
    assert!(matches!(error(), OpenError::Foreign));
    fs::write(&path, "once upon a time there was a text ".repeat(1_000)).expect("written");
    assert!(matches!(error(), OpenError::Foreign));
    // Without it detection begins anew.
    fs::remove_file(&path).expect("removed");
    assert_eq!(newest(&open(&path)), 0);
}

#[test]
fn a_damaged_file_is_said_to_be_damaged() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("detection.db");
    block_on(open(&path).save(save(99))).expect("saved");
    let mut bytes = fs::read(&path).expect("readable");
    let start = bytes.len() / 2;
    bytes[start..].fill(0xA5);
    fs::write(&path, bytes).expect("written");
    let keys: Vec<_> = save(99).values.into_iter().map(|(key, _)| key).collect();
    let found = block_on(open(&path).load(&keys));
    assert!(matches!(found, Err(StoreError::Damaged(_))), "{found:?}");
}

#[test]
fn after_a_kill_values_and_checkpoint_are_of_the_same_save() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("detection.db");
    for lives_for in LIVES_FOR {
        let acknowledged = run_and_kill(&path, lives_for);
        // The system was not stopped, so that nothing that it had taken is lost.
        assert!(newest(&open(&path)) >= acknowledged && acknowledged > 0);
    }
}

/// Starts a process that saves as fast as it can and kills it after so many; returns the last one
/// that it knew of.
fn run_and_kill(path: &Path, lives_for: usize) -> u64 {
    let child = "states::tests::saves_until_it_is_killed";
    let mut child = Command::new(env::current_exe().expect("a path"))
        .args(["--exact", child, "--ignored", "--nocapture"])
        .env(PATH_VARIABLE, path)
        .stdout(Stdio::piped())
        .spawn()
        .expect("a child");
    let mut acknowledged = 0;
    let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let said = lines.map(|line| line.expect("readable"));
    // The last line may be cut short, which would make another number of it.
    let said =
        said.filter_map(|line| line.split_once("saved ")?.1.strip_suffix('.')?.parse::<u64>().ok());
    for (count, n) in said.enumerate() {
        acknowledged = n;
        if count + 1 == lives_for {
            child.kill().expect("it runs");
        }
    }
    child.wait().expect("it ends");
    acknowledged
}

#[test]
#[ignore = "the child of the kill test, which starts it"]
fn saves_until_it_is_killed() {
    let path = PathBuf::from(env::var_os(PATH_VARIABLE).expect("started by the kill test"));
    let states = open(&path);
    let from = newest(&states) + 1;
    for n in from..from + 10_000 {
        block_on(states.save(save(n))).expect("saved");
        println!("saved {n}.");
    }
}
