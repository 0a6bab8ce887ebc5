//! `countersign rules backtest` over a log of the made-up company, with the shipped rules: how fast
//! it is, and what an event takes on the disk.

use std::{path::Path, process::Command, sync::Arc, time::Instant};

use anyhow::{Context as _, ensure};
use demo::life::{Life, Plan, Record as Told};
use event_log::{DiskLog, Options};
use ports::{
    entropy::SeededEntropy,
    event_log::{Batch, EventLog, Record},
};

use super::{
    program,
    table::{Met, Table},
};

/// Events, unless told otherwise.
const EVENTS: usize = 10_000_000;
/// Records of a batch.
const BATCH: usize = 500;
/// The most bytes that an event may take on the disk.
const EVENT_BYTES_MAX: f64 = 300.0;
/// What the server takes live, in events a second: as fast as history is to be read.
const RATE_MIN: f64 = 95_000.0;
/// The folder of what ships.
const CONTENT: &str = "content";

/// Fills a log and runs the shipped rules over it.
pub(super) async fn of_history(table: &mut Table, events: Option<usize>) -> anyhow::Result<()> {
    let events = events.unwrap_or(EVENTS);
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("log");
    let mut life = Life::new(Plan { days: 400, ..Plan::default() });
    let bytes = filled(&path, &mut life, events).await?;
    table.row(
        format!("stored for each of {events} mixed events, from six vendors"),
        format!("{:.0} B", bytes as f64 / events as f64),
        format!("at most {EVENT_BYTES_MAX} B"),
        Met::when(bytes as f64 / events as f64 <= EVENT_BYTES_MAX),
    );
    let begun = Instant::now();
    let mut command = Command::new(program("countersign")?);
    command.args(["--config", "none.toml", "rules", "backtest", "--content", CONTENT, "--json"]);
    let output = command.arg("--log").arg(&path).output().context("the program does not start")?;
    let seconds = begun.elapsed().as_secs_f64();
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let counted = told["events"].as_f64().unwrap_or_default();
    ensure!(counted as usize >= events, "{counted} of {events} events");
    let (rate, alerts) = (counted / seconds, &told["alerts"]);
    table.row(
        format!("backtest of {events} events with the shipped rules, start included"),
        format!("{rate:.0} events/s ({alerts} alerts)"),
        format!("at least the live rate, {RATE_MIN} events/s"),
        Met::when(rate >= RATE_MIN),
    );
    Ok(())
}

/// Fills a log with the next events of a life; returns the bytes that it takes.
pub(super) async fn filled(path: &Path, life: &mut Life, events: usize) -> anyhow::Result<u64> {
    let log = DiskLog::open(path, Options::default(), Arc::new(SeededEntropy::new(1)))?;
    let mut life = life.take(events);
    let mut number = 0_u128;
    loop {
        let told: Vec<Told> = life.by_ref().take(BATCH).collect();
        let Some((first, last)) = told.first().zip(told.last()) else { break };
        // A batch is of one source: those of one stretch of time follow each other.
        let times = (first.at, last.at);
        let mut sources: Vec<&'static str> = told.iter().map(|record| record.source).collect();
        sources.sort_unstable();
        sources.dedup();
        for source in sources {
            let of = told.iter().filter(|record| record.source == source);
            let records = of
                .map(|record| {
                    number += 1;
                    Record { uid: event::Uid(number), bytes: record.body.clone().into() }
                })
                .collect();
            log.append(Batch { source: source.into(), received_at: times.1, times, records })
                .await?;
        }
    }
    Ok(log.bounds().await?.bytes)
}
