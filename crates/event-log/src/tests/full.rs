//! A full disk, and one that fails.

use model::Span;
use ports::event_log::{Keep, LogError, Position};

use super::{
    disk::{Fails, SimDisk},
    rig::{Rig, SMALL, number},
};
use crate::Options;

fn numbers(rig: &mut Rig) -> Vec<u64> {
    rig.all().iter().map(number).collect()
}

#[test]
fn a_full_disk_stores_nothing_of_a_batch_and_goes_on_when_there_is_room() {
    for reserve_bytes in [0, 500] {
        // The limit falls on every byte of a batch, its segment and its index.
        for extra in 0..1_300 {
            let disk = SimDisk::new(extra);
            let options = Options { reserve_bytes, ..SMALL };
            let mut rig = Rig::open(&disk, options).expect("it opens");
            assert!(rig.append(&[1, 2])[0].is_ok());
            disk.set_room(disk.used() + extra);
            let mut fitted = vec![1, 2];
            for n in [4, 5, 6, 7, 8] {
                match rig.append(&[n]).remove(0) {
                    Ok(_) => fitted.push(n),
                    Err(error) => assert_eq!(error, LogError::Full),
                }
            }
            assert_eq!(numbers(&mut rig), fitted);
            disk.set_room(u64::MAX);
            assert_eq!(rig.append(&[9]), [Ok(Position(fitted.len() as u64))]);
            fitted.push(9);
            assert_eq!(numbers(&mut rig), fitted);
            drop(rig);
            let mut rig = Rig::open(&disk, options).expect("it opens");
            assert_eq!(numbers(&mut rig), fitted, "opened again, {extra}");
        }
    }
}

#[test]
fn one_that_does_not_fit_costs_its_neighbours_nothing() {
    let disk = SimDisk::new(1);
    let mut rig = Rig::open(&disk, SMALL).expect("it opens");
    disk.set_room(5_000);
    // The third one has tens of kilobytes that do not compress.
    let results = rig.append(&[1, 2, 17, 4]);
    assert_eq!(results, [Ok(Position(0)), Ok(Position(1)), Err(LogError::Full), Ok(Position(2))]);
    assert_eq!(numbers(&mut rig), [1, 2, 4]);
}

#[test]
fn dropping_old_segments_makes_room() {
    let disk = SimDisk::new(1);
    let mut rig = Rig::open(&disk, Options { reserve_bytes: 0, ..SMALL }).expect("it opens");
    disk.set_room(4_000);
    let mut n = 0;
    while rig.append(&[n])[0].is_ok() {
        n += if n % 7 == 2 { 2 } else { 1 };
    }
    let keep = Keep { age: Span::MAX, bytes: 1_500, needed: Position(u64::MAX) };
    let dropped = rig.pen.retain(keep, model::Timestamp::MIN).expect("dropping needs no room");
    assert!(dropped.records > 0 && rig.first() > 0);
    assert!(rig.append(&[n])[0].is_ok());
    assert_eq!(numbers(&mut rig).last(), Some(&n));
}

#[test]
fn a_disk_that_fails_once_at_any_operation_loses_and_invents_nothing() {
    for operation in 0..60 {
        let disk = SimDisk::new(operation);
        let mut rig = Rig::open(&disk, SMALL).expect("it opens");
        disk.fail(Some(Fails { after: operation, for_good: false, as_full: false }));
        let mut fitted = Vec::new();
        for group in [[0, 1], [2, 4], [5, 6], [7, 8], [9, 11]] {
            for (n, result) in group.into_iter().zip(rig.append(&group)) {
                match result {
                    Ok(position) => {
                        assert_eq!(position.0, fitted.len() as u64);
                        fitted.push(n);
                    }
                    Err(error) => assert!(matches!(error, LogError::Unavailable(_)), "{error}"),
                }
            }
        }
        assert_eq!(numbers(&mut rig), fitted, "operation {operation}");
        drop(rig);
        disk.crash();
        let mut rig = Rig::open(&disk, SMALL).expect("it opens");
        assert_eq!(numbers(&mut rig), fitted, "operation {operation}, opened again");
    }
}

/// The operation that makes the first batch of a segment durable.
const FLUSH: u64 = 4;

/// Appends a batch that reaches the disk and whose flush fails, as does taking it back. Its
/// segment is the log's first.
fn give_up(disk: &SimDisk, rig: &mut Rig, n: u64) {
    disk.fail(Some(Fails { after: FLUSH, for_good: true, as_full: false }));
    assert!(matches!(rig.append(&[n])[0], Err(LogError::Unavailable(_))));
    disk.fail(None);
}

#[test]
fn a_segment_that_was_given_up_never_counts_again() {
    for drops in [false, true] {
        let disk = SimDisk::new(1);
        let mut rig = Rig::open(&disk, SMALL).expect("it opens");
        give_up(&disk, &mut rig, 1);
        let mut expected = vec![2, 4, 5, 6, 7, 8, 9];
        for group in expected.chunks(3) {
            assert!(rig.append(group).iter().all(Result::is_ok));
        }
        if drops {
            let keep = Keep { age: Span::MAX, bytes: 0, needed: Position(u64::MAX) };
            rig.pen.retain(keep, model::Timestamp::MIN).expect("retained");
            expected.drain(..usize::try_from(rig.first()).expect("few"));
        }
        assert_eq!(numbers(&mut rig), expected);
        drop(rig);
        let mut rig = Rig::open(&disk, SMALL).expect("it opens");
        assert_eq!(numbers(&mut rig), expected);
    }
}

#[test]
fn what_was_read_after_a_failed_flush_is_there_after_a_crash() {
    for seed in 0..50 {
        let disk = SimDisk::new(seed);
        let mut rig = Rig::open(&disk, SMALL).expect("it opens");
        give_up(&disk, &mut rig, 1);
        drop(rig);
        // The system still has all of it, the disk only some.
        let mut rig = Rig::open(&disk, SMALL).expect("it opens");
        assert_eq!(numbers(&mut rig), [1]);
        disk.break_down();
        drop(rig);
        disk.crash();
        let mut rig = Rig::open(&disk, SMALL).expect("it opens");
        assert_eq!(numbers(&mut rig), [1]);
    }
}

#[test]
fn a_batch_that_was_refused_for_want_of_room_is_not_there_after_a_crash() {
    for seed in 0..50 {
        let disk = SimDisk::new(seed);
        let mut rig = Rig::open(&disk, SMALL).expect("it opens");
        // Some volumes find out only when they flush.
        disk.fail(Some(Fails { after: FLUSH, for_good: false, as_full: true }));
        assert_eq!(rig.append(&[1]), [Err(LogError::Full)]);
        disk.break_down();
        drop(rig);
        disk.crash();
        let mut rig = Rig::open(&disk, SMALL).expect("it opens");
        assert_eq!(numbers(&mut rig), [0; 0]);
    }
}

#[test]
fn a_crash_after_dropping_leaves_no_hole() {
    for seed in 0..50 {
        let disk = SimDisk::new(seed);
        let mut rig = Rig::open(&disk, SMALL).expect("it opens");
        for n in (0..30).filter(|n| n % 7 != 3) {
            assert!(rig.append(&[n])[0].is_ok());
        }
        disk.fail(Some(Fails { after: seed % 12, for_good: true, as_full: false }));
        let keep = Keep { age: Span::MAX, bytes: 0, needed: Position(u64::MAX) };
        let _dropped = rig.pen.retain(keep, model::Timestamp::MIN);
        drop(rig);
        disk.crash();
        let mut rig = Rig::open(&disk, SMALL).expect("it opens");
        let found = numbers(&mut rig);
        assert_eq!(found.last(), Some(&29));
        assert!(found.len() as u64 == rig.next() - rig.first());
    }
}
