//! More alerts: those that join a case, and those that a proof keeps quiet.

use model::{Reason, StateName as S};

use super::*;
use crate::treatment::Second;

#[test]
fn a_denied_suppressed_case_withdraws_the_suppression_that_hid_it() {
    let mut world = World::new();
    let proven = world.open(&[("host", "web-1")]);
    world.say(proven, Answer::Me);
    world.prove(proven, Method::Passkey);
    let hidden = world.open(&[("host", "web-1"), ("pid", "7")]);
    check(&world, hidden, S::Closed, Reason::Suppressed);
    world.say(hidden, Answer::NotMe);
    check(&world, hidden, S::Escalated, Reason::Conflict);
    assert!(world.desk.suppressions.is_empty());
}

#[test]
fn a_denial_withdraws_every_suppression_that_would_hide_the_same_again() {
    let mut world = World::new();
    let prove = |world: &mut World| {
        let id = world.open(&[("host", "web-1")]);
        world.say(id, Answer::Me);
        world.prove(id, Method::Passkey);
    };
    prove(&mut world);
    for pid in ["1", "2"] {
        let hit = world.open(&[("host", "web-1"), ("pid", pid)]);
        check(&world, hit, S::Closed, Reason::Suppressed);
    }
    // The first is used up, and still there.
    prove(&mut world);
    let hidden = world.open(&[("host", "web-1"), ("pid", "3")]);
    check(&world, hidden, S::Closed, Reason::Suppressed);
    world.say(hidden, Answer::NotMe);
    assert!(world.desk.suppressions.is_empty());
    let next = world.open(&[("host", "web-1"), ("pid", "4")]);
    check(&world, next, S::Asking, None);
}

#[test]
fn a_proof_earns_once_and_hides_a_case_once_whatever_else_comes_for_them() {
    let mut world = World::new();
    let proven = world.open(&[("host", "web-1")]);
    world.say(proven, Answer::Me);
    let abandoned = world.challenge(proven, Method::Duo).expect("may try");
    world.prove(proven, Method::Passkey);
    let spent = world.cases[&proven].proof().expect("proven").challenge;
    for challenge in [abandoned, spent] {
        for result in
            [ProofResult::Outage("away".to_owned()), ProofResult::Proven(ways(Method::Duo))]
        {
            world.give(proven, Input::Proof { challenge, result });
        }
    }
    assert_eq!(world.desk.suppressions.len(), 1);
    let hidden = world.open(&[("host", "web-1"), ("pid", "1")]);
    check(&world, hidden, S::Closed, Reason::Suppressed);
    for _ in 0..3 {
        world.give(hidden, Input::Comment { text: "it was the cron job".into() });
    }
    assert_eq!(world.desk.suppressions[0].hits, 1);
}

#[test]
fn suppression_is_narrow_counted_and_ends() {
    let mut world = World::new();
    let proven = world.open(&[("host", "web-1")]);
    world.say(proven, Answer::Me);
    world.prove(proven, Method::Passkey);
    let other = world.open(&[("host", "web-2")]);
    check(&world, other, S::Asking, None);
    world.say(other, Answer::NotMe);
    let absent = world.open(&[("pid", "1")]);
    check(&world, absent, S::Asking, None);
    world.say(absent, Answer::NotMe);
    for pid in ["1", "2"] {
        let hit = world.open(&[("host", "web-1"), ("pid", pid)]);
        check(&world, hit, S::Closed, Reason::Suppressed);
    }
    let beyond_hits = world.open(&[("host", "web-1"), ("pid", "3")]);
    check(&world, beyond_hits, S::Asking, None);
}

#[test]
fn a_graver_alert_and_a_changed_policy_break_through_a_suppression() {
    let graver = Treatment { severity: Severity::High, ..asking(Assurance::Possession) };
    let changed = Treatment { policy_hash: "h2".to_owned(), ..asking(Assurance::Possession) };
    for treatment in [graver, changed] {
        let mut world = World::new();
        let proven = world.open(&[("host", "web-1")]);
        world.say(proven, Answer::Me);
        world.prove(proven, Method::Passkey);
        let opening = world.opening(treatment, &[("host", "web-1")]);
        let id = world.open_with(opening);
        check(&world, id, S::Asking, None);
    }
}

#[test]
fn new_facts_void_a_claim_twice_and_then_escalate() {
    let mut world = World::new();
    let id = world.open(&[("n", "0")]);
    for n in 1..=3 {
        world.say(id, Answer::Me);
        let challenge = world.challenge(id, Method::Passkey).expect("may try");
        let alert = Box::new(world.alert(&[("n", &n.to_string())]));
        let treatment = Box::new(asking(Assurance::Possession));
        world.give(id, Input::Join { alert, treatment, is_update: false });
        let result = ProofResult::Proven(ways(Method::Passkey));
        world.give(id, Input::Proof { challenge, result });
        let expected =
            if n < 3 { (S::Asking, None) } else { (S::Escalated, Some(Reason::Conflict)) };
        assert_eq!(world.state(id), expected);
    }
}

#[test]
fn whoever_has_to_confirm_or_weigh_one_alert_does_so_for_its_company() {
    let strict = |second: Option<Second>, is_reviewed| {
        let mut treatment = asking(Assurance::Possession);
        if let Act::Ask(ask) = &mut treatment.act {
            (ask.second, ask.is_reviewed) = (second, is_reviewed);
        }
        treatment
    };
    for strict in [strict(Some(Second::Manager), false), strict(None, true)] {
        for is_joining in [true, false] {
            for severity in [Severity::Medium, Severity::Critical] {
                let plain = asking(Assurance::Possession);
                let (opened, joining) = match is_joining {
                    true => (plain, strict.clone()),
                    false => (strict.clone(), plain),
                };
                let mut world = World::new();
                let opening = world.opening(opened, &[("n", "0")]);
                let id = world.open_with(opening);
                let alert = Box::new(world.alert(&[("n", "1")]));
                let treatment = Box::new(Treatment { severity, ..joining });
                world.give(id, Input::Join { alert, treatment, is_update: false });
                world.say(id, Answer::Me);
                world.prove(id, Method::Passkey);
                let case = &world.cases[&id];
                assert!(case.testimony.is_some(), "{is_joining} {severity}: {:?}", case.state);
            }
        }
    }
}

#[test]
fn the_same_facts_again_are_counted_and_void_nothing() {
    let mut world = World::new();
    let id = world.open(&[("n", "0")]);
    world.say(id, Answer::Me);
    let alert = Box::new(world.alert(&[("n", "0")]));
    let treatment = Box::new(asking(Assurance::Possession));
    world.give(id, Input::Join { alert, treatment, is_update: false });
    check(&world, id, S::Claimed, None);
    assert_eq!(world.cases[&id].alert_count, 2);
}

#[test]
fn an_answer_to_older_facts_is_refused_but_a_denial_of_them_counts() {
    let mut world = World::new();
    let id = world.open(&[("n", "0")]);
    let alert = Box::new(world.alert(&[("n", "1")]));
    let treatment = Box::new(asking(Assurance::Possession));
    world.give(id, Input::Join { alert, treatment, is_update: false });
    let old = |answer| Input::Answer {
        answer,
        channel: "slack".to_owned(),
        revision: 1,
        factors: vec![ways(Method::Totp)],
        comment: None,
    };
    assert_eq!(world.try_give(id, old(Answer::Me)), Err(Refusal::Stale));
    world.give(id, old(Answer::NotMe));
    check(&world, id, S::Escalated, Reason::Denied);
}

#[test]
fn a_join_to_an_escalated_case_is_shown_and_pages_again_when_it_is_graver() {
    let mut world = World::new();
    let id = world.open(&[("n", "0")]);
    world.say(id, Answer::NotMe);
    let graver = Treatment { severity: Severity::Critical, ..asking(Assurance::Possession) };
    for (treatment, pages) in [(asking(Assurance::Possession), 1), (graver, 2)] {
        let alert = Box::new(world.alert(&[("n", &pages.to_string())]));
        let treatment = Box::new(treatment);
        world.give(id, Input::Join { alert, treatment, is_update: false });
        assert_eq!(world.pages(id), pages);
    }
    check(&world, id, S::Escalated, Reason::Denied);
}

#[test]
fn a_disposition_of_facts_that_have_changed_is_refused() {
    for (revision, is_taken) in [(Some(1), false), (Some(3), false), (Some(2), true), (None, true)]
    {
        let mut world = World::new();
        let id = world.open(&[("n", "0")]);
        for n in ["0", "1"] {
            let alert = Box::new(world.alert(&[("n", n)]));
            let treatment = Box::new(asking(Assurance::Possession));
            world.give(id, Input::Join { alert, treatment, is_update: false });
        }
        let (by, note) = (world.analyst(), "looked at it".into());
        let disposition = Disposition::Benign;
        let done = world.try_give(id, Input::Dispose { disposition, revision, by, note });
        assert_eq!(done, if is_taken { Ok(()) } else { Err(Refusal::Stale) }, "{revision:?}");
        assert_eq!(world.state(id).0 == S::Closed, is_taken);
    }
}

#[test]
fn a_closed_case_takes_no_further_alert() {
    let mut world = World::new();
    let id = world.open(&[("n", "1")]);
    let analyst = world.analyst();
    world.dispose(id, analyst).expect("may");
    let alert = Box::new(world.alert(&[("n", "2")]));
    let treatment = Box::new(asking(Assurance::Possession));
    let joined = world.try_give(id, Input::Join { alert, treatment, is_update: false });
    assert_eq!(joined, Err(Refusal::Closed));
}
