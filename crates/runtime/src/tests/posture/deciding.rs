//! Exemptions, reviews, and records brought together by hand.

use model::{Span, device::Practice};

use super::{
    super::world::{MIA, run},
    world::{Devices, HOUR, bad, read},
};
use crate::{
    engine::EngineError,
    people::{Authority, Role},
    posture::{ExemptionState, State, Verdict},
};

/// How often two are let run against each other.
const TURNS_OF_A_RACE: usize = 50;

#[test]
fn p26_an_exemption_is_asked_for_granted_by_another_and_ends() {
    run(async {
        let devices = Devices::new();
        devices.jamf.put(read(bad(devices.laptop("jamf", "1", "C02AAAA11"), Practice::Encryption)));
        devices.sweep("jamf").await;
        let (mia, device) = (devices.mia(), devices.only().await.id);
        let ask = |practice: Practice| {
            let (posture, mia) = (&devices.posture, &mia);
            async move { posture.ask_exemption(mia, device, &practice, "a test machine").await }
        };
        assert!(matches!(ask(Practice::Firewall).await, Err(EngineError::Invalid(_))));
        let key = ask(Practice::Encryption).await.expect("asked");
        assert!(matches!(ask(Practice::Encryption).await, Err(EngineError::Invalid(_))));
        assert!(
            devices.only().await.check(&Practice::Encryption).expect("there").is_exemption_asked
        );
        let until = HOUR.after(devices.now());
        let herself = devices.viewer(MIA, Role::Analyst);
        let own = Authority::Viewer(&herself);
        let refused = devices.posture.decide_exemption(&own, &key, Verdict::Grant(until)).await;
        assert!(matches!(refused, Err(EngineError::Forbidden(_))));
        let ana = devices.ana();
        let by = Authority::Viewer(&ana);
        devices.posture.decide_exemption(&by, &key, Verdict::Grant(until)).await.expect("granted");
        let check = devices.only().await.check(&Practice::Encryption).cloned().expect("there");
        assert_eq!((check.state, check.underlying), (State::Exempt, State::Warn));
        assert_eq!(check.exempt_until, Some(until));
        devices.world.clock.advance(Span::hours(2));
        let check = devices.only().await.check(&Practice::Encryption).cloned().expect("there");
        assert_eq!(check.state, State::Warn, "without anything new");
        let listed = devices.posture.exemptions(&by, false).await.expect("listed");
        assert!(listed[0].is_over && matches!(listed[0].state, ExemptionState::Approved { .. }));
        assert!(matches!(
            devices.posture.decide_exemption(&Authority::Key("k"), &key, Verdict::Refuse).await,
            Err(EngineError::Forbidden(_))
        ));
    });
}

#[test]
fn m21_a_split_lasts_over_syncs_and_is_taken_back() {
    run(async {
        let devices = Devices::new();
        devices.jamf.put(read(devices.laptop("jamf", "1", "C02AAAA11")));
        devices.fleet.put(read(devices.laptop("fleet", "7", "C02AAAA11")));
        devices.sweep("jamf").await;
        devices.sweep("fleet").await;
        let records: Vec<_> = devices.only().await.records.into_iter().map(|it| it.key).collect();
        let ana = devices.ana();
        let by = Authority::Viewer(&ana);
        let split =
            devices.posture.keep_apart(&by, &records[..1], &records[1..], "two desks").await;
        let ruling = split.expect("split");
        for _ in 0..2 {
            devices.sweep("jamf").await;
            devices.sweep("fleet").await;
            assert_eq!(devices.mine().await.devices.len(), 2);
        }
        assert_eq!(devices.raised().await, 0, "a part of what was known is not new");
        assert_eq!(devices.posture.rulings(&by).await.expect("listed")[0].key, ruling);
        devices.posture.take_back(&by, &ruling).await.expect("taken back");
        assert_eq!(devices.only().await.records.len(), 2);
        let rows = devices.world.engine.audit(0, 100).await.expect("read");
        let kinds: Vec<&str> = rows.iter().map(|row| row.kind.as_str()).collect();
        for kind in ["device.kept_apart", "device.ruling_taken_back"] {
            assert!(kinds.contains(&kind), "{kind}");
        }
    });
}

#[test]
fn nobody_takes_back_what_was_decided_about_their_own_device() {
    run(async {
        let devices = Devices::new();
        devices.jamf.put(read(devices.laptop("jamf", "1", "C02AAAA11")));
        devices.fleet.put(read(devices.laptop("fleet", "7", "C02BBBB22")));
        devices.sweep("jamf").await;
        devices.sweep("fleet").await;
        let ids: Vec<_> = devices.mine().await.devices.iter().map(|device| device.id).collect();
        let (ana, herself) = (devices.ana(), devices.viewer(MIA, Role::Analyst));
        let (by, own) = (Authority::Viewer(&ana), Authority::Viewer(&herself));
        let ruling = devices.posture.put_together(&by, ids[0], ids[1], "a new board").await;
        let ruling = ruling.expect("together");
        let refused = devices.posture.take_back(&own, &ruling).await;
        assert!(matches!(refused, Err(EngineError::Forbidden(_))), "{refused:?}");
        assert_eq!(devices.only().await.records.len(), 2);
        devices.posture.take_back(&by, &ruling).await.expect("taken back");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_decisions_about_an_exemption_at_once_one_counts() {
    for _ in 0..TURNS_OF_A_RACE {
        let devices = Devices::new();
        devices.jamf.put(read(bad(devices.laptop("jamf", "1", "C02AAAA11"), Practice::Encryption)));
        devices.sweep("jamf").await;
        let (mia, device) = (devices.mia(), devices.only().await.id);
        let key = devices.posture.ask_exemption(&mia, device, &Practice::Encryption, "a test");
        let key = key.await.expect("asked");
        let until = HOUR.after(devices.now());
        let tries = [Verdict::Grant(until), Verdict::Refuse].map(|verdict| {
            let (posture, ana, key) = (devices.posture.clone(), devices.ana(), key.clone());
            tokio::spawn(async move {
                posture.decide_exemption(&Authority::Viewer(&ana), &key, verdict).await
            })
        });
        let done = futures::future::join_all(tries).await;
        let done = done.into_iter().filter(|done| matches!(done, Ok(Ok(()))));
        assert_eq!(done.count(), 1);
    }
}

#[test]
fn two_devices_are_put_together_by_hand() {
    run(async {
        let devices = Devices::new();
        devices.jamf.put(read(devices.laptop("jamf", "1", "C02AAAA11")));
        devices.fleet.put(read(devices.laptop("fleet", "7", "C02BBBB22")));
        devices.sweep("jamf").await;
        devices.sweep("fleet").await;
        let mine = devices.mine().await;
        let ids: Vec<_> = mine.devices.iter().map(|device| device.id).collect();
        let ana = devices.ana();
        let by = Authority::Viewer(&ana);
        let herself = devices.viewer(MIA, Role::Analyst);
        let own = Authority::Viewer(&herself);
        let refused = devices.posture.put_together(&own, ids[0], ids[1], "mine").await;
        assert!(matches!(refused, Err(EngineError::Forbidden(_))));
        devices.posture.put_together(&by, ids[0], ids[1], "a new board").await.expect("together");
        devices.sweep("jamf").await;
        assert_eq!(devices.only().await.records.len(), 2);
        let again = devices.posture.put_together(&by, ids[0], ids[1], "again").await;
        assert!(matches!(again, Err(EngineError::Invalid(_))));
    });
}

#[test]
fn records_that_contradict_each_other_are_to_be_judged() {
    run(async {
        let devices = Devices::new();
        let mac = |record: &mut model::device::SourceRecord| {
            record.identifiers.macs.push("00:DE:CA:FB:AD:00".parse().expect("an address"));
        };
        let mut one = devices.laptop("jamf", "1", "C02AAAA11");
        let mut other = devices.laptop("fleet", "7", "C02BBBB22");
        mac(&mut one);
        mac(&mut other);
        devices.jamf.put(read(one));
        devices.fleet.put(read(other));
        devices.sweep("jamf").await;
        devices.sweep("fleet").await;
        let ana = devices.ana();
        let by = Authority::Viewer(&ana);
        let judge = devices.posture.to_judge(&by, None, 10).await.expect("listed");
        let suspicion = &judge.suspicions[0];
        assert_eq!((suspicion.kind.as_str(), judge.suspicions.len()), ("serial", 2));
        assert_eq!(suspicion.matched.as_ref().expect("the address").0, "mac_address");
        let (left, right) = (vec![suspicion.left.clone()], Vec::from_iter(suspicion.right.clone()));
        devices.posture.keep_apart(&by, &left, &right, "a dock").await.expect("decided");
        let judge = devices.posture.to_judge(&by, None, 10).await.expect("listed");
        assert_eq!(judge.suspicions, []);
    });
}

#[test]
fn not_my_device_opens_a_review_and_removes_nothing() {
    run(async {
        let devices = Devices::new();
        devices.jamf.put(read(devices.laptop("jamf", "1", "C02AAAA11")));
        devices.sweep("jamf").await;
        let (mia, device) = (devices.mia(), devices.only().await.id);
        devices.posture.not_mine(&mia, device, "I gave it back").await.expect("noted");
        devices.posture.not_mine(&mia, device, "again").await.expect("noted once");
        assert!(devices.only().await.is_disowned);
        let ana = devices.ana();
        let by = Authority::Viewer(&ana);
        let judge = devices.posture.to_judge(&by, None, 10).await.expect("listed");
        assert_eq!(judge.reviews.len(), 1);
        assert_eq!(judge.reviews[0].note.reveal(), "I gave it back");
        devices.posture.close_review(&by, device).await.expect("closed");
        assert!(!devices.only().await.is_disowned);
    });
}

#[test]
fn a_dry_run_says_what_a_stricter_policy_would_change_and_changes_nothing() {
    run(async {
        let devices = Devices::new();
        devices.jamf.put(read(bad(devices.laptop("jamf", "1", "C02AAAA11"), Practice::Firewall)));
        devices.sweep("jamf").await;
        let before = devices.only().await;
        let policy = "id: firewall\nowner: security\ncheck: firewall\nseverity: warn\nstrategy: warn_then_block\ngrace: 3d\n";
        let files = [("firewall.yml".to_owned(), policy.to_owned())];
        let key = Authority::Key("reports");
        let forecasts = devices.posture.dry_run(&key, &files).await.expect("told");
        let told: Vec<_> = forecasts.iter().map(|it| (&it.practice, it.after.1)).collect();
        assert_eq!(told[0], (&Practice::Firewall, Some(Span::days(3).after(devices.now()))));
        assert_eq!(devices.only().await, before);
        let broken = [("x.yml".to_owned(), "id: ''".to_owned())];
        assert!(matches!(
            devices.posture.dry_run(&key, &broken).await,
            Err(EngineError::Invalid(_))
        ));
    });
}
