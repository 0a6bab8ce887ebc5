use std::sync::Arc;

use demo::vendors::devices::JamfWorld;
use model::{
    Span,
    device::{Attribute, Evidence, Field, Gap, IdKind, Part, Platform, Practice, VolumeState},
};
use ports::{
    clock::ManualClock,
    devices::{DeviceSource as _, Excess, Rechecked},
};
use posture::check::State;
use serde_json::{Value, json};

use super::*;
use crate::{
    devices::tests::{evidence, now, paths, said, state, sweep},
    http::HttpClient,
};

/// The connector against a stand-in.
pub(in crate::devices) fn source(world: &JamfWorld) -> Jamf {
    let settings = JamfSettings {
        base_url: world.base_url().parse().expect("a loopback address"),
        client_id: JamfWorld::CLIENT_ID.to_owned(),
        client_secret: JamfWorld::CLIENT_SECRET.into(),
        token_path: "api/v1/oauth/token".to_owned(),
        attributes: JamfAttributes::default(),
        every: Span::minutes(30),
        calls_per_minute: 600,
    };
    Jamf::new("jamf", settings, HttpClient::for_tests(), Arc::new(ManualClock::at(now())))
}

fn read(said: &Value) -> ports::devices::Read {
    map::computer("jamf", said, &JamfAttributes::default(), now()).expect("a computer")
}

#[tokio::test]
async fn a_sweep_finds_every_computer_once_by_a_token_that_is_fetched() {
    let world = JamfWorld::start().await.expect("a free port");
    (0..250).for_each(|n| world.add(said::jamf(n)));
    let jamf = source(&world);
    let (reads, finished) = sweep(&jamf).await.expect("a sweep");
    assert_eq!((reads.len(), finished.is_whole), (250, true));
    assert_eq!(world.requests().count("token"), 1, "the token is kept");
    assert_eq!(world.requests().count("computers-inventory"), 3);
    world.shelf().expire_token();
    let (again, _) = sweep(&jamf).await.expect("a token that is refused is fetched anew");
    assert_eq!((again.len(), world.requests().count("token")), (250, 2));
    assert!(jamf.check().await.expect("good").contains("127.0.0.1"));
}

#[test]
fn a_computer_is_described_and_its_owner_named() {
    let read = read(&said::jamf(7));
    let record = &read.record;
    assert_eq!((record.key.source.as_str(), record.key.id.as_str()), ("jamf", "7"));
    assert_eq!(record.platform, Platform::Macos);
    assert_eq!(record.fact(Field::ModelIdentifier), Some("Mac14,9"));
    assert_eq!(record.fact(Field::Status), Some("managed"));
    assert_eq!(record.identifiers.scalars[&IdKind::Serial], said::serial(7));
    assert_eq!(record.identifiers.macs.len(), 1);
    assert_eq!(record.last_sync, Some("2026-11-20T11:50:00Z".parse().expect("an instant")));
    let seen = &record.practices[&Practice::Firewall];
    assert_eq!(seen.observed_at, Some("2026-11-20T06:00:00Z".parse().expect("an instant")));
    assert_eq!(read.problems.count, 0, "{:?}", read.problems);
    for practice in
        [Practice::Encryption, Practice::Firewall, Practice::SecureBoot, Practice::ScreenLock]
    {
        assert_eq!(state(&read, &practice), State::Ok, "{practice}");
    }
    let part = |name: &str| Part { name: name.to_owned(), is_on: Some(true) };
    let parts = vec![part("remote desktop off"), part("remote login off")];
    assert_eq!(evidence(&read, &Practice::RemoteLogin), Some(Evidence::Parts(parts)));
}

#[test]
fn file_vault_is_read_from_the_boot_partition_or_the_whole() {
    for (status, partition, expected) in [
        (json!("ALL_ENCRYPTED"), json!("ENCRYPTED"), State::Ok),
        (json!("ALL_ENCRYPTED"), Value::Null, State::Ok),
        (json!("BOOT_ENCRYPTED"), json!("UNKNOWN"), State::Ok),
        (json!("SOME_ENCRYPTED"), json!("ENCRYPTED"), State::Ok),
        (json!("SOME_ENCRYPTED"), Value::Null, State::Unknown),
        (json!("SOME_ENCRYPTED"), json!("UNENCRYPTED"), State::Warn),
        (json!("ALL_ENCRYPTED"), json!("DECRYPTING"), State::Unknown),
        (json!("NOT_ENCRYPTED"), Value::Null, State::Warn),
        (json!("NOT_ENCRYPTED"), json!("INELIGIBLE"), State::Warn),
        (json!("NOT_APPLICABLE"), json!("ENCRYPTED"), State::Unknown),
        (json!("A_NEW_WORD"), Value::Null, State::Unknown),
        (Value::Null, Value::Null, State::Unknown),
        (json!(7), Value::Null, State::Unknown),
    ] {
        let mut computer = said::jamf(1);
        computer["operatingSystem"]["fileVault2Status"] = status.clone();
        let boot = "bootPartitionEncryptionDetails";
        computer["diskEncryption"][boot]["partitionFileVault2State"] = partition.clone();
        let is = state(&read(&computer), &Practice::Encryption);
        assert_eq!(is, expected, "{status} {partition}");
    }
    let Some(Evidence::Volumes(volumes)) = evidence(&read(&said::jamf(1)), &Practice::Encryption)
    else {
        panic!("the boot partition")
    };
    assert_eq!((volumes[0].state, volumes[0].percent), (VolumeState::Encrypted, Some(100)));
}

#[test]
fn an_attribute_is_kept_only_where_it_is_named_and_never_as_an_address() {
    let attributes = JamfAttributes {
        keep: vec!["Asset tag".to_owned(), "Last VPN address".to_owned()],
        ..JamfAttributes::default()
    };
    let mut computer = said::jamf(1);
    let more = [("Asset tag", "1742"), ("Shell history", "rm -rf"), ("Firewall Status", "0")];
    for (name, value) in more {
        let listed = computer["extensionAttributes"].as_array_mut().expect("a list");
        listed.push(json!({ "name": name, "values": [value] }));
    }
    let read = map::computer("jamf", &computer, &attributes, now()).expect("a computer");
    assert_eq!(read.record.attributes["Asset tag"], Attribute::Int(1742));
    let names: Vec<&str> = read.record.attributes.keys().map(String::as_str).collect();
    assert_eq!(names, ["Asset tag", "gatekeeper_status", "sip_status"]);
    assert_eq!(read.problems.dropped[&Excess::Other], 1);
    assert_eq!(read.problems.dropped[&Excess::Networks], 3);
    assert_eq!(read.problems.dropped[&Excess::PersonalData], 4);
    assert_eq!(state(&read, &Practice::Firewall), State::Ok, "the inventory counts first");
}

#[test]
fn a_section_that_did_not_come_leaves_everything_in_it_unknown() {
    let mut computer = said::jamf(1);
    for section in ["security", "operatingSystem", "diskEncryption", "extensionAttributes"] {
        computer[section] = Value::Null;
    }
    let read = read(&computer);
    for practice in [Practice::Encryption, Practice::Firewall, Practice::ScreenLock] {
        let unknown = Some(Evidence::Unknown(Gap::NotReported));
        assert_eq!(evidence(&read, &practice), unknown, "{practice}");
        assert_eq!(state(&read, &practice), State::Unknown, "{practice}");
    }
    assert_eq!(state(&read, &Practice::RemoteLogin), State::Unknown);
    let mut renamed = said::jamf(1);
    let security = renamed["security"].as_object_mut().expect("a section");
    security.remove("firewallEnabled");
    let read = map::computer("jamf", &renamed, &JamfAttributes::default(), now());
    assert_eq!(paths(&read.expect("a computer")), ["security.firewallEnabled"]);
}

#[tokio::test]
async fn a_recheck_reads_one_computer() {
    let world = JamfWorld::start().await.expect("a free port");
    world.add(said::jamf(1));
    let jamf = source(&world);
    let read = jamf.recheck("1", now()).await.expect("read");
    assert!(matches!(read, Rechecked::Record(read) if read.record.key.id == "1"));
    assert_eq!(jamf.recheck("2", now()).await, Ok(Rechecked::Gone));
    assert_eq!(jamf.recheck("..", now()).await, Ok(Rechecked::Gone));
}

#[test]
fn a_section_is_read_strictly() {
    let read = |text: &str| toml::from_str::<JamfConfig>(text);
    let good = "base_url = \"https://example.jamfcloud.com\"\nclient_id = \"c\"\n\
                client_secret = { env = \"CARGO_PKG_NAME\" }\n";
    let settings = read(good).expect("a section").settings().expect("sound");
    assert_eq!(settings.token_path, "api/v1/oauth/token");
    assert!(!format!("{settings:?}").contains("connectors"), "the secret is not shown");
    let evil = read(&format!("{good}token_path = \"../x?y\"\n")).expect("a text");
    assert_eq!(evil.settings().expect_err("no path")[0].key, "token_path");
    assert!(read(&format!("{good}[attributes]\nfirewal = \"x\"\n")).is_err());
}
