//! From an alert to a decision, and from a decision to what is done: a server process over its
//! durable store, with everything that a decision reads.

mod acting;
mod content;
mod open;

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use runtime::meters::Meter;
use serde_json::Value;

use super::{
    RUNS, load,
    server::{Plan, Server},
    sink::Sink,
    table::{Met, Table, median, quantile},
};

/// Cases that are decided in one run, unless told otherwise.
const CASES: usize = 30_000;
/// Alerts of the open loop that warm the server up, at most.
const WARM_UP: usize = 2_000;
const RATE: u32 = 1_000;
/// The targets of the product.
const CASES_PER_SECOND_MIN: f64 = 5_000.0;
const DECIDED_P99_MS: f64 = 50.0;

/// All of it; `size` makes every part as small as that.
pub(super) async fn all(table: &mut Table, size: Option<usize>) -> anyhow::Result<()> {
    let cases = size.unwrap_or(CASES);
    decided(table, cases).await.context("deciding")?;
    open::among_many(table, size).await.context("working on open cases")?;
    acting::at_once(table, size).await.context("acting")
}

async fn decided(table: &mut Table, cases: usize) -> anyhow::Result<()> {
    let mut rates = Vec::new();
    for _ in 0..RUNS {
        rates.push(in_a_burst(cases).await?);
    }
    let rate = median(rates);
    table.row(
        format!("{cases} alerts in a burst, alert to decided and durable; {}", content::WORDS),
        format!("{rate:.0} cases/s"),
        format!("at least {CASES_PER_SECOND_MIN:.0} cases/s"),
        Met::when(rate >= CASES_PER_SECOND_MIN),
    );
    let mut delays = in_an_open_loop(cases).await?;
    let (p50, p99) = (quantile(&mut delays, 500), quantile(&mut delays, 990));
    table.row(
        "intended send → decided and durable, 1,000/s open loop; the same",
        format!("p50 {p50:.2} ms, p99 {p99:.2} ms"),
        format!("at most {DECIDED_P99_MS} ms"),
        Met::when(p99 <= DECIDED_P99_MS),
    );
    Ok(())
}

/// Cases a second.
async fn in_a_burst(cases: usize) -> anyhow::Result<f64> {
    let world = World::start(cases).await?;
    let alerts = content::alerts(&world.server.company, cases);
    let start = Instant::now();
    load::send_all(&world.server.url, alerts).await?;
    let seconds = start.elapsed().as_secs_f64();
    world.check(cases).await?;
    Ok(cases as f64 / seconds)
}

/// Milliseconds of each, without the first ones.
async fn in_an_open_loop(cases: usize) -> anyhow::Result<Vec<f64>> {
    let world = World::start(cases).await?;
    let alerts = content::alerts(&world.server.company, cases);
    let sent = load::send_paced(&world.server.alerts_url(), alerts, RATE).await?;
    world.check(cases).await?;
    let warm_up = WARM_UP.min(cases / 2);
    Ok(sent.into_iter().skip(warm_up).map(load::Sent::taken_ms).collect())
}

/// A server with all that a decision reads, and what is looked up remembered.
struct World {
    server: Server,
    known: Sink,
    _pager: Sink,
    /// How often something was looked up before.
    asked: u64,
    /// How many alerts were taken before.
    taken: f64,
}

impl World {
    async fn start(people: usize) -> anyhow::Result<Self> {
        let (known, pager) = (Sink::known().await?, Sink::pager().await?);
        let sections = content::sections(&known.url);
        let people = people + content::WARMERS;
        let plan = Plan { content: content::files(), sections, ..Plan::new(people, &pager) };
        let (server, _) = Server::start(&plan).await?;
        for exception in content::exceptions() {
            server.post("/v1/exceptions", &exception).await.context("making an exception")?;
        }
        load::send_all(&server.url, content::warming(&server.company)).await?;
        let all = content::lookups();
        load::until(Duration::from_secs(20), all, || known.received()).await?;
        // The last answers are on their way still.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let (asked, taken) = (known.received(), server.meter(Meter::AlertsAccepted).await?);
        Ok(Self { server, known, _pager: pager, asked, taken })
    }

    /// Whether every alert was taken, decided by the policy for it, and on what was remembered.
    async fn check(&self, cases: usize) -> anyhow::Result<()> {
        let taken = self.server.meter(Meter::AlertsAccepted).await? - self.taken;
        ensure!(taken as usize == cases, "{taken} of {cases} alerts were taken");
        let asked = self.known.received() - self.asked;
        ensure!(asked == 0, "{asked} look-ups were not remembered");
        let latest = self.server.get("/v1/cases?limit=1").await?;
        let id = latest["items"][0]["id"].as_str().context("no case")?;
        let decision = self.server.get(&format!("/v1/cases/{id}/decision")).await?;
        ensure!(is_decided(&decision), "not decided as it was to be: {decision}");
        Ok(())
    }
}

fn is_decided(decision: &Value) -> bool {
    let told = decision.to_string();
    told.contains(content::POLICY) && content::STEPS.iter().all(|step| told.contains(step))
}
