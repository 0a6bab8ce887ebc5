//! Signing in at the identity provider: in the browser that began it, once, as who the directory
//! says they are, and with nothing more than that.

use model::{Method, Span};
use ports::Failure;
use secrecy::ExposeSecret as _;

use super::world::{ADA, ANA, GONE, MIA, SignedIn, World};
use crate::{
    engine::EngineError,
    people::{
        Authority, CEREMONIES_MAX, CEREMONY_LIFE, NewSession, NotSignedIn, PROOF_LIFE,
        PROVIDER_TRIES_MAX, ProviderSignIn, Redirected, Role, Visitor,
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
    let done = world.engine.finish_provider_sign_in(redirected, kept).await;
    done.map_err(|unended| unended.why)
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
        (Failure::permanent("no"), |why| matches!(why, NotSignedIn::TooWeak)),
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
    for (code, error, is_told) in [
        (
            None,
            Some("access_denied"),
            (|why| matches!(why, NotSignedIn::TurnedBack)) as fn(&_) -> _,
        ),
        (None, Some("made_up"), |why| matches!(why, NotSignedIn::TurnedBack)),
        (None, Some("server_error"), |why| matches!(why, NotSignedIn::Unreachable)),
        (None, Some("invalid_scope"), |why| matches!(why, NotSignedIn::Unreachable)),
        (None, Some("unmet_authentication_requirements"), |why| {
            matches!(why, NotSignedIn::TooWeak)
        }),
        (Some(CODE), Some("access_denied"), |why| matches!(why, NotSignedIn::Unproven)),
        (None, None, |why| matches!(why, NotSignedIn::Unproven)),
    ] {
        let begun = begin(&world, "/me/devices", false).await;
        let redirected = Redirected { state: Some(&begun.state), code, error, issuer: None };
        let done = world.engine.finish_provider_sign_in(redirected, Some(&begun.kept)).await;
        let unended = done.expect_err("nobody is signed in");
        assert!(is_told(&unended.why), "{code:?} {error:?}: {unended:?}");
        assert_eq!(unended.next, "/me/devices", "where they wanted to go is kept");
    }
    assert!(!world.audit_kinds().await.contains(&"signin.provider".to_owned()));
}

#[tokio::test]
async fn who_begins_too_often_is_limited_and_who_ends_well_is_not_counted() {
    let world = World::new();
    world.provider.know(CODE, world.person(MIA).subject.reveal(), &[]);
    let office = Visitor { address: Some([192, 0, 2, 1].into()), browser: None };
    let begin = |visitor| world.engine.begin_provider_sign_in(("", false), None, visitor);
    for _ in 0..PROVIDER_TRIES_MAX {
        let begun = Begun::of(&begin(office).await.expect("begun"));
        back(&world, (&begun.state, CODE), Some(&begun.kept)).await.expect("signed in");
    }
    for _ in 0..PROVIDER_TRIES_MAX {
        begin(office).await.expect("a morning's sign-ins count for nothing");
    }
    let one_more = begin(office).await;
    assert!(matches!(one_more, Err(NotSignedIn::Engine(EngineError::Limited))));
    let browser = world.engine.remember_browser(world.person(ADA).id, None).await.expect("known");
    let known = Visitor { browser: Some(browser.expose_secret()), ..office };
    for _ in 0..CEREMONIES_MAX {
        begin(known).await.expect("a browser that is known has tries of its own");
    }
    assert!(begin(known).await.is_err());
}

/// A sign-in that a thief began before the sessions were ended is over with them.
#[tokio::test]
async fn a_sign_in_under_way_does_not_outlive_the_end_of_all_sessions() {
    let world = World::new();
    world.provider.know(CODE, world.person(MIA).subject.reveal(), &[]);
    let begun = begin(&world, "", false).await;
    let mia = world.signed_in(MIA).await;
    world.engine.sign_out_everywhere(&mia.now().await).await.expect("ended");
    let late = back(&world, (&begun.state, CODE), Some(&begun.kept)).await;
    assert!(matches!(late, Err(NotSignedIn::NotUnderWay)));
    world.clock.advance(Span::seconds(1));
    assert!(signs_in(&world, MIA, &[], false).await.is_ok(), "what begins afterwards is hers");
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
        let trail = world.audit().await;
        let line = trail.iter().rfind(|entry| entry.kind == "signin.provider").expect("a line");
        let note: casework::Note = crate::bytes::read(&line.data).expect("a note");
        assert_eq!(note.text.contains(role.name()), role > Role::Person, "{}", note.text);
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

/// R25: whoever gets hold of the session later did not sign in there.
#[tokio::test]
async fn the_right_that_a_fresh_sign_in_gives_passes_as_a_proof_does_and_that_of_a_link_stays() {
    for (is_link, stays) in [(false, false), (true, true)] {
        let world = World::new();
        let mia = match is_link {
            true => world.invited(MIA).await,
            false => signed_in(&world, MIA, true).await,
        };
        world.clock.advance(Span::seconds(PROOF_LIFE.as_seconds() - 1));
        assert!(mia.now().await.session.may_enrol_first);
        let begun = world.engine.begin_enrolment(&mia.now().await, Method::Totp).await;
        assert!(begun.is_ok());
        world.clock.advance(Span::seconds(1));
        let viewer = mia.now().await;
        assert_eq!(viewer.session.may_enrol_first, stays);
        let done = world.engine.finish_enrolment(&viewer, Method::Totp, "right", None).await;
        assert_eq!(done.is_ok(), stays);
    }
}

/// R25: who planted a factor, or had them reset, may hold the account at the provider too.
#[tokio::test]
async fn after_a_disowned_change_a_fresh_sign_in_lets_no_factor_in_for_thirty_days() {
    let world = World::new();
    let thief = signed_in(&world, MIA, true).await;
    thief.enrol(Method::Totp).await.expect("planted");
    let change = thief.last_change().await;
    world.clock.advance(Span::days(20));
    let mia = world.signed_in(MIA).await;
    world.engine.disown_factor(&mia.now().await, change).await.expect("disowned");
    world.clock.advance(Span::days(29));
    let again = signed_in(&world, MIA, true).await;
    assert!(!again.session.may_enrol_first);
    assert!(matches!(again.enrol(Method::Totp).await, Err(EngineError::Forbidden(_))));
    let invited = world.invited(MIA).await;
    assert!(invited.enrol(Method::Totp).await.is_ok(), "an administrator can let her in");
}

#[tokio::test]
async fn after_a_disowned_reset_a_fresh_sign_in_lets_no_factor_in() {
    let world = World::new();
    world.old_factor(MIA, Method::Totp).await;
    let by = Authority::Key("helpdesk");
    world.engine.reset_factors(by, world.person(MIA).id).await.expect("reset");
    world.clock.advance(Span::seconds(1));
    let before = signed_in(&world, MIA, true).await;
    assert!(before.session.may_enrol_first, "a reset that stands is why she signs in afresh");
    let change = before.last_change().await;
    world.engine.disown_factor(&before.now().await, change).await.expect("disowned");
    world.clock.advance(Span::seconds(1));
    let thief = signed_in(&world, MIA, true).await;
    assert!(!thief.session.may_enrol_first);
}
