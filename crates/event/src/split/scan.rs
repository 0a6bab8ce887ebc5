//! Walking over JSON by its brackets and quotes, and by nothing else.

use std::ops::Range;

/// The byte order mark that some tools write before the text, even before each of its lines.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// After the value that opens at `open` with a bracket; `None` where the text ends before it.
pub(super) fn closed(text: &[u8], open: usize) -> Option<usize> {
    walk(text, open + 1, false).map(|close| close + 1)
}

/// The end of the member that begins at `from`: its comma, or the bracket that closes what it is
/// in.
pub(super) fn member_end(text: &[u8], from: usize) -> Option<usize> {
    walk(text, from, true)
}

/// After the text whose opening quote is at `quote`.
pub(super) fn text_end(text: &[u8], quote: usize) -> Option<usize> {
    let mut at = quote + 1;
    loop {
        at = find(text, at, [b'"', b'\\'])?;
        if text[at] == b'"' {
            return Some(at + 1);
        }
        // Whatever follows a backslash is not what it seems.
        at += 2;
    }
}

/// The end of the line that holds `from`: its line feed, or the end of all.
pub(super) fn line_end(text: &[u8], from: usize) -> usize {
    find(text, from, [b'\n', b'\n']).unwrap_or(text.len())
}

/// The first byte from `at` on that is neither white space nor a byte order mark.
pub(super) fn ink(text: &[u8], mut at: usize) -> usize {
    while let Some(rest) = text.get(at..) {
        match rest.first() {
            Some(b' ' | b'\t' | b'\r' | b'\n') => at += 1,
            Some(0xef) if rest.starts_with(MARK) => at += MARK.len(),
            _ => break,
        }
    }
    at.min(text.len())
}

/// The range without white space and byte order marks around it.
pub(super) fn trimmed(text: &[u8], range: Range<usize>) -> Range<usize> {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let start = ink(&text[..range.end], range.start);
    let length = text[start..range.end].iter().rposition(|byte| !blank(byte));
    start..length.map_or(start, |last| start + last + 1)
}

/// On to the closing bracket of what `from` is in, or to a comma of that level.
fn walk(text: &[u8], from: usize, stops_at_comma: bool) -> Option<usize> {
    let (mut at, mut depth) = (from, 0_usize);
    loop {
        match *text.get(at)? {
            b'"' => {
                at = text_end(text, at)?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth == 0 => return Some(at),
            b'}' | b']' => depth -= 1,
            b',' if stops_at_comma && depth == 0 => return Some(at),
            _ => {}
        }
        at += 1;
    }
}

/// Where one of two bytes is next, from `at` on. Eight at a time, since most of a record is text.
fn find(text: &[u8], mut at: usize, wanted: [u8; 2]) -> Option<usize> {
    let masks = wanted.map(|byte| u64::from_ne_bytes([byte; 8]));
    while let Some(Ok(eight)) = text.get(at..at + 8).map(<[u8; 8]>::try_from) {
        let word = u64::from_le_bytes(eight);
        let hits = zero_bytes(word ^ masks[0]) | zero_bytes(word ^ masks[1]);
        if hits != 0 {
            return Some(at + hits.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    let rest = text.get(at..)?;
    rest.iter().position(|byte| wanted.contains(byte)).map(|found| at + found)
}

/// The high bit of the lowest byte that is zero; bits above it may lie.
fn zero_bytes(word: u64) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
    const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);
    word.wrapping_sub(ONES) & !word & HIGHS
}
