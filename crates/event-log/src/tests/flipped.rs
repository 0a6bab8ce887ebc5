//! Bits that flip: whatever was acknowledged is as it was, or is named.

use std::collections::BTreeMap;

use ports::{conformance::sample_batch, event_log::Position};
use proptest::prelude::*;

use super::{
    disk::SimDisk,
    rig::{Rig, SMALL, is_batch, number},
};
use crate::{
    Options,
    frame::{MAGIC, body::Press},
};

type Files = BTreeMap<String, Vec<u8>>;

/// A log of some batches, in groups of three; closed, or left as a crash leaves it.
fn written(numbers: &[u64], is_closed: bool) -> Files {
    let disk = SimDisk::new(3);
    let mut rig = Rig::open(&disk, SMALL).expect("it opens");
    for group in numbers.chunks(3) {
        assert!(rig.append(group).iter().all(Result::is_ok));
    }
    let crashed = disk.files();
    drop(rig);
    if is_closed { disk.files() } else { crashed }
}

/// Opens the damaged log, looks that every batch is there, named, or lies in the end that was
/// said to be cut, and that the log goes on behind all of them. Returns how many are lost.
fn check(files: &Files, numbers: &[u64], what: &str) -> usize {
    let disk = SimDisk::with(files);
    let count = numbers.len() as u64;
    let options = Options { not_before: Position(count), ..SMALL };
    let mut rig = Rig::open(&disk, options).expect("it opens");
    assert_eq!(rig.append(&[8]), [Ok(Position(count))], "{what}: no position is given twice");
    let found = rig.all();
    let mut next = 0;
    for stored in &found {
        let at = stored.position.0;
        assert_eq!(at, next, "{what}: nothing is missing");
        next = stored.next().0;
        if let Ok(n) = usize::try_from(at)
            && stored.batch.is_ok()
        {
            let n = numbers.get(n).copied().unwrap_or(8);
            assert!(is_batch(stored, n), "{what}: batch {at} is another");
        }
    }
    assert_eq!(next, count + 1, "{what}: everything is there or named");
    rig.recent();
    found
        .iter()
        .filter_map(|it| it.batch.as_ref().err().map(|lost| (it, lost)))
        .fold(0, |sum, (stored, lost)| {
            sum + usize::try_from(lost.until.0 - stored.position.0).expect("few")
        })
}

#[test]
fn any_flipped_bit_costs_one_batch_at_most_and_it_is_named() {
    let numbers = [0, 1, 2, 4, 5, 6, 7, 8];
    for is_closed in [false, true] {
        let files = written(&numbers, is_closed);
        assert!(files.keys().filter(|name| name.ends_with("log1")).count() >= 2);
        assert_eq!(check(&files, &numbers, "nothing flipped"), 0);
        for (name, bytes) in &files {
            for bit in 0..bytes.len() * 8 {
                let mut flipped = files.clone();
                flipped.get_mut(name).expect("listed")[bit / 8] ^= 1 << (bit % 8);
                let lost = check(&flipped, &numbers, &format!("{name}, bit {bit}"));
                // Behind the frames lies what is taken ahead, and indexes can be made again.
                assert!(lost <= 1, "{name}, bit {bit}: {lost} are lost");
            }
        }
    }
}

#[test]
fn a_closed_log_names_a_damaged_last_batch_and_cuts_nothing() {
    let numbers = [0, 1, 2, 4];
    let files = written(&numbers, true);
    let last = files.keys().rfind(|name| name.ends_with("log1")).expect("a segment").clone();
    for at in 0..files[&last].len() {
        let mut flipped = files.clone();
        flipped.get_mut(&last).expect("listed")[at] ^= 0x10;
        let disk = SimDisk::with(&flipped);
        let mut rig = Rig::open(&disk, SMALL).expect("it opens");
        assert_eq!((rig.cut_bytes, rig.next()), (0, 4), "byte {at}");
        let found = rig.all();
        assert_eq!(found.iter().filter(|stored| stored.batch.is_err()).count(), 1);
        let whole = found.iter().filter(|stored| stored.batch.is_ok()).map(number);
        assert_eq!(whole.count(), 3);
    }
}

#[test]
fn a_segment_that_is_gone_is_named_as_a_whole() {
    let numbers: Vec<u64> = (0..40).filter(|n| n % 7 != 3).collect();
    let files = written(&numbers, true);
    let segments: Vec<_> = files.keys().filter(|name| name.ends_with("log1")).collect();
    assert!(segments.len() > 3);
    for gone in &segments[1..] {
        let mut fewer = files.clone();
        fewer.remove(*gone);
        assert!(check(&fewer, &numbers, gone) > 0);
    }
}

#[test]
fn a_frame_that_a_client_sent_inside_a_record_is_none() {
    // Noise is stored as it is, and in it everything a frame must have but the salt.
    let mut forged = Press::default().draft(sample_batch(9)).expect("small");
    forged.head.position = 1;
    forged.head.write(0, &mut forged.frame);
    let mut word = 9_u64;
    let mut noise = || {
        word = word.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
        word.to_le_bytes()[7]
    };
    let mut bytes: Vec<u8> = (0..30_000).map(|_| noise()).collect();
    bytes[9_000..9_000 + forged.frame.len()].copy_from_slice(&forged.frame);
    let mut batch = sample_batch(1);
    batch.records[0].bytes = bytes.into();
    let hostile = Press::default().draft(batch).expect("small");

    let disk = SimDisk::new(1);
    let mut rig = Rig::open(&disk, SMALL).expect("it opens");
    assert!(rig.append(&[0])[0].is_ok());
    assert!(rig.pen.append(vec![hostile])[0].is_ok());
    assert!(rig.append(&[2])[0].is_ok());
    let mut files = disk.files();
    let (_, segment) = files.iter_mut().next().expect("a segment");
    let holds = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).any(|at| at == part);
    assert!(holds(segment, &forged.frame), "the forged frame lies in the file");
    // The head of the record that holds it goes bad.
    let second = segment.windows(8).skip(1).position(|at| at == MAGIC).expect("a second") + 1;
    segment[second + 20] ^= 1;
    let mut rig = Rig::open(&SimDisk::with(&files), SMALL).expect("it opens");
    let found = rig.all();
    assert!(found.len() == 3 && found[1].batch.is_err());
    assert!(is_batch(&found[0], 0) && is_batch(&found[2], 2));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]
    #[test]
    fn much_damage_loses_nothing_silently(
        count in 1_u64..40,
        is_closed: bool,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0_u8..4, any::<u8>()), 1..12),
    ) {
        let numbers: Vec<u64> = (0..count).collect();
        let mut files = written(&numbers, is_closed);
        for (file, place, kind, byte) in damage {
            let name = file.get(&files.keys().cloned().collect::<Vec<_>>()).clone();
            let bytes = files.get_mut(&name).expect("listed");
            if bytes.is_empty() {
                continue;
            }
            let at = place.index(bytes.len());
            let end = (at + usize::from(byte) * 40).min(bytes.len());
            match kind {
                0 => bytes[at] ^= 1 << (byte % 8),
                1 => bytes[at..end].fill(byte),
                // A part that belongs elsewhere.
                2 => bytes.copy_within(at..end, 0),
                _ => bytes.truncate(at),
            }
        }
        check(&files, &numbers, "much damage");
    }
}
