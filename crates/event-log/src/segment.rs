//! A segment: one file of frames, and what is kept in memory of it.

use std::ops::Range;

use crate::frame::Head;

/// Frames are looked up by blocks of at least so many bytes, so that many small batches do not
/// need a large index: 32 bytes in memory for each 64 KiB of the log.
const BLOCK_BYTES_MIN: u64 = 64 * 1024;
/// The version of the files that this release reads and writes.
const EXTENSION: &str = ".log1";
/// What all versions begin their extension with.
const ANY_EXTENSION: &str = ".log";
/// What the index of a segment has behind the segment's name.
const INDEX: &str = ".index";

/// What a segment's name says: everything that one must know to read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name {
    /// Segments are in the order of this number. Nothing at or after the first position of the
    /// next one belongs to a segment, whatever it holds.
    pub(crate) serial: u64,
    /// The position of its first batch.
    pub(crate) first: u64,
    /// The seed of its heads' sums.
    pub(crate) salt: u64,
}

/// What the name of a file says.
pub(crate) enum Named {
    Segment(Name),
    /// A segment of a later release.
    Newer,
    /// Nothing to us.
    Other,
}

impl Name {
    pub(crate) fn file(&self) -> String {
        let Self { serial, first, salt } = self;
        format!("{serial:08}-{first:020}-{salt:016x}{EXTENSION}")
    }

    /// The file of the segment's index.
    pub(crate) fn index_file(&self) -> String {
        format!("{}{INDEX}", self.file())
    }

    /// Whether this is the name of some segment's index.
    pub(crate) fn is_index(file: &str) -> bool {
        file.strip_suffix(INDEX).is_some_and(|it| matches!(Self::read(it), Named::Segment(_)))
    }

    pub(crate) fn read(file: &str) -> Named {
        if let Some(stem) = file.strip_suffix(EXTENSION) {
            return Self::read_stem(stem).map_or(Named::Other, Named::Segment);
        }
        let is_numbered = |end: &str| !end.is_empty() && end.bytes().all(|it| it.is_ascii_digit());
        match file.rsplit_once(ANY_EXTENSION) {
            Some((stem, version)) if is_numbered(version) && Self::read_stem(stem).is_some() => {
                Named::Newer
            }
            _ => Named::Other,
        }
    }

    fn read_stem(stem: &str) -> Option<Self> {
        let mut parts = stem.split('-');
        let (serial, first) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let salt = u64::from_str_radix(parts.next()?, 16).ok()?;
        let name = Self { serial, first, salt };
        // Exactly as it is written: `+1` is a number as well.
        name.file().strip_suffix(EXTENSION).is_some_and(|own| own == stem).then_some(name)
    }
}

/// A segment, as far as it is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) name: Name,
    /// The position after its last batch.
    pub(crate) next: u64,
    /// Where its last frame ends.
    pub(crate) end: u64,
    /// How many records it holds.
    pub(crate) records: u64,
    /// When its first batch arrived and when the newest did, in microseconds since 1970.
    pub(crate) received: Option<(i64, i64)>,
    pub(crate) blocks: Vec<Block>,
}

/// Some frames beside each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Block {
    /// The position of its first batch.
    pub(crate) first: u64,
    /// Where its first frame begins.
    pub(crate) offset: u64,
    /// The earliest and the latest event, in microseconds since 1970.
    pub(crate) times: (i64, i64),
}

/// A block with its ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) segment: Name,
    pub(crate) positions: Range<u64>,
    pub(crate) offsets: Range<u64>,
}

impl Segment {
    pub(crate) fn new(name: Name) -> Self {
        Self { name, next: name.first, end: 0, records: 0, received: None, blocks: Vec::new() }
    }

    /// Takes in the next frame.
    pub(crate) fn push(&mut self, head: &Head) {
        self.extend(self.next.min(head.position), head.offset, head.times);
        let (first, newest) = self.received.unwrap_or((head.received, head.received));
        self.received = Some((first, newest.max(head.received)));
        self.records += u64::from(head.records);
        self.next = head.position + 1;
        self.end = head.end();
    }

    /// Takes in what cannot be read: up to this offset, before this position. It may be of any
    /// time.
    pub(crate) fn push_damage(&mut self, offset: u64, until: u64, until_position: u64) {
        self.extend(self.next, offset, (i64::MIN, i64::MAX));
        self.next = until_position;
        self.end = until;
    }

    fn extend(&mut self, first: u64, offset: u64, times: (i64, i64)) {
        match self.blocks.last_mut() {
            Some(block) if offset.saturating_sub(block.offset) < BLOCK_BYTES_MIN => {
                let (earliest, latest) = block.times;
                block.times = (earliest.min(times.0), latest.max(times.1));
            }
            _ => self.blocks.push(Block { first, offset, times }),
        }
    }

    /// The block at or after a position that may hold an event of this time.
    pub(crate) fn piece(&self, from: u64, times: (i64, i64)) -> Option<Piece> {
        if from >= self.next {
            return None;
        }
        let start = self.blocks.partition_point(|block| block.first <= from).saturating_sub(1);
        let overlaps = |block: &Block| block.times.0 <= times.1 && times.0 <= block.times.1;
        let found = self.blocks.get(start..)?.iter().position(overlaps)?;
        self.piece_at(start + found)
    }

    /// A block by its number.
    pub(crate) fn piece_at(&self, index: usize) -> Option<Piece> {
        let block = self.blocks.get(index)?;
        let after = self.blocks.get(index + 1);
        let (until, end) = after.map_or((self.next, self.end), |next| (next.first, next.offset));
        Some(Piece {
            segment: self.name,
            positions: block.first..until,
            offsets: block.offset..end,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_everything_and_only_in_its_own_spelling() {
        let name = Name { serial: 7, first: u64::MAX, salt: 0xAB };
        let file = name.file();
        assert!(matches!(Name::read(&file), Named::Segment(read) if read == name), "{file}");
        for other in [
            "lock",
            "",
            ".log1",
            "--.log1",
            "7-1-ab.log1",
            "+0000007-00000000000000000001-00000000000000ab.log1",
            "00000007-00000000000000000001-00000000000000AB.log1",
            "00000007-00000000000000000001-00000000000000ab.log1.index",
            "00000007-00000000000000000001-00000000000000ab.logs",
        ] {
            assert!(matches!(Name::read(other), Named::Other), "{other}");
        }
        assert!(matches!(Name::read(&file.replace("log1", "log2")), Named::Newer));
        assert!(Name::is_index(&name.index_file()));
        assert!(!Name::is_index("books.index") && !Name::is_index(&file));
    }
}
