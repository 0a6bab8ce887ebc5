//! Writing, on whatever thread: groups of frames go to the last segment, and are there for
//! readers when they are durable.
//!
//! A group that fails is taken back. Where that fails too the segment is given up: the next group
//! begins a new one, whose name says that nothing of the failed group counts.

use std::{
    io,
    sync::{Arc, PoisonError, RwLock},
};

use model::{Span, Timestamp};
use ports::{
    Entropy,
    event_log::{Dropped, Keep, LogError, Position},
};

use crate::{
    Options,
    disk::Disk,
    frame::{Head, body::Draft},
    recover::{Active, Recovered},
    segment::{Name, Named, Segment},
    shelf::Shelf,
    sidecar,
};

/// The writer's hold on a log.
pub(crate) struct Pen {
    disk: Arc<dyn Disk>,
    shelf: Arc<RwLock<Shelf>>,
    /// Absent where the next group begins a segment.
    active: Option<Active>,
    /// The number of the next segment.
    serial: u64,
    options: Options,
    entropy: Arc<dyn Entropy>,
}

impl Pen {
    /// Goes on with what was found.
    pub(crate) fn new(
        disk: Arc<dyn Disk>,
        found: Recovered,
        options: Options,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let Recovered { mut shelf, mut active, serial, .. } = found;
        if shelf.next < options.not_before.0 {
            let (from, until) = (shelf.next, options.not_before.0);
            tracing::warn!(from, until, "batches at the end of the log are lost");
            // The name of the next segment keeps it.
            (shelf.next, active) = (until, None);
        }
        let shelf = Arc::new(RwLock::new(shelf));
        Self { disk, shelf, active, serial, options, entropy }
    }

    /// What readers see.
    pub(crate) fn shelf(&self) -> Arc<RwLock<Shelf>> {
        Arc::clone(&self.shelf)
    }

    /// Appends batches, one after another; they are durable when this returns.
    pub(crate) fn append(&mut self, mut group: Vec<Draft>) -> Vec<Result<Position, LogError>> {
        match self.write(&mut group) {
            Ok(positions) => positions.into_iter().map(Ok).collect(),
            // One that does not fit must not cost the others their room.
            Err(LogError::Full) if group.len() > 1 => {
                group.into_iter().flat_map(|draft| self.append(vec![draft])).collect()
            }
            Err(error) => group.iter().map(|_| Err(error.clone())).collect(),
        }
    }

    fn write(&mut self, group: &mut [Draft]) -> Result<Vec<Position>, LogError> {
        let Some(received) = group.first().map(|draft| draft.head.received) else {
            return Ok(Vec::new());
        };
        let next = self.read_shelf(|shelf| shelf.next);
        self.finish_if_due(received);
        let mut active = match self.active.take() {
            Some(active) => active,
            None => self.begin(next).map_err(|error| log_error(&error))?,
        };
        match put(&mut active, group, next, self.options.reserve_bytes) {
            Ok(()) => {
                let heads: Vec<Head> = group.iter().map(|draft| draft.head).collect();
                self.write_shelf(|shelf| shelf.publish(active.name, &heads));
                self.active = Some(active);
                Ok(heads.iter().map(|head| Position(head.position)).collect())
            }
            Err(error) => Err(self.take_back(active, &error)),
        }
    }

    /// Cuts what a failed group may have left; gives the segment up where that is not possible.
    fn take_back(&mut self, mut active: Active, error: &io::Error) -> LogError {
        let taken_back = active.file.set_len(active.end).and_then(|()| active.file.sync());
        match taken_back {
            Ok(()) => {
                active.reserved = active.end;
                self.active = Some(active);
                log_error(error)
            }
            Err(second) => {
                let place = self.disk.place(&active.name.file());
                tracing::error!(place, %error, %second, "a segment of the log is given up");
                // Whether anything of it is there when the log is opened again is not known.
                LogError::Unavailable(error.to_string())
            }
        }
    }

    /// A new segment, which the folder has durably.
    fn begin(&mut self, first: u64) -> io::Result<Active> {
        let mut salt = [0; 8];
        self.entropy.fill(&mut salt);
        let name = Name { serial: self.serial, first, salt: u64::from_le_bytes(salt) };
        // Never twice, also where this fails half-way.
        self.serial = self.serial.saturating_add(1);
        let file = self.disk.create(&name.file())?;
        self.disk.sync()?;
        Ok(Active { name, file, end: 0, reserved: 0 })
    }

    fn finish_if_due(&mut self, now: i64) {
        let Options { segment_bytes, segment_age, .. } = self.options;
        let Some(active) = &self.active else { return };
        let first = self.read_shelf(|shelf| {
            let last = shelf.segments.last().filter(|last| last.name == active.name);
            last.and_then(|last| last.received).map(|(first, _)| first)
        });
        // A clock that was set back is no reason.
        let age = first.map_or(0, |first| now.saturating_sub(first));
        let is_old = age >= micros(segment_age);
        if first.is_some() && (active.end >= segment_bytes || is_old) {
            self.finish();
        }
    }

    /// Ends the segment: the next group begins a new one.
    fn finish(&mut self) {
        let Some(active) = self.active.take() else { return };
        self.settle(&active);
    }

    /// Gives back the room that was not needed, and writes the index.
    fn settle(&self, active: &Active) {
        if active.reserved > active.end
            && let Err(error) = active.file.set_len(active.end)
        {
            let place = self.disk.place(&active.name.file());
            tracing::warn!(place, %error, "room that was taken ahead is not given back");
        }
        let segment = self.read_shelf(|shelf| shelf.segments.last().cloned());
        if let Some(segment) = segment.filter(|segment| segment.name == active.name) {
            sidecar::write(&*self.disk, &segment);
        }
    }

    /// Drops the oldest segments as far as they are not to be kept.
    pub(crate) fn retain(&mut self, keep: Keep, now: Timestamp) -> Result<Dropped, LogError> {
        self.finish_if_due(now.as_microsecond());
        let mut dropped = Dropped::default();
        while let Some(oldest) = self.take_oldest(keep, now) {
            let (records, bytes, name) = (oldest.records, oldest.end, oldest.name);
            // Readers no longer find it.
            if let Err(error) = self.remove(name) {
                self.write_shelf(|shelf| shelf.segments.insert(0, oldest));
                let place = self.disk.place(&name.file());
                tracing::error!(place, %error, "the oldest segment of the log cannot be dropped");
                return Err(LogError::Unavailable(error.to_string()));
            }
            dropped.records += records;
            dropped.bytes += bytes;
        }
        if dropped != Dropped::default()
            && let Err(error) = self.disk.sync()
        {
            tracing::warn!(%error, "segments that were dropped may be there again after a crash");
        }
        Ok(dropped)
    }

    /// Removes a segment, and first those before it that were given up before anything in them
    /// counted: once it is gone, nothing says so any more. One after another, durably, so that no
    /// crash leaves what was before what is gone.
    fn remove(&self, name: Name) -> io::Result<()> {
        let files = self.disk.names()?;
        let names = files.iter().filter_map(|file| match Name::read(file) {
            Named::Segment(other) if other.serial <= name.serial => Some(other),
            _ => None,
        });
        let mut names: Vec<_> = names.collect();
        names.sort_unstable();
        for name in names {
            self.disk.sync()?;
            let index = name.index_file();
            if files.contains(&index) {
                self.disk.remove(&index)?;
            }
            self.disk.remove(&name.file())?;
        }
        Ok(())
    }

    fn take_oldest(&self, keep: Keep, now: Timestamp) -> Option<Segment> {
        self.write_shelf(|shelf| shelf.is_oldest_done(keep, now).then(|| shelf.segments.remove(0)))
    }

    fn write_shelf<T>(&self, change: impl FnOnce(&mut Shelf) -> T) -> T {
        change(&mut self.shelf.write().unwrap_or_else(PoisonError::into_inner))
    }

    fn read_shelf<T>(&self, look: impl FnOnce(&Shelf) -> T) -> T {
        look(&self.shelf.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Pen {
    fn drop(&mut self) {
        if let Some(active) = self.active.take() {
            self.settle(&active);
        }
    }
}

/// Writes the frames of a group and makes them durable.
fn put(active: &mut Active, group: &mut [Draft], next: u64, reserve_bytes: u64) -> io::Result<()> {
    let bytes: u64 = group.iter().map(|draft| draft.frame.len() as u64).sum();
    reserve(active, bytes, reserve_bytes);
    let (durable, mut offset) = (active.end, active.end);
    for (draft, position) in group.iter_mut().zip(next..) {
        draft.head = Head { position, offset, durable, ..draft.head };
        draft.head.write(active.name.salt, &mut draft.frame);
        active.file.write_at(&draft.frame, offset)?;
        offset = draft.head.end();
    }
    active.file.sync()?;
    active.end = offset;
    active.reserved = active.reserved.max(offset);
    Ok(())
}

/// Takes room ahead for a group.
fn reserve(active: &mut Active, bytes: u64, reserve_bytes: u64) {
    let end = active.end + bytes;
    if reserve_bytes == 0 || end <= active.reserved {
        return;
    }
    let wanted = (end - active.reserved).max(reserve_bytes);
    // Where there is not so much room, or the volume cannot do it, writing tells what is wrong.
    if active.file.reserve(active.reserved, wanted).is_ok() {
        active.reserved += wanted;
    }
}

fn micros(span: Span) -> i64 {
    i64::try_from(span.as_duration().as_micros()).unwrap_or(i64::MAX)
}

fn log_error(error: &io::Error) -> LogError {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    match error.kind() {
        StorageFull | QuotaExceeded | FileTooLarge => LogError::Full,
        _ => LogError::Unavailable(error.to_string()),
    }
}
