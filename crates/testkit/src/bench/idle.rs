//! What a server costs that has nothing to do, or much that can wait; and what a restart brings.

use std::time::{Duration, Instant};

use super::{
    Plan, load,
    server::{KEY, Server},
    sink::Sink,
    table::{Met, Table, quantile},
};

const MIB: f64 = 1024.0 * 1024.0;
const PEOPLE: usize = 30_000;
const OPEN: usize = 100_000;
const DUE: usize = 50_000;
/// The targets of the product.
const IDLE_MIB: f64 = 25.0;
const READY: Duration = Duration::from_secs(1);
const READY_OPEN: Duration = Duration::from_secs(2);
const IDLE_CPU: f64 = 0.01;
const API_P99_MS: f64 = 100.0;
/// How long the idle server is watched.
const WATCH: Duration = Duration::from_secs(20);

pub(super) async fn bare(table: &mut Table) -> anyhow::Result<()> {
    let (chat, pager) = (Sink::chat().await?, Sink::pager().await?);
    let plan = Plan::new(200, &pager).asked_in(&chat);
    let (server, ready) = Server::start(&plan).await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let resident = server.resident()? as f64 / MIB;
    table.row(
        "idle server, resident",
        format!("{resident:.1} MiB"),
        format!("at most {IDLE_MIB} MB"),
        Met::when(resident * MIB <= IDLE_MIB * 1e6),
    );
    table.row(
        "ready after start",
        format!("{:.0} ms", ready.as_secs_f64() * 1e3),
        "at most 1 s",
        Met::when(ready <= READY),
    );
    Ok(())
}

pub(super) async fn with_open_cases(table: &mut Table) -> anyhow::Result<()> {
    let (chat, pager) = (Sink::chat().await?, Sink::pager().await?);
    let plan = Plan::new(PEOPLE, &pager).asked_in(&chat);
    let (mut server, _) = Server::start(&plan).await?;
    load::send_all(&server.url, load::alerts(&server.company, OPEN)).await?;
    load::until(Duration::from_secs(120), PEOPLE as u64, || chat.received()).await?;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let before = server.cpu()?;
    tokio::time::sleep(WATCH).await;
    let share = (server.cpu()? - before) / WATCH.as_secs_f64();
    table.row(
        "100,000 open cases, idle",
        format!("{:.2} % of a core", share * 100.0),
        "under 1 %",
        Met::when(share < IDLE_CPU),
    );
    server.stop()?;
    let ready = server.run().await?;
    table.row(
        "ready after start with 100,000 open cases",
        format!("{:.0} ms", ready.as_secs_f64() * 1e3),
        "at most 2 s",
        Met::when(ready <= READY_OPEN),
    );
    Ok(())
}

/// Alerts of this policy escalate a minute after they came.
const SHORT: &str = r#"
id: bench-short
owner: bench
match: 'alert.source == "siem"'
severity: [{ default: medium }]
ask: { message: generic, assurance: possession, deadline: 60s, clock: wall, reminders: [] }
on: { verified: [], denied: [page], silent: [page] }
"#;

pub(super) async fn timers_after_restart(table: &mut Table) -> anyhow::Result<()> {
    let (chat, pager) = (Sink::chat().await?, Sink::pager().await?);
    let content = vec![("policies/bench.yml".to_owned(), SHORT.to_owned())];
    let plan = Plan { content, ..Plan::new(DUE, &pager).asked_in(&chat) };
    let (mut server, _) = Server::start(&plan).await?;
    let start = Instant::now();
    load::send_all(&server.url, load::alerts(&server.company, DUE)).await?;
    server.stop()?;
    anyhow::ensure!(start.elapsed() < Duration::from_secs(55), "sending took too long");
    let before = pager.received();
    tokio::time::sleep(Duration::from_secs(65).saturating_sub(start.elapsed())).await;
    server.run().await?;
    let mut waits = ask_until(&server, || pager.received() >= DUE as u64).await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let (fired, doubled) = (pager.received(), pager.doubled());
    let p99 = quantile(&mut waits, 990);
    table.row(
        "50,000 timers due at a restart: cases paged, paged twice, early",
        format!("{fired}, {doubled}, {before}"),
        "50,000, 0, 0",
        Met::when(fired == DUE as u64 && doubled == 0 && before == 0),
    );
    table.row(
        "API meanwhile (a list of 50 cases)",
        format!("p99 {p99:.1} ms of {} requests", waits.len()),
        "under 100 ms",
        Met::when(p99 < API_P99_MS),
    );
    Ok(())
}

async fn ask_until(server: &Server, is_over: impl Fn() -> bool) -> anyhow::Result<Vec<f64>> {
    let client = reqwest::Client::new();
    let url = format!("{}/v1/cases?limit=50", server.url);
    let (start, mut waits) = (Instant::now(), Vec::new());
    while !is_over() {
        anyhow::ensure!(start.elapsed() < Duration::from_secs(300), "still not all fired");
        let asked = Instant::now();
        let reply = client.get(&url).bearer_auth(KEY).send().await?;
        anyhow::ensure!(reply.status().is_success(), "the API answered {}", reply.status());
        reply.bytes().await?;
        waits.push(asked.elapsed().as_secs_f64() * 1e3);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(waits)
}
