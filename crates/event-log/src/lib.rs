//! The event log in a folder of files: batches in the order of their arrival, compressed, with
//! sums, durable before they are acknowledged.
//!
//! One thread writes. It takes all the batches that wait, appends them to the last of the
//! segments and makes them durable together; compression is done before, by those who append. Two
//! threads read. Callers only ever wait on a channel.
//!
//! What must hold whatever happens to the disk: an acknowledged batch is there as it was, or is
//! named as damaged; nothing else is there; no position is given twice. The torn end that a crash
//! leaves is cut when the log is opened. Frames say where they lie and are found again behind
//! damage; the name of a segment says where the one before it ends.
//!
//! It never looks into a record, and never logs one. One process may write a log
//! ([`DiskLog::open`]); any number may read it meanwhile ([`DiskLog::open_read_only`]). Start
//! reading with `frame.rs`, then `recover.rs` and `pen.rs`.

mod disk;
mod fields;
mod frame;
mod log;
mod pen;
mod reader;
mod readers;
mod recover;
mod segment;
mod shelf;
mod sidecar;
mod walk;
mod writer;

#[cfg(test)]
mod tests;

use std::io;

use model::Span;
use ports::event_log::Position;

pub use frame::body::BATCH_BYTES_MAX;
pub use log::DiskLog;

/// How a log is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// A segment that has reached this is followed by a new one. Retention drops whole segments.
    pub segment_bytes: u64,
    /// So long after its first batch a segment is followed by a new one.
    pub segment_age: Span,
    /// So much room is taken from the volume at a time: writing into room that is there already
    /// is durable sooner. None is taken ahead when zero.
    pub reserve_bytes: u64,
    /// Positions below this one are never given: what they held may be known elsewhere, such as
    /// in a checkpoint of detection, and is read as damaged if it is gone from here.
    pub not_before: Position,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            segment_bytes: 128 * 1024 * 1024,
            segment_age: Span::days(1),
            reserve_bytes: 16 * 1024 * 1024,
            not_before: Position(0),
        }
    }
}

/// Why a log does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process writes it.
    #[error("another process is writing this event log: stop it first")]
    InUse,
    /// A later release wrote it.
    #[error("{place} was written by a later release: use that release, or a later one")]
    Newer {
        /// The file.
        place: String,
    },
    /// Two files cannot both be of this log.
    #[error("{place} does not belong behind the file before it: move away what is not of this log")]
    OutOfOrder {
        /// The file.
        place: String,
    },
    /// There is nothing to read.
    #[error("there is no event log here")]
    Missing,
    /// Its files or its folder cannot be made, opened or read.
    #[error("the files of the event log cannot be opened")]
    Files(#[from] io::Error),
}
