//! Signing in at the identity provider: in the browser that began it, once, as who the directory
//! says they are, and with nothing more than that.

use model::{Method, Span};
use ports::Failure;
use secrecy::ExposeSecret as _;

use super::world::{ADA, ANA, GONE, MIA, SignedIn, World};
use crate::{
    engine::EngineError,
    people::{
        CEREMONIES_MAX, CEREMONY_LIFE, NewSession, NotSignedIn, ProviderSignIn, Redirected, Role,
        Visitor,
    },
};

const CODE: &str = "code";

/// A sign-in that has begun, seen from the browser.
struct Begun {
    kept: String,
    state: String,
    address: String,
}

impl Begun {
    fn of(begun: &ProviderSignIn) -> Self {
        let (_, state) = begun.address.split_once("?state=").expect("a state");
        let (state, _) = state.split_once('&').expect("more than a state");
        let (kept, state) = (begun.token.expose_secret().to_owned(), state.to_owned());
        Self { kept, state, address: begun.address.clone() }
    }
}

async fn begin(world: &World, next: &str, is_fresh: bool) -> Begun {
    let visitor = Visitor::default();
    let begun = world.engine.begin_provider_sign_in((next, is_fresh), None, visitor).await;
    Begun::of(&begun.expect("begun"))
}

async fn back(
    world: &World,
    (state, code): (&str, &str),
    kept: Option<&str>,
) -> Result<(NewSession, String), NotSignedIn> {
    let redirected = Redirected { state: Some(state), code: Some(code), ..Redirected::default() };
    world.engine.finish_provider_sign_in(redirected, kept).await
}

/// Somebody signs in at the provider as the person of this address.
async fn signs_in(
    world: &World,
    email: &str,
    groups: &[&str],
    is_fresh: bool,
) -> Result<NewSession, NotSignedIn> {
    let subject = world.person(email).subject.reveal().to_owned();
    world.provider.know(CODE, &subject, groups);
    let begun = begin(world, "", is_fresh).await;
    Ok(back(world, (&begun.state, CODE), Some(&begun.kept)).await?.0)
}

async fn signed_in<'w>(world: &'w World, email: &str, is_fresh: bool) -> SignedIn<'w> {
    let session = signs_in(world, email, &[], is_fresh).await.expect("signed in");
    SignedIn::of(world, session)
}

/// S11.
#[tokio::test]
async fn a_sign_in_at_the_provider_leads_on_and_is_bound_to_what_was_asked() {
    let world = World::new();
    let mia = world.person(MIA);
    world.provider.know(CODE, mia.subject.reveal(), &[]);
    let begun = begin(&world, "/me/devices", false).await;
    let (session, next) =
        back(&world, (&begun.state, CODE), Some(&begun.kept)).await.expect("signed in");
    assert_eq!((session.person, next.as_str()), (mia.id, "/me/devices"));
    assert!(!session.may_enrol_first);
    let [asked, checked] = &world.provider.bindings()[..] else { panic!("asked and checked") };
    assert_eq!(asked.nonce, checked.nonce);
    assert_eq!(asked.verifier.expose_secret(), checked.verifier.expose_secret());
    assert_eq!(asked.asked_at, checked.asked_at);
    let secrets = [asked.verifier.expose_secret(), &begun.kept];
    assert!(secrets.iter().all(|secret| !begun.address.contains(*secret)), "they stay here");
    assert_ne!(asked.nonce, asked.state);
    let other = begin(&world, "", false).await;
    assert_ne!(other.state, begun.state, "each is its own");
    assert!(world.audit_kinds().await.contains(&"signin.provider".to_owned()));
}

/// S11, R18.
#[tokio::test]
async fn what_comes_back_counts_only_in_the_browser_that_began_it_and_once() {
    let world = World::new();
    world.provider.know(CODE, world.person(MIA).subject.reveal(), &[]);
    let (mias, thiefs) = (begin(&world, "", false).await, begin(&world, "", false).await);
    for (name, state, kept) in [
        ("without what the browser keeps", &mias.state, None),
        ("in another browser", &mias.state, Some(&thiefs.kept)),
        ("what the browser keeps is the state", &mias.state, Some(&mias.state)),
        ("an unknown state", &mias.kept, Some(&mias.kept)),
        ("no state at all", &String::new(), Some(&mias.kept)),
    ] {
        let refused = back(&world, (state, CODE), kept.map(String::as_str)).await;
        assert!(matches!(refused, Err(NotSignedIn::NotUnderWay)), "{name}");
    }
    assert_eq!(world.provider.bindings().len(), 2, "no code was shown to anybody");
    assert!(back(&world, (&mias.state, CODE), Some(&mias.kept)).await.is_ok(), "it is still good");
    let again = back(&world, (&mias.state, CODE), Some(&mias.kept)).await;
    assert!(matches!(again, Err(NotSignedIn::NotUnderWay)), "it serves once");
}

#[tokio::test]
async fn two_answers_at_once_sign_in_once() {
    let world = World::new();
    world.provider.know(CODE, world.person(MIA).subject.reveal(), &[]);
    let begun = begin(&world, "", false).await;
    let once = || back(&world, (&begun.state, CODE), Some(&begun.kept));
    let (first, second) = tokio::join!(once(), once());
    assert_eq!(u8::from(first.is_ok()) + u8::from(second.is_ok()), 1);
}

#[tokio::test]
async fn two_windows_of_one_browser_each_end_their_own() {
    let world = World::new();
    world.provider.know(CODE, world.person(MIA).subject.reveal(), &[]);
    let first = begin(&world, "/me/devices", false).await;
    let visitor = Visitor::default();
    let second = world.engine.begin_provider_sign_in(("", false), Some(&first.kept), visitor).await;
    let second = Begun::of(&second.expect("begun"));
    assert_eq!(first.kept, second.kept);
    for begun in [&second, &first] {
        assert!(back(&world, (&begun.state, CODE), Some(&first.kept)).await.is_ok());
    }
}

#[tokio::test]
async fn a_sign_in_that_takes_too_long_is_over() {
    let world = World::new();
    world.provider.know(CODE, world.person(MIA).subject.reveal(), &[]);
    let begun = begin(&world, "", false).await;
    world.clock.advance(CEREMONY_LIFE);
    let late = back(&world, (&begun.state, CODE), Some(&begun.kept)).await;
    assert!(matches!(late, Err(NotSignedIn::NotUnderWay)));
}

/// R23.
#[tokio::test]
async fn only_the_directorys_own_id_says_who_somebody_is() {
    let world = World::new();
    let mia = world.person(MIA);
    let own = mia.subject.reveal();
    for other in [
        MIA.to_owned(),
        mia.id.to_string(),
        own.to_uppercase(),
        format!(" {own}"),
        "nobody".to_owned(),
    ] {
        world.provider.know(CODE, &other, &["soc-leads"]);
        let begun = begin(&world, "", false).await;
        let refused = back(&world, (&begun.state, CODE), Some(&begun.kept)).await;
        assert!(matches!(refused, Err(NotSignedIn::Unknown)), "{other}");
    }
    let gone = signs_in(&world, GONE, &["soc-leads"], true).await;
    assert!(matches!(gone, Err(NotSignedIn::Unknown)), "who has left stays out");
}

#[tokio::test]
async fn what_the_provider_answers_wrongly_or_not_at_all_signs_nobody_in() {
    let world = World::new();
    for (failure, is_told) in [
        (Failure::denied("no"), (|why| matches!(why, NotSignedIn::Unproven)) as fn(&_) -> bool),
        (Failure::permanent("no"), |why| matches!(why, NotSignedIn::Unproven)),
        (Failure::retry("later"), |why| matches!(why, NotSignedIn::Unreachable)),
        (Failure::misconfigured("no"), |why| matches!(why, NotSignedIn::Unreachable)),
    ] {
        world.provider.know(CODE, world.person(MIA).subject.reveal(), &[]);
        let begun = begin(&world, "", false).await;
        world.provider.fail_next(failure.clone());
        let why = back(&world, (&begun.state, CODE), Some(&begun.kept)).await.expect_err("refused");
        assert!(is_told(&why), "{failure:?}: {why:?}");
        let again = back(&world, (&begun.state, CODE), Some(&begun.kept)).await;
        assert!(matches!(again, Err(NotSignedIn::NotUnderWay)), "its state is used up");
    }
    let begun = begin(&world, "", false).await;
    let redirected = Redirected {
        state: Some(&begun.state),
        error: Some("access_denied"),
        ..Default::default()
    };
    let denied = world.engine.finish_provider_sign_in(redirected, Some(&begun.kept)).await;
    assert!(matches!(denied, Err(NotSignedIn::TurnedBack)));
    let begun = begin(&world, "", false).await;
    let (code, error) = (Some(CODE), Some("access_denied"));
    let redirected = Redirected { state: Some(&begun.state), code, error, issuer: None };
    let both = world.engine.finish_provider_sign_in(redirected, Some(&begun.kept)).await;
    assert!(matches!(both, Err(NotSignedIn::Unproven)), "a code and an error");
    assert!(!world.audit_kinds().await.contains(&"signin.provider".to_owned()));
}

#[tokio::test]
async fn who_begins_too_often_is_limited() {
    let world = World::new();
    let visitor = Visitor { address: Some([192, 0, 2, 1].into()), browser: None };
    let begin = || world.engine.begin_provider_sign_in(("", false), None, visitor);
    for _ in 0..CEREMONIES_MAX {
        begin().await.expect("begun");
    }
    let one_more = begin().await;
    assert!(matches!(one_more, Err(NotSignedIn::Engine(EngineError::Limited))));
}

#[tokio::test]
async fn the_providers_groups_make_a_role_for_that_session_only() {
    let world = World::new();
    for (groups, role) in [
        (&["soc"][..], Role::Analyst),
        (&["soc-leads", "soc"][..], Role::Admin),
        (&["SOC", "security", "it"][..], Role::Person),
        (&[][..], Role::Person),
    ] {
        let session = signs_in(&world, MIA, groups, false).await.expect("signed in");
        let viewer = world.viewer_of(&session).await.expect("signed in");
        assert_eq!(viewer.role, role, "{groups:?}");
        let is_analyst = world.engine.is_signed_in(&viewer.session.hash, Role::Analyst).await;
        assert_eq!(is_analyst, Ok(role >= Role::Analyst));
    }
    let by_link = world.signed_in(MIA).await;
    assert_eq!(by_link.now().await.role, Role::Person, "elsewhere she is who she was");
    let ana = signs_in(&world, ANA, &[], false).await.expect("signed in");
    let ana = world.viewer_of(&ana).await.expect("signed in");
    assert_eq!(ana.role, Role::Analyst, "what the directory says is not taken away");
}

#[tokio::test]
async fn an_analyst_by_the_providers_groups_is_signed_out_when_idle_like_any_other() {
    let world = World::new();
    let session = signs_in(&world, MIA, &["soc"], false).await.expect("signed in");
    world.clock.advance(Span::hours(1));
    assert!(world.viewer_of(&session).await.is_none());
}

/// R8: a sign-in is not a proof.
#[tokio::test]
async fn signing_in_at_the_provider_proves_nothing() {
    let world = World::new();
    let session = signs_in(&world, ADA, &["soc-leads"], true).await.expect("signed in");
    let viewer = world.viewer_of(&session).await.expect("signed in");
    assert!(!viewer.has_fresh_proof(viewer.session.started_at));
}

/// R25.
#[tokio::test]
async fn a_fresh_sign_in_at_the_provider_lets_one_first_factor_in_and_a_silent_one_none() {
    let world = World::new();
    let silent = signed_in(&world, MIA, false).await;
    assert!(matches!(silent.enrol(Method::Totp).await, Err(EngineError::Forbidden(_))));
    let fresh = signed_in(&world, MIA, true).await;
    assert!(fresh.session.may_enrol_first);
    fresh.enrol(Method::Totp).await.expect("the first one");
    assert!(fresh.enrol(Method::Passkey).await.is_err(), "the right is used up");
    let again = signed_in(&world, MIA, true).await;
    assert!(!again.session.may_enrol_first, "there is one now");
    assert!(again.enrol(Method::Passkey).await.is_err());
}

/// R25.
#[tokio::test]
async fn a_factor_that_a_sign_in_let_in_opens_nothing_until_it_is_old_enough() {
    let world = World::new();
    let ada = signed_in(&world, ADA, true).await;
    let factor = ada.enrol(Method::Totp).await.expect("the first one");
    assert!(!ada.prove(Method::Totp, factor, 1).await, "it is newborn");
    world.clock.advance(super::world::WINDOW);
    let ada = signed_in(&world, ADA, false).await;
    assert!(ada.prove(Method::Totp, factor, 2).await, "it is old enough");
}

/// R25: who planted a factor may hold the account at the provider too.
#[tokio::test]
async fn after_a_disowned_factor_a_fresh_sign_in_lets_none_in() {
    let world = World::new();
    let thief = signed_in(&world, MIA, true).await;
    thief.enrol(Method::Totp).await.expect("planted");
    let change = thief.last_change().await;
    world.engine.disown_factor(&thief.now().await, change).await.expect("disowned");
    assert!(thief.is_over().await);
    let again = signed_in(&world, MIA, true).await;
    assert!(!again.session.may_enrol_first);
    assert!(matches!(again.enrol(Method::Totp).await, Err(EngineError::Forbidden(_))));
    let invited = world.invited(MIA).await;
    assert!(invited.enrol(Method::Totp).await.is_ok(), "an administrator can let her in");
}
