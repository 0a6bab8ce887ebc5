//! Writing: one thread takes all transactions that wait, carries them out one after another
//! inside one transaction of SQLite, and answers when that is durable.
//!
//! A transaction checks every condition by reading before it writes, so that a refused one leaves
//! nothing that would hurt its neighbours. Where SQLite itself fails, all is rolled back, and each
//! gets a try of its own.

pub(crate) mod claim;
pub(crate) mod commit;
mod log;
pub(crate) mod sweep;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    thread::{self, JoinHandle},
};

use ports::store::{Day, StoreError, Tally};
use rusqlite::{Connection, TransactionBehavior, params};
use tokio::sync::{mpsc, oneshot};

use crate::{
    OpenError, Options,
    columns::Count,
    error::{Fault, is_of_one_transaction, store_error},
    open, queries,
};
use log::Log;

/// Transactions that may wait; further callers wait to get into the queue.
const WAITING_MAX: usize = 1_024;
/// Transactions that share one commit at most.
const GROUP_MAX: usize = 512;
/// Rising numbers begin anew, higher, with each start: room for 10^12 of them in one run.
const NUMBERS_PER_START_BITS: u32 = 40;

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
        mut connection: Connection,
        path: PathBuf,
        options: Options,
    ) -> Result<Self, OpenError> {
        let starts: Count = connection.query_row(
            "UPDATE server SET starts = starts + 1 RETURNING starts",
            [],
            |row| row.get(0),
        )?;
        release_leases(&connection)?;
        let log = Log::start(open::folding(&path)?)?;
        log.watch(&mut connection)?;
        let head = queries::audit_head(&connection)?;
        let last_number = starts.0 << NUMBERS_PER_START_BITS;
        let connection = Some(connection);
        let mut clerk = Clerk { path, log, options, connection, head, last_number };
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
    last_number: &'a mut u64,
    erases: bool,
    tallies: Tallies,
}

/// What a group adds to each counter: its many transactions count for few rules.
type Tallies = BTreeMap<(String, Day, String), i64>;

impl Ledger<'_> {
    /// Adds to a counter, once all of the group's transactions are through.
    pub(crate) fn add(&mut self, tally: &Tally) {
        let key = (tally.kept_key().to_owned(), tally.day, tally.name.clone());
        let sum = self.tallies.entry(key).or_default();
        *sum = sum.saturating_add(tally.n);
    }

    /// A number above all that this store ever gave: the fence of a timer, the position of a row.
    pub(crate) fn next_number(&mut self) -> u64 {
        *self.last_number += 1;
        *self.last_number
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
    options: Options,
    /// Before the connection: the writer's is the last to close.
    log: Log,
    /// Absent after a failure that leaves a connection in doubt.
    connection: Option<Connection>,
    head: Head,
    last_number: u64,
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
        let result = commit_group(&mut connection, group, self.head, &mut self.last_number);
        match &result {
            Ok(committed) => {
                self.head = committed.head;
                self.log.tend(&connection, committed.erases);
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
        let mut connection = open::writing(&self.path, self.options)?;
        self.log.watch(&mut connection)?;
        self.head = queries::audit_head(&connection)?;
        tracing::info!("the store's writer has opened its file again");
        Ok(connection)
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

struct Committed {
    head: Head,
    erases: bool,
}

fn commit_group(
    connection: &mut Connection,
    group: &mut [Box<dyn Work>],
    head: Head,
    last_number: &mut u64,
) -> rusqlite::Result<Committed> {
    // Dropped without a commit, it rolls back.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let (erases, tallies) = (false, Tallies::new());
    let mut ledger = Ledger { connection: &transaction, head, last_number, erases, tallies };
    for work in group {
        work.run(&mut ledger)?;
    }
    commit::add_tallies(&transaction, &ledger.tallies)?;
    let committed = Committed { head: ledger.head, erases: ledger.erases };
    if committed.head != head {
        transaction
            .prepare_cached("UPDATE server SET chain_seq = ?1, chain_hash = ?2")?
            .execute(params![Count(committed.head.0), committed.head.1])?;
    }
    transaction.commit()?;
    Ok(committed)
}
