//! The real clock and the real randomness. Only this crate makes them.

pub(crate) mod keys;
pub(crate) mod log;
pub(crate) mod metrics;

use std::time::Duration;

use async_trait::async_trait;
use model::Timestamp;
use ports::{Clock, Entropy};

/// The system's clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
    async fn sleep(&self, length: Duration) {
        tokio::time::sleep(length).await;
    }
}

/// The system's randomness.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("a system without randomness can keep no secret");
    }
}

/// Chooses the cryptography of TLS, once for the process.
pub(crate) fn install_cryptography() {
    // A second installation fails, and that is fine: the first is the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The runtime that everything runs on. It keeps few threads: what waits for a disk runs on threads
/// of the store's and the log's own.
pub(crate) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    /// Names are looked up on these, files of tables and of outcomes read and written, and events
    /// grown, read, compressed and evaluated. All of that is over soon, so that none waits for long.
    const BLOCKING_THREADS_MAX: usize = 8;
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    Ok(builder.max_blocking_threads(BLOCKING_THREADS_MAX).enable_all().build()?)
}
