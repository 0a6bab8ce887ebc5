//! Which changes of a session matter.

use event::Event;

use crate::baseline::{
    Mode,
    example::{MONDAY, World, at, event_at},
};

const SESSION: &str = "{ kind: session_change, selection: { action: any } }";

/// An event of the session, so many minutes after it began, from a laptop.
fn laptop(minute: i64) -> Event {
    let mut event = event_at(MONDAY + minute * 60);
    event.client.os = Some("Windows".into());
    event.client.family = Some("Firefox".into());
    event.client.version = Some(140);
    event.client.device = Some("cookie-of-the-laptop".into());
    event
}

fn check(change: impl Fn(&mut Event), score: f64, why: &str) {
    let mut world = World::of(SESSION);
    world.mode = Mode::Measure;
    assert_eq!(world.see(&laptop(0)), []);
    let mut event = laptop(5);
    change(&mut event);
    let found: Vec<f64> = world.see(&event).iter().map(|finding| finding.score).collect();
    let expected: &[f64] = if score > 0.0 { &[score] } else { &[] };
    assert_eq!(found, expected, "{why}");
}

fn move_to(event: &mut Event, ip: &str, asn: u32) {
    event.origin.ip = ip.parse().ok();
    event.origin.asn = Some(asn);
}

#[test]
fn each_change_counts_its_weight_and_benign_ones_none() {
    check(|event| event.client.version = Some(141), 0.0, "an update");
    check(|event| event.client.version = Some(139), 2.0, "a downgrade");
    check(|event| event.client.os = Some("Linux".into()), 4.0, "another system");
    check(|event| event.client.os = None, 0.0, "not told is not changed");
    check(|event| move_to(event, "203.0.113.99", 64_500), 0.0, "the same network");
    check(
        |event| move_to(event, "198.51.100.1", 64_500),
        0.0,
        "an address alone is below the floor",
    );
    check(|event| move_to(event, "198.51.100.1", 64_512), 4.0, "another network");
    let moved = |event: &mut Event| {
        move_to(event, "198.51.100.1", 64_512);
        event.client.os = Some("Linux".into());
    };
    check(moved, 8.0, "another network and another system");
}

#[test]
fn a_stolen_session_is_raised_once_and_explained() {
    let mut world = World::of(SESSION);
    world.see(&laptop(0));
    let mut thief = laptop(12);
    move_to(&mut thief, "198.51.100.1", 64_512);
    thief.client.os = Some("Linux".into());
    let finding = world.see(&thief).remove(0);
    assert_eq!(
        finding.explanation.to_string(),
        "the session changed, 12 min after it was first seen: network from another to \
         198.51.100.0/24 (1), asn from 64500 to 64512 (3), os from Windows to Linux (4); 8 points"
    );
    thief.time = at(MONDAY + 13 * 60);
    assert_eq!(world.see(&thief), [], "raised once");
    world.answer(&finding, false, at(MONDAY + 20 * 60));
    thief.time = at(MONDAY + 21 * 60);
    assert_eq!(world.see(&thief).len(), 1, "denied, and still going on");
}

#[test]
fn a_confirmed_look_is_accepted_and_another_is_not() {
    let mut world = World::of(SESSION);
    world.see(&laptop(0));
    let mut phone = laptop(12);
    phone.client.os = Some("Android".into());
    phone.client.device = Some("cookie-of-the-phone".into());
    let finding = world.see(&phone).remove(0);
    world.answer(&finding, true, at(MONDAY + 20 * 60));
    phone.time = at(MONDAY + 21 * 60);
    assert_eq!(world.see(&phone), []);
    phone.client.os = Some("Linux".into());
    assert_eq!(world.see(&phone).len(), 1);
}

#[test]
fn two_networks_taking_turns_within_half_an_hour_are_two_parties() {
    let taking_turns = |minutes: i64| {
        let mut world = World::of(SESSION);
        let mut findings = Vec::new();
        for turn in 0..4 {
            let mut event = laptop(turn * minutes);
            if turn % 2 == 1 {
                move_to(&mut event, "198.51.100.1", 64_512);
            }
            findings.extend(world.see(&event));
        }
        findings.first().map(|finding| finding.score)
    };
    assert_eq!(taking_turns(5), Some(8.0));
    assert_eq!(taking_turns(20), None, "40 minutes between two turns");
}

#[test]
fn the_watch_list_of_a_file_replaces_the_weights() {
    let yaml = "{ kind: session_change, selection: { a: b }, watch: { asn: 9 }, score: 9 }";
    let mut world = World::of(yaml);
    world.see(&laptop(0));
    let mut event = laptop(1);
    event.client.os = Some("Linux".into());
    assert_eq!(world.see(&event), [], "not watched");
    event.time = at(MONDAY + 120);
    move_to(&mut event, "198.51.100.1", 64_512);
    assert_eq!(world.see(&event)[0].score, 9.0);
}

#[test]
fn what_the_beginning_did_not_tell_is_filled_in() {
    let mut world = World::of(SESSION);
    let mut first = laptop(0);
    first.client.os = None;
    first.origin.ip = None;
    first.origin.asn = None;
    world.see(&first);
    assert_eq!(world.see(&laptop(1)), []);
    let mut thief = laptop(2);
    move_to(&mut thief, "198.51.100.1", 64_512);
    thief.client.os = Some("Linux".into());
    assert_eq!(world.see(&thief).len(), 1);
}

#[test]
fn an_event_without_a_session_is_nobodys() {
    let mut world = World::of(SESSION);
    let mut event = laptop(0);
    event.session = None;
    world.see(&event);
    assert!(world.entities.is_empty());
}
