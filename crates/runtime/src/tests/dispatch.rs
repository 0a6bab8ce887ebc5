//! Messages out: tried again, given up in time, never delayed by another destination.

use std::sync::Arc;

use casework::input::Timer;
use model::{Answer, Reason, Span, StateName, Timestamp};
use ports::{
    Failure,
    chat::fake::FakeChat,
    store::{Commit, TimerOp, TimerRow},
};

use super::world::{ANA, MIA, World, alert, run, token_of};

#[test]
fn a_failure_that_may_pass_is_tried_again_with_growing_pauses() {
    run(async {
        let world = World::new();
        for _ in 0..3 {
            world.chat.fail_next(Failure::retry("503"));
        }
        let case = world.accept(alert(MIA, "usual", "203.0.113.7")).await;
        world.settle().await;
        assert_eq!(world.chat.questions().len(), 0);
        world.pass(Span::seconds(20)).await;
        assert_eq!(world.chat.questions().len(), 1);
        assert_eq!(world.state(case).await.0, StateName::Asking);
        world.check(case).await;
    });
}

#[test]
fn a_pause_that_a_destination_asks_for_holds_its_whole_lane_and_no_other() {
    run(async {
        let world = World::new();
        let after = std::time::Duration::from_secs(120);
        world.chat.fail_next(Failure::retry_after(after, "429"));
        world.accept(alert(MIA, "usual", "203.0.113.7")).await;
        world.settle().await;
        world.accept(alert(ANA, "usual", "203.0.113.7")).await;
        world.accept(alert("nobody@example.com", "usual", "203.0.113.7")).await;
        world.pass(Span::seconds(100)).await;
        assert_eq!(world.chat.questions().len(), 0, "the lane pauses");
        assert_eq!(world.pager.pages().len(), 1, "another lane does not");
        world.pass(Span::seconds(40)).await;
        assert_eq!(world.chat.questions().len(), 2);
    });
}

#[test]
fn what_will_never_arrive_is_asked_elsewhere_and_then_escalates() {
    run(async {
        for failure in [
            Failure::permanent("user not found"),
            Failure::denied("token revoked"),
            Failure::misconfigured("no such team"),
        ] {
            let world = World::new();
            world.other_chat.enrol(MIA, "S-mia");
            world.chat.fail_next(failure.clone());
            let case = world.accept(alert(MIA, "usual", "203.0.113.7")).await;
            world.settle().await;
            assert_eq!(world.other_chat.questions().len(), 1, "{failure}");
            world.check(case).await;

            let world = World::new();
            world.chat.fail_next(failure.clone());
            let case = world.accept(alert(MIA, "usual", "203.0.113.7")).await;
            world.settle().await;
            let expected = (StateName::Escalated, Some(Reason::Undeliverable));
            assert_eq!(world.state(case).await, expected, "{failure}");
            assert!(world.pager.is_open(&format!("cs-{case}")), "{failure}");
        }
    });
}

#[test]
fn a_chat_that_stays_down_escalates_at_the_deadline() {
    run(async {
        let world = World::new();
        for _ in 0..1_000 {
            world.chat.fail_next(Failure::retry("down"));
            world.other_chat.fail_next(Failure::retry("down"));
        }
        let case = world.accept(alert(MIA, "usual", "203.0.113.7")).await;
        world.pass(Span::hours(3)).await;
        let (state, reason) = world.state(case).await;
        assert_eq!(state, StateName::Escalated);
        assert!(matches!(reason, Some(Reason::Silent | Reason::Undeliverable)), "{reason:?}");
        world.check(case).await;
    });
}

#[test]
fn a_question_whose_reply_was_lost_is_sent_again_and_both_copies_count() {
    run(async {
        let world = World::new();
        world.chat.fail_next(Failure::retry("cut off").uncertain());
        let case = world.accept(alert(MIA, "usual", "203.0.113.7")).await;
        world.pass(Span::seconds(20)).await;
        let (question, place) = world.chat.questions().pop().expect("sent again");
        // The lost copy lies in the same conversation under a name that we never learned.
        let mut lost = place.clone();
        lost.message = "lost".to_owned();
        let call = FakeChat::press("U-mia", &lost, token_of(&question, Answer::NotMe), "1");
        world.engine.chat_call("talk", call).await;
        assert_eq!(world.state(case).await.1, Some(Reason::Denied));
    });
}

#[test]
fn a_press_that_comes_before_its_delivery_is_written_down_counts() {
    run(async {
        let world = World::new();
        let case = world.accept(alert(MIA, "usual", "203.0.113.7")).await;
        let stored = world.case(case).await;
        let delivery = stored.ask.as_ref().expect("asked").messages[0].delivery;
        // It went out, and the server was killed before it could say so.
        let question = world.engine.question(&stored, delivery);
        let place = ports::chat::Receipt { channel: "c".to_owned(), message: "1".to_owned() };
        let token = token_of(&question, Answer::NotMe);
        let thief = FakeChat::press("U-ana", &place, token, "0");
        world.engine.chat_call("talk", thief).await;
        assert_eq!(world.state(case).await.0, StateName::Asking);
        let call = FakeChat::press("U-mia", &place, token, "1");
        world.engine.chat_call("talk", call).await;
        assert_eq!(world.state(case).await.1, Some(Reason::Denied));
        world.settle().await;
        assert_eq!(world.chat.questions().len(), 0, "an answered question is not sent");
    });
}

#[test]
fn work_of_a_killed_server_is_done_once_its_lease_is_over_with_the_same_id() {
    run(async {
        let mut world = World::new();
        // Whoever claims here is killed before it sends.
        let case = world.accept(alert(MIA, "usual", "203.0.113.7")).await;
        let now = ports::Clock::now(&world.clock);
        let until = crate::lanes::LEASE.after(now);
        let claimed = world.store.claim_outbox("chat.talk", now, until, 9).await;
        assert_eq!(claimed.map(|rows| rows.len()), Ok(1));
        world.restart();
        world.settle().await;
        assert_eq!(world.chat.questions().len(), 0, "it may still be sent by the other");
        world.pass(Span::seconds(80)).await;
        let (question, _) = world.chat.questions().pop().expect("sent");
        let stored = world.case(case).await;
        assert_eq!(question.delivery, stored.ask.expect("asked").messages[0].delivery);
        assert_eq!(world.chat.questions().len(), 1);
    });
}

#[test]
fn a_page_waits_for_somebody_to_mend_the_settings_and_the_case_says_so() {
    run(async {
        let world = World::new();
        world.pager.fail_next(Failure::denied("routing key refused"));
        let case = world.accept(alert("nobody@example.com", "usual", "203.0.113.7")).await;
        world.settle().await;
        let story = world.engine.story(case, 0, 100).await.expect("readable");
        let failed: Vec<_> = story.iter().filter(|line| line.kind == "page_failed").collect();
        assert_eq!(failed.len(), 1, "{story:?}");
        assert!(failed[0].text.contains("routing key refused"));
        world.pass(Span::seconds(20)).await;
        assert!(world.pager.is_open(&format!("cs-{case}")));
        world.check(case).await;
    });
}

#[test]
fn an_unknown_timer_is_dropped() {
    run(async {
        let world = World::new();
        let (case, ..) = world.asked().await;
        let row = TimerRow { case, name: "of a later version".to_owned(), due: Timestamp::MIN };
        let timers = vec![TimerOp::Set(row)];
        world.store.commit(Commit { timers, ..Commit::default() }).await.expect("set");
        assert_eq!(world.engine.run_timers_once().await, Ok(1));
        assert_eq!(world.engine.run_timers_once().await, Ok(0));
        assert!(Timer::named("of a later version").is_none());
    });
}

#[test]
fn the_outbox_holds_no_text_and_no_token() {
    run(async {
        let world = World::new();
        let case = world.accept(alert(MIA, "usual", "203.0.113.7")).await;
        let now = ports::Clock::now(&world.clock);
        let rows = world.store.claim_outbox("chat.talk", now, now, 9).await.expect("readable");
        let question = world.engine.question(&world.case(case).await, sample_delivery());
        for row in rows {
            let payload = String::from_utf8_lossy(&row.work.payload).into_owned();
            for secret in [MIA, "Sign-in", "203.0.113.7", token_of(&question, Answer::Me)] {
                assert!(!payload.contains(secret), "{payload}");
            }
        }
    });
}

fn sample_delivery() -> model::DeliveryId {
    model::DeliveryId::from_digest(7)
}

#[test]
fn a_lane_keeps_the_pace_that_is_set() {
    run(async {
        let world = World::new();
        let rates = [("chat.talk".to_owned(), 1)].into();
        let world = world.with_settings(|settings| settings.rates = rates);
        let start = ports::Clock::now(&world.clock);
        let lane = world.engine.inner.lanes.get("chat.talk").map(Arc::clone).expect("there");
        let waits: Vec<_> = (0..3).map(|_| lane.take_slot(start)).collect();
        let seconds = |n| Ok(std::time::Duration::from_secs(n));
        assert_eq!(waits, [seconds(0), seconds(1), seconds(2)]);
    });
}
