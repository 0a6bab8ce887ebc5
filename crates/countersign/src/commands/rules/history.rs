//! Stored history, read as detection reads it: batch by batch, through the sources' maps, with what
//! is known of addresses and people.
//!
//! Where a configuration is there, its sources, tables and directory are used. Without one every
//! kind of source is known by its name, nothing is known of addresses, and an account with an
//! e-mail address stands for a person.

mod known;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::mpsc::{SyncSender, sync_channel},
    thread,
};

use anyhow::Context as _;
use detect::{
    calibrate::Who,
    engine::{self, At, Engine, Purpose, Setup, Thresholds},
};
use event::Event;
use event_log::DiskLog;
use model::{PersonId, Timestamp};
use ports::event_log::{EventLog, Position, Stored, StoredBatch};
use runtime::detection::read_record;

use super::folder::Folder;
use crate::{cli::rules::HistoryArgs, system};
use known::Known;

/// The calibrated thresholds in the content folder.
pub(super) const CALIBRATED: &str = "calibrated.yml";
const CALIBRATED_BYTES_MAX: u64 = 1_024 * 1_024;
/// How much of the log is read at once.
const READ_BYTES: usize = 8 * 1_024 * 1_024;
/// How many batches wait between reading and detection.
const WAITING_MAX: usize = 64;

/// An event log, and what is known of what is in it.
pub(super) struct History {
    log: DiskLog,
    known: Known,
    /// From when on is counted; what comes before is only learned from.
    since: Option<Timestamp>,
}

/// What was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// Records.
    pub(super) records: u64,
    /// Records that no map of ours could read.
    pub(super) refused: u64,
    /// Batches of sources that are not known here, by the sources' names.
    pub(super) strange: BTreeMap<String, u64>,
    /// Places where the log is damaged.
    pub(super) damaged: Vec<String>,
    /// Everybody who was seen, by name.
    pub(super) names: BTreeMap<PersonId, String>,
}

/// A batch as detection takes it.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) events: Vec<Event>,
    pub(super) at: At,
    /// Whether it is within what is to be counted.
    pub(super) is_counted: bool,
}

impl History {
    /// Opens a log to read it.
    pub(super) fn open(config: &Path, args: &HistoryArgs) -> anyhow::Result<Self> {
        let log = DiskLog::open_read_only(&args.log)
            .with_context(|| format!("{} cannot be read", args.log.display()))?;
        let known = Known::of(config)?;
        let end = system::runtime()?.block_on(end(&log))?;
        let since = args.since.and_then(|span| Some(span.before(end?)));
        Ok(Self { log, known, since })
    }

    /// An engine that knows nothing yet, for rules of a folder.
    pub(super) fn engine(
        &self,
        folder: &Folder,
        thresholds: &Thresholds,
        purpose: Purpose,
    ) -> Engine {
        let (rules, sources) = (&folder.rules, &folder.logs);
        let mut engine = Engine::new(&Setup { rules, sources, thresholds, purpose });
        engine.set_zones(self.known.zones());
        engine
    }

    /// Reads all of it, in order: on a thread of its own, while what was read is looked at.
    pub(super) fn read(&self, mut each: impl FnMut(Read)) -> anyhow::Result<Told> {
        let (send, receive) = sync_channel(WAITING_MAX);
        let runtime = system::runtime()?;
        thread::scope(|scope| {
            let reader = scope.spawn(move || runtime.block_on(self.read_into(&send)));
            receive.iter().for_each(&mut each);
            reader.join().map_err(|_| anyhow::anyhow!("reading the log panicked"))?
        })
    }

    async fn read_into(&self, send: &SyncSender<Read>) -> anyhow::Result<Told> {
        let mut told = Told::default();
        let bounds = self.log.bounds().await?;
        let mut at = bounds.first;
        while at < bounds.next {
            let found = self.log.read(at, READ_BYTES).await?;
            let Some(last) = found.last() else { break };
            at = last.next();
            for stored in found {
                let Some(read) = self.batch(stored, &mut told) else { continue };
                // Whoever looked at it has failed, and says so.
                if send.send(read).is_err() {
                    return Ok(told);
                }
            }
        }
        Ok(told)
    }

    fn batch(&self, stored: Stored, told: &mut Told) -> Option<Read> {
        let position = stored.position;
        let batch = match stored.batch {
            Ok(batch) => batch,
            Err(damage) => {
                told.damaged.push(format!("{}: {}", damage.place, damage.cause));
                return None;
            }
        };
        let Some(map) = self.known.map(&batch.source) else {
            *told.strange.entry(batch.source.to_string()).or_default() += 1;
            return None;
        };
        told.records += batch.records.len() as u64;
        let mut events = Vec::with_capacity(batch.records.len());
        for record in &batch.records {
            let (source, at) = (&*batch.source, batch.received_at);
            let read = read_record(source, map, record, at, &mut |event| {
                self.known.complete(event);
                if let Some(person) = event.actor.person {
                    told.names.entry(person).or_insert_with(|| self.known.name(person, event));
                }
            });
            match read {
                Ok((read, _)) => events.extend(read),
                Err(_) => told.refused += 1,
            }
        }
        let is_counted = self.since.is_none_or(|since| batch.received_at >= since);
        let at = At { position: position.0, received_at: batch.received_at };
        Some(Read { events, at, is_counted })
    }
}

/// When the newest batch arrived.
async fn end(log: &DiskLog) -> anyhow::Result<Option<Timestamp>> {
    let bounds = log.bounds().await?;
    let Some(last) = bounds.next.0.checked_sub(1).filter(|last| *last >= bounds.first.0) else {
        return Ok(None);
    };
    let found = log.read(Position(last), 1).await?;
    let batch = found.into_iter().find_map(|stored| stored.batch.ok());
    Ok(batch.map(|batch: StoredBatch| batch.received_at))
}

/// The thresholds of a content folder, as they are in force, and what of them is not used.
pub(super) fn thresholds(folder: &Folder) -> anyhow::Result<(Thresholds, Vec<String>)> {
    let (thresholds, notes) = engine::thresholds(&folder.rules, &calibrated(folder)?);
    let notes = notes.iter().map(detect::calibrate::report::note_text).collect();
    Ok((thresholds, notes))
}

/// The calibrated thresholds of a content folder; none where there is no such file.
pub(super) fn calibrated(folder: &Folder) -> anyhow::Result<detect::calibrate::Calibrated> {
    let path = folder.root.join(CALIBRATED);
    match crate::wire::files::text(&path, CALIBRATED_BYTES_MAX) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Default::default()),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
        Ok(text) => detect::calibrate::Calibrated::read(&path.display().to_string(), &text)
            .map_err(crate::ending::Misuse::of),
    }
}

impl Told {
    /// How somebody is called.
    pub(super) fn name(&self, person: PersonId) -> String {
        self.names.get(&person).cloned().unwrap_or_else(|| person.to_string())
    }

    /// How somebody is called of whom only a digest is known: a person, or what is nobody's.
    pub(super) fn who(&self, who: Who) -> String {
        let person = PersonId::from_digest(who.0);
        let known = self.names.get(&person).cloned();
        known.unwrap_or_else(|| format!("somebody or something else ({:04x})", who.0 & 0xffff))
    }

    /// What could not be read, a line each.
    pub(super) fn warnings(&self) -> Vec<String> {
        let damaged = self.damaged.iter().map(|place| format!("damaged, left out: {place}"));
        let strange = self.strange.iter().map(|(source, batches)| {
            format!("{batches} batches of the source {source}, which is not known here, left out")
        });
        let refused = (self.refused > 0)
            .then(|| format!("{} records could not be read, left out", self.refused));
        damaged.chain(strange).chain(refused).collect()
    }
}
