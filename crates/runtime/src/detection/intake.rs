//! Events in. A record is on the disk when its sender hears of it.
//!
//! A body is read in a thread of its own; records that are known already are dropped; the rest is
//! appended to the log as one batch, or several where it is large; then the events that were read
//! are handed to the pipeline. No thread waits for the disk. What has begun to be stored is stored to
//! its end, also when the sender has gone.

use std::sync::{Arc, atomic::Ordering};

use bytes::Bytes;
use event::Event;
use futures::{FutureExt as _, future::Either};
use model::Timestamp;
use ports::{
    event_log::{Batch, Fingerprint, LogError, Position, Record},
    events::BodyError,
    store::kept,
};

use super::{Detection, EventSource, Inner, handover::Work, reading::Read};
use crate::{engine::EngineError, meters::Meter};

/// The most records of one request.
pub const RECORDS_MAX: usize = 10_000;
/// The most bytes of records in one batch of the log.
const BATCH_BYTES_MAX: usize = 8 * 1024 * 1024;
/// How many of the newest records are looked at again where it is not known whether they are
/// stored.
const LOOK_BACK: usize = 50_000;

/// What became of records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taken {
    /// How many were taken, those known already included.
    pub accepted: usize,
    /// How many of them were known already.
    pub duplicates: usize,
    /// Index and problem of each that was not; kept in the dead-letter list.
    pub rejected: Vec<(usize, String)>,
    /// Where in the log the first of them lies, if any is new.
    pub batch: Option<Position>,
}

/// Why a request was not taken. What it holds may be sent again: what was stored of it is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TakeError {
    /// There is no such source of events.
    #[error("there is no such source of events")]
    NoSource,
    /// The body's frame cannot be read.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// Detection is too far behind to take more.
    #[error("detection is behind: try again later")]
    Behind,
    /// The disk, the store or the log.
    #[error("not now: {0}")]
    Unavailable(String),
}

impl From<EngineError> for TakeError {
    fn from(error: EngineError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<LogError> for TakeError {
    fn from(error: LogError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// What was read of a request.
#[derive(Default)]
struct Body {
    good: Vec<Read>,
    bad: Vec<(usize, Bytes, String)>,
}

/// What was stored of it.
#[derive(Default)]
struct Stored {
    duplicates: usize,
    batch: Option<Position>,
}

impl Detection {
    /// Takes a body of a source; durable when it returns.
    #[tracing::instrument(name = "events.take", skip_all, fields(source))]
    pub async fn take(&self, source: &str, body: Bytes, max: usize) -> Result<Taken, TakeError> {
        let source = self.source(source)?;
        self.0.require_capacity().await?;
        let received_at = kept(self.0.engine.now());
        let inner = Arc::clone(&self.0);
        let read = on_thread(move || {
            let places = source.map.records(&body, max)?;
            let records = places.into_iter().map(|place| body.slice(place));
            Ok::<_, BodyError>((inner.body(&source, records, received_at), source))
        });
        let (body, source) = read.await??;
        self.0.store(source, body, received_at).await
    }

    /// Takes single records of a source; durable when it returns.
    pub async fn take_records(
        &self,
        source: &str,
        records: Vec<Bytes>,
    ) -> Result<Taken, TakeError> {
        let source = self.source(source)?;
        self.0.require_capacity().await?;
        let received_at = kept(self.0.engine.now());
        let inner = Arc::clone(&self.0);
        let read =
            on_thread(move || (inner.body(&source, records.into_iter(), received_at), source));
        let (body, source) = read.await?;
        self.0.store(source, body, received_at).await
    }

    pub(super) fn source(&self, name: &str) -> Result<EventSource, TakeError> {
        self.0.sources.get(name).cloned().ok_or(TakeError::NoSource)
    }
}

impl Inner {
    /// Refuses more than can be looked at, and more than there is room for.
    async fn require_capacity(&self) -> Result<(), TakeError> {
        if self.backlog.load(Ordering::Relaxed) >= self.settings.backlog_records {
            Meter::EventsRefused.count();
            return Err(TakeError::Behind);
        }
        Ok(self.engine.require_room().await?)
    }

    fn body(
        &self,
        source: &EventSource,
        records: impl Iterator<Item = Bytes>,
        received_at: Timestamp,
    ) -> Body {
        let mut body = Body::default();
        for (index, bytes) in records.enumerate() {
            match self.read(source, bytes.clone(), received_at) {
                Ok(read) => body.good.push(read),
                Err(problem) => body.bad.push((index, bytes, problem)),
            }
        }
        body
    }

    async fn store(
        self: &Arc<Self>,
        source: EventSource,
        body: Body,
        received_at: Timestamp,
    ) -> Result<Taken, TakeError> {
        self.keep_dead(&source.name, &body.bad).await?;
        let accepted = body.good.len();
        let stored = match accepted {
            0 => Stored::default(),
            _ => {
                let (inner, name) = (Arc::clone(self), Arc::clone(&source.name));
                let storing = async move { inner.append(name, body.good, received_at).await };
                // A task of its own: the sender may go away meanwhile.
                tokio::spawn(storing).await.map_err(ended_badly)??
            }
        };
        let name = &source.name;
        Meter::EventsAccepted.add_by("source", name, accepted as u64);
        Meter::EventsDuplicate.add_by("source", name, stored.duplicates as u64);
        Meter::EventsRejected.add_by("source", name, body.bad.len() as u64);
        Ok(Taken {
            accepted,
            duplicates: stored.duplicates,
            rejected: body.bad.into_iter().map(|(index, _, problem)| (index, problem)).collect(),
            batch: stored.batch,
        })
    }

    /// Appends what is new of these records.
    async fn append(
        self: Arc<Self>,
        source: Arc<str>,
        reads: Vec<Read>,
        received_at: Timestamp,
    ) -> Result<Stored, TakeError> {
        let mut stored = Stored::default();
        for some in pieces(reads) {
            let piece = self.append_piece(&source, some, received_at).await?;
            stored.duplicates += piece.duplicates;
            stored.batch = stored.batch.or(piece.batch);
        }
        Ok(stored)
    }

    async fn append_piece(
        &self,
        source: &Arc<str>,
        reads: Vec<Read>,
        received_at: Timestamp,
    ) -> Result<Stored, TakeError> {
        let prints: Vec<Fingerprint> = reads.iter().map(|read| read.record.uid.into()).collect();
        let claim = self.seen.claim(&prints).await;
        let count = reads.len();
        let fresh = reads.into_iter().zip(&claim.is_new).filter(|(_, is_new)| **is_new);
        let (records, events): (Vec<Record>, Vec<Vec<Event>>) =
            fresh.map(|(read, _)| (read.record, read.events)).unzip();
        let duplicates = count - records.len();
        if records.is_empty() {
            return Ok(Stored { duplicates, batch: None });
        }
        let events: Vec<Event> = events.into_iter().flatten().collect();
        let (fresh, bytes) = (records.len() as u64, records.iter().map(size).sum());
        let times = times(&events, received_at);
        let batch = Batch { source: Arc::clone(source), received_at, times, records };
        let log = Arc::clone(&self.log);
        let appended = begun_on_thread(async move { log.append(batch).await }).await?;
        let position = match appended {
            Ok(position) => position,
            Err(error) => {
                self.look_back(&error).await;
                return Err(error.into());
            }
        };
        claim.stored();
        Meter::EventsStored.add_by("source", source, fresh);
        self.backlog.fetch_add(fresh, Ordering::Relaxed);
        self.handover.put(Work {
            position: position.0,
            source: Arc::clone(source),
            received_at,
            records: fresh,
            bytes,
            events,
        });
        Ok(Stored { duplicates, batch: Some(position) })
    }

    /// After a failure nobody knows whether the records are there: the log is asked, so that they
    /// are known if they come again.
    async fn look_back(&self, error: &LogError) {
        tracing::error!(%error, "events could not be stored");
        if matches!(error, LogError::Unavailable(_))
            && let Ok(recent) = self.log.recent(LOOK_BACK).await
        {
            self.seen.add(recent);
        }
    }
}

/// Does what would keep others waiting on a thread of its own.
pub(super) async fn on_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, TakeError> {
    tokio::task::spawn_blocking(work).await.map_err(ended_badly)
}

/// Begins something on a thread of its own, and waits for its end without one. A log compresses
/// before it waits for the disk: threads are for what computes, and there are few.
async fn begun_on_thread<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, TakeError> {
    let mut work = Box::pin(work);
    let begun = on_thread(move || match work.as_mut().now_or_never() {
        Some(done) => Either::Left(done),
        None => Either::Right(work),
    });
    match begun.await? {
        Either::Left(done) => Ok(done),
        Either::Right(work) => Ok(work.await),
    }
}

fn ended_badly(error: tokio::task::JoinError) -> TakeError {
    tracing::error!(%error, "taking events in ended badly");
    TakeError::Unavailable("an error of ours".to_owned())
}

/// Records in pieces that fit into a batch each.
fn pieces(reads: Vec<Read>) -> Vec<Vec<Read>> {
    let mut pieces: Vec<Vec<Read>> = Vec::new();
    let mut room = 0;
    for read in reads {
        let bytes = size(&read.record);
        match pieces.last_mut() {
            Some(last) if bytes <= room => last.push(read),
            _ => {
                pieces.push(vec![read]);
                room = BATCH_BYTES_MAX;
            }
        }
        room = room.saturating_sub(bytes);
    }
    pieces
}

fn size(record: &Record) -> usize {
    record.bytes.len()
}

/// The times of the earliest and the latest.
fn times(events: &[Event], received_at: Timestamp) -> (Timestamp, Timestamp) {
    let times = || events.iter().map(|event| event.time);
    (times().min().unwrap_or(received_at), times().max().unwrap_or(received_at))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::{runtime::Builder, sync::oneshot, time::timeout};

    use super::*;

    #[test]
    fn what_waits_for_the_disk_keeps_no_thread() {
        let runtime = Builder::new_current_thread().enable_time().max_blocking_threads(1).build();
        let runtime = runtime.expect("a runtime");
        let both = runtime.block_on(async {
            let (flush, flushed) = oneshot::channel::<()>();
            let first = begun_on_thread(async move { flushed.await.is_ok() });
            let second = begun_on_thread(async move { flush.send(()).is_ok() });
            timeout(Duration::from_secs(10), async { tokio::join!(first, second) }).await
        });
        assert_eq!(both, Ok((Ok(true), Ok(true))));
        runtime.shutdown_background();
    }
}
