//! The command: many seeds on all processors, and the first that fails.

use std::{
    collections::BTreeMap,
    process::ExitCode,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Instant,
};

use anyhow::{Context as _, bail};

use super::world::{self, Failure};

/// Seeds when nothing is said.
const SEEDS: u64 = 2_000;

struct Wanted {
    seeds: u64,
    from: u64,
    shows_trace: bool,
}

/// Runs what the arguments say: `--seeds N`, `--from S`, `--trace`.
///
/// # Errors
///
/// When the arguments cannot be read.
pub fn main(arguments: impl Iterator<Item = String>) -> anyhow::Result<ExitCode> {
    let wanted = read(arguments)?;
    // A panic is told with its seed; its backtrace is of no use without.
    std::panic::set_hook(Box::new(|_| {}));
    if wanted.shows_trace {
        return Ok(show(wanted.from));
    }
    let began = Instant::now();
    match walk(&wanted) {
        Ok(ends) => {
            let all: Vec<_> = ends.iter().map(|(word, count)| format!("{count} {word}")).collect();
            let seconds = began.elapsed().as_secs_f64();
            println!("{} seeds from {} in {seconds:.1} s", wanted.seeds, wanted.from);
            println!("cases: {}", all.join(", "));
            Ok(ExitCode::SUCCESS)
        }
        Err(failure) => {
            println!("{failure}");
            Ok(ExitCode::FAILURE)
        }
    }
}

fn show(seed: u64) -> ExitCode {
    match world::run(seed) {
        Ok(outcome) => {
            println!("{}", outcome.trace);
            ExitCode::SUCCESS
        }
        Err(failure) => {
            println!("{}\n{}", failure.trace, failure.what);
            ExitCode::FAILURE
        }
    }
}

fn read(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<Wanted> {
    let mut wanted = Wanted { seeds: SEEDS, from: 0, shows_trace: false };
    while let Some(argument) = arguments.next() {
        if argument == "--trace" {
            wanted.shows_trace = true;
            continue;
        }
        let number = match argument.as_str() {
            "--seeds" => &mut wanted.seeds,
            "--from" => &mut wanted.from,
            other => bail!("unknown argument {other}: there are --seeds, --from and --trace"),
        };
        let value = arguments.next().with_context(|| format!("{argument} needs a number"))?;
        *number = value.parse().with_context(|| format!("{argument} needs a number"))?;
    }
    Ok(wanted)
}

/// Runs the seeds; of those that fail the lowest that was reached is told.
fn walk(wanted: &Wanted) -> Result<BTreeMap<&'static str, u64>, Box<Failure>> {
    let next = AtomicU64::new(wanted.from);
    let end = wanted.from.saturating_add(wanted.seeds);
    let has_failed = AtomicBool::new(false);
    let ends = Mutex::new(BTreeMap::new());
    let failures = Mutex::new(Vec::new());
    let work = || {
        while !has_failed.load(Ordering::Relaxed) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end {
                return;
            }
            match world::run(seed) {
                Ok(outcome) => {
                    let mut ends = ends.lock().unwrap_or_else(PoisonError::into_inner);
                    for (word, count) in outcome.ends {
                        *ends.entry(word).or_default() += count;
                    }
                }
                Err(failure) => {
                    has_failed.store(true, Ordering::Relaxed);
                    failures.lock().unwrap_or_else(PoisonError::into_inner).push(failure);
                }
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    let failures = failures.into_inner().unwrap_or_else(PoisonError::into_inner);
    match failures.into_iter().min_by_key(|failure| failure.seed) {
        Some(failure) => Err(failure),
        None => Ok(ends.into_inner().unwrap_or_else(PoisonError::into_inner)),
    }
}
