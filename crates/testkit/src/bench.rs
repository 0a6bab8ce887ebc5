//! The benchmark: a real server process, sinks that only count, and peers where they can run here.
//!
//! Every figure stands beside its peer or limit, measured in the same run on the same machine,
//! and is the median of interleaved runs where a single one says little. It asserts nothing: a
//! target that is missed is printed as missed.

mod alertmanager;
mod backtest;
mod burst;
mod decide;
mod detect;
mod disk;
mod entities;
mod idle;
mod live;
mod load;
mod log;
mod posture;
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
    let wanted = Wanted(std::env::args().skip(1).collect());
    let table = runtime.block_on(measure(&wanted))?;
    println!("{}", table.markdown());
    Ok(())
}

/// What is asked for: all, or names, some with a size: `decide=1000`.
struct Wanted(Vec<String>);

impl Wanted {
    fn has(&self, name: &str) -> bool {
        let is_it = |each: &String| each.split('=').next() == Some(name);
        self.0.is_empty() || self.0.iter().any(is_it)
    }

    /// How many of what it measures, where that is said.
    fn size(&self, name: &str) -> anyhow::Result<Option<usize>> {
        let sizes = self.0.iter().filter_map(|each| each.strip_prefix(name)?.strip_prefix('='));
        let size = |text: &str| text.parse().with_context(|| format!("{name}={text}: no number"));
        sizes.map(size).next().transpose()
    }
}

async fn measure(wanted: &Wanted) -> anyhow::Result<Table> {
    let mut table = Table::default();
    if wanted.has("idle") {
        idle::bare(&mut table).await.context("measuring an idle server")?;
    }
    if wanted.has("burst") {
        let runs = wanted.size("burst")?.unwrap_or(RUNS);
        burst::beside_alertmanager(&mut table, runs).await.context("measuring a burst")?;
    }
    if wanted.has("steady") {
        steady::open_loop(&mut table).await.context("measuring a steady load")?;
    }
    if wanted.has("open") {
        idle::with_open_cases(&mut table).await.context("measuring open cases")?;
    }
    if wanted.has("storm") {
        idle::timers_after_restart(&mut table).await.context("measuring due timers")?;
    }
    if wanted.has("decide") {
        decide::all(&mut table, wanted.size("decide")?).await.context("measuring decisions")?;
    }
    if wanted.has("detect") {
        detect::all(&mut table).context("measuring detection")?;
    }
    // The part of `detect` that needs a server also goes by a name of its own.
    if wanted.has("detect") || wanted.has("live") {
        let events = wanted.size("live")?.or(wanted.size("detect")?);
        live::all(&mut table, events).await.context("measuring detection in a server")?;
    }
    if wanted.has("entities") {
        entities::of_a_million(&mut table).context("measuring entities")?;
    }
    if wanted.has("backtest") {
        let events = wanted.size("backtest")?;
        backtest::of_history(&mut table, events).await.context("measuring a backtest")?;
    }
    if wanted.has("stories") {
        let (people, seed) = (wanted.size("stories")?, wanted.size("seed")?);
        stories::told(&mut table, people, seed).context("telling stories")?;
    }
    if wanted.has("posture") {
        posture::all(&mut table, wanted.size("posture")?).await.context("measuring devices")?;
    }
    if wanted.has("log") {
        log::beside_others(&mut table).context("measuring the event log")?;
    }
    if wanted.has("states") {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measurement_is_wanted_by_its_name_and_takes_a_size() {
        let check = |told: &[&str], name: &str, has: bool, size: Option<usize>| {
            let wanted = Wanted(told.iter().map(ToString::to_string).collect());
            assert_eq!(wanted.has(name), has, "{name} in {told:?}");
            assert_eq!(wanted.size(name).ok(), Some(size), "{name} in {told:?}");
        };
        check(&[], "decide", true, None);
        check(&["decide"], "decide", true, None);
        check(&["idle", "decide=1000"], "decide", true, Some(1000));
        check(&["decide=1000"], "idle", false, None);
        check(&["storm"], "stor", false, None);
        let wanted = Wanted(vec!["decide=many".to_owned()]);
        assert!(wanted.size("decide").is_err());
    }
}
