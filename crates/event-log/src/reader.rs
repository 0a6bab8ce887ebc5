//! Reading: block by block, whatever thread it is on.

use std::{
    io,
    sync::{Arc, PoisonError, RwLock},
};

use ports::event_log::{Damage, Fingerprint, LogError, Position, Stored};

use crate::{
    disk::{Disk, DiskFile},
    frame::{
        HEAD_BYTES, Head,
        body::{Opener, fingerprints},
    },
    segment::{Name, Piece, Segment},
    shelf::{Place, Shelf},
    walk::{Bytes as _, Loaded, Peeked, Step, Walk},
};

/// All of time, in microseconds.
pub(crate) const ALWAYS: (i64, i64) = (i64::MIN, i64::MAX);
/// After so many bytes of which nothing was wanted a read comes back empty-handed, so that others
/// get their turn.
const PASSED_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// What one damaged place counts as in that.
const DAMAGE_BYTES: u64 = 64 * 1024;

/// Reads a log; each thread has its own.
pub(crate) struct Reader {
    disk: Arc<dyn Disk>,
    shelf: Arc<RwLock<Shelf>>,
    /// Whether another process may drop segments.
    is_beside_writer: bool,
    opener: Opener,
    /// The last file that was read.
    file: Option<(Name, Arc<dyn DiskFile>)>,
}

/// What a read has come to.
struct Haul {
    found: Vec<Stored>,
    next: u64,
    bytes_left: usize,
    passed_bytes: u64,
    is_done: bool,
}

impl Reader {
    pub(crate) fn new(
        disk: Arc<dyn Disk>,
        shelf: Arc<RwLock<Shelf>>,
        is_beside_writer: bool,
    ) -> io::Result<Self> {
        Ok(Self { disk, shelf, is_beside_writer, opener: Opener::new()?, file: None })
    }

    /// Batches at and after a position that may hold an event of this time: as many as fit, at
    /// least one if there is one. Where to go on.
    pub(crate) fn read(
        &mut self,
        from: u64,
        times: (i64, i64),
        bytes: usize,
    ) -> Result<(Vec<Stored>, Position), LogError> {
        let (found, passed_bytes) = (Vec::new(), 0);
        let mut haul = Haul { found, next: from, bytes_left: bytes, passed_bytes, is_done: false };
        while !haul.is_done && haul.passed_bytes < PASSED_BYTES_MAX {
            let place = self.look(|shelf| shelf.find(haul.next, times));
            match place {
                Place::Piece(piece) => self.read_piece(&piece, times, &mut haul)?,
                Place::Gap { from, until, after } => {
                    let place = self.disk.place(&after.file());
                    let place = format!("behind the end of {place}");
                    haul.push_damage(from, until, place, "the segments that held them are gone");
                }
                Place::End => {
                    haul.next = haul.next.max(self.look(|shelf| shelf.next));
                    haul.is_done = true;
                }
            }
        }
        self.file = None;
        Ok((haul.found, Position(haul.next)))
    }

    fn read_piece(
        &mut self,
        piece: &Piece,
        times: (i64, i64),
        haul: &mut Haul,
    ) -> Result<(), LogError> {
        let mut loaded = match self.load(piece) {
            Ok(loaded) => loaded,
            Err(error) => return self.pass_over(piece, &error, haul),
        };
        let mut walk =
            Walk::new(piece.segment.salt, piece.offsets.clone(), piece.positions.clone());
        while let Some(step) = walk.step(&mut loaded).map_err(unavailable)? {
            match step {
                Step::Frame(head) if head.position < haul.next => {}
                Step::Frame(head) if !overlaps(&head, times) => {
                    haul.pass(head.position + 1, head.frame_bytes());
                }
                Step::Frame(head) => self.take_frame(piece, &head, &loaded, haul),
                Step::Damage { offset, until_position, .. } => {
                    self.take_damage(piece, offset, until_position, haul);
                }
            }
            if haul.is_done {
                return Ok(());
            }
        }
        self.take_damage(piece, walk.offset, piece.positions.end, haul);
        Ok(())
    }

    fn take_frame(&mut self, piece: &Piece, head: &Head, loaded: &Loaded, haul: &mut Haul) {
        let frame = loaded.frame(head).unwrap_or_default();
        // Counted as in the records: without their lengths.
        let bytes = (head.raw_bytes as usize).saturating_sub(4 * head.records as usize);
        if !haul.has_room(bytes) {
            haul.is_done = true;
            return;
        }
        match self.opener.batch(head, frame) {
            Ok(batch) => {
                let position = Position(head.position);
                haul.found.push(Stored { position, batch: Ok(batch) });
                haul.next = head.position + 1;
            }
            Err(cause) => {
                let place = self.place(piece.segment, head.offset);
                haul.push_damage(head.position, head.position + 1, place, cause);
            }
        }
    }

    fn take_damage(&self, piece: &Piece, offset: u64, until: u64, haul: &mut Haul) {
        let place = self.place(piece.segment, offset);
        let cause = "there is no head of a batch where one must be";
        haul.push_damage(haul.next.max(piece.positions.start), until, place, cause);
    }

    /// A block that cannot be read: named, so that nobody waits for it for ever.
    fn pass_over(&self, piece: &Piece, error: &io::Error, haul: &mut Haul) -> Result<(), LogError> {
        let is_gone = error.kind() == io::ErrorKind::NotFound;
        let is_dropped = self.look(|shelf| shelf.find(piece.positions.start, ALWAYS))
            != Place::Piece(piece.clone());
        if is_gone && (is_dropped || self.is_beside_writer) {
            haul.next = haul.next.max(piece.positions.end);
            return Ok(());
        }
        let is_of_the_disk = error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error());
        if !is_gone && !is_of_the_disk {
            return Err(LogError::Unavailable(error.to_string()));
        }
        let place = self.place(piece.segment, piece.offsets.start);
        let from = haul.next.max(piece.positions.start);
        haul.push_damage(from, piece.positions.end, place, &error.to_string());
        Ok(())
    }

    fn load(&mut self, piece: &Piece) -> io::Result<Loaded> {
        let file = self.open(piece.segment)?;
        let length = piece.offsets.end.saturating_sub(piece.offsets.start);
        let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        let read = file.read_at(&mut bytes, piece.offsets.start)?;
        bytes.truncate(read);
        Ok(Loaded { start: piece.offsets.start, bytes })
    }

    fn open(&mut self, name: Name) -> io::Result<Arc<dyn DiskFile>> {
        if let Some((_, file)) = self.file.as_ref().filter(|(open, _)| *open == name) {
            return Ok(Arc::clone(file));
        }
        let file = self.disk.open(&name.file())?;
        self.file = Some((name, Arc::clone(&file)));
        Ok(file)
    }

    /// The fingerprints of the newest records, newest batch first. What is damaged is passed over.
    pub(crate) fn recent(&mut self, limit: usize) -> Result<Vec<Fingerprint>, LogError> {
        let (mut found, mut before) = (Vec::new(), u64::MAX);
        while found.len() < limit {
            let is_next = |segment: &&Segment| segment.name.serial < before;
            let next = self.look(|shelf| shelf.segments.iter().rev().find(is_next).cloned());
            let Some(segment) = next else { break };
            self.recent_in(&segment, limit, &mut found).map_err(unavailable)?;
            before = segment.name.serial;
        }
        found.truncate(limit);
        self.file = None;
        Ok(found)
    }

    fn recent_in(
        &mut self,
        segment: &Segment,
        limit: usize,
        found: &mut Vec<Fingerprint>,
    ) -> io::Result<()> {
        let file = match self.open(segment.name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            other => other?,
        };
        let mut bytes = Peeked::new(&*file);
        for index in (0..segment.blocks.len()).rev() {
            let Some(piece) = segment.piece_at(index) else { continue };
            let mut walk = Walk::new(segment.name.salt, piece.offsets, piece.positions);
            let mut heads = Vec::new();
            while let Some(step) = walk.step(&mut bytes)? {
                heads.extend(if let Step::Frame(head) = step { Some(head) } else { None });
            }
            for head in heads.into_iter().rev() {
                if found.len() >= limit {
                    return Ok(());
                }
                let mut names = vec![0; usize::try_from(head.names_bytes()).unwrap_or(0)];
                let read = bytes.fill(&mut names, head.offset + HEAD_BYTES as u64)?;
                found.extend(fingerprints(&head, &names[..read]).unwrap_or_default());
            }
        }
        Ok(())
    }

    fn look<T>(&self, look: impl FnOnce(&Shelf) -> T) -> T {
        look(&self.shelf.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn place(&self, name: Name, offset: u64) -> String {
        format!("{} at byte {offset}", self.disk.place(&name.file()))
    }
}

impl Haul {
    fn has_room(&mut self, bytes: usize) -> bool {
        let left = self.bytes_left.checked_sub(bytes).or(self.found.is_empty().then_some(0));
        self.bytes_left = left.unwrap_or(self.bytes_left);
        left.is_some()
    }

    fn pass(&mut self, next: u64, bytes: u64) {
        self.next = next;
        self.passed_bytes += bytes;
    }

    fn push_damage(&mut self, from: u64, until: u64, place: String, cause: &str) {
        if until <= from {
            return;
        }
        tracing::error!(place, from, until, cause, "batches of the event log cannot be read");
        let (cause, until) = (cause.to_owned(), Position(until));
        let damage = Damage { until, place, cause };
        self.found.push(Stored { position: Position(from), batch: Err(damage) });
        self.next = until.0;
        self.passed_bytes += DAMAGE_BYTES;
    }
}

fn overlaps(head: &Head, (since, until): (i64, i64)) -> bool {
    head.times.0 <= until && since <= head.times.1
}

fn unavailable(error: io::Error) -> LogError {
    LogError::Unavailable(error.to_string())
}
