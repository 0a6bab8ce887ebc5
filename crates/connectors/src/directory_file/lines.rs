//! Where in the file something stands, and the file cut into pieces that are parsed one by one.

use std::ops::Range;

/// How a person begins.
const HEADER: &str = "[[person]]";
/// How many people are parsed at once: parsed TOML takes several times its text in memory.
const PEOPLE_AT_ONCE: usize = 256;

/// Line numbers of byte positions.
#[derive(Debug)]
pub(super) struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self { starts: std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect() }
    }

    /// The line that holds this byte, counted from one.
    pub(super) fn at(&self, byte: usize) -> usize {
        self.starts.partition_point(|start| *start <= byte)
    }
}

/// The text in pieces that each begin with a person, the first with whatever comes before. Inside
/// of a text of several lines a cut may be wrong: then a piece does not parse.
pub(super) fn pieces(text: &str) -> Vec<Range<usize>> {
    let mut borders = vec![0];
    let mut start = 0;
    let mut people = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_start().starts_with(HEADER) {
            if people > 0 && people % PEOPLE_AT_ONCE == 0 {
                borders.push(start);
            }
            people += 1;
        }
        start += line.len();
    }
    borders.push(text.len());
    borders.windows(2).map(|pair| pair[0]..pair[1]).collect()
}
