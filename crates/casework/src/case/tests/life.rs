//! Asking, answering, waiting and ending.

use model::{Reason, StateName as S};

use super::*;

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
