//! The designs that are compared.

use std::{path::Path, sync::Arc};

use event_log::{DiskLog, Options};
use ports::{
    entropy::SeededEntropy,
    event_log::{Batch, EventLog as _},
};
use tokio::runtime::Handle;

use super::row::RowLog;

/// Which one.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// Ours.
    Log,
    /// Ours, without taking room ahead.
    Plain,
    /// A row of SQLite a batch.
    Row,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Log, Self::Plain, Self::Row];
}

/// One that is open.
pub(super) enum Design {
    Log(DiskLog, Handle),
    Row(RowLog),
}

impl Design {
    pub(super) fn open(kind: Kind, folder: &Path) -> anyhow::Result<Self> {
        let options = match kind {
            Kind::Log => Options::default(),
            Kind::Plain => Options { reserve_bytes: 0, ..Options::default() },
            Kind::Row => return Ok(Self::Row(RowLog::open(folder)?)),
        };
        let log = DiskLog::open(folder, options, Arc::new(SeededEntropy::new(1)))?;
        Ok(Self::Log(log, Handle::current()))
    }

    /// Appends; durable when it returns.
    pub(super) fn append(&self, batch: Batch) -> anyhow::Result<()> {
        match self {
            Self::Log(log, runtime) => runtime.block_on(log.append(batch)).map(|_| ())?,
            Self::Row(log) => log.append(&batch)?,
        }
        Ok(())
    }

    /// Closes it; the bytes that it takes on the disk.
    pub(super) fn close(self) -> anyhow::Result<u64> {
        match self {
            // Asked on a thread of its own: this one is the runtime's.
            Self::Log(log, runtime) => {
                let bounds = std::thread::scope(|scope| {
                    scope.spawn(|| runtime.block_on(log.bounds())).join()
                });
                Ok(bounds.map_err(|_| anyhow::anyhow!("it panicked"))??.bytes)
            }
            Self::Row(log) => log.close(),
        }
    }
}
