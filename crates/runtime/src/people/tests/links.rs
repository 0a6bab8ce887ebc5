use futures::future::join_all;
use model::{Method, Span};
use secrecy::ExposeSecret as _;

use super::world::{ADA, ANA, GONE, MIA, World};
use crate::{
    engine::EngineError,
    people::{Authority, LinkKind},
};

/// How often two are let run against each other.
const TURNS_OF_A_RACE: usize = 50;

#[tokio::test]
async fn looking_at_a_link_ten_times_changes_nothing() {
    let world = World::new();
    let token = world.link(MIA, LinkKind::SignIn).await;
    let before = world.audit().await;
    for _ in 0..10 {
        assert_eq!(world.engine.peek_link(&token).await, Ok(Some(LinkKind::SignIn)));
    }
    assert_eq!(world.audit().await, before);
    assert!(world.engine.redeem_link(&token).await.is_ok(), "it is still good");
}

#[tokio::test]
async fn a_link_signs_in_once() {
    let world = World::new();
    let token = world.link(MIA, LinkKind::SignIn).await;
    let session = world.engine.redeem_link(&token).await.expect("redeemed");
    let viewer = world.viewer_of(&session).await.expect("signed in");
    assert_eq!(viewer.person.id, world.person(MIA).id);
    assert_eq!(world.engine.redeem_link(&token).await.err(), Some(EngineError::NotFound));
    assert_eq!(world.engine.peek_link(&token).await, Ok(None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_pressed_many_times_at_once_signs_in_once() {
    let world = World::new();
    let token = world.link(MIA, LinkKind::SignIn).await;
    let presses = (0..8).map(|_| {
        let (engine, token) = (world.engine.clone(), token.clone());
        tokio::spawn(async move { engine.redeem_link(&token).await.is_ok() })
    });
    let won = join_all(presses).await.into_iter().filter(|press| matches!(press, Ok(true)));
    assert_eq!(won.count(), 1);
}

#[tokio::test]
async fn a_link_is_good_until_its_time_is_over() {
    for (kind, life) in [(LinkKind::SignIn, Span::minutes(15)), (LinkKind::Enrol, Span::hours(24))]
    {
        let world = World::new();
        let (early, late) = (world.link(MIA, kind).await, world.link(MIA, kind).await);
        world.clock.advance(Span::seconds(life.as_seconds() - 1));
        assert!(world.engine.redeem_link(&early).await.is_ok(), "{kind:?}");
        world.clock.advance(Span::seconds(1));
        assert_eq!(world.engine.peek_link(&late).await, Ok(None), "{kind:?}");
        let late = world.engine.redeem_link(&late).await;
        assert_eq!(late.err(), Some(EngineError::NotFound), "{kind:?}");
    }
}

#[tokio::test]
async fn what_is_no_link_is_refused() {
    let world = World::new();
    for junk in ["", "x", "é", &"A".repeat(43), &"A".repeat(10_000)] {
        assert_eq!(world.engine.peek_link(junk).await, Ok(None));
        assert_eq!(world.engine.redeem_link(junk).await.err(), Some(EngineError::NotFound));
    }
}

#[tokio::test]
async fn the_store_holds_no_usable_link_and_no_usable_session() {
    let world = World::new();
    let link = world.link(MIA, LinkKind::SignIn).await;
    let held = format!("{:?}", world.store);
    assert!(!held.contains(&link));
    let session = world.engine.redeem_link(&link).await.expect("redeemed");
    let held = format!("{:?}", world.store);
    assert!(!held.contains(session.token.expose_secret()));
}

#[tokio::test]
async fn links_are_an_administrators_act_with_a_fresh_proof() {
    let world = World::new();
    let factor = world.old_factor(ADA, Method::Totp).await;
    let (mia, ana) =
        (world.signed_in(MIA).await.now().await, world.signed_in(ANA).await.now().await);
    for viewer in [&mia, &ana] {
        let made = world.engine.create_link(Authority::Viewer(viewer), MIA, LinkKind::SignIn).await;
        assert!(matches!(made, Err(EngineError::Forbidden(_))), "{:?}", viewer.role);
    }
    let ada = world.signed_in(ADA).await;
    let make = async |kind, email| {
        let viewer = ada.now().await;
        world.engine.create_link(Authority::Viewer(&viewer), email, kind).await.err()
    };
    assert_eq!(make(LinkKind::Enrol, MIA).await, Some(EngineError::ProofRequired));
    assert!(ada.prove(Method::Totp, factor, 1).await);
    assert_eq!(make(LinkKind::Enrol, MIA).await, None);
    world.clock.advance(Span::minutes(10));
    assert_eq!(make(LinkKind::SignIn, MIA).await, Some(EngineError::ProofRequired));
}

#[tokio::test]
async fn nobody_makes_an_enrolment_link_for_themself() {
    let world = World::new();
    let factor = world.old_factor(ADA, Method::Totp).await;
    let ada = world.signed_in(ADA).await;
    assert!(ada.prove(Method::Totp, factor, 1).await);
    let viewer = ada.now().await;
    let made = world.engine.create_link(Authority::Viewer(&viewer), ADA, LinkKind::Enrol).await;
    assert!(matches!(made, Err(EngineError::Forbidden(_))));
}

#[tokio::test]
async fn who_has_left_gets_no_link() {
    let world = World::new();
    for email in [GONE, "nobody@example.com", ""] {
        let made = world.engine.create_link(Authority::Host, email, LinkKind::SignIn).await;
        assert_eq!(made.err(), Some(EngineError::NotFound), "{email}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_link_signs_anybody_in_past_a_disowned_factor() {
    for _ in 0..TURNS_OF_A_RACE {
        let world = World::new();
        let mia = world.invited(MIA).await;
        mia.enrol(Method::Totp).await.expect("enrolled");
        let change = mia.last_change().await;
        let link = world.link(MIA, LinkKind::Enrol).await;
        let (engine, person) = (world.engine.clone(), world.person(MIA));
        let disowned = tokio::spawn(async move { engine.disown(&person, change).await });
        let engine = world.engine.clone();
        let redeemed = tokio::spawn(async move { engine.redeem_link(&link).await });
        disowned.await.expect("ends").expect("disowned");
        if let Ok(session) = redeemed.await.expect("ends") {
            assert!(world.viewer_of(&session).await.is_none(), "it ended with the others");
        }
    }
}
