//! What is looked up first, what is hidden, held and digested.

use model::FactValue;

use super::*;
use crate::{
    input::{Decided, LookingUp},
    known::Finding,
};

fn known(step: &str, field: &str, value: &str) -> Known {
    let facts = [(field.to_owned(), FactValue::from(value))].into();
    Known([(step.to_owned(), Finding::Known { facts, as_of: start() })].into())
}

fn decided(treatment: Treatment, judgement: Judgement) -> Option<Box<Decided>> {
    Some(Box::new(Decided { treatment, judgement, trace: Vec::new() }))
}

fn looking_up(world: &mut World) -> CaseId {
    let mut opening = world.opening(asking(Assurance::Possession), &[("host", "h1")]);
    let until = Span::seconds(5).after(world.now);
    opening.looking_up = Some(LookingUp { steps: vec!["reputation".to_owned()], until });
    world.open_with(opening)
}

#[test]
fn nobody_is_asked_before_what_is_looked_up_is_known_and_the_decision_counts() {
    let mut world = World::new();
    let id = looking_up(&mut world);
    check(&world, id, StateName::Triage, None);
    assert_eq!(world.questions(id), 0);
    let found = known("reputation", "score", "bad");
    let graver = Treatment { severity: Severity::High, ..asking(Assurance::PhishingResistant) };
    let decision = decided(graver, Judgement::Go);
    world.give(id, Input::Decided { known: found.clone(), decision, run: None });
    check(&world, id, StateName::Asking, None);
    assert_eq!(world.cases[&id].severity, Severity::High);
    assert_eq!(world.cases[&id].known, found);
    let deadline = world.cases[&id].deadline_at;
    assert_eq!(deadline, Some(Span::hours(2).after(start())), "it counts from the opening");
}

/// A case that something else joined while it looked up, after it was decided about.
fn joined_and_decided(opened: Act, joining: Option<Treatment>, settled: Act) -> (World, CaseId) {
    let mut world = World::new();
    let treatment = |act| Treatment { act, ..asking(Assurance::Possession) };
    let mut opening = world.opening(treatment(opened), &[("host", "h1")]);
    let until = Span::seconds(5).after(world.now);
    opening.looking_up = Some(LookingUp { steps: vec!["reputation".to_owned()], until });
    let id = world.open_with(opening);
    if let Some(joining) = joining {
        let alert = Box::new(world.alert(&[("host", "h2")]));
        world.give(id, Input::Join { alert, treatment: Box::new(joining), is_update: false });
    }
    check(&world, id, StateName::Triage, None);
    let decision = decided(treatment(settled), Judgement::Go);
    world.give(id, Input::Decided { known: Known::default(), decision, run: None });
    (world, id)
}

#[test]
fn what_joins_while_something_is_looked_up_is_not_proven_more_easily_for_it() {
    let act = || asking(Assurance::Possession).act;
    let strict = asking(Assurance::PhishingResistant);
    let (mut world, id) = joined_and_decided(act(), Some(strict), act());
    check(&world, id, StateName::Asking, None);
    world.say(id, Answer::Me);
    assert_eq!(world.challenge(id, Method::Totp), Err(Refusal::NoFactor));
    world.prove(id, Method::Passkey);
    check(&world, id, StateName::Closed, Reason::Verified);
}

#[test]
fn a_graver_alert_that_joins_while_something_is_looked_up_keeps_its_treatment_and_its_time() {
    let act = || asking(Assurance::Possession).act;
    let mut grave = asking(Assurance::Possession);
    (grave.policy, grave.severity) = ("grave".to_owned(), Severity::Critical);
    if let Act::Ask(ask) = &mut grave.act {
        ask.deadline = Span::minutes(30);
    }
    let (world, id) = joined_and_decided(act(), Some(grave), act());
    let case = &world.cases[&id];
    assert_eq!((case.treatment.policy.as_str(), case.severity), ("grave", Severity::Critical));
    assert_eq!(case.deadline_at, Some(Span::minutes(30).after(start())));
}

#[test]
fn what_joins_a_case_for_the_analysts_reaches_them_whatever_is_decided_about_the_first() {
    let hand_over = || Treatment { act: Act::Escalate, ..asking(Assurance::Possession) };
    let act = || asking(Assurance::Possession).act;
    for (joining, state, reason) in [
        (Some(hand_over()), StateName::Escalated, Some(Reason::Decided)),
        (None, StateName::Asking, None),
    ] {
        let (world, id) = joined_and_decided(Act::Escalate, joining, act());
        check(&world, id, state, reason);
    }
}

#[test]
fn an_account_that_is_not_trusted_is_told_of_also_where_nobody_is_asked_yet() {
    let until = Span::hours(4).after(start());
    let held = Judgement::Held { by: "move".to_owned(), until };
    let looking_up = LookingUp { steps: vec!["reputation".to_owned()], until };
    for (judgement, looking_up) in
        [(Judgement::Go, None), (Judgement::Go, Some(looking_up)), (held, None)]
    {
        let mut world = World::new();
        let grave = Treatment { severity: Severity::High, ..asking(Assurance::Possession) };
        let mut opening = world.opening(grave, &[("host", "h1")]);
        opening.distrusted = vec![("talk".to_owned(), "it changed lately".to_owned())];
        (opening.judgement, opening.looking_up) = (judgement, looking_up);
        let id = world.open_with(opening);
        assert_eq!(world.pages(id), 1);
        assert!(world.cases[&id].incident.is_some(), "a page without an incident wakes nobody");
    }
}

#[test]
fn a_case_never_waits_past_its_look_up() {
    let mut world = World::new();
    let id = looking_up(&mut world);
    world.pass(Span::seconds(5));
    world.wake(id, Timer::Deadline);
    world.wake(id, Timer::Turn);
    check(&world, id, StateName::Asking, None);
    assert_eq!(world.cases[&id].deadline_at, Some(Span::hours(2).after(start())));
    // What comes too late is kept, and changes nothing that was promised.
    let decision = decided(asking(Assurance::PhishingResistant), Judgement::Go);
    let late = known("reputation", "score", "bad");
    world.give(id, Input::Decided { known: late.clone(), decision, run: None });
    let ask = world.cases[&id].treatment.ask().expect("asks").assurance;
    assert_eq!((ask, &world.cases[&id].known), (Assurance::Possession, &late));
}

#[test]
fn what_is_known_to_be_harmless_is_closed_with_who_says_so() {
    let mut world = World::new();
    let mut opening = world.opening(asking(Assurance::Possession), &[]);
    let (by, why) = ("filter:new-laptop".to_owned(), "handed out by IT".to_owned());
    opening.judgement = Judgement::Filtered { by, why };
    let id = world.open_with(opening);
    check(&world, id, StateName::Closed, Reason::Filtered);
    assert!(world.records[&id][0].notes.iter().any(|note| note.by == "filter:new-laptop"));

    let id = looking_up(&mut world);
    let (by, why) = ("exception:exc_1".to_owned(), "a known script".to_owned());
    let decision = decided(asking(Assurance::Possession), Judgement::Filtered { by, why });
    world.give(id, Input::Decided { known: Known::default(), decision, run: None });
    check(&world, id, StateName::Closed, Reason::Filtered);
}

/// R27. The suppression is proven for `h2`, the latest; `h1` was never proven.
#[test]
fn what_joined_while_something_was_looked_up_is_hidden_with_nothing() {
    let until = Span::hours(4).after(start());
    let filtered = Judgement::Filtered { by: "filter:a".to_owned(), why: "known".to_owned() };
    for (judgement, is_suppressed) in [
        (filtered, false),
        (Judgement::Held { by: "patching".to_owned(), until }, false),
        (Judgement::Go, true),
    ] {
        let settle = |joins: &[(&str, &str)]| {
            let mut world = World::new();
            if is_suppressed {
                let proven = world.open(&[("host", "h2")]);
                world.say(proven, Answer::Me);
                world.prove(proven, Method::Passkey);
            }
            let mut opening = world.opening(asking(Assurance::Possession), &[("host", "h2")]);
            opening.looking_up = Some(LookingUp { steps: vec!["reputation".to_owned()], until });
            if !joins.is_empty() {
                opening.alert = world.alert(joins);
            }
            let id = world.open_with(opening);
            let alert = Box::new(world.alert(&[("host", "h2")]));
            let treatment = Box::new(asking(Assurance::Possession));
            world.give(id, Input::Join { alert, treatment, is_update: false });
            let decision = decided(asking(Assurance::Possession), judgement.clone());
            world.give(id, Input::Decided { known: Known::default(), decision, run: None });
            world.cases[&id].state_name()
        };
        assert_ne!(settle(&[]), StateName::Asking, "the same again changes nothing: {judgement:?}");
        assert_eq!(settle(&[("host", "h1")]), StateName::Asking, "{judgement:?}");
    }
}

#[test]
fn what_a_maintenance_window_holds_comes_back_when_it_ends() {
    let mut world = World::new();
    let until = Span::hours(4).after(world.now);
    let mut opening = world.opening(asking(Assurance::Possession), &[("host", "h1")]);
    opening.judgement = Judgement::Held { by: "patching".to_owned(), until };
    let held = world.open_with(opening);
    check(&world, held, StateName::Triage, None);
    // Another question comes and goes meanwhile; the turn it passes on is not the held one's.
    let other = world.open(&[("host", "h2")]);
    check(&world, other, StateName::Asking, None);
    world.dispose(other, world.analyst()).expect("closed");
    check(&world, held, StateName::Triage, None);
    world.pass(Span::hours(4));
    world.wake(held, Timer::Deadline);
    world.wake(held, Timer::Turn);
    check(&world, held, StateName::Asking, None);
    let deadline = world.cases[&held].deadline_at;
    assert_eq!(deadline, Some(Span::hours(2).after(until)), "it counts from the release");
}

#[test]
fn a_notice_that_was_held_is_sent_when_the_window_ends() {
    let until = Span::hours(4).after(start());
    let held = (Judgement::Held { by: "move".to_owned(), until }, None);
    let looking_up = LookingUp { steps: vec!["reputation".to_owned()], until };
    for (judgement, looking_up) in [held, (Judgement::Go, Some(looking_up))] {
        let mut world = World::new();
        let act = Act::Notify { message: "generic".to_owned() };
        let treatment = Treatment { act, ..asking(Assurance::Possession) };
        let mut opening = world.opening(treatment, &[]);
        (opening.judgement, opening.looking_up) = (judgement, looking_up);
        let id = world.open_with(opening);
        world.pass(Span::hours(4));
        world.wake(id, Timer::Deadline);
        let ends_at = crate::case::NOTICE_LIFE.after(until);
        assert_eq!(world.cases[&id].deadline_at, Some(ends_at), "its whole time, from the release");
        let sent = |effect: &Effect| matches!(effect, Effect::Send { message: Message::Notice, expires_at, .. } if *expires_at == ends_at);
        assert_eq!(world.count(id, sent), 1);
        world.wake(id, Timer::Deadline);
        check(&world, id, StateName::Notifying, None);
        world.deliver_all(id);
        check(&world, id, StateName::Closed, Reason::Notified);
    }
}

#[test]
fn a_storm_of_like_questions_has_a_last_one_that_all_join() {
    let mut world = World::new();
    let mut last = None;
    for host in 0..4 {
        last = Some(world.open(&[("host", &host.to_string())]));
    }
    assert_eq!(world.desk.storm("sudo", 5), None);
    assert_eq!(world.desk.storm("sudo", 3), last, "one is out, three wait");
    assert_eq!(world.desk.storm("other", 3), None);
}
