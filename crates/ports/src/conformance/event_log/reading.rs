//! What is read is what was appended, and nothing else.

use bytes::Bytes;
use event::Uid;
use model::Timestamp;

use super::sample::{LENGTH, all, always, append, batch, check_same, positions};
use crate::{
    conformance::sample::at,
    event_log::{Batch, EventLog, Position, Record},
};

/// Records of every shape that JSON has, and some that it has not.
const HOSTILE: &[&[u8]] =
    &[b"{}", b"", b"\0\xFF\xFE", b"{\"a\":\"\\u0000\"}", "\u{202E}\u{FEFF}".as_bytes(), b"\n\n"];

pub(in super::super) async fn a_batch_comes_back_as_it_went_in(log: &dyn EventLog) {
    let record = |bytes: &&'static [u8]| Record { uid: Uid(7), bytes: Bytes::from_static(bytes) };
    let long = Record { uid: Uid(8), bytes: vec![b'x'; 300_000].into() };
    let noise = (0..300_000_u32).map(|n| (n.wrapping_mul(0x9E37_79B9) >> 13) as u8);
    let noise = Record { uid: Uid(u128::MAX), bytes: noise.collect() };
    let strange = [
        Batch { records: HOSTILE.iter().map(record).collect(), ..batch(0) },
        Batch { source: "Ünïcode/../ source".into(), ..batch(1) },
        Batch { source: "".into(), records: vec![long, noise], ..batch(2) },
        Batch { received_at: Timestamp::MIN, times: always(), ..batch(3) },
        Batch { received_at: Timestamp::MAX, times: (at(9), at(9)), ..batch(4) },
        Batch { records: Vec::new(), ..batch(5) },
    ];
    for batch in &strange {
        log.append(batch.clone()).await.expect("appended");
    }
    let found = all(log, 0).await;
    assert_eq!(found.len(), strange.len());
    for (stored, batch) in found.iter().zip(strange) {
        check_same(stored, batch);
    }
}

pub(in super::super) async fn a_read_takes_as_many_batches_as_fit(log: &dyn EventLog) {
    append(log, 10).await;
    let each: usize = batch(1).records.iter().map(|record| record.bytes.len()).sum();
    for (bytes, count) in [(0, 1), (1, 1), (each, 1), (2 * each - 1, 1), (3 * each, 3)] {
        let found = log.read(Position(2), bytes).await.expect("readable");
        let expected: Vec<u64> = (2..2 + count).collect();
        assert_eq!(positions(&found), expected, "{bytes} bytes");
    }
}

pub(in super::super) async fn a_walk_over_the_log_meets_every_batch_once(log: &dyn EventLog) {
    append(log, 25).await;
    let (mut from, mut met) = (Position(0), Vec::new());
    loop {
        let found = log.read(from, 1_000).await.expect("readable");
        let Some(last) = found.last() else { break };
        from = last.next();
        met.extend(found);
    }
    assert_eq!(met.len(), 25);
    for (stored, n) in met.iter().zip(0..) {
        assert_eq!(stored.position, Position(n));
        check_same(stored, batch(n));
    }
}

pub(in super::super) async fn a_range_of_time_leaves_out_the_rest(log: &dyn EventLog) {
    append(log, 10).await;
    // A batch from far behind the others, and one that spans them.
    let late = Batch { times: (at(0), at(1)), ..batch(10) };
    let wide = Batch { times: always(), ..batch(11) };
    for batch in [late, wide] {
        log.append(batch).await.expect("appended");
    }
    let end = log.bounds().await.expect("readable").next;
    let (earliest, latest) = (3 * 60 - 1 - LENGTH, 3 * 60 - 1);
    for (from, since, until, expected) in [
        (0, latest, 5 * 60, &[3, 4, 5, 11][..]),
        (0, latest + 1, 4 * 60 - 1, &[4, 11]),
        (0, 0, earliest, &[1, 2, 3, 10, 11]),
        (0, 0, earliest - 1, &[1, 2, 10, 11]),
        (5, 0, 300_000, &[5, 6, 7, 8, 9, 10, 11]),
        (0, 300_000, 300_001, &[11]),
        (0, 200, 100, &[11]),
        (12, 0, 300_000, &[]),
    ] {
        let time = (at(since), at(until));
        let (mut from, mut met) = (Position(from), Vec::new());
        while from < end {
            // One at a time, so that going on is part of it.
            let (found, next) = log.read_range(from, time, 1).await.expect("readable");
            assert!(next > from, "it goes on");
            met.extend(positions(&found));
            from = next;
        }
        assert_eq!((met.as_slice(), from), (expected, end), "{since} to {until}");
    }
}

pub(in super::super) async fn a_fraction_of_a_microsecond_hides_no_event(log: &dyn EventLog) {
    for second in [-5, 0, 1_795_000_000] {
        let time = Timestamp::new(second, 500).expect("in range");
        let batch = Batch { times: (time, time), ..batch(1) };
        let from = log.append(batch).await.expect("appended");
        let (found, _) = log.read_range(from, (time, time), 1).await.expect("readable");
        assert_eq!(found.len(), 1, "{second}");
    }
}

pub(in super::super) async fn a_read_past_the_end_finds_nothing(log: &dyn EventLog) {
    for count in [0, 3] {
        append(log, count).await;
        for from in [count, count + 1, u64::MAX] {
            assert!(all(log, from).await.is_empty());
            let range = log.read_range(Position(from), always(), 1).await;
            assert!(range.is_ok_and(|(found, _)| found.is_empty()));
        }
    }
}
