//! Records and what is remembered of devices as bytes, each with the version of its form.
//!
//! The form is positional and small: a device known from four sources takes less than two
//! kilobytes beside its list of software, which is stored apart. Neither the merged device nor its
//! evaluation is stored: both are derived again in microseconds, and by one path.

use std::sync::Arc;

use model::device::{Software, SourceRecord};
use serde::{Serialize, de::DeserializeOwned};

use crate::track::Track;

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
