//! Threads for the engine, which starts none itself.

use std::{
    sync::{Mutex, PoisonError},
    thread,
};

use detect::engine::{Job, Parallel};

/// So many threads, the caller's among them; with none or one, the caller does it all.
#[derive(Debug, Clone, Copy)]
pub struct Threads(pub usize);

impl Parallel for Threads {
    fn all(&self, jobs: Vec<Job<'_>>) {
        let others = self.0.min(jobs.len()).saturating_sub(1);
        if others == 0 {
            return jobs.into_iter().for_each(|job| job());
        }
        let jobs = Mutex::new(jobs.into_iter());
        let work = || {
            loop {
                // Not held while the job runs.
                let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).next();
                let Some(job) = job else { break };
                job();
            }
        };
        thread::scope(|scope| {
            for _ in 0..others {
                scope.spawn(work);
            }
            work();
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn every_job_is_done_once_by_any_number_of_threads() {
        for (threads, jobs) in [(0, 3), (1, 3), (2, 0), (2, 1), (2, 100), (8, 3)] {
            let done: Vec<AtomicUsize> = (0..jobs).map(|_| AtomicUsize::new(0)).collect();
            let all = done.iter().map(|count| -> Job<'_> {
                Box::new(move || {
                    count.fetch_add(1, Ordering::Relaxed);
                })
            });
            Threads(threads).all(all.collect());
            assert!(done.iter().all(|count| count.load(Ordering::Relaxed) == 1));
        }
    }
}
