//! Locks by id: a fixed number of them, so that no id costs memory.

use tokio::sync::{Mutex, MutexGuard};

/// How many locks there are. Two ids that share one wait for each other, which is only slower.
const STRIPES: usize = 1_024;

/// Locks by id. They need no particular executor, and one is free again when its guard drops,
/// also half-way through.
pub(crate) struct Stripes(Vec<Mutex<()>>);

impl Stripes {
    pub(crate) fn new() -> Self {
        Self(std::iter::repeat_with(|| Mutex::new(())).take(STRIPES).collect())
    }

    /// Waits for the lock of an id, by its bits.
    pub(crate) async fn lock(&self, bits: u128) -> MutexGuard<'_, ()> {
        // The low half is random in ids that are made and in those that are digests.
        let mixed = (bits as u64) ^ ((bits >> 64) as u64);
        let index = usize::try_from(mixed % STRIPES as u64).unwrap_or_default();
        self.0[index].lock().await
    }
}
