//! The made-up company's events as bodies of 500 records of one source, some with a record at
//! their end that raises an alert; and the sending of them.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    time::{Duration, Instant},
};

use demo::{company::Employee, life::Record};
use futures::{StreamExt as _, stream};
use jiff::Timestamp;
use serde_json::json;

use super::super::load;

/// Records of a body.
pub(super) const BATCH: usize = 500;
/// Requests in flight.
const IN_FLIGHT: usize = 16;
/// The source whose bodies are marked.
const MARKED: &str = "okta";
/// The kind of event that raises an alert.
pub(super) const MARK: &str = "bench.mark";

/// What is sent at once.
pub(super) struct Body {
    source: &'static str,
    /// As lines of JSON.
    text: String,
    pub(super) events: usize,
    /// The number of the person whom its last record raises an alert about.
    pub(super) mark: Option<usize>,
}

impl Body {
    fn empty(source: &'static str) -> Self {
        Self { source, text: String::new(), events: 0, mark: None }
    }

    fn add(&mut self, record: &str) {
        self.text.push_str(record);
        self.text.push('\n');
        self.events += 1;
    }
}

/// So many events, none of ours among them.
pub(super) fn plain(life: &mut dyn Iterator<Item = Record>, count: usize) -> Vec<Body> {
    bodies(life, count, |_, _, _| {})
}

/// The same, with a record about another person of these at the end of every body of one source,
/// for as long as there are people.
pub(super) fn marked(
    life: &mut dyn Iterator<Item = Record>,
    count: usize,
    people: &[Employee],
) -> Vec<Body> {
    let mut number = 0;
    bodies(life, count, |body, at, is_last| {
        let is_due = is_last || body.events == BATCH - 1;
        if body.source == MARKED && is_due && body.mark.is_none() && number < people.len() {
            body.add(&mark(&people[number], at));
            body.mark = Some(number);
            number += 1;
        }
    })
}

/// `finish` may add to a body after each record, told when it is the body's last.
fn bodies(
    life: &mut dyn Iterator<Item = Record>,
    count: usize,
    mut finish: impl FnMut(&mut Body, Timestamp, bool),
) -> Vec<Body> {
    let mut all = Vec::new();
    let mut open: BTreeMap<&'static str, (Body, Timestamp)> = BTreeMap::new();
    for record in life.take(count) {
        let empty = || (Body::empty(record.source), record.at);
        let (body, at) = open.entry(record.source).or_insert_with(empty);
        body.add(&record.body);
        *at = record.at;
        finish(body, record.at, false);
        if body.events >= BATCH {
            all.extend(open.remove(record.source).map(|(body, _)| body));
        }
    }
    all.extend(open.into_values().map(|(mut body, at)| {
        finish(&mut body, at, true);
        body
    }));
    all
}

/// A record of Okta's that raises an alert about somebody.
pub(super) fn mark(person: &Employee, at: Timestamp) -> String {
    let mut uuid = format!("mark-{}-", person.subject);
    let _ = write!(uuid, "{}", at.as_millisecond());
    let record = json!({
        "uuid": uuid, "published": at.to_string(), "eventType": MARK, "severity": "WARN",
        "actor": { "id": person.subject, "type": "User", "alternateId": person.email },
        "client": { "ipAddress": "198.51.100.7" },
        "outcome": { "result": "SUCCESS" },
    });
    record.to_string()
}

/// One body of one record.
pub(super) fn single(person: &Employee, at: Timestamp) -> Body {
    let mut body = Body::empty(MARKED);
    body.add(&mark(person, at));
    body
}

/// Sends them as fast as they are taken.
pub(super) async fn send_all(url: &str, bodies: Vec<Body>) -> anyhow::Result<()> {
    let client = reqwest::Client::new();
    let sends = bodies.into_iter().map(|body| send(&client, url, body));
    let mut replies = stream::iter(sends).buffer_unordered(IN_FLIGHT);
    while let Some(reply) = replies.next().await {
        reply?;
    }
    Ok(())
}

/// Sends so many bodies a second, in an open loop; returns when each was acknowledged.
pub(super) async fn send_paced(
    url: &str,
    bodies: Vec<Body>,
    rate: u32,
) -> anyhow::Result<Vec<Instant>> {
    let client = reqwest::Client::new();
    let start = Instant::now() + Duration::from_millis(100);
    let gap = Duration::from_secs(1) / rate;
    let mut all = vec![start; bodies.len()];
    let mut sends = tokio::task::JoinSet::new();
    for (number, body) in bodies.into_iter().enumerate() {
        tokio::time::sleep_until((start + gap * u32::try_from(number)?).into()).await;
        let (client, url) = (client.clone(), url.to_owned());
        sends.spawn(async move {
            send(&client, &url, body).await?;
            anyhow::Ok((number, Instant::now()))
        });
    }
    while let Some(sent) = sends.join_next().await {
        let (number, taken) = sent??;
        all[number] = taken;
    }
    Ok(all)
}

/// Sends one until it is taken.
pub(super) async fn send(client: &reqwest::Client, url: &str, body: Body) -> anyhow::Result<()> {
    load::send(client, &format!("{url}/v1/events/{}", body.source), body.text.into()).await
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use demo::{company::Company, life::Life, life::Plan};

    use super::*;

    fn life() -> Life {
        Life::new(Plan { people: 50, ..Plan::default() })
    }

    #[test]
    fn every_record_is_in_one_body_and_every_body_is_of_one_source() {
        const COUNT: usize = 2_000;
        let bodies = plain(&mut life(), COUNT);
        let mut lines: Vec<(&str, &str)> = bodies
            .iter()
            .flat_map(|body| body.text.lines().map(|line| (body.source, line)))
            .collect();
        lines.sort_unstable();
        let records: Vec<Record> = life().take(COUNT).collect();
        let mut told: Vec<(&str, &str)> =
            records.iter().map(|record| (record.source, record.body.as_str())).collect();
        told.sort_unstable();
        assert!(lines == told, "{} of {} records", lines.len(), told.len());
        assert!(bodies.iter().all(|body| (1..=BATCH).contains(&body.events)));
    }

    #[test]
    fn a_marked_body_ends_with_a_record_about_somebody_else_each_time() {
        let company = Company::new(1, 50);
        let bodies = marked(&mut life(), 5_000, &company.people);
        let mut seen = BTreeSet::new();
        for body in bodies.iter().filter(|body| body.source == MARKED) {
            let number = body.mark.expect("all bodies of the source are marked");
            assert!(seen.insert(number), "{number} twice");
            let last = body.text.lines().last().expect("a record");
            assert!(last.contains(MARK) && last.contains(&company.people[number].email));
            assert_eq!(body.text.lines().count(), body.events);
        }
        assert!(seen.len() > 1 && bodies.iter().all(|body| body.events <= BATCH));
    }
}
