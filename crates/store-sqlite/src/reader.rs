//! Reading: a few threads, each with a connection that cannot write, take queries from one queue.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
};

use ports::store::StoreError;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::error::store_error;

/// Queries that may wait; further callers wait to get into the queue.
const WAITING_MAX: usize = 256;

type Query = Box<dyn FnOnce(&Connection) + Send>;
type Queue = Arc<Mutex<mpsc::Receiver<Query>>>;

/// The threads that read.
pub(crate) struct Readers {
    /// Absent only while dropping.
    queue: Option<mpsc::Sender<Query>>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    pub(crate) fn start(connections: Vec<Connection>) -> io::Result<Self> {
        let (queue, waiting) = mpsc::channel(WAITING_MAX);
        let waiting = Arc::new(Mutex::new(waiting));
        let start = |connection| {
            let waiting = Arc::clone(&waiting);
            let thread = thread::Builder::new().name("store-reader".to_owned());
            thread.spawn(move || serve(&connection, &waiting))
        };
        let threads = connections.into_iter().map(start).collect::<io::Result<_>>()?;
        Ok(Self { queue: Some(queue), threads })
    }

    /// Runs a query on one of the threads.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let query: Query = Box::new(move |connection| {
            // A caller that has gone away needs no answer.
            let _gone = reply.send(query(connection).map_err(|error| store_error(&error)));
        });
        let stopped = || StoreError::Unavailable("the store is stopping".to_owned());
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        queue.send(query).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
}

fn serve(connection: &Connection, waiting: &Queue) {
    loop {
        // One thread waits at the queue; the others wait for their turn to do so.
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        let Some(query) = next else { return };
        query(connection);
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a reading thread of the store had panicked");
            }
        }
    }
}
