use model::{Reason, StateName as S};

use super::*;

#[track_caller]
fn check(world: &World, id: CaseId, state: S, reason: impl Into<Option<Reason>>) {
    assert_eq!(world.state(id), (state, reason.into()));
}

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
fn not_me_escalates_at_once_and_a_later_yes_is_a_conflict() {
    let mut world = World::new();
    let id = world.open(&[]);
    world.say(id, Answer::NotMe);
    check(&world, id, S::Escalated, Reason::Denied);
    assert_eq!(world.pages(id), 1);
    world.say(id, Answer::Me);
    check(&world, id, S::Escalated, Reason::Conflict);
    assert_eq!(world.challenge(id, Method::Passkey), Err(Refusal::NothingToProve));
    assert_eq!(world.count(id, |effect| matches!(effect, Effect::Resolve { .. })), 0);
}

#[test]
fn a_denial_after_a_proof_reopens_and_withdraws_what_it_earned() {
    for (wait, reason) in [(Span::seconds(5), Reason::Denied), (Span::days(29), Reason::Conflict)] {
        let mut world = World::new();
        let id = world.open(&[("host", "web-1")]);
        world.say(id, Answer::Me);
        world.prove(id, Method::Passkey);
        assert_eq!(world.desk.suppressions.len(), 1);
        world.pass(wait);
        world.say(id, Answer::NotMe);
        check(&world, id, S::Escalated, reason);
        assert!(world.desk.suppressions.is_empty());
        assert_eq!(world.pages(id), 1);
    }
    let mut world = World::new();
    let id = world.open(&[]);
    world.say(id, Answer::Me);
    world.prove(id, Method::Passkey);
    world.pass(Span::days(31));
    world.say(id, Answer::NotMe);
    check(&world, id, S::Closed, Reason::Verified);
}

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
fn two_alerts_are_asked_one_after_another_and_the_second_says_so() {
    let mut world = World::new();
    let first = world.open(&[("host", "a")]);
    let second = world.open(&[("host", "b")]);
    check(&world, second, S::Triage, None);
    assert_eq!(world.questions(second), 0);
    world.say(first, Answer::NotMe);
    check(&world, second, S::Asking, None);
    assert_eq!(world.questions(second), 1);
    assert!(world.cases[&second].ask.as_ref().is_some_and(|ask| ask.is_followup));
}

#[test]
fn a_critical_alert_behind_500_low_ones_is_asked_at_once() {
    let mut world = World::new();
    let low = Treatment { severity: Severity::Low, ..asking(Assurance::Possession) };
    for n in 0..500 {
        let opening = world.opening(low.clone(), &[("host", &n.to_string())]);
        world.open_with(opening);
    }
    let critical = Treatment { severity: Severity::Critical, ..asking(Assurance::Possession) };
    let opening = world.opening(critical, &[("host", "vault")]);
    let id = world.open_with(opening);
    check(&world, id, S::Asking, None);
}

#[test]
fn a_waiting_case_escalates_at_its_own_deadline() {
    let mut world = World::new();
    world.open(&[("host", "a")]);
    let waiting = world.open(&[("host", "b")]);
    world.pass(Span::hours(2));
    world.wake(waiting, Timer::Deadline);
    check(&world, waiting, S::Escalated, Reason::Silent);
}

#[test]
fn a_case_that_ends_on_its_turn_passes_the_turn_on() {
    let mut world = World::new();
    let asked = world.open(&[("n", "1")]);
    let waiting: Vec<CaseId> =
        ["2", "3", "4"].iter().map(|number| world.open(&[("n", number)])).collect();
    world.desk.pause(Span::hours(1).after(world.now), world.now);
    world.say(asked, Answer::NotMe);
    for id in waiting {
        check(&world, id, S::Escalated, Reason::Decided);
    }
}

#[test]
fn silence_escalates_after_two_reminders_and_a_late_proof_still_counts() {
    let mut world = World::new();
    let id = world.open(&[]);
    world.deliver_all(id);
    for minutes in [30, 30] {
        world.pass(Span::minutes(minutes));
        world.wake(id, Timer::Reminder);
    }
    let reminders = |world: &World| {
        world.count(id, |effect| matches!(effect, Effect::Send { message: Message::Reminder, .. }))
    };
    assert_eq!(reminders(&world), 2);
    world.pass(Span::hours(1));
    world.wake(id, Timer::Deadline);
    check(&world, id, S::Escalated, Reason::Silent);
    world.say(id, Answer::Me);
    check(&world, id, S::Escalated, Reason::Silent);
    world.prove(id, Method::Passkey);
    check(&world, id, S::Closed, Reason::Verified);
    assert_eq!(world.count(id, |effect| matches!(effect, Effect::Resolve { .. })), 1);
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
fn reminders_that_a_stop_piled_up_are_sent_as_one_and_a_late_deadline_sends_none() {
    let mut world = World::new();
    let id = world.open(&[]);
    world.deliver_all(id);
    world.pass(Span::minutes(90));
    world.wake(id, Timer::Reminder);
    world.wake(id, Timer::Reminder);
    let reminders =
        world.count(id, |effect| matches!(effect, Effect::Send { message: Message::Reminder, .. }));
    assert_eq!(reminders, 1);
}

#[test]
fn an_early_timer_is_set_again_and_a_late_one_ignored() {
    let mut world = World::new();
    let id = world.open(&[]);
    world.wake(id, Timer::Deadline);
    check(&world, id, S::Asking, None);
    world.say(id, Answer::NotMe);
    world.pass(Span::days(1));
    world.wake(id, Timer::Deadline);
    check(&world, id, S::Escalated, Reason::Denied);
    assert_eq!(world.pages(id), 1);
}

#[test]
fn an_undeliverable_question_tries_the_next_channel_and_then_a_person() {
    let mut world = World::new();
    let id = world.open(&[]);
    for expected in [(S::Asking, None), (S::Escalated, Some(Reason::Undeliverable))] {
        let asked = world.cases[&id].ask.clone().expect("is asked");
        let last = asked.messages.last().expect("was sent").delivery;
        world.give(id, Input::Undelivered { delivery: last, cause: "gone".to_owned() });
        assert_eq!(world.state(id), expected);
    }
}

#[test]
fn a_deleted_question_is_put_elsewhere_and_a_human_is_told() {
    let mut world = World::new();
    let id = world.open(&[]);
    world.deliver_all(id);
    let lost = Input::ChannelLost { channel: "slack".to_owned(), cause: "deleted".to_owned() };
    world.give(id, lost);
    check(&world, id, S::Asking, None);
    assert_eq!(world.count(id, |effect| matches!(effect, Effect::Escalate { .. })), 1);
    let channels: Vec<_> = world.cases[&id].ask.iter().flat_map(|ask| &ask.messages).collect();
    assert_eq!(channels.last().map(|sent| sent.channel.as_str()), Some("mail"));
}

#[test]
fn an_unknown_or_inactive_person_goes_to_the_analysts() {
    let mut world = World::new();
    let mut opening = world.opening(asking(Assurance::Possession), &[]);
    opening.subject = None;
    let id = world.open_with(opening);
    check(&world, id, S::Escalated, Reason::UnknownPerson);
    let mut opening = world.opening(asking(Assurance::Possession), &[]);
    if let Some(subject) = &mut opening.subject {
        subject.is_active = false;
    }
    let id = world.open_with(opening);
    check(&world, id, S::Escalated, Reason::UnknownPerson);
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
fn a_pause_never_touches_grave_alerts_and_what_it_hides_reaches_someone() {
    let mut world = World::new();
    let until = Span::days(7).after(world.now);
    let granted = world.desk.pause(until, world.now);
    assert_eq!(granted, crate::desk::PAUSE_MAX.after(world.now), "held to the cap");
    let mild = world.open(&[("host", "a")]);
    check(&world, mild, S::Escalated, Reason::Decided);
    let grave = Treatment { severity: Severity::High, ..asking(Assurance::Possession) };
    let opening = world.opening(grave, &[("host", "b")]);
    let grave = world.open_with(opening);
    check(&world, grave, S::Asking, None);
}

#[test]
fn a_notice_closes_when_it_has_arrived_and_can_still_be_denied() {
    let mut world = World::new();
    let treatment = Treatment {
        act: Act::Notify { message: "generic".to_owned() },
        ..asking(Assurance::Possession)
    };
    let opening = world.opening(treatment, &[]);
    let id = world.open_with(opening);
    check(&world, id, S::Notifying, None);
    world.deliver_all(id);
    check(&world, id, S::Closed, Reason::Notified);
    world.say(id, Answer::NotMe);
    check(&world, id, S::Escalated, Reason::Conflict);
}

#[test]
fn observing_asks_nothing_and_ends_after_a_week() {
    let mut world = World::new();
    let mut opening = world.opening(asking(Assurance::Possession), &[]);
    opening.is_observed = true;
    let id = world.open_with(opening);
    check(&world, id, S::Watching, None);
    assert_eq!(world.questions(id), 0);
    world.pass(Span::days(7));
    world.wake(id, Timer::Shadow);
    check(&world, id, S::Closed, Reason::Shadow);
}

#[test]
fn a_graver_alert_leaves_a_watched_case_its_week() {
    let mut world = World::new();
    let mut opening = world.opening(asking(Assurance::Possession), &[]);
    opening.is_observed = true;
    let id = world.open_with(opening);
    let until = world.cases[&id].deadline_at;
    let alert = Box::new(world.alert(&[("n", "2")]));
    let graver = Treatment { severity: Severity::Critical, ..asking(Assurance::Possession) };
    world.give(id, Input::Join { alert, treatment: Box::new(graver), is_update: false });
    assert_eq!(world.cases[&id].deadline_at, until);
}

#[test]
fn nobody_disposes_of_their_own_case_and_nothing_is_disposed_of_twice() {
    let mut world = World::new();
    let id = world.open(&[]);
    assert_eq!(world.dispose(id, Actor::Person(person())), Err(Refusal::OwnCase));
    let analyst = world.analyst();
    world.dispose(id, analyst.clone()).expect("another may");
    check(&world, id, S::Closed, Reason::Benign);
    assert_eq!(world.dispose(id, analyst), Err(Refusal::Closed));
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
fn a_twenty_first_question_in_a_day_goes_to_the_team_instead() {
    let mut world = World::new();
    for n in 0..crate::desk::QUESTIONS_PER_DAY {
        let id = world.open(&[("n", &n.to_string())]);
        world.say(id, Answer::NotSure);
    }
    let id = world.open(&[("n", "one too many")]);
    check(&world, id, S::Escalated, Reason::Decided);
}

#[test]
fn an_alert_that_the_analysts_must_see_is_not_ended_by_the_answer_to_another() {
    let notify = || Treatment {
        act: Act::Notify { message: "generic".to_owned() },
        ..asking(Assurance::Possession)
    };
    let hand_over = || Treatment { act: Act::Escalate, ..asking(Assurance::Possession) };
    let cases = [
        (asking(Assurance::Possession), hand_over()),
        (notify(), hand_over()),
        (notify(), asking(Assurance::Possession)),
    ];
    for (opened, joining) in cases {
        let mut world = World::new();
        let opening = world.opening(opened, &[("n", "1")]);
        let id = world.open_with(opening);
        let alert = Box::new(world.alert(&[("n", "2")]));
        world.give(id, Input::Join { alert, treatment: Box::new(joining), is_update: false });
        check(&world, id, S::Escalated, Reason::Decided);
        assert_eq!(world.pages(id), 1);
        world.deliver_all(id);
        world.say(id, Answer::Me);
        check(&world, id, S::Escalated, Reason::Decided);
        assert_eq!(world.challenge(id, Method::Passkey), Err(Refusal::NothingToProve));
    }
}

#[test]
fn an_alert_that_the_analysts_must_see_ends_the_time_for_a_late_proof() {
    let mut world = World::new();
    let id = world.open(&[("n", "1")]);
    world.deliver_all(id);
    world.pass(Span::hours(3));
    world.wake(id, Timer::Deadline);
    assert!(world.cases[&id].is_late_proof_open());
    let treatment = Box::new(Treatment { act: Act::Escalate, ..asking(Assurance::Possession) });
    let alert = Box::new(world.alert(&[("n", "2")]));
    world.give(id, Input::Join { alert, treatment, is_update: false });
    assert!(!world.cases[&id].is_late_proof_open());
}

#[test]
fn no_alert_is_proven_more_easily_for_the_company_it_is_in() {
    let levels = [Assurance::Possession, Assurance::PhishingResistant];
    for (opened, joining) in [(levels[0], levels[1]), (levels[1], levels[0])] {
        for severity in [Severity::Medium, Severity::Critical] {
            let mut world = World::new();
            let opening = world.opening(asking(opened), &[("n", "1")]);
            let id = world.open_with(opening);
            let alert = Box::new(world.alert(&[("n", "2")]));
            let treatment = Box::new(Treatment { severity, ..asking(joining) });
            world.give(id, Input::Join { alert, treatment, is_update: false });
            world.say(id, Answer::Me);
            assert_eq!(world.challenge(id, Method::Totp), Err(Refusal::NoFactor));
            world.prove(id, Method::Passkey);
            check(&world, id, S::Closed, Reason::Verified);
        }
    }
}

#[test]
fn an_unproven_denial_only_escalates() {
    let mut world = World::new();
    let id = world.open(&[("host", "web-1")]);
    world.deliver_all(id);
    world.effects.clear();
    world.say(id, Answer::NotMe);
    check(&world, id, S::Escalated, Reason::Denied);
    // It tells people and winds down its own timers: nothing outside is done to anybody.
    let is_narrow = |effect: &Effect| match effect {
        Effect::Escalate { .. } | Effect::Forget { .. } => true,
        Effect::Send { message, .. } => matches!(message, Message::Refresh { .. }),
        _ => false,
    };
    assert!(world.effects.iter().all(|(_, effect)| is_narrow(effect)), "{:?}", world.effects);
}

#[test]
fn answers_without_end_do_not_make_a_case_grow_and_a_denial_among_them_is_kept() {
    let mut world = World::new();
    let id = world.open(&[]);
    world.say(id, Answer::NotMe);
    for _ in 0..100 {
        world.say(id, Answer::Me);
        world.say(id, Answer::NotSure);
    }
    let case = &world.cases[&id];
    assert_eq!(case.answers.len(), crate::case::answer::ANSWERS_KEPT);
    assert!(case.has_said(Answer::NotMe));
    check(&world, id, S::Escalated, Reason::Conflict);
}

#[test]
fn a_high_alert_on_friday_evening_behind_ten_open_questions_escalates_within_half_an_hour() {
    let mut world = World::new();
    world.now = "2026-11-20T18:30:00Z".parse().expect("a Friday evening");
    let high = || {
        let mut treatment = Treatment { severity: Severity::High, ..asking(Assurance::Possession) };
        if let Act::Ask(ask) = &mut treatment.act {
            ask.deadline = Span::minutes(30);
        }
        treatment
    };
    for n in 0..10 {
        let opening = world.opening(high(), &[("n", &n.to_string())]);
        world.open_with(opening);
    }
    let opening = world.opening(high(), &[("n", "last")]);
    let id = world.open_with(opening);
    check(&world, id, S::Triage, None);
    assert_eq!(world.cases[&id].deadline_at, Some(Span::minutes(30).after(world.now)));
    world.pass(Span::minutes(30));
    world.wake(id, Timer::Deadline);
    assert_eq!(world.state(id).0, S::Escalated);
    assert_eq!(world.pages(id), 1);
}
