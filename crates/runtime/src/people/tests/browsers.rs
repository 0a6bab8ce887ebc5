//! Whoever knows an address keeps its owner out of nothing.

use model::{Method, Span};
use ports::Clock as _;
use secrecy::{ExposeSecret as _, SecretString};

use super::world::{ADA, MIA, World, response};
use crate::{
    engine::EngineError,
    people::{BROWSER_LIFE, LinkKind, Visitor},
};

/// Where the thief is, and once even the owner.
const ADDRESS: &str = "192.0.2.1";

fn at<'v>(address: &str, browser: Option<&'v SecretString>) -> Visitor<'v> {
    let browser = browser.map(|token| token.expose_secret());
    Visitor { address: Some(address.parse().expect("an address")), browser }
}

/// Somebody who knows Mia's address uses up whatever can be.
async fn attack(world: &World) {
    for n in 0..300 {
        let elsewhere = format!("198.51.100.{}", n % 250);
        for address in [ADDRESS, &elsewhere] {
            let _ = world.engine.sign_in_by_code(MIA, "000000", at(address, None)).await;
            let _ = world.engine.begin_passkey_sign_in(MIA, at(&elsewhere, None)).await;
        }
    }
}

async fn known(world: &World, email: &str) -> SecretString {
    world.engine.remember_browser(world.person(email).id, None).await.expect("remembered")
}

#[tokio::test]
async fn whoever_uses_up_the_tries_of_strangers_keeps_the_owner_out_of_nothing() {
    let world = World::new();
    let totp = world.old_factor(MIA, Method::Totp).await;
    let passkey = world.old_factor(MIA, Method::Passkey).await;
    let browser = known(&world, MIA).await;
    attack(&world).await;
    let engine = &world.engine;
    let right = response(totp, 1);
    let stranger = engine.sign_in_by_code(MIA, &right, at("203.0.113.9", None)).await;
    assert_eq!(stranger.err(), Some(EngineError::Limited), "guessing stays limited");
    let owner = engine.sign_in_by_code(MIA, &right, at(ADDRESS, Some(&browser))).await;
    assert!(owner.is_ok(), "in her own browser, also where the thief is");
    let begun = engine.begin_passkey_sign_in(MIA, at("203.0.113.9", None)).await.expect("begun");
    let token = begun.token.expose_secret();
    assert!(engine.finish_passkey_sign_in(token, &response(passkey, 1)).await.is_ok());
    let link = world.link(MIA, LinkKind::SignIn).await;
    assert!(engine.redeem_link(&link).await.is_ok());
}

#[tokio::test]
async fn a_known_browser_guesses_no_more_than_others() {
    let world = World::new();
    let totp = world.old_factor(MIA, Method::Totp).await;
    let browser = known(&world, MIA).await;
    let here = at(ADDRESS, Some(&browser));
    for _ in 0..5 {
        let wrong = world.engine.sign_in_by_code(MIA, "000000", here).await;
        assert!(matches!(wrong, Err(EngineError::Forbidden(_))), "it opens nothing by itself");
    }
    let right = response(totp, 1);
    let limited = world.engine.sign_in_by_code(MIA, &right, here).await;
    assert_eq!(limited.err(), Some(EngineError::Limited));
    let elsewhere = world.engine.sign_in_by_code(MIA, &right, at("203.0.113.9", None)).await;
    assert!(elsewhere.is_ok(), "it uses up its own tries only");
}

#[tokio::test]
async fn a_browser_is_known_for_its_person_and_its_time() {
    let world = World::new();
    for email in [MIA, ADA] {
        world.old_factor(email, Method::Totp).await;
    }
    let adas = known(&world, ADA).await;
    let forged = SecretString::from("x".repeat(43));
    for n in 0..5 {
        let from = format!("198.51.100.{n}");
        let wrong = world.engine.sign_in_by_code(MIA, "000000", at(&from, Some(&adas))).await;
        assert!(matches!(wrong, Err(EngineError::Forbidden(_))), "counted as a stranger");
    }
    for browser in [&adas, &forged, &SecretString::from("")] {
        let more = world.engine.sign_in_by_code(MIA, "000000", at("203.0.113.9", Some(browser)));
        assert_eq!(more.await.err(), Some(EngineError::Limited));
    }
    let mias = known(&world, MIA).await;
    let knows = async |token: &SecretString| {
        let person = Some(world.person(MIA).id);
        let known = world.engine.known_browser(person, Some(token.expose_secret())).await;
        known.expect("readable").is_some()
    };
    assert!(knows(&mias).await && !knows(&adas).await && !knows(&forged).await);
    world.clock.advance(Span::days(100));
    let id = world.person(MIA).id;
    let renewed = world.engine.remember_browser(id, Some(mias.expose_secret())).await;
    let renewed = renewed.expect("remembered");
    assert_eq!(renewed.expose_secret(), mias.expose_secret(), "the same token, for longer");
    world.clock.advance(Span::days(100));
    assert!(knows(&mias).await);
    world.clock.advance(BROWSER_LIFE);
    assert!(!knows(&mias).await);
}

#[tokio::test]
async fn a_token_of_another_person_is_replaced() {
    let world = World::new();
    let adas = known(&world, ADA).await;
    let mia = world.person(MIA).id;
    let new = world.engine.remember_browser(mia, Some(adas.expose_secret())).await;
    assert_ne!(new.expect("remembered").expose_secret(), adas.expose_secret());
}

#[tokio::test]
async fn no_browser_is_known_after_signing_out_everywhere() {
    let world = World::new();
    let (mias, adas) = (known(&world, MIA).await, known(&world, ADA).await);
    let viewer = world.signed_in(MIA).await.now().await;
    world.engine.sign_out_everywhere(&viewer).await.expect("signed out");
    for (email, token, is_known) in [(MIA, mias, false), (ADA, adas, true)] {
        let person = Some(world.person(email).id);
        let known = world.engine.known_browser(person, Some(token.expose_secret())).await;
        assert_eq!(known.expect("readable").is_some(), is_known, "{email}");
    }
    let stored = format!("{:?} {}", world.store, world.clock.now());
    assert!(!stored.contains(known(&world, MIA).await.expose_secret()), "only hashes are stored");
}
