//! A batch as it lies in a segment: a head of fixed length, the names of its records, and the
//! records, compressed.
//!
//! ```text
//! 0   magic, and the version of this format                8 bytes
//! 8   position of the batch                                u64, as all numbers lowest byte first
//! 16  up to where the segment was durable before           u64
//! 24  when it arrived; earliest and latest event           3 × i64, microseconds since 1970
//! 48  number of records                                    u32
//! 52  bytes of the source's name                           u32
//! 56  bytes of the compressed records                      u32
//! 60  bytes of the records before                          u32
//! 64  sum of the names: source and fingerprints            xxh3, 64 bits
//! 72  sum of the compressed records                        xxh3
//! 80  sum of the head up to here                           xxh3, seeded with the segment's salt
//! 88  the source's name; a fingerprint of 8 bytes a record
//!     the records, compressed
//! ```
//!
//! The seed is in nobody's hands: bytes that a client sends and that look like a frame are none,
//! not even where a search for the next frame comes upon them.

pub(crate) mod body;

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use crate::fields::Fields;

/// The length of a head.
pub(crate) const HEAD_BYTES: usize = 88;
/// Which bytes of a head its sum covers.
const SUMMED_BYTES: usize = 80;
/// What every head begins with: no UTF-8, and the version of this format.
pub(crate) const MAGIC: [u8; 8] = *b"\xF8CSlog\0\x01";
/// The bytes of one fingerprint.
pub(crate) const FINGERPRINT_BYTES: usize = 8;

/// What is known of a batch without reading its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) position: u64,
    /// Where the frame begins in its segment; known from where it was found.
    pub(crate) offset: u64,
    /// Where the frames that were written together with this one begin: the segment was durable
    /// up to there.
    pub(crate) durable: u64,
    /// In microseconds since 1970.
    pub(crate) received: i64,
    /// The times of the earliest and the latest event, in microseconds since 1970.
    pub(crate) times: (i64, i64),
    pub(crate) records: u32,
    pub(crate) source_bytes: u32,
    pub(crate) body_bytes: u32,
    pub(crate) raw_bytes: u32,
    pub(crate) names_sum: u64,
    pub(crate) body_sum: u64,
}

impl Head {
    /// Writes it to the beginning of its frame, which is at least as long.
    pub(crate) fn write(&self, salt: u64, frame: &mut [u8]) {
        let mut bytes = Vec::with_capacity(HEAD_BYTES);
        bytes.extend(MAGIC);
        for number in [self.position, self.durable] {
            bytes.extend(number.to_le_bytes());
        }
        for instant in [self.received, self.times.0, self.times.1] {
            bytes.extend(instant.to_le_bytes());
        }
        for number in [self.records, self.source_bytes, self.body_bytes, self.raw_bytes] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(self.names_sum.to_le_bytes());
        bytes.extend(self.body_sum.to_le_bytes());
        bytes.extend(xxh3_64_with_seed(&bytes, salt).to_le_bytes());
        frame[..HEAD_BYTES].copy_from_slice(&bytes);
    }

    /// The head that these bytes of the segment with this salt begin with, if there is one.
    pub(crate) fn read(bytes: &[u8], salt: u64, offset: u64) -> Option<Self> {
        let (summed, sum) = bytes.get(..HEAD_BYTES)?.split_at(SUMMED_BYTES);
        let mut fields = Fields(summed);
        let is_whole = *fields.bytes()? == MAGIC
            && xxh3_64_with_seed(summed, salt).to_le_bytes().as_slice() == sum;
        let head = Self {
            position: fields.u64()?,
            offset,
            durable: fields.u64()?,
            received: fields.i64()?,
            times: (fields.i64()?, fields.i64()?),
            records: fields.u32()?,
            source_bytes: fields.u32()?,
            body_bytes: fields.u32()?,
            raw_bytes: fields.u32()?,
            names_sum: fields.u64()?,
            body_sum: fields.u64()?,
        };
        is_whole.then_some(head)
    }

    /// The length of the source's name and the fingerprints.
    pub(crate) fn names_bytes(&self) -> u64 {
        u64::from(self.source_bytes) + u64::from(self.records) * FINGERPRINT_BYTES as u64
    }

    /// The length of the whole frame.
    pub(crate) fn frame_bytes(&self) -> u64 {
        HEAD_BYTES as u64 + self.names_bytes() + u64::from(self.body_bytes)
    }

    /// Where the next frame begins.
    pub(crate) fn end(&self) -> u64 {
        self.offset.saturating_add(self.frame_bytes())
    }

    /// Whether names and records are those that were written. `frame` is as long as this head
    /// says.
    pub(crate) fn is_whole(&self, frame: &[u8]) -> bool {
        let (names, body) = self.parts(frame);
        sum(names) == self.names_sum && sum(body) == self.body_sum
    }

    /// Names and compressed records of a frame.
    pub(crate) fn parts<'f>(&self, frame: &'f [u8]) -> (&'f [u8], &'f [u8]) {
        let names_bytes = usize::try_from(self.names_bytes()).unwrap_or(usize::MAX);
        let rest = frame.get(HEAD_BYTES..).unwrap_or_default();
        rest.split_at(names_bytes.min(rest.len()))
    }
}

/// The sum of a part of a frame.
pub(crate) fn sum(bytes: &[u8]) -> u64 {
    xxh3_64(bytes)
}
