use std::sync::Arc;

use demo::vendors::{
    EntraWorld, Fault,
    entra::{ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET, EntraUser, TENANT},
};
use model::Span;
use ports::{
    Decision,
    clock::ManualClock,
    conformance::{self, Stage},
    responder::{Applied, Responder as _, Reverted, Seen},
};
use serde_json::Value;

use super::*;
use crate::{
    fixtures::person,
    respond::stage::{Setting, WAITS, call, now, waits},
};

const MIA: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const ROOT: &str = "aaaaaaaa-0000-4000-8000-000000000002";
const ADMIN: &str = "aaaaaaaa-0000-4000-8000-000000000003";

async fn world() -> (Arc<EntraWorld>, ManualClock) {
    let clock = ManualClock::at(now());
    let world = EntraWorld::start(Arc::new(clock.clone())).await.expect("a free port");
    world.add(EntraUser::member(MIA, "mia@example.com"));
    world.add(EntraUser::member(ROOT, "break-glass@example.com"));
    let mut admin = EntraUser::member(ADMIN, "admin@example.com");
    admin.is_global_admin = true;
    world.add(admin);
    (Arc::new(world), clock)
}

fn entra(world: &EntraWorld, clock: &ManualClock, http: &HttpClient) -> Entra {
    let settings = EntraSettings {
        base_url: world.base_url().parse().expect("a loopback address"),
        login_url: world.login_url().parse().expect("a loopback address"),
        tenant_id: TENANT.to_owned(),
        client_id: CLIENT_ID.to_owned(),
        client_secret: CLIENT_SECRET.into(),
        protected: crate::respond::Protected::new(&["break-glass@example.com".to_owned()]),
    };
    Entra::new("entra", settings, http.clone(), Arc::new(clock.clone()))
}

async fn setting(action: &'static str, http: &HttpClient, is_slow: bool) -> Box<dyn Stage> {
    let (world, clock) = world().await;
    world.finish_later(is_slow);
    let of = |f: fn(&EntraWorld)| {
        let world = Arc::clone(&world);
        Box::new(move || f(&world)) as Box<dyn Fn() + Send + Sync>
    };
    let (forestall, meddle) = match action {
        "disable" => (
            Some(of(|world| world.change(MIA, |user| user.is_enabled = false))),
            Some(of(|world| world.disable(MIA))),
        ),
        _ => (None, None),
    };
    let mut protected = vec![
        call(action, Some(person("break-glass")), None),
        call(action, None, Some(ROOT)),
        call(action, Some(person("mia")), Some(ADMIN)),
    ];
    if action == "disable" {
        protected.push(call(action, Some(person("admin")), None));
    }
    Box::new(Setting {
        responder: Arc::new(entra(&world, &clock, http)),
        call: call(action, Some(person("mia")), None),
        faults: world.faults().clone(),
        state: Box::new({
            let world = Arc::clone(&world);
            move || (format!("{:?}", [MIA, ROOT, ADMIN].map(|id| world.user(id))), world.effects())
        }),
        settle: of(EntraWorld::finish),
        forestall,
        meddle,
        protected,
        secrets: vec![CLIENT_SECRET.to_owned(), ACCESS_TOKEN.to_owned()],
        _world: Box::new(world),
    })
}

#[tokio::test]
async fn entra_keeps_what_every_responder_must_keep() {
    let http = HttpClient::for_tests();
    for (action, is_slow) in
        [("revoke_sessions", false), ("revoke_sessions", true), ("disable", false)]
    {
        conformance::responder(async || setting(action, &http, is_slow).await).await;
    }
}

#[tokio::test]
async fn a_revocation_is_believed_when_older_sessions_are_void() {
    let (world, clock) = world().await;
    let entra = entra(&world, &clock, &HttpClient::for_tests());
    world.finish_later(true);
    let call = call("revoke_sessions", Some(person("mia")), None);
    let plan = entra.plan(&call).await.expect("a plan");
    let mut notes = Value::Null;
    assert_eq!(entra.apply(&call, &plan, &mut notes).await, Ok(Applied::Accepted));
    assert_eq!(entra.verify(&call, &plan, &mut notes).await, Ok(Seen::NotYet));
    world.finish();
    assert_eq!(entra.verify(&call, &plan, &mut notes).await, Ok(Seen::Holds));
}

#[tokio::test]
async fn a_guest_is_refused_and_a_synchronised_account_comes_with_a_warning() {
    let (world, clock) = world().await;
    let entra = entra(&world, &clock, &HttpClient::for_tests());
    world.change(MIA, |user| (user.is_guest, user.is_synced) = (true, true));
    let failure = entra.plan(&call("revoke_sessions", Some(person("mia")), None)).await;
    assert_eq!(failure.expect_err("a guest").decision, Decision::Permanent);
    let plan = entra.plan(&call("disable", Some(person("mia")), None)).await.expect("a plan");
    assert!(plan.remarks[0].contains("synchronised from elsewhere"), "{:?}", plan.remarks);
    // The next synchronisation undoes it: that is seen, and not taken for ours.
    let call = call("disable", Some(person("mia")), None);
    let mut notes = Value::Null;
    entra.apply(&call, &plan, &mut notes).await.expect("done");
    world.change(MIA, |user| user.is_enabled = true);
    assert_eq!(entra.verify(&call, &plan, &mut notes).await, Ok(Seen::NotYet));
    assert_eq!(entra.revert(&call, &plan, &mut notes).await, Ok(Reverted::AlreadySo));
}

#[tokio::test]
async fn without_the_audit_log_our_own_act_is_taken_back_and_a_deleted_account_is_left() {
    let (world, clock) = world().await;
    let entra = entra(&world, &clock, &HttpClient::for_tests());
    world.forbid_audits(true);
    let call = call("disable", Some(person("mia")), None);
    let plan = entra.plan(&call).await.expect("a plan");
    let mut notes = Value::Null;
    entra.apply(&call, &plan, &mut notes).await.expect("done");
    assert_eq!(entra.revert(&call, &plan, &mut notes).await, Ok(Reverted::Done));
    world.delete(MIA);
    let reverted = entra.revert(&call, &plan, &mut notes).await.expect("looked");
    assert!(matches!(reverted, Reverted::Refused(_)), "{reverted:?}");
}

#[tokio::test]
async fn a_token_is_kept_until_shortly_before_its_end_and_forgotten_when_refused() {
    let (world, clock) = world().await;
    let entra = entra(&world, &clock, &HttpClient::for_tests());
    let look = async || entra.user(MIA).await;
    look().await.expect("an answer");
    look().await.expect("an answer");
    assert_eq!(world.requests().count("token"), 1);
    clock.advance(Span::minutes(59));
    look().await.expect("an answer");
    assert_eq!(world.requests().count("token"), 2);
    world.faults().next(MIA, Fault::Status(401));
    assert_eq!(look().await.expect_err("refused").decision, Decision::Denied);
    look().await.expect("an answer");
    assert_eq!(world.requests().count("token"), 3);
}

#[tokio::test]
async fn wrong_credentials_are_told_without_them() {
    let (world, clock) = world().await;
    let mut entra = entra(&world, &clock, &HttpClient::for_tests());
    assert!(entra.check().await.expect("good").starts_with("acts at 127.0.0.1"));
    entra.settings.client_secret = "another-secret".into();
    entra.tokens.forget().await;
    let failure = entra.check().await.expect_err("refused");
    assert_eq!(failure.decision, Decision::Denied);
    assert!(failure.what.contains("(invalid_client)") && !failure.what.contains("another"));
}

#[tokio::test]
async fn every_style_of_asking_to_wait_is_understood() {
    let http = HttpClient::for_tests();
    for (headers, seconds) in WAITS {
        let (world, clock) = world().await;
        let entra = entra(&world, &clock, &http);
        let call = call("revoke_sessions", Some(person("mia")), None);
        let plan = entra.plan(&call).await.expect("a plan");
        world.faults().next("revokeSignInSessions", Fault::Answer(429, headers, ""));
        waits(&entra.apply(&call, &plan, &mut Value::Null).await.expect_err("busy"), seconds);
    }
}

#[test]
fn a_section_is_read_strictly() {
    let good = format!(
        "tenant_id = \"{TENANT}\"\nclient_id = \"{CLIENT_ID}\"\nclient_secret = {{ env = \"PATH\" }}"
    );
    let config: EntraConfig = toml::from_str(&good).expect("a section");
    config.settings().expect("settings");
    for bad in ["../x", "", "a/b", "a?b"] {
        let config = EntraConfig { tenant_id: bad.to_owned(), ..config.clone() };
        assert_eq!(config.settings().expect_err(bad)[0].key, "tenant_id");
    }
    assert!(toml::from_str::<EntraConfig>(&format!("{good}\nscope = \"x\"")).is_err());
}
