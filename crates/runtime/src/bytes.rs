//! Values as stored bytes, each with the version of its form.

use casework::snapshot;
use serde::{Serialize, de::DeserializeOwned};

use crate::engine::EngineError;

/// The bytes of a value.
pub(crate) fn write<T: Serialize>(value: &T) -> Vec<u8> {
    snapshot::encode(value)
}

/// The value of stored bytes. What cannot be read is the store's damage, not the caller's fault.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, EngineError> {
    snapshot::decode(bytes).map_err(|error| {
        tracing::error!(%error, "stored bytes cannot be read");
        EngineError::Unavailable("the store holds something unreadable".to_owned())
    })
}
