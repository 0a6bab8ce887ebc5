//! Threads for detection.

use std::thread;

use detect::engine::{Job, Parallel};

/// As many as the machine has processors.
#[derive(Debug, Clone, Copy)]
pub(in crate::commands::rules) struct Threads(usize);

impl Threads {
    pub(in crate::commands::rules) fn of_the_machine() -> Self {
        Self(thread::available_parallelism().map_or(1, usize::from))
    }
}

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
