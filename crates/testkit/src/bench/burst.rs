//! 30,000 distinct alerts at once, through to the question at the chat, beside Alertmanager
//! delivering the same alerts to a webhook.

use std::time::{Duration, Instant};

use super::{
    Plan, alertmanager, load,
    server::Server,
    sink::Sink,
    table::{Met, Table, median},
};

const ALERTS: usize = 30_000;
const LIMIT: Duration = Duration::from_secs(180);
/// The targets of the product.
const TIMES_THE_PEER: f64 = 3.0;
const BYTES_A_CASE: f64 = 2_048.0;

struct Burst {
    rate: f64,
    bytes_a_case: f64,
    /// Processor time of the server for an alert, user and system.
    cpu_us: f64,
    written_kb: f64,
    lost: u64,
    doubled: u64,
}

pub(super) async fn beside_alertmanager(table: &mut Table, runs: usize) -> anyhow::Result<()> {
    let (mut ours, mut peers) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        ours.push(one().await?);
        peers.extend(alertmanager::burst(ALERTS, LIMIT).await?);
    }
    let rate = median(ours.iter().map(|burst| burst.rate).collect());
    let bytes = median(ours.iter().map(|burst| burst.bytes_a_case).collect());
    let lost: u64 = ours.iter().map(|burst| burst.lost).sum();
    let doubled: u64 = ours.iter().map(|burst| burst.doubled).sum();
    let peer = median(peers.iter().map(|peer| peer.rate).collect());
    let peer_bytes = median(peers.iter().map(|peer| peer.bytes_an_alert).collect());
    let (beside, met) = if peers.is_empty() {
        ("Alertmanager is not installed".to_owned(), Met::Unknown)
    } else {
        let times = rate / peer;
        (
            format!("Alertmanager {peer:.0}/s: {times:.1}×, at least {TIMES_THE_PEER}× wanted"),
            Met::when(times >= TIMES_THE_PEER),
        )
    };
    table.row(
        "30,000 alerts in a burst, alert to question posted",
        format!("{rate:.0}/s"),
        beside,
        met,
    );
    table.row(
        "lost and doubled questions in it, all runs",
        format!("{lost} and {doubled}"),
        "none",
        Met::when(lost + doubled == 0),
    );
    table.row(
        "resident memory for each of 30,000 open cases, above idle",
        format!("{bytes:.0} B"),
        format!("at most {BYTES_A_CASE:.0} B; Alertmanager {peer_bytes:.0} B an alert"),
        Met::when(bytes <= BYTES_A_CASE),
    );
    spent(table, &ours);
    Ok(())
}

/// What other work on the machine hardly changes.
fn spent(table: &mut Table, bursts: &[Burst]) {
    let cpu_us = median(bursts.iter().map(|burst| burst.cpu_us).collect());
    let written_kb = median(bursts.iter().map(|burst| burst.written_kb).collect());
    table.row(
        "processor time of the server for each alert of the burst; written to storage",
        format!("{cpu_us:.0} µs; {written_kb:.1} kB"),
        "none",
        Met::Unknown,
    );
}

async fn one() -> anyhow::Result<Burst> {
    let (chat, pager) = (Sink::chat().await?, Sink::pager().await?);
    let plan = Plan::new(ALERTS, &pager).asked_in(&chat);
    let (server, _) = Server::start(&plan).await?;
    let alerts = load::alerts(&server.company, ALERTS);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let idle = server.resident()?;
    let (cpu, written) = (server.cpu()?, server.written()?);
    let start = Instant::now();
    load::send_all(&server.url, alerts).await?;
    let end = load::until(LIMIT, ALERTS as u64, || chat.received()).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let above = server.resident()?.saturating_sub(idle);
    Ok(Burst {
        rate: ALERTS as f64 / (end - start).as_secs_f64(),
        bytes_a_case: above as f64 / ALERTS as f64,
        cpu_us: (server.cpu()? - cpu) * 1e6 / ALERTS as f64,
        written_kb: (server.written()? - written) as f64 / 1e3 / ALERTS as f64,
        lost: (ALERTS as u64).saturating_sub(chat.received()),
        doubled: chat.doubled(),
    })
}
