//! The values of a document, one after another, as they were read.
//!
//! Looking through a document is most of what detection does with it. So its values lie side by
//! side in the order of the text, a list or an object followed by what is in it, and all texts in
//! one piece. A key is found by walking over its neighbours, and what is within them is jumped
//! over.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A value, or a key: keys stand before their values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// Where in the texts, and how long.
    Text(u32, u32),
    /// How many items, and the place after the last one.
    List(u32, u32),
    /// How many keys, and the place after the last value.
    Object(u32, u32),
}

/// All values of a document.
#[derive(Debug, Default)]
pub(super) struct Tape {
    cells: Vec<Cell>,
    text: String,
}

/// What was read.
pub(super) struct Read {
    pub(super) tape: Tape,
    /// Whether any object holds a key twice.
    pub(super) has_equal_keys: bool,
}

/// Reads a text, whose nesting was measured.
pub(super) fn read(bytes: &[u8]) -> Result<Read, sonic_rs::Error> {
    /// The room for values that texts of so many bytes need, as most records are.
    const BYTES_A_CELL: usize = 16;
    let mut read = Read {
        tape: Tape {
            cells: Vec::with_capacity(bytes.len() / BYTES_A_CELL + 4),
            text: String::with_capacity(bytes.len()),
        },
        has_equal_keys: false,
    };
    let mut from = sonic_rs::Deserializer::from_slice(bytes);
    Seed(&mut read).deserialize(&mut from)?;
    from.end()?;
    Ok(read)
}

impl Tape {
    pub(super) fn cell(&self, at: u32) -> Cell {
        self.cells.get(at as usize).copied().unwrap_or(Cell::Null)
    }

    pub(super) fn text(&self, start: u32, length: u32) -> &str {
        let start = start as usize;
        self.text.get(start..start + length as usize).unwrap_or_default()
    }

    pub(super) fn all_text(&self) -> &str {
        &self.text
    }

    /// The place after a value.
    pub(super) fn after(&self, at: u32) -> u32 {
        match self.cell(at) {
            Cell::List(_, end) | Cell::Object(_, end) => end,
            _ => at + 1,
        }
    }

    /// The place of the value of a key, in the object whose first key is at a place.
    pub(super) fn find(&self, mut at: u32, end: u32, key: &str) -> Option<u32> {
        while at < end {
            if let Cell::Text(start, length) = self.cell(at)
                && length as usize == key.len()
                && self.text(start, length) == key
            {
                return Some(at + 1);
            }
            at = self.after(at + 1);
        }
        None
    }

    fn add(&mut self, cell: Cell) -> u32 {
        let at = u32::try_from(self.cells.len()).unwrap_or(u32::MAX);
        self.cells.push(cell);
        at
    }

    fn add_text(&mut self, text: &str) -> Cell {
        // A record is far shorter than 4 GiB.
        let start = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        self.text.push_str(text);
        Cell::Text(start, u32::try_from(text.len()).unwrap_or(0))
    }

    fn end(&self) -> u32 {
        u32::try_from(self.cells.len()).unwrap_or(u32::MAX)
    }

    /// The keys of an object, of which so many were read.
    fn keys(&self, first: u32, count: u32) -> impl Iterator<Item = &str> {
        let mut at = first;
        (0..count).map(move |_| {
            let Cell::Text(start, length) = self.cell(at) else { return "" };
            at = self.after(at + 1);
            self.text(start, length)
        })
    }

    /// The key at a place.
    fn key(&self, at: u32) -> &str {
        match self.cell(at) {
            Cell::Text(start, length) => self.text(start, length),
            _ => "",
        }
    }
}

/// So many keys of an object are compared while they are read; with more, all are sorted in the end.
const FEW_KEYS: usize = 48;

/// Finds out whether an object holds a key twice, while it is read.
struct Keys {
    count: u32,
    /// The marks of the first keys.
    marks: [u32; FEW_KEYS],
    is_repeated: bool,
}

impl Keys {
    fn new() -> Self {
        Self { count: 0, marks: [0; FEW_KEYS], is_repeated: false }
    }

    /// Another key, at its place in the tape. It is compared with those before it only where one of
    /// them has the same mark.
    fn add(&mut self, tape: &Tape, first: u32, at: u32) {
        let count = self.count as usize;
        self.count += 1;
        let Some((before, [next, ..])) = self.marks.split_at_mut_checked(count) else { return };
        let key = tape.key(at);
        *next = mark(key.as_bytes());
        if before.contains(next) {
            self.is_repeated |= tape.keys(first, self.count - 1).any(|other| other == key);
        }
    }

    fn is_repeated(&self, tape: &Tape, first: u32) -> bool {
        if self.count as usize <= FEW_KEYS || self.is_repeated {
            return self.is_repeated;
        }
        let mut all: Vec<&str> = tape.keys(first, self.count).collect();
        all.sort_unstable();
        all.windows(2).any(|pair| pair[0] == pair[1])
    }
}

/// A number that equal keys share and most others do not: of the length and both ends.
fn mark(key: &[u8]) -> u32 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let (begin, end) = match (key.first_chunk(), key.last_chunk()) {
        (Some(begin), Some(end)) => (u64::from_le_bytes(*begin), u64::from_le_bytes(*end)),
        _ => (key.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)), 0),
    };
    let mixed = begin ^ end.rotate_left(29) ^ key.len() as u64;
    (mixed.wrapping_mul(FACTOR) >> 32) as u32
}

struct Seed<'t>(&'t mut Read);

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.0.tape.add(Cell::Null);
        Ok(())
    }

    fn visit_bool<E: Error>(self, yes: bool) -> Result<(), E> {
        self.0.tape.add(Cell::Bool(yes));
        Ok(())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.0.tape.add(Cell::Int(number));
        Ok(())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.0.tape.add(i64::try_from(number).map_or(Cell::Float(number as f64), Cell::Int));
        Ok(())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        self.0.tape.add(Cell::Float(number));
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        let cell = self.0.tape.add_text(text);
        self.0.tape.add(cell);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let at = self.0.tape.add(Cell::Null);
        let mut count = 0;
        while items.next_element_seed(Seed(self.0))?.is_some() {
            count += 1;
        }
        self.0.tape.cells[at as usize] = Cell::List(count, self.0.tape.end());
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let at = self.0.tape.add(Cell::Null);
        let mut keys = Keys::new();
        loop {
            let key = self.0.tape.end();
            if entries.next_key_seed(Seed(self.0))?.is_none() {
                break;
            }
            keys.add(&self.0.tape, at + 1, key);
            entries.next_value_seed(Seed(self.0))?;
        }
        self.0.tape.cells[at as usize] = Cell::Object(keys.count, self.0.tape.end());
        self.0.has_equal_keys |= keys.is_repeated(&self.0.tape, at + 1);
        Ok(())
    }
}
