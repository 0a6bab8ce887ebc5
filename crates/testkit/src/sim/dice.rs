//! The one source of chance.

use std::sync::{Arc, Mutex, PoisonError};

use demo::company::Dice;

/// Shared dice: everything random in a run draws from them, in the order of its happening.
#[derive(Debug, Clone)]
pub(super) struct Chance(Arc<Mutex<Dice>>);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(Dice::new(seed))))
    }

    pub(super) fn below(&self, limit: usize) -> usize {
        self.dice(|dice| dice.below(limit))
    }

    /// True so many times in a thousand.
    pub(super) fn permille(&self, often: usize) -> bool {
        self.below(1000) < often
    }

    pub(super) fn pick<T: Clone>(&self, from: &[T]) -> Option<T> {
        (!from.is_empty()).then(|| from[self.below(from.len())].clone())
    }

    fn dice<T>(&self, with: impl FnOnce(&mut Dice) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ports::Entropy for Chance {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let word = self.dice(Dice::roll).to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
    }
}
