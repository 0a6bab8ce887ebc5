//! The index of a segment, kept beside it so that opening the log need not read the segment.
//!
//! It is written when a segment is finished and when the log is closed, and says only what was
//! durable then. It may be deleted at any time.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::{
    disk::Disk,
    fields::Fields,
    segment::{Block, Name, Segment},
};

const MAGIC: [u8; 8] = *b"\xF8CSidx\0\x01";
/// The length of a block in it.
const BLOCK_BYTES: usize = 32;
const SUM_BYTES: usize = 8;
/// The largest that is read: the index of a segment of eight gigabytes.
const SIDECAR_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Writes the index of a segment. Without it the log is the same, only slower to open.
pub(crate) fn write(disk: &dyn Disk, segment: &Segment) {
    let file = segment.name.index_file();
    let written = || {
        // In place: one that is half of each is refused by its sum.
        let target = disk.open(&file).or_else(|_| disk.create(&file))?;
        let bytes = encode(segment);
        target.set_len(bytes.len() as u64)?;
        target.write_at(&bytes, 0)
    };
    if let Err(error) = written() {
        tracing::warn!(place = disk.place(&file), %error, "the index of a segment is not written");
    }
}

/// The index of a segment, if there is one that is whole.
pub(crate) fn read(disk: &dyn Disk, name: Name) -> Option<Segment> {
    let file = disk.open(&name.index_file()).ok()?;
    let length = file.len().ok().filter(|length| *length <= SIDECAR_BYTES_MAX)?;
    let mut bytes = vec![0; usize::try_from(length).ok()?];
    let read = file.read_at(&mut bytes, 0).ok()?;
    decode(name, bytes.get(..read)?)
}

fn encode(segment: &Segment) -> Vec<u8> {
    let Segment { name, next, end, records, received, blocks } = segment;
    let mut bytes = MAGIC.to_vec();
    let (first, newest) = received.unwrap_or_default();
    for number in [name.serial, name.first, *next, *end, *records, u64::from(received.is_some())] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend(first.to_le_bytes());
    bytes.extend(newest.to_le_bytes());
    for Block { first, offset, times } in blocks {
        bytes.extend(first.to_le_bytes());
        bytes.extend(offset.to_le_bytes());
        bytes.extend(times.0.to_le_bytes());
        bytes.extend(times.1.to_le_bytes());
    }
    bytes.extend(xxh3_64_with_seed(&bytes, name.salt).to_le_bytes());
    bytes
}

fn decode(name: Name, bytes: &[u8]) -> Option<Segment> {
    let (summed, sum) = bytes.split_at_checked(bytes.len().checked_sub(SUM_BYTES)?)?;
    if xxh3_64_with_seed(summed, name.salt).to_le_bytes().as_slice() != sum {
        return None;
    }
    let mut fields = Fields(summed);
    let is_ours =
        *fields.bytes()? == MAGIC && (fields.u64()?, fields.u64()?) == (name.serial, name.first);
    let (next, end, records) = (fields.u64()?, fields.u64()?, fields.u64()?);
    let has_received = fields.u64()? != 0;
    let received = (fields.i64()?, fields.i64()?);
    let mut blocks = Vec::with_capacity(fields.0.len() / BLOCK_BYTES);
    while !fields.0.is_empty() {
        let (first, offset) = (fields.u64()?, fields.u64()?);
        blocks.push(Block { first, offset, times: (fields.i64()?, fields.i64()?) });
    }
    let received = has_received.then_some(received);
    is_ours.then_some(Segment { name, next, end, records, received, blocks })
}
