//! The end of the log after a crash in the middle of a write.

use std::collections::BTreeMap;

use super::{
    disk::SimDisk,
    rig::{Rig, SMALL, number},
};
use crate::Options;

/// One segment, nothing taken ahead, so that its end is the last frame's.
const PLAIN: Options = Options { segment_bytes: 1_000_000, reserve_bytes: 0, ..SMALL };

/// The files after two writes of two batches and one of three, as if the power had gone then; and
/// where the frames of the last write begin.
fn written() -> (BTreeMap<String, Vec<u8>>, Vec<usize>) {
    let disk = SimDisk::new(1);
    let mut rig = Rig::open(&disk, PLAIN).expect("it opens");
    let mut ends = Vec::new();
    for group in [&[1, 2][..], &[11, 12], &[4, 5, 6]] {
        assert!(rig.append(group).iter().all(Result::is_ok));
        let shelf = rig.pen.shelf();
        ends.push(usize::try_from(shelf.read().expect("whole").bounds().bytes).expect("small"));
    }
    let files = disk.files();
    let lengths = [4, 5].map(one_length);
    (files, vec![ends[1], ends[1] + lengths[0], ends[1] + lengths[0] + lengths[1], ends[2]])
}

fn one_length(n: u64) -> usize {
    let disk = SimDisk::new(1);
    let mut rig = Rig::open(&disk, PLAIN).expect("it opens");
    assert!(rig.append(&[n])[0].is_ok());
    disk.files().values().map(Vec::len).sum()
}

/// After the log's only file became this, the first two writes are there, the third as far as
/// it was whole, and the log goes on.
fn check(name: &str, bytes: Vec<u8>, whole: usize, is_cut: bool, what: &str) {
    let disk = SimDisk::with(&BTreeMap::from([(name.to_owned(), bytes)]));
    let mut rig = Rig::open(&disk, PLAIN).expect("it opens");
    let expected = [&[1, 2, 11, 12, 4, 5, 6][..4 + whole], &[9]].concat();
    assert_eq!(rig.cut_bytes > 0, is_cut, "{what}");
    assert_eq!(rig.next(), 4 + whole as u64, "{what}");
    assert!(rig.append(&[9])[0].is_ok(), "{what}");
    let found: Vec<u64> = rig.all().iter().map(number).collect();
    assert_eq!(found, expected, "{what}");
    drop(rig);
    let mut rig = Rig::open(&disk, PLAIN).expect("it opens");
    assert_eq!((rig.cut_bytes, rig.all().len()), (0, expected.len()), "{what}, opened again");
}

#[test]
fn a_write_torn_at_any_byte_is_cut_and_the_log_goes_on() {
    let (files, ends) = written();
    let (name, bytes) = files.first_key_value().expect("one segment");
    assert_eq!(ends[3], bytes.len());
    for at in ends[0]..=bytes.len() {
        let whole = ends[1..].iter().filter(|end| **end <= at).count();
        let is_cut = !ends.contains(&at);
        check(name, bytes[..at].to_vec(), whole, is_cut, &format!("cut at {at}"));

        // The file had its length before its bytes.
        let mut zeros = bytes[..at].to_vec();
        zeros.resize(bytes.len() + 700, 0);
        let last = zeros.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        // A frame may end in zeros.
        let whole = ends[1..].iter().filter(|end| bytes[..**end] == zeros[..**end]).count();
        check(name, zeros, whole, last > ends[whole], &format!("zeros from {at}"));

        let mut junk = bytes[..at].to_vec();
        junk.resize(bytes.len().max(at + 1), 0xF8);
        let whole = ends[1..].iter().filter(|end| bytes[..**end] == junk[..**end]).count();
        check(name, junk, whole, whole < 3 || at == bytes.len(), &format!("junk from {at}"));
    }
}

#[test]
fn a_hole_in_the_last_write_costs_only_what_lay_in_it() {
    let (files, ends) = written();
    let (name, bytes) = files.first_key_value().expect("one segment");
    for start in ends[0]..ends[1] {
        let mut holed = bytes.clone();
        holed[start..ends[1]].fill(0);
        if holed == *bytes {
            continue;
        }
        let disk = SimDisk::with(&BTreeMap::from([(name.clone(), holed)]));
        let mut rig = Rig::open(&disk, PLAIN).expect("it opens");
        assert_eq!((rig.cut_bytes, rig.next()), (0, 7));
        let found = rig.all();
        assert!(found[4].batch.is_err() && found[4].position.0 == 4);
        let others = found.iter().filter(|stored| stored.batch.is_ok()).map(number);
        assert_eq!(others.collect::<Vec<_>>(), [1, 2, 11, 12, 5, 6], "from {start}");
    }
}
