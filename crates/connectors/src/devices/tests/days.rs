//! The bad days themselves, for each system in turn.

use std::{sync::Arc, time::Duration};

use demo::vendors::{
    Fault, Faults,
    devices::{FleetWorld, GoogleDevicesWorld, IntuneWorld, JamfWorld, Shelf},
};
use model::{
    Personal,
    device::{IdKind, Practice},
};
use ports::{
    Decision,
    clock::ManualClock,
    devices::{DeviceSource, SourceHealth, Standing, Trouble},
};
use posture::{check::State, merge::FlagKind};
use serde_json::json;

use super::{merged, now, said, state, sweep};
use crate::{
    devices::{fleet, google, intune, jamf},
    fixtures::LogCapture,
};

/// A system, the call that lists, and how the n-th device is added.
struct Place {
    source: Box<dyn DeviceSource>,
    call: &'static str,
    faults: Faults,
    shelf: Shelf,
    add: Box<dyn Fn(u32)>,
    /// Whether it says how many devices there are.
    counts: bool,
    /// A field of its encryption.
    field: &'static str,
}

async fn places() -> Vec<Place> {
    let clock = Arc::new(ManualClock::at(now()));
    let jamf = Arc::new(JamfWorld::start().await.expect("a free port"));
    let intune = Arc::new(IntuneWorld::start().await.expect("a free port"));
    let fleet = Arc::new(FleetWorld::start().await.expect("a free port"));
    let google = Arc::new(GoogleDevicesWorld::start(clock).await.expect("a free port"));
    macro_rules! place {
        ($world:ident, $source:expr, $call:literal, $add:expr, $counts:literal, $field:literal) => {
            Place {
                source: Box::new($source),
                call: $call,
                faults: $world.faults().clone(),
                shelf: $world.shelf().clone(),
                add: {
                    let world = Arc::clone(&$world);
                    Box::new(move |n| $add(&*world, n))
                },
                counts: $counts,
                field: $field,
            }
        };
    }
    vec![
        place!(
            jamf,
            jamf::tests::source(&jamf),
            "computers-inventory",
            |world: &JamfWorld, n| world.add(said::jamf(n)),
            true,
            "fileVault2Status"
        ),
        place!(
            intune,
            intune::tests::source(&intune),
            "managedDevices",
            |world: &IntuneWorld, n| world.add(said::intune(n)),
            false,
            "isEncrypted"
        ),
        place!(
            fleet,
            fleet::tests::source(&fleet),
            "hosts",
            |world: &FleetWorld, n| world.add(said::fleet(n)),
            true,
            "disk_encryption_enabled"
        ),
        place!(
            google,
            google::tests::source(&google, &[google::GoogleApi::Mobile]),
            "mobile",
            |world: &GoogleDevicesWorld, n| world.add_mobile(said::mobile(n)),
            false,
            "encryptionStatus"
        ),
    ]
}

#[tokio::test]
async fn each_bad_day_becomes_the_decision_that_it_calls_for() {
    const HTML: Fault = Fault::Answer(200, &[("content-type", "text/html")], "<h1>Sign in</h1>");
    const CUT: Fault =
        Fault::Answer(200, &[("content-type", "application/json")], "{\"hosts\": [{\"id\": 1,");
    let retry = |seconds: Option<u64>| Decision::Retry { after: seconds.map(Duration::from_secs) };
    let cases = [
        (Fault::Busy("90"), retry(Some(90))),
        (Fault::Status(500), retry(None)),
        (Fault::Status(502), retry(None)),
        (Fault::Status(503), retry(None)),
        (Fault::Status(403), Decision::Denied),
        (Fault::Status(404), Decision::Misconfigured),
        (Fault::Status(302), Decision::Misconfigured),
        (HTML, retry(None)),
        (CUT, retry(None)),
        (Fault::Answer(200, &[("content-type", "application/json")], "[]"), retry(None)),
        (Fault::Drop, retry(None)),
        (Fault::DropAfter, retry(None)),
    ];
    for place in places().await {
        (place.add)(1);
        for (fault, decision) in &cases {
            place.faults.next(place.call, fault.clone());
            let failure = sweep(&*place.source).await.expect_err("the fault");
            assert_eq!(failure.decision, *decision, "{} {fault:?}", place.call);
            assert!(!failure.uncertain, "{}: looking changes nothing", place.call);
            let shown = format!("{failure:?}");
            assert!(!shown.contains("made-up") && !shown.contains("Sign in"), "{shown}");
        }
        let (reads, _) = sweep(&*place.source).await.expect("a good day again");
        assert_eq!(reads.len(), 1, "{}", place.call);
    }
}

#[tokio::test]
async fn half_pages_retire_nobody() {
    for place in places().await {
        (0..250).for_each(|n| (place.add)(n));
        let mut health = SourceHealth::new("source");
        let (_, finished) = sweep(&*place.source).await.expect("a sweep");
        assert!(health.swept(&finished, place.source.pace(), 0, now()), "{}", place.call);
        place.shelf.shorten(true);
        let (reads, finished) = sweep(&*place.source).await.expect("a sweep");
        assert!(reads.len() < 250, "{}", place.call);
        if place.counts {
            assert!(!finished.is_whole, "{}: fewer than it says there are", place.call);
        }
        place.shelf.clear();
        let (_, finished) = sweep(&*place.source).await.expect("an empty list");
        let may_retire = health.swept(&finished, place.source.pace(), 0, now());
        assert!(!may_retire, "{}: nothing at all is not believed at once", place.call);
        let trouble =
            matches!(health.standing, Standing::Failing { trouble: Trouble::Shrunken, .. });
        assert!(trouble, "{}: {health:?}", place.call);
    }
}

#[tokio::test]
async fn a_field_under_another_name_is_told_and_leaves_its_practice_unknown() {
    for place in places().await {
        (place.add)(1);
        place.shelf.rename(place.field, "another_name");
        let (reads, finished) = sweep(&*place.source).await.expect("a sweep");
        let told = finished.problems.told.iter().any(|it| it.path.ends_with(place.field));
        assert!(told, "{}: {:?}", place.call, finished.problems);
        let is = state(&reads[0], &Practice::Encryption);
        // Of Jamf the boot partition still says it.
        let expected = if place.call == "computers-inventory" { State::Ok } else { State::Unknown };
        assert_eq!(is, expected, "{}", place.call);
    }
}

#[tokio::test]
async fn four_hundred_times_the_same_serial_is_four_hundred_devices_and_a_question() {
    let world = FleetWorld::start().await.expect("a free port");
    for n in 0..400 {
        let mut host = said::fleet(n);
        host["hardware_serial"] = json!("C02SAME0001");
        world.add(host);
    }
    let (reads, finished) = sweep(&fleet::tests::source(&world)).await.expect("a sweep");
    assert_eq!((reads.len(), finished.is_whole), (400, true));
    let devices = merged(&reads);
    assert_eq!(devices.len(), 400);
    let is_flagged =
        |device: &posture::Device| device.flags.iter().any(|flag| flag.kind == FlagKind::Shared);
    assert!(devices.iter().all(is_flagged));
}

#[tokio::test]
async fn a_device_claimed_for_two_people_is_one_device_that_says_so() {
    let world = FleetWorld::start().await.expect("a free port");
    let mut host = said::fleet(1);
    let mapping = host["device_mapping"].as_array_mut().expect("a list");
    mapping.push(json!({ "email": "kif@example.com", "source": "custom" }));
    world.add(host);
    let (reads, _) = sweep(&fleet::tests::source(&world)).await.expect("a sweep");
    let devices = merged(&reads);
    let owner = devices[0].owner.as_ref().expect("an owner");
    assert_eq!(owner.email, Some(Personal::from("kif@example.com")), "the surer one");
    assert_eq!(owner.others[0].0, Personal::from("mia@example.com"));
}

#[tokio::test]
async fn the_same_machines_of_two_systems_are_exactly_these_machines() {
    let jamf_world = JamfWorld::start().await.expect("a free port");
    let fleet_world = FleetWorld::start().await.expect("a free port");
    for n in [1, 2] {
        jamf_world.add(said::jamf(n));
        fleet_world.add(said::fleet(n));
    }
    let (mut reads, _) = sweep(&jamf::tests::source(&jamf_world)).await.expect("a sweep");
    let (more, _) = sweep(&fleet::tests::source(&fleet_world)).await.expect("a sweep");
    reads.extend(more);
    let devices = merged(&reads);
    assert_eq!(devices.len(), 2);
    for device in &devices {
        assert_eq!(device.records.len(), 2);
        assert!(device.identifiers.keys().any(|(kind, _)| *kind == IdKind::Serial));
        assert!(device.flags.is_empty(), "{:?}", device.flags);
    }
}

#[tokio::test]
async fn nothing_of_people_and_no_secret_reaches_a_log_or_an_error() {
    let log = LogCapture::start();
    let mut shown = String::new();
    for place in places().await {
        (place.add)(1);
        let (reads, finished) = sweep(&*place.source).await.expect("a sweep");
        place.faults.next(place.call, Fault::Status(500));
        let failure = sweep(&*place.source).await.expect_err("down");
        shown += &format!("{reads:?} {finished:?} {failure:?}");
    }
    shown += &log.text();
    for secret in ["made-up-jamf", "made-up-fleet", "made-up-token", "mia@", "Mia@", "Desk 1"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}
