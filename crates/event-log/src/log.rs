//! The port, joined to the threads.

use std::{
    io,
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};

use async_trait::async_trait;
use model::Timestamp;
use ports::{
    Entropy,
    event_log::{Batch, Bounds, Dropped, EventLog, Fingerprint, Keep, LogError, Position, Stored},
};

use crate::{
    OpenError, Options,
    disk::{Disk, Folder},
    frame::body::Press,
    pen::Pen,
    reader::{ALWAYS, Reader},
    readers::Readers,
    recover::recover,
    shelf::Shelf,
    writer::{Job, Writer},
};

/// A log in a folder. Dropping it finishes what was accepted.
pub struct DiskLog {
    press: Press,
    shelf: Arc<RwLock<Shelf>>,
    cut_bytes: u64,
    readers: Readers,
    /// Absent where the log was opened to read.
    writer: Option<Writer>,
}

impl DiskLog {
    /// Opens a log to write it, making the folder as needed. Waits for the disk, so call it before
    /// there is anything to keep waiting.
    pub fn open(
        path: &Path,
        options: Options,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, OpenError> {
        Self::on(Arc::new(Folder::to_write(path)?), options, entropy)
    }

    /// Opens a log to read it as it is now, beside a process that writes it or without one.
    pub fn open_read_only(path: &Path) -> Result<Self, OpenError> {
        let disk: Arc<dyn Disk> = Arc::new(Folder::to_read(path)?);
        // A segment may be dropped between the listing and the look at it.
        let found = match recover(&*disk, false) {
            Err(OpenError::Files(error)) if error.kind() == io::ErrorKind::NotFound => {
                recover(&*disk, false)?
            }
            other => other?,
        };
        Self::start(disk, Arc::new(RwLock::new(found.shelf)), 0, None)
    }

    fn on(
        disk: Arc<dyn Disk>,
        options: Options,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, OpenError> {
        let found = recover(&*disk, true)?;
        let cut_bytes = found.cut_bytes;
        let pen = Pen::new(Arc::clone(&disk), found, options, entropy);
        Self::start(disk, pen.shelf(), cut_bytes, Some(Writer::start(pen)?))
    }

    fn start(
        disk: Arc<dyn Disk>,
        shelf: Arc<RwLock<Shelf>>,
        cut_bytes: u64,
        writer: Option<Writer>,
    ) -> Result<Self, OpenError> {
        let reader = || Reader::new(Arc::clone(&disk), Arc::clone(&shelf), writer.is_none());
        let readers = Readers::start(reader)?;
        Ok(Self { press: Press::default(), shelf, cut_bytes, readers, writer })
    }

    /// How many bytes of a torn end were cut off when it was opened; they were also warned of.
    #[must_use]
    pub fn cut_bytes(&self) -> u64 {
        self.cut_bytes
    }

    fn writer(&self) -> Result<&Writer, LogError> {
        let reading = || LogError::Unavailable("the log was opened to read only".to_owned());
        self.writer.as_ref().ok_or_else(reading)
    }
}

impl std::fmt::Debug for DiskLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DiskLog").finish_non_exhaustive()
    }
}

#[async_trait]
impl EventLog for DiskLog {
    async fn append(&self, batch: Batch) -> Result<Position, LogError> {
        let writer = self.writer()?;
        let draft = self.press.draft(batch)?;
        writer.ask(|reply| Job::Append(draft, reply)).await
    }

    async fn read(&self, from: Position, bytes: usize) -> Result<Vec<Stored>, LogError> {
        self.readers.run(move |reader| reader.read(from.0, ALWAYS, bytes)).await.map(|it| it.0)
    }

    async fn read_range(
        &self,
        from: Position,
        time: (Timestamp, Timestamp),
        bytes: usize,
    ) -> Result<(Vec<Stored>, Position), LogError> {
        let times = within(time);
        self.readers.run(move |reader| reader.read(from.0, times, bytes)).await
    }

    async fn bounds(&self) -> Result<Bounds, LogError> {
        Ok(self.shelf.read().unwrap_or_else(PoisonError::into_inner).bounds())
    }

    async fn recent(&self, limit: usize) -> Result<Vec<Fingerprint>, LogError> {
        self.readers.run(move |reader| reader.recent(limit)).await
    }

    async fn retain(&self, keep: Keep, now: Timestamp) -> Result<Dropped, LogError> {
        self.writer()?.ask(|reply| Job::Retain(keep, now, reply)).await
    }
}

/// The whole microseconds between two instants.
fn within((since, until): (Timestamp, Timestamp)) -> (i64, i64) {
    let micros = |nanos: i128| i64::try_from(nanos.div_euclid(1_000)).unwrap_or(i64::MAX);
    (micros(since.as_nanosecond() + 999), micros(until.as_nanosecond()))
}
