//! Random lives of a log on a disk that does everything a disk may do.

use std::collections::{BTreeMap, BTreeSet};

use model::Span;
use ports::event_log::{Keep, LogError, Position};
use proptest::prelude::*;

use super::{
    disk::{Fails, SimDisk},
    rig::{Rig, SMALL, number},
};

#[derive(Debug, Clone)]
enum Act {
    /// So many batches in one group.
    Append(usize),
    /// Drops what is more than so many bytes, and keeps so many of the newest.
    Retain(u64, u64),
    /// Closes and opens.
    Reopen,
    /// The power goes.
    Crash,
    /// The power goes so many operations later.
    CrashSoon(u64),
    /// One operation fails; as if the disk were full, or otherwise.
    FailSoon(u64, bool),
    /// So much room is left; none of it limited without a number.
    Room(Option<u64>),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        12 => (1_usize..5).prop_map(Act::Append),
        2 => (500_u64..5_000, 0_u64..12).prop_map(|(bytes, newest)| Act::Retain(bytes, newest)),
        2 => Just(Act::Reopen),
        2 => Just(Act::Crash),
        3 => (0_u64..25).prop_map(Act::CrashSoon),
        2 => (0_u64..25, any::<bool>()).prop_map(|(after, full)| Act::FailSoon(after, full)),
        2 => prop::option::of(0_u64..3_000).prop_map(Act::Room),
    ];
    prop::collection::vec(act, 1..60)
}

/// What is known of the log from outside.
#[derive(Default)]
struct Known {
    /// What was acknowledged, or read by somebody, by position.
    there: BTreeMap<u64, u64>,
    /// What was said not to be stored.
    refused: BTreeSet<u64>,
    /// Nothing at or after this was ever allowed to go.
    needed: u64,
    made: u64,
}

impl Known {
    fn append(&mut self, rig: &mut Rig, count: usize) {
        let group: Vec<u64> = (self.made..).take(count).collect();
        self.made += count as u64;
        for (n, result) in group.iter().zip(rig.append(&group)) {
            match result {
                Ok(position) => {
                    assert_eq!(self.there.insert(position.0, *n), None, "a position twice");
                }
                Err(LogError::Full) => assert!(self.refused.insert(*n)),
                Err(LogError::Unavailable(_)) => {}
                Err(LogError::TooLarge { .. }) => panic!("none is too large"),
            }
        }
    }

    /// Everything that is there is as it was appended, and everything that must be is there.
    fn check(&mut self, rig: &mut Rig) {
        let first = rig.first();
        assert!(first <= self.needed.max(self.first()), "what was needed is gone");
        let found = rig.all();
        let mut numbers = BTreeSet::new();
        let mut next = first;
        for stored in &found {
            let at = stored.position.0;
            assert_eq!(at, next, "positions have no gap");
            next = stored.next().0;
            if stored.batch.is_err() {
                let lost: Vec<_> = self.there.range(at..next).collect();
                assert!(lost.is_empty(), "acknowledged and damaged: {lost:?}");
                continue;
            }
            let n = number(stored);
            assert!(numbers.insert(n), "batch {n} is there twice");
            assert!(n < self.made && !self.refused.contains(&n), "batch {n} is invented");
            // Somebody has read it: it must stay.
            assert_eq!(*self.there.entry(at).or_insert(n), n, "position {at} holds another");
        }
        let newest = self.there.last_key_value().map_or(0, |(position, _)| position + 1);
        assert!(next >= newest, "{next} comes after {newest}: acknowledged and lost");
        self.there = self.there.split_off(&first);
    }

    fn first(&self) -> u64 {
        self.there.first_key_value().map_or(u64::MAX, |(position, _)| *position)
    }

    fn retain(&mut self, rig: &mut Rig, bytes: u64, newest: u64) {
        let needed = rig.next().saturating_sub(newest);
        self.needed = self.needed.max(needed);
        let keep = Keep { age: Span::MAX, bytes, needed: Position(needed) };
        // On a disk that fails it may drop less.
        let _dropped = rig.pen.retain(keep, model::Timestamp::MIN);
    }
}

/// Opens it; where the disk fails under that, after a crash once more.
fn open(disk: &SimDisk) -> Rig {
    Rig::open(disk, SMALL).unwrap_or_else(|_| {
        disk.crash();
        Rig::open(disk, SMALL).expect("it opens")
    })
}

fn live(seed: u64, acts: Vec<Act>) {
    let disk = SimDisk::new(seed);
    let mut known = Known::default();
    let mut rig = open(&disk);
    for act in acts {
        match act {
            Act::Append(count) => known.append(&mut rig, count),
            Act::Retain(bytes, newest) => known.retain(&mut rig, bytes, newest),
            Act::CrashSoon(after) => {
                disk.fail(Some(Fails { after, for_good: true, as_full: false }));
            }
            Act::FailSoon(after, as_full) => {
                disk.fail(Some(Fails { after, for_good: false, as_full }));
            }
            Act::Room(bytes) => {
                disk.set_room(bytes.map_or(u64::MAX, |bytes| disk.used() + bytes));
            }
            Act::Reopen => {
                drop(rig);
                rig = open(&disk);
            }
            Act::Crash => {
                // What the pen does when dropped it does not do.
                disk.break_down();
                drop(rig);
                disk.crash();
                rig = open(&disk);
            }
        }
        known.check(&mut rig);
    }
    disk.fail(None);
    disk.set_room(u64::MAX);
    drop(rig);
    let mut rig = open(&disk);
    known.append(&mut rig, 2);
    known.check(&mut rig);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]
    #[test]
    fn no_acknowledged_batch_is_lost_and_none_is_invented(seed: u64, acts in acts()) {
        live(seed, acts);
    }
}
