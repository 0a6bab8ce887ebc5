//! What memory does not hold is read from the log; where much lies there, the next part while the
//! one before is evaluated.

use std::sync::Arc;

use detect::engine::{Job, Parallel as _};
use ports::event_log::{LogError, Position, Stored};
use tokio::task::JoinHandle;

use super::{Inner, Pipeline, Work};
use crate::{
    detection::{intake::on_thread, threads::Threads},
    meters::Meter,
};

/// The bytes of records read at once.
pub(super) const READ_BYTES: usize = 8 * 1024 * 1024;
/// After so many bytes there is more, most likely.
const MUCH_BYTES: usize = READ_BYTES / 2;

/// What is being read.
pub(super) struct Ahead {
    from: Position,
    read: JoinHandle<Result<Vec<Found>, LogError>>,
}

/// A batch of the log, read; or what is wrong with it.
struct Found {
    position: Position,
    next: Position,
    work: Result<Work, String>,
}

impl Pipeline {
    /// The batches that come next, from the log.
    pub(super) async fn read(&mut self, is_careful: bool) -> Result<Vec<Work>, LogError> {
        let ahead = self.ahead.take().filter(|ahead| ahead.from == self.next && !is_careful);
        let bytes = if is_careful { 1 } else { READ_BYTES };
        let ahead = ahead.unwrap_or_else(|| self.begin_reading(self.next, bytes));
        let found = ahead.read.await.map_err(|_| ended_badly())??;
        let mut good: Vec<Work> = Vec::new();
        let mut next = self.next;
        for found in found {
            match found.work {
                Ok(work) => {
                    good.push(work);
                    next = found.next;
                }
                Err(damage) => {
                    tracing::error!(damage, "events of the log are damaged and not evaluated");
                    Meter::BatchesDamaged.add(found.next.0.saturating_sub(found.position.0));
                    if !good.is_empty() {
                        break;
                    }
                    self.passed(found.next);
                }
            }
        }
        if !is_careful && good.iter().map(|work| work.bytes).sum::<usize>() >= MUCH_BYTES {
            self.ahead = Some(self.begin_reading(next, bytes));
        }
        Ok(good)
    }

    fn begin_reading(&self, from: Position, bytes: usize) -> Ahead {
        let (inner, threads) = (Arc::clone(&self.inner), self.threads);
        let read = tokio::spawn(async move {
            let stored = inner.log.read(from, bytes).await?;
            on_thread(move || inner.found(stored, threads)).await.map_err(|_| ended_badly())
        });
        Ahead { from, read }
    }
}

impl Inner {
    fn found(&self, stored: Vec<Stored>, threads: Threads) -> Vec<Found> {
        let mut found: Vec<Option<Found>> = stored.iter().map(|_| None).collect();
        let jobs = stored.into_iter().zip(&mut found).map(|(stored, place)| -> Job<'_> {
            Box::new(move || *place = Some(self.found_one(stored)))
        });
        threads.all(jobs.collect());
        found.into_iter().flatten().collect()
    }

    fn found_one(&self, stored: Stored) -> Found {
        let (position, next) = (stored.position, stored.next());
        let work = match stored.batch {
            Ok(batch) => Ok(self.read_again(position.0, batch)),
            Err(damage) => Err(format!("{}: {}", damage.place, damage.cause)),
        };
        Found { position, next, work }
    }
}

fn ended_badly() -> LogError {
    LogError::Unavailable("reading ended badly".to_owned())
}
