use std::time::Duration;

use demo::vendors::{Fault, OktaLog, okta_log::API_TOKEN};
use ports::{Clock as _, Decision, clock::ManualClock, source::Reads};
use serde_json::json;

use super::*;
use crate::events::{
    okta::OktaConfig,
    pull::tests::{ago, at, check_faults, drained, ids, outside, secret},
};

const ID: &str = "/uuid";

async fn world() -> (OktaLog, ManualClock, Outside) {
    let (clock, outside) = outside();
    let world = OktaLog::start(std::sync::Arc::new(clock.clone())).await.expect("a free port");
    (world, clock, outside)
}

fn puller(world: &OktaLog, outside: &Outside) -> std::sync::Arc<dyn Puller> {
    let pull = OktaPull {
        base_url: world.base_url().parse().expect("a loopback address"),
        token: secret("okta", API_TOKEN),
        token_type: TokenType::Ssws,
        every: Span::seconds(30),
        start: Span::hours(1),
    };
    let config = OktaConfig { auth: None, pull: Some(pull) };
    let source = config.build("okta", outside).expect("a sound section");
    assert!(matches!(source.reads, Reads::Events(_)));
    source.puller.expect("a puller")
}

/// Stores an event that happened when it is stored.
fn add(world: &OktaLog, id: &str, time: Timestamp) {
    late(world, id, time, time);
}

fn late(world: &OktaLog, id: &str, published: Timestamp, stored: Timestamp) {
    let published = format!("{published:.3}");
    world.add(json!({ "uuid": id, "published": published, "eventType": "x" }), stored);
}

#[tokio::test]
async fn a_poll_goes_on_from_link_to_link_and_misses_nothing_that_comes_late() {
    let (world, clock, outside) = world().await;
    let puller = puller(&world, &outside);
    add(&world, "too old", ago(&clock, 7_200));
    add(&world, "a", ago(&clock, 60));
    add(&world, "b", ago(&clock, 30));
    let (all, cursor, wait) = drained(&*puller, None, ID).await;
    assert_eq!((all, wait), (vec!["a".to_owned(), "b".to_owned()], Span::seconds(30)));
    let (none, cursor, _) = drained(&*puller, Some(cursor), ID).await;
    assert!(none.is_empty(), "an empty page has a next one all the same");
    clock.advance(Span::seconds(30));
    // Stored now, and said to have happened long before what was seen last.
    late(&world, "late", ago(&clock, 1_000), clock.now());
    add(&world, "a", clock.now());
    let (all, _, _) = drained(&*puller, Some(cursor), ID).await;
    assert_eq!(all, ["late", "a"], "what is sent twice comes twice");
    assert_eq!(world.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn full_pages_are_fetched_without_a_pause() {
    let (world, clock, outside) = world().await;
    let puller = puller(&world, &outside);
    for number in 0..2_500 {
        add(&world, &number.to_string(), ago(&clock, 3_000 - number));
    }
    let (all, _, _) = drained(&*puller, None, ID).await;
    let wanted: Vec<_> = (0..2_500).map(|number| number.to_string()).collect();
    assert_eq!(all, wanted, "in order");
    assert_eq!(world.requests().count("logs"), 3);
}

#[tokio::test]
async fn after_a_start_the_last_five_minutes_are_read_again() {
    let (world, clock, outside) = world().await;
    for (id, seconds) in [("long ago", 1_000), ("near", 200), ("last", 0)] {
        add(&world, id, ago(&clock, seconds));
    }
    let (_, cursor, _) = drained(&*puller(&world, &outside), None, ID).await;
    let started_again = puller(&world, &outside);
    let (all, cursor, _) = drained(&*started_again, Some(cursor), ID).await;
    assert_eq!(all, ["near", "last"]);
    let (all, _, _) = drained(&*started_again, Some(cursor), ID).await;
    assert!(all.is_empty(), "only once");
}

#[tokio::test]
async fn a_link_that_has_become_too_old_begins_a_little_before_what_was_seen() {
    let (world, clock, outside) = world().await;
    let puller = puller(&world, &outside);
    add(&world, "a", ago(&clock, 1_000));
    add(&world, "b", ago(&clock, 10));
    let (_, cursor, _) = drained(&*puller, None, ID).await;
    world.expire_links();
    add(&world, "c", clock.now());
    let (all, _, _) = drained(&*puller, Some(cursor), ID).await;
    assert_eq!(all, ["b", "c"]);
}

#[tokio::test]
async fn a_cursor_that_cannot_be_read_is_a_first_pull() {
    let (world, clock, outside) = world().await;
    add(&world, "a", ago(&clock, 60));
    let odd = Cursor(b"\xff{".to_vec());
    let (all, _, _) = drained(&*puller(&world, &outside), Some(odd), ID).await;
    assert_eq!(all, ["a"]);
}

#[tokio::test]
async fn a_limit_is_waited_for_by_the_vendors_own_clock() {
    let (world, clock, outside) = world().await;
    let puller = puller(&world, &outside);
    world.allow(1, Span::seconds(45));
    // Our clock is an hour off; only the difference of the vendor's times counts.
    let page = puller.pull(None).await.expect("the last call");
    assert_eq!(page.wait, Some(Span::seconds(46)), "nothing is left until then");
    let failure = puller.pull(Some(&page.cursor)).await.expect_err("too many");
    let after = Some(Duration::from_secs(46));
    assert_eq!(failure.decision, Decision::Retry { after });
    clock.advance(Span::seconds(46));
    puller.pull(Some(&page.cursor)).await.expect("answered again");
}

#[tokio::test]
async fn the_token_never_follows_a_link_to_another_host() {
    let (world, clock, outside) = world().await;
    let puller = puller(&world, &outside);
    add(&world, "a", ago(&clock, 60));
    world.lead_to("https://elsewhere.example");
    let failure = puller.pull(None).await.expect_err("led astray");
    assert_eq!(failure.decision, Decision::Misconfigured);
    assert!(failure.what.contains("another host"), "{failure}");
}

#[tokio::test]
async fn what_goes_wrong_is_a_decision_and_loses_nothing() {
    let (world, clock, outside) = world().await;
    let puller = puller(&world, &outside);
    add(&world, "a", ago(&clock, 60));
    check_faults(&*puller, world.faults(), "logs").await;
    let (_, cursor, _) = drained(&*puller, None, ID).await;
    add(&world, "b", clock.now());
    world.faults().next("logs", Fault::DropAfter);
    puller.pull(Some(&cursor)).await.expect_err("the reply is lost");
    let page = puller.pull(Some(&cursor)).await.expect("the same page again");
    assert_eq!(ids(&page, ID), ["b"]);
}

#[tokio::test]
async fn a_page_beyond_every_limit_is_refused_and_not_kept_in_memory() {
    let (world, clock, outside) = world().await;
    let huge = json!({ "uuid": "x".repeat(33 * 1_024 * 1_024) });
    world.add(huge, ago(&clock, 60));
    let failure = puller(&world, &outside).pull(None).await.expect_err("too large");
    assert!(failure.what.contains("larger than 33554432 bytes"), "{failure}");
}

#[tokio::test]
async fn a_record_of_the_far_future_does_not_stop_the_pull() {
    let (world, _, outside) = world().await;
    let (clock, stored) = (outside.clock.clone(), outside.clock.now());
    late(&world, "future", at("2099-01-01T00:00:00Z"), stored);
    let (_, cursor, _) = drained(&*puller(&world, &outside), None, ID).await;
    add(&world, "now", clock.now());
    let (all, _, _) = drained(&*puller(&world, &outside), Some(cursor), ID).await;
    assert!(all.contains(&"now".to_owned()), "{all:?}");
}

#[test]
fn a_section_without_a_way_in_or_with_odd_times_is_refused() {
    let (_, outside) = outside();
    let problems = |text: &str| -> Vec<String> {
        let config: OktaConfig = toml::from_str(text).expect("a section");
        let problems = config.build("okta", &outside).err().expect("refused");
        problems.iter().map(ToString::to_string).collect()
    };
    assert!(problems("")[0].starts_with("auth: say how"));
    let told = problems(
        r#"pull = { base_url = "https://example.okta.com", token = { env = "COUNTERSIGN_TEST_NO_SUCH" }, every = "1s", start = "365d" }"#,
    );
    assert!(told[0].starts_with("pull.token: the environment variable"), "{told:?}");
    assert_eq!(told[1..], ["pull.every: is between 5s and 1h", "pull.start: is at most 180d"]);
}
