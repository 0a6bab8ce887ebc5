//! A user agent as words: `Chrome/140.0.1`, `Windows`, `10.0`.

use super::{FAMILY_BYTES_MAX, names::says_nothing};

/// The longest name that is known, in bytes.
const KNOWN_BYTES_MAX: usize = 24;
/// The name of a tool has so many words.
const TOOL_WORDS_MAX: usize = 3;

/// A word: a name, and what is after its slash.
#[derive(Clone, Copy)]
pub(super) struct Word<'a> {
    name: &'a str,
    after: Option<&'a str>,
}

/// A short text in lower case.
#[derive(Clone, Copy)]
pub(super) struct Lower {
    bytes: [u8; KNOWN_BYTES_MAX],
    length: usize,
}

/// The words of a text.
pub(super) fn words(text: &str) -> impl Iterator<Item = Word<'_>> {
    let between = |each: char| matches!(each, ' ' | ';' | ',' | '(' | ')' | '[' | ']' | '\t');
    text.split(between).filter(|word| !word.is_empty()).map(|word| match word.split_once('/') {
        Some((name, after)) => Word { name, after: Some(after) },
        None => Word { name: word, after: None },
    })
}

/// The name and major version of a tool that writes itself first: `aws-cli/2.17.0 …`,
/// `S3 Browser/10.9 (…)`, `Slackbot 1.0 (…)`. Of prose it is the first word.
pub(super) fn tool(text: &str) -> (Option<&str>, Option<u32>) {
    let mut end = 0;
    for (count, word) in text.split(' ').enumerate() {
        let stop = word.find(['/', '(', '[', ';', ',']);
        if stop == Some(0) || word.starts_with(|each: char| each.is_ascii_digit()) {
            break;
        }
        if count == TOOL_WORDS_MAX {
            end = text.find(' ').unwrap_or(text.len());
            break;
        }
        let begin = word.as_ptr() as usize - text.as_ptr() as usize;
        end = begin + stop.unwrap_or(word.len());
        if stop.is_some() {
            break;
        }
    }
    let name = named(text[..end].trim());
    let name = name.filter(|name| !says_nothing(Word { name, after: None }.lower().as_str()));
    let version = text[end..].trim_start_matches([' ', '/', 'v']);
    (name, name.and_then(|_| number(version)))
}

impl<'a> Word<'a> {
    /// The name as it is written.
    pub(super) fn name(self) -> &'a str {
        self.name
    }

    /// What is after the slash, as a word up to its `#`.
    pub(super) fn after(self) -> Word<'a> {
        let after = self.after.unwrap_or_default();
        let name = after.split_once('#').map_or(after, |(name, _)| name);
        Word { name, after: None }
    }

    /// Whether it is a name with a version.
    pub(super) fn is_product(self) -> bool {
        named(self.name).is_some() && self.version().is_some()
    }

    /// The major version.
    pub(super) fn version(self) -> Option<u32> {
        number(self.after?.trim_start_matches('v'))
    }

    /// The name in lower case; empty where it is longer than any that is known.
    pub(super) fn lower(self) -> Lower {
        let mut lower = Lower { bytes: [0; KNOWN_BYTES_MAX], length: 0 };
        if let Some(room) = lower.bytes.get_mut(..self.name.len()) {
            room.copy_from_slice(self.name.as_bytes());
            room.make_ascii_lowercase();
            lower.length = room.len();
        }
        lower
    }
}

impl Lower {
    pub(super) fn as_str(&self) -> &str {
        str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

/// A name of a tool: plain characters, with a letter, and not too long.
fn named(name: &str) -> Option<&str> {
    let is_plain = name.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let has_letter = name.bytes().any(|byte| byte.is_ascii_alphabetic());
    (is_plain && has_letter && name.len() <= FAMILY_BYTES_MAX).then_some(name)
}

/// The digits that a version begins with.
pub(super) fn number(text: &str) -> Option<u32> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    text[..digits].parse().ok()
}
