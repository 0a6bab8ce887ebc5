//! What is dropped, and what never is.

use model::{Span, Timestamp};

use super::sample::{RECORDS, all, append, batch, positions, uid};
use crate::{
    conformance::sample::at,
    event_log::{Dropped, EventLog, Fingerprint, Keep, Position},
};

/// Everything is kept, and nothing is needed.
const ALL: Keep = Keep { age: Span::MAX, bytes: u64::MAX, needed: Position(u64::MAX) };

async fn retain(log: &dyn EventLog, keep: Keep, now: Timestamp) -> Dropped {
    log.retain(keep, now).await.expect("retained")
}

/// The positions that are left.
async fn left(log: &dyn EventLog) -> Vec<u64> {
    let left = positions(&all(log, 0).await);
    let bounds = log.bounds().await.expect("readable");
    assert_eq!(bounds.first, Position(left[0]));
    assert_eq!(bounds.records, left.len() as u64 * RECORDS);
    assert_eq!(bounds.since, Some(at(left[0] * 60)));
    left
}

pub(in super::super) async fn what_is_too_old_goes_oldest_first(log: &dyn EventLog) {
    append(log, 6).await;
    assert_eq!(retain(log, ALL, at(6 * 60)).await, Dropped::default());
    let before = log.bounds().await.expect("readable");
    // What is exactly so old is kept.
    let keep = Keep { age: Span::minutes(4), ..ALL };
    let dropped = retain(log, keep, at(6 * 60)).await;
    assert_eq!(left(log).await, [2, 3, 4, 5]);
    let after = log.bounds().await.expect("readable");
    assert_eq!(dropped, Dropped { records: 2 * RECORDS, bytes: before.bytes - after.bytes });
    let gone: Fingerprint = uid(1, 0).into();
    let recent = log.recent(usize::MAX).await.expect("readable");
    assert!(!recent.contains(&gone) && recent.len() as u64 == 4 * RECORDS);
    assert_eq!(retain(log, keep, at(6 * 60)).await, Dropped::default(), "it is done");
}

pub(in super::super) async fn what_is_too_much_goes_oldest_first(log: &dyn EventLog) {
    append(log, 8).await;
    let bounds = log.bounds().await.expect("readable");
    let keep = Keep { bytes: bounds.bytes, ..ALL };
    assert_eq!(retain(log, keep, at(0)).await, Dropped::default(), "it is not more than that");
    // Batches do not all compress alike.
    let keep = Keep { bytes: bounds.bytes * 9 / 16, ..ALL };
    let dropped = retain(log, keep, at(0)).await;
    assert_eq!(left(log).await, [4, 5, 6, 7]);
    assert_eq!(dropped.records, 4 * RECORDS);
    assert!(log.bounds().await.expect("readable").bytes <= keep.bytes);
}

pub(in super::super) async fn the_newest_batch_always_stays(log: &dyn EventLog) {
    let nothing = Keep { age: Span::ZERO, bytes: 0, ..ALL };
    assert_eq!(retain(log, nothing, at(0)).await, Dropped::default(), "an empty log");
    append(log, 3).await;
    retain(log, nothing, Timestamp::MAX).await;
    assert_eq!(left(log).await, [2]);
    assert_eq!(retain(log, nothing, Timestamp::MAX).await, Dropped::default());
}

pub(in super::super) async fn what_detection_needs_stays(log: &dyn EventLog) {
    append(log, 6).await;
    let nothing = Keep { age: Span::ZERO, bytes: 0, ..ALL };
    for (needed, first) in [(0, 0), (1, 1), (4, 4), (2, 4), (6, 5)] {
        retain(log, Keep { needed: Position(needed), ..nothing }, Timestamp::MAX).await;
        assert_eq!(left(log).await, (first..6).collect::<Vec<_>>(), "{needed} is needed");
    }
}

pub(in super::super) async fn positions_go_on_after_everything_before_went(log: &dyn EventLog) {
    append(log, 3).await;
    let nothing = Keep { age: Span::ZERO, bytes: 0, ..ALL };
    retain(log, nothing, Timestamp::MAX).await;
    assert_eq!(log.append(batch(3)).await, Ok(Position(3)));
    assert_eq!(left(log).await, [2, 3]);
    retain(log, nothing, Timestamp::MAX).await;
    assert_eq!(left(log).await, [3]);
    assert_eq!(positions(&all(log, 0).await), [3], "what went is left out");
}
