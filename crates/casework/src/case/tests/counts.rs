//! What steps count for.

use super::*;
use crate::count::{About, prefix};

const RULE: About<'static> = About::Rule { rule: "sudo", version: "h1" };

impl World {
    fn counted(&self, about: About<'_>, name: &str) -> i64 {
        self.counts.get(&(about.key(), name.to_owned())).copied().unwrap_or_default()
    }

    /// Those of these counters that are not zero.
    fn counted_of<'a>(&self, about: About<'_>, names: &[&'a str]) -> Vec<(&'a str, i64)> {
        let counted = names.iter().map(|name| (*name, self.counted(about, name)));
        counted.filter(|(_, n)| *n != 0).collect()
    }
}

#[test]
fn a_question_counts_for_its_rule_and_the_person_it_asks() {
    let mut world = World::new();
    let id = world.open(&[("ip", "203.0.113.7")]);
    world.deliver_all(id);
    world.pass(Span::minutes(4));
    world.say(id, Answer::Me);
    world.prove(id, Method::Totp);
    let names = ["cases", "asked", "answered", "answer_seconds", "answer_le_300"];
    let counted = [1, 1, 1, 240, 1];
    let expected: Vec<_> = names.into_iter().zip(counted).collect();
    assert_eq!(world.counted_of(RULE, &names), expected);
    let names = ["said_me", "verified", "harmless", "real"];
    let expected = [("said_me", 1), ("verified", 1), ("harmless", 1)];
    assert_eq!(world.counted_of(RULE, &names), expected);
    assert_eq!(world.counted(About::Asked { rule: "sudo", person: person() }, "asked"), 1);
    assert_eq!(world.counted(About::Address("203.0.113.7"), "harmless"), 1);
    assert_eq!(world.counted(About::Person(person()), "cases"), 1);
}

#[test]
fn a_judgement_that_changes_is_taken_off_from_what_it_counted_for() {
    let mut world = World::new();
    let id = world.open(&[("ip", "203.0.113.7")]);
    world.say(id, Answer::NotMe);
    for about in [RULE, About::Person(person()), About::Address("203.0.113.7")] {
        assert_eq!(world.counted_of(about, &["real", "harmless"]), [("real", 1)]);
    }
    let analyst = world.analyst();
    world.dispose(id, analyst).expect("may");
    for about in [RULE, About::Person(person()), About::Address("203.0.113.7")] {
        assert_eq!(world.counted_of(about, &["real", "harmless"]), [("harmless", 1)]);
    }
    let names = ["denied", "said_not_me", "benign"];
    assert_eq!(world.counted_of(RULE, &names), names.map(|name| (name, 1)), "what was said stays");
}

#[test]
fn an_answer_that_is_repeated_counts_once() {
    let mut world = World::new();
    let id = world.open(&[]);
    world.say(id, Answer::NotMe);
    world.pass(Span::days(1));
    world.say(id, Answer::NotMe);
    let names = ["said_not_me", "answered", "denied", "answer_le_60", "answer_seconds"];
    let once = ["said_not_me", "answered", "denied", "answer_le_60"].map(|name| (name, 1));
    assert_eq!(world.counted_of(RULE, &names), once);
}

#[test]
fn silence_counts_as_no_answer() {
    let mut world = World::new();
    let id = world.open(&[]);
    world.pass(Span::hours(3));
    world.wake(id, Timer::Deadline);
    let counted = world.counted_of(RULE, &["asked", "silent", "answered", "real", "harmless"]);
    assert_eq!(counted, [("asked", 1), ("silent", 1)]);
}

#[test]
fn what_hides_an_alert_is_counted_and_asks_nobody() {
    let mut world = World::new();
    let mut opening = world.opening(asking(Assurance::Possession), &[]);
    let (by, why) = ("exception:exc_1".to_owned(), "a test".to_owned());
    opening.judgement = Judgement::Filtered { by, why };
    world.open_with(opening);
    assert_eq!(world.counted(About::Hiding("exception:exc_1"), "hits"), 1);
    assert_eq!(world.counted_of(RULE, &["cases", "filtered", "asked"]).len(), 2);
}

#[test]
fn the_use_of_a_suppression_is_counted() {
    let mut world = World::new();
    let id = world.open(&[("host", "a")]);
    world.say(id, Answer::Me);
    world.prove(id, Method::Totp);
    assert_eq!(world.counted(About::Suppression("sudo"), "hits"), 0);
    world.open(&[("host", "a"), ("n", "2")]);
    assert_eq!(world.counted(About::Suppression("sudo"), "hits"), 1);
    assert_eq!(world.counted(RULE, "suppressed"), 1);
}

#[test]
fn words_from_outside_make_no_keys_of_their_own() {
    let hostile = About::Rule { rule: "a\u{1f}b\n", version: &"v".repeat(1_000) };
    let key = hostile.key();
    assert!(key.starts_with(&prefix("rule", &["ab"])));
    assert!(key.chars().count() < 250);
    let mut world = World::new();
    world.open(&[("ip", "not an address")]);
    assert!(world.counts.keys().all(|(key, _)| !key.starts_with("address")));
}

fn told(world: &mut World) -> Vec<(StateName, Option<Reason>, bool)> {
    let news = std::mem::take(&mut world.news).into_iter();
    let of_case = news.filter_map(|news| match news {
        News::Case { state, reason, is_new, .. } => Some((state, reason, is_new)),
        News::Action { .. } => None,
    });
    of_case.collect()
}

#[test]
fn others_are_told_when_a_case_opens_comes_to_the_analysts_and_ends() {
    let mut world = World::new();
    let id = world.open(&[]);
    assert_eq!(told(&mut world), [(StateName::Asking, None, true)]);
    world.deliver_all(id);
    world.say(id, Answer::Me);
    assert_eq!(told(&mut world), [], "an unproven yes is no outcome");
    world.say(id, Answer::NotMe);
    assert_eq!(told(&mut world), [(StateName::Escalated, Some(Reason::Denied), false)]);
    world.say(id, Answer::NotMe);
    assert_eq!(told(&mut world), [], "nothing new");
    let analyst = world.analyst();
    world.dispose(id, analyst.clone()).expect("may");
    let is_theirs = |news: &News| matches!(news, News::Case { by: Some(by), .. } if *by == analyst);
    assert!(world.news.iter().any(is_theirs), "and by whom");
    assert_eq!(told(&mut world), [(StateName::Closed, Some(Reason::Benign), false)]);
}

#[test]
fn a_case_that_is_closed_at_once_is_told_once() {
    let mut world = World::new();
    let mut opening = world.opening(asking(Assurance::Possession), &[]);
    let (by, why) = ("filter:x".to_owned(), "known".to_owned());
    opening.judgement = Judgement::Filtered { by, why };
    world.open_with(opening);
    assert_eq!(told(&mut world), [(StateName::Closed, Some(Reason::Filtered), true)]);
}

#[test]
fn what_drifts_away_from_what_was_proven_is_asked_again() {
    let proven = [("host", "a"), ("client.os", "macOS"), ("country", "NO")];
    let mut world = World::new();
    let id = world.open(&proven);
    world.say(id, Answer::Me);
    world.prove(id, Method::Totp);
    let same = world.open(&[("host", "a"), ("client.os", "macOS"), ("note", "another")]);
    check(&world, same, StateName::Closed, Reason::Suppressed);
    for drifted in [("client.os", "Linux"), ("country", "US")] {
        let id = world.open(&[("host", "a"), drifted]);
        assert_ne!(world.state(id).0, StateName::Closed, "{drifted:?}");
    }
    assert_eq!(world.counted(About::Suppression("sudo"), "hits"), 1);
    assert_eq!(world.desk.suppressions[0].hits, 1);
}
