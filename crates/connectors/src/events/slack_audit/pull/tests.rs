use std::{sync::Arc, time::Duration};

use demo::vendors::{Fault, SlackAuditLog, slack_audit::OWNER_TOKEN};
use ports::{Clock as _, Decision, clock::ManualClock};
use serde_json::json;

use super::*;
use crate::events::{
    pull::tests::{ago, check_faults, drained, ids, outside, secret},
    slack_audit::SlackAuditConfig,
};

const ID: &str = "/id";

async fn world() -> (SlackAuditLog, ManualClock, Arc<dyn Puller>) {
    let (clock, outside) = outside();
    let world = SlackAuditLog::start(Arc::new(clock.clone())).await.expect("a free port");
    let pull = SlackPull {
        base_url: world.base_url().parse().expect("a loopback address"),
        token: secret("slack", OWNER_TOKEN),
        every: Span::minutes(1),
        start: Span::hours(24),
    };
    let config = SlackAuditConfig { auth: None, pull: Some(pull) };
    let source = config.build("slack", &outside).expect("a sound section");
    (world, clock, source.puller.expect("a puller"))
}

fn add(world: &SlackAuditLog, id: &str, time: Timestamp) {
    late(world, id, time, time);
}

fn late(world: &SlackAuditLog, id: &str, time: Timestamp, seen: Timestamp) {
    let record = json!({ "id": id, "date_create": time.as_second(), "action": "user_login" });
    world.add(record, time, seen);
}

#[tokio::test]
async fn a_log_that_is_told_newest_first_comes_out_oldest_first() {
    let (world, clock, puller) = world().await;
    let spread = 23 * 3_600;
    for number in 0..50 {
        add(&world, &number.to_string(), ago(&clock, spread - number * 1_600));
    }
    let (all, _, wait) = drained(&*puller, None, ID).await;
    // Both bounds of a window belong to it: what is on a border comes twice.
    let mut once = all.clone();
    once.dedup();
    let wanted: Vec<_> = (0..50).map(|number| number.to_string()).collect();
    assert_eq!((once, wait), (wanted, Span::minutes(1)));
    assert!(world.requests().count("logs") >= 4, "in windows of six hours");
    assert_eq!(world.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn each_pull_looks_a_quarter_of_an_hour_back() {
    let (world, clock, puller) = world().await;
    add(&world, "seen", ago(&clock, 60));
    let (_, cursor, _) = drained(&*puller, None, ID).await;
    late(&world, "late", ago(&clock, 600), Span::seconds(30).after(clock.now()));
    clock.advance(Span::minutes(1));
    let (all, _, _) = drained(&*puller, Some(cursor), ID).await;
    assert_eq!(all, ["late", "seen"]);
}

#[tokio::test]
async fn pages_of_a_window_are_fetched_by_their_cursors() {
    let (world, clock, puller) = world().await;
    for number in 0..2_500 {
        add(&world, &number.to_string(), ago(&clock, 3_000 - number));
    }
    let (all, _, _) = drained(&*puller, None, ID).await;
    let wanted: Vec<_> = (0..2_500).map(|number| number.to_string()).collect();
    assert_eq!((all, world.complaints()), (wanted, Vec::new()));
}

/// A pull that takes long is cut off, and what it has learned with it.
#[tokio::test]
async fn a_busy_log_is_pulled_in_narrower_windows_each_by_a_short_pull() {
    let (world, clock, puller) = world().await;
    for number in 0..11_000 {
        add(&world, &number.to_string(), ago(&clock, 11_000 - number));
    }
    let (mut cursor, mut all) = (None, Vec::new());
    loop {
        let before = world.requests().count("logs");
        let page = puller.pull(cursor.as_ref()).await.expect("a page");
        let calls = world.requests().count("logs") - before;
        assert!(calls <= 10, "{calls} calls in one pull");
        all.extend(ids(&page, ID));
        if page.wait.is_some() {
            break;
        }
        assert_ne!(cursor.as_ref(), Some(&page.cursor), "it gets no further");
        cursor = Some(page.cursor);
    }
    all.dedup();
    let wanted: Vec<_> = (0..11_000).map(|number| number.to_string()).collect();
    assert_eq!((all == wanted, world.complaints()), (true, Vec::new()));
}

#[tokio::test]
async fn a_limit_is_waited_for_as_told() {
    let (world, clock, puller) = world().await;
    add(&world, "a", ago(&clock, 60));
    world.allow(1, Span::seconds(20));
    let first = puller.pull(None).await.expect("the last call");
    let failure = puller.pull(Some(&first.cursor)).await.expect_err("too many");
    let after = Some(Duration::from_secs(20));
    assert_eq!(failure.decision, Decision::Retry { after });
    clock.advance(Span::seconds(20));
    let (all, _, _) = drained(&*puller, Some(first.cursor), ID).await;
    assert_eq!(all, ["a"]);
}

#[tokio::test]
async fn what_goes_wrong_is_a_decision_and_loses_nothing() {
    let (world, clock, puller) = world().await;
    add(&world, "a", ago(&clock, 60));
    check_faults(&*puller, world.faults(), "logs").await;
    let (_, cursor, _) = drained(&*puller, None, ID).await;
    add(&world, "b", clock.now());
    world.faults().next("logs", Fault::DropAfter);
    puller.pull(Some(&cursor)).await.expect_err("the reply is lost");
    let (all, _, _) = drained(&*puller, Some(cursor), ID).await;
    assert_eq!(all, ["a", "b"]);
}

#[tokio::test]
async fn a_token_that_is_refused_is_told_with_what_to_do() {
    let (world, _, _) = world().await;
    let (_, outside) = outside();
    let pull = SlackPull {
        base_url: world.base_url().parse().expect("a loopback address"),
        token: secret("slack-other", "xoxb-a-bots-token"),
        every: Span::minutes(1),
        start: Span::hours(24),
    };
    let config = SlackAuditConfig { auth: None, pull: Some(pull) };
    let puller = config.build("slack", &outside).expect("sound").puller.expect("a puller");
    let failure = puller.pull(None).await.expect_err("refused");
    assert_eq!(failure.decision, Decision::Denied);
    assert!(failure.what.contains("invalid_authentication"), "{failure}");
    assert!(!failure.what.contains("xoxb"), "{failure}");
}

#[tokio::test]
async fn a_clock_that_is_set_back_asks_for_no_window_that_ends_before_it_begins() {
    let (world, clock, puller) = world().await;
    let (_, cursor, _) = drained(&*puller, None, ID).await;
    clock.set(ago(&clock, 7_200));
    add(&world, "a", ago(&clock, 10));
    let (all, _, _) = drained(&*puller, Some(cursor), ID).await;
    assert_eq!((all, world.complaints()), (vec!["a".to_owned()], Vec::new()));
}
