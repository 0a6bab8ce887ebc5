//! Walking from frame to frame, over whatever lies between them.

use std::{io, ops::Range};

use crate::{
    disk::DiskFile,
    frame::{HEAD_BYTES, Head, MAGIC},
};

/// How much is read at once while searching for the next head.
const SEARCH_BYTES: usize = 64 * 1024;

/// Bytes by their offsets.
pub(crate) trait Bytes {
    /// Fills as much of the buffer as there is; returns how much.
    fn fill(&mut self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
}

/// What lies at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// A frame whose head is whole.
    Frame(Head),
    /// Nothing that could be read: batches from the walk's position up to this one.
    Damage { offset: u64, until: u64, until_position: u64 },
}

impl Step {
    /// Where it begins.
    pub(crate) fn offset(&self) -> u64 {
        match self {
            Self::Frame(head) => head.offset,
            Self::Damage { offset, .. } => *offset,
        }
    }
}

/// A walk over a part of a segment.
#[derive(Debug)]
pub(crate) struct Walk {
    pub(crate) salt: u64,
    /// Where it stands.
    pub(crate) offset: u64,
    /// Where the part ends.
    pub(crate) end: u64,
    /// The position of the next batch.
    pub(crate) position: u64,
    /// The first position that is not of this part.
    pub(crate) limit: u64,
    /// A frame that was found behind damage.
    found: Option<Head>,
}

impl Walk {
    pub(crate) fn new(salt: u64, offsets: Range<u64>, positions: Range<u64>) -> Self {
        Self {
            salt,
            offset: offsets.start,
            end: offsets.end,
            position: positions.start,
            limit: positions.end,
            found: None,
        }
    }

    /// The next step; `None` where no frame follows.
    pub(crate) fn step(&mut self, bytes: &mut dyn Bytes) -> io::Result<Option<Step>> {
        let head = match self.found.take() {
            Some(head) => Some(head),
            None => self.next_head(bytes)?,
        };
        let Some(head) = head else { return Ok(None) };
        if head.position > self.position {
            let damage = Step::Damage {
                offset: self.offset,
                until: head.offset,
                until_position: head.position,
            };
            (self.offset, self.position) = (head.offset, head.position);
            self.found = Some(head);
            return Ok(Some(damage));
        }
        (self.offset, self.position) = (head.end(), head.position + 1);
        Ok(Some(Step::Frame(head)))
    }

    /// The head at this offset or, where there is none, the next one anywhere behind it.
    fn next_head(&self, bytes: &mut dyn Bytes) -> io::Result<Option<Head>> {
        let mut buffer = [0; HEAD_BYTES];
        let length = bytes.fill(&mut buffer, self.offset)?;
        match self.head(&buffer[..length], self.offset) {
            Some(head) => Ok(Some(head)),
            None => self.search(bytes),
        }
    }

    fn search(&self, bytes: &mut dyn Bytes) -> io::Result<Option<Head>> {
        let mut buffer = vec![0; SEARCH_BYTES];
        let mut start = self.offset.saturating_add(1);
        while start < self.end {
            let length = bytes.fill(&mut buffer, start)?;
            if length < HEAD_BYTES {
                break;
            }
            let window = &buffer[..length];
            let heads = (0..=length - HEAD_BYTES).filter(|at| window[*at] == MAGIC[0]);
            let mut heads = heads.filter_map(|at| self.head(&window[at..], start + at as u64));
            if let Some(head) = heads.next() {
                return Ok(Some(head));
            }
            // The next head may begin in what was too short for one.
            start += (length - HEAD_BYTES + 1) as u64;
        }
        Ok(None)
    }

    /// The head here, if it is one of this part that the walk has not passed.
    fn head(&self, bytes: &[u8], offset: u64) -> Option<Head> {
        let head = Head::read(bytes, self.salt, offset)?;
        let is_ours = (self.position..self.limit).contains(&head.position);
        (is_ours && head.end() <= self.end).then_some(head)
    }
}

/// A part of a file, in memory.
pub(crate) struct Loaded {
    pub(crate) start: u64,
    pub(crate) bytes: Vec<u8>,
}

impl Loaded {
    /// A frame of it.
    pub(crate) fn frame(&self, head: &Head) -> Option<&[u8]> {
        let start = usize::try_from(head.offset.checked_sub(self.start)?).ok()?;
        let end = start.checked_add(usize::try_from(head.frame_bytes()).ok()?)?;
        self.bytes.get(start..end)
    }
}

impl Bytes for Loaded {
    fn fill(&mut self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let start = offset.saturating_sub(self.start).min(self.bytes.len() as u64);
        let rest = &self.bytes[usize::try_from(start).unwrap_or(self.bytes.len())..];
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }
}

/// How much of a file is read at once for the sake of one head: small batches lie near each
/// other, and the head of a large one is not worth more.
const WINDOW_BYTES: usize = 8 * 1024;

/// A file of which little is read at a time.
pub(crate) struct Peeked<'f> {
    file: &'f dyn DiskFile,
    window: Loaded,
}

impl<'f> Peeked<'f> {
    pub(crate) fn new(file: &'f dyn DiskFile) -> Self {
        Self { file, window: Loaded { start: 0, bytes: Vec::new() } }
    }

    fn holds(&self, offset: u64, length: usize) -> bool {
        let end = self.window.start + self.window.bytes.len() as u64;
        offset >= self.window.start && offset.saturating_add(length as u64) <= end
    }
}

impl Bytes for Peeked<'_> {
    fn fill(&mut self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        if buffer.len() > WINDOW_BYTES {
            return self.file.read_at(buffer, offset);
        }
        if !self.holds(offset, buffer.len()) {
            self.window.bytes.resize(WINDOW_BYTES, 0);
            let length = self.file.read_at(&mut self.window.bytes, offset)?;
            self.window.bytes.truncate(length);
            self.window.start = offset;
        }
        self.window.fill(buffer, offset)
    }
}
