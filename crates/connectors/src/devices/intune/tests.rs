use std::sync::Arc;

use demo::vendors::devices::IntuneWorld;
use model::{
    Span,
    device::{Evidence, IdKind, Platform, Practice},
};
use ports::{
    clock::ManualClock,
    devices::{DeviceSource as _, Excess, Next, Read, Rechecked},
};
use posture::check::State;
use serde_json::{Value, json};

use super::*;
use crate::{
    devices::tests::{evidence, now, paths, said, state, sweep},
    http::HttpClient,
};

/// The connector against a stand-in.
pub(in crate::devices) fn source(world: &IntuneWorld) -> Intune {
    let settings = IntuneSettings {
        base_url: world.base_url().parse().expect("a loopback address"),
        login_url: world.login_url().parse().expect("a loopback address"),
        tenant_id: IntuneWorld::TENANT.to_owned(),
        client_id: IntuneWorld::CLIENT_ID.to_owned(),
        client_secret: IntuneWorld::CLIENT_SECRET.into(),
        every: Span::minutes(30),
        calls_per_minute: 600,
    };
    Intune::new("intune", settings, HttpClient::for_tests(), Arc::new(ManualClock::at(now())))
}

fn read(said: &Value) -> Read {
    map::device("intune", said, now()).expect("a device")
}

#[tokio::test]
async fn a_sweep_follows_the_links_of_graph() {
    let world = IntuneWorld::start().await.expect("a free port");
    (0..450).for_each(|n| world.add(said::intune(n)));
    let intune = source(&world);
    let (reads, finished) = sweep(&intune).await.expect("a sweep");
    assert_eq!((reads.len(), finished.is_whole), (450, true));
    assert_eq!((world.requests().count("token"), world.requests().count("managedDevices")), (1, 3));
    let rechecked = intune.recheck("intune-7", now()).await.expect("read");
    assert!(matches!(rechecked, Rechecked::Record(read) if read.record.key.id == "intune-7"));
    assert_eq!(intune.recheck("none", now()).await, Ok(Rechecked::Gone));
    assert!(intune.check().await.is_ok());
}

#[tokio::test]
async fn a_link_to_another_server_is_not_followed() {
    let world = IntuneWorld::start().await.expect("a free port");
    world.faults().next(
        "managedDevices",
        demo::vendors::Fault::Answer(
            200,
            &[("content-type", "application/json")],
            r#"{"value":[],"@odata.nextLink":"https://evil.example/v1.0/x?$skiptoken=1"}"#,
        ),
    );
    let page = source(&world).page(None, now()).await.expect("a page");
    assert_eq!(page.next, Next::End { is_whole: false });
}

#[test]
fn a_device_is_described_by_what_graph_says() {
    let read = read(&said::intune(7));
    let record = &read.record;
    assert_eq!(record.platform, Platform::Windows);
    assert_eq!(record.identifiers.scalars[&IdKind::AzureAdDeviceId], "aad-7");
    assert_eq!(record.identifiers.scalars.len(), 2, "an empty one is none");
    assert_eq!(record.identifiers.macs[0].to_string(), "00:DE:CA:FB:00:07");
    assert_eq!(record.owners[0].email.as_ref().map(|it| it.reveal()), Some("mia@example.com"));
    assert_eq!(evidence(&read, &Practice::Encryption), Some(Evidence::Stated(true)));
    let own = Practice::Other("intune:compliance".to_owned());
    assert_eq!(evidence(&read, &own), Some(Evidence::Stated(true)));
    assert_eq!(read.problems.dropped[&Excess::PersonalData], 1);
    assert_eq!(read.problems.count, 0, "{:?}", read.problems);
}

#[test]
fn words_of_graph_mean_what_they_mean_and_a_new_one_means_nothing() {
    let with = |field: &str, value: Value| {
        let mut device = said::intune(1);
        device["operatingSystem"] = json!("iOS");
        device[field] = value;
        read(&device)
    };
    for (word, expected) in [
        (json!("True"), State::Warn),
        (json!("False"), State::Ok),
        (json!("Unknown"), State::Unknown),
        (json!("Perhaps"), State::Unknown),
        (Value::Null, State::Unknown),
    ] {
        assert_eq!(state(&with("jailBroken", word.clone()), &Practice::Jailed), expected, "{word}");
    }
    assert_eq!(paths(&with("jailBroken", json!("Perhaps"))), ["jailBroken"]);
    let compliance = |word: &str| {
        let practice = Practice::Other("intune:compliance".to_owned());
        match evidence(&with("complianceState", json!(word)), &practice) {
            Some(Evidence::Stated(value)) => Some(value),
            _ => None,
        }
    };
    assert_eq!(compliance("noncompliant"), Some(false));
    for word in ["unknown", "conflict", "error", "configManager", "new"] {
        assert_eq!(compliance(word), None, "{word}");
    }
    let zero = with("lastSyncDateTime", json!("0001-01-01T00:00:00Z"));
    assert_eq!((zero.record.last_sync, zero.problems.count), (None, 0));
}

#[test]
fn a_device_that_has_just_enrolled_is_not_yet_open() {
    for (enrolled, synced, expected) in [
        (json!("2026-01-02T03:04:05Z"), json!("2026-11-20T11:00:00Z"), State::Warn),
        (json!("2026-11-20T10:30:00Z"), json!("2026-11-20T11:00:00Z"), State::Unknown),
        (json!("2026-01-02T03:04:05Z"), json!("0001-01-01T00:00:00Z"), State::Unknown),
        (Value::Null, json!("2026-11-20T11:00:00Z"), State::Warn),
    ] {
        let mut device = said::intune(1);
        device["isEncrypted"] = json!(false);
        device["enrolledDateTime"] = enrolled.clone();
        device["lastSyncDateTime"] = synced.clone();
        let is = state(&read(&device), &Practice::Encryption);
        assert_eq!(is, expected, "{enrolled} {synced}");
    }
}

#[test]
fn a_section_is_read_strictly() {
    let read = |text: &str| toml::from_str::<IntuneConfig>(text);
    let good = "tenant_id = \"example.com\"\nclient_id = \"c-1\"\n\
                client_secret = { env = \"CARGO_PKG_NAME\" }\n";
    let settings = read(good).expect("a section").settings().expect("sound");
    assert_eq!(settings.scope(), "https://graph.microsoft.com/.default");
    let evil = read(&good.replace("example.com", "../x")).expect("a text");
    assert_eq!(evil.settings().expect_err("no tenant")[0].key, "tenant_id");
    assert!(read(&format!("{good}calls = 3\n")).is_err());
}
