//! Cases, desks and journal entries as bytes, each with the form they are in.
//!
//! Form 1 is JSON with the number of the form in it. Form 2, written now, is the same JSON without
//! that wrapping, squeezed: one byte for the form, four for the length, then a block of LZ4 over a
//! dictionary of the words that our JSON is made of. What is stored so takes about a third, and
//! still names its fields, so that a later version can read it however its types have grown.

use lz4_flex::block::{self, DecompressError};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The form written now. A reader of a later form must read the earlier ones too.
const FORM: u8 = 2;
/// The words of form 2. Never edited, since what was squeezed with them is read with them: better
/// words make another form.
const WORDS: &[u8] = include_bytes!("snapshot/words_2.txt").trim_ascii_end();
/// The form and the length before what is squeezed.
const HEAD_BYTES: usize = 5;
/// What is longer is written in form 1, so that a damaged length never makes us take more memory.
const SQUEEZED_MAX_BYTES: usize = 16 * 1024 * 1024;

/// Why stored bytes cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// A newer Countersign wrote it.
    #[error("written in form {0}, which this version does not know")]
    Newer(u32),
    /// It is not what was written.
    #[error("not readable")]
    Unreadable(#[source] serde_json::Error),
    /// It is not whole.
    #[error("not whole")]
    Squeezed(#[source] Option<DecompressError>),
}

#[derive(Serialize)]
struct Out<'a, T> {
    form: u32,
    value: &'a T,
}

#[derive(Deserialize)]
struct Head {
    form: u32,
}

#[derive(Deserialize)]
struct In<T> {
    value: T,
}

/// The bytes of a value.
#[must_use]
pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    let json = json_of(value);
    if json.len() > SQUEEZED_MAX_BYTES {
        return json_of(&Out { form: 1, value });
    }
    let length = u32::try_from(json.len()).unwrap_or_default();
    let mut bytes = Vec::with_capacity(HEAD_BYTES + json.len() / 2);
    bytes.push(FORM);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&block::compress_with_dict(&json, WORDS));
    bytes
}

fn json_of<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).expect("our own types have string keys and finite numbers")
}

/// The value of bytes written by [`encode`], of this version or an earlier one.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, SnapshotError> {
    match bytes.first() {
        Some(&FORM) => serde_json::from_slice(&unsqueezed(bytes)?),
        // No later form begins as JSON does.
        Some(&form) if form < b' ' => return Err(SnapshotError::Newer(form.into())),
        _ => return decode_first(bytes),
    }
    .map_err(SnapshotError::Unreadable)
}

fn decode_first<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, SnapshotError> {
    match serde_json::from_slice::<In<T>>(bytes) {
        Ok(read) => Ok(read.value),
        Err(error) => match serde_json::from_slice::<Head>(bytes) {
            Ok(head) if head.form > 1 => Err(SnapshotError::Newer(head.form)),
            _ => Err(SnapshotError::Unreadable(error)),
        },
    }
}

fn unsqueezed(bytes: &[u8]) -> Result<Vec<u8>, SnapshotError> {
    let (head, squeezed) =
        bytes.split_first_chunk::<HEAD_BYTES>().ok_or(SnapshotError::Squeezed(None))?;
    let [_, length @ ..] = *head;
    let length = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
    if length > SQUEEZED_MAX_BYTES {
        return Err(SnapshotError::Squeezed(None));
    }
    let json = block::decompress_with_dict(squeezed, length, WORDS);
    json.map_err(|error| SnapshotError::Squeezed(Some(error)))
}

#[cfg(test)]
mod tests;
