use std::{sync::Arc, time::Duration};

use demo::vendors::{Fault, PagerDutyWorld, pagerduty::ROUTING_KEY};
use model::{DeliveryId, Severity, Timestamp};
use ports::{
    Decision,
    conformance::{self, Mishap, PagerStage},
    pager::{Page, PageKind, Pager},
};

use super::*;
use crate::{respond::stage::fault, secret::SecretRef};

async fn world() -> (PagerDutyWorld, PagerDuty) {
    let world = PagerDutyWorld::start().await.expect("a free port");
    let pager = pager(&world, ROUTING_KEY);
    (world, pager)
}

fn pager(world: &PagerDutyWorld, key: &str) -> PagerDuty {
    let base_url = world.base_url().parse().expect("a loopback address");
    let settings =
        PagerDutySettings { base_url, routing_key: key.into(), webhook_secrets: Vec::new() };
    PagerDuty::new("pagerduty", settings, HttpClient::for_tests())
}

fn page(kind: PageKind) -> Page {
    let at = Timestamp::from_second(1_795_000_000).expect("in range");
    Page {
        delivery: DeliveryId::from_parts(at, 1),
        dedup: "cs-case_1".to_owned(),
        kind,
        summary: "Mia says: not me (K7Q-4M2)".to_owned(),
        severity: Severity::Critical,
        at,
        details: vec![("Rule".to_owned(), "new-network".to_owned())],
        url: "https://countersign.example.com/console/cases/case_1".to_owned(),
    }
}

#[tokio::test]
async fn the_same_page_twice_is_one_incident_that_resolves_by_its_key() {
    let (world, pager) = world().await;
    pager.page(&page(PageKind::Trigger)).await.expect("paged");
    pager.page(&page(PageKind::Trigger)).await.expect("paged");
    let [incident] = &world.incidents()[..] else { panic!("one incident") };
    assert!(incident.is_open);
    assert_eq!((incident.events.len(), incident.severity.as_str()), (2, "critical"));
    assert_eq!(incident.summary, "Mia says: not me (K7Q-4M2)");
    pager.page(&page(PageKind::Acknowledge)).await.expect("acknowledged");
    assert!(world.incidents()[0].is_open);
    pager.page(&page(PageKind::Resolve)).await.expect("resolved");
    assert!(!world.incidents()[0].is_open);
    let other = Page { dedup: "cs-case_2".to_owned(), ..page(PageKind::Trigger) };
    pager.page(&other).await.expect("paged");
    assert_eq!(world.incidents().len(), 2);
}

#[tokio::test]
async fn checking_proves_the_key_and_pages_nobody() {
    let (world, pager) = world().await;
    assert!(pager.check().await.expect("good").starts_with("takes events at 127.0.0.1"));
    assert_eq!((world.accepted(), world.incidents().len()), (1, 0));
    let wrong = self::pager(&world, "S3CRETS3CRETS3CRETS3CRETS3CRET00");
    let failure = wrong.check().await.expect_err("refused");
    assert_eq!(failure.decision, Decision::Permanent);
    assert!(!format!("{failure} {failure:?} {wrong:?}").contains("S3CRET"));
}

#[tokio::test]
async fn hostile_and_endless_text_fits_into_an_event() {
    let (world, pager) = world().await;
    let mut count = 0;
    for text in ["", "\u{202e}\u{0}", "a\r\nb", "<script>", &"🦀\"\\".repeat(300_000)] {
        count += 1;
        let page = Page {
            dedup: format!("cs-{count}"),
            summary: text.to_owned(),
            details: vec![(text.to_owned(), text.to_owned()); 200],
            url: text.to_owned(),
            ..page(PageKind::Trigger)
        };
        pager.page(&page).await.expect("strict and still accepted");
        let incident = world.incidents().pop().expect("an incident");
        let details = &incident.events[0]["payload"]["custom_details"];
        assert_eq!(details.as_object().map(serde_json::Map::len), Some(51));
        let shown = incident.events[0].to_string();
        let hidden = ["\\u0000", "\u{202e}", "\\r"];
        assert!(hidden.iter().all(|each| !shown.contains(each)), "{shown:.80}");
        assert!(!incident.summary.contains('\n'));
    }
    let page = Page { dedup: "x".repeat(256), ..page(PageKind::Trigger) };
    let failure = pager.page(&page).await.expect_err("cutting would change the incident");
    assert_eq!(failure.decision, Decision::Permanent);
}

#[tokio::test]
async fn a_bad_day_at_pagerduty_becomes_the_right_decision() {
    let retry = |seconds: Option<u64>| Decision::Retry { after: seconds.map(Duration::from_secs) };
    let cases = [
        (Fault::Busy("90"), retry(Some(90)), false, 0),
        (Fault::Busy("x"), retry(Some(60)), false, 0),
        (Fault::Status(400), Decision::Permanent, false, 0),
        (Fault::Status(403), Decision::Denied, false, 0),
        (Fault::Status(404), Decision::Misconfigured, false, 0),
        (Fault::Status(500), retry(None), true, 0),
        (Fault::Status(503), retry(None), false, 0),
        (Fault::Status(200), retry(None), true, 0),
        (Fault::Drop, retry(None), true, 0),
        (Fault::DropAfter, retry(None), true, 1),
    ];
    for (fault, decision, uncertain, accepted) in cases {
        let (world, pager) = world().await;
        world.faults().next("enqueue", fault.clone());
        let failure = pager.page(&page(PageKind::Trigger)).await.expect_err("the fault");
        assert_eq!((failure.decision, failure.uncertain), (decision, uncertain), "{fault:?}");
        assert!(!format!("{failure:?}").contains(ROUTING_KEY), "{fault:?}");
        assert_eq!(world.accepted(), accepted, "{fault:?}");
        pager.page(&page(PageKind::Trigger)).await.expect("the next try");
        assert_eq!(world.incidents().len(), 1, "a repeat opens no second incident");
    }
}

#[tokio::test]
async fn a_slow_pagerduty_is_given_up_and_the_retry_opens_no_second_incident() {
    let (world, patient) = world().await;
    let base_url = world.base_url().parse().expect("a loopback address");
    let settings = PagerDutySettings {
        base_url,
        routing_key: ROUTING_KEY.into(),
        webhook_secrets: Vec::new(),
    };
    let pager = PagerDuty::new("pagerduty", settings, HttpClient::impatient());
    world.faults().next("enqueue", Fault::Slow(Duration::from_secs(60)));
    let failure = pager.page(&page(PageKind::Trigger)).await.expect_err("too slow");
    assert!(failure.is_retryable() && failure.uncertain, "{failure:?}");
    patient.page(&page(PageKind::Trigger)).await.expect("paged");
    assert_eq!((world.accepted(), world.incidents().len()), (2, 1));
}

#[test]
fn a_section_is_read_strictly_and_its_key_must_look_like_one() {
    let read = |text: &str| toml::from_str::<PagerDutyConfig>(text);
    let config = read(r#"routing_key = { env = "PD_KEY" }"#).expect("a section");
    assert_eq!(format!("{:?}", config.base_url), "https://events.pagerduty.com");
    assert!(read(r#"routing_key = "plain""#).is_err());
    assert!(read("routing_key = { env = \"A\" }\nkey = 1").is_err());
    assert!(read("routing_key = { env = \"A\" }\nbase_url = \"http://pd.example\"").is_err());
    // Cargo always sets this one, and it is no routing key.
    let routing_key = SecretRef::Env("CARGO_MANIFEST_DIR".to_owned());
    let problems = PagerDutyConfig { routing_key, ..config }.settings().expect_err("not a key");
    assert_eq!(problems[0].to_string(), "routing_key: a routing key is 32 letters and digits");
}

struct Setting {
    world: PagerDutyWorld,
    pager: Arc<PagerDuty>,
}

impl PagerStage for Setting {
    fn pager(&self) -> Arc<dyn Pager> {
        Arc::clone(&self.pager) as Arc<dyn Pager>
    }
    fn open(&self) -> Vec<String> {
        let open = self.world.incidents().into_iter().filter(|incident| incident.is_open);
        open.map(|incident| incident.dedup).collect()
    }
    fn opened(&self) -> usize {
        self.world.incidents().len()
    }
    fn requests(&self) -> usize {
        self.world.faults().calls()
    }
    fn fail(&self, nth: usize, mishap: Mishap) {
        self.world.faults().nth(nth, fault(mishap));
    }
    fn has_incidents(&self) -> bool {
        true
    }
    fn secrets(&self) -> Vec<String> {
        vec![ROUTING_KEY.to_owned()]
    }
}

#[tokio::test]
async fn pagerduty_keeps_what_every_pager_must_keep() {
    conformance::pager(async || {
        let (world, pager) = world().await;
        Box::new(Setting { world, pager: Arc::new(pager) }) as Box<dyn PagerStage>
    })
    .await;
}
