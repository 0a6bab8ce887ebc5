//! A host that has enrolled, and the key that it proves itself with. Pure.

use std::fmt;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use http::HeaderMap;
use model::{Timestamp, device::Platform};
use ports::store::{Record, RecordOp, Space};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// The longest node key that is looked at, in bytes.
const KEY_MAX_BYTES: usize = 256;
const VERSION: u8 = 1;

/// A host that has enrolled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    version: u8,
    /// The source that it enrolled with.
    pub source: String,
    /// What the source calls the device: the hardware's id where that is one.
    pub id: String,
    /// What it runs, which says what it is asked.
    pub platform: Platform,
    /// When it enrolled.
    pub enrolled_at: Timestamp,
    /// Whether somebody wants it to answer at once.
    pub is_asked: bool,
}

/// A node key. Only its digest is ever stored.
pub struct NodeKey(String);

impl NodeKey {
    /// A new one from random bytes.
    #[must_use]
    pub fn fresh(random: [u8; 32]) -> Self {
        Self(BASE64URL_NOPAD.encode(&random))
    }

    /// The one in a request: in its body, or as `Authorization: NodeKey …`.
    #[must_use]
    pub fn of(headers: &HeaderMap, body: &Value) -> Option<Self> {
        let in_body = body.get("node_key").and_then(Value::as_str);
        let header = headers.get(http::header::AUTHORIZATION).and_then(|it| it.to_str().ok());
        let in_header = || header.and_then(|text| text.strip_prefix("NodeKey "));
        let key = in_body.filter(|key| !key.is_empty()).or_else(in_header)?;
        (!key.is_empty() && key.len() <= KEY_MAX_BYTES).then(|| Self(key.to_owned()))
    }

    /// Where its node is kept.
    #[must_use]
    pub fn record_key(&self, source: &str) -> String {
        key_of(source, &HEXLOWER.encode(&Sha256::digest(self.0.as_bytes())))
    }

    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for NodeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NodeKey[secret]")
    }
}

fn key_of(source: &str, digest: &str) -> String {
    format!("{source}/key/{digest}")
}

/// Where the digest of a host's key is kept, so that an old key dies when it enrols again.
#[must_use]
pub(super) fn host_key(source: &str, id: &str) -> String {
    format!("{source}/host/{}", HEXLOWER.encode(&Sha256::digest(id.as_bytes())))
}

impl Node {
    pub(super) fn new(source: &str, id: String, platform: Platform, now: Timestamp) -> Self {
        let source = source.to_owned();
        Self { version: VERSION, source, id, platform, enrolled_at: now, is_asked: true }
    }

    /// The node after it has answered.
    pub(super) fn answered(&self) -> Self {
        Self { is_asked: false, ..self.clone() }
    }

    /// The node in a record.
    #[must_use]
    pub fn of(record: &Record) -> Option<Self> {
        let node: Self = serde_json::from_slice(&record.value).ok()?;
        (node.version == VERSION).then_some(node)
    }

    /// The record of a node whose key's record is `key`.
    #[must_use]
    pub fn record(&self, key: String) -> Record {
        let value = serde_json::to_vec(self).expect("our own type has string keys");
        Record { space: Space::OsqueryNode, key, owner: None, value, expires_at: None }
    }

    /// What makes a host answer at its next `distributed/read`, by the record of its key.
    #[must_use]
    pub fn ask(record: &Record, now: Timestamp) -> Option<RecordOp> {
        let node = Self::of(record)?;
        let asked = Self { is_asked: true, ..node }.record(record.key.clone());
        Some(RecordOp::Swap { expected: Some(record.value.clone()), record: asked, now })
    }
}
