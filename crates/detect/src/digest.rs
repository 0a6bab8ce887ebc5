//! A fast digest with a fixed key, for names that must be the same on every start and every
//! machine: keys of groups and alerts.
//!
//! SipHash-1-3 with 128 bits of output. Not for secrets: whoever knows the key, which is all zeros,
//! may look for two inputs with one digest; finding them takes about 2⁶⁴ tries, and gains a group of
//! events that is counted as one.

use std::hash::Hasher as _;

use siphasher::sip128::{Hasher128 as _, SipHasher13};

/// Collects what a digest is of. Every text is followed by its length, so that parts cannot run
/// into each other.
#[derive(Debug, Clone)]
pub struct Digest(SipHasher13);

impl Digest {
    /// A digest for one purpose: equal parts under another purpose have another digest.
    #[must_use]
    pub fn of(purpose: &str) -> Self {
        Self(SipHasher13::new()).text(purpose)
    }

    /// Adds a text.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    /// Adds bytes, and how many they are.
    #[must_use]
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.write(bytes);
        self.number(bytes.len() as u64)
    }

    /// Adds a number.
    #[must_use]
    pub fn number(mut self, number: u64) -> Self {
        self.0.write(&number.to_le_bytes());
        self
    }

    /// Adds another digest.
    #[must_use]
    pub fn digest(mut self, digest: u128) -> Self {
        self.0.write(&digest.to_le_bytes());
        self
    }

    /// The digest of all that was added.
    #[must_use]
    pub fn finish(self) -> u128 {
        self.0.finish128().as_u128()
    }

    /// Its lower half, where 64 bits are enough.
    #[must_use]
    pub fn finish_64(self) -> u64 {
        self.finish() as u64
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
