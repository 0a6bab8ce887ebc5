use std::sync::Arc;

use demo::vendors::{
    AwsWorld, Fault,
    aws::{ACCESS_KEY_ID, OWN_USER, SECRET_ACCESS_KEY},
};
use model::{Person, Span};
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

const ACTION: &str = "deactivate_key";
/// The last of three pages.
const KEY: &str = "AKIAMIA0000000000003";
const ROOT_KEY: &str = "AKIAROOT000000000001";

async fn world() -> (Arc<AwsWorld>, ManualClock) {
    let clock = ManualClock::at(now());
    let world = AwsWorld::start(Arc::new(clock.clone())).await.expect("a free port");
    for number in 1..=3 {
        world.add(&format!("AKIAMIA000000000000{number}"), "mia");
    }
    world.add(ROOT_KEY, "break-glass");
    world.add("AKIAOWN0000000000002", OWN_USER);
    (Arc::new(world), clock)
}

fn aws(world: &AwsWorld, clock: &ManualClock, http: &HttpClient) -> Aws {
    let settings = AwsSettings {
        base_url: world.base_url().parse().expect("a loopback address"),
        region: "us-east-1".to_owned(),
        access_key_id: ACCESS_KEY_ID.to_owned(),
        secret_access_key: SECRET_ACCESS_KEY.into(),
        session_token: None,
        protected: crate::respond::Protected::new(&["break-glass".to_owned()]),
    };
    Aws::new("aws", settings, http.clone(), Arc::new(clock.clone()))
}

fn user(name: &str) -> Option<Person> {
    let mut person = person(name);
    person.aliases = vec![format!("aws:{name}").into()];
    Some(person)
}

async fn setting(http: &HttpClient, is_slow: bool) -> Box<dyn Stage> {
    let (world, clock) = world().await;
    world.spread_later(is_slow);
    let of = |f: fn(&AwsWorld)| {
        let world = Arc::clone(&world);
        Box::new(move || f(&world)) as Box<dyn Fn() + Send + Sync>
    };
    Box::new(Setting {
        responder: Arc::new(aws(&world, &clock, http)),
        call: call(ACTION, user("mia"), Some(KEY)),
        faults: world.faults().clone(),
        state: Box::new({
            let world = Arc::clone(&world);
            move || (format!("{:?}", [KEY, ROOT_KEY].map(|key| world.key(key))), world.effects())
        }),
        settle: of(AwsWorld::spread),
        forestall: Some(of(|world| world.set_active(KEY, false))),
        meddle: Some(of(|world| world.delete(KEY))),
        protected: vec![
            call(ACTION, None, Some(ROOT_KEY)),
            call(ACTION, user("mia"), Some(ROOT_KEY)),
            call(ACTION, user("zoe"), Some(KEY)),
            call(ACTION, Some(person("mia")), Some(KEY)),
            call(ACTION, None, Some(ACCESS_KEY_ID)),
            call(ACTION, None, Some("AKIAOWN0000000000002")),
        ],
        secrets: vec![SECRET_ACCESS_KEY.to_owned()],
        _world: Box::new(world),
    })
}

#[tokio::test]
async fn aws_keeps_what_every_responder_must_keep() {
    let http = HttpClient::for_tests();
    for is_slow in [false, true] {
        conformance::responder(async || setting(&http, is_slow).await).await;
    }
}

#[tokio::test]
async fn what_iam_has_taken_is_seen_later_and_given_back_later() {
    let (world, clock) = world().await;
    world.spread_later(true);
    let aws = aws(&world, &clock, &HttpClient::for_tests());
    let (call, mut notes) = (call(ACTION, user("mia"), Some(KEY)), Value::Null);
    let plan = aws.plan(&call).await.expect("a plan");
    let body = plan.requests[0].body.as_deref().expect("a form");
    assert!(body.ends_with("UserName=mia&AccessKeyId=AKIAMIA0000000000003&Status=Inactive"));
    assert_eq!(aws.apply(&call, &plan, &mut notes).await, Ok(Applied::Accepted));
    assert_eq!(aws.verify(&call, &plan, &mut notes).await, Ok(Seen::NotYet));
    world.spread();
    assert_eq!(aws.verify(&call, &plan, &mut notes).await, Ok(Seen::Holds));
    assert_eq!(aws.revert(&call, &plan, &mut notes).await, Ok(Reverted::Accepted));
    assert_eq!(aws.verify_revert(&call, &plan, &mut notes).await, Ok(Seen::NotYet));
    world.spread();
    assert_eq!(aws.verify_revert(&call, &plan, &mut notes).await, Ok(Seen::Holds));
    world.set_active(KEY, true);
    assert_eq!(aws.revert(&call, &plan, &mut notes).await, Ok(Reverted::AlreadySo));
}

#[tokio::test]
async fn codes_mean_what_they_mean_whatever_the_status() {
    let retry = Decision::Retry { after: None };
    let xml = |code: &str| -> &'static str {
        let body = format!("<ErrorResponse><Error><Code>{code}</Code></Error></ErrorResponse>");
        Box::leak(body.into_boxed_str())
    };
    for (status, code, decision, uncertain) in [
        (400, "Throttling", retry, false),
        (409, "LimitExceeded", retry, false),
        (409, "EntityTemporarilyUnmodifiable", retry, false),
        (500, "ServiceFailure", retry, true),
        (503, "ServiceUnavailable", retry, false),
        (403, "AccessDenied", Decision::Denied, false),
        (403, "InvalidClientTokenId", Decision::Denied, false),
        (403, "SignatureDoesNotMatch", Decision::Misconfigured, false),
        (400, "RequestExpired", Decision::Misconfigured, false),
        (404, "NoSuchEntity", Decision::Permanent, false),
        (400, "ValidationError", Decision::Permanent, false),
        (200, "html", retry, true),
    ] {
        let (world, clock) = world().await;
        let aws = aws(&world, &clock, &HttpClient::for_tests());
        let call = call(ACTION, user("mia"), Some(KEY));
        let plan = aws.plan(&call).await.expect("a plan");
        let looks = world.requests().all().len();
        world.faults().nth(looks, Fault::Answer(status, &[], xml(code)));
        let failure = aws.apply(&call, &plan, &mut Value::Null).await.expect_err(code);
        assert_eq!((failure.decision, failure.uncertain), (decision, uncertain), "{code}");
        assert_eq!(world.effects(), 0);
    }
}

#[tokio::test]
async fn a_clock_that_is_off_is_named_and_temporary_keys_are_refused() {
    let (world, _) = world().await;
    let ours = ManualClock::at(now());
    let aws = aws(&world, &ours, &HttpClient::for_tests());
    ours.advance(Span::hours(1));
    let failure = aws.check().await.expect_err("expired");
    assert!(failure.decision == Decision::Misconfigured && failure.what.contains("clock"));
    for value in [None, Some("ASIAMIA0000000000001"), Some("akia"), Some("AKIA&Status=Active")] {
        let failure = aws.plan(&call(ACTION, None, value)).await.expect_err("no key");
        assert_eq!(failure.decision, Decision::Permanent);
    }
}

#[tokio::test]
async fn every_style_of_asking_to_wait_is_understood() {
    let http = HttpClient::for_tests();
    for (headers, seconds) in WAITS {
        let (world, clock) = world().await;
        let aws = aws(&world, &clock, &http);
        let call = call(ACTION, user("mia"), Some(KEY));
        let plan = aws.plan(&call).await.expect("a plan");
        world.faults().nth(0, Fault::Answer(429, headers, ""));
        waits(&aws.apply(&call, &plan, &mut Value::Null).await.expect_err("busy"), seconds);
    }
}

#[tokio::test]
async fn checking_names_the_user_that_the_key_belongs_to() {
    let (world, clock) = world().await;
    let mut aws = aws(&world, &clock, &HttpClient::for_tests());
    assert!(aws.check().await.expect("good").starts_with("acts as countersign at 127.0.0.1"));
    aws.settings.secret_access_key = "another".into();
    assert_eq!(aws.check().await.expect_err("refused").decision, Decision::Misconfigured);
    let text = "access_key_id = \"ASIAIOSFODNN7EXAMPLE\"\nsecret_access_key = { env = \"PATH\" }";
    let config: AwsConfig = toml::from_str(text).expect("a section");
    assert_eq!(config.settings().expect_err("no token")[0].key, "session_token");
}
