//! The thread that writes: one transaction after another, each durable when it is answered.

use std::{
    path::PathBuf,
    thread::{self, JoinHandle},
};

use ports::store::StoreError;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::open;
use crate::{
    OpenError, Options,
    error::{Fault, store_error},
};

/// Transactions that may wait; further callers wait to get into the queue.
const WAITING_MAX: usize = 64;

type Job = Box<dyn FnOnce(&mut Pen) + Send>;

pub(super) struct Writer {
    /// Absent only while dropping.
    queue: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(
        connection: Connection,
        path: PathBuf,
        options: Options,
    ) -> Result<Self, OpenError> {
        let (queue, mut waiting) = mpsc::channel::<Job>(WAITING_MAX);
        let mut pen = Pen { connection: Some(connection), path, options };
        let thread = thread::Builder::new().name("devices-writer".to_owned()).spawn(move || {
            while let Some(job) = waiting.blocking_recv() {
                job(&mut pen);
            }
        })?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Carries out a transaction: whole when it returns, or not at all.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |pen| {
            // A caller that has gone away needs no answer.
            let _gone = reply.send(pen.write(work));
        });
        let stopped = || StoreError::Unavailable("the store is stopping".to_owned());
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        queue.send(job).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the writing thread of the store of devices had panicked");
        }
    }
}

struct Pen {
    /// Absent after a failure that leaves a connection in doubt.
    connection: Option<Connection>,
    path: PathBuf,
    options: Options,
}

impl Pen {
    fn write<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => open::writing(&self.path, self.options).map_err(|it| store_error(&it))?,
        };
        let done = attempt(&mut connection, work);
        let is_sound = match &done {
            Ok(_) | Err(Fault::Refused(_)) => true,
            Err(Fault::Sqlite(error)) => {
                matches!(store_error(error), StoreError::Full | StoreError::Conflict)
            }
        };
        self.connection = is_sound.then_some(connection);
        done.map_err(|fault| match fault {
            Fault::Refused(error) => error,
            Fault::Sqlite(error) => store_error(&error),
        })
    }
}

fn attempt<T>(
    connection: &mut Connection,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
) -> Result<T, Fault> {
    // Dropped without a commit, it rolls back.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let value = work(&transaction)?;
    transaction.commit()?;
    Ok(value)
}
