//! The history of events: append-only, in the order of arrival, read by detection and by whatever
//! asks "what would have happened".
//!
//! An appended batch is durable. A torn end is cut off when the log is opened; a damaged batch is
//! named and skipped, never silently.
//!
//! Instants are kept to the microsecond; the times of events are widened to whole microseconds, so
//! that no batch is passed over for a fraction of one. [`memory::MemoryLog`] is the fake.

pub mod memory;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use event::Uid;
use model::{Span, Timestamp};

/// The place of a batch in the log: counts from 0 without a gap, in the order of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position(pub u64);

impl Position {
    /// The one after it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// A log of events.
#[async_trait]
pub trait EventLog: Send + Sync + 'static {
    /// Appends a batch; durable when it returns. Batches that wait share one flush of the disk.
    async fn append(&self, batch: Batch) -> Result<Position, LogError>;

    /// Batches at and after a position, oldest first: as many as fit into `bytes` of records, at
    /// least one where there is one. What retention has dropped is left out; what is damaged is
    /// in its place. Go on at the last one's [`Stored::next`].
    async fn read(&self, from: Position, bytes: usize) -> Result<Vec<Stored>, LogError>;

    /// As [`EventLog::read`], of batches that may hold an event between these instants, both
    /// included; the others are passed over without being read. The second value is where to go
    /// on; at the end of the log it is [`Bounds::next`]. Nothing may be found before the end.
    async fn read_range(
        &self,
        from: Position,
        time: (Timestamp, Timestamp),
        bytes: usize,
    ) -> Result<(Vec<Stored>, Position), LogError>;

    /// What there is.
    async fn bounds(&self) -> Result<Bounds, LogError>;

    /// The fingerprints of the newest records, newest batch first, at most about `limit`: what an
    /// earlier process has taken in must not be taken in again.
    async fn recent(&self, limit: usize) -> Result<Vec<Fingerprint>, LogError>;

    /// Drops what is older or more than is to be kept, oldest first, never the newest. A log may
    /// drop by the portion: one that is too old in part stays as a whole, and the one that is too
    /// much in part goes as a whole.
    async fn retain(&self, keep: Keep, now: Timestamp) -> Result<Dropped, LogError>;
}

/// Records of one source, appended as a whole.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The configured source's name.
    pub source: Arc<str>,
    /// When they arrived.
    pub received_at: Timestamp,
    /// The times of the earliest and the latest event in them.
    pub times: (Timestamp, Timestamp),
    /// The records, in order.
    pub records: Vec<Record>,
}

impl Batch {
    /// The same batch with its instants as every log keeps them.
    #[must_use]
    pub fn kept(self) -> Self {
        let whole = |nanos: i128| Timestamp::from_nanosecond(nanos - nanos.rem_euclid(1_000)).ok();
        let floor = |at: Timestamp| whole(at.as_nanosecond()).unwrap_or(at);
        // At the end of time there is nothing above.
        let ceiling = |at: Timestamp| whole(at.as_nanosecond() + 999).unwrap_or(floor(at));
        let times = (floor(self.times.0), ceiling(self.times.1));
        Self { received_at: floor(self.received_at), times, ..self }
    }
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The name of its first event.
    pub uid: Uid,
    /// As it was sent.
    pub bytes: Bytes,
}

/// What came out of the log.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Where it lies.
    pub position: Position,
    /// What it holds.
    pub batch: Result<StoredBatch, Damage>,
}

impl Stored {
    /// Where to read on.
    #[must_use]
    pub fn next(&self) -> Position {
        self.batch.as_ref().map_or_else(|damage| damage.until, |_| self.position.next())
    }
}

/// A batch as it was stored.
#[derive(Debug, Clone)]
pub struct StoredBatch {
    /// The configured source's name.
    pub source: Arc<str>,
    /// When it arrived.
    pub received_at: Timestamp,
    /// The times of the earliest and the latest event.
    pub times: (Timestamp, Timestamp),
    /// The records, in order.
    pub records: Vec<Bytes>,
}

/// Batches that cannot be read any more: one, or as many as lay in a place that is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The first position after them.
    pub until: Position,
    /// Where it lies: the file and the offset.
    pub place: String,
    /// What is wrong.
    pub cause: String,
}

/// Part of an event's name: enough to know it again among as many as are remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(pub u64);

impl From<Uid> for Fingerprint {
    fn from(uid: Uid) -> Self {
        // The lower half of a digest is as good as any.
        Self(uid.0 as u64)
    }
}

/// The ends of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The oldest batch that is kept; equal to `next` in an empty log.
    pub first: Position,
    /// Where the next batch will lie.
    pub next: Position,
    /// How many bytes the log takes on the disk.
    pub bytes: u64,
    /// How many records it holds.
    pub records: u64,
    /// When the oldest batch that is kept arrived.
    pub since: Option<Timestamp>,
}

/// How much of the log is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Batches that arrived longer ago go.
    pub age: Span,
    /// The oldest go while the log takes more than this on the disk.
    pub bytes: u64,
    /// Nothing at or after this position goes: detection still needs it.
    pub needed: Position,
}

/// What retention dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Dropped {
    /// How many records.
    pub records: u64,
    /// How many bytes.
    pub bytes: u64,
}

/// Why the log did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// There is no room on the disk. Nothing of the batch is stored.
    #[error("the disk is full")]
    Full,
    /// The batch is larger than a log takes.
    #[error("the batch is too large: at most {max_bytes} bytes of records")]
    TooLarge {
        /// The limit.
        max_bytes: usize,
    },
    /// It may work later. Whether an append took effect is not known: it is safe to append the
    /// same records again, as whoever reads them knows them by their names.
    #[error("the event log is not available: {0}")]
    Unavailable(String),
}
