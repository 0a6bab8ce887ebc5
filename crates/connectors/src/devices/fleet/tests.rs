use demo::vendors::devices::FleetWorld;
use model::{
    Span,
    device::{Attribute, Confidence, Evidence, Field, Gap, IdKind, Platform, Practice},
};
use ports::devices::{DeviceSource as _, Excess, Rechecked};
use posture::check::State;
use serde_json::{Value, json};

use super::*;
use crate::{
    devices::tests::{evidence, now, paths, said, state, sweep},
    http::HttpClient,
};

/// The connector against a stand-in.
pub(in crate::devices) fn source(world: &FleetWorld) -> Fleet {
    let settings = FleetSettings {
        base_url: world.base_url().parse().expect("a loopback address"),
        token: FleetWorld::TOKEN.into(),
        has_software: true,
        every: Span::minutes(15),
        calls_per_minute: 600,
    };
    Fleet::new("fleet", settings, HttpClient::for_tests())
}

fn read(said: &Value) -> ports::devices::Read {
    map::host("fleet", said, now()).expect("a host")
}

#[tokio::test]
async fn a_sweep_finds_every_host_once_with_its_policies_and_owner() {
    let world = FleetWorld::start().await.expect("a free port");
    (0..250).for_each(|n| world.add(said::fleet(n)));
    let fleet = source(&world);
    let (reads, finished) = sweep(&fleet).await.expect("a sweep");
    assert_eq!((reads.len(), finished.is_whole, finished.unread), (250, true, 0));
    let mia = &reads[7].record;
    assert_eq!(mia.platform, Platform::Macos);
    assert_eq!(
        (mia.fact(Field::Name), mia.fact(Field::OsVersion)),
        (Some("Desk 7"), Some("26.6.1"))
    );
    assert_eq!(mia.identifiers.scalars[&IdKind::Serial], said::serial(7));
    assert_eq!(mia.owners[0].email.as_ref().map(|it| it.reveal()), Some("mia@example.com"));
    assert_eq!(mia.owners[0].confidence, Confidence::Reported);
    assert_eq!(mia.attributes["failing_policies"], Attribute::Int(1));
    assert!(mia.software.as_ref().is_some_and(|it| it.installed[0].name == "Foobar.app"));
    assert_eq!(reads[7].problems.count, 0, "{:?}", reads[7].problems);
    assert!(fleet.check().await.expect("good").starts_with("reads hosts at 127.0.0.1"));
}

#[test]
fn a_policy_that_did_not_run_says_nothing_and_one_that_failed_says_how_to_mend_it() {
    let read = read(&said::fleet(1));
    let policy = |name: &str| Practice::Other(format!("fleet:{name}"));
    assert_eq!(evidence(&read, &policy("Disk space")), Some(Evidence::Stated(true)));
    assert_eq!(evidence(&read, &policy("Never ran")), Some(Evidence::Unknown(Gap::NotReported)));
    let failed = &read.record.practices[&policy("Guest account")];
    assert_eq!(failed.evidence, Evidence::Stated(false));
    assert_eq!(failed.details, ["Switch it off."]);
    assert_eq!(state(&read, &policy("Never ran")), State::Unknown);
}

#[test]
fn what_fleet_does_not_know_is_unknown_and_what_nobody_needs_is_dropped() {
    let mut host = said::fleet(1);
    host["disk_encryption_enabled"] = Value::Null;
    host["policies"][0]["response"] = json!("maybe");
    let read = read(&host);
    assert_eq!(state(&read, &Practice::Encryption), State::Unknown);
    assert_eq!(paths(&read), ["policies.response"]);
    assert_eq!(read.problems.dropped[&Excess::Networks], 2);
    assert_eq!(read.problems.dropped[&Excess::PersonalData], 1);
    let kept = format!("{:?} {:?}", read.record.facts, read.record.identifiers);
    assert!(!kept.contains("192.168") && !kept.contains("203.0.113"), "{kept}");
}

#[test]
fn a_system_is_read_from_what_fleet_calls_it() {
    for (platform, os, expected) in [
        ("darwin", "macOS 14.4.1", (Platform::Macos, "macOS", Some("14.4.1"))),
        ("ubuntu", "Ubuntu 22.04.3 LTS", (Platform::Linux, "Ubuntu", Some("22.04.3"))),
        (
            "windows",
            "Windows 11 Pro 24H2 10.0.26100.4061",
            (Platform::Windows, "Windows 11 Pro 24H2", Some("10.0.26100.4061")),
        ),
        ("rhel", "CentOS Stream", (Platform::Linux, "CentOS Stream", None)),
        ("chrome", "ChromeOS 130.0.1", (Platform::Chromeos, "ChromeOS", Some("130.0.1"))),
    ] {
        let mut host = said::fleet(1);
        host["platform"] = platform.into();
        host["os_version"] = os.into();
        let record = read(&host).record;
        let is = (record.platform, record.fact(Field::Os), record.fact(Field::OsVersion));
        assert_eq!(is, (expected.0, Some(expected.1), expected.2), "{os}");
    }
}

#[tokio::test]
async fn a_recheck_reads_one_host_and_knows_one_that_is_gone() {
    let world = FleetWorld::start().await.expect("a free port");
    world.add(said::fleet(1));
    let fleet = source(&world);
    let Rechecked::Record(read) = fleet.recheck("1", now()).await.expect("read") else {
        panic!("a record")
    };
    assert_eq!(read.record.owners.len(), 1, "whose it is comes from another address");
    for gone in ["2", "", "../hosts/count", "1?x"] {
        assert_eq!(fleet.recheck(gone, now()).await, Ok(Rechecked::Gone), "{gone}");
    }
}

#[test]
fn a_section_is_read_strictly() {
    let read = |text: &str| toml::from_str::<FleetConfig>(text);
    let good =
        "base_url = \"https://fleet.example\"\ntoken = { env = \"COUNTERSIGN_TEST_UNSET\" }\n";
    let config = read(good).expect("a section");
    assert_eq!((config.every, config.software), (Span::minutes(15), false));
    assert_eq!(config.settings().expect_err("unset")[0].key, "token");
    for bad in ["every = \"often\"", "softwares = true", "base_url = \"http://fleet.example\""] {
        assert!(read(&good.replace("base_url = \"https://fleet.example\"", bad)).is_err(), "{bad}");
    }
}
