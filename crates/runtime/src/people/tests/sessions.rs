use model::Span;
use secrecy::ExposeSecret as _;

use super::world::{ADA, ANA, MIA, World};
use crate::people::Role;

#[tokio::test]
async fn a_session_ends_after_twelve_hours() {
    let world = World::new();
    let mia = world.signed_in(MIA).await;
    world.clock.advance(Span::seconds(12 * 3_600 - 1));
    assert!(!mia.is_over().await);
    world.clock.advance(Span::seconds(1));
    assert!(mia.is_over().await);
}

#[tokio::test]
async fn an_analysts_session_ends_after_an_idle_hour_and_nobody_elses() {
    let world = World::new();
    let (mia, ana) = (world.signed_in(MIA).await, world.signed_in(ANA).await);
    for _ in 0..3 {
        world.clock.advance(Span::minutes(59));
        assert!(!ana.is_over().await, "used, so not idle");
    }
    world.clock.advance(Span::minutes(60));
    assert!(ana.is_over().await);
    assert!(ana.is_over().await, "it stays ended");
    assert!(!mia.is_over().await);
}

#[tokio::test]
async fn use_is_written_down_at_most_once_a_minute() {
    let world = World::new();
    let ana = world.signed_in(ANA).await;
    let held = || format!("{:?}", world.store);
    let before = held();
    world.clock.advance(Span::seconds(59));
    ana.now().await;
    assert_eq!(held(), before);
    world.clock.advance(Span::seconds(1));
    ana.now().await;
    assert_ne!(held(), before);
}

#[tokio::test]
async fn signing_out_ends_this_session_only() {
    let world = World::new();
    let (here, there) = (world.signed_in(MIA).await, world.signed_in(MIA).await);
    world.engine.sign_out(&here.now().await).await.expect("signed out");
    assert!(here.is_over().await);
    assert!(!there.is_over().await);
}

#[tokio::test]
async fn a_form_is_for_one_session() {
    let world = World::new();
    let (here, there) =
        (world.signed_in(MIA).await.now().await, world.signed_in(MIA).await.now().await);
    assert!(here.is_own_form(&here.session.csrf));
    assert!(!here.is_own_form(&there.session.csrf));
    assert!(!here.is_own_form(""));
}

#[tokio::test]
async fn neither_token_nor_form_value_shows_in_debug() {
    let world = World::new();
    let mia = world.signed_in(MIA).await;
    let viewer = mia.now().await;
    let shown = format!("{viewer:?} {:?}", mia.session);
    for secret in [&*viewer.session.csrf, &viewer.session.hash, mia.session.token.expose_secret()] {
        assert!(!shown.contains(secret));
    }
    assert!(!shown.contains(MIA));
}

#[tokio::test]
async fn a_made_up_token_is_nobody() {
    let world = World::new();
    for junk in ["", "x", &"A".repeat(43), "é"] {
        assert!(world.engine.viewer(junk).await.expect("readable").is_none(), "{junk}");
    }
}

#[tokio::test]
async fn roles_come_from_groups_and_from_the_first_start() {
    let world = World::new();
    for (email, role) in [(MIA, Role::Person), (ANA, Role::Analyst), (ADA, Role::Admin)] {
        assert_eq!(world.signed_in(email).await.now().await.role, role, "{email}");
    }
    let mia = world.signed_in(MIA).await;
    world.engine.appoint_administrator(world.person(MIA).id).await.expect("appointed");
    assert_eq!(mia.now().await.role, Role::Admin, "at once, also in an open session");
    assert!(world.audit_kinds().await.contains(&"role.appointed".to_owned()));
}
