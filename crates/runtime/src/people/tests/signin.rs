use futures::future::join_all;
use model::{Method, Span};
use secrecy::ExposeSecret as _;

use super::world::{ANA, GONE, MIA, World, response};
use crate::{engine::EngineError, people::Visitor};

fn from(text: &str) -> Visitor<'static> {
    Visitor { address: Some(text.parse().expect("an address")), browser: None }
}

#[tokio::test]
async fn a_code_signs_in_and_proves_nothing_afterwards() {
    let world = World::new();
    let factor = world.old_factor(MIA, Method::Totp).await;
    let code = response(factor, 7);
    let session =
        world.engine.sign_in_by_code(MIA, &code, Visitor::default()).await.expect("signed in");
    let viewer = world.viewer_of(&session).await.expect("signed in");
    assert!(!viewer.has_fresh_proof(world.engine.now()), "signing in is no step-up");
    assert!(
        world.engine.sign_in_by_code(MIA, &code, Visitor::default()).await.is_err(),
        "not twice"
    );
    let begun = world.engine.begin_step_up(&viewer, Method::Totp, None).await.expect("begun");
    let done = world.engine.finish_step_up(&viewer, begun.challenge, Some(&code)).await;
    assert_eq!(done, Ok(crate::people::StepUpOutcome::Failed), "nor as a proof");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_typed_twice_at_once_signs_in_once() {
    let world = World::new();
    let factor = world.old_factor(MIA, Method::Totp).await;
    let tries = (0..4).map(|_| {
        let (engine, code) = (world.engine.clone(), response(factor, 7));
        tokio::spawn(
            async move { engine.sign_in_by_code(MIA, &code, Visitor::default()).await.is_ok() },
        )
    });
    let won = join_all(tries).await.into_iter().filter(|done| matches!(done, Ok(true)));
    assert_eq!(won.count(), 1);
}

#[tokio::test]
async fn five_wrong_codes_an_hour_are_the_limit_for_a_person_from_anywhere() {
    let world = World::new();
    let factor = world.old_factor(MIA, Method::Totp).await;
    for n in 0..5 {
        let wrong =
            world.engine.sign_in_by_code(MIA, "000000", from(&format!("192.0.2.{n}"))).await;
        assert!(matches!(wrong, Err(EngineError::Forbidden(_))), "{n}");
    }
    let right = response(factor, 1);
    let limited = world.engine.sign_in_by_code(MIA, &right, from("192.0.2.99")).await;
    assert_eq!(limited.err(), Some(EngineError::Limited), "also the right one");
    world.clock.advance(Span::hours(1));
    assert!(world.engine.sign_in_by_code(MIA, &right, from("192.0.2.99")).await.is_ok());
}

#[tokio::test]
async fn five_wrong_codes_an_hour_are_the_limit_for_an_address_whoever_is_tried() {
    for (first, next, is_limited) in [
        ("192.0.2.1", "192.0.2.1", true),
        ("192.0.2.1", "::ffff:192.0.2.1", true),
        ("192.0.2.1", "192.0.2.2", false),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::9", true),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", false),
    ] {
        let world = World::new();
        let factor = world.old_factor(MIA, Method::Totp).await;
        for n in 0..5 {
            let email = format!("somebody-{n}@example.com");
            assert!(world.engine.sign_in_by_code(&email, "000000", from(first)).await.is_err());
        }
        let done = world.engine.sign_in_by_code(MIA, &response(factor, 1), from(next)).await;
        assert_eq!(done.err() == Some(EngineError::Limited), is_limited, "{first} {next}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_of_codes_at_once_does_not_pass_the_limit() {
    let world = World::new();
    world.old_factor(MIA, Method::Totp).await;
    let tries = (0..40).map(|_| {
        let engine = world.engine.clone();
        tokio::spawn(async move {
            engine.sign_in_by_code(MIA, "000000", Visitor::default()).await.err()
        })
    });
    let looked_at = join_all(tries)
        .await
        .into_iter()
        .filter(|done| matches!(done, Ok(Some(EngineError::Forbidden(_)))));
    assert!(looked_at.count() <= 5);
}

#[tokio::test]
async fn right_codes_do_not_use_the_tries_up() {
    let world = World::new();
    let factor = world.old_factor(MIA, Method::Totp).await;
    for counter in 1..=12 {
        let code = response(factor, counter);
        let done = world.engine.sign_in_by_code(MIA, &code, from("192.0.2.1")).await;
        assert!(done.is_ok(), "{counter}");
    }
}

#[tokio::test]
async fn whether_an_address_is_known_shows_in_no_refusal_and_no_limit() {
    let world = World::new();
    world.old_factor(MIA, Method::Totp).await;
    world.old_factor(GONE, Method::Totp).await;
    for email in [MIA, ANA, GONE, "nobody@example.com", "", "prsn_x", &"x".repeat(10_000)] {
        let mut refusals = Vec::new();
        for _ in 0..6 {
            refusals.push(
                world.engine.sign_in_by_code(email, "000000", Visitor::default()).await.err(),
            );
        }
        let wrong = Some(EngineError::Forbidden("this does not sign anybody in"));
        let expected: Vec<_> =
            std::iter::repeat_n(wrong, 5).chain([Some(EngineError::Limited)]).collect();
        assert_eq!(refusals, expected, "{}", &email[..email.len().min(20)]);
    }
}

#[tokio::test]
async fn a_passkey_request_looks_alike_for_everybody_and_for_nobody() {
    let world = World::new();
    world.old_factor(MIA, Method::Passkey).await;
    for email in [MIA, ANA, GONE, "nobody@example.com"] {
        let first =
            world.engine.begin_passkey_sign_in(email, Visitor::default()).await.expect("begun");
        let again =
            world.engine.begin_passkey_sign_in(email, Visitor::default()).await.expect("begun");
        let allowed = first.options["allow"].as_array().expect("a list");
        assert_eq!(allowed.len(), 1, "{email}");
        assert_eq!(first.options, again.options, "{email}");
        assert_ne!(first.token.expose_secret(), again.token.expose_secret());
    }
}

#[tokio::test]
async fn a_passkey_signs_in_once_for_each_ceremony() {
    let world = World::new();
    let factor = world.old_factor(MIA, Method::Passkey).await;
    let begun = world.engine.begin_passkey_sign_in(MIA, Visitor::default()).await.expect("begun");
    let token = begun.token.expose_secret();
    let done = world.engine.finish_passkey_sign_in(token, &response(factor, 1)).await;
    assert_eq!(done.expect("signed in").person, world.person(MIA).id);
    assert!(world.engine.finish_passkey_sign_in(token, &response(factor, 2)).await.is_err());
}

#[tokio::test]
async fn a_ceremony_with_a_wrong_response_is_over() {
    let world = World::new();
    let factor = world.old_factor(MIA, Method::Passkey).await;
    let begun = world.engine.begin_passkey_sign_in(MIA, Visitor::default()).await.expect("begun");
    let token = begun.token.expose_secret();
    assert!(world.engine.finish_passkey_sign_in(token, "wrong").await.is_err());
    assert!(world.engine.finish_passkey_sign_in(token, &response(factor, 1)).await.is_err());
}

#[tokio::test]
async fn a_decoy_signs_nobody_in_and_another_persons_passkey_neither() {
    let world = World::new();
    let mias = world.old_factor(MIA, Method::Passkey).await;
    world.old_factor(ANA, Method::Passkey).await;
    for email in [ANA, "nobody@example.com"] {
        let begun =
            world.engine.begin_passkey_sign_in(email, Visitor::default()).await.expect("begun");
        let token = begun.token.expose_secret();
        let done = world.engine.finish_passkey_sign_in(token, &response(mias, 1)).await;
        assert!(matches!(done, Err(EngineError::Forbidden(_))), "{email}");
    }
}

#[tokio::test]
async fn ceremonies_of_strangers_are_limited() {
    let world = World::new();
    for n in 0..60 {
        let email = format!("somebody-{n}@example.com");
        assert!(world.engine.begin_passkey_sign_in(&email, from("192.0.2.1")).await.is_ok());
    }
    let more = world.engine.begin_passkey_sign_in(MIA, from("192.0.2.1")).await;
    assert_eq!(more.err(), Some(EngineError::Limited));
}
