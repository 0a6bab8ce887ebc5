use std::sync::Arc;

use demo::vendors::{ActionSink, Fault, actions::CORE_ROUTER};
use model::{Span, TargetKind};
use ports::{
    Decision,
    clock::ManualClock,
    conformance::{self, Stage},
    responder::{ActionCall, Applied, Responder as _, Reverted, Seen, Standing},
};
use secrecy::SecretBox;
use serde_json::Value;

use super::*;
use crate::{
    fixtures::person,
    respond::stage::{self, Setting, WAITS, now, waits},
    secret::SecretRef,
    standard_webhooks::decode_secret,
};

const SECRET: &str = "whsec_Y291bnRlcnNpZ24tZXhhbXBsZS13ZWJob29rLWtleSE=";
const ACTION: &str = "isolate_device";

/// What of the receiver is configured.
#[derive(Debug, Clone, Copy)]
struct Known {
    look: bool,
    dry_run: bool,
    undo: &'static str,
}

const ALL: Known = Known { look: true, dry_run: true, undo: "reversible" };

async fn world() -> (Arc<ActionSink>, ManualClock) {
    let clock = ManualClock::at(now());
    let sink = ActionSink::start(SECRET, Arc::new(clock.clone())).await.expect("a free port");
    (Arc::new(sink), clock)
}

fn config(sink: &ActionSink, known: Known) -> WebhookRespondConfig {
    let (url, undo) = (sink.url(), known.undo);
    let text = format!(
        "url = \"{url}?token=s3cret\"\nrevert_url = \"{url}/revert\"\ndry_run = {}\n\
         secret = {{ env = \"PATH\" }}\nprotected = [\"d-root\"]\n\
         [actions.{ACTION}]\nwhat = \"takes a device off the network\"\ntarget = \"device\"\n\
         undo = \"{undo}\"\nradius = \"device\"",
        known.dry_run
    );
    let mut config: WebhookRespondConfig = toml::from_str(&text).expect("a section");
    config.verify_url = known.look.then(|| format!("{url}/verify").parse().expect("a url"));
    config
}

fn webhook(
    sink: &ActionSink,
    clock: &ManualClock,
    http: &HttpClient,
    known: Known,
) -> WebhookResponder {
    let mut settings = config(sink, known).settings().expect("settings");
    settings.keys = vec![SecretBox::new(Box::new(decode_secret(SECRET).expect("a secret")))];
    WebhookResponder::new("edr", settings, http.clone(), Arc::new(clock.clone()))
}

fn call(value: &str) -> ActionCall {
    let mut call = stage::call(ACTION, Some(person("mia")), Some(value));
    call.target.kind = TargetKind::Device;
    call
}

async fn setting(http: &HttpClient, known: Known, is_slow: bool) -> Box<dyn Stage> {
    let (sink, clock) = world().await;
    sink.finish_later(is_slow);
    let of = |f: fn(&ActionSink)| {
        let sink = Arc::clone(&sink);
        Box::new(move || f(&sink)) as Box<dyn Fn() + Send + Sync>
    };
    let is_reversible = known.undo == "reversible";
    let mut protected = vec![call("d-root")];
    if known.dry_run {
        protected.push(call(CORE_ROUTER));
    }
    let forestall = known.dry_run.then(|| of(|sink| sink.isolate("d-17")));
    let meddle = is_reversible.then(|| of(|sink| sink.isolate("d-17")));
    // Each look has an id of its own, so that time has to pass.
    let settle = {
        let sink = Arc::clone(&sink);
        let clock = clock.clone();
        Box::new(move || {
            clock.advance(Span::seconds(1));
            sink.finish();
        })
    };
    Box::new(Setting {
        responder: Arc::new(webhook(&sink, &clock, http, known)),
        call: call("d-17"),
        faults: sink.faults().clone(),
        state: Box::new({
            let sink = Arc::clone(&sink);
            move || (format!("{:?}", sink.isolated()), sink.effects())
        }),
        settle,
        forestall,
        meddle,
        protected,
        secrets: vec!["s3cret".to_owned(), "Y291bnRlcnNpZ24".to_owned()],
        _world: Box::new(sink),
    })
}

#[tokio::test]
async fn a_webhook_keeps_what_every_responder_must_keep() {
    let http = HttpClient::for_tests();
    for known in [
        ALL,
        Known { dry_run: false, ..ALL },
        Known { look: false, dry_run: false, ..ALL },
        Known { undo: "irreversible", ..ALL },
    ] {
        for is_slow in [false, true] {
            conformance::responder(async || setting(&http, known, is_slow).await).await;
        }
    }
}

#[tokio::test]
async fn the_message_says_what_the_documentation_says() {
    let (sink, clock) = world().await;
    let webhook = webhook(&sink, &clock, &HttpClient::for_tests(), ALL);
    let call = ActionCall { until: Some(Span::minutes(30).after(now())), ..call("d-17") };
    let plan = webhook.plan(&call).await.expect("a plan");
    webhook.apply(&call, &plan, &mut Value::Null).await.expect("done");
    let [dry, real] = &sink.messages()[..] else { panic!("two messages") };
    assert_eq!(dry["dry_run"], true);
    let expected = serde_json::json!({
        "type": "action.execute",
        "id": call.id.to_string(),
        "action": ACTION,
        "target": {
            "type": "device", "id": "d-17",
            "person": { "id": "sub-mia", "email": "mia@example.com" },
        },
        "case": call.case.to_string(),
        "reason": "a session moved to another network",
        "requested_at": now().to_string(),
        "ttl_s": 1_800,
        "dry_run": false,
    });
    assert_eq!(*real, expected);
    assert_eq!(plan.requests[0].body, Some(real.to_string()), "the plan shows it");
}

#[tokio::test]
async fn what_is_accepted_is_asked_for_at_the_receivers_own_server_only() {
    let (sink, clock) = world().await;
    sink.finish_later(true);
    let known = Known { look: false, ..ALL };
    let webhook = webhook(&sink, &clock, &HttpClient::for_tests(), known);
    let (call, mut notes) = (call("d-17"), Value::Null);
    let plan = webhook.plan(&call).await.expect("a plan");
    assert_eq!(webhook.apply(&call, &plan, &mut notes).await, Ok(Applied::Accepted));
    assert_eq!(webhook.verify(&call, &plan, &mut notes).await, Ok(Seen::NotYet));
    sink.finish();
    assert_eq!(webhook.verify(&call, &plan, &mut notes).await, Ok(Seen::Holds));
    let calls = sink.requests().all().len();
    for path in [
        "//169.254.169.254/latest/meta-data",
        "http://127.0.0.1:1/",
        "https://evil.example/",
        "jobs/7",
        "/\\evil.example/",
        "\\\\evil.example",
        "",
    ] {
        let mut notes = serde_json::json!({ "poll": path });
        let failure = webhook.verify(&call, &plan, &mut notes).await.expect_err(path);
        assert_eq!(failure.decision, Decision::Permanent, "{path}");
    }
    assert_eq!(sink.requests().all().len(), calls, "nobody was asked");
}

#[tokio::test]
async fn a_receiver_that_gives_no_token_leaves_nothing_to_take_back() {
    let (sink, clock) = world().await;
    sink.give_no_token(true);
    let webhook = webhook(&sink, &clock, &HttpClient::for_tests(), ALL);
    let (call, mut notes) = (call("d-17"), Value::Null);
    let plan = webhook.plan(&call).await.expect("a plan");
    webhook.apply(&call, &plan, &mut notes).await.expect("done");
    let failure = webhook.revert(&call, &plan, &mut notes).await.expect_err("no token");
    assert_eq!(failure.decision, Decision::Permanent);
    assert_eq!(sink.isolated(), ["d-17"]);
}

#[tokio::test]
async fn a_refusal_is_final_and_told_in_harmless_words() {
    let (sink, clock) = world().await;
    let known = Known { dry_run: false, ..ALL };
    let webhook = webhook(&sink, &clock, &HttpClient::for_tests(), known);
    let call = call("d-17");
    let plan = webhook.plan(&call).await.expect("a plan");
    assert_eq!(plan.standing, Standing::Ready);
    let body = "{\"reason\":\"no\\u0000\\u202e https://evil.example/\"}";
    sink.faults().next("actions", Fault::Answer(422, &[], body));
    let failure = webhook.apply(&call, &plan, &mut Value::Null).await.expect_err("refused");
    assert_eq!(failure.decision, Decision::Permanent);
    assert!(failure.what.ends_with("refused: no https[:]//evil.example/"), "{failure}");
    sink.faults().next("revert", Fault::Answer(422, &[], body));
    let mut notes = serde_json::json!({ "undo_token": "t" });
    let reverted = webhook.revert(&call, &plan, &mut notes).await.expect("refused");
    assert!(matches!(reverted, Reverted::Refused(_)), "{reverted:?}");
}

#[tokio::test]
async fn an_endless_or_foreign_reply_is_not_taken_for_an_answer() {
    let endless: &'static str = Box::leak("x".repeat(65 * 1024).into_boxed_str());
    for body in [endless, "<html>", "{}", "[]", r#"{"status":"maybe"}"#] {
        let (sink, clock) = world().await;
        let known = Known { dry_run: false, ..ALL };
        let webhook = webhook(&sink, &clock, &HttpClient::for_tests(), known);
        let call = call("d-17");
        let plan = webhook.plan(&call).await.expect("a plan");
        sink.faults().next("actions", Fault::Answer(200, &[], body));
        let failure = webhook.apply(&call, &plan, &mut Value::Null).await.expect_err("no answer");
        assert!(failure.is_retryable() && failure.uncertain, "{failure:?}");
    }
}

#[tokio::test]
async fn every_style_of_asking_to_wait_is_understood() {
    let http = HttpClient::for_tests();
    for (headers, seconds) in WAITS {
        let (sink, clock) = world().await;
        let webhook = webhook(&sink, &clock, &http, Known { dry_run: false, ..ALL });
        let call = call("d-17");
        let plan = webhook.plan(&call).await.expect("a plan");
        sink.faults().next("actions", Fault::Answer(429, headers, ""));
        waits(&webhook.apply(&call, &plan, &mut Value::Null).await.expect_err("busy"), seconds);
    }
}

#[tokio::test]
async fn a_section_is_read_strictly() {
    let (sink, _) = world().await;
    let good = config(&sink, ALL);
    assert!(!format!("{good:?} {:?}", good.settings()).contains("s3cret"));
    let reversible = WebhookRespondConfig { revert_url: None, ..good.clone() };
    assert_eq!(reversible.settings().expect_err("no way back")[0].key, "revert_url");
    let action = good.actions[ACTION].clone();
    for name in ["", "Isolate", "a.b", "a-b"] {
        let actions = [(name.to_owned(), action.clone())].into();
        let named = WebhookRespondConfig { actions, ..good.clone() };
        assert_eq!(named.settings().expect_err(name)[0].key, "actions", "{name}");
    }
    let unset = SecretRef::Env("COUNTERSIGN_TEST_UNSET".to_owned());
    let unset = WebhookRespondConfig { secret: unset.into(), ..good };
    assert_eq!(unset.settings().expect_err("unset")[0].key, "secret");
}
