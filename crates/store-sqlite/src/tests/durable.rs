//! What was acknowledged is there, and nothing is there by half, whatever was killed when.

use std::{
    collections::BTreeSet,
    env,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::SystemTime,
};

use futures::{FutureExt, executor::block_on};
use ports::{
    audit,
    store::{CaseQuery, Commit, JournalEntry, Space, Store},
};
use rusqlite::Connection;

use super::{at, case_id, case_row, everything, open};

const PATH_VARIABLE: &str = "STORE_SQLITE_KILL_TEST";
const FIRST_VARIABLE: &str = "STORE_SQLITE_KILL_TEST_FIRST";
const WRITERS: u64 = 8;
const ROUNDS: u64 = 6;
/// After how many acknowledgements a child is killed at the latest.
const LIVES_FOR_MAX: u32 = 400;
/// Each writer of each round takes its numbers from a range of its own.
const RANGE: u64 = 1_000_000;

#[test]
fn a_store_opened_again_has_everything() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    block_on(async {
        let store = open(&path);
        store.commit(everything(1)).await.expect("an empty store takes it");
        let fence = store.claim_timers(at(9), at(20), 1).await.expect("claimable")[0].fence;
        let head = store.audit_head().await.expect("readable");
        drop(store);

        let store = open(&path);
        assert_eq!(store.case(case_id(1)).await, Ok(Some(case_row(1))));
        assert_eq!(store.audit_head().await, Ok(head));
        store.commit(everything(2)).await.expect("it goes on");
        assert_eq!(audit::verify(&store).await.expect("readable").map(|head| head.0), Ok(4));
        assert_eq!(store.outbox_depth().await, Ok(vec![("chat".to_owned(), 2)]));
        let record = store.record(Space::AlertKey, "1", at(0)).await.expect("readable");
        assert_eq!(record.map(|record| record.value), Some(vec![2; 50]));
        let again = store.claim_timers(at(20), at(40), 9).await.expect("claimable");
        assert_eq!(again.len(), 4, "those on a lapsed lease are among them");
        assert!(again.iter().all(|timer| timer.fence > fence), "fences rise over a restart");
    });
}

#[test]
fn work_on_lease_to_a_process_that_is_gone_is_ready_at_the_next_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    block_on(async {
        let store = open(&path);
        store.commit(everything(1)).await.expect("an empty store takes it");
        let until = at(1_000_000);
        let work = store.claim_outbox("chat", at(500), until, 9).await.expect("claimable");
        let timers = store.claim_timers(at(500), until, 9).await.expect("claimable");
        assert!(!work.is_empty() && !timers.is_empty());
        drop(store);

        let store = open(&path);
        let again = store.claim_outbox("chat", at(500), until, 9).await.expect("claimable");
        assert_eq!(again.len(), work.len());
        assert!(again[0].fence > work[0].fence, "the claim of the one before is void");
        let again = store.claim_timers(at(500), until, 9).await.expect("claimable");
        assert_eq!(again.len(), timers.len());
    });
}

#[test]
fn dropping_a_store_finishes_what_was_accepted() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let store = open(&path);
    for n in 0..50 {
        // Polled once, so that it is in the queue; nobody waits for the answer.
        let mut commit = Box::pin(store.commit(everything(n)));
        assert!(commit.as_mut().now_or_never().is_none());
    }
    drop(store);
    let count = block_on(open(&path).count_cases()).expect("readable");
    assert_eq!(count, [(model::StateName::Asking, 50)]);
    assert!(!path.with_extension("db-wal").exists(), "the log was folded back");
}

#[test]
fn a_commit_that_was_acknowledged_survives_a_kill_and_none_is_there_by_half() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let mut acknowledged = BTreeSet::new();
    for round in 0..ROUNDS {
        let before = acknowledged.len();
        run_and_kill(&path, round, &mut acknowledged);
        assert!(acknowledged.len() > before, "the child wrote nothing in round {round}");
        check_whole(&path, &acknowledged);
    }
}

/// Starts a process that commits as fast as it can, and kills it at a moment that differs by run.
fn run_and_kill(path: &Path, round: u64, acknowledged: &mut BTreeSet<u64>) {
    let mut child = Command::new(env::current_exe().expect("a path"))
        .args(["--exact", "tests::durable::commits_until_it_is_killed", "--ignored", "--nocapture"])
        .env(PATH_VARIABLE, path)
        .env(FIRST_VARIABLE, (round * WRITERS * RANGE).to_string())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a child");
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    let mut left_to_live = now.subsec_micros() % LIVES_FOR_MAX;
    for line in BufReader::new(child.stdout.take().expect("piped")).lines() {
        let line = line.expect("readable");
        let Some((_, number)) = line.split_once("acknowledged ") else { continue };
        // The last line may be cut short, which would make another number of it.
        acknowledged.extend(number.strip_suffix('.').and_then(|n| n.parse::<u64>().ok()));
        match left_to_live.checked_sub(1) {
            Some(left) => left_to_live = left,
            // SIGKILL; what it had printed until then is read to its end.
            None => child.kill().expect("it runs, or ended just now"),
        }
    }
    child.wait().expect("it ends");
}

fn check_whole(path: &Path, acknowledged: &BTreeSet<u64>) {
    let store = open(path);
    let verdict = block_on(audit::verify(&store)).expect("readable");
    verdict.expect("the chain is whole");
    let everything = CaseQuery { limit: u32::MAX, ..CaseQuery::default() };
    let cases = block_on(store.cases(&everything)).expect("readable");
    let stored: BTreeSet<_> = cases.iter().map(|case| case.id).collect();
    let lost: Vec<_> = acknowledged.iter().filter(|n| !stored.contains(&case_id(**n))).collect();
    assert_eq!(lost, [&0; 0], "acknowledged and not there");

    let connection = Connection::open(path).expect("readable");
    for (table, each) in [
        ("desks", 1),
        ("journal", 2),
        ("audit_log", 2),
        ("timers", 2),
        ("outbox", 1),
        ("records", 1),
    ] {
        let sql = format!("SELECT COUNT(*) FROM {table}");
        let count: u32 = connection.query_row(&sql, [], |row| row.get(0)).expect("readable");
        assert_eq!(count as usize, each * cases.len(), "{table} has commits by half");
    }
}

#[test]
#[ignore = "the child of the kill test, which starts it"]
fn commits_until_it_is_killed() {
    let path = PathBuf::from(env::var_os(PATH_VARIABLE).expect("started by the kill test"));
    let first = env::var(FIRST_VARIABLE).expect("started by the kill test");
    let first: u64 = first.parse().expect("a number");
    let store = open(&path);
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let store = &store;
            scope.spawn(move || {
                let from = first + writer * RANGE;
                for n in from..from + RANGE {
                    block_on(store.commit(everything(n))).expect("it commits");
                    println!("acknowledged {n}.");
                }
            });
        }
    });
}

#[test]
fn what_is_erased_is_in_no_file_any_more() {
    const SECRET: &[u8] = b"she was at the dentist";
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let bytes_hold_secret = || {
        let files = std::fs::read_dir(folder.path()).expect("readable");
        files
            .map(|file| std::fs::read(file.expect("readable").path()).expect("readable"))
            .any(|bytes| bytes.windows(SECRET.len()).any(|window| window == SECRET))
    };
    block_on(async {
        let store = open(&path);
        let Commit { mut journal, .. } = everything(1);
        // One that fits its page, one that overflows into others.
        journal[0] = JournalEntry { data: SECRET.to_vec(), ..journal[0].clone() };
        journal[1] = JournalEntry { data: SECRET.repeat(1_000), ..journal[1].clone() };
        store.commit(Commit { journal, ..Commit::default() }).await.expect("no condition");
        assert!(bytes_hold_secret());
        let erase = Commit { erase: vec![1, 2], ..Commit::default() };
        store.commit(erase).await.expect("no condition");
        assert!(!bytes_hold_secret());
        assert!(audit::verify(&store).await.is_ok_and(|verdict| verdict.is_ok()));
    });
}
