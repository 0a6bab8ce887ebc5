//! What a value is remembered by: 48 bits that are the same on every start and every machine.
//!
//! A state that kept texts would not fit. So a short text or a number *is* its token, and can be
//! read back for an explanation ("usual: NO, SE"); of anything longer only a hash is kept, and its
//! text is in the event that brings it again. One entity knows few values: that a new one has the
//! hash of one of 200 happens once in a million million times.

use std::{borrow::Cow, fmt, hash::Hasher as _, net::IpAddr};

use siphasher::{
    sip::SipHasher13,
    sip128::{Hasher128 as _, SipHasher13 as Wide},
};

/// The bytes that are kept of a token.
pub(super) const TOKEN_BYTES: usize = 6;
/// Texts up to so many bytes are their own token.
const INLINE_BYTES_MAX: usize = 5;
/// Numbers from here on are hashed.
const NUMBER_END: u64 = 1 << TAG_SHIFT;
/// Digits of the largest number that is its own token; longer texts of digits are texts.
const DIGITS_MAX: usize = 12;
const TAG_SHIFT: u32 = 40;
const TAG_NUMBER: u64 = 0x40;
const HASH_BIT: u64 = 1 << 47;
const HASH_MASK: u64 = HASH_BIT - 1;

/// Words that explanations need and that are too long to be their own token.
const WELL_KNOWN: &[&str] = &[
    "Android",
    "Android WebView",
    "Chrome",
    "Chrome Mobile",
    "Chrome Mobile iOS",
    "Chrome OS",
    "Chromium",
    "Firefox",
    "Firefox Mobile",
    "Internet Explorer",
    "Mac OS X",
    "Microsoft Edge",
    "Mobile Safari",
    "PowerShell",
    "Safari",
    "Windows",
    "Windows 10",
    "Windows 11",
    "aws-cli",
    "iPadOS",
    "iPhone",
    "python-requests",
    "terraform",
];

/// A value of an event, as it is handed on without being copied.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Raw<'e> {
    /// A text.
    Text(Cow<'e, str>),
    /// A number that is not negative.
    Number(u64),
    /// The bits of an id or an address.
    Bits(u128),
}

impl Raw<'_> {
    /// The bits of an address; an IPv4 address carried in an IPv6 one is the former.
    pub(super) fn of_ip(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            IpAddr::V4(ip) => Self::Bits(u128::from(ip.to_bits())),
            IpAddr::V6(ip) => Self::Bits(ip.to_bits()),
        }
    }

    /// Feeds the value to a hash, its kind and its end included. As with tokens, a text of digits
    /// and the number it spells are one.
    fn feed(&self, hash: &mut Wide) {
        match self {
            Self::Text(text) => match as_number(text.as_bytes()) {
                Some(number) => feed_bits(hash, number.into()),
                None => {
                    hash.write(text.as_bytes());
                    hash.write(&(text.len() as u64).to_le_bytes());
                }
            },
            Self::Number(number) => feed_bits(hash, u128::from(*number)),
            Self::Bits(bits) => feed_bits(hash, *bits),
        }
    }
}

/// As no text is fed: its length follows.
fn feed_bits(hash: &mut Wide, bits: u128) {
    hash.write(&bits.to_le_bytes());
    hash.write(&u64::MAX.to_le_bytes());
}

/// The name of an entity: a digest of which fields it is made of, and of their values.
pub(super) fn entity_digest(fields: u64, values: &[&Raw<'_>]) -> u128 {
    let mut hash = Wide::new();
    hash.write(&fields.to_le_bytes());
    for value in values {
        value.feed(&mut hash);
    }
    hash.finish128().as_u128()
}

/// 64 bits of a hash of bytes, the same on every machine.
pub(super) fn hash_64(bytes: &[u8]) -> u64 {
    SipHasher13::new().hash(bytes)
}

/// What a value is remembered by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Token(pub(super) u64);

impl Token {
    /// The token of a text. A text of digits and the number it spells have the same one, as
    /// vendors send the same id now as a text, now as a number.
    #[must_use]
    pub fn text(text: &str) -> Self {
        let bytes = text.as_bytes();
        if let Some(number) = as_number(bytes) {
            return Self::number(number);
        }
        if bytes.is_empty() || bytes.len() > INLINE_BYTES_MAX {
            return Self::hash(hash_64(bytes));
        }
        let tag = (bytes.len() as u64) << TAG_SHIFT;
        Self(
            bytes
                .iter()
                .enumerate()
                .fold(tag, |all, (at, byte)| all | u64::from(*byte) << (8 * at)),
        )
    }

    /// The token of a number.
    #[must_use]
    pub fn number(number: u64) -> Self {
        if number < NUMBER_END {
            return Self(TAG_NUMBER << TAG_SHIFT | number);
        }
        Self::hash(hash_64(&number.to_le_bytes()))
    }

    /// The token of several values together; of one, its own.
    #[must_use]
    pub fn tuple(tokens: &[Self]) -> Self {
        if let [one] = tokens {
            return *one;
        }
        let mut hash = SipHasher13::new();
        for token in tokens {
            hash.write(&token.0.to_le_bytes());
        }
        Self::hash(hash.finish())
    }

    pub(super) fn of(value: &Raw<'_>) -> Self {
        match value {
            Raw::Text(text) => Self::text(text),
            Raw::Number(number) => Self::number(*number),
            Raw::Bits(bits) => Self::hash(hash_64(&bits.to_le_bytes())),
        }
    }

    /// The number, where it is one.
    #[must_use]
    pub fn as_number(self) -> Option<u64> {
        (self.0 >> TAG_SHIFT == TAG_NUMBER).then_some(self.0 & (NUMBER_END - 1))
    }

    /// What it stands for, where that can still be told.
    #[must_use]
    pub fn legible(self) -> Option<String> {
        if let Some(number) = self.as_number() {
            return Some(number.to_string());
        }
        if self.is_hash() {
            let known = WELL_KNOWN.iter().find(|word| Self::text(word) == self);
            return known.map(|word| (*word).to_owned());
        }
        let length = usize::try_from(self.0 >> TAG_SHIFT).ok()?;
        let bytes = self.0.to_le_bytes();
        let text = std::str::from_utf8(bytes.get(..length)?).ok()?;
        let is_plain = !text.is_empty() && length <= INLINE_BYTES_MAX;
        (is_plain && !text.chars().any(char::is_control)).then(|| text.to_owned())
    }

    /// The bytes that are kept of one.
    pub(super) fn to_bytes(self) -> [u8; TOKEN_BYTES] {
        let [a, b, c, d, e, f, _, _] = self.0.to_le_bytes();
        [a, b, c, d, e, f]
    }

    fn hash(hash: u64) -> Self {
        Self(hash & HASH_MASK | HASH_BIT)
    }

    fn is_hash(self) -> bool {
        self.0 & HASH_BIT != 0
    }
}

/// The number that digits spell, without a needless zero before it.
fn as_number(digits: &[u8]) -> Option<u64> {
    let is_spelt = !digits.is_empty()
        && digits.len() <= DIGITS_MAX
        && digits.iter().all(u8::is_ascii_digit)
        && (digits.len() == 1 || digits[0] != b'0');
    is_spelt.then(|| digits.iter().fold(0, |all, digit| all * 10 + u64::from(digit - b'0')))
}

/// A token may hold a short text about a person.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[value]")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn short_texts_numbers_and_known_words_can_be_read_back() {
        for text in ["NO", "64500", "Windows", "Köln", "0", "4200000000", "Mac OS X"] {
            assert_eq!(Token::text(text).legible().as_deref(), Some(text));
        }
        for text in ["", "a longer name", "01", "a\u{7}b", "9999999999999999"] {
            let read = Token::text(text).legible();
            assert!(read.is_none() || read.as_deref() == Some(text), "{text:?}");
        }
        assert_eq!(Token::text("a longer name").legible(), None);
        assert_eq!(Token::text("a\u{7}b").legible(), None);
    }

    #[test]
    fn a_text_of_digits_and_the_number_have_one_token_and_other_spellings_another() {
        assert_eq!(Token::text("64500"), Token::number(64_500));
        for other in ["064500", "64500 ", "+64500", "64500.0"] {
            assert_ne!(Token::text(other), Token::number(64_500), "{other}");
        }
    }

    #[test]
    fn hashes_are_the_same_on_every_machine() {
        assert_eq!(Token::text("a longer name").0, 192_941_869_455_557);
        let raw = [Raw::Text("00u1".into()), Raw::Text("a longer name".into())];
        let digest = entity_digest(7, &[&raw[0], &raw[1]]);
        assert_eq!(digest, 80_966_854_735_872_379_442_840_597_585_232_258_023);
    }

    #[test]
    fn an_entity_is_told_by_every_value_and_where_each_ends() {
        let digest = |raws: &[Raw<'_>]| entity_digest(7, &raws.iter().collect::<Vec<_>>());
        let text = |text: &str| Raw::Text(text.to_owned().into());
        assert_eq!(digest(&[text("12")]), digest(&[Raw::Number(12)]));
        let different = [
            digest(&[text("ab"), text("c")]),
            digest(&[text("a"), text("bc")]),
            digest(&[text("abc")]),
            digest(&[text("12"), text("3")]),
            digest(&[text("1"), text("23")]),
            entity_digest(8, &[&text("abc")]),
        ];
        for (at, one) in different.iter().enumerate() {
            assert!(different[..at].iter().all(|other| other != one), "{at}");
        }
    }

    proptest! {
        #[test]
        fn different_texts_have_different_tokens(one in "\\PC{0,12}", other in "\\PC{0,12}") {
            prop_assert_eq!(one == other, Token::text(&one) == Token::text(&other));
        }

        #[test]
        fn any_bits_are_read_without_a_panic(bits: u64) {
            let _ = Token(bits).legible();
        }
    }
}
