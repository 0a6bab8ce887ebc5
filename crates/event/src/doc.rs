//! One JSON document from outside, read once and looked at often.
//!
//! The parser has no limit on nesting and takes the first of two equal keys, where others take the
//! last: both are ways around detection. So nesting is measured before anything is parsed, and a
//! document with equal keys is read as if each such key held the list of its values: a rule that
//! matches any of them fires.

mod canonical;
mod depth;
mod merged;
mod node;

use model::Problem;
use sonic_rs::{JsonContainerTrait as _, JsonValueTrait as _, Value};

pub use depth::is_within;
pub use node::Node;

/// How deep a record may nest. Real ones stay below 12.
pub const DEPTH_MAX: usize = 64;
/// The longest record, in bytes. CloudTrail's are at most 256 KiB.
pub const RECORD_BYTES_MAX: usize = 1_024 * 1_024;

/// A document. Cheap to clone: clones share the parsed values.
#[derive(Clone)]
pub struct Doc {
    value: Value,
}

/// Why bytes are not a document. Never holds any of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DocError {
    /// Too long.
    #[error("longer than {RECORD_BYTES_MAX} bytes")]
    TooLong,
    /// Nests too deep.
    #[error("nests deeper than {DEPTH_MAX} levels")]
    TooDeep,
    /// Not JSON, or not UTF-8; numbers beyond what a double holds are not JSON either.
    #[error("not JSON in UTF-8")]
    NotJson,
    /// JSON, and no object.
    #[error("not a JSON object")]
    NotAnObject,
}

impl Doc {
    /// Reads one document, and what was odd about it.
    pub fn parse(bytes: &[u8]) -> Result<(Self, Option<Problem>), DocError> {
        let value = read(bytes)?;
        if !value.is_object() {
            return Err(DocError::NotAnObject);
        }
        if !merged::has_equal_keys(&value) {
            return Ok((Self { value }, None));
        }
        let value = read(merged::text(&value).as_bytes())?;
        let problem =
            Problem::at("", "equal keys in one object: each was read as the list of its values");
        Ok((Self { value }, Some(problem)))
    }

    /// The whole document.
    #[must_use]
    pub fn root(&self) -> Node<'_> {
        Node::of(&self.value)
    }

    /// What stands at a path of keys.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<Node<'_>> {
        path.iter().try_fold(self.root(), |node, key| node.get(key))
    }

    /// The text at a path of keys; a number or a truth value as text.
    #[must_use]
    pub fn text(&self, path: &[&str]) -> Option<String> {
        self.at(path).and_then(|node| node.scalar_text())
    }

    /// The object at a path of keys as a document of its own: a record in its frame. Shares the
    /// parsed values.
    #[must_use]
    pub fn inner(&self, path: &[&str]) -> Option<Self> {
        let object = |value: &Value, key: &&str| value.as_object()?.get(key).cloned();
        let value = path.iter().try_fold(self.value.clone(), |value, key| object(&value, key))?;
        value.is_object().then_some(Self { value })
    }

    /// Bytes that are the same for two documents that say the same, whatever the order of their
    /// keys and their white space.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        canonical::write(self.root(), &mut bytes);
        bytes
    }

    /// The document as JSON text, for tests, exports and explanations.
    #[must_use]
    pub fn to_json(&self) -> String {
        sonic_rs::to_string(&self.value).unwrap_or_default()
    }
}

fn read(bytes: &[u8]) -> Result<Value, DocError> {
    if bytes.len() > RECORD_BYTES_MAX {
        return Err(DocError::TooLong);
    }
    if !is_within(bytes, DEPTH_MAX) {
        return Err(DocError::TooDeep);
    }
    sonic_rs::from_slice(bytes).map_err(|_| DocError::NotJson)
}

/// Records hold personal data.
impl std::fmt::Debug for Doc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[record]")
    }
}

#[cfg(test)]
mod tests;
