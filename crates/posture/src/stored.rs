//! Records, what is remembered of devices and their history as bytes, each with the version of its
//! form.
//!
//! The form is positional and small: a device known from four sources takes less than two
//! kilobytes beside its list of software, which is stored apart. Neither the merged device nor its
//! evaluation is stored: both are derived again in microseconds, and by one path.

use std::sync::Arc;

use model::{
    Timestamp,
    device::{Practice, Software, SourceRecord},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    check::State,
    track::{Entry, Track},
};

/// The form written now. A reader of a later form must read this one too.
const FORM: u8 = 1;

/// Why stored bytes cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    /// A newer Countersign wrote it.
    #[error("written in form {0}, which this version does not know")]
    Newer(u8),
    /// It is not what was written.
    #[error("not readable")]
    Unreadable,
}

/// The bytes of a record, and of its software where it has any.
#[must_use]
pub fn encode_record(record: &SourceRecord) -> (Vec<u8>, Option<Vec<u8>>) {
    let software = record.software.as_ref().map(|software| encode(software.as_ref()));
    let bare = SourceRecord { software: None, ..record.clone() };
    (encode(&bare), software)
}

/// A record from its bytes, and from those of its software.
pub fn decode_record(bytes: &[u8], software: Option<&[u8]>) -> Result<SourceRecord, StoredError> {
    let mut record: SourceRecord = decode(bytes)?;
    record.software = software.map(decode::<Software>).transpose()?.map(Arc::new);
    Ok(record)
}

/// The bytes of what is remembered of a device.
#[must_use]
pub fn encode_track(track: &Track) -> Vec<u8> {
    encode(track)
}

/// What is remembered of a device, from its bytes.
pub fn decode_track(bytes: &[u8]) -> Result<Track, StoredError> {
    decode(bytes)
}

/// An entry of the history without its instant, which all entries of one evaluation share.
#[derive(Serialize, Deserialize)]
struct Line {
    practice: Practice,
    issue: Option<String>,
    from: Option<State>,
    to: State,
    reason: Option<String>,
}

/// The bytes of what one evaluation added to the history. The first evaluation of a device adds an
/// entry for every check, so that an entry is a handful of bytes; their instant is kept beside them.
#[must_use]
pub fn encode_entries(entries: &[Entry]) -> Vec<u8> {
    let line = |entry: &Entry| {
        let Entry { practice, issue, from, to, reason, .. } = entry.clone();
        Line { practice, issue, from, to, reason }
    };
    encode(&entries.iter().map(line).collect::<Vec<_>>())
}

/// What one evaluation added to the history, from its bytes and its instant.
pub fn decode_entries(bytes: &[u8], at: Timestamp) -> Result<Vec<Entry>, StoredError> {
    let lines: Vec<Line> = decode(bytes)?;
    let entry = |line: Line| {
        let Line { practice, issue, from, to, reason } = line;
        Entry { at, practice, issue, from, to, reason }
    };
    Ok(lines.into_iter().map(entry).collect())
}

fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    let form = vec![FORM];
    postcard::to_extend(value, form).expect("our own types have a length and finite numbers")
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, StoredError> {
    match bytes.split_first() {
        Some((form, rest)) if *form == FORM => {
            postcard::from_bytes(rest).map_err(|_| StoredError::Unreadable)
        }
        Some((form, _)) if *form > FORM => Err(StoredError::Newer(*form)),
        _ => Err(StoredError::Unreadable),
    }
}

#[cfg(test)]
mod tests;
