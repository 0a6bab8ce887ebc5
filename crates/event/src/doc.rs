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
mod tape;

use std::sync::Arc;

use model::Problem;

pub use depth::is_within;
pub use node::Node;
use tape::{Cell, Tape};

/// How deep a record may nest. Real ones stay below 12.
pub const DEPTH_MAX: usize = 64;
/// The longest record, in bytes. CloudTrail's are at most 256 KiB.
pub const RECORD_BYTES_MAX: usize = 1_024 * 1_024;

/// A document. Cheap to clone: clones share the parsed values.
#[derive(Clone)]
pub struct Doc {
    tape: Arc<Tape>,
    /// Where in it the document is.
    root: u32,
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
        let read = read(bytes)?;
        if !matches!(read.tape.cell(0), Cell::Object(..)) {
            return Err(DocError::NotAnObject);
        }
        let has_equal_keys = read.has_equal_keys;
        let doc = Self { tape: Arc::new(read.tape), root: 0 };
        if !has_equal_keys {
            return Ok((doc, None));
        }
        let merged = self::read(merged::text(doc.root()).as_bytes())?;
        let problem =
            Problem::at("", "equal keys in one object: each was read as the list of its values");
        Ok((Self { tape: Arc::new(merged.tape), root: 0 }, Some(problem)))
    }

    /// The whole document.
    #[must_use]
    pub fn root(&self) -> Node<'_> {
        Node::of(&self.tape, self.root)
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
        let root = path.iter().try_fold(self.root, |at, key| match self.tape.cell(at) {
            Cell::Object(_, end) => self.tape.find(at + 1, end, key),
            _ => None,
        })?;
        let is_object = matches!(self.tape.cell(root), Cell::Object(..));
        is_object.then(|| Self { tape: Arc::clone(&self.tape), root })
    }

    /// Bytes that are the same for two documents that say the same, whatever the order of their
    /// keys and their white space.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        canonical::write(self.root(), &mut bytes);
        bytes
    }

    /// All texts of the document, and of what it stands in, keys among them, one right after
    /// another: what is in none of them may be here where two meet, and what is not here is in none
    /// of them.
    #[must_use]
    pub fn all_text(&self) -> &str {
        self.tape.all_text()
    }

    /// The document as JSON text, for tests, exports and explanations.
    #[must_use]
    pub fn to_json(&self) -> String {
        sonic_rs::to_string(&self.root()).unwrap_or_default()
    }
}

fn read(bytes: &[u8]) -> Result<tape::Read, DocError> {
    if bytes.len() > RECORD_BYTES_MAX {
        return Err(DocError::TooLong);
    }
    if !is_within(bytes, DEPTH_MAX) {
        return Err(DocError::TooDeep);
    }
    tape::read(bytes).map_err(|_| DocError::NotJson)
}

/// Records hold personal data.
impl std::fmt::Debug for Doc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[record]")
    }
}

#[cfg(test)]
mod tests;
