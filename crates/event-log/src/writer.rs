//! The thread that writes: it takes all the batches that wait, and makes them durable together.

use std::{
    io,
    thread::{self, JoinHandle},
};

use model::Timestamp;
use ports::event_log::{Dropped, Keep, LogError, Position};
use tokio::sync::{mpsc, oneshot};

use crate::{frame::body::Draft, pen::Pen};

/// Batches that may wait; further callers wait to get into the queue.
const WAITING_MAX: usize = 256;
/// How much is made durable together at most: more would let the first of them wait too long.
const GROUP_BYTES_MAX: usize = 8 * 1024 * 1024;

pub(crate) type Reply<T> = oneshot::Sender<Result<T, LogError>>;

/// What the thread is asked.
pub(crate) enum Job {
    Append(Draft, Reply<Position>),
    Retain(Keep, Timestamp, Reply<Dropped>),
}

/// The thread. Dropping it finishes what was accepted.
pub(crate) struct Writer {
    /// Absent only while dropping.
    queue: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(crate) fn start(pen: Pen) -> io::Result<Self> {
        let (queue, waiting) = mpsc::channel(WAITING_MAX);
        let thread = thread::Builder::new().name("log-writer".to_owned());
        let thread = thread.spawn(move || serve(pen, waiting))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Asks, and waits for the answer.
    pub(crate) async fn ask<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Result<T, LogError> {
        let (reply, answer) = oneshot::channel();
        let stopped = || LogError::Unavailable("the event log is stopping".to_owned());
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        queue.send(job(reply)).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the writing thread of the event log had panicked");
        }
    }
}

fn serve(mut pen: Pen, mut waiting: mpsc::Receiver<Job>) {
    let mut left_over = None;
    while let Some(job) = left_over.take().or_else(|| waiting.blocking_recv()) {
        match job {
            Job::Append(draft, reply) => {
                let mut group = Group::new(draft, reply);
                left_over = group.fill(&mut waiting);
                group.append(&mut pen);
            }
            Job::Retain(keep, now, reply) => answer(reply, pen.retain(keep, now)),
        }
    }
}

/// Batches that are made durable together.
struct Group {
    drafts: Vec<Draft>,
    replies: Vec<Reply<Position>>,
    bytes: usize,
}

impl Group {
    fn new(draft: Draft, reply: Reply<Position>) -> Self {
        let bytes = draft.frame.len();
        Self { drafts: vec![draft], replies: vec![reply], bytes }
    }

    /// Takes in what waits; returns what is to be done after it.
    fn fill(&mut self, waiting: &mut mpsc::Receiver<Job>) -> Option<Job> {
        while self.bytes < GROUP_BYTES_MAX {
            match waiting.try_recv() {
                Ok(Job::Append(draft, reply)) => {
                    self.bytes += draft.frame.len();
                    self.drafts.push(draft);
                    self.replies.push(reply);
                }
                Ok(other) => return Some(other),
                Err(_) => return None,
            }
        }
        None
    }

    fn append(self, pen: &mut Pen) {
        let results = pen.append(self.drafts);
        for (reply, result) in self.replies.into_iter().zip(results) {
            answer(reply, result);
        }
    }
}

fn answer<T>(reply: Reply<T>, result: Result<T, LogError>) {
    // A caller that has gone away needs no answer.
    let _gone = reply.send(result);
}
