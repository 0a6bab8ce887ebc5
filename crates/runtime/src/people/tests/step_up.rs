use casework::case::Refusal;
use futures::future::join_all;
use model::{ChallengeId, Method, Span};
use ports::verifier::{Proven, Verdict};

use super::world::{ANA, MIA, SignedIn, WINDOW, World, response};
use crate::{
    engine::EngineError,
    people::{Authority, StepUpOutcome, Visitor},
};

#[tokio::test]
async fn a_proof_is_fresh_for_ten_minutes() {
    let world = World::new();
    let factor = world.old_factor(MIA, Method::Totp).await;
    let mia = world.signed_in(MIA).await;
    assert_eq!(
        mia.now().await.require_fresh_proof(world.engine.now()),
        Err(EngineError::ProofRequired)
    );
    assert!(mia.prove(Method::Totp, factor, 1).await);
    let viewer = mia.now().await;
    let now = world.engine.now();
    assert!(viewer.has_fresh_proof(now) && viewer.has_independent_proof(now));
    assert!(viewer.has_fresh_proof(Span::seconds(599).after(now)));
    assert!(!viewer.has_fresh_proof(Span::minutes(10).after(now)));
    assert!(!viewer.has_independent_proof(Span::minutes(10).after(now)));
}

#[tokio::test]
async fn a_proof_is_this_sessions_alone() {
    let world = World::new();
    let factor = world.old_factor(MIA, Method::Totp).await;
    let (here, there) = (world.signed_in(MIA).await, world.signed_in(MIA).await);
    let begun = world.engine.begin_step_up(&here.now().await, Method::Totp, None).await;
    let begun = begun.expect("begun");
    assert!(world.engine.step_up(&there.now().await).await.expect("readable").is_none());
    let viewer = there.now().await;
    let right = response(factor, 1);
    let done = world.engine.finish_step_up(&viewer, begun.challenge, Some(&right)).await;
    assert_eq!(done, Err(EngineError::NotFound));
    assert!(here.prove(Method::Totp, factor, 1).await);
    assert!(!there.now().await.has_fresh_proof(world.engine.now()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ceremony_answered_many_times_at_once_counts_once() {
    let world = World::new();
    let factor = world.old_factor(MIA, Method::Passkey).await;
    let mia = world.signed_in(MIA).await;
    let begun = world.engine.begin_step_up(&mia.now().await, Method::Passkey, None).await;
    let challenge = begun.expect("begun").challenge;
    let viewer = mia.now().await;
    let tries = (1..=8).map(|counter| {
        let (engine, viewer) = (world.engine.clone(), viewer.clone());
        tokio::spawn(async move {
            engine.finish_step_up(&viewer, challenge, Some(&response(factor, counter))).await
        })
    });
    let done = join_all(tries).await.into_iter();
    let proven = done.filter(|done| matches!(done, Ok(Ok(StepUpOutcome::Proven))));
    assert_eq!(proven.count(), 1);
}

#[tokio::test]
async fn a_wrong_response_ends_the_ceremony() {
    let world = World::new();
    let factor = world.old_factor(MIA, Method::Passkey).await;
    let viewer = world.signed_in(MIA).await.now().await;
    let begun = world.engine.begin_step_up(&viewer, Method::Passkey, None).await.expect("begun");
    let finish = async |response: &str| {
        world.engine.finish_step_up(&viewer, begun.challenge, Some(response)).await
    };
    assert_eq!(finish("wrong").await, Ok(StepUpOutcome::Failed));
    assert_eq!(finish(&response(factor, 1)).await, Err(EngineError::NotFound));
}

#[tokio::test]
async fn a_ceremony_ends_after_ten_minutes_and_with_the_next_one() {
    let world = World::new();
    let factor = world.old_factor(MIA, Method::Passkey).await;
    let viewer = world.signed_in(MIA).await.now().await;
    let begin = async || {
        let begun = world.engine.begin_step_up(&viewer, Method::Passkey, None).await;
        begun.expect("begun").challenge
    };
    let finish = async |challenge: ChallengeId| {
        let response = response(factor, 1);
        world.engine.finish_step_up(&viewer, challenge, Some(&response)).await
    };
    let (first, second) = (begin().await, begin().await);
    assert_eq!(finish(first).await, Err(EngineError::NotFound));
    world.clock.advance(Span::minutes(10));
    assert_eq!(finish(second).await, Err(EngineError::NotFound));
}

#[tokio::test]
async fn guessing_codes_in_a_step_up_is_limited_and_strangers_do_not_use_it_up() {
    let world = World::new();
    let factor = world.old_factor(MIA, Method::Totp).await;
    let mia = world.signed_in(MIA).await;
    for _ in 0..10 {
        assert!(world.engine.sign_in_by_code(MIA, "000000", Visitor::default()).await.is_err());
    }
    assert!(mia.prove(Method::Totp, factor, 1).await, "others tried, not she");
    for _ in 0..5 {
        assert!(!mia.prove(Method::Totp, factor, 0).await);
    }
    assert!(!mia.prove(Method::Totp, factor, 2).await, "also the right one");
    world.clock.advance(Span::hours(1));
    assert!(mia.prove(Method::Totp, factor, 2).await);
}

#[tokio::test]
async fn a_newborn_factor_steps_up_only_where_a_link_let_it_in_and_nothing_older_is_there() {
    let young = Span::hours(1);
    for (age, by, has_older, is_proven, is_independent) in [
        (WINDOW, "factor:x", false, true, true),
        (young, "link:host", false, true, false),
        (young, "link:host", true, false, false),
        (young, "factor:x", false, false, false),
        (young, "factor:x", true, false, false),
    ] {
        let world = World::new();
        if has_older {
            world.old_factor(MIA, Method::Passkey).await;
        }
        let factor = world.factor(MIA, Method::Totp, age, by).await;
        let mia = world.signed_in(MIA).await;
        let case = format!("{age} {by} {has_older}");
        assert_eq!(mia.prove(Method::Totp, factor, 1).await, is_proven, "{case}");
        let (viewer, now) = (mia.now().await, world.engine.now());
        assert_eq!(viewer.has_fresh_proof(now), is_proven, "{case}");
        assert_eq!(viewer.has_independent_proof(now), is_independent, "{case}");
    }
}

#[tokio::test]
async fn another_persons_factor_proves_nothing() {
    let world = World::new();
    world.old_factor(MIA, Method::Totp).await;
    let anas = world.old_factor(ANA, Method::Totp).await;
    assert!(!world.signed_in(MIA).await.prove(Method::Totp, anas, 1).await);
}

#[tokio::test]
async fn a_provider_is_asked_until_it_has_answered() {
    let world = World::new();
    let viewer = world.signed_in(MIA).await.now().await;
    let begun = world.engine.begin_step_up(&viewer, Method::Duo, None).await.expect("begun");
    let look = async || world.engine.finish_step_up(&viewer, begun.challenge, None).await;
    assert_eq!(look().await, Ok(StepUpOutcome::Waiting));
    assert_eq!(look().await, Ok(StepUpOutcome::Waiting));
    let proven = Proven { factor: None, provider_device: None, counter: None, material: None };
    world.remote.say(Verdict::Proven(proven));
    assert_eq!(look().await, Ok(StepUpOutcome::Proven));
    assert_eq!(look().await, Err(EngineError::NotFound));
}

#[tokio::test]
async fn pushes_are_limited() {
    let world = World::new();
    let viewer = world.signed_in(MIA).await.now().await;
    world.remote.say(Verdict::NotEvidence("bypass".to_owned()));
    for _ in 0..10 {
        let begun = world.engine.begin_step_up(&viewer, Method::Duo, None).await.expect("begun");
        let done = world.engine.finish_step_up(&viewer, begun.challenge, None).await;
        assert_eq!(done, Ok(StepUpOutcome::Failed));
    }
    let more = world.engine.begin_step_up(&viewer, Method::Duo, None).await;
    assert_eq!(more.err(), Some(EngineError::Limited));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_shows_one_push_at_a_time_whoever_wants_more() {
    let world = World::new();
    let (here, there) = (world.signed_in(MIA).await, world.signed_in(MIA).await);
    let viewers = [here.now().await, there.now().await, here.now().await];
    let tries = viewers.into_iter().map(|viewer| {
        let engine = world.engine.clone();
        tokio::spawn(async move { engine.begin_step_up(&viewer, Method::Duo, None).await })
    });
    let begun = join_all(tries).await;
    assert_eq!(begun.iter().filter(|begun| matches!(begun, Ok(Ok(_)))).count(), 1);
    let more = world.engine.begin_step_up(&there.now().await, Method::Duo, None).await;
    assert_eq!(more.err(), Some(EngineError::Refused(Refusal::Busy)));
}

#[tokio::test]
async fn a_push_that_nobody_asks_about_is_heard_before_the_next_one() {
    for (verdict, is_fraud) in [(Verdict::Refused, false), (Verdict::Fraud, true)] {
        let world = World::new();
        let thief = world.signed_in(MIA).await;
        let viewer = thief.now().await;
        world.engine.begin_step_up(&viewer, Method::Duo, None).await.expect("begun");
        world.engine.sign_out(&viewer).await.expect("signed out");
        world.remote.say(verdict);
        let again = world.signed_in(MIA).await;
        let more = world.engine.begin_step_up(&again.now().await, Method::Duo, None).await;
        assert_eq!(more.err(), Some(EngineError::Limited));
        assert_eq!(again.is_over().await, is_fraud);
        let desk = world.engine.desk(viewer.person.id).await.expect("readable").expect("a desk");
        assert!(desk.locked_until().is_some());
    }
}

#[tokio::test]
async fn a_push_that_nobody_asks_about_is_listened_to_by_itself() {
    for (verdict, is_fraud) in [(Verdict::Refused, false), (Verdict::Fraud, true)] {
        let world = World::new();
        let thief = world.signed_in(MIA).await;
        let viewer = thief.now().await;
        world.engine.begin_step_up(&viewer, Method::Duo, None).await.expect("begun");
        world.engine.sign_out(&viewer).await.expect("signed out");
        let owner = world.signed_in(MIA).await;
        let listen = async || {
            for _ in 0..4 {
                world.clock.advance(Span::seconds(10));
                world.engine.run_lane_once("verify.duo").await.expect("carried out");
            }
        };
        listen().await;
        let desk = async || world.engine.desk(viewer.person.id).await.expect("readable");
        assert!(desk().await.is_none_or(|desk| desk.locked_until().is_none()), "nothing was said");
        world.remote.say(verdict);
        listen().await;
        assert!(desk().await.expect("a desk").locked_until().is_some(), "pushes are locked");
        assert_eq!(owner.is_over().await, is_fraud, "every session of theirs ends");
        let kinds = world.audit_kinds().await;
        let told = kinds.iter().filter(|kind| kind.starts_with("person.")).count();
        assert_eq!(told, 1, "{kinds:?}");
    }
}

#[tokio::test]
async fn a_refusal_that_was_listened_to_counts_once_although_the_session_asks_too() {
    let world = World::new();
    let mia = world.signed_in(MIA).await;
    let viewer = mia.now().await;
    let begun = world.engine.begin_step_up(&viewer, Method::Duo, None).await.expect("begun");
    world.remote.say(Verdict::Refused);
    world.clock.advance(Span::seconds(40));
    world.engine.run_lane_once("verify.duo").await.expect("carried out");
    let done = world.engine.finish_step_up(&viewer, begun.challenge, None).await;
    assert_eq!(done, Ok(StepUpOutcome::Failed));
    let kinds = world.audit_kinds().await;
    let told = kinds.iter().filter(|kind| *kind == "person.not_proven").count();
    assert_eq!(told, 1, "{kinds:?}");
}

#[tokio::test]
async fn who_listens_takes_no_proof_from_the_session_that_wants_it() {
    let world = World::new();
    let mia = world.signed_in(MIA).await;
    let viewer = mia.now().await;
    let begun = world.engine.begin_step_up(&viewer, Method::Duo, None).await.expect("begun");
    let proven = Proven { factor: None, provider_device: None, counter: None, material: None };
    world.remote.say(Verdict::Proven(proven));
    for _ in 0..4 {
        world.clock.advance(Span::seconds(15));
        world.engine.run_lane_once("verify.duo").await.expect("carried out");
    }
    assert!(!mia.now().await.has_fresh_proof(world.engine.now()), "nobody has asked");
    let done = world.engine.finish_step_up(&viewer, begun.challenge, None).await;
    assert_eq!(done, Ok(StepUpOutcome::Proven));
}

#[tokio::test]
async fn pushes_are_limited_in_a_day_too() {
    let world = World::new();
    let mia = world.signed_in(MIA).await;
    let mut begun = 0;
    for _ in 0..60 {
        world.clock.advance(Span::minutes(11));
        let viewer = mia.now().await;
        begun += usize::from(world.engine.begin_step_up(&viewer, Method::Duo, None).await.is_ok());
    }
    assert_eq!(begun, crate::people::PUSHES_A_DAY_MAX);
}

#[tokio::test]
async fn a_push_refused_in_a_step_up_locks_pushes_at_every_door() {
    for (verdict, tries) in [(Verdict::Refused, 1), (Verdict::TimedOut, 5)] {
        let world = World::new();
        let mia = world.signed_in(MIA).await;
        world.remote.say(verdict);
        for _ in 0..tries {
            let viewer = mia.now().await;
            let begun = world.engine.begin_step_up(&viewer, Method::Duo, None).await;
            let challenge = begun.expect("not locked yet").challenge;
            let done = world.engine.finish_step_up(&viewer, challenge, None).await;
            assert_eq!(done, Ok(StepUpOutcome::Failed));
        }
        let viewer = mia.now().await;
        let more = world.engine.begin_step_up(&viewer, Method::Duo, None).await;
        assert_eq!(more.err(), Some(EngineError::Limited));
        let desk = world.engine.desk(viewer.person.id).await.expect("readable").expect("a desk");
        assert!(desk.locked_until().is_some(), "proofs of cases are locked with it");
    }
}

#[tokio::test]
async fn a_provider_is_believed_less_after_a_change_of_factors_that_no_factor_proved() {
    #[derive(Debug, PartialEq)]
    enum Change {
        ByLink,
        Reset,
        Disowned,
        ByProof,
    }
    for (change, serves) in [
        (Change::ByLink, false),
        (Change::Reset, false),
        (Change::Disowned, false),
        (Change::ByProof, true),
    ] {
        let world = World::new();
        let mia = world.person(MIA).id;
        let old = match change {
            Change::ByLink => None,
            _ => Some(world.old_factor(MIA, Method::Totp).await),
        };
        let methods = async |person: &SignedIn<'_>| {
            world.engine.step_up_methods(&person.now().await).await.expect("readable")
        };
        assert!(methods(&world.signed_in(MIA).await).await.contains(&Method::Duo));
        match (&change, old) {
            (Change::Reset, _) => {
                world.engine.reset_factors(Authority::Key("ops"), mia).await.expect("reset");
            }
            (_, None) => {
                world.invited(MIA).await.enrol(Method::Passkey).await.expect("enrolled");
            }
            (_, Some(old)) => {
                let browser = world.signed_in(MIA).await;
                assert!(browser.prove(Method::Totp, old, 1).await);
                browser.enrol(Method::Passkey).await.expect("enrolled");
                if change == Change::Disowned {
                    let enrolled = browser.last_change().await;
                    let viewer = browser.now().await;
                    world.engine.disown_factor(&viewer, enrolled).await.expect("disowned");
                }
            }
        }
        let browser = world.signed_in(MIA).await;
        assert_eq!(methods(&browser).await.contains(&Method::Duo), serves, "{change:?}");
        let begun = world.engine.begin_step_up(&browser.now().await, Method::Duo, None).await;
        assert_eq!(begun.is_ok(), serves, "{change:?}");
        world.clock.advance(WINDOW);
        assert!(methods(&world.signed_in(MIA).await).await.contains(&Method::Duo), "{change:?}");
    }
}
