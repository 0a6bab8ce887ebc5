//! Little-endian numbers in bytes. Total: what lies beyond the end reads as zero and is not
//! written, so that no stored state, however damaged, can stop detection.

use super::token::{TOKEN_BYTES, Token};

pub(super) fn u8_at(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(0)
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(array_at(bytes, at))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(array_at(bytes, at))
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(array_at(bytes, at))
}

/// The six bytes of a token.
pub(super) fn u48_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u16_at(bytes, at + 4)) << 32
}

pub(super) fn put<const N: usize>(bytes: &mut [u8], at: usize, value: [u8; N]) {
    if let Some(place) = bytes.get_mut(at..at + N) {
        place.copy_from_slice(&value);
    }
}

fn array_at<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes.get(at..at + N).and_then(|found| found.try_into().ok()).unwrap_or([0; N])
}

/// Reads one number after another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'b> {
    rest: &'b [u8],
}

impl<'b> Reader<'b> {
    pub(super) fn of(rest: &'b [u8]) -> Self {
        Self { rest }
    }

    /// The next bytes; fewer, and none at last, where the end is near.
    pub(super) fn take(&mut self, length: usize) -> &'b [u8] {
        let (taken, rest) = self.rest.split_at(length.min(self.rest.len()));
        self.rest = rest;
        taken
    }

    pub(super) fn rest(self) -> &'b [u8] {
        self.rest
    }

    pub(super) fn is_at_end(self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn u8(&mut self) -> u8 {
        u8_at(self.take(1), 0)
    }

    pub(super) fn u16(&mut self) -> u16 {
        u16_at(self.take(2), 0)
    }

    pub(super) fn u32(&mut self) -> u32 {
        u32_at(self.take(4), 0)
    }

    pub(super) fn token(&mut self) -> Token {
        Token(u48_at(self.take(TOKEN_BYTES), 0))
    }

    pub(super) fn u64(&mut self) -> u64 {
        u64_at(self.take(8), 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_the_end_is_zero_and_nothing_is_written_there() {
        let mut bytes = [1, 2, 3];
        assert_eq!((u8_at(&bytes, 2), u8_at(&bytes, 3)), (3, 0));
        assert_eq!((u16_at(&bytes, 1), u16_at(&bytes, 2)), (0x0302, 0));
        put(&mut bytes, 2, 7_u16.to_le_bytes());
        assert_eq!(bytes, [1, 2, 3]);
        let mut reader = Reader::of(&bytes);
        assert_eq!((reader.u16(), reader.u16(), reader.u64()), (0x0201, 0, 0));
    }
}
