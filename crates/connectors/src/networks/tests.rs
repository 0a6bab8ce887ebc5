mod public;
mod step;
mod writer;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use demo::vendors::{Fault, ListHost};
use event::Place;
use model::{Span, Timestamp};
use ports::{Clock, clock::ManualClock};

use super::*;
use crate::http::HttpClient;
use writer::{Value, table};

/// A file of this test alone.
fn file(name: &str) -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = format!("countersign-networks-{}-{number}", std::process::id());
    let folder = std::env::temp_dir().join(folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder.join(name)
}

/// Replaces a file, and makes sure that its time is another.
fn put(path: &PathBuf, bytes: &[u8]) {
    static SECONDS: AtomicUsize = AtomicUsize::new(0);
    std::fs::write(path, bytes).expect("written");
    let seconds = SECONDS.fetch_add(1, Ordering::Relaxed) as u64;
    let time = std::time::UNIX_EPOCH + Duration::from_secs(1_795_000_000 + seconds);
    let file = std::fs::File::options().write(true).open(path).expect("the file");
    file.set_modified(time).expect("a time");
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn clock() -> ManualClock {
    ManualClock::at(Timestamp::from_second(1_795_000_000).expect("in range"))
}

fn tables(sections: &[(&str, &str)], clock: &ManualClock) -> Tables {
    let clock: Arc<dyn Clock> = Arc::new(clock.clone());
    let built = sections.iter().flat_map(|(name, text)| {
        if text.contains("means") {
            let config: IpListConfig = toml::from_str(text).expect("a section");
            config.build(name, &HttpClient::for_tests(), &clock).expect("sound")
        } else {
            let config: MmdbConfig = toml::from_str(text).expect("a section");
            config.build(name).expect("sound")
        }
    });
    Tables::new(built.collect())
}

/// `128.0.0.0/2` with a city, `192.0.0.0/2` with a network.
fn city(name: &'static str) -> Vec<u8> {
    let row = Value::Map(vec![
        ("country", Value::Map(vec![("iso_code", Value::Text("NO"))])),
        ("city", Value::Map(vec![("names", Value::Map(vec![("en", Value::Text(name))]))])),
        (
            "location",
            Value::Map(vec![
                ("latitude", Value::Double(60.39)),
                ("longitude", Value::Double(5.32)),
                ("accuracy_radius", Value::Number(20)),
            ]),
        ),
    ]);
    let system = Value::Map(vec![("asn", Value::Text("AS64500")), ("as_name", Value::Text("Net"))]);
    table("Example-City", &[("10", row), ("11", system)])
}

fn anonymous() -> Vec<u8> {
    let row = Value::Map(vec![("is_anonymous_vpn", Value::Bool(true))]);
    table("Example-Anonymous-IP", &[("10", row)])
}

#[test]
fn several_tables_are_one_and_the_first_that_knows_a_thing_counts() {
    let (one, two, three) = (file("a.mmdb"), file("b.mmdb"), file("c.mmdb"));
    put(&one, &city("Bergen"));
    put(&two, &city("Oslo"));
    put(&three, &anonymous());
    let tables = tables(&[("geo", &format!("path = [{one:?}, {two:?}, {three:?}]"))], &clock());
    let known = tables.look_up(ip("130.0.0.1"));
    assert_eq!((known.city.as_deref(), known.country), (Some("Bergen"), Some(*b"NO")));
    let place = Place { latitude: 60.39, longitude: 5.32, radius_km: 20.0 };
    assert_eq!((known.place, known.asn), (Some(place), None));
    assert!(known.anonymiser.is_some_and(|kinds| kinds.is_vpn && !kinds.is_tor));
    let other = tables.look_up(ip("::ffff:200.0.0.1"));
    assert_eq!((other.asn, other.name.as_deref()), (Some(64_500), Some("Net")));
    assert_eq!(other.anonymiser, Some(Anonymiser::default()), "known to be none");
    let nowhere = tables.look_up(ip("2001:db8::1"));
    assert_eq!(nowhere, Network { anonymiser: nowhere.anonymiser, ..Network::default() });
    let health = tables.tables();
    let names: Vec<_> = health.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["geo (a.mmdb)", "geo (b.mmdb)", "geo (c.mmdb)"]);
    assert_eq!(health[0].as_of, Timestamp::from_second(1_795_000_000).ok());
    assert!(health.iter().all(|table| table.failure.is_none()));
}

#[test]
fn without_a_table_of_anonymisers_their_kinds_are_unknown() {
    let path = file("a.mmdb");
    put(&path, &city("Bergen"));
    let tables = tables(&[("geo", &format!("path = {path:?}"))], &clock());
    assert_eq!(tables.look_up(ip("130.0.0.1")).anonymiser, None);
    assert_eq!(tables.look_up(ip("1.0.0.1")), Network::default());
}

#[tokio::test]
async fn a_file_that_is_replaced_is_read_anew_and_a_broken_one_leaves_the_old() {
    let path = file("a.mmdb");
    put(&path, &city("Bergen"));
    let tables = tables(&[("geo", &format!("path = {path:?}"))], &clock());
    let city_of = || tables.look_up(ip("130.0.0.1")).city.map(String::from);
    put(&path, &city("Oslo"));
    assert_eq!(city_of().as_deref(), Some("Bergen"), "until it is looked at");
    tables.refresh().await;
    assert_eq!(city_of().as_deref(), Some("Oslo"));
    let whole = city("Bodo");
    for (broken, told) in [
        (&whole[..whole.len() / 2], "not a whole table"),
        (&b""[..], "not a whole table"),
        (b"<html>", "not a whole table"),
    ] {
        put(&path, broken);
        tables.refresh().await;
        assert_eq!(city_of().as_deref(), Some("Oslo"));
        let failure = tables.tables()[0].failure.clone().expect("told");
        assert!(failure.contains(told) && failure.contains("a.mmdb"), "{failure}");
    }
    std::fs::remove_file(&path).expect("removed");
    tables.refresh().await;
    assert_eq!(city_of().as_deref(), Some("Oslo"));
    assert!(tables.tables()[0].failure.clone().is_some_and(|why| why.contains("cannot be read")));
    put(&path, &whole);
    tables.refresh().await;
    assert_eq!((city_of().as_deref(), &tables.tables()[0].failure), (Some("Bodo"), &None));
}

#[test]
fn a_table_with_any_byte_changed_is_refused_or_answers() {
    let whole = city("Bergen");
    let path = file("a.mmdb");
    put(&path, &whole);
    assert_eq!(Mmdb::load("geo".to_owned(), path.clone()).health().failure, None);
    for at in 0..whole.len() {
        for change in [0x01, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] ^= change;
            put(&path, &bytes);
            let table = Mmdb::load("geo".to_owned(), path.clone());
            for address in ["1.0.0.1", "130.0.0.1", "200.0.0.1", "2001:db8::1"] {
                let _known = table.look_up(ip(address));
            }
        }
    }
}

#[tokio::test]
async fn a_list_from_the_web_is_asked_for_when_it_is_due_and_only_if_it_is_another() {
    let host = ListHost::start("203.0.113.7\n203.0.113.8\n").await.expect("a free port");
    let clock = clock();
    let section = format!("means = \"tor\"\nurl = {:?}", host.url());
    let tables = tables(&[("tor", &section)], &clock);
    let is_tor = |address: &str| tables.look_up(ip(address)).anonymiser.map(|kinds| kinds.is_tor);
    assert_eq!(is_tor("203.0.113.7"), None, "not fetched yet is unknown");
    assert_eq!((tables.tables()[0].entries, &tables.tables()[0].failure), (None, &None));
    tables.refresh().await;
    assert_eq!((is_tor("203.0.113.7"), is_tor("203.0.113.9")), (Some(true), Some(false)));
    let health = &tables.tables()[0];
    assert_eq!(health.as_of.map(|time| time.to_string()).as_deref(), Some("2026-11-19T22:00:00Z"));
    assert_eq!((health.entries, &health.failure), (Some(2), &None));
    tables.refresh().await;
    assert_eq!(host.requests().count("list"), 1, "not due");
    clock.advance(Span::hours(1));
    tables.refresh().await;
    let statuses: Vec<_> = host.requests().all().iter().map(|call| call.status).collect();
    assert_eq!(statuses, [200, 304]);
    assert_eq!(is_tor("203.0.113.7"), Some(true));
}

#[tokio::test]
async fn an_exit_of_tor_counts_for_a_day_after_it_left_the_list() {
    let host = ListHost::start("203.0.113.7\n203.0.113.8\n").await.expect("a free port");
    let clock = clock();
    let section = |means: &str| format!("means = {means:?}\nurl = {:?}", host.url());
    let tor = tables(&[("tor", &section("tor"))], &clock);
    let vpn = tables(&[("vpn", &section("vpn"))], &clock);
    tor.refresh().await;
    vpn.refresh().await;
    host.set("203.0.113.8\n203.0.113.9\n");
    clock.advance(Span::hours(1));
    tor.refresh().await;
    vpn.refresh().await;
    let is_tor = |address: &str| tor.look_up(ip(address)).anonymiser.is_some_and(|of| of.is_tor);
    assert!(is_tor("203.0.113.7") && is_tor("203.0.113.8") && is_tor("203.0.113.9"));
    assert_eq!(tor.tables()[0].entries, Some(2), "what left is not counted");
    let left = vpn.look_up(ip("203.0.113.7")).anonymiser.expect("known");
    assert!(!left.is_vpn, "other lists say what counts now");
    clock.advance(Span::hours(23));
    tor.refresh().await;
    assert!(is_tor("203.0.113.7"));
    clock.advance(Span::hours(1));
    tor.refresh().await;
    assert!(!is_tor("203.0.113.7") && is_tor("203.0.113.8"));
}

#[tokio::test]
async fn a_list_that_lost_more_than_half_or_cannot_be_had_leaves_the_old() {
    let entries = |count: u32| -> String {
        (0..count).map(|number| format!("203.0.113.{number}\n")).collect()
    };
    let host = ListHost::start(&entries(100)).await.expect("a free port");
    let clock = clock();
    let tables = tables(&[("tor", &format!("means = \"tor\"\nurl = {:?}", host.url()))], &clock);
    tables.refresh().await;
    for (text, told) in [
        (entries(49), "has shrunk from 100 to 49"),
        ("<html><p>sign in</p></html>\n".to_owned(), "no list of addresses"),
        (String::new(), "an empty list"),
    ] {
        host.set(&text);
        clock.advance(Span::hours(1));
        tables.refresh().await;
        let health = &tables.tables()[0];
        assert_eq!(health.entries, Some(100));
        let failure = health.failure.as_deref().expect("told");
        assert!(failure.contains(told), "{failure}");
    }
    for fault in [Fault::Status(500), Fault::Drop, Fault::Page, Fault::Status(302)] {
        host.faults().next("list", fault);
        clock.advance(Span::hours(1));
        tables.refresh().await;
        assert!(tables.tables()[0].failure.is_some());
        assert!(tables.look_up(ip("203.0.113.99")).anonymiser.is_some_and(|of| of.is_tor));
    }
    host.set(&entries(50));
    clock.advance(Span::minutes(5));
    tables.refresh().await;
    let health = &tables.tables()[0];
    assert_eq!(
        (health.entries, &health.failure),
        (Some(50), &None),
        "a failure is tried again soon"
    );
}

#[tokio::test]
async fn a_list_from_a_file_is_as_old_as_the_file_and_read_anew_when_it_changes() {
    let path = file("vpn.txt");
    put(&path, b"203.0.113.0/24\n2001:db8::/32\n");
    let tables = tables(&[("vpn", &format!("means = \"vpn\"\npath = {path:?}"))], &clock());
    let is_vpn = |address: &str| tables.look_up(ip(address)).anonymiser.is_some_and(|of| of.is_vpn);
    assert!(is_vpn("203.0.113.200") && is_vpn("2001:db8::7") && !is_vpn("198.51.100.1"));
    let as_of = tables.tables()[0].as_of.expect("known");
    assert!(as_of.as_second() >= 1_795_000_000);
    put(&path, b"198.51.100.1\n203.0.113.1\n");
    tables.refresh().await;
    assert!(is_vpn("198.51.100.1") && !is_vpn("203.0.113.200"));
}

#[test]
fn kinds_of_several_lists_add_up() {
    let (tor, hosting) = (file("tor.txt"), file("hosting.txt"));
    put(&tor, b"203.0.113.7\n");
    put(&hosting, b"203.0.113.0/24\n");
    let tables = tables(
        &[
            ("tor", &format!("means = \"tor\"\npath = {tor:?}")),
            ("hosting", &format!("means = \"hosting\"\npath = {hosting:?}")),
        ],
        &clock(),
    );
    let words = |address: &str| -> Vec<_> {
        tables.look_up(ip(address)).anonymiser.expect("known").words().collect()
    };
    assert_eq!(words("203.0.113.7"), ["tor", "hosting"]);
    assert_eq!(words("203.0.113.8"), ["hosting"]);
    assert!(words("198.51.100.1").is_empty());
}

#[test]
fn a_section_names_one_place_and_a_sound_time() {
    let clock: Arc<dyn Clock> = Arc::new(clock());
    let problems = |text: &str| -> Vec<String> {
        let config: IpListConfig = toml::from_str(text).expect("a section");
        let built = config.build("tor", &HttpClient::for_tests(), &clock);
        built.err().into_iter().flatten().map(|problem| problem.to_string()).collect()
    };
    assert_eq!(problems("means = \"tor\""), ["path: name one of `path` and `url`"]);
    let both = "means = \"tor\"\npath = \"x\"\nurl = \"https://example.com/x\"\nevery = \"1m\"";
    assert_eq!(problems(both).len(), 2);
    let none: MmdbConfig = toml::from_str("path = []").expect("a section");
    assert!(none.build("geo").is_err());
    let gone = tables(&[("geo", "path = \"/nowhere/at-all.mmdb\"")], &self::clock());
    assert_eq!(gone.look_up(ip("203.0.113.7")), Network::default());
    assert!(gone.tables()[0].failure.is_some(), "told, and nothing else fails");
}
