use std::{sync::Arc, time::Duration};

use demo::vendors::{Fault, GoogleReports, google_reports::SUBJECT};
use ports::{Clock as _, Decision, clock::ManualClock};
use serde_json::json;

use super::*;
use crate::events::{
    google_workspace::GoogleWorkspaceConfig,
    pull::tests::{ago, check_faults, drained, outside, secret},
};

const ID: &str = "/id/uniqueQualifier";

async fn world() -> (GoogleReports, ManualClock, Outside) {
    let (clock, outside) = outside();
    let world = GoogleReports::start(Arc::new(clock.clone())).await.expect("a free port");
    (world, clock, outside)
}

fn config(world: &GoogleReports, subject: &str, applications: &[&str]) -> GoogleWorkspaceConfig {
    let pull = GooglePull {
        base_url: world.base_url().parse().expect("a loopback address"),
        service_account: secret("google", &world.service_account()),
        subject: subject.to_owned(),
        applications: applications.iter().map(|name| (*name).to_owned()).collect(),
        every: Span::minutes(5),
        start: Span::hours(24),
    };
    GoogleWorkspaceConfig { auth: None, pull: Some(pull) }
}

fn puller(world: &GoogleReports, outside: &Outside) -> Arc<dyn Puller> {
    let config = config(world, SUBJECT, &["login", "drive"]);
    config.build("google", outside).expect("a sound section").puller.expect("a puller")
}

fn add(world: &GoogleReports, application: &str, id: &str, time: Timestamp) {
    late(world, application, id, time, time);
}

fn late(world: &GoogleReports, application: &str, id: &str, time: Timestamp, seen: Timestamp) {
    let record = json!({
        "id": { "time": format!("{time:.3}"), "uniqueQualifier": id, "applicationName": application },
        "events": [{ "name": "login_success" }],
    });
    world.add(application, record, time, seen);
}

#[tokio::test]
async fn every_application_is_pulled_in_its_turn_oldest_first() {
    let (world, clock, outside) = world().await;
    let puller = puller(&world, &outside);
    for number in 0..30 {
        add(&world, "login", &format!("l{number}"), ago(&clock, 80_000 - number * 1_000));
        add(&world, "drive", &format!("d{number}"), ago(&clock, 80_000 - number * 1_000));
    }
    add(&world, "admin", "not asked for", ago(&clock, 10));
    let (mut all, _, wait) = drained(&*puller, None, ID).await;
    all.dedup();
    let of = |letter: char| (0..30).map(move |number| format!("{letter}{number}"));
    let wanted: Vec<_> = of('l').chain(of('d')).collect();
    assert_eq!((all, wait), (wanted, Span::minutes(5)));
    assert_eq!(world.requests().count("token"), 1, "one token serves for an hour");
    assert_eq!(world.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_told_hours_late_is_found_by_looking_far_back_twice_an_hour() {
    let (world, clock, outside) = world().await;
    let puller = puller(&world, &outside);
    let (_, cursor, _) = drained(&*puller, None, ID).await;
    late(&world, "login", "5 h", ago(&clock, 5 * 3_600), clock.now());
    late(&world, "login", "7 h", ago(&clock, 7 * 3_600), clock.now());
    late(&world, "drive", "20 h", ago(&clock, 20 * 3_600), clock.now());
    add(&world, "login", "now", clock.now());
    let (all, cursor, _) = drained(&*puller, Some(cursor), ID).await;
    assert_eq!(all, ["now"], "not each time");
    clock.advance(Span::minutes(30));
    // This pass sees that it is time, the next one looks back.
    let (_, cursor, _) = drained(&*puller, Some(cursor), ID).await;
    let (all, cursor, _) = drained(&*puller, Some(cursor), ID).await;
    assert_eq!(all, ["5 h", "now", "20 h"]);
    let (all, cursor, _) = drained(&*puller, Some(cursor), ID).await;
    assert!(all.is_empty(), "and not again: {all:?}");
    let started_again = self::puller(&world, &outside);
    let (all, _, _) = drained(&*started_again, Some(cursor), ID).await;
    assert_eq!(all, ["5 h", "now", "20 h"], "after a start at once");
}

#[tokio::test]
async fn a_token_is_made_anew_when_it_ends_or_is_refused() {
    let (world, clock, outside) = world().await;
    let puller = puller(&world, &outside);
    let (_, cursor, _) = drained(&*puller, None, ID).await;
    clock.advance(Span::minutes(59));
    let (_, cursor, _) = drained(&*puller, Some(cursor), ID).await;
    assert_eq!(world.requests().count("token"), 2, "before its end");
    world.revoke_tokens();
    let failure = puller.pull(Some(&cursor)).await.expect_err("refused");
    assert_eq!(failure.decision, Decision::Denied);
    drained(&*puller, Some(cursor), ID).await;
    assert_eq!(world.requests().count("token"), 3);
}

#[tokio::test]
async fn a_service_account_that_is_refused_is_told_with_what_to_do() {
    let (world, _, outside) = world().await;
    let config = config(&world, "nobody@example.com", &["login"]);
    let puller = config.build("google", &outside).expect("sound").puller.expect("a puller");
    let failure = puller.pull(None).await.expect_err("refused");
    assert_eq!(failure.decision, Decision::Denied);
    assert!(failure.what.contains("delegation") && !failure.what.contains("nobody"), "{failure}");
}

#[tokio::test]
async fn a_limit_in_a_403_is_waited_for() {
    let (world, clock, outside) = world().await;
    let puller = puller(&world, &outside);
    world.allow(0, Span::minutes(1));
    let failure = puller.pull(None).await.expect_err("too many");
    assert_eq!(failure.decision, Decision::Retry { after: None::<Duration> });
    clock.advance(Span::minutes(1));
    puller.pull(None).await.expect("answered again");
}

#[tokio::test]
async fn what_goes_wrong_is_a_decision_and_loses_nothing() {
    let (world, clock, outside) = world().await;
    let puller = puller(&world, &outside);
    add(&world, "login", "a", ago(&clock, 60));
    check_faults(&*puller, world.faults(), "login").await;
    world.faults().next("login", Fault::DropAfter);
    puller.pull(None).await.expect_err("the reply is lost");
    let (all, _, _) = drained(&*puller, None, ID).await;
    assert_eq!(all, ["a"]);
}

#[test]
fn a_file_that_is_no_service_account_is_refused_without_showing_it() {
    let (_, outside) = outside();
    for (text, told) in [
        ("not json", "is not the JSON key"),
        ("{}", "is not the JSON key"),
        (
            r#"{"client_email":"a","private_key":"hunter2","token_uri":"https://x.example"}"#,
            "is not the JSON key",
        ),
        (
            r#"{"client_email":"a","private_key":"-----BEGIN PRIVATE KEY-----\naGk=\n-----END PRIVATE KEY-----","token_uri":"https://x.example"}"#,
            "no RSA key",
        ),
    ] {
        let pull = GooglePull {
            base_url: "https://admin.googleapis.com".parse().expect("an address"),
            service_account: secret("google-bad", text),
            subject: "nobody".to_owned(),
            applications: vec!["Login".to_owned()],
            every: Span::minutes(5),
            start: Span::hours(24),
        };
        let config = GoogleWorkspaceConfig { auth: None, pull: Some(pull) };
        let problems = config.build("google", &outside).err().expect("refused");
        let all: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert!(all[0].starts_with("pull.service_account: ") && all[0].contains(told), "{all:?}");
        assert!(!all[0].contains("hunter2"));
        assert!(all[1].starts_with("pull.subject") && all[2].starts_with("pull.applications"));
    }
}
