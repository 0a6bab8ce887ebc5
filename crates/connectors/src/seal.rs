//! Sealing of factor material at rest: a copy of the database alone proves nothing.
//!
//! XChaCha20-Poly1305 with a key that lies outside the database. The associated data names what is
//! sealed (such as the factor's id), so that a sealed value moved to another row does not open.

use chacha20poly1305::{
    Key, KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use ports::Entropy;
use secrecy::{ExposeSecret as _, SecretBox};

/// The first byte of a sealed value, so that another way of sealing can follow.
const VERSION: u8 = 1;
/// Long enough that random nonces never meet.
const NONCE_BYTES: usize = 24;

/// Seals and opens small secrets under one key.
pub struct Sealer {
    key: SecretBox<[u8; 32]>,
}

/// Why a sealed value did not open: another key, another owner, or it was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sealed value does not open: another key, another owner, or changed")]
pub struct SealError;

impl Sealer {
    /// A sealer under this key, which must not be kept where the sealed values are.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        Self { key: SecretBox::new(Box::new(key)) }
    }

    /// Seals `plaintext` to whatever `owner` names: a version, a fresh nonce, the ciphertext.
    #[must_use]
    pub fn seal(&self, owner: &[u8], plaintext: &[u8], entropy: &dyn Entropy) -> Vec<u8> {
        let mut nonce = [0; NONCE_BYTES];
        entropy.fill(&mut nonce);
        let payload = Payload { msg: plaintext, aad: owner };
        let ciphertext = self
            .cipher()
            .encrypt(XNonce::from_slice(&nonce), payload)
            .expect("only a plaintext of 256 GiB cannot be sealed");
        [&[VERSION][..], &nonce, &ciphertext].concat()
    }

    /// Opens what [`Sealer::seal`] made for the same `owner`.
    ///
    /// # Errors
    /// [`SealError`] when any bit of it, the owner or the key is another.
    pub fn open(&self, owner: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (&VERSION, rest) = sealed.split_first().ok_or(SealError)? else {
            return Err(SealError);
        };
        let (nonce, ciphertext) = rest.split_at_checked(NONCE_BYTES).ok_or(SealError)?;
        let payload = Payload { msg: ciphertext, aad: owner };
        self.cipher().decrypt(XNonce::from_slice(nonce), payload).map_err(|_| SealError)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(Key::from_slice(self.key.expose_secret()))
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer[secret]")
    }
}

#[cfg(test)]
mod tests {
    use ports::entropy::SeededEntropy;

    use super::*;

    const SECRET: &[u8] = b"twenty bytes of key.";

    fn sealed() -> (Sealer, Vec<u8>) {
        let sealer = Sealer::new([7; 32]);
        let sealed = sealer.seal(b"fct_A", SECRET, &SeededEntropy::new(1));
        (sealer, sealed)
    }

    #[test]
    fn what_is_sealed_opens_for_its_owner_under_its_key() {
        let (sealer, sealed) = sealed();
        assert_eq!(sealer.open(b"fct_A", &sealed).as_deref(), Ok(SECRET));
        assert!(!sealed.windows(4).any(|window| window == &SECRET[..4]));
    }

    #[test]
    fn a_flipped_bit_anywhere_does_not_open() {
        let (sealer, sealed) = sealed();
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(sealer.open(b"fct_A", &changed), Err(SealError), "bit {bit}");
        }
    }

    #[test]
    fn another_owner_another_key_or_a_cut_value_does_not_open() {
        let (sealer, sealed) = sealed();
        assert_eq!(sealer.open(b"fct_B", &sealed), Err(SealError));
        assert_eq!(Sealer::new([8; 32]).open(b"fct_A", &sealed), Err(SealError));
        for length in 0..sealed.len() {
            assert_eq!(sealer.open(b"fct_A", &sealed[..length]), Err(SealError), "{length}");
        }
    }

    #[test]
    fn the_same_secret_sealed_twice_looks_different() {
        let (sealer, entropy) = (Sealer::new([7; 32]), SeededEntropy::new(1));
        assert_ne!(sealer.seal(b"a", SECRET, &entropy), sealer.seal(b"a", SECRET, &entropy));
    }

    #[test]
    fn debug_of_a_sealer_shows_no_key() {
        assert_eq!(format!("{:?}", Sealer::new([7; 32])), "Sealer[secret]");
    }
}
