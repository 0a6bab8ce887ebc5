//! The log that one would have without one of one's own: a row of SQLite a batch, written by one
//! thread that commits waiting batches together. It is compressed as ours is.

use std::{
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread::{self, JoinHandle},
};

use anyhow::Context as _;
use ports::event_log::Batch;
use rusqlite::{Connection, params};

const LEVEL: i32 = 1;
const WAITING_MAX: usize = 256;
const GROUP_MAX: usize = 100;

type Waiting = (Row, SyncSender<bool>);

struct Row {
    source: String,
    received_at: i64,
    times: (i64, i64),
    fingerprints: Vec<u8>,
    body: Vec<u8>,
}

/// The log.
pub(super) struct RowLog {
    path: PathBuf,
    queue: SyncSender<Waiting>,
    thread: JoinHandle<anyhow::Result<()>>,
}

impl RowLog {
    pub(super) fn open(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join("log.db");
        let connection = Connection::open(&path)?;
        connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.execute_batch(
            "CREATE TABLE batches (position INTEGER PRIMARY KEY, source TEXT, received_at INTEGER, \
             earliest INTEGER, latest INTEGER, fingerprints BLOB, body BLOB)",
        )?;
        let (queue, waiting) = sync_channel(WAITING_MAX);
        let thread = thread::spawn(move || serve(connection, &waiting));
        Ok(Self { path, queue, thread })
    }

    pub(super) fn append(&self, batch: &Batch) -> anyhow::Result<()> {
        let mut raw = Vec::new();
        for record in &batch.records {
            raw.extend(u32::try_from(record.bytes.len())?.to_le_bytes());
        }
        batch.records.iter().for_each(|record| raw.extend_from_slice(&record.bytes));
        let names = batch.records.iter().flat_map(|record| (record.uid.0 as u64).to_le_bytes());
        let row = Row {
            source: batch.source.to_string(),
            received_at: batch.received_at.as_microsecond(),
            times: (batch.times.0.as_microsecond(), batch.times.1.as_microsecond()),
            fingerprints: names.collect(),
            body: zstd::bulk::compress(&raw, LEVEL)?,
        };
        let (reply, answer) = sync_channel(1);
        self.queue.send((row, reply))?;
        anyhow::ensure!(answer.recv()?, "it was not committed");
        Ok(())
    }

    pub(super) fn close(self) -> anyhow::Result<u64> {
        drop(self.queue);
        self.thread.join().ok().context("the writer panicked")??;
        Ok(std::fs::metadata(self.path)?.len())
    }
}

fn serve(mut connection: Connection, waiting: &Receiver<Waiting>) -> anyhow::Result<()> {
    while let Ok(first) = waiting.recv() {
        let mut group = vec![first];
        group.extend(waiting.try_iter().take(GROUP_MAX));
        let transaction = connection.transaction()?;
        let sql = "INSERT INTO batches (source, received_at, earliest, latest, fingerprints, body) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        for (row, _) in &group {
            let Row { source, received_at, times, fingerprints, body } = row;
            let values = params![source, received_at, times.0, times.1, fingerprints, body];
            transaction.prepare_cached(sql)?.execute(values)?;
        }
        transaction.commit()?;
        for (_, reply) in group {
            reply.send(true)?;
        }
    }
    Ok(())
}
