//! Batches into frames and back.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use model::Timestamp;
use ports::event_log::{Batch, Fingerprint, LogError, StoredBatch};
use zstd::{
    bulk::{Compressor, Decompressor},
    zstd_safe::compress_bound,
};

use super::{FINGERPRINT_BYTES, HEAD_BYTES, Head, sum};
use crate::fields::Fields;

/// The most bytes of records in one batch, four more counted for each record, and those of the
/// source's name.
pub const BATCH_BYTES_MAX: usize = 32 * 1024 * 1024;
/// The fastest of zstd's usual levels.
const LEVEL: i32 = 1;
/// The length of a record is written before all of them.
const LENGTH_BYTES: usize = 4;
/// Tools that wait for their next batch: as many as are used at once on a machine of so many
/// cores. One takes about a megabyte, and its room at most four.
const IDLE_MAX: usize = 16;
const IDLE_ROOM_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A batch on its way to the disk: its frame but for the head, which says where it lies.
#[derive(Debug)]
pub(crate) struct Draft {
    /// Position and offsets are still to be set.
    pub(crate) head: Head,
    /// The frame, with room for the head.
    pub(crate) frame: Vec<u8>,
}

/// Turns batches into frames, several at once.
#[derive(Default)]
pub(crate) struct Press(Mutex<Vec<Tool>>);

struct Tool {
    compressor: Compressor<'static>,
    room: Vec<u8>,
}

impl Press {
    /// The frame of a batch.
    pub(crate) fn draft(&self, batch: Batch) -> Result<Draft, LogError> {
        let batch = batch.kept();
        let raw = raw(&batch)?;
        let names = names(&batch);
        let compressed = self.with_tool(|tool| {
            tool.compress(&raw).map(|body| {
                let frame = [&[0; HEAD_BYTES], names.as_slice(), body].concat();
                (frame, number(body.len()), sum(body))
            })
        });
        let failed = |error: io::Error| LogError::Unavailable(format!("compression: {error}"));
        let (frame, body_bytes, body_sum) = compressed.map_err(failed)?;
        let head = Head {
            position: 0,
            offset: 0,
            durable: 0,
            received: batch.received_at.as_microsecond(),
            times: (batch.times.0.as_microsecond(), batch.times.1.as_microsecond()),
            records: number(batch.records.len())?,
            source_bytes: number(batch.source.len())?,
            body_bytes: body_bytes?,
            raw_bytes: number(raw.len())?,
            names_sum: sum(&names),
            body_sum,
        };
        Ok(Draft { head, frame })
    }

    fn with_tool<T>(&self, work: impl FnOnce(&mut Tool) -> io::Result<T>) -> io::Result<T> {
        let idle = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut tool = idle.map_or_else(Tool::new, Ok)?;
        let done = work(&mut tool)?;
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_MAX && tool.room.len() <= IDLE_ROOM_BYTES_MAX {
            idle.push(tool);
        }
        Ok(done)
    }
}

impl Tool {
    fn new() -> io::Result<Self> {
        Ok(Self { compressor: Compressor::new(LEVEL)?, room: Vec::new() })
    }

    fn compress(&mut self, raw: &[u8]) -> io::Result<&[u8]> {
        let room_bytes = compress_bound(raw.len());
        if self.room.len() < room_bytes {
            self.room.resize(room_bytes, 0);
        }
        let length = self.compressor.compress_to_buffer(raw, self.room.as_mut_slice())?;
        Ok(&self.room[..length])
    }
}

/// The lengths of the records, then the records.
fn raw(batch: &Batch) -> Result<Vec<u8>, LogError> {
    let bytes = batch.records.iter().map(|record| record.bytes.len() + LENGTH_BYTES);
    let bytes = bytes.sum::<usize>();
    if bytes + batch.source.len() > BATCH_BYTES_MAX {
        return Err(LogError::TooLarge { max_bytes: BATCH_BYTES_MAX });
    }
    let mut raw = Vec::with_capacity(bytes);
    for record in &batch.records {
        raw.extend(number(record.bytes.len())?.to_le_bytes());
    }
    batch.records.iter().for_each(|record| raw.extend_from_slice(&record.bytes));
    Ok(raw)
}

/// The source's name and the fingerprints of the records.
fn names(batch: &Batch) -> Vec<u8> {
    let mut names = batch.source.as_bytes().to_vec();
    for record in &batch.records {
        names.extend(Fingerprint::from(record.uid).0.to_le_bytes());
    }
    names
}

fn number(length: usize) -> Result<u32, LogError> {
    u32::try_from(length).map_err(|_| LogError::TooLarge { max_bytes: BATCH_BYTES_MAX })
}

/// Turns frames into batches.
pub(crate) struct Opener(Decompressor<'static>);

impl Opener {
    pub(crate) fn new() -> io::Result<Self> {
        Decompressor::new().map(Self)
    }

    /// The batch in a frame, or what is wrong with it.
    pub(crate) fn batch(&mut self, head: &Head, frame: &[u8]) -> Result<StoredBatch, &'static str> {
        if !head.is_whole(frame) {
            return Err("what is stored is not what was written");
        }
        let (names, body) = head.parts(frame);
        let source = names.get(..head.source_bytes as usize).map(std::str::from_utf8);
        let Some(Ok(source)) = source else { return Err("the source's name is none") };
        let raw = self.decompress(head, body).ok_or("the records cannot be decompressed")?;
        let records = records(&raw, head.records).ok_or("the records have other lengths")?;
        let instant = |at| instant(at).ok_or("an instant is none");
        let (earliest, latest) = head.times;
        let (received_at, source) = (instant(head.received)?, Arc::from(source));
        let times = (instant(earliest)?, instant(latest)?);
        Ok(StoredBatch { source, received_at, times, records })
    }

    fn decompress(&mut self, head: &Head, body: &[u8]) -> Option<Bytes> {
        let raw_bytes = head.raw_bytes as usize;
        if raw_bytes > BATCH_BYTES_MAX {
            return None;
        }
        // The capacity is also the limit of what is decompressed.
        let raw = self.0.decompress(body, raw_bytes).ok()?;
        (raw.len() == raw_bytes).then(|| Bytes::from(raw))
    }
}

/// The fingerprints in the names of a frame, if these are the names that were written.
pub(crate) fn fingerprints(head: &Head, names: &[u8]) -> Option<Vec<Fingerprint>> {
    let whole = (sum(names) == head.names_sum).then_some(names)?;
    let (each, _) = whole.get(head.source_bytes as usize..)?.as_chunks::<FINGERPRINT_BYTES>();
    Some(each.iter().map(|each| Fingerprint(u64::from_le_bytes(*each))).collect())
}

/// So many microseconds after 1970.
pub(crate) fn instant(micros: i64) -> Option<Timestamp> {
    // Not from microseconds: that refuses the last ones there are.
    Timestamp::from_nanosecond(i128::from(micros) * 1_000).ok()
}

/// The records: slices of one allocation.
fn records(raw: &Bytes, count: u32) -> Option<Vec<Bytes>> {
    let count = count as usize;
    let lengths_bytes = count.checked_mul(LENGTH_BYTES)?;
    let mut lengths = Fields(raw.get(..lengths_bytes)?);
    let mut at = lengths_bytes;
    let mut records = Vec::with_capacity(count);
    for _ in 0..count {
        let end = at.checked_add(lengths.u32()? as usize)?;
        (end <= raw.len()).then_some(())?;
        records.push(raw.slice(at..end));
        at = end;
    }
    (at == raw.len()).then_some(records)
}
