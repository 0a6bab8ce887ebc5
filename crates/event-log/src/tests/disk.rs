//! A disk that forgets what was not made durable, tears what is being written, has no room, or
//! fails.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::{Arc, Mutex, MutexGuard},
};

use ports::{Entropy, entropy::SeededEntropy};

use crate::disk::{Disk, DiskFile};

/// What is written as a whole or not at all; small, so that small frames have many.
const PAGE_BYTES: usize = 64;

/// The disk. Clones are the same one.
#[derive(Clone)]
pub(super) struct SimDisk(Arc<Mutex<State>>);

struct State {
    names: BTreeMap<String, u64>,
    /// The names that are there after a crash, whatever else is.
    durable_names: BTreeMap<String, u64>,
    files: BTreeMap<u64, Data>,
    made: u64,
    dice: SeededEntropy,
    /// How long all files may be together.
    room: u64,
    fails: Option<Fails>,
}

/// What goes wrong with an operation, so many after this.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fails {
    pub(super) after: u64,
    /// All operations from then on, or that one.
    pub(super) for_good: bool,
    /// It is said that there is no room; otherwise that the device failed.
    pub(super) as_full: bool,
}

#[derive(Default, Clone)]
struct Data {
    /// As programs see it.
    now: Vec<u8>,
    /// As it surely is after a crash, but for what is pending.
    durable: Vec<u8>,
    pending: Vec<Change>,
}

#[derive(Clone)]
enum Change {
    Write(u64, Vec<u8>),
    Length(u64),
}

struct SimFile {
    disk: SimDisk,
    id: u64,
}

impl SimDisk {
    pub(super) fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(State {
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            files: BTreeMap::new(),
            made: 0,
            dice: SeededEntropy::new(seed),
            room: u64::MAX,
            fails: None,
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no test panics in here")
    }

    /// Has so much room for all files together.
    pub(super) fn set_room(&self, bytes: u64) {
        self.state().room = bytes;
    }

    /// The length of all files together.
    pub(super) fn used(&self) -> u64 {
        let state = self.state();
        state.names.values().map(|id| state.files[id].now.len() as u64).sum()
    }

    /// From now on something goes wrong, or no longer.
    pub(super) fn fail(&self, fails: Option<Fails>) {
        self.state().fails = fails;
    }

    /// From now on nothing works any more.
    pub(super) fn break_down(&self) {
        self.fail(Some(Fails { after: 0, for_good: true, as_full: false }));
    }

    /// The power goes: what was not durable is there in part.
    pub(super) fn crash(&self) {
        let mut state = self.state();
        let all: BTreeSet<_> =
            state.names.keys().chain(state.durable_names.keys()).cloned().collect();
        for name in all {
            let (now, durable) = (state.names.get(&name), state.durable_names.get(&name));
            let kept = if state.dice.bits() & 1 == 0 { now } else { durable };
            match kept.copied() {
                Some(id) => state.names.insert(name, id),
                None => state.names.remove(&name),
            };
        }
        state.durable_names = state.names.clone();
        let ids: Vec<_> = state.files.keys().copied().collect();
        for id in ids {
            state.settle_in_part(id);
            let data = state.files.get_mut(&id).expect("listed");
            data.now = data.durable.clone();
        }
        state.fails = None;
    }

    /// The files as they are.
    pub(super) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let state = self.state();
        state.names.iter().map(|(name, id)| (name.clone(), state.files[id].now.clone())).collect()
    }

    /// A disk with these files, all durable.
    pub(super) fn with(files: &BTreeMap<String, Vec<u8>>) -> Self {
        let disk = Self::new(1);
        let mut state = disk.state();
        for (id, (name, bytes)) in (1..).zip(files) {
            let (now, durable) = (bytes.clone(), bytes.clone());
            state.files.insert(id, Data { now, durable, pending: Vec::new() });
            state.names.insert(name.clone(), id);
            state.made = id;
        }
        state.durable_names = state.names.clone();
        drop(state);
        disk
    }
}

impl State {
    /// Counts an operation; an error where it is one that fails.
    fn operate(&mut self) -> io::Result<()> {
        let Some(fails) = &mut self.fails else { return Ok(()) };
        let Fails { for_good, as_full, .. } = *fails;
        if let Some(fewer) = fails.after.checked_sub(1) {
            fails.after = fewer;
            return Ok(());
        }
        if !for_good {
            self.fails = None;
        }
        const DEVICE: i32 = 5;
        let full = || io::ErrorKind::StorageFull.into();
        Err(if as_full { full() } else { io::Error::from_raw_os_error(DEVICE) })
    }

    fn used(&self) -> u64 {
        self.names.values().map(|id| self.files[id].now.len() as u64).sum()
    }

    fn roll(&mut self, sides: usize) -> usize {
        usize::try_from(self.dice.bits() % sides as u128).expect("below a usize")
    }

    /// What is pending reaches the disk in part: some pages, some only half.
    fn settle_in_part(&mut self, id: u64) {
        let data = self.files.get_mut(&id).expect("open");
        let (mut durable, pending) =
            (std::mem::take(&mut data.durable), std::mem::take(&mut data.pending));
        for change in pending {
            match change {
                Change::Length(bytes) if self.roll(2) == 0 => {
                    durable.resize(usize::try_from(bytes).expect("small"), 0);
                }
                Change::Length(_) => {}
                Change::Write(offset, bytes) => {
                    for (page, piece) in pages(offset, &bytes) {
                        let kept = match self.roll(8) {
                            0..4 => piece.len(),
                            4..7 => 0,
                            _ => self.roll(piece.len()),
                        };
                        put(&mut durable, page, &piece[..kept]);
                    }
                }
            }
        }
        self.files.get_mut(&id).expect("open").durable = durable;
    }
}

impl Data {
    fn change(&mut self, change: Change) {
        apply(&mut self.now, &change);
        self.pending.push(change);
    }
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Write(offset, written) => put(bytes, *offset, written),
        Change::Length(length) => bytes.resize(usize::try_from(*length).expect("small"), 0),
    }
}

fn put(bytes: &mut Vec<u8>, offset: u64, written: &[u8]) {
    let start = usize::try_from(offset).expect("small");
    if written.is_empty() {
        return;
    }
    if bytes.len() < start + written.len() {
        bytes.resize(start + written.len(), 0);
    }
    bytes[start..start + written.len()].copy_from_slice(written);
}

/// What is written, by pages of the file.
fn pages(offset: u64, bytes: &[u8]) -> Vec<(u64, Vec<u8>)> {
    let mut pages = Vec::new();
    let (mut at, mut rest) = (offset, bytes);
    while !rest.is_empty() {
        let within = usize::try_from(at).expect("small") % PAGE_BYTES;
        let (page, after) = rest.split_at((PAGE_BYTES - within).min(rest.len()));
        pages.push((at, page.to_vec()));
        at += page.len() as u64;
        rest = after;
    }
    pages
}

impl Disk for SimDisk {
    fn names(&self) -> io::Result<Vec<String>> {
        Ok(self.state().names.keys().cloned().collect())
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.state();
        state.operate()?;
        if state.names.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        state.made += 1;
        let id = state.made;
        state.files.insert(id, Data::default());
        state.names.insert(name.to_owned(), id);
        Ok(Arc::new(SimFile { disk: self.clone(), id }))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let id = *self.state().names.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(Arc::new(SimFile { disk: self.clone(), id }))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        state.operate()?;
        state.names.remove(name).map(|_| ()).ok_or(io::ErrorKind::NotFound.into())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.state();
        state.operate()?;
        state.durable_names = state.names.clone();
        Ok(())
    }

    fn place(&self, name: &str) -> String {
        name.to_owned()
    }
}

impl DiskFile for SimFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.disk.state().files[&self.id].now.len() as u64)
    }

    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        let state = self.disk.state();
        let now = &state.files[&self.id].now;
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(now.len());
        let length = bytes.len().min(now.len() - start);
        bytes[..length].copy_from_slice(&now[start..start + length]);
        Ok(length)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        let failed = state.operate();
        let length = state.files[&self.id].now.len() as u64;
        let longer = (offset + bytes.len() as u64).saturating_sub(length);
        // What lies there already needs no room.
        let missing = (state.used() + longer).saturating_sub(state.room).min(longer);
        let fits = bytes.len().saturating_sub(usize::try_from(missing).unwrap_or(bytes.len()));
        // As much as there is room for, and any part of what fails.
        let written = if failed.is_err() { state.roll(fits + 1) } else { fits };
        let data = state.files.get_mut(&self.id).expect("open");
        data.change(Change::Write(offset, bytes[..written].to_vec()));
        failed?;
        if missing > 0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        state.operate()?;
        state.files.get_mut(&self.id).expect("open").change(Change::Length(bytes));
        Ok(())
    }

    fn reserve(&self, offset: u64, bytes: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        state.operate()?;
        let end = (offset + bytes).max(state.files[&self.id].now.len() as u64);
        let longer = end - state.files[&self.id].now.len() as u64;
        if state.used() + longer > state.room {
            return Err(io::ErrorKind::StorageFull.into());
        }
        state.files.get_mut(&self.id).expect("open").change(Change::Length(end));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.state();
        if let Err(error) = state.operate() {
            // What a failed flush has not written will not be written by the next one either.
            state.settle_in_part(self.id);
            return Err(error);
        }
        let data = state.files.get_mut(&self.id).expect("open");
        for change in std::mem::take(&mut data.pending) {
            apply(&mut data.durable, &change);
        }
        Ok(())
    }
}
