//! 1,000 alerts a second about distinct people, sent when they are due whether or not earlier ones
//! were answered: from the intended time of sending to the question at the chat.

use std::time::Duration;

use super::{
    Plan, disk, load,
    server::Server,
    sink::Sink,
    table::{Met, Table, quantile},
};

const PEOPLE: usize = 20_000;
const RATE: u32 = 1_000;
const SLACK_MS: f64 = 5.0;
const TIMES_THE_DISK: f64 = 3.0;
/// The first ones warm the server up.
const WARM_UP: usize = 2_000;

pub(super) async fn open_loop(table: &mut Table) -> anyhow::Result<()> {
    let (chat, pager) = (Sink::chat().await?, Sink::pager().await?);
    let plan = Plan::new(PEOPLE, &pager).asked_in(&chat);
    let (server, _) = Server::start(&plan).await?;
    let (disk_p50, disk_p99) = disk::fdatasync(server.path())?;
    let (cpu, written) = (server.cpu()?, server.written()?);
    let alerts = load::alerts(&server.company, PEOPLE);
    let sent = load::send_paced(&server.alerts_url(), alerts, RATE).await?;
    load::until(Duration::from_secs(60), PEOPLE as u64, || chat.received()).await?;
    let cpu_us = (server.cpu()? - cpu) * 1e6 / PEOPLE as f64;
    let written_kb = (server.written()? - written) as f64 / 1e3 / PEOPLE as f64;
    let mut delays: Vec<f64> = Vec::with_capacity(PEOPLE);
    for (person, sent) in server.company.people.iter().zip(sent).skip(WARM_UP) {
        let posted = chat.first(&person.slack).unwrap_or(sent.due);
        delays.push(posted.saturating_duration_since(sent.due).as_secs_f64() * 1e3);
    }
    let (p50, p99) = (quantile(&mut delays, 500), quantile(&mut delays, 990));
    let limit = TIMES_THE_DISK * disk_p99 + SLACK_MS;
    table.row(
        "intended send → question posted, 1,000/s open loop",
        format!("p50 {p50:.2} ms, p99 {p99:.2} ms"),
        format!("fdatasync p50 {disk_p50:.2}, p99 {disk_p99:.2} ms: at most {limit:.2} ms"),
        Met::when(p99 <= limit),
    );
    table.row(
        "processor time of the server for each alert of it; written to storage",
        format!("{cpu_us:.0} µs; {written_kb:.1} kB"),
        "none",
        Met::Unknown,
    );
    Ok(())
}
