//! What proves a claim, and what does not.

use model::{Reason, StateName as S};

use super::*;
use crate::treatment::Second;

#[test]
fn a_claim_closes_only_by_a_proof() {
    for method in [Method::Totp, Method::Passkey, Method::Duo] {
        let mut world = World::new();
        let id = world.open(&[("host", "web-1")]);
        world.deliver_all(id);
        check(&world, id, S::Asking, None);
        world.say(id, Answer::Me);
        check(&world, id, S::Claimed, None);
        world.prove(id, method);
        check(&world, id, S::Closed, Reason::Verified);
        assert_eq!(world.pages(id), 0);
    }
}

#[test]
fn yes_and_then_silence_escalates_and_earns_nothing() {
    let mut world = World::new();
    let id = world.open(&[("host", "web-1")]);
    world.deliver_all(id);
    world.say(id, Answer::Me);
    world.pass(Span::hours(3));
    world.wake(id, Timer::Deadline);
    check(&world, id, S::Escalated, Reason::Silent);
    assert!(world.desk.suppressions.is_empty());
    assert_eq!(world.pages(id), 1);
}

#[test]
fn a_person_who_cannot_prove_is_never_closed_by_a_yes() {
    let newborn = FactorFacts { age: FactorAge::Since(start()), ..ways(Method::Passkey) };
    let unknown = FactorFacts { age: FactorAge::Unknown, ..ways(Method::Totp) };
    for factors in [vec![], vec![newborn], vec![unknown]] {
        let mut world = World::new();
        let id = world.open(&[]);
        world.say_with(id, Answer::Me, factors).expect("an answer is taken");
        check(&world, id, S::Escalated, Reason::Unprovable);
        assert_eq!(world.challenge(id, Method::Totp), Err(Refusal::NothingToProve));
    }
}

#[test]
fn a_possession_proof_is_not_enough_where_phishing_resistance_is_asked() {
    let mut world = World::new();
    let opening = world.opening(asking(Assurance::PhishingResistant), &[]);
    let id = world.open_with(opening);
    world.say(id, Answer::Me);
    assert_eq!(world.challenge(id, Method::Totp), Err(Refusal::NoFactor));
    world.prove(id, Method::Passkey);
    check(&world, id, S::Closed, Reason::Verified);
}

#[test]
fn a_failed_proof_suppresses_nothing() {
    let mut world = World::new();
    let id = world.open(&[("host", "web-1")]);
    world.say(id, Answer::Me);
    for _ in 0..3 {
        let challenge = world.challenge(id, Method::Totp).expect("may try");
        world.give(id, Input::Proof { challenge, result: ProofResult::Wrong });
    }
    check(&world, id, S::Escalated, Reason::Unprovable);
    let again = world.open(&[("host", "web-1"), ("pid", "2")]);
    check(&world, again, S::Asking, None);
}

#[test]
fn evidence_for_another_attempt_or_after_its_time_counts_for_nothing() {
    let mut world = World::new();
    let first = world.open(&[("host", "a")]);
    world.say(first, Answer::Me);
    let stale = world.challenge(first, Method::Totp).expect("may try");
    let fresh = world.challenge(first, Method::Passkey).expect("replaces the first");
    let proven = ProofResult::Proven(ways(Method::Totp));
    world.give(first, Input::Proof { challenge: stale, result: proven.clone() });
    check(&world, first, S::Verifying, None);
    world.pass(Span::minutes(11));
    world.give(first, Input::Proof { challenge: fresh, result: proven });
    check(&world, first, S::Claimed, None);
    assert_eq!(world.cases[&first].failed_proofs, 1);
}

#[test]
fn a_proof_ends_with_the_session_that_asked_for_it_and_the_claim_stays() {
    let mut world = World::new();
    let id = world.open(&[]);
    world.say(id, Answer::Me);
    let challenge = world.challenge(id, Method::Duo).expect("may try");
    world.give(id, Input::SessionEnded { challenge: ChallengeId::from_digest(3) });
    check(&world, id, S::Verifying, None);
    world.give(id, Input::SessionEnded { challenge });
    check(&world, id, S::Claimed, None);
    assert!(world.desk.challenge.is_none());
    let result = ProofResult::Proven(ways(Method::Duo));
    world.give(id, Input::Proof { challenge, result });
    check(&world, id, S::Claimed, None);
    world.prove(id, Method::Passkey);
    check(&world, id, S::Closed, Reason::Verified);
}

#[test]
fn no_approval_serves_a_second_case() {
    let mut world = World::new();
    let first = world.open(&[("host", "a")]);
    let second = world.open(&[("host", "b")]);
    world.say(first, Answer::Me);
    world.prove(first, Method::Passkey);
    check(&world, second, S::Asking, None);
    world.say(second, Answer::Me);
    check(&world, second, S::Claimed, None);
}

#[test]
fn a_late_proof_is_refused_after_a_denial_a_decision_or_an_analyst() {
    let mut world = World::new();
    let id = world.open(&[]);
    world.pass(Span::hours(2));
    world.wake(id, Timer::Deadline);
    let by = world.analyst();
    world.give(id, Input::Take { by });
    world.say(id, Answer::Me);
    assert_eq!(world.challenge(id, Method::Passkey), Err(Refusal::NothingToProve));
}

#[test]
fn a_provider_outage_has_its_own_reason_and_allows_a_late_proof() {
    let mut world = World::new();
    let id = world.open(&[]);
    world.say(id, Answer::Me);
    let challenge = world.challenge(id, Method::Duo).expect("may try");
    let result = ProofResult::Outage("timeout".to_owned());
    world.give(id, Input::Proof { challenge, result });
    check(&world, id, S::Claimed, None);
    world.pass(Span::hours(2));
    world.wake(id, Timer::Deadline);
    check(&world, id, S::Escalated, Reason::Unprovable);
    world.prove(id, Method::Passkey);
    check(&world, id, S::Closed, Reason::Verified);
}

#[test]
fn a_refusal_on_the_device_is_a_conflict_and_a_fraud_report_a_denial_that_locks() {
    for (result, reason) in
        [(ProofResult::Refused, Reason::Conflict), (ProofResult::Fraud, Reason::Denied)]
    {
        let mut world = World::new();
        let id = world.open(&[]);
        world.say(id, Answer::Me);
        let challenge = world.challenge(id, Method::Duo).expect("may try");
        world.give(id, Input::Proof { challenge, result });
        check(&world, id, S::Escalated, reason);
        assert!(world.desk.locked_until().is_some());
    }
}

#[test]
fn a_fraud_report_after_many_answers_is_kept_within_their_limit() {
    let mut world = World::new();
    let id = world.open(&[]);
    for _ in 0..60 {
        world.say(id, Answer::Me);
    }
    let challenge = world.challenge(id, Method::Duo).expect("may try");
    world.give(id, Input::Proof { challenge, result: ProofResult::Fraud });
    let case = &world.cases[&id];
    assert_eq!(case.answers.len(), crate::case::answer::ANSWERS_KEPT);
    assert!(case.has_said(Answer::NotMe));
}

#[test]
fn a_provider_yes_that_proves_nothing_is_not_evidence() {
    let mut world = World::new();
    let id = world.open(&[]);
    world.say_with(id, Answer::Me, vec![ways(Method::Duo)]).expect("taken");
    let challenge = world.challenge(id, Method::Duo).expect("may try");
    let result = ProofResult::NotEvidence("bypass".to_owned());
    world.give(id, Input::Proof { challenge, result });
    check(&world, id, S::Escalated, Reason::Unprovable);
}

#[test]
fn a_device_that_the_alert_is_about_cannot_prove_it() {
    let mut world = World::new();
    let named = FactorFacts { device: Some("DPABC".to_owned()), ..ways(Method::Duo) };
    let id = world.open(&[("device", "dpabc")]);
    world.say_with(id, Answer::Me, vec![named]).expect("taken");
    check(&world, id, S::Escalated, Reason::Unprovable);
}

#[test]
fn what_happened_before_counts_although_the_alert_of_it_says_nothing_new() {
    let mut world = World::new();
    let id = world.open(&[]);
    let mut young = ways(Method::Totp);
    young.age = FactorAge::Since(Span::hours(73).before(world.now));
    world.say_with(id, Answer::Me, vec![young.clone()]).expect("old enough until then");
    let alert = world.alert(&[]);
    let earlier = Alert { time: Span::hours(2).before(alert.time), ..alert };
    let (alert, treatment) = (Box::new(earlier), Box::new(asking(Assurance::Possession)));
    world.give(id, Input::Join { alert, treatment, is_update: false });
    let challenge = ChallengeId::from_digest(9);
    let (factors, session) = (vec![young], "s1".to_owned());
    let input = Input::Challenge { challenge, method: Method::Totp, factors, session };
    assert_eq!(world.try_give(id, input), Err(Refusal::NoFactor));
}

#[test]
fn a_provider_that_guards_enrolment_proves_nothing_about_an_enrolment() {
    let guarded = FactorFacts { age: FactorAge::GuardedByProvider, ..ways(Method::Duo) };
    for (action, state) in [("sign_in", S::Claimed), ("mfa.factor.enroll", S::Escalated)] {
        let mut world = World::new();
        let id = world.open(&[("action", action)]);
        world.say_with(id, Answer::Me, vec![guarded.clone()]).expect("taken");
        assert_eq!(world.state(id).0, state, "{action}");
    }
}

#[test]
fn at_most_one_challenge_is_open_and_they_are_capped() {
    let mut world = World::new();
    let opening = world.opening(
        Treatment { severity: Severity::Low, ..asking(Assurance::Possession) },
        &[("host", "a")],
    );
    let first = world.open_with(opening);
    let second = world.open(&[("host", "b")]);
    world.say(first, Answer::Me);
    world.say(second, Answer::Me);
    world.challenge(first, Method::Passkey).expect("the first may");
    assert_eq!(world.challenge(second, Method::Passkey), Err(Refusal::Busy));
    for _ in 1..crate::desk::CHALLENGES_PER_HOUR {
        world.challenge(first, Method::Passkey).expect("replaces the one before");
    }
    assert_eq!(world.challenge(first, Method::Passkey), Err(Refusal::Limited));
}

#[test]
fn failures_survive_a_new_challenge_and_lock() {
    let mut world = World::new();
    for n in 0..5 {
        let id = world.open(&[("n", &n.to_string())]);
        world.say(id, Answer::Me);
        let challenge = world.challenge(id, Method::Totp).expect("not locked yet");
        world.give(id, Input::Proof { challenge, result: ProofResult::Wrong });
        world.say(id, Answer::NotMe);
    }
    assert!(world.desk.locked_until().is_some());
    let id = world.open(&[("n", "last")]);
    world.say(id, Answer::Me);
    assert_eq!(world.challenge(id, Method::Totp), Err(Refusal::Limited));
}

#[test]
fn a_required_comment_is_required_before_the_proof() {
    let mut world = World::new();
    let mut treatment = asking(Assurance::Possession);
    if let Act::Ask(ask) = &mut treatment.act {
        ask.is_comment_required = true;
    }
    let opening = world.opening(treatment, &[]);
    let id = world.open_with(opening);
    world.say(id, Answer::Me);
    assert_eq!(world.challenge(id, Method::Totp), Err(Refusal::CommentRequired));
    world.give(id, Input::Comment { text: "rotating keys".into() });
    world.prove(id, Method::Totp);
    check(&world, id, S::Closed, Reason::Verified);
}

#[test]
fn a_revoked_factor_reopens_what_it_proved() {
    let mut world = World::new();
    let id = world.open(&[]);
    world.say(id, Answer::Me);
    let challenge = world.challenge(id, Method::Passkey).expect("may try");
    let result = ProofResult::Proven(ways(Method::Passkey));
    world.give(id, Input::Proof { challenge, result });
    world.give(id, Input::FactorRevoked { challenge });
    check(&world, id, S::Escalated, Reason::Conflict);
}

#[test]
fn a_revoked_factor_leaves_nothing_to_confirm_or_to_weigh() {
    let by = || "case_x".to_owned();
    for (second, is_reviewed) in [(Some(Second::Manager), false), (None, true)] {
        for disposition in [None, Some(Disposition::Benign)] {
            let mut treatment = asking(Assurance::Possession);
            if let Act::Ask(ask) = &mut treatment.act {
                (ask.second, ask.is_reviewed) = (second.clone(), is_reviewed);
            }
            let mut world = World::new();
            let opening = world.opening(treatment, &[]);
            let id = world.open_with(opening);
            world.say(id, Answer::Me);
            let challenge = world.challenge(id, Method::Passkey).expect("may try");
            let result = ProofResult::Proven(ways(Method::Passkey));
            world.give(id, Input::Proof { challenge, result });
            assert!(world.cases[&id].testimony.is_some());
            if disposition.is_some() {
                world.dispose(id, world.analyst()).expect("closed");
            }
            world.give(id, Input::FactorRevoked { challenge });
            check(&world, id, S::Escalated, Reason::Conflict);
            assert_eq!(world.cases[&id].testimony, None);
            world.give(id, Input::Seconded { is_confirmed: true, revision: Some(1), by: by() });
            check(&world, id, S::Escalated, Reason::Conflict);
        }
    }
}
