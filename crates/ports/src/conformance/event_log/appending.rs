//! Where batches come to lie, and what is known of them.

use futures::future::join_all;

use super::sample::{RECORDS, all, append, batch, check_same, positions, uid};
use crate::{
    conformance::sample::at,
    event_log::{Batch, EventLog, Fingerprint, LogError, Position, Record},
};

pub(in super::super) async fn positions_count_from_zero_without_a_gap(log: &dyn EventLog) {
    append(log, 5).await;
    assert_eq!(positions(&all(log, 0).await), [0, 1, 2, 3, 4]);
}

pub(in super::super) async fn parallel_appends_all_find_their_place(log: &dyn EventLog) {
    const COUNT: u64 = 40;
    let placed = join_all((0..COUNT).map(|n| log.append(batch(n)))).await;
    let found = all(log, 0).await;
    assert_eq!(positions(&found), (0..COUNT).collect::<Vec<_>>());
    for (n, position) in (0..COUNT).zip(placed) {
        let position = usize::try_from(position.expect("appended").0).expect("few");
        check_same(&found[position], batch(n));
    }
}

pub(in super::super) async fn a_batch_that_is_too_large_is_refused_and_takes_no_position(
    log: &dyn EventLog,
) {
    append(log, 1).await;
    // Doubled until it is refused: the limit is the log's own.
    let mut count = 64;
    let max_bytes = loop {
        let bytes = vec![b'x'; 1024 * 1024].into();
        let records = vec![Record { uid: uid(9, 9), bytes }; count];
        match log.append(Batch { records, ..batch(9) }).await {
            Err(LogError::TooLarge { max_bytes }) => break max_bytes,
            other => assert!(other.is_ok(), "{other:?}"),
        }
        count *= 2;
    };
    assert!(max_bytes > 0 && max_bytes < count * 1024 * 1024);
    let next = log.bounds().await.expect("readable").next;
    assert_eq!(log.append(batch(1)).await, Ok(next));
}

pub(in super::super) async fn the_ends_of_the_log_are_known(log: &dyn EventLog) {
    let bounds = log.bounds().await.expect("readable");
    assert_eq!((bounds.first, bounds.next), (Position(0), Position(0)));
    assert_eq!((bounds.records, bounds.since), (0, None));
    append(log, 2).await;
    let before = log.bounds().await.expect("readable");
    assert_eq!((before.first, before.next), (Position(0), Position(2)));
    assert_eq!((before.records, before.since), (2 * RECORDS, Some(at(0))));
    log.append(batch(2)).await.expect("appended");
    let after = log.bounds().await.expect("readable");
    assert!(after.bytes > before.bytes && before.bytes > bounds.bytes);
}

pub(in super::super) async fn the_newest_fingerprints_come_first(log: &dyn EventLog) {
    assert_eq!(log.recent(10).await, Ok(vec![]));
    append(log, 4).await;
    let of = |n: u64| -> Vec<Fingerprint> { (0..RECORDS).map(|i| uid(n, i).into()).collect() };
    let recent = log.recent(usize::try_from(2 * RECORDS).expect("few")).await.expect("readable");
    assert_eq!(recent, [of(3), of(2)].concat());
    let recent = log.recent(usize::MAX).await.expect("readable");
    assert_eq!(recent, [of(3), of(2), of(1), of(0)].concat());
    assert_eq!(log.recent(0).await, Ok(vec![]));
}
