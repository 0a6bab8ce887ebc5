//! The thread that writes states: one transaction after another.

use std::{
    io,
    thread::{self, JoinHandle},
};

use ports::store::StoreError;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use crate::error::store_error;

/// Saves that may wait; further callers wait to get into the queue.
const WAITING_MAX: usize = 8;

type Work = Box<dyn FnOnce(&mut Connection) + Send>;

/// The thread. Dropping it finishes what was accepted.
pub(super) struct Clerk {
    /// Absent only while dropping.
    queue: Option<mpsc::Sender<Work>>,
    thread: Option<JoinHandle<()>>,
}

impl Clerk {
    pub(super) fn start(mut connection: Connection) -> io::Result<Self> {
        let (queue, mut waiting) = mpsc::channel::<Work>(WAITING_MAX);
        let thread = thread::Builder::new().name("states-writer".to_owned()).spawn(move || {
            while let Some(work) = waiting.blocking_recv() {
                work(&mut connection);
            }
        })?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Carries out a transaction, as a whole or not at all.
    pub(super) async fn write(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()> + Send + 'static,
    ) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        let work: Work = Box::new(move |connection| {
            let done = transact(connection, work).map_err(|error| store_error(&error));
            // A caller that has gone away needs no answer.
            let _gone = reply.send(done);
        });
        let stopped = || StoreError::Unavailable("the store of states is stopping".to_owned());
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        queue.send(work).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
}

fn transact(
    connection: &mut Connection,
    work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    // Dropped without a commit, it rolls back.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    work(&transaction)?;
    transaction.commit()
}

impl Drop for Clerk {
    fn drop(&mut self) {
        self.queue = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the writing thread of the states had panicked");
        }
    }
}
