//! Events through a server process: over HTTP into the log, durable when they are acknowledged,
//! then through Sigma rules and baselines; what is raised becomes a question at the chat.
//!
//! The load is made in this process, on the same cores.

mod after_kill;
mod load;
mod world;

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use jiff::Timestamp;
use runtime::meters::Meter;

use super::table::{Met, Table, quantile};
use world::World;

/// Events that are sent as fast as they are taken, unless told otherwise.
const EVENTS: usize = 1_000_000;
/// Events of the open loop: a minute of them.
const PACED: usize = 1_200_000;
const PACED_PER_SECOND: usize = 20_000;
/// The first alerts warm the server up, at most so many.
const WARM_UP: usize = 50;
/// The longest wait for what was taken to be looked at.
const LIMIT: Duration = Duration::from_secs(600);
/// What the daemon of the Sigma engine is published to do, which keeps nothing: events a second.
const PEER: f64 = 95_000.0;
/// The target of the product.
const RAISED_P99_MS: f64 = 20.0;

/// All of it; `size` makes every part as small as that.
pub(super) async fn all(table: &mut Table, size: Option<usize>) -> anyhow::Result<()> {
    in_a_closed_loop(table, size.unwrap_or(EVENTS)).await.context("taking events in")?;
    in_an_open_loop(table, size.unwrap_or(PACED)).await.context("raising alerts")?;
    after_kill::detecting(table, size).await.context("starting after a kill")
}

async fn in_a_closed_loop(table: &mut Table, count: usize) -> anyhow::Result<()> {
    let world = World::start().await?;
    let bodies = load::plain(&mut world.life(), count);
    let count: usize = bodies.iter().map(|body| body.events).sum();
    let start = Instant::now();
    load::send_all(&world.server.url, bodies).await?;
    let taken = start.elapsed().as_secs_f64();
    world.until_evaluated(count, LIMIT).await?;
    let seconds = start.elapsed().as_secs_f64();
    let stored = world.server.meter(Meter::EventsStored).await?;
    ensure!(stored as usize == count, "{stored} of {count} events were stored");
    let rate = count as f64 / seconds;
    table.row(
        format!("{count} events over HTTP, durable, through {}", world.rules),
        format!("{rate:.0} events/s; acknowledged at {:.0}/s", count as f64 / taken),
        format!("the Sigma engine's daemon, not durable, as published: {PEER:.0} events/s"),
        if world.is_whole { Met::when(rate >= PEER) } else { Met::Unknown },
    );
    Ok(())
}

async fn in_an_open_loop(table: &mut Table, count: usize) -> anyhow::Result<()> {
    let world = World::start().await?;
    let bodies = load::marked(&mut world.life(), count, world.people());
    let marks: Vec<Option<usize>> = bodies.iter().map(|body| body.mark).collect();
    let marked = marks.iter().flatten().count();
    ensure!(marked > 0, "none of {count} events is to raise an alert");
    let (start, started_at) = (Instant::now(), Timestamp::now());
    let rate = u32::try_from(PACED_PER_SECOND / load::BATCH)?;
    let taken = load::send_paced(&world.server.url, bodies, rate).await?;
    let asked = || {
        let accounts = marks.iter().flatten().map(|number| &world.person(*number).slack);
        accounts.filter(|account| world.chat.first(account).is_some()).count() as u64
    };
    super::load::until(LIMIT, marked as u64, asked).await?;
    let opened = world.opened(marked).await?;
    let (mut raised, mut posted) = (Vec::new(), Vec::new());
    for (mark, taken) in marks.iter().zip(taken) {
        let Some(number) = *mark else { continue };
        let person = world.person(number);
        let opened = opened.get(&person.email).context("an alert opened no case")?;
        let opened_s = opened.duration_since(started_at).as_secs_f64();
        raised.push((opened_s - (taken - start).as_secs_f64()).max(0.0) * 1e3);
        let first = world.chat.first(&person.slack).context("a question that was not posted")?;
        posted.push(first.saturating_duration_since(taken).as_secs_f64() * 1e3);
    }
    let warm_up = WARM_UP.min(marked / 2);
    let (mut raised, mut posted) = (raised.split_off(warm_up), posted.split_off(warm_up));
    let (raised_p99, posted_p99) = (quantile(&mut raised, 990), quantile(&mut posted, 990));
    table.row(
        format!("events acknowledged → alert raised, {PACED_PER_SECOND} events/s open loop"),
        format!(
            "p50 {:.1} ms, p99 {raised_p99:.1} ms of {}; question posted p99 {posted_p99:.1} ms",
            quantile(&mut raised, 500),
            raised.len()
        ),
        format!("p99 at most {RAISED_P99_MS} ms"),
        Met::when(raised_p99 <= RAISED_P99_MS),
    );
    Ok(())
}
