//! The whole flow, against a provider that is strict and lies on demand.

use std::{
    io,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use demo::vendors::{
    Fault, OidcAccount, OidcWorld, OidcWorldConfig,
    oidc::{Algorithm, ClientAuth, Lie},
};
use model::{Span, Timestamp};
use ports::{
    Clock as _, Decision, Failure,
    clock::ManualClock,
    identity::{Binding, Identity, IdentityProvider as _, Returned},
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use url::Url;

use super::{
    super::{Oidc, OidcConfig, OidcSettings, provider::WAITING_MAX},
    now, public_url, written,
};
use crate::http::{Egress, HttpClient, Names};

struct World {
    provider: OidcWorld,
    oidc: Oidc,
    clock: ManualClock,
}

/// What a browser brings back.
struct Back {
    state: String,
    code: String,
    issuer: Option<String>,
}

impl World {
    async fn new() -> Self {
        Self::with(|_| ()).await
    }

    async fn with(change: impl FnOnce(&mut OidcConfig)) -> Self {
        let clock = ManualClock::at(now());
        let config = OidcWorldConfig {
            client_id: "countersign".to_owned(),
            client_secret: written("").client_secret.expose_secret().to_owned(),
            redirect_uri: "https://countersign.example.com/signin/oidc/callback".to_owned(),
        };
        let provider = OidcWorld::start(config, Arc::new(clock.clone())).await.expect("a port");
        let mut written = written(&provider.base_url());
        change(&mut written);
        let settings = OidcSettings::of(written, &public_url()).expect("settings");
        let oidc = Oidc::new(settings, HttpClient::for_tests(), HttpClient::for_tests());
        Self { provider, oidc, clock }
    }

    /// Mia, whose session there is an hour old.
    fn mia(&self) -> OidcAccount {
        let mut mia = OidcAccount::new("00u1mia", self.an_hour_ago());
        mia.acr = Some("phr".to_owned());
        mia.claims.insert("groups".to_owned(), json!(["security"]));
        mia
    }

    fn an_hour_ago(&self) -> Timestamp {
        Span::hours(1).before(self.clock.now())
    }

    fn binding(&self, is_fresh: bool) -> Binding {
        Binding { asked_at: self.clock.now(), ..super::binding(is_fresh) }
    }

    /// Mia goes there and comes back.
    async fn back(&self, binding: &Binding, who: &OidcAccount) -> Result<Back, Failure> {
        let address = self.oidc.address(binding).await?;
        let back = self.provider.sign_in(&address, who).expect("the request is right");
        let url = Url::parse(&back).expect("an address");
        let of = |name: &str| {
            let mut pairs = url.query_pairs();
            pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        };
        let (state, code) = (of("state").expect("a state"), of("code").expect("a code"));
        Ok(Back { state, code, issuer: of("iss") })
    }

    async fn identity(&self, back: &Back, binding: &Binding) -> Result<Identity, Failure> {
        let returned = Returned { code: &back.code, issuer: back.issuer.as_deref() };
        self.oidc.identity(returned, binding, self.clock.now()).await
    }

    async fn signs_in(&self, is_fresh: bool, who: &OidcAccount) -> Result<Identity, Failure> {
        let binding = self.binding(is_fresh);
        let back = self.back(&binding, who).await?;
        if back.state != binding.state {
            // What the caller finds by itself, before it comes here.
            return Err(Failure::denied("another state"));
        }
        self.identity(&back, &binding).await
    }
}

#[tokio::test]
async fn a_person_signs_in_whatever_the_provider_signs_with() {
    for algorithm in Algorithm::ALL {
        for auth in [ClientAuth::Basic, ClientAuth::Post] {
            let world = World::new().await;
            world.provider.set_algorithm(algorithm);
            world.provider.set_client_auth(auth);
            let identity = world.signs_in(true, &world.mia()).await.expect("signed in");
            assert_eq!(identity.subject.reveal(), "00u1mia", "{}", algorithm.name());
            assert_eq!(identity.groups, ["security"]);
        }
    }
}

/// S11: no lie of a provider's signs anybody in.
#[tokio::test]
async fn no_token_that_is_wrong_in_one_place_is_taken() {
    for lie in Lie::ALL {
        let world = World::new().await;
        world.provider.lie(Some(*lie));
        let failure = world.signs_in(true, &world.mia()).await.expect_err("refused");
        let wanted = match lie {
            Lie::MetadataOfAnotherIssuer => Decision::Misconfigured,
            lie if lie.is_about_freshness() => Decision::Permanent,
            _ => Decision::Denied,
        };
        assert_eq!(failure.decision, wanted, "{lie:?}: {failure}");
        let is_taken = world_without_freshness(*lie).await;
        assert_eq!(is_taken, lie.is_about_freshness(), "{lie:?}, where it need not be fresh");
    }
}

async fn world_without_freshness(lie: Lie) -> bool {
    let world = World::new().await;
    world.provider.lie(Some(lie));
    world.signs_in(false, &world.mia()).await.is_ok()
}

/// R8, R25: that the provider was told to ask anew does not make it so.
#[tokio::test]
async fn a_session_of_an_hour_ago_is_no_fresh_sign_in() {
    let world = World::new().await;
    let mut mia = world.mia();
    mia.ignores_freshness = true;
    let failure = world.signs_in(true, &mia).await.expect_err("refused");
    assert_eq!(failure.decision, Decision::Permanent);
    assert!(world.signs_in(false, &mia).await.is_ok(), "for a sign-in it does");
    mia.ignores_freshness = false;
    mia.acr = Some("mfa".to_owned());
    assert!(world.signs_in(true, &mia).await.is_err(), "fresh, but not of an accepted kind");
}

/// RFC 7636: who took the code from the browser has not the verifier.
#[tokio::test]
async fn a_code_is_worth_nothing_without_what_it_was_asked_with_and_serves_once() {
    let world = World::new().await;
    let binding = world.binding(false);
    let back = world.back(&binding, &world.mia()).await.expect("back");
    let thief = Binding { verifier: SecretString::from("w".repeat(43)), ..binding.clone() };
    let stolen = world.identity(&back, &thief).await.expect_err("refused");
    assert_eq!(stolen.decision, Decision::Denied);
    let back = world.back(&binding, &world.mia()).await.expect("back");
    assert!(world.identity(&back, &binding).await.is_ok());
    let again = world.identity(&back, &binding).await.expect_err("used up");
    assert_eq!(again.decision, Decision::Denied);
}

/// The code of one person's sign-in in another's: the nonce tells.
#[tokio::test]
async fn a_code_of_another_sign_in_is_refused() {
    let world = World::new().await;
    let (mias, thiefs) = (
        world.binding(false),
        Binding { nonce: "t".repeat(43), state: "t".repeat(43), ..world.binding(false) },
    );
    let back = world.back(&mias, &world.mia()).await.expect("back");
    let swapped = world.identity(&back, &thiefs).await.expect_err("refused");
    assert_eq!(swapped.decision, Decision::Denied);
}

#[tokio::test]
async fn a_code_of_another_provider_is_shown_to_nobody() {
    let world = World::new().await;
    let binding = world.binding(false);
    let mut back = world.back(&binding, &world.mia()).await.expect("back");
    let calls = || world.provider.requests().count("token");
    for issuer in [Some("https://evil.example".to_owned()), None] {
        back.issuer = issuer;
        let before = calls();
        let failure = world.identity(&back, &binding).await.expect_err("refused");
        assert_eq!((failure.decision, calls()), (Decision::Denied, before));
    }
}

#[tokio::test]
async fn keys_that_the_provider_changed_are_found_and_not_asked_for_at_once_again() {
    let world = World::new().await;
    world.signs_in(false, &world.mia()).await.expect("signed in");
    world.provider.rotate_key();
    let soon = world.signs_in(false, &world.mia()).await;
    assert!(soon.is_err(), "an unknown key makes nobody ask more than once a minute");
    world.clock.advance(Span::minutes(1));
    world.signs_in(false, &world.mia()).await.expect("the new key is known");
    world.provider.rotate_key();
    world.clock.set(world.an_hour_ago());
    world.signs_in(false, &world.mia()).await.expect("a clock set back makes everything old");
    world.provider.lie(Some(Lie::UnknownKid));
    let calls = || world.provider.requests().count("jwks");
    let before = calls();
    for _ in 0..5 {
        assert!(world.signs_in(false, &world.mia()).await.is_err());
    }
    assert_eq!(calls(), before, "nobody makes us ask by naming keys");
}

/// Any name leads to this machine.
#[derive(Debug)]
struct Here;

#[async_trait]
impl Names for Here {
    async fn look_up(&self, _host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(vec![Ipv4Addr::LOCALHOST.into()])
    }
}

/// A provider that names our neighbours' addresses does not get us to ask them.
#[tokio::test]
async fn an_address_at_another_host_than_the_providers_own_is_asked_only_where_that_is_allowed() {
    for (allowed, is_asked) in [(vec![], false), (vec!["localhost".to_owned()], true)] {
        let mut world = World::new().await;
        let issuer = world.provider.base_url();
        let elsewhere = issuer.replace("127.0.0.1", "localhost");
        assert_ne!(elsewhere, issuer);
        let settings = OidcSettings::of(written(&issuer), &public_url()).expect("settings");
        let egress = Egress::read(&allowed).expect("hosts");
        let guarded = HttpClient::guarded(egress, Arc::new(Here)).expect("a client");
        world.oidc = Oidc::new(settings, HttpClient::for_tests(), guarded);
        let metadata = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{elsewhere}/token"),
            "jwks_uri": format!("{issuer}/jwks"),
        });
        let metadata: &'static str = metadata.to_string().leak();
        world.provider.faults().next("openid-configuration", Fault::Answer(200, &[], metadata));
        let done = world.signs_in(false, &world.mia()).await;
        assert_eq!(world.provider.requests().count("token") > 0, is_asked);
        let failure = done.err().map(|failure| failure.what).unwrap_or_default();
        assert_eq!(failure.contains("limits.egress_allow"), !is_asked, "{failure}");
    }
}

#[tokio::test]
async fn a_provider_that_is_down_or_talks_nonsense_is_told_as_that() {
    for (call, fault, decision) in [
        ("openid-configuration", Fault::Status(403), Decision::Misconfigured),
        ("openid-configuration", Fault::Status(404), Decision::Misconfigured),
        ("jwks", Fault::Status(401), Decision::Misconfigured),
        ("token", Fault::Status(401), Decision::Misconfigured),
        ("token", Fault::Status(400), Decision::Misconfigured),
        ("openid-configuration", Fault::Status(503), Decision::Retry { after: None }),
        ("openid-configuration", Fault::Page, Decision::Misconfigured),
        ("jwks", Fault::Status(500), Decision::Retry { after: None }),
        ("token", Fault::Status(502), Decision::Retry { after: None }),
        ("token", Fault::Page, Decision::Retry { after: None }),
        ("token", Fault::Half, Decision::Retry { after: None }),
        ("token", Fault::Drop, Decision::Retry { after: None }),
        ("token", Fault::Answer(200, &[], "{}"), Decision::Denied),
    ] {
        let world = World::new().await;
        world.provider.faults().next(call, fault.clone());
        let failure = world.signs_in(false, &world.mia()).await.expect_err("it fails");
        assert_eq!(failure.decision, decision, "{call} {fault:?}: {failure}");
        let soon = world.signs_in(false, &world.mia()).await;
        assert_eq!(
            soon.is_ok(),
            call == "token",
            "what is only told is not asked for at once again"
        );
        world.clock.advance(Span::seconds(5));
        world.signs_in(false, &world.mia()).await.expect("it is over");
    }
}

/// A provider that hangs is waited for by some, and asked once: the rest of our pages keep their room.
#[tokio::test]
async fn a_provider_that_hangs_takes_up_no_more_than_its_own_room() {
    let mut world = World::new().await;
    let settings = OidcSettings::of(written(&world.provider.base_url()), &public_url());
    let impatient = HttpClient::impatient();
    world.oidc = Oidc::new(settings.expect("settings"), impatient.clone(), impatient);
    world.provider.faults().always("openid-configuration", Fault::Slow(Duration::from_secs(5)));
    let binding = world.binding(false);
    let all = (0..WAITING_MAX + 10).map(|_| world.oidc.address(&binding));
    let done = futures::future::join_all(all).await;
    let failures: Vec<_> = done.into_iter().map(|one| one.expect_err("it hangs")).collect();
    assert!(failures.iter().all(Failure::is_retryable));
    let turned_away = failures.iter().filter(|failure| failure.what.contains("too many wait"));
    assert_eq!(turned_away.count(), 10);
    assert_eq!(world.provider.faults().calls(), 1, "those who waited hear what the first heard");
}

#[tokio::test]
async fn a_secret_that_the_provider_does_not_take_is_a_fault_of_the_settings() {
    let world = World::with(|written| written.client_secret = SecretString::from("another")).await;
    let failure = world.signs_in(false, &world.mia()).await.expect_err("refused");
    assert_eq!(failure.decision, Decision::Misconfigured);
    assert!(!format!("{failure:?}").contains("another"));
}

#[tokio::test]
async fn a_check_tells_whether_the_provider_answers_and_what_it_must_know() {
    let world = World::new().await;
    let told = world.oidc.check(world.clock.now()).await.expect("it answers");
    assert!(told.contains("https://countersign.example.com/signin/oidc/callback"));
}
