use std::sync::Arc;

use demo::vendors::{
    Fault, SlackAdminWorld,
    slack_admin::{OWN_ACCOUNT, TEAM, TOKEN},
};
use ports::{
    Decision,
    conformance::{self, Stage},
    responder::{Applied, Responder as _, Seen, Standing},
};
use serde_json::Value;

use super::*;
use crate::{
    fixtures::person,
    respond::stage::{Setting, WAITS, call, waits},
};

const MIA: &str = "U0MIA";

async fn world() -> Arc<SlackAdminWorld> {
    let world = SlackAdminWorld::start().await.expect("a free port");
    world.add(MIA, "mia@example.com", |_| {});
    world.add("U0ROOT", "break-glass@example.com", |_| {});
    world.add("U0OWNER", "owner@example.com", |account| account.is_primary_owner = true);
    world.add("U0BOT", "bot@example.com", |account| account.is_bot = true);
    Arc::new(world)
}

fn slack(world: &SlackAdminWorld, http: &HttpClient) -> SlackAdmin {
    let settings = SlackRespondSettings {
        base_url: world.base_url().parse().expect("a loopback address"),
        token: TOKEN.into(),
        team_id: TEAM.to_owned(),
        chat: "slack".to_owned(),
        protected: crate::respond::Protected::new(&["break-glass@example.com".to_owned()]),
    };
    SlackAdmin::new("slack", settings, http.clone())
}

async fn setting(action: &'static str, http: &HttpClient, is_slow: bool) -> Box<dyn Stage> {
    let world = world().await;
    world.finish_later(is_slow);
    let of = |f: fn(&SlackAdminWorld)| {
        let world = Arc::clone(&world);
        Box::new(move || f(&world)) as Box<dyn Fn() + Send + Sync>
    };
    let first = world.account(MIA).and_then(|account| account.sessions.first().copied());
    let first = first.expect("a session").to_string();
    let session = (action == "invalidate_session").then_some(first.as_str());
    let protected = ["break-glass", "owner", "bot", "countersign"];
    let mut protected: Vec<_> =
        protected.iter().map(|name| call(action, Some(person(name)), session)).collect();
    if action == "reset_sessions" {
        let others = ["U0ROOT", "U0OWNER", "U0BOT", OWN_ACCOUNT];
        protected.extend(others.iter().map(|id| call(action, None, Some(id))));
        protected.push(call(action, Some(person("mia")), Some("U0OWNER")));
    }
    Box::new(Setting {
        responder: Arc::new(slack(&world, http)),
        call: call(action, Some(person("mia")), session),
        faults: world.faults().clone(),
        state: Box::new({
            let world = Arc::clone(&world);
            move || {
                let all = [MIA, "U0ROOT", "U0OWNER", "U0BOT", OWN_ACCOUNT];
                (format!("{:?}", all.map(|id| world.account(id))), world.effects())
            }
        }),
        settle: of(SlackAdminWorld::finish),
        forestall: Some(of(|world| world.sign_out(MIA))),
        meddle: None,
        protected,
        secrets: vec![TOKEN.to_owned()],
        _world: Box::new(world),
    })
}

#[tokio::test]
async fn slack_keeps_what_every_responder_must_keep() {
    let http = HttpClient::for_tests();
    for action in ["reset_sessions", "invalidate_session"] {
        for is_slow in [false, true] {
            conformance::responder(async || setting(action, &http, is_slow).await).await;
        }
    }
}

#[tokio::test]
async fn a_new_session_after_the_reset_is_no_failure_of_it() {
    let world = world().await;
    world.finish_later(true);
    let slack = slack(&world, &HttpClient::for_tests());
    let call = call("reset_sessions", Some(person("mia")), None);
    let plan = slack.plan(&call).await.expect("a plan");
    // One that began after the plan ends with the others.
    let late = world.sign_in(MIA);
    let mut notes = Value::Null;
    assert_eq!(slack.apply(&call, &plan, &mut notes).await, Ok(Applied::Accepted));
    assert_eq!(slack.verify(&call, &plan, &mut notes).await, Ok(Seen::NotYet));
    world.sign_in(MIA);
    assert_eq!(slack.verify(&call, &plan, &mut notes).await, Ok(Seen::NotYet), "as many as before");
    world.finish();
    assert_eq!(slack.verify(&call, &plan, &mut notes).await, Ok(Seen::Holds));
    let left = world.account(MIA).expect("an account").sessions;
    assert!(left.len() == 1 && !left.contains(&late));
    // A repetition must not end what came after.
    let retry = ports::responder::ActionCall { is_retry: true, ..call };
    assert_eq!(slack.apply(&retry, &plan, &mut notes).await, Ok(Applied::Done));
    assert_eq!(world.effects(), 1);
}

#[tokio::test]
async fn a_session_of_somebody_else_is_not_found_among_the_persons() {
    let world = world().await;
    let slack = slack(&world, &HttpClient::for_tests());
    let theirs = world.account("U0OWNER").expect("an account").sessions;
    let theirs = theirs.first().expect("a session").to_string();
    let call = call("invalidate_session", Some(person("mia")), Some(&theirs));
    let plan = slack.plan(&call).await.expect("a plan");
    assert_eq!(plan.standing, Standing::AlreadySo);
    assert_eq!(slack.apply(&call, &plan, &mut Value::Null).await, Ok(Applied::AlreadySo));
    assert_eq!(world.effects(), 0);
}

#[tokio::test]
async fn ok_false_means_what_its_code_says() {
    let ok_false = |code: &'static str| Fault::Answer(200, &[], code);
    let retry = Decision::Retry { after: None };
    for (body, decision, uncertain) in [
        (r#"{"ok":false,"error":"internal_error"}"#, retry, true),
        (r#"{"ok":false,"error":"fatal_error"}"#, retry, true),
        (r#"{"ok":false,"error":"ratelimited"}"#, retry, false),
        (r#"{"ok":false,"error":"token_revoked"}"#, Decision::Denied, false),
        (r#"{"ok":false,"error":"not_an_admin"}"#, Decision::Denied, false),
        (
            r#"{"ok":false,"error":"missing_scope","needed":"admin.users:write"}"#,
            Decision::Misconfigured,
            false,
        ),
        (r#"{"ok":false,"error":"feature_not_enabled"}"#, Decision::Misconfigured, false),
        (r#"{"ok":false,"error":"something_new"}"#, Decision::Permanent, false),
        (r#"{"ok":false}"#, Decision::Permanent, false),
        ("<html>", retry, true),
    ] {
        let world = world().await;
        let slack = slack(&world, &HttpClient::for_tests());
        let call = call("reset_sessions", Some(person("mia")), None);
        let plan = slack.plan(&call).await.expect("a plan");
        world.faults().next("admin.users.session.reset", ok_false(body));
        let failure = slack.apply(&call, &plan, &mut Value::Null).await.expect_err(body);
        assert_eq!((failure.decision, failure.uncertain), (decision, uncertain), "{body}");
    }
    let world = world().await;
    let slack = slack(&world, &HttpClient::for_tests());
    let call = call("reset_sessions", Some(person("mia")), None);
    let plan = slack.plan(&call).await.expect("a plan");
    let body = r#"{"ok":false,"error":"cannot_reset_primary_owner"}"#;
    world.faults().next("admin.users.session.reset", ok_false(body));
    let applied = slack.apply(&call, &plan, &mut Value::Null).await.expect("protected");
    assert!(matches!(applied, Applied::Protected(_)), "{applied:?}");
}

#[tokio::test]
async fn every_style_of_asking_to_wait_is_understood() {
    let http = HttpClient::for_tests();
    for (headers, seconds) in WAITS {
        let world = world().await;
        let slack = slack(&world, &http);
        let call = call("reset_sessions", Some(person("mia")), None);
        let plan = slack.plan(&call).await.expect("a plan");
        world.faults().next("admin.users.session.reset", Fault::Answer(429, headers, ""));
        let failure = slack.apply(&call, &plan, &mut Value::Null).await.expect_err("busy");
        waits(&failure, seconds);
    }
}

#[tokio::test]
async fn an_account_is_an_id_and_nothing_else() {
    let world = world().await;
    let slack = slack(&world, &HttpClient::for_tests());
    for value in ["", "u0mia", "C0SECURITY", "../U0MIA", "U0NOBODY"] {
        let call = call("reset_sessions", None, Some(value));
        assert_eq!(slack.plan(&call).await.expect_err(value).decision, Decision::Permanent);
    }
    for value in [None, Some("one"), Some("-1")] {
        let call = call("invalidate_session", Some(person("mia")), value);
        assert_eq!(slack.plan(&call).await.expect_err("no session").decision, Decision::Permanent);
    }
    assert!(slack.check().await.expect("good").contains(OWN_ACCOUNT));
}
