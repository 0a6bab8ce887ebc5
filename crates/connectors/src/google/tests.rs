use std::sync::Arc;

use demo::vendors::{
    Fault, GoogleWorld,
    google::{ACCESS_TOKEN, ADMIN, GoogleUser, service_account},
};
use model::Span;
use ports::{
    Decision,
    clock::ManualClock,
    conformance::{self, Stage},
    responder::{ActionCall, Applied, Responder as _, Reverted, Seen},
};
use serde_json::Value;

use super::{grant::ServiceAccount, *};
use crate::{
    fixtures::person,
    respond::stage::{Setting, WAITS, call, now, waits},
};

const MIA: &str = "101";
const APP: &str = "mail.apps.googleusercontent.com";

async fn world() -> (Arc<GoogleWorld>, ManualClock) {
    let clock = ManualClock::at(now());
    let world = GoogleWorld::start(Arc::new(clock.clone())).await.expect("a free port");
    world.add(GoogleUser::member(MIA, "mia@example.com"));
    world.add(GoogleUser::member("102", "break-glass@example.com"));
    let mut admin = GoogleUser::member("103", "admin@example.com");
    admin.is_admin = true;
    world.add(admin);
    (Arc::new(world), clock)
}

fn google(world: &GoogleWorld, clock: &ManualClock, http: &HttpClient) -> Google {
    let settings = GoogleSettings {
        base_url: world.base_url().parse().expect("a loopback address"),
        token_url: world.token_url().parse().expect("a loopback address"),
        account: Arc::new(ServiceAccount::read(&service_account().into()).expect("a key file")),
        admin: ADMIN.to_owned(),
        protected: crate::respond::Protected::new(&["break-glass@example.com".to_owned()]),
    };
    Google::new("google", settings, http.clone(), Arc::new(clock.clone()))
}

fn about(action: &str, name: Option<&str>, account: Option<&str>) -> ActionCall {
    let value = if action == "revoke_token" { Some(APP) } else { account };
    call(action, name.map(person), value)
}

async fn setting(action: &'static str, http: &HttpClient) -> Box<dyn Stage> {
    let (world, clock) = world().await;
    world.delay_reports(true);
    let of = |f: fn(&GoogleWorld)| {
        let world = Arc::clone(&world);
        Box::new(move || f(&world)) as Box<dyn Fn() + Send + Sync>
    };
    let suspend = |reason: &'static str| {
        let world = Arc::clone(&world);
        Box::new(move || world.change(MIA, |user| user.suspended = Some(reason.to_owned())))
            as Box<dyn Fn() + Send + Sync>
    };
    let (forestall, meddle) = match action {
        "suspend" => (Some(suspend("ADMIN")), Some(suspend("ABUSE"))),
        "revoke_token" => (Some(of(|world| world.change(MIA, |user| user.apps.clear()))), None),
        _ => (None, None),
    };
    let mut protected = vec![about(action, Some("break-glass"), None)];
    protected.push(about(action, Some("countersign"), None));
    if action != "revoke_token" {
        protected.push(about(action, None, Some("102")));
        protected.push(about(action, Some("mia"), Some("103")));
    }
    if action == "suspend" {
        protected.push(about(action, Some("admin"), None));
    }
    Box::new(Setting {
        responder: Arc::new(google(&world, &clock, http)),
        call: about(action, Some("mia"), None),
        faults: world.faults().clone(),
        state: Box::new({
            let world = Arc::clone(&world);
            move || {
                let users = ["100", MIA, "102", "103"].map(|id| world.user(id));
                (format!("{users:?}"), world.effects())
            }
        }),
        settle: of(GoogleWorld::publish),
        forestall,
        meddle,
        protected,
        secrets: vec![ACCESS_TOKEN.to_owned(), "PRIVATE KEY".to_owned()],
        _world: Box::new(world),
    })
}

#[tokio::test]
async fn google_keeps_what_every_responder_must_keep() {
    let http = HttpClient::for_tests();
    for action in ["sign_out", "revoke_token", "suspend"] {
        conformance::responder(async || setting(action, &http).await).await;
    }
}

#[tokio::test]
async fn a_sign_out_names_what_survives_it_and_is_believed_when_the_log_has_it() {
    let (world, clock) = world().await;
    let google = google(&world, &clock, &HttpClient::for_tests());
    world.delay_reports(true);
    let call = about("sign_out", Some("mia"), None);
    let plan = google.plan(&call).await.expect("a plan");
    assert_eq!(plan.remarks, ["app passwords live on: Old phone"]);
    let mut notes = Value::Null;
    assert_eq!(google.apply(&call, &plan, &mut notes).await, Ok(Applied::Accepted));
    assert_eq!(google.verify(&call, &plan, &mut notes).await, Ok(Seen::NotYet));
    clock.advance(Span::hours(3));
    world.publish();
    assert_eq!(google.verify(&call, &plan, &mut notes).await, Ok(Seen::Holds));
    world.forbid_reports(true);
    let seen = google.verify(&call, &plan, &mut notes).await.expect("a look");
    assert!(matches!(seen, Seen::Unseeable(_)), "{seen:?}");
}

#[tokio::test]
async fn an_app_that_lost_its_access_is_named_with_what_it_could_do() {
    let (world, clock) = world().await;
    let google = google(&world, &clock, &HttpClient::for_tests());
    let call = about("revoke_token", Some("mia"), None);
    let plan = google.plan(&call).await.expect("a plan");
    assert!(plan.remarks[0].starts_with("the person has to allow An app again: "));
    // Taken away by the person between our look and our act.
    world.faults().next(APP, Fault::Answer(404, &[], "{}"));
    assert_eq!(google.apply(&call, &plan, &mut Value::Null).await, Ok(Applied::AlreadySo));
    for value in [None, Some(".."), Some("")] {
        let call = ports::responder::ActionCall {
            target: ports::responder::ActionTarget {
                value: value.map(str::to_owned),
                ..call.target.clone()
            },
            ..call.clone()
        };
        assert_eq!(google.plan(&call).await.expect_err("no app").decision, Decision::Permanent);
    }
}

#[tokio::test]
async fn a_403_may_mean_too_many_or_not_allowed() {
    let quota = r#"{"error":{"code":403,"errors":[{"reason":"userRateLimitExceeded"}]}}"#;
    let rights = r#"{"error":{"code":403,"errors":[{"reason":"notAuthorized"}]}}"#;
    for (body, decision) in [
        (quota, Decision::Retry { after: None }),
        (rights, Decision::Denied),
        ("", Decision::Denied),
    ] {
        let (world, clock) = world().await;
        let google = google(&world, &clock, &HttpClient::for_tests());
        let call = about("sign_out", Some("mia"), None);
        let plan = google.plan(&call).await.expect("a plan");
        world.faults().next("signOut", Fault::Answer(403, &[], body));
        let failure = google.apply(&call, &plan, &mut Value::Null).await.expect_err(body);
        assert_eq!((failure.decision, failure.uncertain), (decision, false), "{body}");
    }
}

#[tokio::test]
async fn a_suspension_that_google_made_its_own_is_left_alone() {
    let (world, clock) = world().await;
    let google = google(&world, &clock, &HttpClient::for_tests());
    let call = about("suspend", Some("mia"), None);
    let plan = google.plan(&call).await.expect("a plan");
    let mut notes = Value::Null;
    google.apply(&call, &plan, &mut notes).await.expect("done");
    // Never seen by us, and for abuse by now.
    world.change(MIA, |user| user.suspended = Some("ABUSE".to_owned()));
    let reverted = google.revert(&call, &plan, &mut notes).await.expect("looked");
    assert!(matches!(reverted, Reverted::Refused(_)), "{reverted:?}");
}

#[tokio::test]
async fn every_style_of_asking_to_wait_is_understood() {
    let http = HttpClient::for_tests();
    for (headers, seconds) in WAITS {
        let (world, clock) = world().await;
        let google = google(&world, &clock, &http);
        let call = about("sign_out", Some("mia"), None);
        let plan = google.plan(&call).await.expect("a plan");
        world.faults().next("signOut", Fault::Answer(429, headers, ""));
        waits(&google.apply(&call, &plan, &mut Value::Null).await.expect_err("busy"), seconds);
    }
}

#[tokio::test]
async fn a_key_file_that_is_none_is_told_without_its_content() {
    let (world, clock) = world().await;
    let mut google = google(&world, &clock, &HttpClient::for_tests());
    assert!(google.check().await.expect("good").starts_with("acts as the administrator 100"));
    google.settings.admin = "nobody@example.com".to_owned();
    google.tokens.forget().await;
    assert_eq!(google.check().await.expect_err("not delegated").decision, Decision::Denied);
    for bad in [
        "{}",
        "s3cret",
        &service_account().replace("BEGIN", "BGN"),
        &service_account().replace("MII", "AAA"),
    ] {
        let error = ServiceAccount::read(&bad.into()).expect_err("no key").to_string();
        assert!(error.len() < 100 && !error.contains("s3cret"), "{error}");
    }
}
