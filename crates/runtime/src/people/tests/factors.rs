use futures::future::join_all;
use model::{Method, Span};
use ports::{
    store::{Commit, Store as _, StoreError},
    verifier::Proven,
};

use super::world::{ADA, BOB, MIA, WINDOW, World};
use crate::{
    engine::EngineError,
    people::{Authority, ChangeKind, FACTORS_MAX, Viewer},
};

/// How often two are let run against each other.
const TURNS_OF_A_RACE: usize = 50;

#[tokio::test]
async fn the_first_factor_wants_an_enrolment_link() {
    let world = World::new();
    let refused = world.signed_in(MIA).await.enrol(Method::Passkey).await;
    assert!(matches!(refused, Err(EngineError::Forbidden(_))));
    assert!(world.invited(MIA).await.enrol(Method::Passkey).await.is_ok());
    assert_eq!(world.factor_ids(MIA).await.len(), 1);
}

#[tokio::test]
async fn an_enrolment_link_lets_one_factor_in() {
    let world = World::new();
    let mia = world.invited(MIA).await;
    mia.enrol(Method::Passkey).await.expect("enrolled");
    assert_eq!(mia.enrol(Method::Totp).await, Err(EngineError::ProofRequired));
    let again = world.invited(MIA).await;
    assert_eq!(
        again.enrol(Method::Totp).await,
        Err(EngineError::ProofRequired),
        "nor a second link"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_first_factors_at_once_are_one() {
    for _ in 0..TURNS_OF_A_RACE {
        let world = World::new();
        let mia = world.invited(MIA).await;
        let viewer = mia.now().await;
        assert_eq!(at_once(&world, [viewer.clone(), viewer]).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_first_factors_by_two_links_at_once_are_one() {
    for _ in 0..TURNS_OF_A_RACE {
        let world = World::new();
        let (one, other) = (world.invited(MIA).await, world.invited(MIA).await);
        assert_eq!(at_once(&world, [one.now().await, other.now().await]).await, 1);
    }
}

/// How many first factors two viewers get who end their enrolments at the same moment.
async fn at_once(world: &World, viewers: [Viewer; 2]) -> usize {
    let methods = [Method::Passkey, Method::Totp];
    for (viewer, method) in viewers.iter().zip(methods) {
        world.engine.begin_enrolment(viewer, method).await.expect("begun");
    }
    let tries = viewers.into_iter().zip(methods).map(|(viewer, method)| {
        let engine = world.engine.clone();
        tokio::spawn(async move { engine.finish_enrolment(&viewer, method, "right", None).await })
    });
    let done = join_all(tries).await.into_iter().filter(|done| matches!(done, Ok(Ok(_)))).count();
    assert_eq!(world.factor_ids(MIA).await.len(), done);
    done
}

#[tokio::test]
async fn many_sessions_enrol_no_more_factors_than_one() {
    let world = World::new();
    let first = world.old_factor(MIA, Method::Totp).await;
    let mut sessions = Vec::new();
    for counter in 1..=FACTORS_MAX as u64 {
        let mia = world.signed_in(MIA).await;
        assert!(mia.prove(Method::Totp, first, counter).await);
        for method in [Method::Passkey, Method::Totp] {
            world.engine.begin_enrolment(&mia.now().await, method).await.expect("begun");
        }
        sessions.push(mia);
    }
    for mia in &sessions {
        for method in [Method::Passkey, Method::Totp] {
            let _ = world.engine.finish_enrolment(&mia.now().await, method, "right", None).await;
        }
    }
    assert_eq!(world.factor_ids(MIA).await.len(), FACTORS_MAX);
    let reset = world.engine.reset_factors(Authority::Key("ops"), world.person(MIA).id).await;
    assert_eq!(reset, Ok(FACTORS_MAX));
    assert!(world.factor_ids(MIA).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_factor_that_is_let_in_while_its_parent_is_disowned_falls_too() {
    for _ in 0..TURNS_OF_A_RACE {
        let world = World::new();
        world.invited(MIA).await.enrol(Method::Totp).await.expect("enrolled");
        let planted = world.factor_ids(MIA).await[0];
        world.clock.advance(WINDOW);
        let thief = world.signed_in(MIA).await;
        assert!(thief.prove(Method::Totp, planted, 1).await);
        let (viewer, change) = (thief.now().await, thief.last_change().await);
        world.engine.begin_enrolment(&viewer, Method::Passkey).await.expect("begun");
        let (engine, mia) = (world.engine.clone(), world.person(MIA));
        let enrolled = tokio::spawn(async move {
            engine.finish_enrolment(&viewer, Method::Passkey, "right", None).await
        });
        let engine = world.engine.clone();
        let disowned = tokio::spawn(async move { engine.disown(&mia, change).await });
        let (_, disowned) = (enrolled.await.expect("ends"), disowned.await.expect("ends"));
        disowned.expect("disowned");
        assert_eq!(world.factor_ids(MIA).await, Vec::new());
    }
}

#[tokio::test]
async fn a_further_factor_wants_a_proof_with_one_that_was_independent_already() {
    let world = World::new();
    let mia = world.invited(MIA).await;
    let first = mia.enrol(Method::Totp).await.expect("enrolled");
    assert!(mia.prove(Method::Totp, first, 1).await, "it opens what needs a proof");
    assert_eq!(mia.enrol(Method::Passkey).await, Err(EngineError::ProofRequired), "not factors");
    world.clock.advance(WINDOW);
    let mia = world.signed_in(MIA).await;
    assert_eq!(mia.enrol(Method::Passkey).await, Err(EngineError::ProofRequired));
    assert!(mia.prove(Method::Totp, first, 2).await);
    let second = mia.enrol(Method::Passkey).await.expect("enrolled");
    assert!(!mia.prove(Method::Passkey, second, 1).await, "the new one proves nothing yet");
}

#[tokio::test]
async fn a_stale_proof_adds_and_removes_nothing() {
    let world = World::new();
    let factor = world.old_factor(MIA, Method::Totp).await;
    let mia = world.signed_in(MIA).await;
    assert!(mia.prove(Method::Totp, factor, 1).await);
    world.clock.advance(Span::minutes(10));
    assert_eq!(mia.enrol(Method::Passkey).await, Err(EngineError::ProofRequired));
    let removed = world.engine.remove_factor(&mia.now().await, factor).await;
    assert_eq!(removed, Err(EngineError::ProofRequired));
}

#[tokio::test]
async fn removing_a_factor_signs_out_everywhere() {
    let world = World::new();
    let factor = world.old_factor(MIA, Method::Totp).await;
    let (here, there) = (world.signed_in(MIA).await, world.signed_in(MIA).await);
    assert!(here.prove(Method::Totp, factor, 1).await);
    world.engine.remove_factor(&here.now().await, factor).await.expect("removed");
    assert!(here.is_over().await && there.is_over().await);
    assert!(world.factor_ids(MIA).await.is_empty());
}

#[tokio::test]
async fn another_persons_factor_is_not_there() {
    let world = World::new();
    let (own, other) =
        (world.old_factor(MIA, Method::Totp).await, world.old_factor(ADA, Method::Totp).await);
    let mia = world.signed_in(MIA).await;
    assert!(mia.prove(Method::Totp, own, 1).await);
    let removed = world.engine.remove_factor(&mia.now().await, other).await;
    assert_eq!(removed, Err(EngineError::NotFound));
}

#[tokio::test]
async fn a_reset_is_another_administrators_act_with_a_fresh_proof() {
    let world = World::new();
    let (mia_id, ada_id) = (world.person(MIA).id, world.person(ADA).id);
    world.old_factor(MIA, Method::Totp).await;
    let adas = world.old_factor(ADA, Method::Totp).await;
    let (mia, ada) = (world.signed_in(MIA).await, world.signed_in(ADA).await);
    let reset =
        async |viewer, person| world.engine.reset_factors(Authority::Viewer(&viewer), person).await;
    assert!(matches!(reset(mia.now().await, ada_id).await, Err(EngineError::Forbidden(_))));
    assert_eq!(reset(ada.now().await, mia_id).await, Err(EngineError::ProofRequired));
    assert!(ada.prove(Method::Totp, adas, 1).await);
    let own = reset(ada.now().await, ada_id).await;
    assert!(matches!(own, Err(EngineError::Forbidden(_))), "never for oneself");
    assert_eq!(reset(ada.now().await, mia_id).await, Ok(1));
    assert!(mia.is_over().await && !ada.is_over().await);
    assert!(world.factor_ids(MIA).await.is_empty());
    assert_eq!(world.engine.reset_factors(Authority::Key("ops"), ada_id).await, Ok(1));
}

#[tokio::test]
async fn every_change_is_in_the_audit_trail_with_who_made_it() {
    let world = World::new();
    let mia = world.invited(MIA).await;
    mia.enrol(Method::Totp).await.expect("enrolled");
    world.engine.reset_factors(Authority::Key("ops"), world.person(MIA).id).await.expect("reset");
    let audit = world.audit().await;
    let by = |kind: &str| {
        let entry = audit.iter().find(|entry| entry.kind == kind);
        entry.map(|entry| entry.by.clone()).unwrap_or_default()
    };
    assert_eq!(by("factor.enrolled"), format!("person:{}", world.person(MIA).id));
    assert_eq!(by("factor.reset"), "key:ops");
}

#[tokio::test]
async fn a_change_can_be_looked_up_for_thirty_days() {
    let world = World::new();
    let mia = world.invited(MIA).await;
    let factor = mia.enrol(Method::Totp).await.expect("enrolled");
    let changes = world.engine.factor_changes(&mia.now().await).await.expect("readable");
    let [change] = changes.as_slice() else { panic!("one change, not {changes:?}") };
    assert_eq!((change.kind, change.factors.as_slice()), (ChangeKind::Enrolled, &[factor][..]));
    assert!(
        world
            .engine
            .factor_changes(&world.signed_in(BOB).await.now().await)
            .await
            .expect("readable")
            .is_empty()
    );
    world.clock.advance(Span::days(30));
    let mia = world.signed_in(MIA).await;
    assert_eq!(world.engine.factor_changes(&mia.now().await).await, Ok(Vec::new()));
}

#[tokio::test]
async fn a_factor_removed_during_a_proof_proves_nothing_and_stays_removed() {
    let world = World::new();
    let factor = world.old_factor(MIA, Method::Passkey).await;
    let held = world.engine.factors_of(&world.person(MIA)).await.expect("readable");
    world.engine.reset_factors(Authority::Key("ops"), world.person(MIA).id).await.expect("reset");
    for material in [None, Some(b"changed".to_vec())] {
        let (counter, provider_device) = (Some(1), None);
        let proven = Proven { factor: Some(factor), provider_device, counter, material };
        let records = world.engine.spending(&held[0], &proven);
        let done = world.store.commit(Commit { records, ..Commit::default() }).await;
        assert_eq!(done, Err(StoreError::Conflict));
    }
    assert!(world.factor_ids(MIA).await.is_empty());
}

#[tokio::test]
async fn a_wrong_code_does_not_end_an_enrolment() {
    let world = World::new();
    let mia = world.invited(MIA).await;
    let viewer = mia.now().await;
    world.engine.begin_enrolment(&viewer, Method::Totp).await.expect("begun");
    let wrong = world.engine.finish_enrolment(&viewer, Method::Totp, "wrong", None).await;
    assert!(matches!(wrong, Err(EngineError::Invalid(_))));
    assert!(world.engine.enrolment(&viewer, Method::Totp).await.expect("readable").is_some());
    world.engine.finish_enrolment(&viewer, Method::Totp, "right", None).await.expect("enrolled");
    let again = world.engine.finish_enrolment(&viewer, Method::Totp, "right", None).await;
    assert_eq!(again, Err(EngineError::NotFound));
}

#[tokio::test]
async fn a_factors_name_is_one_inert_line() {
    for (typed, kept) in [
        (Some("  My phone "), "My phone"),
        (Some("a\u{202e}b\u{200b}c\r\nd\u{0}"), "abcd"),
        (Some("\u{200b}"), "A factor"),
        (None, "A factor"),
    ] {
        assert_eq!(crate::people::label(typed, "A factor"), kept, "{typed:?}");
    }
    let long = "x".repeat(100_000);
    assert_eq!(crate::people::label(Some(&long), "").len(), 60);
}
