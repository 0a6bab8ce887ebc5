//! Records in, and what follows from them.

use model::{
    Span, Timestamp,
    device::{Confidence, Field, Mac, OwnerHint, Practice, RecordKey},
};
use ports::{
    Failure,
    devices::{Pushed, Read},
    store::CaseQuery,
};

use super::{
    super::world::{ANA, run},
    world::{Devices, HOUR, bad, read},
};
use crate::posture::{Grade, State};

#[test]
fn a_device_known_to_two_sources_is_one_with_both() {
    run(async {
        let devices = Devices::new();
        devices.jamf.put(read(devices.laptop("jamf", "1", "C02AAAA11")));
        devices.sweep("jamf").await;
        let before = devices.only().await;
        devices.world.clock.advance(HOUR);
        devices.fleet.put(read(devices.laptop("fleet", "7", "C02AAAA11")));
        devices.sweep("fleet").await;
        let view = devices.only().await;
        assert_eq!((view.records.len(), view.id), (2, before.id));
        let name = view.facts.iter().find(|fact| fact.field == Field::Name).expect("named");
        assert_eq!((name.said.value.as_str(), name.others.len()), ("mia-laptop", 1));
        assert_eq!(view.sources.len(), 2);
    });
}

#[test]
fn a_first_import_raises_nothing_about_new_devices_and_a_later_one_does() {
    run(async {
        let devices = Devices::new();
        for n in 0..5 {
            let record = devices.laptop("jamf", &n.to_string(), &format!("C02AAAA1{n}"));
            devices.jamf.put(read(record));
        }
        devices.sweep("jamf").await;
        assert_eq!(devices.raised().await, 0);
        devices.jamf.put(read(devices.laptop("jamf", "9", "C02AAAA99")));
        devices.sweep("jamf").await;
        assert_eq!(devices.raised().await, 1);
        let query = CaseQuery { limit: 10, ..CaseQuery::default() };
        let cases = devices.world.store.cases(&query).await.expect("read");
        assert_eq!(cases.len(), 1);
        assert_eq!(cases[0].title, "A device that was not seen before");
    });
}

#[test]
fn what_a_sweep_read_is_listed_at_whatever_instant_it_began() {
    run(async {
        let devices = Devices::new();
        let odd = devices.now().as_microsecond() + 1_234;
        devices.world.clock.set(Timestamp::from_microsecond(odd).expect("an instant"));
        devices.jamf.put(read(devices.laptop("jamf", "1", "C02AAAA11")));
        devices.sweep("jamf").await;
        assert!(!devices.only().await.records[0].is_gone);
    });
}

#[test]
fn a_first_import_raises_nothing_about_faults_that_were_there_and_a_later_one_does() {
    run(async {
        let devices = Devices::new();
        let old = bad(devices.laptop("jamf", "1", "C02AAAA11"), Practice::Encryption);
        devices.jamf.put(read(old));
        devices.sweep("jamf").await;
        assert_eq!(devices.only().await.grade, Grade::Critical, "its person sees it");
        devices.world.clock.advance(HOUR);
        devices.sweep("jamf").await;
        assert_eq!(devices.raised().await, 0, "new to us is not new");
        let next = bad(devices.laptop("jamf", "9", "C02AAAA99"), Practice::Encryption);
        devices.jamf.put(read(next));
        devices.sweep("jamf").await;
        assert_eq!(devices.raised().await, 2, "a device not seen before, and its disk");
    });
}

#[test]
fn a_device_newly_unencrypted_raises_one_alert_and_unknown_never() {
    run(async {
        let devices = Devices::new();
        let laptop = devices.laptop("jamf", "1", "C02AAAA11");
        devices.jamf.put(read(laptop.clone()));
        devices.sweep("jamf").await;
        let mut silent = laptop.clone();
        silent.practices.clear();
        devices.jamf.put(read(silent));
        devices.sweep("jamf").await;
        assert_eq!(devices.raised().await, 0, "nobody knows, so nobody is alarmed");
        devices.jamf.put(read(bad(laptop, Practice::Encryption)));
        devices.sweep("jamf").await;
        devices.sweep("jamf").await;
        assert_eq!(devices.raised().await, 1);
        assert_eq!(devices.only().await.grade, Grade::Critical);
    });
}

#[test]
fn a_source_that_fails_is_told_since_when_and_its_facts_stay() {
    run(async {
        let devices = Devices::new();
        devices.jamf.put(read(devices.laptop("jamf", "1", "C02AAAA11")));
        devices.sweep("jamf").await;
        let calm = devices.mine().await;
        assert_eq!(calm.troubles, []);
        devices.world.clock.advance(HOUR);
        let since = devices.now();
        for _ in 0..3 {
            devices.jamf.fail_next(Failure::retry("jamf: failed (500)"));
            devices.sweep("jamf").await;
            devices.world.clock.advance(HOUR);
        }
        let mine = devices.mine().await;
        assert_eq!(mine.troubles.len(), 1);
        assert_eq!(mine.troubles[0].failing_since, Some(since));
        assert_eq!(mine.devices[0].facts, calm.devices[0].facts);
        assert!(mine.devices[0].checks.iter().any(|check| check.is_source_failing));
        devices.sweep("jamf").await;
        assert_eq!(devices.mine().await.troubles, []);
    });
}

#[test]
fn a_deadline_stands_still_while_its_source_is_down() {
    run(async {
        let devices = Devices::new();
        devices.jamf.put(read(bad(devices.laptop("jamf", "1", "C02AAAA11"), Practice::Encryption)));
        devices.sweep("jamf").await;
        let deadline = devices.only().await.next_deadline.expect("a grace");
        devices.jamf.fail_next(Failure::retry("down"));
        devices.sweep("jamf").await;
        assert_eq!(devices.only().await.next_deadline, None);
        devices.world.clock.advance(HOUR);
        devices.sweep("jamf").await;
        assert_eq!(devices.only().await.next_deadline, Some(HOUR.after(deadline)));
    });
}

#[test]
fn relying_parties_are_told_once_of_a_deadline_that_passed_and_once_of_the_mending() {
    run(async {
        let devices = Devices::new();
        let laptop = devices.laptop("jamf", "1", "C02AAAA11");
        devices.jamf.put(read(bad(laptop.clone(), Practice::Encryption)));
        devices.sweep("jamf").await;
        let deadline = devices.only().await.next_deadline.expect("a grace");
        while devices.now() <= deadline {
            devices.world.clock.advance(Span::days(1));
            let mut bad = bad(laptop.clone(), Practice::Encryption);
            bad.last_sync = Some(devices.now());
            devices.jamf.put(read(bad));
            devices.sweep("jamf").await;
            devices.posture.fleet().look_again().await.expect("judged");
        }
        devices.posture.tell_once("okta").await.expect("told");
        assert!(!devices.only().await.is_compliant);
        let mut mended = laptop.clone();
        mended.last_sync = Some(devices.now());
        devices.jamf.put(read(mended));
        devices.sweep("jamf").await;
        devices.posture.tell_once("okta").await.expect("told");
        let told: Vec<bool> = devices.party.told().iter().map(|it| it.is_compliant).collect();
        assert_eq!(told, [false, true]);
    });
}

#[test]
fn relying_parties_are_told_of_a_claim_without_what_it_claims() {
    run(async {
        let devices = Devices::new();
        devices.jamf.put(read(devices.laptop("jamf", "1", "C02AAAA11")));
        devices.sweep("jamf").await;
        for _ in 0..5 {
            let mut claim = bad(devices.laptop("collect", "7", "C02AAAA11"), Practice::Encryption);
            claim.owners = vec![OwnerHint::new(Some(ANA), None, Confidence::Reported)];
            devices.posture.fleet().receive_one(read(claim)).await.expect("taken");
            devices.world.clock.advance(Span::days(1));
        }
        devices.posture.fleet().look_again().await.expect("judged");
        devices.posture.tell_once("okta").await.expect("told");
        let told = devices.party.told();
        let [signal] = &told[..] else { panic!("one is told: {}", told.len()) };
        assert!(!signal.is_compliant && signal.identifiers.is_empty());
        assert_ne!(signal.device, devices.only().await.id);
    });
}

#[test]
fn what_a_source_lists_no_more_stays_and_is_marked() {
    run(async {
        let devices = Devices::new();
        devices.jamf.put(read(devices.laptop("jamf", "1", "C02AAAA11")));
        devices.sweep("jamf").await;
        devices.world.clock.advance(HOUR);
        devices.jamf.remove("1");
        devices.sweep("jamf").await;
        let mine = devices.mine().await;
        assert_eq!((mine.devices.len(), mine.older.len()), (0, 1));
        assert!(mine.older[0].records[0].is_gone && mine.older[0].is_older);
    });
}

#[test]
fn what_a_push_of_everything_holds_is_listed_however_long_it_took_to_come() {
    run(async {
        let devices = Devices::new();
        let fleet = devices.posture.fleet();
        let whole = |records| Pushed { records, is_snapshot: true, ..Pushed::default() };
        let laptop = |id: &str, serial: &str| read(devices.laptop("lab", id, serial));
        let both = vec![laptop("1", "C02AAAA11"), laptop("2", "C02AAAA22")];
        devices.world.clock.advance(Span::seconds(9));
        fleet.receive("lab", whole(both)).await.expect("taken");
        let mine = devices.mine().await;
        assert_eq!((mine.devices.len(), mine.older.len()), (2, 0));
        devices.world.clock.advance(HOUR);
        let one = vec![laptop("1", "C02AAAA11")];
        devices.world.clock.advance(Span::seconds(9));
        fleet.receive("lab", whole(one)).await.expect("taken");
        let mine = devices.mine().await;
        assert_eq!((mine.devices.len(), mine.older.len()), (1, 1));
        assert!(mine.older[0].records[0].is_gone, "what it does not hold is gone");
    });
}

/// Twenty times a hundred records that hang together by the addresses of their adapters, each by one
/// with three others.
fn tangled(devices: &Devices) -> Vec<Read> {
    let tangled = |n: u32| {
        let (first, place) = (n / 100 * 100, n % 100);
        let mut record = devices.laptop("fleet", &n.to_string(), &format!("C02TANGLE{n}"));
        let parent = first + place.saturating_sub(1) / 3;
        record.identifiers.macs = vec![adapter(n), adapter(parent)];
        read(record)
    };
    (0..2_000).map(tangled).collect()
}

fn adapter(number: u32) -> Mac {
    let [_, a, b, c] = number.to_be_bytes();
    Mac::try_from(vec![0x3c, 0x22, 0xfb, a, b, c]).expect("an address")
}

#[test]
fn a_record_that_hangs_together_with_too_many_is_not_taken_for_gone() {
    run(async {
        let devices = Devices::new();
        let fleet = devices.posture.fleet();
        let pushed = Pushed { records: tangled(&devices), ..Pushed::default() };
        fleet.receive("fleet", pushed).await.expect("taken");
        let key = RecordKey::new("lab", "1");
        for is_tangled in [false, true] {
            devices.world.clock.advance(HOUR);
            let mut record = devices.laptop("lab", "1", "C02AAAA11");
            if is_tangled {
                record.identifiers.macs.extend((0..20).map(|group| adapter(group * 100 + 99)));
            }
            let records = vec![read(record)];
            let pushed = Pushed { records, is_snapshot: true, ..Pushed::default() };
            fleet.receive("lab", pushed).await.expect("taken");
            let kept = fleet.record(&key).await.expect("readable").expect("kept");
            assert!(!kept.is_gone, "{is_tangled}");
            assert_eq!(kept.identifiers.macs, [], "what is known of it stays");
        }
    });
}

#[test]
fn a_serial_listed_four_hundred_times_joins_nothing() {
    run(async {
        let devices = Devices::new();
        let record = |n: usize| read(devices.laptop("lab", &n.to_string(), "C02SHARED"));
        let pushed = Pushed { records: (0..400).map(record).collect(), ..Pushed::default() };
        let received = devices.posture.fleet().receive("lab", pushed).await.expect("taken");
        assert_eq!(received.accepted, 400);
        let mine = devices.mine().await;
        assert!(mine.has_more);
        assert!(mine.devices.iter().all(|device| device.records.len() == 1));
    });
}

#[test]
fn f2_virtual_machines_are_left_out_and_told() {
    run(async {
        let devices = Devices::new();
        let mut virtual_one = devices.laptop("jamf", "1", "VMware-56 4d");
        virtual_one.facts.insert(Field::Model, "VMware7,1".to_owned());
        devices.jamf.put(read(virtual_one));
        devices.sweep("jamf").await;
        assert_eq!(devices.mine().await.devices.len(), 0);
        let left_out = devices.posture.fleet().left_out();
        assert_eq!((left_out["jamf"].count, left_out["jamf"].told.len()), (1, 1));
    });
}

#[test]
fn what_is_mended_turns_and_its_time_is_told() {
    run(async {
        let devices = Devices::new();
        let laptop = devices.laptop("jamf", "1", "C02AAAA11");
        devices.jamf.put(read(bad(laptop.clone(), Practice::Firewall)));
        devices.sweep("jamf").await;
        let before = devices.only().await;
        assert_eq!(before.next, Some(Practice::Firewall));
        devices.world.clock.advance(HOUR);
        devices.jamf.put(read(laptop));
        let mia = devices.mia();
        let asked = devices.posture.recheck(&mia, before.id, Some(&Practice::Firewall)).await;
        assert_eq!(asked, Ok(1));
        let after = devices.posture.my_device(&mia, before.id, "en").await.expect("hers");
        let firewall = after.check(&Practice::Firewall).expect("checked");
        assert_eq!(firewall.state, State::Ok);
        assert_eq!(after.history[0].to, State::Ok);
        let key = crate::people::Authority::Key("reports");
        let fleet = devices.posture.fleet_view(&key, "en").await.expect("counted");
        let mending = fleet.trend.mending_by_check[&Practice::Firewall];
        assert_eq!((mending.count, mending.median_seconds), (1, 3_600));
        assert!(devices.posture.recheck(&mia, before.id, None).await.is_err(), "once a minute");
    });
}
