//! Where in a body its records are.
//!
//! Vendors send one object, an array, lines, objects one after another, or an envelope around an
//! array. Only places are found here, by brackets and quotes; nothing is copied and nothing is
//! believed: each record is parsed strictly by [`crate::Doc`] afterwards. So whatever is broken
//! inside of a record costs that record only, and a body whose frame is broken costs itself.
//!
//! One pass over the bytes, without recursion, whatever they hold.

mod frame;
mod scan;

use std::ops::Range;

use crate::doc::{DEPTH_MAX, is_within};
use frame::Frame;

/// A path of keys to an array of records, from the outside in.
pub type Envelope = &'static [&'static str];

/// Why a body holds no records. Never holds any of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// Not JSON, and not lines of it.
    #[error("neither JSON nor lines of JSON")]
    NotJson,
    /// JSON that is neither an object nor an array.
    #[error("neither an object, an array nor lines of objects")]
    Shape,
    /// The only record nests too deep. Among others such a record costs itself.
    #[error("nests deeper than {DEPTH_MAX} levels")]
    TooDeep,
    /// More records than asked for.
    #[error("too many records")]
    TooMany,
}

/// The places of the records of a body, in order and apart from each other; at most `max`. A body
/// of white space has none.
///
/// # Errors
/// The frame of the body is broken, or there are more records than `max`.
pub fn records(
    body: &[u8],
    envelopes: &[&[&str]],
    max: usize,
) -> Result<Vec<Range<usize>>, SplitError> {
    let found = Frame::new(body, envelopes, max).records()?;
    match found.as_slice() {
        [only] if !is_within(&body[only.clone()], DEPTH_MAX) => Err(SplitError::TooDeep),
        _ => Ok(found),
    }
}

#[cfg(test)]
mod tests;
