//! The benchmark: a real server process, sinks that only count, and peers where they can run here.
//!
//! Every figure stands beside its peer or limit, measured in the same run on the same machine,
//! and is the median of interleaved runs where a single one says little. It asserts nothing: a
//! target that is missed is printed as missed.

mod alertmanager;
mod backtest;
mod burst;
mod detect;
mod disk;
mod entities;
mod idle;
mod load;
mod log;
mod server;
mod sink;
mod states;
mod steady;
mod stories;
mod table;

use std::path::PathBuf;

use anyhow::Context as _;

use server::Plan;
use table::Table;

/// How often the interleaved measurements are made; the median is shown.
const RUNS: usize = 3;

/// Runs all, or those named on the command line, and prints the table as Markdown.
pub fn main() -> anyhow::Result<()> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let table = runtime.block_on(measure(&wanted))?;
    println!("{}", table.markdown());
    Ok(())
}

async fn measure(wanted: &[String]) -> anyhow::Result<Table> {
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|each| each == name);
    let mut table = Table::default();
    if is_wanted("idle") {
        idle::bare(&mut table).await.context("measuring an idle server")?;
    }
    let runs = wanted.iter().find_map(|name| name.strip_prefix("burst=")?.parse().ok());
    if runs.is_some() || is_wanted("burst") {
        let runs = runs.unwrap_or(RUNS);
        burst::beside_alertmanager(&mut table, runs).await.context("measuring a burst")?;
    }
    if is_wanted("steady") {
        steady::open_loop(&mut table).await.context("measuring a steady load")?;
    }
    if is_wanted("open") {
        idle::with_open_cases(&mut table).await.context("measuring open cases")?;
    }
    if is_wanted("storm") {
        idle::timers_after_restart(&mut table).await.context("measuring due timers")?;
    }
    if is_wanted("detect") {
        detect::all(&mut table).context("measuring detection")?;
    }
    if is_wanted("entities") {
        entities::of_a_million(&mut table).context("measuring entities")?;
    }
    let events = wanted.iter().find_map(|name| name.strip_prefix("backtest=")?.parse().ok());
    if events.is_some() || is_wanted("backtest") {
        backtest::of_history(&mut table, events).await.context("measuring a backtest")?;
    }
    let people = wanted.iter().find_map(|name| name.strip_prefix("stories=")?.parse().ok());
    if people.is_some() || is_wanted("stories") {
        stories::told(&mut table, people).context("telling stories")?;
    }
    if is_wanted("log") {
        log::beside_others(&mut table).context("measuring the event log")?;
    }
    if is_wanted("states") {
        states::of_a_million(&mut table).await.context("measuring states")?;
    }
    Ok(table)
}

/// The server's program, built beside this one.
fn program(name: &str) -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let folder = own.parent().context("this program lies in no folder")?;
    let path = folder.join(name);
    anyhow::ensure!(path.exists(), "{name} is not built: run this with `cargo xtask bench`");
    Ok(path)
}
