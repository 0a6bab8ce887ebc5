//! Proofs that others confirm, review or draw by lot.

use super::*;
use crate::{
    case::{Confirms, State},
    treatment::Second,
};

fn confirmed_by(who: Second) -> Treatment {
    let mut treatment = asking(Assurance::Possession);
    if let Act::Ask(ask) = &mut treatment.act {
        ask.second = Some(who);
    }
    treatment
}

fn proven(world: &mut World, treatment: Treatment) -> CaseId {
    let opening = world.opening(treatment, &[("host", "h1")]);
    let id = world.open_with(opening);
    world.deliver_all(id);
    world.say(id, Answer::Me);
    world.prove(id, Method::Passkey);
    id
}

#[test]
fn a_privileged_answer_closes_only_when_somebody_else_has_confirmed_it() {
    let by = || "case_x".to_owned();
    let mut world = World::new();
    let id = proven(&mut world, confirmed_by(Second::Manager));
    check(&world, id, StateName::Verifying, None);
    assert!(world.desk.suppressions.is_empty(), "nothing is earned before it is confirmed");
    assert_eq!(world.count(id, |effect| matches!(effect, Effect::AskSecond { .. })), 1);
    world.give(id, Input::Seconded { is_confirmed: true, revision: Some(1), by: by() });
    check(&world, id, StateName::Closed, Reason::Verified);
    assert!(world.desk.suppressions.is_empty(), "it is asked about, and confirmed, each time");
    // Who confirmed it takes it back.
    world.give(id, Input::Seconded { is_confirmed: false, revision: Some(1), by: by() });
    check(&world, id, StateName::Escalated, Reason::Conflict);

    let id = proven(&mut world, confirmed_by(Second::Manager));
    world.give(id, Input::Seconded { is_confirmed: false, revision: None, by: by() });
    check(&world, id, StateName::Escalated, Reason::Decided);

    let mut world = World::new();
    let id = proven(&mut world, confirmed_by(Second::Group("leads".to_owned())));
    world.pass(Span::hours(2));
    world.wake(id, Timer::Deadline);
    check(&world, id, StateName::Escalated, Reason::Decided);

    let mut world = World::new();
    let id = proven(&mut world, confirmed_by(Second::Manager));
    world.say(id, Answer::NotMe);
    check(&world, id, StateName::Escalated, Reason::Denied);
}

#[test]
fn new_facts_void_a_proof_that_waits_to_be_confirmed() {
    let mut world = World::new();
    let id = proven(&mut world, confirmed_by(Second::Manager));
    let (alert, treatment) =
        (Box::new(world.alert(&[("host", "h9")])), Box::new(asking(Assurance::Possession)));
    world.give(id, Input::Join { alert, treatment, is_update: false });
    check(&world, id, StateName::Asking, None);
    let seconded = |is_confirmed, revision| {
        let by = "case_x".to_owned();
        Input::Seconded { is_confirmed, revision: Some(revision), by }
    };
    world.give(id, seconded(true, 1));
    check(&world, id, StateName::Asking, None);
    // Whoever was asked about the older facts confirms, or denies, nothing of the newer ones.
    world.say(id, Answer::Me);
    world.prove(id, Method::Passkey);
    for is_confirmed in [true, false] {
        world.give(id, seconded(is_confirmed, 1));
        check(&world, id, StateName::Verifying, None);
    }
    world.give(id, seconded(true, 2));
    check(&world, id, StateName::Closed, Reason::Verified);
    world.give(id, seconded(false, 1));
    check(&world, id, StateName::Closed, Reason::Verified);
}

#[test]
fn what_a_case_confirmed_before_revisions_were_kept_is_still_read() {
    let case = CaseId::from_digest(7);
    let read = |text: String| serde_json::from_str::<Confirms>(&text).expect("readable");
    let old = serde_json::to_string(&case).expect("text");
    assert_eq!(read(old), Confirms { case, revision: None });
    let now = Confirms { case, revision: Some(2) };
    assert_eq!(read(serde_json::to_string(&now).expect("text")), now);
}

#[test]
fn the_case_of_a_confirmation_tells_the_one_it_confirms_how_it_ended() {
    for (prove, is_confirmed) in [(true, true), (false, false)] {
        let mut world = World::new();
        let mut opening = world.opening(asking(Assurance::Possession), &[("host", "h1")]);
        opening.confirms = Some(Confirms { case: CaseId::from_digest(7), revision: Some(3) });
        let id = world.open_with(opening);
        world.deliver_all(id);
        if prove {
            world.say(id, Answer::Me);
            world.prove(id, Method::Totp);
        } else {
            world.say(id, Answer::NotMe);
        }
        let told = world.count(id, |effect| {
            let (case, revision) = (CaseId::from_digest(7), Some(3));
            *effect == Effect::Confirm { case, revision, is_confirmed }
        });
        assert_eq!(told, 1, "{prove}");
    }
}

#[test]
fn a_proof_that_does_not_close_the_case_forgives_the_failures_before_it_all_the_same() {
    let mut reviewed = asking(Assurance::Possession);
    if let Act::Ask(ask) = &mut reviewed.act {
        ask.is_reviewed = true;
    }
    let fail = |world: &mut World, id: CaseId, times: usize| {
        for _ in 0..times {
            let challenge = world.challenge(id, Method::Totp).expect("may try");
            world.give(id, Input::Proof { challenge, result: ProofResult::Wrong });
        }
    };
    for treatment in [confirmed_by(Second::Manager), reviewed] {
        let mut world = World::new();
        let opening = world.opening(treatment, &[("host", "h1")]);
        let id = world.open_with(opening);
        world.say(id, Answer::Me);
        fail(&mut world, id, 2);
        world.prove(id, Method::Passkey);
        assert!(world.cases[&id].testimony.is_some());
        let next = world.open(&[("host", "h2")]);
        world.say(next, Answer::Me);
        fail(&mut world, next, 3);
        assert_eq!(world.desk.locked_until(), None, "three failures since it are not five");
    }
}

#[test]
fn where_answers_are_reviewed_a_proof_goes_to_the_analysts_and_earns_nothing() {
    let mut treatment = asking(Assurance::Possession);
    if let Act::Ask(ask) = &mut treatment.act {
        ask.is_reviewed = true;
    }
    let mut world = World::new();
    let id = proven(&mut world, treatment);
    check(&world, id, StateName::Escalated, Reason::Decided);
    assert!(world.cases[&id].testimony.is_some() && world.desk.suppressions.is_empty());
}

#[test]
fn of_ten_thousand_proofs_the_drawn_share_is_looked_at() {
    let mut drawn = 0;
    let mut world = World::new();
    for _ in 0..10_000 {
        let mut fresh = World { now: world.now, ..World::new() };
        let mut opening = world.opening(asking(Assurance::Possession), &[("host", "h1")]);
        opening.evidence.sampled_permille = 20;
        let id = fresh.open_with(opening);
        fresh.deliver_all(id);
        fresh.say(id, Answer::Me);
        fresh.prove(id, Method::Totp);
        let is_drawn = matches!(fresh.cases[&id].state, State::Escalated { .. });
        drawn += u32::from(is_drawn);
    }
    // Two in a hundred, within four standard deviations.
    assert!((144..=256).contains(&drawn), "{drawn}");
}
