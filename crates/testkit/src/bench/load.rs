//! Alerts to send.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use bytes::Bytes;
use demo::company::{Company, Dice, Story};
use futures::{StreamExt as _, stream};
use serde_json::Value;

use super::server::TOKEN;

/// Alerts in one request: the most that is taken.
const BATCH: usize = 1_000;
/// Requests in flight.
const IN_FLIGHT: usize = 8;

/// One alert about each of so many people, in rounds where there are more alerts than people.
pub(super) fn alerts(company: &Company, count: usize) -> Vec<Value> {
    let mut dice = Dice::new(5);
    let now = jiff::Timestamp::now().to_string();
    let story = |dice: &mut Dice| *dice.pick(&[Story::NewNetwork, Story::AccessKey, Story::Sudo]);
    (0..count)
        .map(|number| {
            let person = &company.people[number % company.people.len()];
            let story = story(&mut dice);
            let mut alert = company.alert(&mut dice, story, person, number as u64, &now).body;
            alert["facts"]["number"] = number.into();
            alert
        })
        .collect()
}

/// Sends them as fast as they are taken; all must be accepted.
pub(super) async fn send_all(url: &str, alerts: Vec<Value>) -> anyhow::Result<()> {
    let client = reqwest::Client::new();
    let url = format!("{url}/v1/alerts/siem");
    let batches: Vec<String> =
        alerts.chunks(BATCH).map(serde_json::to_string).collect::<Result<_, _>>()?;
    let sends = batches.into_iter().map(|body| send(&client, &url, body.into()));
    let mut replies = stream::iter(sends).buffer_unordered(IN_FLIGHT);
    while let Some(reply) = replies.next().await {
        reply?;
    }
    Ok(())
}

/// Something that was sent when it was due.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent {
    /// When it was to be sent, and was, whether or not earlier ones had been answered.
    pub(super) due: Instant,
    /// When it was taken.
    pub(super) taken: Instant,
}

impl Sent {
    /// Milliseconds from when it was due.
    pub(super) fn taken_ms(self) -> f64 {
        (self.taken - self.due).as_secs_f64() * 1e3
    }
}

/// Sends so many bodies a second, each on its own, in an open loop.
pub(super) async fn send_paced(
    url: &str,
    bodies: Vec<Value>,
    rate: u32,
) -> anyhow::Result<Vec<Sent>> {
    let client = reqwest::Client::new();
    let bodies: Vec<String> = bodies.iter().map(ToString::to_string).collect();
    let start = Instant::now() + Duration::from_millis(100);
    let gap = Duration::from_secs(1) / rate;
    let mut sends = tokio::task::JoinSet::new();
    let mut all = Vec::with_capacity(bodies.len());
    for (number, body) in bodies.into_iter().enumerate() {
        let due = start + gap * u32::try_from(number)?;
        all.push(Sent { due, taken: due });
        tokio::time::sleep_until(due.into()).await;
        let (client, url) = (client.clone(), url.to_owned());
        sends.spawn(async move {
            send(&client, &url, body.into()).await?;
            anyhow::Ok((number, Instant::now()))
        });
    }
    while let Some(sent) = sends.join_next().await {
        let (number, taken) = sent??;
        all[number].taken = taken;
    }
    Ok(all)
}

/// Sends one body until it is taken: overload is answered, not hidden. Under it a connection may
/// wait for longer than the server has patience for; what was taken all the same is known again.
pub(super) async fn send(client: &reqwest::Client, url: &str, body: Bytes) -> anyhow::Result<()> {
    let start = Instant::now();
    loop {
        let request = client.post(url).bearer_auth(TOKEN).body(body.clone());
        match request.header("content-type", "application/json").send().await {
            Ok(reply) if reply.status() == reqwest::StatusCode::ACCEPTED => return Ok(()),
            Ok(reply) => {
                let status = reply.status();
                let text = reply.text().await.unwrap_or_default();
                anyhow::ensure!(status.as_u16() == 503, "{status}: {text}");
            }
            Err(error) if error.is_request() => {}
            Err(error) => return Err(error.into()),
        }
        anyhow::ensure!(start.elapsed() < Duration::from_secs(120), "overloaded for two minutes");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until a count is reached; returns when it was.
pub(super) async fn until(
    limit: Duration,
    wanted: u64,
    count: impl Fn() -> u64,
) -> anyhow::Result<Instant> {
    let start = Instant::now();
    while count() < wanted {
        anyhow::ensure!(start.elapsed() < limit, "only {} of {wanted} came", count());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Some(Instant::now()).context("now")
}
