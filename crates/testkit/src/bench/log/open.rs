//! A log of ten million events: how soon it is open after the machine has forgotten it, and how
//! fast it is read.

use std::{
    fs::{self, File},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use event_log::{DiskLog, Options};
use ports::{
    entropy::SeededEntropy,
    event_log::{Batch, EventLog as _, Position, Stored},
};
use rustix::fs::Advice;
use tokio::{runtime::Handle, task::block_in_place};

use super::{RECORDS, WRITERS, each_writer};
use crate::bench::table::{Met, Table};

const BATCHES: usize = 20_000;
const OPEN_MAX: Duration = Duration::from_secs(2);
const READ_BYTES: usize = 8 * 1024 * 1024;
/// How many fingerprints a new process wants to know.
const RECENT: usize = 1_000_000;

pub(super) fn ten_million(table: &mut Table, batches: &[Batch]) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path();
    let runtime = Handle::current();
    let log = open(path)?;
    each_writer(|writer| {
        let mut mine = batches.iter().cycle().skip(writer).step_by(WRITERS).take(BATCHES / WRITERS);
        mine.try_for_each(|batch| {
            runtime.block_on(log.append(batch.clone()))?;
            anyhow::Ok(())
        })
    })?;
    drop(log);
    let indexed = time_of_opening(path)?;
    for entry in fs::read_dir(path)? {
        let entry = entry?.path();
        if entry.extension().is_some_and(|end| end == "index") {
            fs::remove_file(entry)?;
        }
    }
    let bare = time_of_opening(path)?;
    table.row(
        "event log of 10 million events opened, not in the page cache",
        format!("{:.0} ms", indexed.as_secs_f64() * 1e3),
        format!("at most 2 s; its indexes gone {:.0} ms", bare.as_secs_f64() * 1e3),
        Met::when(indexed <= OPEN_MAX && bare <= OPEN_MAX),
    );
    reading(table, path)
}

fn open(path: &Path) -> anyhow::Result<DiskLog> {
    Ok(DiskLog::open(path, Options::default(), Arc::new(SeededEntropy::new(1)))?)
}

fn time_of_opening(path: &Path) -> anyhow::Result<Duration> {
    forget(path)?;
    let start = Instant::now();
    let log = open(path)?;
    let time = start.elapsed();
    drop(log);
    Ok(time)
}

/// Has the system let go of what it holds of the files.
fn forget(path: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(path)? {
        let file = File::open(entry?.path())?;
        file.sync_all()?;
        rustix::fs::fadvise(&file, 0, None, Advice::DontNeed)?;
    }
    Ok(())
}

fn reading(table: &mut Table, path: &Path) -> anyhow::Result<()> {
    let log = open(path)?;
    let start = Instant::now();
    let recent = block_in_place(|| Handle::current().block_on(log.recent(RECENT)))?;
    let names = start.elapsed();
    anyhow::ensure!(recent.len() == RECENT, "only {} names", recent.len());
    let start = Instant::now();
    let (mut from, mut events) = (Position(0), 0);
    loop {
        let found = block_in_place(|| Handle::current().block_on(log.read(from, READ_BYTES)))?;
        let Some(next) = found.last().map(Stored::next) else { break };
        from = next;
        events += found
            .iter()
            .filter_map(|it| it.batch.as_ref().ok())
            .map(|it| it.records.len())
            .sum::<usize>();
    }
    let seconds = start.elapsed().as_secs_f64();
    anyhow::ensure!(events == BATCHES * RECORDS, "only {events} events");
    table.row(
        "all of them read and decompressed by one thread",
        format!("{:.2} M events/s", events as f64 / seconds / 1e6),
        format!("a million fingerprints of the newest in {:.0} ms", names.as_secs_f64() * 1e3),
        Met::Unknown,
    );
    Ok(())
}
