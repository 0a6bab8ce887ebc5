//! Values that have been asked about, and what came of it.

use model::Span;

use super::{Token, bytes::Reader};

/// How long a value that was raised is under investigation without a verdict. For so long it is
/// neither raised again nor learned, and nothing else new is learned in its place.
pub const OPEN_MAX: Span = Span::days(7);
/// How many marks a baseline of an entity may hold.
pub(super) const MARKS_MAX: usize = 12;
/// A denied value that comes again is raised again, at most once in so long.
pub(super) const DENIED_QUIET_S: u32 = 3_600;
/// The bytes of a mark.
pub(super) const MARK_BYTES: usize = 11;

/// What is known of a value beyond that it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) value: Token,
    /// When it came to be so, or when it was raised last.
    pub(super) at: u32,
    pub(super) standing: Standing,
}

/// How it stands. In the order in which marks give way to newer ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// Proven to be the person's own, of kinds that have no list of known values.
    Confirmed = 1,
    /// Raised, no verdict yet.
    Open = 2,
    /// Not the person's: never learned.
    Denied = 3,
}

/// What a mark of a value means for an event that brings it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marked {
    /// There is none, or none that still counts.
    No,
    /// Nothing is to be said of it: it was confirmed, or was asked about lately.
    Quiet,
    /// It was denied, and is to be raised.
    Denied,
}

impl Mark {
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let (value, at) = (reader.token(), reader.u32());
        let standing = match reader.u8() {
            1 => Standing::Confirmed,
            2 => Standing::Open,
            3 => Standing::Denied,
            _ => return None,
        };
        Some(Self { value, at, standing })
    }

    pub(super) fn write(self) -> [u8; MARK_BYTES] {
        let mut bytes = [0; MARK_BYTES];
        bytes[..6].copy_from_slice(&self.value.to_bytes());
        bytes[6..10].copy_from_slice(&self.at.to_le_bytes());
        bytes[10] = self.standing as u8;
        bytes
    }

    /// Whether it is under investigation.
    pub(super) fn is_open(self, now: u32) -> bool {
        let open_s = u32::try_from(OPEN_MAX.as_seconds()).unwrap_or(u32::MAX);
        self.standing == Standing::Open && now < self.at.saturating_add(open_s)
    }
}
