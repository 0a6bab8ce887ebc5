//! `countersign ingest`: sends files of audit events to a running server, and goes on where it was
//! when it is started again. What is sent twice is known to the server.

mod files;
mod progress;
mod send;

use std::{
    io::{self, IsTerminal as _, Write as _},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use serde_json::json;

use crate::{
    cli::ingest::IngestArgs,
    ending::{Ended, Ending},
    terminal::harmless,
};
use files::{Batch, Records};
use progress::Progress;
use send::{Receipt, Sender};

/// How many refused records are told one by one.
const TOLD_MAX: u64 = 10;
/// How often the progress is told on a terminal.
const TELL_EVERY: Duration = Duration::from_millis(200);

/// What came of all files.
#[derive(Debug, Default)]
struct Summary {
    files: u64,
    skipped: u64,
    sent: u64,
    duplicates: u64,
    rejected: u64,
}

/// Sends all files.
pub(super) async fn run(args: &IngestArgs) -> Ended {
    let files = files::all(&args.files)?;
    let mut progress = match args.anew {
        true => Progress::empty(&args.progress),
        false => Progress::read(&args.progress)?,
    };
    let sender = Sender::new(&args.url, &args.source, &args.token)?;
    let mut teller = Teller::new();
    let mut summary = Summary::default();
    for file in &files {
        let key = progress.key(&args.source, file)?;
        let before = progress.sent(&key);
        let mut records = Records::open(file)?;
        let name = file.display().to_string();
        let skipped = records.skip(before).with_context(|| name.clone())?;
        summary.skipped += skipped;
        let mut place = skipped;
        while let Some(batch) = records.next().with_context(|| name.clone())? {
            let receipt = sender.send(&batch).await.with_context(|| name.clone())?;
            summary.count(&batch, &receipt);
            tell_rejected(&name, place, &receipt, &summary);
            place += batch.count;
            progress.note(&key, place)?;
            teller.tell(&name, &summary);
        }
        summary.files += 1;
    }
    teller.end(&summary);
    print(args, &summary, teller.began)?;
    Ok(if summary.rejected > 0 { Ending::Finding } else { Ending::Done })
}

impl Summary {
    fn count(&mut self, batch: &Batch, receipt: &Receipt) {
        self.sent += batch.count;
        self.duplicates += receipt.duplicates;
        self.rejected += receipt.rejected.len() as u64;
    }
}

fn tell_rejected(file: &str, before: u64, receipt: &Receipt, summary: &Summary) {
    let untold = TOLD_MAX.saturating_sub(summary.rejected - receipt.rejected.len() as u64);
    for (index, problem) in receipt.rejected.iter().take(usize::try_from(untold).unwrap_or(0)) {
        eprintln!("{file}: record {}: {}", before + index + 1, harmless(problem));
    }
}

fn print(args: &IngestArgs, summary: &Summary, began: Instant) -> anyhow::Result<()> {
    let Summary { files, skipped, sent, duplicates, rejected } = *summary;
    let seconds = began.elapsed().as_secs_f64();
    let taken = sent - rejected;
    let mut out = io::stdout().lock();
    if args.json {
        let told = json!({ "files": files, "records": sent, "accepted": taken,
                           "duplicates": duplicates, "rejected": rejected,
                           "sent_before": skipped, "seconds": seconds });
        writeln!(out, "{told}")?;
        return Ok(());
    }
    writeln!(
        out,
        "{sent} records of {files} files in {seconds:.1} s: {taken} taken, {duplicates} of them \
         known already, {rejected} refused; {skipped} were sent before"
    )?;
    Ok(())
}

/// Tells how far it is, on a terminal.
struct Teller {
    began: Instant,
    last: Option<Instant>,
    is_terminal: bool,
}

impl Teller {
    fn new() -> Self {
        Self { began: Instant::now(), last: None, is_terminal: io::stderr().is_terminal() }
    }

    fn tell(&mut self, file: &str, summary: &Summary) {
        let is_due = self.last.is_none_or(|last| last.elapsed() >= TELL_EVERY);
        if self.is_terminal && is_due {
            let seconds = self.began.elapsed().as_secs_f64().max(0.001);
            let rate = summary.sent as f64 / seconds;
            eprint!("\r\x1b[2K{}: {} records, {rate:.0} a second", harmless(file), summary.sent);
            self.last = Some(Instant::now());
        }
    }

    fn end(&self, _summary: &Summary) {
        if self.is_terminal && self.last.is_some() {
            eprint!("\r\x1b[2K");
        }
    }
}
