//! A fast digest with a fixed key, for names that must be the same on every start and every
//! machine: keys of groups, entities and alerts.
//!
//! SipHash-1-3 with 128 bits of output. Not for secrets: whoever knows the key, and it is here, may
//! look for two inputs with one digest; finding them takes about 2⁶⁴ tries, and gains a group of
//! events that is counted as one.

/// Collects what a digest is of. Every part is followed by its length, so that parts cannot run
/// into each other.
#[derive(Debug, Clone)]
pub struct Digest {
    state: [u64; 4],
    /// Bytes that do not fill a word yet, lowest first.
    rest: u64,
    /// How many bytes there were so far.
    count: u64,
}

impl Digest {
    /// A digest for one purpose: equal parts under another purpose have another digest.
    #[must_use]
    pub fn of(purpose: &str) -> Self {
        // The constants of SipHash, the key all zeros, the mark of the 128-bit variant.
        let state = [
            0x736f_6d65_7073_6575,
            0x646f_7261_6e64_6f6d ^ 0xee,
            0x6c79_6765_6e65_7261,
            0x7465_6462_7974_6573,
        ];
        Self { state, rest: 0, count: 0 }.text(purpose)
    }

    /// Adds a text.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    /// Adds bytes, and how many they are.
    #[must_use]
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            let word: [u8; 8] = word.try_into().expect("a chunk of eight");
            self.add(u64::from_le_bytes(word), 8);
        }
        let rest = words.remainder();
        if !rest.is_empty() {
            let word = rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
            self.add(word, rest.len() as u64);
        }
        self.number(bytes.len() as u64)
    }

    /// Adds a number.
    #[must_use]
    pub fn number(mut self, number: u64) -> Self {
        self.add(number, 8);
        self
    }

    /// Adds another digest.
    #[must_use]
    pub fn digest(self, digest: u128) -> Self {
        self.number(digest as u64).number((digest >> 64) as u64)
    }

    /// The digest of all that was added.
    #[must_use]
    pub fn finish(mut self) -> u128 {
        let last = self.count << 56 | self.rest;
        self.word(last);
        self.state[2] ^= 0xee;
        (0..3).for_each(|_| self.round());
        let low = self.state.iter().fold(0, |all, word| all ^ word);
        self.state[1] ^= 0xdd;
        (0..3).for_each(|_| self.round());
        let high = self.state.iter().fold(0, |all, word| all ^ word);
        u128::from(high) << 64 | u128::from(low)
    }

    /// Adds the lowest `count` bytes of a word; the others are zero.
    fn add(&mut self, word: u64, count: u64) {
        let held = self.count % 8;
        self.count = self.count.wrapping_add(count);
        let joined = self.rest | word << (8 * held);
        if held + count < 8 {
            self.rest = joined;
            return;
        }
        self.word(joined);
        self.rest = if held == 0 { 0 } else { word >> (8 * (8 - held)) };
    }

    fn word(&mut self, word: u64) {
        self.state[3] ^= word;
        self.round();
        self.state[0] ^= word;
    }

    fn round(&mut self) {
        let [a, b, c, d] = &mut self.state;
        *a = a.wrapping_add(*b);
        *c = c.wrapping_add(*d);
        *b = b.rotate_left(13) ^ *a;
        *d = d.rotate_left(16) ^ *c;
        *a = a.rotate_left(32);
        *c = c.wrapping_add(*b);
        *a = a.wrapping_add(*d);
        *b = b.rotate_left(17) ^ *c;
        *d = d.rotate_left(21) ^ *a;
        *c = c.rotate_left(32);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_digest_stays_the_same_from_release_to_release() {
        // Stored states and keys of alerts are named by it: this must never change.
        let digest = Digest::of("test").text("alice").number(7).finish();
        assert_eq!(digest, 76_386_549_402_192_968_890_253_110_212_524_138_254);
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        let all = [
            Digest::of("a").text("bc").finish(),
            Digest::of("ab").text("c").finish(),
            Digest::of("a").text("b").text("c").finish(),
            Digest::of("a").text("bc").text("").finish(),
            Digest::of("a").text("bc\0").finish(),
        ];
        for (at, digest) in all.iter().enumerate() {
            assert!(all[..at].iter().all(|other| other != digest), "{at}");
        }
    }

    proptest! {
        #[test]
        fn another_byte_anywhere_is_another_digest(
            mut bytes in proptest::collection::vec(any::<u8>(), 1..80),
            at in any::<proptest::sample::Index>(),
        ) {
            let before = Digest::of("x").bytes(&bytes).finish();
            let at = at.index(bytes.len());
            bytes[at] ^= 0x10;
            prop_assert_ne!(before, Digest::of("x").bytes(&bytes).finish());
        }
    }
}
