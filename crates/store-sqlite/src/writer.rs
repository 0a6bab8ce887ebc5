//! Writing: one thread takes all transactions that wait, carries them out one after another
//! inside one transaction of SQLite, and answers when that is durable.
//!
//! A transaction checks every condition by reading before it writes, so that a refused one leaves
//! nothing that would hurt its neighbours. Where SQLite itself fails, all is rolled back, and each
//! gets a try of its own.

pub(crate) mod claim;
pub(crate) mod commit;
pub(crate) mod sweep;

use std::{
    fs,
    path::PathBuf,
    thread::{self, JoinHandle},
};

use ports::store::StoreError;
use rusqlite::{Connection, TransactionBehavior, params};
use tokio::sync::{mpsc, oneshot};

use crate::{
    OpenError, Options,
    columns::Count,
    error::{Fault, is_of_one_transaction, store_error},
    files, open, queries,
};

/// Transactions that may wait; further callers wait to get into the queue.
const WAITING_MAX: usize = 1_024;
/// Transactions that share one commit at most.
const GROUP_MAX: usize = 512;
/// A log that reached this size, because readers kept it from being folded back, is folded back
/// while they wait.
const LOG_MAX_BYTES: u64 = 128 * 1024 * 1024;
/// Where readers did not let go of the log, the next try comes after so much more of it.
const LOG_RETRY_BYTES: u64 = 16 * 1024 * 1024;
/// Fences of timers begin anew, higher, with each start: room for 10^12 of them in one run.
const FENCES_PER_START_BITS: u32 = 40;

/// The end of the audit chain: how many rows there are, and the last hash.
pub(crate) type Head = (u64, [u8; 32]);

/// The thread that writes.
pub(crate) struct Writer {
    /// Absent only while dropping.
    queue: Option<mpsc::Sender<Box<dyn Work>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(crate) fn start(
        connection: Connection,
        path: PathBuf,
        options: Options,
    ) -> Result<Self, OpenError> {
        let starts: Count = connection.query_row(
            "UPDATE server SET starts = starts + 1 RETURNING starts",
            [],
            |row| row.get(0),
        )?;
        release_leases(&connection)?;
        let log = files::beside(&path, "-wal");
        let head = queries::audit_head(&connection)?;
        let fence = starts.0 << FENCES_PER_START_BITS;
        let connection = Some(connection);
        let mut clerk =
            Clerk { path, log, options, connection, head, fence, cut_at: LOG_MAX_BYTES };
        let (queue, waiting) = mpsc::channel(WAITING_MAX);
        let thread = thread::Builder::new().name("store-writer".to_owned());
        let thread = thread.spawn(move || clerk.serve(waiting))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Carries out a transaction; durable when it returns. `work` may run more than once, each
    /// time as if for the first.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Ledger<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let stopped = || StoreError::Unavailable("the store is stopping".to_owned());
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        let waiting = Box::new(Waiting { work, outcome: None, reply });
        queue.send(waiting).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the writing thread of the store had panicked");
        }
    }
}

/// A transaction that waits.
trait Work: Send {
    /// Carries it out inside the group's transaction and keeps the outcome.
    fn run(&mut self, ledger: &mut Ledger<'_>) -> rusqlite::Result<()>;
    /// Tells the caller the outcome, which holds only if the group was committed.
    fn settle(self: Box<Self>, group: Result<(), StoreError>);
}

struct Waiting<T, F> {
    work: F,
    outcome: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Work for Waiting<T, F>
where
    T: Send,
    F: FnMut(&mut Ledger<'_>) -> Result<T, Fault> + Send,
{
    fn run(&mut self, ledger: &mut Ledger<'_>) -> rusqlite::Result<()> {
        self.outcome = Some(match (self.work)(ledger) {
            Ok(value) => Ok(value),
            Err(Fault::Refused(error)) => Err(error),
            Err(Fault::Sqlite(error)) => return Err(error),
        });
        Ok(())
    }

    fn settle(self: Box<Self>, group: Result<(), StoreError>) {
        let not_run = || Err(StoreError::Unavailable("the transaction was not run".to_owned()));
        let Self { outcome, reply, .. } = *self;
        // A caller that has gone away needs no answer.
        let _gone = reply.send(group.and_then(|()| outcome.unwrap_or_else(not_run)));
    }
}

/// What a transaction writes in.
pub(crate) struct Ledger<'a> {
    pub(crate) connection: &'a Connection,
    /// The end of the audit chain.
    pub(crate) head: Head,
    last_fence: &'a mut u64,
    erases: bool,
}

impl Ledger<'_> {
    /// A fence that no timer of this store ever had.
    pub(crate) fn next_fence(&mut self) -> u64 {
        *self.last_fence += 1;
        *self.last_fence
    }

    /// From here on the group's freed bytes are overwritten, in the file and in its log.
    pub(crate) fn erase_freed_bytes(&mut self) -> rusqlite::Result<()> {
        self.erases = true;
        self.connection.pragma_update(None, "secure_delete", "ON")
    }
}

/// The state of the writing thread.
struct Clerk {
    path: PathBuf,
    log: PathBuf,
    options: Options,
    /// Absent after a failure that leaves a connection in doubt.
    connection: Option<Connection>,
    head: Head,
    fence: u64,
    /// At which length the log is cut; nearer where a reader kept it from being cut.
    cut_at: u64,
}

impl Clerk {
    fn serve(&mut self, mut waiting: mpsc::Receiver<Box<dyn Work>>) {
        while let Some(first) = waiting.blocking_recv() {
            let mut group = vec![first];
            while group.len() < GROUP_MAX {
                let Ok(next) = waiting.try_recv() else { break };
                group.push(next);
            }
            self.carry_out(group);
        }
    }

    fn carry_out(&mut self, mut group: Vec<Box<dyn Work>>) {
        match self.attempt(&mut group) {
            Ok(()) => group.into_iter().for_each(|work| work.settle(Ok(()))),
            Err(error) if group.len() > 1 && is_of_one_transaction(&error) => {
                group.into_iter().for_each(|work| self.carry_out(vec![work]));
            }
            Err(error) => {
                let error = store_error(&error);
                group.into_iter().for_each(|work| work.settle(Err(error.clone())));
            }
        }
    }

    /// Carries out a group as one transaction of SQLite, whole or not at all.
    fn attempt(&mut self, group: &mut [Box<dyn Work>]) -> rusqlite::Result<()> {
        let mut connection = self.take_connection()?;
        let result = commit_group(&mut connection, group, self.head, &mut self.fence);
        match &result {
            Ok(committed) => {
                self.head = committed.head;
                self.tidy(&connection, committed.erases);
            }
            // In doubt, such as after a failed flush: a new connection reads what the disk has.
            Err(error) if !is_of_one_transaction(error) => return result.map(|_| ()),
            Err(_) => {}
        }
        self.connection = Some(connection);
        result.map(|_| ())
    }

    fn take_connection(&mut self) -> rusqlite::Result<Connection> {
        if let Some(connection) = self.connection.take() {
            return Ok(connection);
        }
        let connection = open::writing(&self.path, self.options)?;
        self.head = queries::audit_head(&connection)?;
        tracing::info!("the store's writer has opened its file again");
        Ok(connection)
    }

    /// Keeps the log bounded, and free of what was erased.
    fn tidy(&mut self, connection: &Connection, erased: bool) {
        let length = fs::metadata(&self.log).map_or(0, |log| log.len());
        if !erased && length <= self.cut_at {
            return;
        }
        match cut_log(connection) {
            Ok(true) => self.cut_at = LOG_MAX_BYTES,
            Ok(false) => self.cut_at = length.saturating_add(LOG_RETRY_BYTES),
            Err(error) => {
                self.cut_at = length.saturating_add(LOG_RETRY_BYTES);
                tracing::warn!(code = ?error.sqlite_error_code(), "the store's log was not cut");
            }
        }
    }
}

/// Whoever held leases is gone: this process alone serves the store now. What it had begun is
/// ready again at once, not only when the lease would have ended.
fn release_leases(connection: &Connection) -> rusqlite::Result<()> {
    for table in ["outbox", "timers"] {
        let sql = format!("UPDATE {table} SET ready_at = due WHERE ready_at > due");
        connection.execute(&sql, [])?;
    }
    Ok(())
}

/// Folds the log back into the file and empties it; `false` where a reader still needs it.
fn cut_log(connection: &Connection) -> rusqlite::Result<bool> {
    connection.pragma_update(None, "secure_delete", "FAST")?;
    let is_busy = |row: &rusqlite::Row<'_>| row.get::<_, bool>(0);
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], is_busy).map(|busy| !busy)
}

struct Committed {
    head: Head,
    erases: bool,
}

fn commit_group(
    connection: &mut Connection,
    group: &mut [Box<dyn Work>],
    head: Head,
    last_fence: &mut u64,
) -> rusqlite::Result<Committed> {
    // Dropped without a commit, it rolls back.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut ledger = Ledger { connection: &transaction, head, last_fence, erases: false };
    for work in group {
        work.run(&mut ledger)?;
    }
    let committed = Committed { head: ledger.head, erases: ledger.erases };
    if committed.head != head {
        transaction
            .prepare_cached("UPDATE server SET chain_seq = ?1, chain_hash = ?2")?
            .execute(params![Count(committed.head.0), committed.head.1])?;
    }
    transaction.commit()?;
    Ok(committed)
}
