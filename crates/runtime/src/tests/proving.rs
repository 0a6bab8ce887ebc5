//! Proofs: bound, single use, independent.

use std::sync::Arc;

use casework::case::Refusal;
use futures::FutureExt as _;
use model::{Answer, Method, Reason, Span, StateName};
use ports::{
    Failure,
    store::{
        Commit, RecordOp, Space, Store,
        memory::{Call, MemoryStore},
    },
    verifier::{Proven, Verdict},
};

use super::world::{ANA, MIA, SESSION, World, alert, run};
use crate::engine::EngineError;

/// How often many are let run against each other.
const TURNS_OF_A_RACE: usize = 20;
const VERIFIED: (StateName, Option<Reason>) = (StateName::Closed, Some(Reason::Verified));

#[test]
fn a_proof_closes_its_case_and_earns_a_narrow_suppression() {
    run(async {
        let world = World::new();
        let (case, ..) = world.asked().await;
        world.claim(case).await;
        let challenge = world.challenge(case).await;
        let mia = world.id(MIA);
        let right = world.right(1);
        world.engine.finish_proof(mia, case, challenge, SESSION, &right).await.expect("proven");
        assert_eq!(world.state(case).await, VERIFIED);
        world.settle().await;
        let (_, shown) = world.chat.updates().pop().expect("changed in place");
        let labels: Vec<&str> = shown.buttons.iter().map(|it| it.label.as_str()).collect();
        assert_eq!((shown.title.as_str(), labels), ("Done, thank you", vec!["This wasn't me"]));

        let mut same = alert(MIA, "usual", "203.0.113.7");
        same.external_id = Some("another id".to_owned());
        let hidden = world.accept(same.clone()).await;
        assert_eq!(world.state(hidden).await, (StateName::Closed, Some(Reason::Suppressed)));
        let other = world.accept(alert(MIA, "usual", "203.0.113.8")).await;
        assert_eq!(world.state(other).await.0, StateName::Asking, "one fact differs: asked");
        // A denial is never lost: it reopens the case and withdraws what the proof had earned.
        world.clock.advance(Span::minutes(1));
        let revision = world.case(case).await.revision;
        let denied = world.engine.answer(mia, case, Answer::NotMe, revision, None).await;
        assert_eq!(denied.map(|case| case.reason()), Ok(Some(Reason::Conflict)));
        let desk = world.engine.desk(mia).await.expect("readable").expect("a desk");
        assert_eq!(desk.suppressions, []);
        world.check(case).await;
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn of_parallel_responses_to_one_challenge_one_counts() {
    for _ in 0..TURNS_OF_A_RACE {
        let world = World::new();
        let (case, ..) = world.asked().await;
        world.claim(case).await;
        let challenge = world.challenge(case).await;
        let (mia, right) = (world.id(MIA), world.right(1));
        let many = (0..8).map(|_| {
            let (engine, right) = (world.engine.clone(), right.clone());
            tokio::spawn(async move {
                engine.finish_proof(mia, case, challenge, SESSION, &right).await.is_ok()
            })
        });
        let results = futures::future::join_all(many).await;
        assert_eq!(results.iter().filter(|result| matches!(result, Ok(true))).count(), 1);
        assert_eq!(world.state(case).await, VERIFIED);
        let stored = world.case(case).await;
        assert_eq!(stored.failed_proofs, 0);
        world.check(case).await;
    }
}

#[test]
fn a_proof_is_bound_to_its_case_person_session_and_time() {
    run(async {
        let world = World::new();
        let (case, ..) = world.asked().await;
        world.claim(case).await;
        let challenge = world.challenge(case).await;
        let (mia, ana, right) = (world.id(MIA), world.id(ANA), world.right(1));
        let grave = {
            let mut draft = alert(MIA, "grave", "203.0.113.7");
            draft.severity = model::Severity::Critical;
            world.accept(draft).await
        };
        world.claim(grave).await;
        let engine = &world.engine;
        for (person, on, session, what) in [
            (ana, case, SESSION, "another person"),
            (mia, grave, SESSION, "another case"),
            (mia, case, "another session", "another session"),
        ] {
            let refused = engine.finish_proof(person, on, challenge, session, &right).await;
            assert!(refused.is_err(), "{what}");
        }
        let busy = engine.begin_proof(mia, grave, Method::Totp, SESSION, None).await;
        assert_eq!(busy.err(), Some(EngineError::Refused(Refusal::Busy)), "one proof at a time");
        world.clock.advance(Span::minutes(11));
        let late = engine.finish_proof(mia, case, challenge, SESSION, &right).await;
        assert!(late.is_err(), "ten minutes are over");
        world.settle().await;
        assert_eq!(world.state(case).await.0, StateName::Claimed);
        world.check(case).await;
    });
}

#[test]
fn a_wrong_response_consumes_the_challenge_and_a_code_counts_once() {
    run(async {
        let world = World::new();
        let (case, ..) = world.asked().await;
        world.claim(case).await;
        let mia = world.id(MIA);
        let challenge = world.challenge(case).await;
        let engine = &world.engine;
        engine.finish_proof(mia, case, challenge, SESSION, "000000").await.expect("told wrong");
        assert_eq!(world.state(case).await.0, StateName::Claimed);
        let right = world.right(1);
        let again = engine.finish_proof(mia, case, challenge, SESSION, &right).await;
        assert!(again.is_err(), "it is consumed");
        let challenge = world.challenge(case).await;
        engine.finish_proof(mia, case, challenge, SESSION, &right).await.expect("proven");
        assert_eq!(world.state(case).await, VERIFIED);

        let next = world.accept(alert(MIA, "usual", "203.0.113.9")).await;
        world.claim(next).await;
        let challenge = world.challenge(next).await;
        engine.finish_proof(mia, next, challenge, SESSION, &right).await.expect("told wrong");
        assert_eq!(world.state(next).await.0, StateName::Claimed, "the same code proves no more");
        world.check(next).await;
    });
}

#[test]
fn a_provider_is_not_believed_where_another_case_tells_of_an_enrolment() {
    run(async {
        for (rule, expected) in [("usual", StateName::Claimed), ("mfa", StateName::Escalated)] {
            let mut world = World::new().with_factor_of_age(Span::hours(1));
            give_duo(&mut world);
            world.accept(alert(MIA, rule, "198.51.100.9")).await;
            world.clock.advance(Span::hours(1));
            let mut grave = alert(MIA, "other", "203.0.113.7");
            grave.severity = model::Severity::Critical;
            let case = world.accept(grave).await;
            assert_eq!(world.claim(case).await.state_name(), expected, "{rule}");
            world.check(case).await;
        }
    });
}

#[test]
fn facts_that_change_void_the_challenge() {
    run(async {
        let world = World::new();
        let (case, ..) = world.asked().await;
        world.claim(case).await;
        let challenge = world.challenge(case).await;
        let mut update = alert(MIA, "usual", "203.0.113.7");
        update.title = "And it went on".to_owned();
        assert_eq!(world.accept(update).await, case);
        let (mia, right) = (world.id(MIA), world.right(1));
        let refused = world.engine.finish_proof(mia, case, challenge, SESSION, &right).await;
        assert!(refused.is_err());
        assert_eq!(world.state(case).await.0, StateName::Asking, "asked again");
        world.settle().await;
        let (_, shown) = world.chat.updates().pop().expect("changed in place");
        assert!(shown.text.contains("New facts have come in"), "{}", shown.text);
        world.check(case).await;
    });
}

#[test]
fn a_factor_younger_than_the_window_proves_nothing() {
    run(async {
        for (age, expected) in [
            (Span::hours(1), StateName::Escalated),
            (Span::hours(71), StateName::Escalated),
            (Span::hours(73), StateName::Claimed),
        ] {
            let world = World::new().with_factor_of_age(age);
            let (case, ..) = world.asked().await;
            world.claim(case).await;
            assert_eq!(world.state(case).await.0, expected, "{age}");
            if expected == StateName::Escalated {
                assert_eq!(world.state(case).await.1, Some(Reason::Unprovable));
            }
        }
    });
}

fn give_duo(world: &mut World) {
    world.duo = Arc::new(ports::verifier::fake::FakeVerifier::of(Method::Duo));
    world.restart();
}

/// A world in which Mia has Duo.
async fn with_duo() -> (World, model::CaseId) {
    let mut world = World::new();
    give_duo(&mut world);
    let (case, ..) = world.asked().await;
    world.claim(case).await;
    (world, case)
}

fn proven(device: &str) -> Verdict {
    let provider_device = Some(device.to_owned());
    Verdict::Proven(Proven { factor: None, provider_device, counter: None, material: None })
}

#[test]
fn a_push_follows_a_click_and_its_code_shows_only_to_the_session_that_clicked() {
    run(async {
        let (world, case) = with_duo().await;
        world.settle().await;
        assert_eq!(world.duo.begun().len(), 0, "no push without a click");
        let mia = world.id(MIA);
        let engine = &world.engine;
        let begun = engine.begin_proof(mia, case, Method::Duo, SESSION, None).await.expect("begun");
        assert!(begun.is_starting && begun.code.is_none());
        engine.run_lane_once("verify.duo").await.expect("carried out");
        let stored = world.case(case).await;
        let code = &stored.ask.as_ref().expect("asked").code;
        assert_eq!(world.duo.begun(), [format!("{code} Sign-in from a new country")]);
        let mine = engine.ceremony(mia, case, SESSION).await.expect("readable").expect("open");
        assert_eq!((mine.code.as_deref(), mine.is_starting), (Some("482915"), false));
        let other = engine.ceremony(mia, case, "other").await.expect("readable").expect("open");
        assert_eq!(other.code, None);
        // The code is in no message that stays.
        let sent = format!("{:?}{:?}", world.chat.sent(), world.chat.updates());
        assert!(!sent.contains("482915"));
        world.duo.say(Verdict::Waiting);
        world.duo.say(proven("phone"));
        world.pass(Span::seconds(60)).await;
        assert_eq!(world.state(case).await, VERIFIED);
        world.check(case).await;
    });
}

#[test]
fn a_refusal_on_the_device_is_a_conflict_and_a_fraud_report_a_denial() {
    run(async {
        for (verdict, reason) in [
            (Verdict::Refused, Reason::Conflict),
            (Verdict::Fraud, Reason::Denied),
            (Verdict::NotEvidence("bypass".to_owned()), Reason::Silent),
        ] {
            let (world, case) = with_duo().await;
            world.duo.say(verdict.clone());
            let begun =
                world.engine.begin_proof(world.id(MIA), case, Method::Duo, SESSION, None).await;
            begun.expect("begun");
            world.pass(Span::hours(3)).await;
            let expected = (StateName::Escalated, Some(reason));
            assert_eq!(world.state(case).await, expected, "{verdict:?}");
            world.check(case).await;
        }
    });
}

#[test]
fn an_outage_of_the_provider_is_tried_again_and_told_for_what_it_is() {
    run(async {
        let (world, case) = with_duo().await;
        let mia = world.id(MIA);
        let begun = world.engine.begin_proof(mia, case, Method::Duo, SESSION, None).await;
        begun.expect("begun");
        for _ in 0..10 {
            world.duo.fail_next(Failure::retry("503"));
        }
        world.pass(Span::minutes(4)).await;
        assert_eq!(world.state(case).await.0, StateName::Claimed, "another try is possible");
        assert_eq!(world.case(case).await.failed_proofs, 0, "it is not the person's fault");
        world.pass(Span::hours(3)).await;
        let expected = (StateName::Escalated, Some(Reason::Unprovable));
        assert_eq!(world.state(case).await, expected);
        world.check(case).await;
    });
}

#[test]
fn a_ceremony_that_was_voided_while_its_push_was_sent_is_soon_over() {
    run(async {
        let inner = MemoryStore::new();
        let front = Arc::new(inner.moody());
        let mut world = World::over(Arc::clone(&front) as Arc<dyn Store>);
        give_duo(&mut world);
        let (case, ..) = world.asked().await;
        world.claim(case).await;
        let mia = world.id(MIA);
        let begun = world.engine.begin_proof(mia, case, Method::Duo, SESSION, None).await;
        begun.expect("begun");
        // The push is out, and before that is written down the challenge goes.
        front.fail(move |call| {
            let Call::Commit(commit) = call else { return false };
            let swap = commit.records.iter().find(|op| matches!(op, RecordOp::Swap { .. }));
            if let Some((space @ Space::Challenge, key)) = swap.map(RecordOp::target) {
                let records = vec![RecordOp::Delete { space, key: key.to_owned() }];
                let commit = Commit { records, ..Commit::default() };
                inner.commit(commit).now_or_never().expect("at once").expect("stored");
            }
            false
        });
        world.pass(Span::seconds(20)).await;
        assert_eq!(world.duo.begun().len(), 1);
        let waiting = world.engine.outbox_depth().await.expect("readable");
        let begins = waiting.iter().find(|(lane, _)| lane == "verify.duo");
        assert_eq!(begins, None, "it waits for no lease");
    });
}

#[test]
fn a_push_whose_reply_was_lost_is_not_sent_again_without_a_click() {
    run(async {
        let (world, case) = with_duo().await;
        let mia = world.id(MIA);
        let begun = world.engine.begin_proof(mia, case, Method::Duo, SESSION, None).await;
        begun.expect("begun");
        world.duo.fail_next(Failure::retry("cut off").uncertain());
        world.pass(Span::minutes(4)).await;
        assert_eq!(world.duo.begun().len(), 0);
        assert_eq!(world.state(case).await.0, StateName::Claimed);
    });
}

#[test]
fn a_ceremony_goes_on_after_a_kill() {
    run(async {
        let (mut world, case) = with_duo().await;
        let mia = world.id(MIA);
        let begun = world.engine.begin_proof(mia, case, Method::Duo, SESSION, None).await;
        begun.expect("begun");
        world.engine.run_lane_once("verify.duo").await.expect("carried out");
        world.restart();
        world.duo.say(proven("phone"));
        world.pass(Span::minutes(3)).await;
        assert_eq!(world.state(case).await, VERIFIED);
        assert_eq!(world.duo.begun().len(), 1, "pushed once");
    });
}

#[test]
fn a_device_first_seen_lately_proves_nothing_where_the_provider_does_not_guard_enrolment() {
    run(async {
        let mut world = World::new().with_settings(|it| it.is_enrolment_guarded = false);
        world.duo = Arc::new(ports::verifier::fake::FakeVerifier::of(Method::Duo));
        world.restart();
        let (case, ..) = world.asked().await;
        let stored = world.case(case).await;
        let ways = world.engine.ways(world.id(MIA), &stored).await.expect("readable");
        assert_eq!(ways, [Method::Totp], "never seen counts as new");
    });
}
