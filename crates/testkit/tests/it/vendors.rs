//! Vendors on bad days: what each costs, and what it does not.

use std::time::{Duration, Instant};

use demo::{
    company::Story,
    vendors::{Fault, slack::Message},
};
use serde_json::json;
use testkit::stage::{Plan, Player, Stage};

fn plan() -> Plan {
    Plan { people: 10, ..Plan::default() }
}

fn questions(stage: &Stage, player: &Player) -> Vec<Message> {
    let mut messages = stage.slack.messages(&player.person.slack);
    messages.retain(|message| message.buttons().iter().any(|id| id == "ask.me"));
    messages
}

/// Waits until Slack has answered so many posts.
async fn posted(stage: &Stage, count: usize) {
    let posts = stage.until("Slack was called", async || {
        Ok((stage.slack.requests().count("chat.postMessage") >= count).then_some(()))
    });
    posts.await.expect("Slack is called");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stuck_slack_does_not_delay_a_page() {
    const STUCK: Duration = Duration::from_secs(60);
    const AT_ONCE: Duration = Duration::from_secs(5);
    let stage = Stage::start(&plan()).await.unwrap();
    stage.slack.faults().always("chat.postMessage", Fault::Slow(STUCK));
    for player in &stage.cast.players {
        stage.raise(Story::NewNetwork, player).await.unwrap();
    }
    let start = Instant::now();
    let mut alert = stage.alert(Story::RootSignIn, &stage.cast.players[0]);
    alert["person"] = json!("nobody@elsewhere.example");
    assert_eq!(stage.post(&alert).await.unwrap().0, 202);
    let paged = stage.until("somebody is paged", async || {
        Ok((!stage.pagerduty.incidents().is_empty()).then_some(()))
    });
    paged.await.unwrap();
    assert!(start.elapsed() < AT_ONCE, "paged only after {:?}", start.elapsed());
    assert_eq!(stage.slack.requests().count("chat.postMessage"), 0, "Slack has answered nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_slack_is_left_alone_for_as_long_as_it_asks_and_no_longer() {
    let stage = Stage::start(&plan()).await.unwrap();
    let player = &stage.cast.players[0];
    stage.slack.faults().next("chat.postMessage", Fault::Busy("3"));
    stage.raise(Story::NewNetwork, player).await.unwrap();
    posted(&stage, 1).await;
    let start = Instant::now();
    stage.question(player).await.unwrap();
    let waited = start.elapsed();
    assert!(waited > Duration::from_millis(2_800), "called again after {waited:?} already");
    assert!(waited < Duration::from_secs(8), "called again only after {waited:?}");
    assert_eq!(stage.slack.requests().count("chat.postMessage"), 2);
    assert_eq!(questions(&stage, player).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_whose_receipt_was_lost_comes_at_most_twice_and_both_copies_are_one_delivery() {
    let stage = Stage::start(&plan()).await.unwrap();
    let player = &stage.cast.players[0];
    stage.slack.faults().next("chat.postMessage", Fault::DropAfter);
    let case = stage.raise(Story::AccessKey, player).await.unwrap();
    posted(&stage, 2).await;
    let copies = questions(&stage, player);
    assert_eq!(copies.len(), 2, "{copies:?}");
    assert!(copies[0].delivery.is_some());
    assert_eq!(copies[0].delivery, copies[1].delivery);
    stage.slack.press(&player.person.slack, &copies[0].receipt, "ask.not_me").await.unwrap();
    stage.until_case(&case, "escalated", "denied").await.unwrap();
    assert_eq!(stage.slack.complaints(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_pagerduty_is_tried_until_it_takes_the_page() {
    let stage = Stage::start(&plan()).await.unwrap();
    let player = &stage.cast.players[0];
    for fault in [Fault::Status(500), Fault::Drop, Fault::Busy("1"), Fault::DropAfter] {
        stage.pagerduty.faults().next("enqueue", fault);
    }
    let case = stage.raise(Story::AccessKey, player).await.unwrap();
    let question = stage.question(player).await.unwrap();
    stage.slack.press(&player.person.slack, &question.receipt, "ask.not_me").await.unwrap();
    stage.until_case(&case, "escalated", "denied").await.unwrap();
    let paged = stage.until("the page is taken", async || {
        Ok((stage.pagerduty.requests().count("enqueue") == 5).then_some(()))
    });
    paged.await.unwrap();
    let incidents = stage.pagerduty.incidents();
    assert_eq!(incidents.len(), 1, "one incident, however often it was told: {incidents:?}");
}
