//! A server that is killed while alerts pour in, and started again.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use ::demo::{
    company::{Company, Dice, Story},
    vendors::SlackWorld,
};
use model::Timestamp;
use serde_json::Value;

use crate::{
    company::{KEY, TOKEN, company},
    harness::{Scratch, eventually},
};

/// Requests under way at a time.
const AT_ONCE: usize = 8;
/// The headline of what a person is told once their deadline has passed.
const AFTER_SILENCE: &str = "The security team has it";

fn alerts(company: &Company) -> Vec<Value> {
    let mut dice = Dice::new(5);
    let people = company.people.iter().zip(0..);
    let now = Timestamp::now().to_string();
    let bodies = people.map(|(person, number)| {
        company.alert(&mut dice, Story::AccessKey, person, number, &now).body
    });
    bodies.collect()
}

/// Sends each alert once, some at a time; returns those that were accepted.
async fn send_all(scratch: &Scratch, alerts: Vec<Value>) -> Vec<Value> {
    let mut accepted = Vec::new();
    for some in alerts.chunks(AT_ONCE) {
        let sent = some.iter().map(|alert| async move {
            let reply = scratch.post("v1/alerts/siem", TOKEN, alert).await;
            reply.is_some_and(|reply| reply.status == 202).then(|| alert.clone())
        });
        accepted.extend(futures::future::join_all(sent).await.into_iter().flatten());
    }
    accepted
}

/// Killed in the middle of a burst: what was accepted has a case, once, whose person is asked by
/// one delivery. What was claimed at the kill waits for the end of its lease.
#[tokio::test(flavor = "multi_thread")]
async fn killed_in_a_burst_it_loses_no_alert_and_asks_nobody_twice() {
    const PEOPLE: usize = 150;
    let scratch = Scratch::new();
    let (company, slack) = company(&scratch, PEOPLE, "30m").await;
    let server = scratch.serve(&[]).await;
    let burst = send_all(&scratch, alerts(&company));
    let kill = async {
        eventually("some are asked", async || (slack.posted() >= 20).then_some(())).await;
        server.kill();
    };
    let (accepted, ()) = tokio::join!(burst, kill);
    assert!(accepted.len() < PEOPLE, "the kill came too late to tell anything");

    let _server = scratch.serve(&[]).await;
    let cases = scratch.cases(KEY).await;
    assert!(cases.len() >= accepted.len(), "{} of {}", cases.len(), accepted.len());
    let again = send_all(&scratch, alerts(&company)).await;
    assert_eq!(again.len(), PEOPLE, "the started server takes all");
    let cases = scratch.cases(KEY).await;
    assert_eq!(cases.len(), PEOPLE, "each alert has one case");
    let people: BTreeSet<&str> = cases.iter().filter_map(|case| case["person"].as_str()).collect();
    assert_eq!(people.len(), PEOPLE, "of one person each");
    assert!(cases.iter().all(|case| case["deadline_at"].is_string()), "each with a deadline");

    eventually("everybody is asked", async || {
        let asked = company.people.iter().filter(|each| !slack.messages(&each.slack).is_empty());
        (asked.count() == PEOPLE).then_some(())
    })
    .await;
    expect_asked_once(&company, &slack);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_that_passes_while_it_is_dead_is_kept_at_its_start() {
    const PEOPLE: usize = 20;
    let scratch = Scratch::new();
    let (company, slack) = company(&scratch, PEOPLE, "5s").await;
    let server = scratch.serve(&[]).await;
    assert_eq!(send_all(&scratch, alerts(&company)).await.len(), PEOPLE);
    // Of what was in flight at the kill nobody knows whether it had arrived: that is no silence.
    eventually("all have arrived", async || {
        let mut arrived = 0;
        for case in scratch.cases(KEY).await {
            let path = format!("v1/cases/{}/journal", case["id"].as_str()?);
            let journal = scratch.get(&path, Some(KEY)).await?;
            let story: Value = serde_json::from_slice(&journal.body).ok()?;
            let mut entries = story["items"].as_array()?.iter();
            arrived += usize::from(entries.any(|entry| entry["kind"] == "delivered"));
        }
        (arrived == PEOPLE).then_some(())
    })
    .await;
    server.kill();
    tokio::time::sleep(Duration::from_secs(6)).await;
    let _server = scratch.serve(&[]).await;
    eventually("every deadline passes", async || {
        let cases = scratch.cases(KEY).await;
        let is_silent = |case: &Value| case["state"] == "escalated" && case["reason"] == "silent";
        (cases.len() == PEOPLE && cases.iter().all(is_silent)).then_some(())
    })
    .await;
    expect_asked_once(&company, &slack);
}

/// One delivery a question: a send in flight at the kill may have arrived twice, as the same one.
fn expect_asked_once(company: &Company, slack: &SlackWorld) {
    for person in &company.people {
        let mut copies: BTreeMap<String, usize> = BTreeMap::new();
        for message in slack.messages(&person.slack) {
            // What is said after the deadline may offer a late answer, and is no question.
            let is_over = message.blocks.to_string().contains(AFTER_SILENCE);
            if !message.buttons().is_empty() && !is_over {
                *copies.entry(message.delivery.unwrap_or_default()).or_default() += 1;
            }
        }
        assert!(copies.len() <= 1, "{}: several deliveries: {copies:?}", person.slack);
        assert!(copies.values().all(|count| *count <= 2), "{}: {copies:?}", person.slack);
    }
}
