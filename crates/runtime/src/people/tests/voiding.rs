//! A proof that somebody began in a session ends with that session (R25).

use model::{Answer, CaseId, Facts, Method, Reason, Severity, Span, StateName};
use ports::{
    Clock as _,
    source::AlertDraft,
    store::{Commit, RecordOp, Space, Store as _},
    verifier::{Proven, Verdict},
};

use super::world::{MIA, SignedIn, World};
use crate::people::Authority;

/// How sessions end.
#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    SignedOut,
    SignedOutElsewhere,
    SignedOutEverywhere,
    FactorRemoved,
    FactorsReset,
    ChangeDisowned,
    FraudReported,
    Vanished,
}

/// A case that Mia says was her.
async fn claimed(world: &World) -> CaseId {
    let draft = AlertDraft {
        external_id: None,
        rule: "sign-in".to_owned(),
        title: "Sign-in from a new country".to_owned(),
        description: String::new(),
        severity: Severity::Medium,
        time: None,
        person: Some(MIA.into()),
        url: None,
        facts: Facts::new(),
        problems: Vec::new(),
    };
    let accepted = world.engine.accept("siem", vec![Ok(draft)]).await.expect("taken");
    let case = accepted.alerts[0].case;
    let mia = world.person(MIA).id;
    let case = world.engine.answer(mia, case, Answer::Me, 1, None).await.expect("taken");
    assert_eq!(case.state_name(), StateName::Claimed);
    case.id
}

async fn end(world: &World, end: End, here: &SignedIn<'_>, there: &SignedIn<'_>) {
    let (engine, mia) = (&world.engine, world.person(MIA).id);
    match end {
        End::SignedOut => engine.sign_out(&here.now().await).await.expect("signed out"),
        End::SignedOutElsewhere => engine.sign_out(&there.now().await).await.expect("signed out"),
        End::SignedOutEverywhere => {
            engine.sign_out_everywhere(&there.now().await).await.expect("signed out");
        }
        End::FactorRemoved => {
            let factor = world.factor_ids(MIA).await[0];
            assert!(there.prove(Method::Totp, factor, 2).await);
            engine.remove_factor(&there.now().await, factor).await.expect("removed");
        }
        End::FactorsReset => {
            engine.reset_factors(Authority::Key("ops"), mia).await.expect("reset");
        }
        End::ChangeDisowned => {
            let change = there.last_change().await;
            engine.disown_factor(&there.now().await, change).await.expect("disowned");
        }
        End::FraudReported => {
            let viewer = there.now().await;
            let begun = engine.begin_step_up(&viewer, Method::Duo, None).await.expect("begun");
            world.remote.say(Verdict::Fraud);
            engine.finish_step_up(&viewer, begun.challenge, None).await.expect("told");
        }
        End::Vanished => {
            let (space, key) = (Space::Session, here.now().await.session.hash);
            let records = vec![RecordOp::Delete { space, key }];
            world.store.commit(Commit { records, ..Commit::default() }).await.expect("gone");
        }
    }
}

/// Lets the provider say yes, and everything be carried out.
async fn approve(world: &World) {
    let provider_device = Some("phone".to_owned());
    let (factor, counter, material) = (None, None, None);
    world.remote.say(Verdict::Proven(Proven { factor, provider_device, counter, material }));
    work_off(world, 4).await;
}

async fn work_off(world: &World, rounds: usize) {
    for _ in 0..rounds {
        world.clock.advance(Span::seconds(2));
        world.engine.run_lane_once("verify.duo").await.expect("carried out");
    }
}

async fn check(how: End, is_on_the_phone: bool) {
    let world = World::new();
    let factor = world.old_factor(MIA, Method::Totp).await;
    let (here, there) = (world.signed_in(MIA).await, world.signed_in(MIA).await);
    assert!(there.prove(Method::Totp, factor, 1).await);
    if how == End::ChangeDisowned {
        there.enrol(Method::Passkey).await.expect("enrolled");
    }
    let case = claimed(&world).await;
    let (mia, session) = (world.person(MIA).id, here.now().await.session.hash);
    let begun = world.engine.begin_proof(mia, case, Method::Duo, &session, None).await;
    let challenge = begun.expect("begun").challenge.to_string();
    if is_on_the_phone {
        world.engine.run_lane_once("verify.duo").await.expect("pushed");
    }
    end(&world, how, &here, &there).await;
    approve(&world).await;
    let what = format!("{how:?}, {is_on_the_phone}");
    let stored = world.engine.case(case).await.expect("readable");
    if how == End::SignedOutElsewhere {
        assert_eq!(stored.state_name(), StateName::Closed, "{what}: of another session");
        return;
    }
    assert_eq!(stored.state_name(), StateName::Claimed, "{what}");
    let now = world.clock.now();
    let record = world.store.record(Space::Challenge, &challenge, now).await.expect("readable");
    assert!(record.is_none(), "{what}");
    let desk = world.engine.desk(mia).await.expect("readable").expect("a desk");
    assert!(desk.challenge.is_none(), "{what}: the way is free for another one");
    let story = world.engine.story(case, 0, 100).await.expect("readable");
    let voided = story.iter().filter(|line| line.kind == "challenge_voided");
    assert_eq!(voided.count(), 1, "{what}");
}

#[tokio::test]
async fn a_proof_ends_with_the_session_that_began_it_also_on_the_phone() {
    for how in [
        End::SignedOut,
        End::SignedOutElsewhere,
        End::SignedOutEverywhere,
        End::FactorRemoved,
        End::FactorsReset,
        End::ChangeDisowned,
        End::FraudReported,
        End::Vanished,
    ] {
        check(how, false).await;
        check(how, true).await;
    }
}

/// A thief sends a push and is gone, and nobody can be asked for a while; then the owner of the phone
/// says what they think of it.
async fn check_heard(how: End, verdict: Verdict, reason: Reason) {
    let world = World::new();
    let factor = world.old_factor(MIA, Method::Totp).await;
    let (here, there) = (world.signed_in(MIA).await, world.signed_in(MIA).await);
    assert!(there.prove(Method::Totp, factor, 1).await);
    if how == End::ChangeDisowned {
        there.enrol(Method::Passkey).await.expect("enrolled");
    }
    let case = claimed(&world).await;
    let (mia, session) = (world.person(MIA).id, here.now().await.session.hash);
    let begun = world.engine.begin_proof(mia, case, Method::Duo, &session, None).await;
    let challenge = begun.expect("begun").challenge.to_string();
    world.engine.run_lane_once("verify.duo").await.expect("pushed");
    end(&world, how, &here, &there).await;
    world.remote.go_down(true);
    work_off(&world, 40).await;
    world.remote.go_down(false);
    world.remote.say(verdict.clone());
    work_off(&world, 4).await;
    let what = format!("{how:?}, {verdict:?}");
    let stored = world.engine.case(case).await.expect("readable");
    assert_eq!(
        (stored.state_name(), stored.reason()),
        (StateName::Escalated, Some(reason)),
        "{what}"
    );
    let desk = world.engine.desk(mia).await.expect("readable").expect("a desk");
    assert!(desk.locked_until().is_some(), "{what}: nothing is pushed in their name for a while");
    let now = world.clock.now();
    let record = world.store.record(Space::Challenge, &challenge, now).await.expect("readable");
    assert!(record.is_none(), "{what}: it is over");
    let story = world.engine.story(case, 0, 100).await.expect("readable");
    for (kind, text) in [("challenge_voided", "only a refusal counts"), ("refused", "void")] {
        let line = story.iter().find(|line| line.kind == kind);
        assert!(line.is_some_and(|line| line.text.contains(text)), "{what}: {story:?}");
    }
}

#[tokio::test]
async fn whoever_refuses_a_push_is_heard_although_the_session_that_sent_it_has_ended() {
    for how in [
        End::SignedOut,
        End::SignedOutEverywhere,
        End::FactorRemoved,
        End::FactorsReset,
        End::ChangeDisowned,
        End::Vanished,
    ] {
        check_heard(how, Verdict::Refused, Reason::Conflict).await;
        check_heard(how, Verdict::Fraud, Reason::Denied).await;
    }
}

#[tokio::test]
async fn a_push_that_nobody_refuses_is_asked_about_until_its_time_is_over() {
    let world = World::new();
    let here = world.signed_in(MIA).await;
    let case = claimed(&world).await;
    let (mia, session) = (world.person(MIA).id, here.now().await.session.hash);
    let begun = world.engine.begin_proof(mia, case, Method::Duo, &session, None).await;
    begun.expect("begun");
    world.engine.run_lane_once("verify.duo").await.expect("pushed");
    world.engine.sign_out(&here.now().await).await.expect("signed out");
    work_off(&world, 310).await;
    let stored = world.engine.case(case).await.expect("readable");
    assert_eq!((stored.state_name(), stored.void_pushes.len()), (StateName::Claimed, 0));
    let depth = world.store.outbox_depth().await.expect("readable");
    assert!(!depth.iter().any(|(lane, _)| lane == "verify.duo"), "{depth:?}");
}

#[tokio::test]
async fn what_a_session_began_to_enrol_or_to_prove_goes_with_it() {
    let world = World::new();
    let factor = world.old_factor(MIA, Method::Totp).await;
    let mia = world.signed_in(MIA).await;
    assert!(mia.prove(Method::Totp, factor, 1).await);
    let viewer = mia.now().await;
    world.engine.begin_enrolment(&viewer, Method::Passkey).await.expect("begun");
    world.engine.begin_step_up(&viewer, Method::Totp, None).await.expect("begun");
    world.engine.sign_out_everywhere(&viewer).await.expect("signed out");
    assert!(mia.is_over().await);
    let now = world.clock.now();
    for space in [Space::Enrolment, Space::Challenge, Space::Session] {
        let left = world.store.records(space, Some(viewer.person.id), "", now, 10).await;
        assert_eq!(left, Ok(Vec::new()), "{space:?}");
    }
    assert!(world.audit_kinds().await.contains(&"signout.everywhere".to_owned()));
}
