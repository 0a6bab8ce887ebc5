//! Cases, desks and journal entries as bytes, each with the version of its form.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The form written now. A reader of a later form must read this one too.
const FORM: u32 = 1;

/// Why stored bytes cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// A newer Countersign wrote it.
    #[error("written in form {0}, which this version does not know")]
    Newer(u32),
    /// It is not what was written.
    #[error("not readable")]
    Unreadable(#[source] serde_json::Error),
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
    serde_json::to_vec(&Out { form: FORM, value })
        .expect("our own types have string keys and finite numbers")
}

/// The value of bytes written by [`encode`].
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, SnapshotError> {
    match serde_json::from_slice::<In<T>>(bytes) {
        Ok(read) => Ok(read.value),
        Err(error) => match serde_json::from_slice::<Head>(bytes) {
            Ok(head) if head.form > FORM => Err(SnapshotError::Newer(head.form)),
            _ => Err(SnapshotError::Unreadable(error)),
        },
    }
}
