//! The threads that read: they take questions from one queue.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
};

use ports::event_log::LogError;
use tokio::sync::{mpsc, oneshot};

use crate::reader::Reader;

/// How many threads read: detection, and whoever asks about the past.
const READERS: usize = 2;
/// Questions that may wait; further callers wait to get into the queue.
const WAITING_MAX: usize = 64;

type Question = Box<dyn FnOnce(&mut Reader) + Send>;
type Queue = Arc<Mutex<mpsc::Receiver<Question>>>;

/// The threads.
pub(crate) struct Readers {
    /// Absent only while dropping.
    queue: Option<mpsc::Sender<Question>>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    pub(crate) fn start(reader: impl Fn() -> io::Result<Reader>) -> io::Result<Self> {
        let (queue, waiting) = mpsc::channel(WAITING_MAX);
        let waiting = Arc::new(Mutex::new(waiting));
        let start = |_| {
            let (reader, waiting) = (reader()?, Arc::clone(&waiting));
            let thread = thread::Builder::new().name("log-reader".to_owned());
            thread.spawn(move || serve(reader, &waiting))
        };
        let threads = (0..READERS).map(start).collect::<io::Result<_>>()?;
        Ok(Self { queue: Some(queue), threads })
    }

    /// Asks on one of the threads.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&mut Reader) -> Result<T, LogError> + Send + 'static,
    ) -> Result<T, LogError> {
        let (reply, answer) = oneshot::channel();
        let question: Question = Box::new(move |reader| {
            // A caller that has gone away needs no answer.
            let _gone = reply.send(ask(reader));
        });
        let stopped = || LogError::Unavailable("the event log is stopping".to_owned());
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        queue.send(question).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
}

fn serve(mut reader: Reader, waiting: &Queue) {
    loop {
        // One thread waits at the queue; the other waits for its turn to do so.
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        let Some(question) = next else { return };
        question(&mut reader);
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a reading thread of the event log had panicked");
            }
        }
    }
}
