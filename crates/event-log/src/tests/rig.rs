//! A log on a simulated disk, without threads, and what it must hold.

use std::sync::Arc;

use ports::{
    conformance::sample_batch,
    event_log::{Batch, LogError, Position, Record, Stored},
};

use super::{disk::SimDisk, entropy};
use crate::{
    OpenError, Options,
    disk::Disk,
    frame::body::{Draft, Press},
    pen::Pen,
    reader::{ALWAYS, Reader},
    recover::recover,
};

/// Segments of a few batches, and little room taken ahead.
pub(super) const SMALL: Options = Options {
    segment_bytes: 900,
    segment_age: model::Span::days(1),
    reserve_bytes: 500,
    not_before: Position(0),
};

/// A log that is open.
pub(super) struct Rig {
    pub(super) pen: Pen,
    reader: Reader,
    pub(super) cut_bytes: u64,
}

impl Rig {
    pub(super) fn open(disk: &SimDisk, options: Options) -> Result<Self, OpenError> {
        let disk: Arc<dyn Disk> = Arc::new(disk.clone());
        let found = recover(&*disk, true)?;
        let cut_bytes = found.cut_bytes;
        let pen = Pen::new(Arc::clone(&disk), found, options, entropy());
        let reader = Reader::new(disk, pen.shelf(), false)?;
        Ok(Self { pen, reader, cut_bytes })
    }

    /// Everything there is, read a little at a time.
    pub(super) fn all(&mut self) -> Vec<Stored> {
        let (mut found, mut from) = (Vec::new(), 0);
        loop {
            let (some, next) = self.reader.read(from, ALWAYS, 300).expect("readable");
            if some.is_empty() {
                assert_eq!(next.0, self.next());
                return found;
            }
            assert_eq!(some.last().map(Stored::next), Some(next));
            found.extend(some);
            from = next.0;
        }
    }

    pub(super) fn append(&mut self, group: &[u64]) -> Vec<Result<Position, LogError>> {
        self.pen.append(group.iter().map(|n| draft(*n)).collect())
    }

    pub(super) fn next(&self) -> u64 {
        self.pen.shelf().read().expect("whole").next
    }

    pub(super) fn first(&self) -> u64 {
        self.pen.shelf().read().expect("whole").bounds().first.0
    }

    pub(super) fn recent(&mut self) -> usize {
        self.reader.recent(usize::MAX).expect("readable").len()
    }
}

/// A batch that no other is like; some are large and do not compress.
pub(super) fn batch(n: u64) -> Batch {
    let mut batch = sample_batch(n);
    if n % 7 == 3 {
        let mut word = n | 1;
        let noise = (0..(n % 5) * 20_000).map(|_| {
            word ^= word << 13;
            word ^= word >> 7;
            word ^= word << 17;
            word.to_le_bytes()[0]
        });
        let record = Record { uid: batch.records[0].uid, bytes: noise.collect() };
        batch.records.push(record);
    }
    batch
}

fn draft(n: u64) -> Draft {
    Press::default().draft(batch(n)).expect("not too large")
}

/// Whether this is the n-th batch, to the last byte.
pub(super) fn is_batch(stored: &Stored, n: u64) -> bool {
    let Ok(found) = &stored.batch else { return false };
    let expected = batch(n).kept();
    found.source == expected.source
        && found.received_at == expected.received_at
        && found.times == expected.times
        && found.records.iter().eq(expected.records.iter().map(|record| &record.bytes))
}

/// Which batch this is.
pub(super) fn number(stored: &Stored) -> u64 {
    let batch = stored.batch.as_ref().expect("undamaged");
    let since = batch.received_at.as_second() - sample_batch(0).received_at.as_second();
    let n = u64::try_from(since / 60).expect("after the beginning");
    assert!(is_batch(stored, n), "it is not any batch that was appended: {n}");
    n
}
