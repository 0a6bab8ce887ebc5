use std::sync::Arc;

use demo::vendors::{
    Fault, OktaWorld,
    okta::{OWN_ACCOUNT, OktaUser, TOKEN},
};
use ports::{
    Decision,
    clock::ManualClock,
    conformance::{self, Stage},
    responder::{Applied, Plan, Responder as _, Reverted, Seen, Standing},
};
use serde_json::Value;

use super::*;
use crate::{
    fixtures::person,
    respond::stage::{Setting, WAITS, call, now, waits},
    secret::SecretRef,
};

const MIA: &str = "00uMIA";

async fn world() -> (Arc<OktaWorld>, ManualClock) {
    let clock = ManualClock::at(now());
    let world = OktaWorld::start(Arc::new(clock.clone())).await.expect("a free port");
    world.add(OktaUser::active(MIA, "mia@example.com"));
    world.add(OktaUser::active("00uROOT", "break-glass@example.com"));
    let mut admin = OktaUser::active("00uADMIN", "admin@example.com");
    admin.roles = vec!["SUPER_ADMIN".to_owned()];
    world.add(admin);
    (Arc::new(world), clock)
}

fn okta(world: &OktaWorld, http: &HttpClient) -> Okta {
    let settings = OktaSettings {
        base_url: world.base_url().parse().expect("a loopback address"),
        token: TOKEN.into(),
        scheme: Default::default(),
        forget_devices: true,
        protected: crate::respond::Protected::new(&["break-glass@example.com".to_owned()]),
    };
    Okta::new("okta", settings, http.clone())
}

fn state(world: &OktaWorld) -> (String, usize) {
    // When it became so is not a part of what is restored.
    let users = [MIA, "00uROOT", "00uADMIN", OWN_ACCOUNT].map(|id| {
        let mut user = world.user(id).expect("a user");
        user.status_changed = now();
        user
    });
    (format!("{users:?}"), world.effects())
}

async fn setting(action: &'static str, http: &HttpClient) -> Box<dyn Stage> {
    let (world, clock) = world().await;
    world.delay_log(true);
    let of = |f: fn(&OktaWorld)| {
        let world = Arc::clone(&world);
        Box::new(move || f(&world)) as Box<dyn Fn() + Send + Sync>
    };
    let (forestall, meddle) = match action {
        "suspend" => (
            Some(of(|world| world.change(MIA, |user| user.status = "SUSPENDED".to_owned()))),
            Some(Box::new({
                let world = Arc::clone(&world);
                move || {
                    // Lifted, and suspended anew.
                    clock.advance(model::Span::minutes(3));
                    world.change(MIA, |user| user.status_changed = clock_now(&clock));
                }
            }) as Box<dyn Fn() + Send + Sync>),
        ),
        "revoke_grants" => (Some(of(|world| world.change(MIA, |user| user.clients.clear()))), None),
        _ => (None, None),
    };
    let mut protected =
        vec![call(action, Some(person("break-glass")), None), call(action, None, Some("00uROOT"))];
    protected.push(call(action, None, Some(OWN_ACCOUNT)));
    protected.push(call(action, Some(person("mia")), Some("00uADMIN")));
    if action == "suspend" {
        protected.push(call(action, Some(person("admin")), None));
    }
    Box::new(Setting {
        responder: Arc::new(okta(&world, http)),
        call: call(action, Some(person("mia")), None),
        faults: world.faults().clone(),
        state: Box::new({
            let world = Arc::clone(&world);
            move || state(&world)
        }),
        settle: of(OktaWorld::publish),
        forestall,
        meddle,
        protected,
        secrets: vec![TOKEN.to_owned()],
        _world: Box::new(world),
    })
}

fn clock_now(clock: &ManualClock) -> model::Timestamp {
    ports::Clock::now(clock)
}

#[tokio::test]
async fn okta_keeps_what_every_responder_must_keep() {
    let http = HttpClient::for_tests();
    for action in ["clear_sessions", "suspend", "revoke_grants"] {
        conformance::responder(async || setting(action, &http).await).await;
    }
}

async fn applied(okta: &Okta, action: &str) -> Result<(Plan, Applied, Value), ports::Failure> {
    let call = call(action, Some(person("mia")), None);
    let plan = okta.plan(&call).await?;
    let mut notes = Value::Null;
    let applied = okta.apply(&call, &plan, &mut notes).await?;
    Ok((plan, applied, notes))
}

#[tokio::test]
async fn ending_sessions_takes_tokens_away_and_says_what_it_does_to_devices() {
    let (world, _) = world().await;
    let mut okta = okta(&world, &HttpClient::for_tests());
    okta.settings.forget_devices = false;
    let (plan, ..) = applied(&okta, "clear_sessions").await.expect("done");
    let url = &plan.requests[0].url;
    assert!(url.ends_with("/sessions?oauthTokens=true&forgetDevices=false"), "{url}");
    assert!(plan.remarks.is_empty());
    let mia = world.user(MIA).expect("a user");
    assert!(mia.sessions == 0 && mia.remembers_devices);
    assert!(mia.clients.values().all(|(grant, tokens)| *grant && !tokens));
}

#[tokio::test]
async fn an_end_of_sessions_that_is_not_in_the_log_is_not_believed() {
    let (world, clock) = world().await;
    let okta = okta(&world, &HttpClient::for_tests());
    world.delay_log(true);
    let call = call("clear_sessions", Some(person("mia")), None);
    let (plan, outcome, mut notes) = applied(&okta, "clear_sessions").await.expect("done");
    assert_eq!(outcome, Applied::Done);
    assert_eq!(okta.verify(&call, &plan, &mut notes).await, Ok(Seen::NotYet));
    clock.advance(model::Span::hours(2));
    world.publish();
    assert_eq!(okta.verify(&call, &plan, &mut notes).await, Ok(Seen::Holds));
    // What was logged before does not count, whatever our own clock says.
    let (plan, _, mut notes) = applied(&okta, "clear_sessions").await.expect("done");
    assert_eq!(okta.verify(&call, &plan, &mut notes).await, Ok(Seen::NotYet));
    world.publish();
    assert_eq!(okta.verify(&call, &plan, &mut notes).await, Ok(Seen::Holds));
}

#[tokio::test]
async fn only_an_active_account_is_suspended_and_nobody_elses_suspension_is_lifted() {
    for (status, expected) in [
        ("DEPROVISIONED", Some(Standing::AlreadySo)),
        ("SUSPENDED", Some(Standing::AlreadySo)),
        ("LOCKED_OUT", None),
        ("PASSWORD_EXPIRED", None),
        ("STAGED", None),
    ] {
        let (world, _) = world().await;
        world.change(MIA, |user| user.status = status.to_owned());
        let plan = okta(&world, &HttpClient::for_tests())
            .plan(&call("suspend", Some(person("mia")), None))
            .await;
        match (plan, expected) {
            (Ok(plan), Some(expected)) => assert_eq!(plan.standing, expected, "{status}"),
            (Err(failure), None) => {
                assert_eq!(failure.decision, Decision::Permanent);
                assert!(failure.what.contains(status), "{failure}");
            }
            (plan, _) => panic!("{status}: {plan:?}"),
        }
    }
    let (world, _) = world().await;
    let okta = okta(&world, &HttpClient::for_tests());
    let call = call("suspend", Some(person("mia")), None);
    let (plan, _, mut notes) = applied(&okta, "suspend").await.expect("done");
    world.change(MIA, |user| user.status = "DEPROVISIONED".to_owned());
    assert_eq!(
        okta.verify(&call, &plan, &mut notes).await,
        Ok(Seen::Changed("DEPROVISIONED".to_owned()))
    );
    let reverted = okta.revert(&call, &plan, &mut notes).await.expect("looked");
    assert!(matches!(reverted, Reverted::Refused(_)), "{reverted:?}");
}

#[tokio::test]
async fn grants_of_three_pages_of_apps_are_revoked_and_named() {
    let (world, _) = world().await;
    let okta = okta(&world, &HttpClient::for_tests());
    let (plan, ..) = applied(&okta, "revoke_grants").await.expect("done");
    assert_eq!(plan.remarks, ["apps to consent to again: 0oaMAIL, 0oaNOTES, 0oaWIKI"]);
    assert_eq!(plan.requests.len(), 4);
    let mia = world.user(MIA).expect("a user");
    assert!(mia.clients.values().all(|(grant, tokens)| !grant && !tokens));
}

#[tokio::test]
async fn an_account_is_a_value_and_never_a_path() {
    let (world, _) = world().await;
    let okta = okta(&world, &HttpClient::for_tests());
    for value in ["..", "", ".", "../../00uMIA", "00uMIA/lifecycle/suspend?", "00uNOBODY"] {
        let failure = okta.plan(&call("suspend", None, Some(value))).await.expect_err(value);
        assert_eq!(failure.decision, Decision::Permanent, "{value}");
    }
    let failure = okta.plan(&call("suspend", None, None)).await.expect_err("no target");
    assert_eq!(failure.decision, Decision::Permanent);
    assert_eq!(world.effects(), 0);
}

#[tokio::test]
async fn every_style_of_asking_to_wait_is_understood() {
    let http = HttpClient::for_tests();
    for (headers, seconds) in WAITS {
        let (world, _) = world().await;
        let body = r#"{"errorCode":"E0000047","errorSummary":"too many"}"#;
        world.faults().next("suspend", Fault::Answer(429, headers, body));
        waits(&applied(&okta(&world, &http), "suspend").await.expect_err("busy"), seconds);
        assert_eq!(world.effects(), 0);
    }
}

#[tokio::test]
async fn a_silent_okta_is_given_up_and_one_that_is_away_is_known_to_have_done_nothing() {
    let (world, _) = world().await;
    let patient = okta(&world, &HttpClient::for_tests());
    let call = call("suspend", Some(person("mia")), None);
    let plan = patient.plan(&call).await.expect("a plan");
    let hasty = okta(&world, &HttpClient::impatient());
    world.faults().next("suspend", Fault::Slow(std::time::Duration::from_secs(60)));
    let failure = hasty.apply(&call, &plan, &mut Value::Null).await.expect_err("too slow");
    assert!(failure.is_retryable() && failure.uncertain, "{failure:?}");
    assert_eq!(patient.verify(&call, &plan, &mut Value::Null).await, Ok(Seen::Holds));
    drop(world);
    let failure = patient.apply(&call, &plan, &mut Value::Null).await.expect_err("away");
    assert!(failure.is_retryable() && !failure.uncertain, "{failure:?}");
}

#[test]
fn a_section_is_read_strictly() {
    let read = |text: &str| toml::from_str::<OktaConfig>(text);
    let good = "base_url = \"https://example.okta.com\"\ntoken = { env = \"OKTA\" }";
    let config = read(good).expect("a section");
    assert!(config.forget_devices && config.protected.is_empty());
    for bad in ["protect = []", "scheme = \"basic\"", "token = \"plain\""] {
        assert!(read(&format!("{good}\n{bad}")).is_err(), "{bad}");
    }
    let token = SecretRef::Env("COUNTERSIGN_TEST_UNSET".to_owned());
    let problems = OktaConfig { token, ..config }.settings().expect_err("unset");
    assert!(problems[0].to_string().starts_with("token: the environment variable"));
}
