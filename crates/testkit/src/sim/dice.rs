//! The one source of chance.

use std::sync::Arc;

use ports::{Entropy, entropy::SeededEntropy};

/// Shared dice: everything random in a run draws from them, in the order of its happening.
#[derive(Debug, Clone)]
pub(super) struct Chance(Arc<SeededEntropy>);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(Arc::new(SeededEntropy::new(seed)))
    }

    /// Any number below a limit; 0 where there is none.
    pub(super) fn below(&self, limit: usize) -> usize {
        let limit = u64::try_from(limit.max(1)).unwrap_or(u64::MAX);
        // The upper half: its bits are the better mixed ones.
        let word = (self.0.bits() >> 64) as u64;
        usize::try_from(word % limit).unwrap_or_default()
    }

    /// True so many times in a thousand.
    pub(super) fn permille(&self, often: usize) -> bool {
        self.below(1000) < often
    }

    pub(super) fn pick<T: Clone>(&self, from: &[T]) -> Option<T> {
        (!from.is_empty()).then(|| from[self.below(from.len())].clone())
    }
}

impl Entropy for Chance {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }
}
