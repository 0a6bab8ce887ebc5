//! The batches that the claims are made with.

use std::sync::Arc;

use bytes::Bytes;
use event::Uid;
use model::{Span, Timestamp};

use super::super::sample::at;
use crate::event_log::{Batch, EventLog, Position, Record, Stored, StoredBatch};

/// Records in each of the batches.
pub(super) const RECORDS: u64 = 3;
/// The seconds between the earliest and the latest event of a batch.
pub(super) const LENGTH: u64 = 5;

/// The n-th batch of a story: arrived `n` minutes after its beginning, a few records that no other
/// batch has, of the seconds before.
#[must_use]
pub fn batch(n: u64) -> Batch {
    let received_at = at(n * 60);
    let latest = Span::seconds(1).before(received_at);
    let times = (Span::seconds(LENGTH).before(latest), latest);
    let records = (0..RECORDS).map(|index| record(n, index)).collect();
    Batch { source: Arc::from("okta"), received_at, times, records }
}

fn record(n: u64, index: u64) -> Record {
    let text = format!(r#"{{"batch":{n},"index":{index},"note":"{}"}}"#, "é".repeat(40));
    Record { uid: uid(n, index), bytes: Bytes::from(text) }
}

/// The name of one record of [`batch`].
pub(super) fn uid(n: u64, index: u64) -> Uid {
    Uid::of("okta", &[&n.to_be_bytes(), &index.to_be_bytes()])
}

/// Appends the first batches of the story, one after another.
pub(super) async fn append(log: &dyn EventLog, count: u64) {
    for n in 0..count {
        assert_eq!(log.append(batch(n)).await, Ok(Position(n)));
    }
}

/// Everything from a position on.
pub(super) async fn all(log: &dyn EventLog, from: u64) -> Vec<Stored> {
    log.read(Position(from), usize::MAX).await.expect("readable")
}

/// The positions of what was read.
pub(super) fn positions(found: &[Stored]) -> Vec<u64> {
    found.iter().map(|stored| stored.position.0).collect()
}

/// Whether this is what was appended.
pub(super) fn check_same(stored: &Stored, batch: Batch) {
    let StoredBatch { source, received_at, times, records } =
        stored.batch.as_ref().expect("undamaged");
    let expected = batch.kept();
    assert_eq!((source, *received_at), (&expected.source, expected.received_at));
    assert_eq!(*times, expected.times);
    let expected: Vec<_> = expected.records.into_iter().map(|record| record.bytes).collect();
    assert_eq!(*records, expected);
}

/// The whole of time.
pub(super) fn always() -> (Timestamp, Timestamp) {
    (Timestamp::MIN, Timestamp::MAX)
}
