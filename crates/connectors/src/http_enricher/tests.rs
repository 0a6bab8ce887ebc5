use std::{
    collections::VecDeque,
    io,
    net::IpAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use demo::vendors::{Fault, IntelWorld, intel::KEY};
use model::{Alert, AlertId, FactValue, Facts, Severity};
use ports::{
    Decision,
    conformance::{self, EnricherStage, Mishap},
    enricher::{About, Enricher},
};
use serde_json::json;

use super::*;
use crate::{
    fixtures::person,
    http::{Egress, Names},
    respond::stage::{Headers, WAITS, fault, now, waits},
};

/// What a name leads to, one answer after the other; the last one stays.
#[derive(Default)]
struct Zone {
    answers: Mutex<VecDeque<Vec<IpAddr>>>,
    asked: Mutex<u32>,
}

impl Zone {
    fn of(answers: &[&[&str]]) -> Arc<Self> {
        let parse = |text: &&str| text.parse().expect("an address");
        let answers = answers.iter().map(|each| each.iter().map(parse).collect()).collect();
        Arc::new(Self { answers: Mutex::new(answers), asked: Mutex::default() })
    }

    fn asked(&self) -> u32 {
        *self.asked.lock().expect("no panic")
    }
}

#[async_trait]
impl Names for Zone {
    async fn look_up(&self, _host: &str) -> io::Result<Vec<IpAddr>> {
        *self.asked.lock().expect("no panic") += 1;
        let mut answers = self.answers.lock().expect("no panic");
        let next = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        Ok(next.unwrap_or_default())
    }
}

fn guarded(allowed: &[&str], names: Arc<Zone>) -> HttpClient {
    // Installs the cryptography.
    HttpClient::for_tests();
    let allowed: Vec<String> = allowed.iter().map(|each| (*each).to_owned()).collect();
    let egress = Egress::read(&allowed).expect("hosts and networks");
    HttpClient::guarded(egress, names).expect("a client")
}

fn here() -> HttpClient {
    guarded(&["localhost"], Zone::of(&[&["127.0.0.1"]]))
}

fn settings(world: &IntelWorld, path: &str, more: &str) -> HttpEnricherSettings {
    let text = format!(
        "url = \"{}{path}\"\n{more}\n[fields]\nscore = \"/data/score\"\ntor = \"/data/isTor\"\n\
         tags = \"/tags\"",
        world.base_url()
    );
    let config: HttpEnricherConfig = toml::from_str(&text).expect("a section");
    let mut settings = config.settings().expect("settings");
    settings.headers.insert("key", http::HeaderValue::from_static(KEY));
    settings
}

async fn world() -> IntelWorld {
    let world = IntelWorld::start().await.expect("a free port");
    world.know(
        "203.0.113.7",
        json!({ "data": { "score": 87, "isTor": true, "more": {} }, "tags": ["a", 1, null, {}] }),
    );
    world
}

fn alert(ip: FactValue) -> Alert {
    Alert {
        id: AlertId::from_parts(now(), 1),
        source: "siem".to_owned(),
        external_id: None,
        rule: "r".to_owned(),
        title: "t".to_owned(),
        description: String::new(),
        severity: Severity::High,
        time: now(),
        person: None,
        url: None,
        facts: Facts::from([("ip".to_owned(), ip)]),
        received_at: now(),
        problems: Vec::new(),
    }
}

fn bad() -> Alert {
    alert("203.0.113.7".into())
}

struct Setting {
    world: IntelWorld,
    enricher: Arc<HttpEnricher>,
}

impl EnricherStage for Setting {
    fn enricher(&self) -> Arc<dyn Enricher> {
        Arc::clone(&self.enricher) as Arc<dyn Enricher>
    }
    fn known(&self) -> Alert {
        bad()
    }
    fn requests(&self) -> usize {
        self.world.faults().calls()
    }
    fn fail(&self, nth: usize, mishap: Mishap) {
        self.world.faults().nth(nth, fault(mishap));
    }
    fn secrets(&self) -> Vec<String> {
        vec![KEY.to_owned(), "203.0.113.7".to_owned()]
    }
}

#[tokio::test]
async fn an_api_keeps_what_every_enricher_must_keep() {
    conformance::enricher(async || {
        let world = world().await;
        let enricher = HttpEnricher::new("intel", settings(&world, QUERY, ""), here());
        Box::new(Setting { world, enricher: Arc::new(enricher) }) as Box<dyn EnricherStage>
    })
    .await;
}

const QUERY: &str = "/api/v2/check?ipAddress={facts.ip}";

#[tokio::test]
async fn what_is_asked_for_is_read_from_the_answer_by_name() {
    let world = world().await;
    for path in [QUERY, "/v3/ip/{facts.ip}"] {
        let enricher = HttpEnricher::new("intel", settings(&world, path, ""), here());
        let alert = bad();
        let about = About { alert: &alert, person: None };
        let facts = enricher.enrich(&about).await.expect("an answer").expect("known");
        let shown: Vec<_> =
            facts.iter().map(|(name, value)| (name.as_str(), value.shown())).collect();
        assert_eq!(
            shown,
            [
                ("score", "87".to_owned()),
                ("tags", "a, 1, none".to_owned()),
                ("tor", "yes".to_owned())
            ]
        );
        assert_eq!(enricher.fields(), Some(vec!["score", "tags", "tor"]));
        assert!(enricher.key(&about).is_some_and(|key| key.contains("203.0.113.7")));
        assert!(!enricher.is_local());
    }
}

#[tokio::test]
async fn what_is_not_known_is_an_answer_where_it_is_said_to_be() {
    let world = world().await;
    let alert = alert("203.0.113.8".into());
    let about = About { alert: &alert, person: None };
    let unknown = settings(&world, QUERY, "not_found = \"nothing\"");
    let enricher = HttpEnricher::new("intel", unknown, here());
    assert_eq!(enricher.enrich(&about).await, Ok(None));
    let enricher = HttpEnricher::new("intel", settings(&world, QUERY, ""), here());
    let failure = enricher.enrich(&about).await.expect_err("404");
    assert_eq!(failure.decision, Decision::Misconfigured);
}

#[tokio::test]
async fn nothing_of_our_own_is_asked_about_and_no_value_is_more_than_a_value() {
    let world = world().await;
    let enricher = HttpEnricher::new("intel", settings(&world, "/v3/ip/{facts.ip}", ""), here());
    for value in [
        "10.0.0.1".into(),
        "::1".into(),
        "..".into(),
        ".".into(),
        "".into(),
        FactValue::Null,
        FactValue::List(vec!["203.0.113.7".into()]),
        FactValue::Text("x".repeat(600)),
    ] {
        let alert = alert(value);
        let about = About { alert: &alert, person: None };
        assert_eq!(enricher.key(&about), None, "{:?}", alert.facts);
        assert_eq!(enricher.enrich(&about).await, Ok(None));
    }
    assert!(world.requests().all().is_empty());
    for value in ["../../etc", "a/b?c=d#e", "@evil.example", "\\\\evil.example", "%2e%2e", "a\r\nb"]
    {
        let alert = alert(value.into());
        let key = enricher.key(&About { alert: &alert, person: None }).expect("a value");
        let base = format!("{}/v3/ip/", world.base_url());
        let rest = key.strip_prefix(&base).expect("the same host and path");
        assert!(!rest.contains(['/', '?', '#', '@', '\\', '\r']), "{key}");
    }
    let inner = HttpEnricher::new("intel", settings(&world, QUERY, "internal = true"), here());
    let alert = alert("10.0.0.1".into());
    assert!(inner.key(&About { alert: &alert, person: None }).is_some());
    let email = settings(&world, "/v3/ip/{person.email}", "");
    let (email, mia, alert) = (HttpEnricher::new("intel", email, here()), person("mia"), bad());
    assert_eq!(email.key(&About { alert: &alert, person: None }), None);
    let key = email.key(&About { alert: &alert, person: Some(&mia) }).expect("a person");
    assert!(key.ends_with("/mia%40example.com"));
}

#[tokio::test]
async fn addresses_of_our_own_are_not_connected_to_unless_allowed_by_name() {
    let alert = bad();
    let about = About { alert: &alert, person: None };
    for (allowed, answers, is_asked) in [
        (&[][..], &["127.0.0.1"][..], false),
        (&[], &["::ffff:127.0.0.1"], false),
        (&[], &["169.254.169.254", "10.0.0.1", "fd00:ec2::254"], false),
        (&["intel.corp.example"], &["127.0.0.1"], false),
        (&["localhost"], &["127.0.0.1"], true),
        (&["127.0.0.0/8"], &["10.0.0.1", "127.0.0.1"], true),
    ] {
        let world = world().await;
        let client = guarded(allowed, Zone::of(&[answers]));
        let enricher = HttpEnricher::new("intel", settings(&world, QUERY, ""), client);
        let outcome = enricher.enrich(&about).await;
        assert_eq!(outcome.is_ok(), is_asked, "{allowed:?} {answers:?}: {outcome:?}");
        assert_eq!(world.requests().all().len(), usize::from(is_asked));
        if let Err(failure) = outcome {
            assert_eq!(failure.decision, Decision::Misconfigured);
            assert!(failure.what.contains("egress_allow"), "{failure}");
        }
    }
    // A number needs no looking up.
    let world = world().await;
    let mut literal = settings(&world, QUERY, "");
    let base = world.base_url().replace("localhost", "127.0.0.1");
    literal.template = template::Template::read(&format!("{base}{QUERY}")).expect("a template");
    let client = guarded(&["localhost"], Zone::of(&[&["127.0.0.1"]]));
    let failure = HttpEnricher::new("intel", literal, client).enrich(&about).await;
    assert_eq!(failure.expect_err("a number").decision, Decision::Misconfigured);
    assert!(world.requests().all().is_empty());
}

#[tokio::test]
async fn a_name_that_leads_elsewhere_the_next_time_leads_nobody_in() {
    let world = world().await;
    // Allowed at first, then an address of our own that is not.
    let zone = Zone::of(&[&["127.0.0.1"], &["127.0.0.2", "10.0.0.1"]]);
    let client = guarded(&["127.0.0.1"], Arc::clone(&zone));
    let enricher = HttpEnricher::new("intel", settings(&world, QUERY, ""), client);
    let alert = bad();
    let about = About { alert: &alert, person: None };
    // Each answer breaks the connection, so that the next needs a new one.
    world.faults().next("check", Fault::DropAfter);
    assert!(enricher.enrich(&about).await.expect_err("lost").is_retryable());
    assert_eq!(zone.asked(), 1, "looked up once for one connection");
    let failure = enricher.enrich(&about).await.expect_err("led elsewhere");
    assert_eq!(failure.decision, Decision::Misconfigured);
    assert_eq!((zone.asked(), world.requests().all().len()), (2, 1));
}

#[tokio::test]
async fn pages_floods_and_redirects_are_no_answers() {
    let json_kind: Headers = &[("content-type", "application/json")];
    let flood: &'static str = Box::leak(format!("\"{}\"", "x".repeat(70_000)).into_boxed_str());
    let deep: &'static str = Box::leak("[".repeat(10_000).into_boxed_str());
    let retry = Decision::Retry { after: None };
    let elsewhere: Headers = &[("location", "http://169.254.169.254/latest/meta-data/")];
    let cases: [(u16, Headers, &'static str, Decision); 9] = [
        (200, &[("content-type", "text/html")], "<html>{\"data\":{\"score\":0}}", retry),
        (200, &[], "<html>", retry),
        (200, json_kind, "<html>", retry),
        (200, json_kind, "", retry),
        (200, json_kind, flood, retry),
        (200, json_kind, deep, retry),
        (302, elsewhere, "", Decision::Misconfigured),
        (401, json_kind, "{}", Decision::Denied),
        (500, json_kind, "{}", retry),
    ];
    for (status, headers, body, decision) in cases {
        let world = world().await;
        world.faults().next("check", Fault::Answer(status, headers, body));
        let enricher = HttpEnricher::new("intel", settings(&world, QUERY, ""), here());
        let alert = bad();
        let failure = enricher.enrich(&About { alert: &alert, person: None }).await;
        let failure = failure.expect_err("no answer");
        assert_eq!((failure.decision, failure.uncertain), (decision, false), "{status} {body:.20}");
        let told = format!("{failure} {failure:?} {enricher:?}");
        assert!(!told.contains(KEY) && !told.contains("203.0.113.7"), "{told}");
    }
}

#[tokio::test]
async fn a_slow_api_is_given_up_after_its_time() {
    let world = world().await;
    world.faults().next("check", Fault::Slow(Duration::from_secs(60)));
    let mut hasty = settings(&world, QUERY, "");
    hasty.timeout = Duration::from_millis(200);
    let enricher = HttpEnricher::new("intel", hasty, here());
    let alert = bad();
    let failure = enricher.enrich(&About { alert: &alert, person: None }).await;
    assert!(failure.expect_err("too slow").is_retryable());
    for (headers, seconds) in WAITS {
        world.faults().next("check", Fault::Answer(429, headers, ""));
        let enricher = HttpEnricher::new("intel", settings(&world, QUERY, ""), here());
        let failure = enricher.enrich(&About { alert: &alert, person: None }).await;
        waits(&failure.expect_err("busy"), seconds);
    }
}

#[test]
fn a_section_is_read_strictly_and_its_host_is_fixed() {
    let read = |url: &str, more: &str| {
        let text = format!("url = \"{url}\"\n{more}\n[fields]\nscore = \"/a\"");
        toml::from_str::<HttpEnricherConfig>(&text).map_err(|error| error.to_string())
    };
    let key_of = |url: &str, more: &str| {
        read(url, more).expect("a section").settings().err().map(|problems| problems[0].key)
    };
    let good = "https://api.example/x/{facts.ip}?who={person.id}";
    assert_eq!(key_of(good, "headers = { Key = { env = \"PATH\" } }"), None);
    for bad in [
        "https://{facts.host}/x",
        "https://api.example",
        "https://api.example{facts.ip}/",
        "https://api.example:{facts.port}/",
        "https://{facts.user}@api.example/",
        "{facts.url}",
        "http://api.example/{facts.ip}",
        "https://a:b@api.example/{facts.ip}",
        "https://api.example/{facts.ip",
        "https://api.example/facts.ip}",
        "https://api.example/{ip}",
        "https://api.example/{facts.}",
    ] {
        assert_eq!(key_of(bad, ""), Some("url"), "{bad}");
    }
    assert_eq!(key_of(good, "timeout = \"11s\""), Some("timeout"));
    assert_eq!(key_of(good, "headers = { \"a b\" = { env = \"PATH\" } }"), Some("headers"));
    assert_eq!(
        key_of(good, "headers = { k = { env = \"COUNTERSIGN_TEST_UNSET\" } }"),
        Some("headers")
    );
    assert!(read(good, "headers = { Key = \"plain\" }").is_err());
    let text = format!("url = \"{good}\"\n[fields]\n\"Bad-Name\" = \"/a\"\nb = \"a\"");
    let config: HttpEnricherConfig = toml::from_str(&text).expect("a section");
    assert_eq!(config.settings().expect_err("names and pointers").len(), 2);
}

#[test]
fn a_secret_header_is_not_shown() {
    let text = "url = \"https://api.example/\"\nheaders = { Key = { env = \"PATH\" } }\n[fields]\na = \"\"";
    let config: HttpEnricherConfig = toml::from_str(text).expect("a section");
    let settings = config.settings().expect("settings");
    let path = std::env::var("PATH").expect("a variable");
    assert!(!format!("{config:?} {settings:?}").contains(&path));
}
