//! How work is done at once. The engine starts no thread: whoever runs it brings them.

/// A piece of work that shares nothing with its neighbours.
pub type Job<'j> = Box<dyn FnOnce() + Send + 'j>;

/// Does pieces of work, in any order, some of them at once.
pub trait Parallel: Sync {
    /// Does all of them; returns when the last one is done.
    fn all(&self, jobs: Vec<Job<'_>>);
}

/// One after another.
#[derive(Debug, Clone, Copy, Default)]
pub struct Serial;

impl Parallel for Serial {
    fn all(&self, jobs: Vec<Job<'_>>) {
        jobs.into_iter().for_each(|job| job());
    }
}
