use std::{collections::BTreeMap, sync::Arc, time::Duration};

use data_encoding::BASE64;
use demo::vendors::{
    Fault, WebhookSink,
    ssf::{self, SsfWorld},
};
use http::HeaderMap;
use model::{DeliveryId, DeviceId, Timestamp, device::IdKind};
use ports::{
    Decision,
    clock::ManualClock,
    compliance::{ComplianceSignal, Delivery, Initiator, PollRefused, RelyingParty},
    source::AuthFailure,
};
use serde_json::{Value, json};

use super::{
    caep::{Caep, CaepConfig},
    webhook::ComplianceWebhook,
};
use crate::{
    fixtures::{LogCapture, instant},
    http::HttpClient,
    webhook::{Webhook, WebhookSettings},
};

const EVENT: &str = "https://schemas.openid.net/secevent/caep/event-type/device-compliance-change";

fn now() -> Timestamp {
    instant("2026-11-20T12:00:00Z")
}

fn signal(n: u128) -> ComplianceSignal {
    ComplianceSignal {
        id: DeliveryId::from_parts(now(), n),
        device: DeviceId::from_digest(n),
        identifiers: BTreeMap::from([(IdKind::Serial, "C02XMADE0001".to_owned())]),
        email: Some("mia@example.com".into()),
        was_compliant: true,
        is_compliant: false,
        at: now(),
        initiator: Initiator::Policy,
    }
}

/// A private key made for these tests, as OpenSSL writes one.
fn key(seed: u8) -> String {
    // PKCS #8 around the curve's name and 32 bytes of key (RFC 5915).
    let head = [
        0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02,
        0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x27, 0x30, 0x25,
        0x02, 0x01, 0x01, 0x04, 0x20,
    ];
    let body = BASE64.encode(&[&head[..], &[seed; 32]].concat());
    let lines: Vec<&str> =
        body.as_bytes().chunks(64).map(|it| std::str::from_utf8(it).expect("base64")).collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
}

/// Files with secrets, which last as long as the test.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("countersign-caep-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        Self(folder)
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("written");
        format!("{{ file = \"{}\" }}", path.display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn caep(folder: &Folder, delivery: &str, more: &str) -> Caep {
    let text = format!(
        "audience = \"{}\"\nkey = {}\ndelivery = {delivery}\n{more}",
        ssf::AUDIENCE,
        folder.file("key.pem", &key(7)),
    );
    let config: CaepConfig = toml::from_str(&text).expect("a section");
    let settings = config.settings(&format!("{}/", ssf::ISSUER)).expect("sound");
    Caep::new("okta", settings, HttpClient::for_tests(), Arc::new(ManualClock::at(now())))
}

fn push(folder: &Folder, url: &str, token: &str, more: &str) -> Caep {
    let token = folder.file("token", token);
    caep(folder, &format!("{{ push = {{ url = \"{url}\", token = {token} }} }}"), more)
}

/// A receiver that knows the keys of a transmitter to it.
async fn world(folder: &Folder, is_old: bool, more: &str) -> (SsfWorld, Caep) {
    let keys = push(folder, "http://127.0.0.1:1", ssf::TOKEN, "").keys().expect("keys");
    let world = SsfWorld::start(keys, is_old).await.expect("a free port");
    let caep = push(folder, &world.url(), ssf::TOKEN, more);
    (world, caep)
}

#[tokio::test]
async fn a_change_is_told_once_whatever_becomes_of_the_reply() {
    let folder = Folder::new("push");
    let (world, caep) = world(&folder, false, "").await;
    assert_eq!(caep.delivery(), Delivery::Push);
    caep.tell(&signal(1)).await.expect("taken");
    world.faults().next("events", Fault::DropAfter);
    assert!(caep.tell(&signal(2)).await.is_err_and(|it| it.is_retryable()));
    caep.tell(&signal(2)).await.expect("the next try");
    let events = world.events();
    assert_eq!(events.iter().map(|it| it.tries).collect::<Vec<_>>(), [1, 2]);
    let claims = &events[0].claims;
    assert_eq!(claims["jti"], signal(1).id.to_string().as_str());
    assert_eq!(claims["iat"], now().as_second());
    let expected = json!({
        "format": "complex",
        "user": { "format": "email", "email": "mia@example.com" },
        "device": { "format": "opaque", "id": signal(1).device.to_string() },
    });
    assert_eq!(claims["sub_id"], expected);
    let event = &claims["events"][EVENT];
    assert_eq!(event["current_status"], "not-compliant");
    assert_eq!(event["initiating_entity"], "policy");
    assert!(event["reason_user"]["de"].is_string());
    assert!(caep.check().await.expect("good").starts_with("tells 127.0.0.1"));
}

#[tokio::test]
async fn an_older_receiver_finds_the_subject_in_the_event_and_the_device_by_its_serial() {
    let folder = Folder::new("old");
    let more = "subject = \"event\"\ndevice = \"serial\"\n";
    let (world, caep) = world(&folder, true, more).await;
    let back = ComplianceSignal {
        was_compliant: false,
        is_compliant: true,
        email: None,
        initiator: Initiator::User,
        ..signal(1)
    };
    caep.tell(&back).await.expect("taken");
    let claims = &world.events()[0].claims;
    let event = &claims["events"][EVENT];
    assert_eq!(event["subject"]["device"]["id"], "C02XMADE0001");
    assert_eq!((&event["subject"]["user"], &claims["sub_id"]), (&Value::Null, &Value::Null));
    assert_eq!(event["current_status"], "compliant");
    let unnamed = ComplianceSignal { identifiers: BTreeMap::new(), ..signal(2) };
    caep.tell(&unnamed).await.expect("taken");
    let subject = &world.events()[1].claims["events"][EVENT]["subject"];
    assert_eq!(subject["device"]["id"], unnamed.device.to_string().as_str());
}

#[tokio::test]
async fn each_answer_of_a_receiver_becomes_the_decision_that_it_calls_for() {
    let json: &[(&str, &str)] = &[("content-type", "application/json")];
    let refused = |err: &'static str| Fault::Answer(400, json, err);
    let folder = Folder::new("bad");
    let (world, caep) = world(&folder, false, "").await;
    let retry = |seconds: Option<u64>| Decision::Retry { after: seconds.map(Duration::from_secs) };
    for (fault, decision) in [
        (refused(r#"{"err":"invalid_request","description":"x"}"#), Decision::Permanent),
        (refused(r#"{"err":"invalid_key"}"#), Decision::Misconfigured),
        (refused(r#"{"err":"invalid_audience"}"#), Decision::Misconfigured),
        (refused(r#"{"err":"access_denied"}"#), Decision::Denied),
        (refused("<html>"), Decision::Permanent),
        (Fault::Busy("9"), retry(Some(9))),
        (Fault::Status(500), retry(None)),
        (Fault::Status(503), retry(None)),
        (Fault::Status(401), Decision::Denied),
        (Fault::Status(404), Decision::Misconfigured),
        (Fault::Drop, retry(None)),
    ] {
        world.faults().next("events", fault.clone());
        let failure = caep.tell(&signal(1)).await.expect_err("the fault");
        assert_eq!(failure.decision, decision, "{fault:?}");
    }
    let wrong = push(&folder, &world.url(), "another-token-of-length", "");
    assert!(wrong.tell(&signal(1)).await.is_err_and(|it| it.decision == Decision::Denied));
    let stranger = push(&folder, &world.url(), ssf::TOKEN, "issuer = \"https://other.example\"\n");
    let failure = stranger.tell(&signal(1)).await.expect_err("refused");
    assert_eq!(failure.decision, Decision::Misconfigured);
    assert_eq!(world.events(), []);
}

#[test]
fn a_receiver_that_asks_gets_what_waits_and_acknowledges_it() {
    let folder = Folder::new("poll");
    let token = folder.file("poll-token", "made-up-poll-token");
    let caep = caep(&folder, &format!("{{ poll = {{ token = {token} }} }}"), "");
    assert_eq!(caep.delivery(), Delivery::Poll);
    let mut headers = HeaderMap::new();
    let waiting: Vec<ComplianceSignal> = (1..=3).map(signal).collect();
    let ask = |headers: &HeaderMap, question: Value| {
        caep.asked(headers, question.to_string().as_bytes(), &waiting)
    };
    let missing = ask(&headers, json!({}));
    assert_eq!(missing, Err(PollRefused::Auth(AuthFailure::Missing)));
    headers.insert("authorization", "Bearer made-up-poll-token".parse().expect("a value"));
    let ids: Vec<String> = waiting.iter().map(|it| it.id.to_string()).collect();
    let first = ask(&headers, json!({ "maxEvents": 2, "returnImmediately": true })).expect("sets");
    assert_eq!((first.done.len(), first.reply["moreAvailable"].clone()), (0, json!(true)));
    let sets = first.reply["sets"].as_object().expect("sets");
    assert_eq!(sets.keys().collect::<Vec<_>>(), [&ids[0], &ids[1]]);
    let set = sets[&ids[0]].as_str().expect("a token");
    let claims = ssf::claims(set, &caep.keys().expect("keys")).expect("signed");
    assert_eq!(claims["jti"], ids[0].as_str());
    let again = ask(&headers, json!({ "maxEvents": 2 })).expect("sets");
    assert_eq!(again.reply, first.reply, "the same until it has them");
    let next = json!({
        "ack": [ids[0], "dlv_nonsense"],
        "setErrs": { &ids[1]: { "err": "invalid_key", "description": "\u{202e}x" } },
    });
    let next = ask(&headers, next).expect("sets");
    assert_eq!(next.done, [waiting[0].id]);
    assert_eq!(next.refused, [(waiting[1].id, "invalid_key".to_owned())]);
    assert_eq!(next.reply["sets"].as_object().expect("sets").len(), 1);
    assert_eq!(next.reply["moreAvailable"], json!(false));
    let only = ask(&headers, json!({ "maxEvents": 0, "ack": ids })).expect("an answer");
    assert_eq!((only.done.len(), only.reply["sets"].clone()), (3, json!({})));
    for body in [json!([]), json!({ "ack": 7 }), json!({ "ack": vec!["x"; 2_000] })] {
        assert!(matches!(ask(&headers, body), Err(PollRefused::Malformed(_))));
    }
}

#[tokio::test]
async fn whoever_asks_is_not_told_and_whoever_is_told_is_not_answered() {
    let folder = Folder::new("ways");
    let token = folder.file("poll-token", "made-up-poll-token");
    let asking = caep(&folder, &format!("{{ poll = {{ token = {token} }} }}"), "");
    let failure = asking.tell(&signal(1)).await.expect_err("it asks");
    assert_eq!(failure.decision, Decision::Misconfigured);
    let told = push(&folder, "http://127.0.0.1:1", ssf::TOKEN, "");
    assert!(matches!(told.asked(&HeaderMap::new(), b"{}", &[]), Err(PollRefused::Malformed(_))));
}

#[tokio::test]
async fn a_webhook_is_told_under_one_id() {
    let secret = "whsec_Y291bnRlcnNpZ24tZXhhbXBsZS13ZWJob29rLWtleSE=";
    let clock = Arc::new(ManualClock::at(now()));
    let sink = WebhookSink::start(secret, clock.clone()).await.expect("a free port");
    let key = crate::standard_webhooks::decode_secret(secret).expect("a secret");
    let url = sink.url().parse().expect("a loopback address");
    let settings = WebhookSettings { url, keys: vec![Box::new(key).into()] };
    let webhook = Webhook::new("compliance.own", settings, HttpClient::for_tests(), clock);
    let party = ComplianceWebhook::new(webhook);
    for _ in 0..2 {
        party.tell(&signal(1)).await.expect("taken");
    }
    let [delivery] = &sink.deliveries()[..] else { panic!("one delivery") };
    assert_eq!((delivery.id.clone(), delivery.tries), (signal(1).id.to_string(), 2));
    assert_eq!(delivery.body["type"], "device.compliance_changed");
    assert_eq!(delivery.body["data"]["status"], "not_compliant");
    assert_eq!(delivery.body["data"]["identifiers"]["serial"], "C02XMADE0001");
    assert_eq!(party.keys(), None);
    assert!(party.check().await.is_ok());
}

#[tokio::test]
async fn no_key_token_or_person_is_in_debug_errors_or_logs() {
    let log = LogCapture::start();
    let folder = Folder::new("log");
    let (world, caep) = world(&folder, false, "").await;
    world.faults().next("events", Fault::Status(500));
    let failure = caep.tell(&signal(1)).await.expect_err("down");
    let shown = format!("{caep:?} {failure:?} {:?} {}", signal(1), log.text());
    for secret in ["mia", ssf::TOKEN, "PRIVATE", "eyJ"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[test]
fn a_section_is_read_strictly_and_its_key_must_be_one() {
    let folder = Folder::new("config");
    let read = |text: &str| toml::from_str::<CaepConfig>(text);
    let good = format!(
        "audience = \"a\"\nkey = {}\ndelivery = {{ push = {{ url = \"https://r.example\" }} }}\n",
        folder.file("nonsense.pem", "-----BEGIN EC PRIVATE KEY-----\n"),
    );
    let problems = read(&good).expect("a section").settings("https://x").expect_err("no key");
    assert_eq!(problems[0].key, "key");
    assert!(read(&good.replace("push", "pull")).is_err());
    assert!(read(&format!("{good}subject = \"nowhere\"\n")).is_err());
    let both = good.replace("{ push", "{ poll = { token = { env = \"X\" } }, push");
    assert!(read(&both).is_err());
}
