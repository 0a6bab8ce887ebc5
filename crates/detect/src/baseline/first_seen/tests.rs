//! What is new, what is not, and who decides.

use super::*;
use crate::baseline::{
    Explanation, Mode,
    example::{MONDAY, World, at, event_at},
};

const DAY_S: i64 = 86_400;
const NETWORKS: &str = "
kind: first_seen
selection: { action: user.session.start }
value: source.asn
unit: network
";

/// A sign-in from a network, so many days and seconds after the first Monday.
fn sign_in(person: &str, asn: u32, day: i64, second: i64) -> event::Event {
    let mut event = event_at(MONDAY + day * DAY_S + second);
    event.actor.id = Some(person.into());
    event.origin.asn = Some(asn);
    event
}

/// One person with three weeks of sign-ins from one network, twice a day.
fn settled(yaml: &str) -> World {
    let mut world = World::of(yaml);
    settle(&mut world, "mia", 64_500);
    world
}

fn settle(world: &mut World, person: &str, asn: u32) {
    for day in 0..21 {
        for second in [0, 3_600] {
            assert_eq!(world.see(&sign_in(person, asn, day, second)), [], "day {day}");
        }
    }
}

#[test]
fn a_new_value_is_raised_once_and_explained() {
    let mut world = settled(NETWORKS);
    let findings = world.see(&sign_in("mia", 64_512, 21, 0));
    let [finding] = &findings[..] else { panic!("one finding: {findings:?}") };
    assert_eq!(
        finding.explanation.to_string(),
        "network 64512 is new to this person, known for 21 days and 42 events; usual: 64500"
    );
    assert!(finding.score > 3.0 && finding.threshold == 1.0, "{finding:?}");
    assert_eq!(world.see(&sign_in("mia", 64_512, 21, 60)), [], "it is under investigation");
}

#[test]
fn nothing_is_raised_before_enough_is_known() {
    let gate = "{ events: 20, days: 5 }";
    for (days, times_a_day, new_on, is_raised) in
        [(14, 2, 14, true), (13, 2, 13, false), (14, 1, 14, false), (4, 10, 20, false)]
    {
        let mut world = World::of(&format!("{NETWORKS}minimum: {gate}"));
        for day in 0..days {
            for time in 0..times_a_day {
                world.see(&sign_in("mia", 64_500, day, time * 60));
            }
        }
        let raised = !world.see(&sign_in("mia", 64_512, new_on, 0)).is_empty();
        assert_eq!(raised, is_raised, "{times_a_day} on each of {days} days");
    }
}

#[test]
fn a_value_is_forgotten_after_so_long_and_everything_after_an_absence() {
    let mut world = settled(&format!("{NETWORKS}forget: 30d"));
    for day in 21..50 {
        // Not answered, so it is raised again each time its week is over.
        let raised = world.see(&sign_in("mia", 64_501, day, 0)).len();
        assert_eq!(raised, usize::from(day % 7 == 0), "day {day}");
    }
    assert_eq!(world.see(&sign_in("mia", 64_500, 51, 0)).len(), 1, "last seen 31 days ago");
    let mut world = settled(&format!("{NETWORKS}forget: 30d"));
    assert_eq!(world.see(&sign_in("mia", 64_512, 60, 0)), [], "nothing is known any more");
}

#[test]
fn a_confirmed_value_is_known_at_once_and_a_denied_one_never() {
    let mut world = settled(NETWORKS);
    let finding = world.see(&sign_in("mia", 64_512, 21, 0)).remove(0);
    world.answer(&finding, true, at(MONDAY + 21 * DAY_S + 600));
    assert_eq!(world.see(&sign_in("mia", 64_512, 21, 1_200)), []);

    let finding = world.see(&sign_in("mia", 64_666, 22, 0)).remove(0);
    world.answer(&finding, false, at(MONDAY + 22 * DAY_S + 600));
    for day in [22, 60, 100] {
        let again = world.see(&sign_in("mia", 64_666, day, 7_200));
        assert!(matches!(again[0].explanation, Explanation::Denied { .. }), "on day {day}");
        let at_once = world.see(&sign_in("mia", 64_666, day, 7_260));
        assert_eq!(at_once, [], "raised at most once an hour");
        for known in 0..20 {
            world.see(&sign_in("mia", 64_500, day + known, 9_000));
        }
    }
}

#[test]
fn nothing_new_is_learned_while_something_is_open_and_it_is_raised_again_after_a_week() {
    let mut world = settled(&format!("{NETWORKS}peers: organisation"));
    let others: Vec<String> = (0..12).map(|n| format!("p{n}")).collect();
    for person in &others {
        settle(&mut world, person, 64_501);
    }
    let open = world.see(&sign_in("mia", 64_512, 21, 0));
    assert_eq!(open.len(), 1);
    // Peers all use it, so it is not raised; but it is not learned either.
    assert_eq!(world.see(&sign_in("mia", 64_501, 21, 60)), []);
    let entity = &world.entities[&open[0].subject.entity];
    assert!(!knows(entity, &world, 64_501));
    assert_eq!(world.see(&sign_in("mia", 64_512, 28, 0)).len(), 1, "a week later");
}

fn knows(entity: &super::super::Entity, world: &World, asn: u64) -> bool {
    let slot = world.baselines.all()[0].slot;
    find(crate::baseline::slot::body(entity.bytes_of(slot)), Token::number(asn)).is_ok()
}

#[test]
fn what_nobody_is_asked_about_is_learned_as_if_it_had_been_confirmed() {
    for mode in [Mode::Shadow, Mode::Measure] {
        let mut world = settled(NETWORKS);
        world.mode = mode;
        assert_eq!(world.see(&sign_in("mia", 64_512, 21, 0)).len(), 1);
        assert_eq!(world.see(&sign_in("mia", 64_512, 40, 0)), [], "{mode:?}");
    }
}

#[test]
fn what_is_familiar_is_learned_at_once_and_raises_nothing_but_what_was_denied() {
    let mut world = settled(NETWORKS);
    world.knows = |event| event.client.device.as_deref() == Some("own");
    let own = |asn, day| {
        let mut event = sign_in("mia", asn, day, 0);
        event.client.device = Some("own".into());
        event
    };
    assert_eq!(world.see(&own(64_512, 21)), []);
    assert_eq!(world.see(&sign_in("mia", 64_512, 21, 60)), [], "it is known now");
    let finding = world.see(&sign_in("mia", 64_666, 22, 0)).remove(0);
    assert_eq!(world.see(&own(64_666, 22)), [], "open is open");
    world.answer(&finding, false, at(MONDAY + 22 * DAY_S + 600));
    assert_eq!(world.see(&own(64_666, 23)).len(), 1, "a word is worth more than a device");
}

#[test]
fn what_peers_use_surprises_less_and_what_nobody_uses_does_not() {
    let mut world = World::of(&format!("{NETWORKS}peers: organisation"));
    for person in 0..40 {
        settle(&mut world, &format!("p{person}"), 64_501);
    }
    settle(&mut world, "mia", 64_500);
    world.mode = Mode::Measure;
    assert_eq!(world.see(&sign_in("mia", 64_501, 21, 0)), [], "everybody uses it");
    let rare = world.see(&sign_in("mia", 64_512, 21, 60)).remove(0);
    assert!(rare.explanation.to_string().ends_with("none of 40 in the organisation knows it"));
    assert!(rare.score > 2.0, "{}", rare.score);
}

#[test]
fn for_whom_new_is_usual_it_is_not_raised() {
    let mut world = World::of(NETWORKS);
    for day in 0..40 {
        for time in 0..2 {
            let asn = 64_000 + u32::try_from(day).expect("small");
            assert_eq!(world.see(&sign_in("mia", asn, day, time)), [], "day {day}");
        }
    }
}

#[test]
fn late_events_raise_nothing_and_teach_nothing_new() {
    let mut world = settled(NETWORKS);
    let newest = sign_in("mia", 64_500, 21, 0);
    world.see(&newest);
    let late = sign_in("mia", 64_512, 20, 0);
    assert_eq!(world.see_at(&late, newest.time), []);
    assert_eq!(world.see(&sign_in("mia", 64_512, 21, 60)).len(), 1, "it is still new");
}

#[test]
fn so_many_values_are_kept_and_the_one_not_seen_for_longest_goes() {
    let mut world = World::of(NETWORKS);
    world.mode = Mode::Shadow;
    for day in 0..30 {
        for n in 0..15 {
            let asn = u32::try_from(1_000 + day * 15 + n).expect("small");
            world.see(&sign_in("mia", asn, day, n * 60));
        }
    }
    let entity = world.entities.values().next().expect("one");
    let slot = world.baselines.all()[0].slot;
    let values = entries(crate::baseline::slot::body(entity.bytes_of(slot))).count();
    assert_eq!(values, KNOWN_MAX);
    assert!(knows(entity, &world, 1_449) && !knows(entity, &world, 1_000));
}

#[test]
fn a_flood_of_new_values_is_learned_slowly() {
    let mut world = World::of(&format!("{NETWORKS}score: 8"));
    settle(&mut world, "mia", 64_500);
    for n in 0..60 {
        assert_eq!(world.see(&sign_in("mia", 65_000 + n, 21, i64::from(n))), []);
    }
    let entity = world.entities.values().next().expect("one");
    let known = (65_000..65_060).filter(|asn| knows(entity, &world, *asn)).count();
    assert_eq!(known, LEARNED_A_DAY);
}

#[test]
fn several_new_values_of_one_event_are_one_finding_and_one_verdict() {
    let mut world = World::of("{ kind: first_seen, selection: { a: b }, value: target.id }");
    let touch = |day: i64, targets: &[&str]| {
        let mut event = sign_in("mia", 1, day, 0);
        event.targets = targets.iter().map(|id| crate::baseline::example::target(id)).collect();
        event
    };
    for day in 0..25 {
        assert_eq!(world.see(&touch(day, &["wiki", "mail"])), []);
    }
    let findings = world.see(&touch(25, &["vault", "mail", "payroll"]));
    let [finding] = &findings[..] else { panic!("one finding") };
    assert_eq!(finding.subject.values.len(), 2);
    world.answer(finding, true, at(MONDAY + 25 * DAY_S + 60));
    assert_eq!(world.see(&touch(26, &["payroll", "vault"])), []);
}
