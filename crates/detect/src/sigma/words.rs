//! A fixed set of texts, each with its number, found by value in a few nanoseconds: the keys and
//! the literals that rules ask for.
//!
//! The set is made of rules, never of events, so that nobody outside can make its chains long.

/// The set.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words {
    texts: Box<[Box<str>]>,
    /// Numbers of texts plus one, by their hash; a power of two of places, at most half of them
    /// taken.
    table: Box<[u32]>,
    /// The length of the longest, in bytes.
    longest: usize,
    /// The marks of all of them: most texts that are no part of the set have none of these.
    marks: [u64; 4],
}

impl Words {
    /// A set of distinct texts; each one's number is its place in the list.
    pub(crate) fn of(texts: Vec<Box<str>>) -> Self {
        let places = (texts.len() * 2).next_power_of_two();
        let mut table = vec![0_u32; places].into_boxed_slice();
        for (number, text) in texts.iter().enumerate() {
            let mut place = hash(text.as_bytes()) as usize & (places - 1);
            while table[place] != 0 {
                place = (place + 1) & (places - 1);
            }
            table[place] = u32::try_from(number + 1).unwrap_or(u32::MAX);
        }
        let mut marks = [0; 4];
        for mark in texts.iter().map(|text| mark(text.as_bytes())) {
            marks[mark >> 6] |= 1 << (mark & 63);
        }
        let longest = texts.iter().map(|text| text.len()).max().unwrap_or(0);
        Self { texts: texts.into_boxed_slice(), table, longest, marks }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.texts.len()
    }

    /// All of them, in the order of their numbers.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(|text| &**text)
    }

    /// The number of a text.
    pub(crate) fn find(&self, text: &str) -> Option<u32> {
        self.look_up(text, |known| known == text)
    }

    /// The number of the text that this one is in lower case, where all of the set are.
    pub(crate) fn find_folded(&self, text: &str) -> Option<u32> {
        if text.is_ascii() {
            return self.look_up(text, |known| known.eq_ignore_ascii_case(text));
        }
        // Letters beyond ASCII may change their length with their case.
        if text.len() > self.longest.saturating_mul(3) {
            return None;
        }
        let folded = text.to_lowercase();
        self.look_up(&folded, |known| known == folded)
    }

    fn look_up(&self, text: &str, is_it: impl Fn(&str) -> bool) -> Option<u32> {
        let mark = mark(text.as_bytes());
        if text.len() > self.longest || self.marks[mark >> 6] >> (mark & 63) & 1 == 0 {
            return None;
        }
        let places = self.table.len();
        let mut place = hash(text.as_bytes()) as usize & (places - 1);
        loop {
            let number = self.table[place].checked_sub(1)?;
            if self.texts.get(number as usize).is_some_and(|known| is_it(known)) {
                return Some(number);
            }
            place = (place + 1) & (places - 1);
        }
    }
}

/// A number below 256, of the length and three letters in any case.
fn mark(text: &[u8]) -> usize {
    let letter = |at: usize| text.get(at).map_or(0, |byte| usize::from(byte | 0x20));
    let last = text.len().wrapping_sub(1);
    let mixed = text.len() * 31 + letter(0) * 7 + letter(text.len() / 2) * 13 + letter(last) * 29;
    (mixed ^ mixed >> 8) & 0xff
}

/// Bit 5 of every byte: set in small letters, and whatever else it makes alike is told apart by
/// comparing.
const FOLD: u64 = 0x2020_2020_2020_2020;
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// A hash that is the same for a text in capitals and in small letters of ASCII.
fn hash(bytes: &[u8]) -> u64 {
    let mut words = bytes.chunks_exact(8);
    let mut hash = bytes.len() as u64;
    for word in &mut words {
        let word: [u8; 8] = word.try_into().expect("a chunk of eight");
        hash = mix(hash, u64::from_le_bytes(word));
    }
    let rest = words.remainder();
    if !rest.is_empty() {
        hash = mix(hash, rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)));
    }
    hash ^ (hash >> 32)
}

fn mix(hash: u64, word: u64) -> u64 {
    (hash.rotate_left(5) ^ (word | FOLD)).wrapping_mul(FACTOR)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(texts: &[&str]) -> Words {
        Words::of(texts.iter().map(|text| (*text).into()).collect())
    }

    #[test]
    fn a_text_is_found_in_any_case_and_nothing_else_is() {
        let words = set(&["createuser", "straße", "a{", "", "kelvin"]);
        assert_eq!(words.find_folded("CreateUser"), Some(0));
        assert_eq!(words.find_folded("STRAßE"), Some(1));
        assert_eq!(words.find_folded("A{"), Some(2));
        assert_eq!(words.find_folded("A["), None);
        assert_eq!(words.find_folded(""), Some(3));
        // The sign for kelvin is a capital of k.
        assert_eq!(words.find_folded("\u{212a}elvin"), Some(4));
        assert_eq!((words.find("CreateUser"), words.find("createuser")), (None, Some(0)));
        assert_eq!(words.find_folded(&"x".repeat(1_000_000)), None);
        assert_eq!(Words::of(Vec::new()).find(""), None);
    }

    proptest! {
        #[test]
        fn a_set_finds_what_a_search_through_the_list_finds(
            known in proptest::collection::btree_set("\\PC{0,6}", 0..40),
            asked in proptest::collection::vec("\\PC{0,6}", 0..40),
        ) {
            let folded: std::collections::BTreeSet<String> =
                known.iter().map(|text| text.to_lowercase()).collect();
            let list: Vec<Box<str>> = folded.iter().map(|text| text.as_str().into()).collect();
            let words = Words::of(list.clone());
            for text in known.iter().chain(&asked) {
                let place = |wanted: &str| list.iter().position(|it| &**it == wanted);
                prop_assert_eq!(words.find(text).map(|it| it as usize), place(text));
                let lower = text.to_lowercase();
                prop_assert_eq!(words.find_folded(text).map(|it| it as usize), place(&lower));
            }
        }
    }
}
