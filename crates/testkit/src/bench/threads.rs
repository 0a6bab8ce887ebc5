//! Threads for detection, as the server has them.

use std::thread;

use detect::engine::{Job, Parallel};

/// So many threads.
#[derive(Debug, Clone, Copy)]
pub(super) struct Threads(pub(super) usize);

impl Parallel for Threads {
    fn all(&self, jobs: Vec<Job<'_>>) {
        if jobs.len() < 2 || self.0 < 2 {
            return jobs.into_iter().for_each(|job| job());
        }
        let share = jobs.len().div_ceil(self.0);
        let mut jobs = jobs.into_iter();
        thread::scope(|scope| {
            loop {
                let mine: Vec<Job<'_>> = jobs.by_ref().take(share).collect();
                if mine.is_empty() {
                    return;
                }
                scope.spawn(move || mine.into_iter().for_each(|job| job()));
            }
        });
    }
}
