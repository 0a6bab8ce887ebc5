//! A server that is killed while it takes events, over a long history: how soon it is there again.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use demo::life::Record;
use jiff::Timestamp;
use runtime::meters::Meter;

use super::{
    super::{
        backtest, load as alerts,
        table::{Met, Table},
    },
    World, load,
};

/// Events in the log, unless told otherwise.
const EVENTS: usize = 10_000_000;
/// Events on their way while the server is killed, at most.
const MEANWHILE: usize = 1_000_000;
/// The longest wait for the history to be looked at for the first time.
const LIMIT: Duration = Duration::from_secs(1_800);
/// The targets of the product.
const READY: Duration = Duration::from_secs(2);
const DETECTING: Duration = Duration::from_secs(10);

pub(super) async fn detecting(table: &mut Table, size: Option<usize>) -> anyhow::Result<()> {
    let events = size.unwrap_or(EVENTS);
    let mut world = World::start().await?;
    world.server.stop()?;
    let mut life = world.life();
    backtest::filled(&world.server.path().join("data/events"), &mut life, events).await?;
    world.server.run().await?;
    world.until_evaluated(events, LIMIT).await?;
    killed_at_work(&mut world, &mut life, events).await?;
    let start = Instant::now();
    let ready = world.server.run().await?;
    // Somebody who was not asked about anything before the kill.
    let quiet = world.people().iter().rev().find(|who| world.chat.first(&who.slack).is_none());
    let person = quiet.context("everybody was asked before")?;
    load::send_all(&world.server.url, vec![load::single(person, Timestamp::now())]).await?;
    let asked = || u64::from(world.chat.first(&person.slack).is_some());
    let end = alerts::until(Duration::from_secs(120), 1, asked).await?;
    let detecting = end - start;
    let kept = world.server.meter(Meter::LogRecords).await?;
    ensure!(kept as usize >= events, "only {kept} events are in the log");
    table.row(
        format!("ready after kill -9 at work, {events} events in the log"),
        format!("{:.0} ms", ready.as_secs_f64() * 1e3),
        format!("at most {} s", READY.as_secs()),
        Met::when(ready <= READY),
    );
    table.row(
        "detecting after it: start → question about a new event posted",
        format!("{:.2} s", detecting.as_secs_f64()),
        format!("at most {} s", DETECTING.as_secs()),
        Met::when(detecting <= DETECTING),
    );
    Ok(())
}

/// Sends more, and kills the server when half of that was taken.
async fn killed_at_work(
    world: &mut World,
    life: &mut dyn Iterator<Item = Record>,
    events: usize,
) -> anyhow::Result<()> {
    let meanwhile = MEANWHILE.min(events / 2);
    let mut bodies = load::plain(life, meanwhile);
    let rest = bodies.split_off(bodies.len() / 2);
    let url = world.server.url.clone();
    load::send_all(&url, bodies).await?;
    let sending = tokio::spawn(async move { load::send_all(&url, rest).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    world.server.kill()?;
    sending.abort();
    Ok(())
}
