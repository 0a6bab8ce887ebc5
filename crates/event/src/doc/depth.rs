//! How deep a text of JSON nests, before anything parses it.

/// Whether brackets nest at most `max` deep outside of strings. A text that is no JSON may be
/// within and still be refused by the parser; one that is within is safe to parse.
#[must_use]
pub fn is_within(text: &[u8], max: usize) -> bool {
    // Most records hold fewer opening brackets than they may nest: one pass over the bytes that
    // the compiler turns into vector instructions, as the count of a chunk fits into a byte.
    let chunks = text.chunks(usize::from(u8::MAX));
    let opening: usize = chunks.map(|chunk| usize::from(opening(chunk))).sum();
    opening <= max || deepest(text, max) <= max
}

/// How many brackets open in at most 255 bytes. The two differ in one bit.
fn opening(chunk: &[u8]) -> u8 {
    chunk.iter().map(|byte| u8::from(byte | 0x20 == b'{')).sum()
}

/// The exact depth, or the first one beyond `max`.
fn deepest(text: &[u8], max: usize) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    let mut is_text = false;
    let mut is_escaped = false;
    for byte in text {
        match (is_text, byte) {
            (true, _) if is_escaped => is_escaped = false,
            (true, b'\\') => is_escaped = true,
            (true, b'"') => is_text = false,
            (true, _) => {}
            (false, b'"') => is_text = true,
            (false, b'{' | b'[') => {
                depth += 1;
                deepest = deepest.max(depth);
                if deepest > max {
                    return deepest;
                }
            }
            (false, b'}' | b']') => depth = depth.saturating_sub(1),
            (false, _) => {}
        }
    }
    deepest
}
