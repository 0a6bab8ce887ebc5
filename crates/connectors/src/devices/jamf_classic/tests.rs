use demo::vendors::{Fault, devices::JamfClassicWorld};
use model::{
    Span,
    device::{Evidence, Practice},
};
use ports::{
    Decision,
    devices::{DeviceSource as _, Owned, Read},
};
use posture::check::State;
use serde_json::{Value, json};

use super::*;
use crate::{
    devices::{
        jamf::JamfAttributes,
        tests::{evidence, merged, now, said, state, sweep},
    },
    http::HttpClient,
};

/// The connector against a stand-in.
pub(in crate::devices) fn source(world: &JamfClassicWorld) -> JamfClassic {
    let settings = JamfClassicSettings {
        base_url: world.base_url().parse().expect("a loopback address"),
        user: JamfClassicWorld::USER.to_owned(),
        password: JamfClassicWorld::PASSWORD.into(),
        attributes: JamfAttributes::default(),
        every: Span::hours(2),
        calls_per_minute: 600,
    };
    JamfClassic::new("classic", settings, HttpClient::for_tests())
}

fn read(computer: &Value) -> Read {
    let said = json!({ "computer": computer });
    map::computer("classic", &said, &JamfAttributes::default(), now()).expect("a computer")
}

async fn world() -> (JamfClassicWorld, JamfClassic) {
    let world = JamfClassicWorld::start().await.expect("a free port");
    let classic = source(&world);
    (world, classic)
}

#[tokio::test]
async fn j1_a_person_has_the_computers_that_are_linked_and_none_is_no_error() {
    let (world, classic) = world().await;
    let user = |email: &str, computers: Value| {
        json!({
            "id": 7, "name": "mia", "full_name": "Mia", "email": email,
            "links": { "computers": computers },
        })
    };
    world.add_user(user("mia@example.com", json!([{ "id": 12 }, { "id": 34 }])));
    world.add_user(user("kif@example.com", json!([])));
    let mut without = user("zoe@example.com", Value::Null);
    without["links"] = json!({});
    world.add_user(without);
    for (email, expected) in [
        ("mia@example.com", vec!["12", "34"]),
        ("kif@example.com", vec![]),
        ("zoe@example.com", vec![]),
    ] {
        let owned = classic.owned_by(email).await.expect("an answer");
        let Some(Owned::Somebody { devices, .. }) = owned else { panic!("{email} is known") };
        assert_eq!(devices, expected, "{email}");
    }
}

#[tokio::test]
async fn b1_a_known_address_has_an_id_and_a_name_and_an_unknown_one_is_no_error() {
    let (world, classic) = world().await;
    world.add_user(json!({ "id": 7, "full_name": "Mia", "email": "mia@example.com", "links": {} }));
    let owned = classic.owned_by("mia@example.com").await.expect("an answer");
    let mia = Owned::Somebody { id: "7".to_owned(), name: Some("Mia".into()), devices: Vec::new() };
    assert_eq!(owned, Some(mia));
    assert_eq!(classic.owned_by("nobody@example.com").await, Ok(Some(Owned::Nobody)));
}

#[tokio::test]
async fn j2_a_failure_over_one_computer_costs_no_other_and_one_of_the_system_is_told() {
    let (world, classic) = world().await;
    (1..=30).for_each(|n| world.add(said::jamf_classic(n)));
    world.shelf().break_one("3");
    let (reads, finished) = sweep(&classic).await.expect("a sweep");
    assert_eq!((reads.len(), finished.unread, finished.is_whole), (29, 1, true));
    let page = classic.page(None, now()).await.expect("a page");
    let still: Vec<_> = page.still_listed("classic").collect();
    assert_eq!(still[0].id, "3", "it is not gone");
    world.shelf().break_one("mia@example.com");
    let failure = classic.owned_by("mia@example.com").await.expect_err("an upstream error");
    assert_eq!(failure.decision, Decision::Retry { after: None });
    (1..=30).for_each(|n: u32| world.shelf().break_one(&n.to_string()));
    assert!(sweep(&classic).await.is_err_and(|it| it.is_retryable()), "all of them: it is down");
    world.faults().always("computers", Fault::Busy("7"));
    let failure = sweep(&classic).await.expect_err("busy");
    assert_eq!(
        failure.decision,
        Decision::Retry { after: Some(std::time::Duration::from_secs(7)) }
    );
}

#[test]
fn j3_each_counted_partition_is_a_line_and_what_is_not_supported_is_not_encrypted() {
    let mut computer = said::jamf_classic(1);
    computer["hardware"]["storage"] = json!([
        { "drive_capacity_mb": 494384, "partition": { "name": "Macintosh HD",
          "filevault2_status": "Encrypted", "filevault2_percent": 100 } },
        { "drive_capacity_mb": 1000, "partition": [
            { "name": "Data", "filevault2_status": "Not Supported", "filevault2_percent": 0 },
            { "name": "Recovery", "filevault2_status": "Not Encrypted", "filevault2_percent": 0 } ] },
        { "drive_capacity_mb": 0, "partition": { "name": "Empty",
          "filevault2_status": "Not Encrypted", "filevault2_percent": 0 } },
    ]);
    let read = read(&computer);
    assert_eq!(state(&read, &Practice::Encryption), State::Warn);
    let device = &merged(std::slice::from_ref(&read))[0];
    let circumstances = posture::Circumstances::at(now());
    let (checks, currency) = (posture::Checks::shipped(), posture::Currency::built_in());
    let evaluation = posture::evaluate(device, &checks, currency, &circumstances);
    let result = evaluation.result(&Practice::Encryption).expect("judged");
    let lines: Vec<(&str, &str)> = result
        .details
        .iter()
        .map(|detail| (detail.values[0].as_str(), detail.values[1].as_str()))
        .collect();
    assert_eq!(lines, [("Macintosh HD", "100"), ("Data", "0")]);
    computer["hardware"]["storage"] = json!([]);
    let read = self::read(&computer);
    assert_eq!(state(&read, &Practice::Encryption), State::Unknown, "no disks are no encryption");
}

#[test]
fn j4_attributes_say_what_the_inventory_does_not() {
    let with = |name: &str, value: Option<&str>| {
        let mut computer = said::jamf_classic(1);
        let listed = computer["extension_attributes"].as_array_mut().expect("a list");
        listed.retain(|it| it["name"] != name);
        listed.extend(value.map(|value| json!({ "name": name, "value": value })));
        read(&computer)
    };
    for (name, value, practice, expected) in [
        ("Firewall Status", Some("2"), Practice::Firewall, State::Ok),
        ("Firewall Status", Some("0"), Practice::Firewall, State::Warn),
        ("Firewall Status", Some("on, I think"), Practice::Firewall, State::Unknown),
        ("Firewall Status", None, Practice::Firewall, State::Unknown),
        ("Screen Saver Lock Enabled", Some("Enabled"), Practice::ScreenLock, State::Ok),
        ("Screen Saver Lock Enabled", Some("Disabled"), Practice::ScreenLock, State::Warn),
        ("Screen Saver Lock Enabled", None, Practice::ScreenLock, State::Unknown),
        ("Remote Login", Some("Off"), Practice::RemoteLogin, State::Ok),
        ("Remote Login", Some("On"), Practice::RemoteLogin, State::Nudge),
    ] {
        assert_eq!(state(&with(name, value), &practice), expected, "{name}: {value:?}");
    }
}

#[test]
fn j5_updates_that_wait_are_told_one_a_line_and_an_empty_list_says_nothing() {
    let mut computer = said::jamf_classic(1);
    let waiting = ["Security Update 2016-001", "Safari 9.1"];
    computer["software"]["available_software_updates"] = json!(waiting);
    let read = read(&computer);
    let seen = &read.record.practices[&Practice::UpToDate];
    assert_eq!(seen.evidence, Evidence::Stated(false));
    assert_eq!(seen.details, waiting);
    assert_eq!(state(&read, &Practice::UpToDate), State::Warn);
    assert_eq!(evidence(&self::read(&said::jamf_classic(1)), &Practice::UpToDate), None);
}

#[test]
fn times_with_their_offset_and_a_missing_owner_are_read() {
    let mut computer = said::jamf_classic(1);
    computer.as_object_mut().expect("a computer").remove("location");
    let read = read(&computer);
    assert_eq!(read.record.last_sync, Some("2026-11-20T11:50:00Z".parse().expect("an instant")));
    assert_eq!(read.record.owners, []);
    assert_eq!(read.problems.count, 0, "{:?}", read.problems);
    assert!(read.record.software.is_some_and(|it| it.services == ["com.foo.bar"]));
}
