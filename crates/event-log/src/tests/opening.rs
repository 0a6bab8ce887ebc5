//! Which folders open, for whom, and who may read them.

use std::{fs, path::Path};

use futures::executor::block_on;
use model::Span;
use ports::{
    conformance::sample_batch,
    event_log::{Batch, EventLog, Keep, LogError, Position},
};

use super::{entropy, open};
use crate::{DiskLog, OpenError, Options};

fn append(log: &DiskLog, numbers: std::ops::Range<u64>) {
    for n in numbers {
        assert_eq!(block_on(log.append(sample_batch(n))), Ok(Position(n)));
    }
}

fn count(log: &DiskLog) -> usize {
    block_on(log.read(Position(0), usize::MAX)).expect("readable").len()
}

fn files(path: &Path) -> Vec<String> {
    let names = fs::read_dir(path).expect("readable");
    let mut names: Vec<_> = names
        .map(|entry| entry.expect("readable").file_name().into_string().expect("ours"))
        .collect();
    names.sort();
    names
}

fn open_error(path: &Path) -> OpenError {
    DiskLog::open(path, Options::default(), entropy()).expect_err("it is refused")
}

#[test]
fn a_log_opened_again_goes_on_where_it_was_with_and_without_its_indexes() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options { segment_bytes: 1_000, ..Options::default() };
    let log = open(folder.path(), options);
    append(&log, 0..20);
    let bounds = block_on(log.bounds());
    drop(log);
    assert!(files(folder.path()).iter().any(|name| name.ends_with(".index")));
    for round in 0..3 {
        let log = open(folder.path(), options);
        assert_eq!((block_on(log.bounds()), count(&log), log.cut_bytes()), (bounds.clone(), 20, 0));
        drop(log);
        for name in files(folder.path()).iter().filter(|name| name.ends_with(".index")) {
            let index = folder.path().join(name);
            match round {
                0 => fs::remove_file(index).expect("removed"),
                _ => fs::write(index, b"once upon a time").expect("written"),
            }
        }
    }
    append(&open(folder.path(), options), 20..25);
    assert_eq!(count(&open(folder.path(), options)), 25);
}

#[test]
fn one_process_writes_a_log_while_others_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("log");
    let reading = DiskLog::open_read_only(&path);
    assert!(matches!(reading, Err(OpenError::Missing)) && !path.exists());
    let options = Options { segment_bytes: 1, ..Options::default() };
    let writing = open(&path, options);
    append(&writing, 0..5);
    assert!(matches!(open_error(&path), OpenError::InUse));
    let reading = DiskLog::open_read_only(&path).expect("it opens beside the writer");
    assert_eq!(count(&reading), 5);
    let refused = block_on(reading.append(sample_batch(9)));
    assert!(matches!(refused, Err(LogError::Unavailable(_))));

    // What the writer drops meanwhile is left out, as what was dropped before is.
    let keep = Keep { age: Span::ZERO, bytes: 0, needed: Position(3) };
    block_on(writing.retain(keep, model::Timestamp::MAX)).expect("retained");
    let left = block_on(reading.read(Position(0), usize::MAX)).expect("readable");
    assert!(left.iter().all(|stored| stored.batch.is_ok()));
    assert_eq!(left.iter().map(|stored| stored.position.0).collect::<Vec<_>>(), [3, 4]);
    drop(writing);
    append(&open(&path, options), 5..6);
}

#[test]
fn a_later_format_is_refused_and_strange_files_are_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    append(&open(folder.path(), Options::default()), 0..3);
    fs::write(folder.path().join("notes.txt"), "once upon a time").expect("written");
    assert_eq!(count(&open(folder.path(), Options::default())), 3);
    assert!(folder.path().join("notes.txt").exists());
    let later = folder.path().join("00000009-00000000000000000009-0000000000000000.log2");
    fs::write(&later, b"of the future").expect("written");
    assert!(matches!(open_error(folder.path()), OpenError::Newer { .. }));
    fs::remove_file(later).expect("removed");
    let before = folder.path().join("00000009-00000000000000000000-0000000000000000.log1");
    fs::write(&before, b"of another log").expect("written");
    let earlier = folder.path().join("00000010-00000000000000000009-0000000000000000.log1");
    fs::write(earlier, b"").expect("written");
    append(&open(folder.path(), Options::default()), 9..10);
    fs::rename(before, folder.path().join("00000011-00000000000000000000-0000000000000000.log1"))
        .expect("renamed");
    assert!(matches!(open_error(folder.path()), OpenError::OutOfOrder { .. }));
}

#[test]
fn positions_that_are_known_elsewhere_are_not_given_again() {
    let folder = tempfile::tempdir().expect("a folder");
    append(&open(folder.path(), Options::default()), 0..3);
    let options = Options { not_before: Position(10), ..Options::default() };
    let log = open(folder.path(), options);
    append(&log, 10..12);
    let found = block_on(log.read(Position(0), usize::MAX)).expect("readable");
    let lost = found[3].batch.as_ref().expect_err("they are gone");
    assert_eq!((found[3].position, lost.until, found.len()), (Position(3), Position(10), 6));
    drop(log);
    let log = open(folder.path(), Options::default());
    assert_eq!(block_on(log.bounds()).map(|bounds| bounds.next), Ok(Position(12)));
}

#[test]
fn segments_follow_each_other_by_size_and_by_age() {
    for (options, batches, segments) in [
        (Options { segment_bytes: 1, ..Options::default() }, 4, 4),
        // A batch a minute.
        (Options { segment_age: Span::minutes(2), ..Options::default() }, 6, 3),
        (Options::default(), 6, 1),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let log = open(folder.path(), options);
        append(&log, 0..batches);
        drop(log);
        let logs = files(folder.path()).iter().filter(|name| name.ends_with("log1")).count();
        assert_eq!(logs, segments);
    }
}

#[test]
fn a_quiet_log_lets_go_of_what_is_too_old_with_the_next_batch() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = open(folder.path(), Options::default());
    append(&log, 0..3);
    let now = Span::days(40).after(sample_batch(0).received_at);
    let keep = Keep { age: Span::days(30), bytes: u64::MAX, needed: Position(u64::MAX) };
    assert_eq!(block_on(log.retain(keep, now)).map(|dropped| dropped.records), Ok(0));
    let late = Batch { received_at: now, ..sample_batch(3) };
    assert_eq!(block_on(log.append(late)), Ok(Position(3)));
    assert_eq!(block_on(log.retain(keep, now)).map(|dropped| dropped.records), Ok(9));
    assert_eq!(count(&log), 1);
}

#[test]
fn room_that_was_taken_ahead_is_given_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = open(folder.path(), Options::default());
    append(&log, 0..3);
    let length = |path: &Path| {
        let names = files(path);
        let name = names.iter().find(|name| name.ends_with("log1")).expect("a segment");
        fs::metadata(path.join(name)).expect("there").len()
    };
    let used = block_on(log.bounds()).expect("readable").bytes;
    assert_eq!(length(folder.path()), Options::default().reserve_bytes);
    drop(log);
    assert_eq!(length(folder.path()), used);
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("data").join("log");
    append(&open(&path, Options::default()), 0..2);
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o700);
    let names = files(&path);
    assert_eq!(names.len(), 3, "a segment, its index, the lock: {names:?}");
    for name in names {
        assert_eq!(mode(&path.join(&name)), 0o600, "{name}");
    }
}
