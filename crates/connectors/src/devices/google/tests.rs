use std::sync::Arc;

use demo::vendors::{
    devices::GoogleDevicesWorld,
    google::{ADMIN, service_account},
};
use model::{
    Span,
    device::{Absence, Confidence, Evidence, Field, Gap, IdKind, Platform, Practice},
};
use ports::{
    clock::ManualClock,
    devices::{DeviceSource as _, Excess, Owned, Read, Rechecked},
};
use posture::check::State;
use serde_json::{Value, json};

use super::*;
use crate::{
    devices::tests::{evidence, merged, now, paths, said, state, supplied, sweep},
    google::grant::ServiceAccount,
    http::HttpClient,
};

const DIRECTORY: [GoogleApi; 2] = [GoogleApi::Mobile, GoogleApi::Chromeos];

/// The connector against a stand-in.
pub(in crate::devices) fn source(world: &GoogleDevicesWorld, apis: &[GoogleApi]) -> GoogleDevices {
    let url = || world.base_url().parse().expect("a loopback address");
    let settings = GoogleDevicesSettings {
        base_url: url(),
        cloud_identity_url: url(),
        token_url: world.token_url().parse().expect("a loopback address"),
        account: Arc::new(ServiceAccount::read(&service_account().into()).expect("a key file")),
        admin: ADMIN.to_owned(),
        apis: apis.to_vec(),
        every: Span::hours(1),
        calls_per_minute: 600,
    };
    let clock = Arc::new(ManualClock::at(now()));
    GoogleDevices::new("google", settings, HttpClient::for_tests(), clock)
}

async fn world() -> GoogleDevicesWorld {
    let clock = Arc::new(ManualClock::at(now()));
    GoogleDevicesWorld::start(clock).await.expect("a free port")
}

fn phone(said: &Value) -> Read {
    mobile::device("google", said, now()).expect("a phone")
}

fn chromebook(said: &Value) -> Read {
    chromeos::device("google", said, now()).expect("a Chromebook")
}

fn sample(name: &str) -> Option<Value> {
    let text = supplied(&format!("google-devices/{name}.json"))?;
    Some(serde_json::from_slice(&text).expect("JSON"))
}

fn macs(read: &Read) -> Vec<String> {
    read.record.identifiers.macs.iter().map(ToString::to_string).collect()
}

#[test]
fn g1_an_ipad_by_google_sync() {
    let Some(said) = sample("ios_google-sync") else { return };
    let read = phone(&said);
    let record = &read.record;
    assert_eq!(record.platform, Platform::Ios);
    assert_eq!(record.fact(Field::Model), Some("iPad Mini Retina"));
    assert_eq!(record.fact(Field::OsVersion), Some("9.3.0"));
    assert_eq!(record.identifiers.scalars[&IdKind::GoogleDeviceId], "exampleGoogleDeviceId");
    assert_eq!(evidence(&read, &Practice::Jailed), Some(Evidence::Unknown(Gap::NotReported)));
    assert_eq!(macs(&read), [""; 0]);
    assert_eq!(state(&read, &Practice::AdbStatus), State::NotApplicable);
}

#[test]
fn g2_an_android_phone() {
    let Some(said) = sample("android") else { return };
    let read = phone(&said);
    assert_eq!(read.record.fact(Field::OsVersion), Some("5.1.1"));
    for (practice, expected) in [
        (Practice::Encryption, State::Ok),
        (Practice::Jailed, State::Ok),
        (Practice::UnknownSources, State::Nudge),
        (Practice::AdbStatus, State::Nudge),
    ] {
        assert_eq!(state(&read, &practice), expected, "{practice}");
    }
    assert_eq!(macs(&read), ["00:DE:AD:BE:EF:00"]);
}

#[test]
fn g3_android_eight_asks_for_each_application() {
    let Some(said) = sample("android_oreo") else { return };
    let read = phone(&said);
    assert_eq!(read.record.fact(Field::OsVersion), Some("8.0.0"));
    assert_eq!(state(&read, &Practice::AdbStatus), State::Ok);
    let absent = Evidence::Absent(Absence::PerApplication);
    assert_eq!(evidence(&read, &Practice::UnknownSources), Some(absent), "it has no value");
    assert_eq!(state(&read, &Practice::UnknownSources), State::NotApplicable);
    assert_eq!(macs(&read), [""; 0]);
}

#[test]
fn g4_a_verified_chromebook() {
    let Some(said) = sample("chromeos") else { return };
    let read = chromebook(&said);
    assert_eq!(read.record.platform, Platform::Chromeos);
    assert_eq!(evidence(&read, &Practice::Jailed), Some(Evidence::Stated(true)));
    assert_eq!(macs(&read), ["00:DE:CA:FB:AD:00"]);
    let owners: Vec<_> =
        read.record.owners.iter().filter_map(|it| Some(it.email.as_ref()?.reveal())).collect();
    assert_eq!(owners, ["user@exmaple.com", "user@example.com"], "misspelt by its authors");
}

#[test]
fn g5_a_boot_mode_is_verified_or_it_is_not() {
    for (mode, expected) in [
        (json!("Validated"), Evidence::Stated(true)),
        (json!("validated"), Evidence::Stated(true)),
        (json!("VERIFIED"), Evidence::Stated(true)),
        (json!("Dev"), Evidence::Stated(false)),
        (json!("something new"), Evidence::Stated(false)),
        (Value::Null, Evidence::Unknown(Gap::NotReported)),
        (json!(""), Evidence::Unknown(Gap::NotReported)),
    ] {
        let mut said = said::chromeos(1);
        said["bootMode"] = mode.clone();
        assert_eq!(evidence(&chromebook(&said), &Practice::Jailed), Some(expected), "{mode}");
    }
}

#[test]
fn g6_a_system_is_split_into_its_name_and_version() {
    for (os, name, version) in [
        ("iOS 10.2.1", "iOS", Some("10.2.1")),
        ("Android 8.0.0", "Android", Some("8.0.0")),
        ("iOS 9.3", "iOS", Some("9.3.0")),
        ("Android", "Android", None),
    ] {
        let mut said = said::mobile(1);
        said["os"] = os.into();
        let record = phone(&said).record;
        assert_eq!((record.fact(Field::Os), record.fact(Field::OsVersion)), (Some(name), version));
    }
}

#[test]
fn g9_a_long_list_of_applications_is_kept_whole() {
    let Some(said) = sample("android_oreo") else { return };
    let listed = said["applications"].as_array().expect("a list");
    let read = phone(&said);
    let software = read.record.software.expect("an inventory");
    assert_eq!(software.installed.len(), listed.len());
    assert!(listed.len() > 50 && !software.is_partial);
    assert!(read.problems.dropped[&Excess::Other] > 1_000, "permissions are not kept");
}

#[test]
fn m14_the_supplied_records_are_four_devices() {
    let names = ["android", "android_oreo", "ios_google-sync", "chromeos"];
    let reads = names.iter().filter_map(|name| {
        let said = sample(name)?;
        let mut read = if *name == "chromeos" { chromebook(&said) } else { phone(&said) };
        // Their authors took the real ids away.
        (*name).clone_into(&mut read.record.key.id);
        Some(read)
    });
    let reads: Vec<Read> = reads.collect();
    if !reads.is_empty() {
        assert_eq!(merged(&reads).len(), 4);
    }
}

#[tokio::test]
async fn a_sweep_goes_through_both_lists_of_the_directory() {
    let world = world().await;
    (0..250).for_each(|n| world.add_mobile(said::mobile(n)));
    (300..420).for_each(|n| world.add_chromeos(said::chromeos(n)));
    let google = source(&world, &DIRECTORY);
    let (reads, finished) = sweep(&google).await.expect("a sweep");
    assert_eq!((reads.len(), finished.is_whole), (370, true));
    assert_eq!(merged(&reads).len(), 370);
    assert_eq!(world.requests().count("token"), 1);
    let rechecked = google.recheck("chrome-300", now()).await.expect("read");
    assert!(matches!(rechecked, Rechecked::Record(it) if it.record.platform == Platform::Chromeos));
    assert_eq!(google.recheck("none", now()).await, Ok(Rechecked::Gone));
    let owned = google.owned_by("mia@example.com").await.expect("an answer");
    assert!(matches!(owned, Some(Owned::Somebody { devices, .. }) if devices.len() == 100));
    assert_eq!(google.owned_by("kif@example.com").await, Ok(Some(Owned::Nobody)));
    world.shelf().clear();
    let (reads, finished) = sweep(&google).await.expect("empty lists are left out");
    assert_eq!((reads.len(), finished.is_whole), (0, true));
    assert!(google.check().await.is_ok());
}

#[tokio::test]
async fn a_list_under_another_name_is_no_empty_one() {
    let world = world().await;
    world.add_mobile(said::mobile(1));
    world.shelf().rename("mobiledevices", "mobileDevices");
    let failure = sweep(&source(&world, &DIRECTORY)).await.expect_err("not what is answered");
    assert!(failure.is_retryable() && failure.what.contains("mobiledevices"), "{failure}");
}

#[tokio::test]
async fn devices_of_cloud_identity_come_with_those_who_signed_in() {
    let world = world().await;
    (0..150).for_each(|n| world.add_device(said::cloud_identity(n)));
    (0..150).for_each(|n| world.add_user(said::cloud_user(n, "mia@example.com")));
    world.add_user(said::cloud_user(7, "kif@example.com"));
    let google = source(&world, &[GoogleApi::CloudIdentity]);
    let (reads, finished) = sweep(&google).await.expect("a sweep");
    assert_eq!((reads.len(), finished.is_whole), (150, true));
    let seven = reads.iter().find(|read| read.record.key.id == "devices/7").expect("listed");
    assert_eq!(seven.record.owners.len(), 2);
    assert_eq!(seven.record.owners[0].confidence, Confidence::Reported);
    assert_eq!(seven.record.platform, Platform::Macos);
    assert_eq!(seven.record.fact(Field::OsVersion), Some("26.6.1"));
    assert_eq!(seven.record.fact(Field::Status), None, "an unspecified word is none");
    assert_eq!(evidence(seven, &Practice::Encryption), Some(Evidence::Stated(true)));
    assert_eq!(seven.problems.dropped[&Excess::PersonalData], 2);
    let rechecked = google.recheck("devices/7", now()).await.expect("read");
    assert!(matches!(rechecked, Rechecked::Record(read) if read.record.owners.len() == 2));
}

#[test]
fn a_docks_address_is_not_the_chromebooks_and_its_owner_is_the_newest_of_the_domain() {
    let read = chromebook(&said::chromeos(1));
    assert_eq!(macs(&read), ["00:DE:CA:FB:00:01"]);
    let owners: Vec<_> = read
        .record
        .owners
        .iter()
        .filter_map(|it| Some((it.email.as_ref()?.reveal(), it.confidence)))
        .collect();
    let (newest, label) = (Confidence::Reported, Confidence::Guessed);
    assert_eq!(owners, [("mia@example.com", newest), ("kif@example.com", label)]);
    assert_eq!(read.record.fact(Field::UpdatesUntil), Some("2029-06-01"));
    assert_eq!(state(&read, &Practice::Encryption), State::Ok, "by design");
}

#[test]
fn a_patch_level_is_a_day_however_it_is_written() {
    for (written, expected) in [
        (json!("1793491200000"), Some("2026-11-01")),
        (json!(1_793_491_200_000_i64), Some("2026-11-01")),
        (json!("2026-11-05"), Some("2026-11-05")),
        (json!("0"), None),
        (Value::Null, None),
    ] {
        let mut said = said::mobile(1);
        said["securityPatchLevel"] = written.clone();
        assert_eq!(phone(&said).record.fact(Field::SecurityPatch), expected, "{written}");
    }
    let mut strange = said::mobile(1);
    strange["encryptionStatus"] = json!("Quantum");
    let read = phone(&strange);
    assert_eq!(paths(&read), ["encryptionStatus"]);
    assert_eq!(state(&read, &Practice::Encryption), State::Unknown);
}

#[test]
fn a_section_is_read_strictly() {
    let read = |text: &str| toml::from_str::<GoogleDevicesConfig>(text);
    let good = "service_account = { env = \"CARGO_PKG_NAME\" }\nadmin = \"a@example.com\"\n";
    let keys = |text: &str| -> Vec<&str> {
        let problems = read(text).expect("a section").settings().expect_err("no key file");
        problems.iter().map(|problem| problem.key).collect()
    };
    assert_eq!(keys(good), ["service_account"]);
    let mixed = format!("{good}apis = [\"mobile\", \"cloud_identity\"]\n");
    assert_eq!(keys(&mixed), ["service_account", "apis"]);
    let twice = format!("{good}apis = [\"mobile\", \"mobile\"]\n");
    assert_eq!(keys(&twice), ["service_account", "apis"]);
    assert!(read(&format!("{good}apis = [\"glass\"]\n")).is_err());
}
