//! What a proof has to be independent of, over all alerts of a case and of a person.

use model::{Reason, StateName as S};
use proptest::prelude::*;

use super::*;
use crate::{
    case::ALERTS_KEPT,
    proof::{Event, NAMES_KEPT, Names},
};

fn join(world: &mut World, id: CaseId, facts: &[(&str, &str)]) {
    let (alert, treatment) =
        (Box::new(world.alert(facts)), Box::new(asking(Assurance::Possession)));
    world.give(id, Input::Join { alert, treatment, is_update: false });
}

fn device(name: &str) -> FactorFacts {
    FactorFacts { device: Some(name.to_owned()), ..ways(Method::Duo) }
}

#[test]
fn what_forgotten_alerts_named_cannot_prove_either() {
    let alerts = 2 * ALERTS_KEPT;
    for named in [0, 1, ALERTS_KEPT, alerts - 1] {
        let mut world = World::new();
        let id = world.open(&[("device", "DP0")]);
        for n in 1..alerts {
            join(&mut world, id, &[("device", &format!("DP{n}"))]);
        }
        assert_eq!(world.cases[&id].alerts.len(), ALERTS_KEPT);
        world.say_with(id, Answer::Me, vec![device(&format!("dp{named}"))]).expect("taken");
        check(&world, id, S::Escalated, Reason::Unprovable);
    }
}

#[test]
fn a_device_among_several_or_with_a_number_for_a_name_cannot_prove_it() {
    let list = FactValue::List(vec!["DP1".into(), FactValue::List(vec!["dp2 ".into()])]);
    for (fact, factor, state) in [
        (list.clone(), "DP2", S::Escalated),
        (list, "DP3", S::Claimed),
        (FactValue::Int(4711), "4711", S::Escalated),
    ] {
        let mut world = World::new();
        let mut opening = world.opening(asking(Assurance::Possession), &[]);
        opening.alert.facts.insert("devices".to_owned(), fact);
        let id = world.open_with(opening);
        world.say_with(id, Answer::Me, vec![device(factor)]).expect("taken");
        assert_eq!(world.state(id).0, state, "{factor}");
    }
}

#[test]
fn a_case_that_names_more_than_is_kept_is_proven_by_nothing() {
    for (names, state) in [(NAMES_KEPT, S::Claimed), (NAMES_KEPT + 1, S::Escalated)] {
        let mut world = World::new();
        let id = world.open(&[("session", "0")]);
        for n in 1..names {
            join(&mut world, id, &[("session", &n.to_string())]);
        }
        world.say(id, Answer::Me);
        assert_eq!(world.state(id).0, state, "{names}");
    }
}

#[test]
fn a_provider_is_not_believed_after_an_enrolment_a_reset_or_a_recovery_in_the_window() {
    let guarded = FactorFacts { age: FactorAge::GuardedByProvider, ..ways(Method::Duo) };
    let (within, before) = (Span::hours(72), Span::hours(73));
    for (action, since, state) in [
        ("mfa.factor.enroll", within, S::Claimed),
        ("mfa.factor.enroll", Span::hours(71), S::Escalated),
        ("account recovery", Span::ZERO, S::Escalated),
        ("password reset", Span::hours(1), S::Escalated),
        ("password reset", before, S::Claimed),
        ("sign-in", Span::hours(1), S::Claimed),
    ] {
        let mut world = World::new();
        let earlier = world.open(&[("action", action)]);
        world.say(earlier, Answer::NotMe);
        world.pass(since);
        let id = world.open(&[("host", "web-1")]);
        world.say_with(id, Answer::Me, vec![guarded.clone()]).expect("taken");
        assert_eq!(world.state(id).0, state, "{action} {since}");
    }
}

#[test]
fn an_enrolment_that_is_told_during_a_proof_by_the_provider_spoils_it() {
    let guarded = FactorFacts { age: FactorAge::GuardedByProvider, ..ways(Method::Duo) };
    let mut world = World::new();
    let id = world.open(&[("host", "web-1")]);
    world.say_with(id, Answer::Me, vec![guarded.clone()]).expect("taken");
    let challenge = world.challenge(id, Method::Duo).expect("may try");
    world.open(&[("action", "mfa enrolled")]);
    world.give(id, Input::Proof { challenge, result: ProofResult::Proven(guarded) });
    check(&world, id, S::Escalated, Reason::Unprovable);
}

#[test]
fn a_factor_of_our_own_is_as_old_as_before_whatever_else_was_enrolled() {
    let mut world = World::new();
    world.desk.note_factor_change(world.now);
    let id = world.open(&[]);
    world.say(id, Answer::Me);
    world.prove(id, Method::Passkey);
    check(&world, id, S::Closed, Reason::Verified);
}

#[test]
fn the_latest_change_of_factors_is_the_one_that_counts() {
    let mut desk = Desk::new(person());
    desk.note_factor_change(start());
    desk.note_factor_change(Span::hours(5).before(start()));
    assert_eq!(desk.factors_changed_at, Some(start()));
}

proptest! {
    #[test]
    fn no_name_is_forgotten_whatever_order_alerts_come_in(
        values in prop::collection::vec("[a-zA-Z0-9.:-]{1,12}", 1..80),
        first in any::<prop::sample::Index>(),
    ) {
        let mut world = World::new();
        let alerts: Vec<Alert> = values.iter().map(|value| world.alert(&[("x", value)])).collect();
        let mut event = Event::of(&alerts[first.index(alerts.len())]);
        alerts.iter().for_each(|alert| event.add(alert));
        let mut backwards = Event::of(&alerts[alerts.len() - 1]);
        alerts.iter().rev().for_each(|alert| backwards.add(alert));
        prop_assert_eq!(&event, &backwards);
        prop_assert!(event.names != Names::TooMany);
        for value in &values {
            prop_assert!(event.names.contains(&value.to_uppercase()));
        }
        prop_assert!(!event.names.contains("a name that no alert holds"));
    }
}
