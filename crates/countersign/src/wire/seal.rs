//! Sealing with the server's key and the system's randomness.

use std::sync::Arc;

use connectors::seal::Sealer;
use ports::{Entropy, seal::Seal};

/// Seals factors at rest.
pub(crate) struct KeySeal {
    sealer: Sealer,
    entropy: Arc<dyn Entropy>,
}

impl KeySeal {
    /// Seals under this key.
    pub(crate) fn new(key: [u8; 32], entropy: Arc<dyn Entropy>) -> Self {
        Self { sealer: Sealer::new(key), entropy }
    }
}

impl Seal for KeySeal {
    fn seal(&self, about: &str, plain: &[u8]) -> Vec<u8> {
        self.sealer.seal(about.as_bytes(), plain, &*self.entropy)
    }
    fn open(&self, about: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        self.sealer.open(about.as_bytes(), sealed).ok()
    }
}
