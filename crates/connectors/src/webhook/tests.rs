use std::time::Duration;

use demo::vendors::{Fault, WebhookSink};
use model::{Answer, DeliveryId, Severity, Timestamp};
use ports::{
    Decision,
    chat::{Button, Chat as _, Form, HttpCall, Notice, Question, Refusal, Report},
    clock::ManualClock,
    conformance::{self, Mishap, PagerStage},
    pager::{Page, PageKind, Pager},
};
use secrecy::SecretBox;

use super::*;
use crate::{respond::stage::fault, standard_webhooks::decode_secret};

const SECRET: &str = "whsec_Y291bnRlcnNpZ24tZXhhbXBsZS13ZWJob29rLWtleSE=";

fn now() -> Timestamp {
    Timestamp::from_second(1_795_000_000).expect("in range")
}

async fn world(secrets: &[&str]) -> (WebhookSink, Webhook, ManualClock) {
    let clock = ManualClock::at(now());
    let sink = WebhookSink::start(SECRET, Arc::new(clock.clone())).await.expect("a free port");
    let url = format!("{}?token=s3cret", sink.url()).parse().expect("a loopback address");
    let key = |secret: &&str| SecretBox::new(Box::new(decode_secret(secret).expect("a secret")));
    let settings = WebhookSettings { url, keys: secrets.iter().map(key).collect() };
    let http = HttpClient::for_tests();
    let webhook = Webhook::new("escalate.hook", settings, http, Arc::new(clock.clone()));
    (sink, webhook, clock)
}

fn page() -> Page {
    Page {
        delivery: DeliveryId::from_parts(now(), 1),
        dedup: "cs-case_1".to_owned(),
        kind: PageKind::Trigger,
        summary: "Mia says: not me".to_owned(),
        severity: Severity::High,
        at: now(),
        details: vec![("Rule".to_owned(), "new-network".to_owned())],
        url: "https://countersign.example.com/console/cases/case_1".to_owned(),
    }
}

fn question(text: &str) -> Question {
    Question {
        delivery: DeliveryId::from_parts(now(), 2),
        code: "K7Q-4M2".to_owned(),
        title: text.to_owned(),
        text: text.to_owned(),
        facts: vec![(text.to_owned(), text.to_owned()); 100],
        buttons: vec![Button {
            answer: Answer::NotMe,
            label: "Not me".to_owned(),
            token: "opaque-token-1".to_owned(),
        }],
        footer: text.to_owned(),
        url: "https://countersign.example.com/ask/ask_1".to_owned(),
    }
}

#[tokio::test]
async fn a_page_arrives_signed_and_says_what_the_documentation_says() {
    let (sink, webhook, _) = world(&[SECRET]).await;
    webhook.page(&page()).await.expect("delivered");
    let [delivery] = &sink.deliveries()[..] else { panic!("one delivery") };
    assert_eq!(delivery.id, page().delivery.to_string());
    let expected = serde_json::json!({
        "type": "page",
        "delivery": delivery.id,
        "dedup": "cs-case_1",
        "action": "trigger",
        "summary": "Mia says: not me",
        "severity": "high",
        "at": now().to_string(),
        "details": [{ "label": "Rule", "value": "new-network" }],
        "url": "https://countersign.example.com/console/cases/case_1",
    });
    assert_eq!(delivery.body, expected);
}

#[tokio::test]
async fn a_retry_has_the_same_id_and_body_so_that_the_receiver_can_drop_it() {
    let (sink, webhook, clock) = world(&[SECRET]).await;
    sink.faults().next("hook", Fault::DropAfter);
    let failure = webhook.page(&page()).await.expect_err("the reply was lost");
    assert!(failure.is_retryable() && failure.uncertain);
    clock.advance(model::Span::seconds(200));
    webhook.page(&page()).await.expect("delivered");
    let [delivery] = &sink.deliveries()[..] else { panic!("one delivery") };
    assert_eq!((delivery.tries, delivery.is_stable), (2, true));
}

#[tokio::test]
async fn a_slow_receiver_is_given_up_with_the_outcome_unknown() {
    let (sink, mut webhook, _) = world(&[SECRET]).await;
    webhook.http = HttpClient::impatient();
    sink.faults().next("hook", Fault::Slow(Duration::from_secs(60)));
    let failure = webhook.page(&page()).await.expect_err("too slow");
    assert!(failure.is_retryable() && failure.uncertain, "{failure:?}");
    assert_eq!(sink.deliveries().len(), 1, "it took effect all the same");
}

#[tokio::test]
async fn while_a_secret_is_changed_both_sign_and_a_wrong_one_is_refused() {
    let (sink, webhook, _) = world(&["the-new-one", SECRET]).await;
    webhook.page(&page()).await.expect("delivered");
    assert_eq!(sink.deliveries().len(), 1);
    for secrets in [&["wrong"][..], &[]] {
        let (sink, webhook, _) = world(secrets).await;
        let failure = webhook.page(&page()).await.expect_err("refused");
        assert!(matches!(failure.decision, Decision::Denied | Decision::Misconfigured));
        assert!(sink.deliveries().is_empty());
    }
}

#[tokio::test]
async fn a_bad_day_at_the_receiver_becomes_the_right_decision() {
    let retry = |seconds: Option<u64>| Decision::Retry { after: seconds.map(Duration::from_secs) };
    let cases = [
        (Fault::Busy("30"), retry(Some(30)), false),
        (Fault::Status(500), retry(None), true),
        (Fault::Status(503), retry(None), false),
        (Fault::Status(401), Decision::Denied, false),
        (Fault::Status(410), Decision::Permanent, false),
        (Fault::Status(422), Decision::Permanent, false),
        (Fault::Status(301), Decision::Misconfigured, false),
        (Fault::Drop, retry(None), true),
        (Fault::DropAfter, retry(None), true),
    ];
    for (fault, decision, uncertain) in cases {
        let (sink, webhook, _) = world(&[SECRET]).await;
        sink.faults().next("hook", fault.clone());
        let failure = webhook.page(&page()).await.expect_err("the fault");
        assert_eq!((failure.decision, failure.uncertain), (decision, uncertain), "{fault:?}");
        let told = format!("{failure} {failure:?} {webhook:?} {:?}", webhook.settings);
        assert!(!told.contains("s3cret") && !told.contains("hook?"), "{told}");
    }
}

#[tokio::test]
async fn a_question_is_told_without_anything_that_answers_it() {
    let (sink, webhook, _) = world(&[SECRET]).await;
    let receipt = webhook.ask("mia@example.com", &question("Was this you?")).await.expect("asked");
    let [delivery] = &sink.deliveries()[..] else { panic!("one delivery") };
    assert_eq!(receipt.message, delivery.id);
    assert_eq!(delivery.body["account"], "mia@example.com");
    assert_eq!(delivery.body["answers"][0]["answer"], "not_me");
    assert!(!delivery.body.to_string().contains("opaque-token-1"));
}

#[tokio::test]
async fn hostile_and_endless_text_is_clean_and_capped() {
    for text in ["a\r\nb\u{0}\u{202e}c\u{1b}", &"<!here> 🦀".repeat(200_000), ""] {
        let (sink, webhook, _) = world(&[SECRET]).await;
        webhook.ask("mia@example.com", &question(text)).await.expect("asked");
        let notice = Notice {
            delivery: DeliveryId::from_parts(now(), 3),
            title: text.to_owned(),
            text: text.to_owned(),
            buttons: Vec::new(),
            url: Some(text.to_owned()),
        };
        webhook.tell("mia@example.com", &notice).await.expect("told");
        let report = Report {
            delivery: DeliveryId::from_parts(now(), 4),
            title: text.to_owned(),
            facts: vec![(text.to_owned(), text.to_owned()); 100],
            comment: Some(text.to_owned()),
            url: text.to_owned(),
        };
        webhook.report(&report, None).await.expect("reported");
        for delivery in sink.deliveries() {
            let body = delivery.body.to_string();
            assert!(body.len() < 400_000, "{}", body.len());
            for hidden in ["\\r", "\\u0000", "\\u001b", "\u{202e}"] {
                assert!(!body.contains(hidden), "{hidden}");
            }
        }
    }
}

#[tokio::test]
async fn what_a_webhook_cannot_do_is_said_for_good() {
    let (_sink, webhook, _) = world(&[SECRET]).await;
    let receipt = webhook.ask("mia@example.com", &question("?")).await.expect("asked");
    let notice = Notice {
        delivery: DeliveryId::from_parts(now(), 3),
        title: "Done".to_owned(),
        text: String::new(),
        buttons: Vec::new(),
        url: None,
    };
    let form = Form {
        id: "f".to_owned(),
        title: "t".to_owned(),
        text: "t".to_owned(),
        comment_label: "c".to_owned(),
        is_comment_required: false,
        submit: "s".to_owned(),
        cancel: "c".to_owned(),
    };
    for outcome in [
        webhook.update(&receipt, &notice).await,
        webhook.open_form("t", &form).await,
        webhook.whisper("mia@example.com", &receipt, "w").await,
    ] {
        let failure = outcome.expect_err("unsupported");
        assert_eq!(failure.decision, Decision::Permanent);
        assert!(failure.what.contains("a webhook cannot"), "{failure}");
    }
    let call = HttpCall {
        kind: "interactions".to_owned(),
        headers: http::HeaderMap::new(),
        body: bytes::Bytes::new(),
    };
    assert!(matches!(webhook.read(&call, now()), Err(Refusal::Malformed(_))));
    let account = webhook.account_of("mia@example.com").await.expect("known by address");
    assert_eq!(account.as_deref(), Some("mia@example.com"));
}

#[test]
fn a_section_is_read_strictly() {
    let read = |text: &str| toml::from_str::<WebhookConfig>(text);
    let good = "url = \"https://hooks.example/x?token=s3cret\"\nsecret = { env = \"HOOK\" }";
    let config = read(good).expect("a section");
    assert!(!format!("{config:?}").contains("s3cret"));
    for bad in ["http://hooks.example/x", "https://a:b@hooks.example", "hooks.example", ""] {
        assert!(read(&good.replace("https://hooks.example/x?token=s3cret", bad)).is_err(), "{bad}");
    }
    assert!(read(&format!("{good}\nurls = 1")).is_err());
    let unset = WebhookConfig {
        secret: crate::secret::SecretRef::Env("COUNTERSIGN_TEST_UNSET".to_owned()).into(),
        ..config
    };
    let problems = unset.settings().expect_err("unset");
    assert!(problems[0].to_string().starts_with("secret: the environment variable"));
}

struct Setting {
    sink: WebhookSink,
    webhook: Arc<Webhook>,
}

impl PagerStage for Setting {
    fn pager(&self) -> Arc<dyn Pager> {
        Arc::clone(&self.webhook) as Arc<dyn Pager>
    }
    fn open(&self) -> Vec<String> {
        Vec::new()
    }
    fn opened(&self) -> usize {
        self.sink.deliveries().len()
    }
    fn requests(&self) -> usize {
        self.sink.faults().calls()
    }
    fn fail(&self, nth: usize, mishap: Mishap) {
        self.sink.faults().nth(nth, fault(mishap));
    }
    fn has_incidents(&self) -> bool {
        false
    }
    fn secrets(&self) -> Vec<String> {
        vec![SECRET.to_owned(), "s3cret".to_owned()]
    }
}

#[tokio::test]
async fn a_webhook_keeps_what_every_pager_must_keep() {
    conformance::pager(async || {
        let (sink, webhook, _) = world(&[SECRET]).await;
        Box::new(Setting { sink, webhook: Arc::new(webhook) }) as Box<dyn PagerStage>
    })
    .await;
}
