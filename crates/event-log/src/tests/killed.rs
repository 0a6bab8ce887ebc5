//! What was acknowledged is there, whatever was killed when.

use std::{
    collections::BTreeMap,
    env,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::SystemTime,
};

use futures::executor::block_on;
use ports::event_log::{EventLog, Position};

use super::{
    open,
    rig::{batch, is_batch, number},
};
use crate::{DiskLog, Options};

const PATH_VARIABLE: &str = "EVENT_LOG_KILL_TEST";
const FIRST_VARIABLE: &str = "EVENT_LOG_KILL_TEST_FIRST";
const WRITERS: u64 = 8;
const ROUNDS: u64 = 6;
/// After how many acknowledgements a child is killed at the latest.
const LIVES_FOR_MAX: u32 = 400;
/// Each writer of each round takes its batches from a range of its own.
const RANGE: u64 = 10_000;
/// Several segments in a round.
const OPTIONS: Options = Options {
    segment_bytes: 1024 * 1024,
    segment_age: model::Span::days(36_500),
    reserve_bytes: 256 * 1024,
    not_before: Position(0),
};

#[test]
fn a_batch_that_was_acknowledged_survives_a_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut acknowledged = BTreeMap::new();
    for round in 0..ROUNDS {
        let before = acknowledged.len();
        run_and_kill(folder.path(), round, &mut acknowledged);
        assert!(acknowledged.len() > before, "the child wrote nothing in round {round}");
        check(&open(folder.path(), OPTIONS), &acknowledged);
    }
}

/// Starts a process that appends as fast as it can, and kills it at a moment that differs by run.
fn run_and_kill(path: &Path, round: u64, acknowledged: &mut BTreeMap<u64, u64>) {
    let mut child = Command::new(env::current_exe().expect("a path"))
        .args(["--exact", "tests::killed::appends_until_it_is_killed", "--ignored", "--nocapture"])
        .env(PATH_VARIABLE, path)
        .env(FIRST_VARIABLE, (round * WRITERS * RANGE).to_string())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a child");
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    let mut left_to_live = now.subsec_micros() % LIVES_FOR_MAX;
    for line in BufReader::new(child.stdout.take().expect("piped")).lines() {
        let line = line.expect("readable");
        let Some((_, said)) = line.split_once("acknowledged ") else { continue };
        // The last line may be cut short, which would make other numbers of it.
        let numbers = said.strip_suffix('.').and_then(|said| said.split_once(' '));
        if let Some((n, position)) = numbers {
            let number = |text: &str| text.parse::<u64>().expect("a number");
            let twice = acknowledged.insert(number(position), number(n));
            assert_eq!(twice, None, "a position was given twice");
        }
        match left_to_live.checked_sub(1) {
            Some(left) => left_to_live = left,
            // SIGKILL; what it had printed until then is read to its end.
            None => child.kill().expect("it runs, or ended just now"),
        }
    }
    child.wait().expect("it ends");
}

fn check(log: &DiskLog, acknowledged: &BTreeMap<u64, u64>) {
    let (mut from, mut met) = (Position(0), BTreeMap::new());
    loop {
        let found = block_on(log.read(from, 1024 * 1024)).expect("readable");
        let Some(last) = found.last() else { break };
        from = last.next();
        for stored in &found {
            assert_eq!(met.insert(stored.position.0, number(stored)), None);
            let n = acknowledged.get(&stored.position.0);
            assert!(n.is_none_or(|n| is_batch(stored, *n)), "it holds another batch");
        }
    }
    let lost: Vec<_> = acknowledged.keys().filter(|it| !met.contains_key(it)).collect();
    assert!(lost.is_empty(), "acknowledged and not there: {lost:?}");
    assert_eq!(met.len() as u64, from.0, "positions have no gap");
}

#[test]
#[ignore = "the child of the kill test, which starts it"]
fn appends_until_it_is_killed() {
    let path = PathBuf::from(env::var_os(PATH_VARIABLE).expect("started by the kill test"));
    let first = env::var(FIRST_VARIABLE).expect("started by the kill test");
    let first: u64 = first.parse().expect("a number");
    let log = open(&path, OPTIONS);
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let log = &log;
            scope.spawn(move || {
                let from = first + writer * RANGE;
                for n in from..from + RANGE {
                    let position = block_on(log.append(batch(n))).expect("it appends");
                    println!("acknowledged {n} {}.", position.0);
                }
            });
        }
    });
}
