//! The event log beside other ways to keep events: a batch of 500 records of 1.5 kB, compressed,
//! acknowledged when it is durable.
//!
//! The runs of the designs are interleaved, each over a folder of its own on the same disk.

mod designs;
mod open;
mod records;
mod row;

use std::{
    thread,
    time::{Duration, Instant},
};

use designs::{Design, Kind};
use ports::event_log::Batch;
use records::{RECORDS, batches};

use super::{
    RUNS, disk,
    table::{Met, Table, median, quantile},
};

/// Who appends at the same time.
const WRITERS: usize = 16;
/// Batches of one closed loop: a million events.
const CLOSED_BATCHES: usize = 2_000;
/// The pace of the open loop, in batches: 100,000 events a second.
const PACED_BATCHES_PER_SECOND: u32 = 200;
const PACED_BATCHES: usize = 1_000;
/// The most bytes that an event may take on the disk.
const EVENT_BYTES_MAX: f64 = 300.0;

/// What one design did, the median of its runs.
#[derive(Debug, Default)]
struct Outcome {
    events_per_second: Vec<f64>,
    /// Milliseconds from the intended instant: the middle, the 99th of a hundred, the 999th of a
    /// thousand.
    delays_ms: [Vec<f64>; 3],
    event_bytes: Vec<f64>,
    /// Bytes written for each that is stored.
    amplification: Vec<f64>,
}

/// Compares the designs, and opens a log of ten million events.
pub(super) fn beside_others(table: &mut Table) -> anyhow::Result<()> {
    let batches = batches();
    let mut outcomes = Kind::ALL.map(|_| Outcome::default());
    for _ in 0..RUNS {
        for (kind, outcome) in Kind::ALL.into_iter().zip(&mut outcomes) {
            closed_loop(kind, &batches, outcome)?;
            paced(kind, &batches, outcome)?;
        }
    }
    let disk = disk::fdatasync(tempfile::tempdir()?.path())?;
    rows(table, outcomes.map(Outcome::medians), disk);
    open::ten_million(table, &batches)
}

/// Everybody appends as fast as it is acknowledged.
fn closed_loop(kind: Kind, batches: &[Batch], outcome: &mut Outcome) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let design = Design::open(kind, folder.path())?;
    let written = written_bytes()?;
    let start = Instant::now();
    each_writer(|writer| {
        let mine = batches.iter().cycle().skip(writer).step_by(WRITERS);
        mine.take(CLOSED_BATCHES / WRITERS).try_for_each(|batch| design.append(batch.clone()))
    })?;
    let seconds = start.elapsed().as_secs_f64();
    let written = written_bytes()? - written;
    let (events, stored) = ((CLOSED_BATCHES * RECORDS) as f64, design.close()? as f64);
    outcome.events_per_second.push(events / seconds);
    outcome.event_bytes.push(stored / events);
    outcome.amplification.push(written as f64 / stored);
    Ok(())
}

/// Each batch is appended when it is due, whether or not earlier ones were acknowledged.
fn paced(kind: Kind, batches: &[Batch], outcome: &mut Outcome) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let design = Design::open(kind, folder.path())?;
    let start = Instant::now() + Duration::from_millis(50);
    let gap = Duration::from_secs(1) / PACED_BATCHES_PER_SECOND;
    let delays = each_writer(|writer| {
        let mut delays = Vec::new();
        for number in (writer..PACED_BATCHES).step_by(WRITERS) {
            let due = start + gap * u32::try_from(number)?;
            thread::sleep(due.saturating_duration_since(Instant::now()));
            design.append(batches[number % batches.len()].clone())?;
            delays.push(due.elapsed().as_secs_f64() * 1e3);
        }
        Ok(delays)
    })?;
    design.close()?;
    let mut delays = delays.concat();
    for (permille, found) in [500, 990, 999].into_iter().zip(&mut outcome.delays_ms) {
        found.push(quantile(&mut delays, permille));
    }
    Ok(())
}

fn each_writer<T: Send>(
    work: impl Fn(usize) -> anyhow::Result<T> + Sync,
) -> anyhow::Result<Vec<T>> {
    thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> =
            (0..WRITERS).map(|writer| scope.spawn(move || work(writer))).collect();
        let ended = |_| anyhow::anyhow!("a writer panicked");
        threads.into_iter().map(|thread| thread.join().map_err(ended)?).collect()
    })
}

/// Bytes that this process has had written.
fn written_bytes() -> anyhow::Result<u64> {
    let text = std::fs::read_to_string("/proc/self/io")?;
    let line = text.lines().find_map(|line| line.strip_prefix("write_bytes: "));
    Ok(line.unwrap_or_default().parse()?)
}

impl Outcome {
    fn medians(self) -> Medians {
        let [p50, p99, p999] = self.delays_ms.map(median);
        Medians {
            events_per_second: median(self.events_per_second),
            p50,
            p99,
            p999,
            event_bytes: median(self.event_bytes),
            amplification: median(self.amplification),
        }
    }
}

struct Medians {
    events_per_second: f64,
    p50: f64,
    p99: f64,
    p999: f64,
    event_bytes: f64,
    amplification: f64,
}

/// `disk`: the milliseconds of one flush, the middle and the 99th of a hundred.
fn rows(table: &mut Table, [own, plain, row]: [Medians; 3], disk: (f64, f64)) {
    let beside = |of: fn(&Medians) -> String| {
        format!("no room taken ahead {}; a row of SQLite a batch {}", of(&plain), of(&row))
    };
    let rate = |it: &Medians| format!("{:.2} M/s", it.events_per_second / 1e6);
    table.row(
        "event log, events durable, 16 writers in a closed loop",
        rate(&own),
        beside(rate),
        Met::when(own.events_per_second >= row.events_per_second),
    );
    let delays = |it: &Medians| format!("{:.2} / {:.2} / {:.2} ms", it.p50, it.p99, it.p999);
    table.row(
        "intended append → durable at 100,000 events/s, p50 / p99 / p99.9",
        delays(&own),
        format!("fdatasync p50 {:.2}, p99 {:.2} ms; {}", disk.0, disk.1, beside(delays)),
        Met::when(own.p99 <= row.p99),
    );
    let bytes = |it: &Medians| format!("{:.0} B", it.event_bytes);
    table.row(
        "stored for an event of 1.5 kB",
        bytes(&own),
        format!("at most {EVENT_BYTES_MAX} B; {}", beside(bytes)),
        Met::when(own.event_bytes <= EVENT_BYTES_MAX),
    );
    let times = |it: &Medians| format!("{:.2}×", it.amplification);
    table.row(
        "bytes written for each that is stored",
        times(&own),
        beside(times),
        Met::when(own.amplification <= row.amplification),
    );
}
