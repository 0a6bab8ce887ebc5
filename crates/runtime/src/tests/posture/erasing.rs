//! What is held about somebody's devices, and what is left once it was erased.

use model::{
    DeliveryId, DeviceId, Personal, Span, Timestamp,
    device::{Confidence, OwnerHint, Practice},
};
use ports::{
    compliance::{ComplianceSignal, Initiator},
    devices::store::{DeviceCommit, DeviceQuery, SignalOp, SignalRow},
    store::{Commit, Record, RecordOp, Space},
};

use super::{
    super::world::{GONE, MIA, run},
    world::{Devices, HOUR, bad, read},
};
use crate::{
    engine::EngineError,
    posture::{DeviceErasure, Verdict},
};

/// Mia, who has a device of hers that fails, after she asked for two exemptions of which one was
/// refused, and said that another device is not hers.
async fn with_a_past() -> Devices {
    let devices = Devices::new();
    let mut laptop = bad(devices.laptop("jamf", "1", "C02AAAA11"), Practice::Encryption);
    laptop = bad(laptop, Practice::Firewall);
    devices.jamf.put(read(laptop));
    devices.sweep("jamf").await;
    let (mia, ana, device) = (devices.mia(), devices.ana(), devices.only().await.id);
    let ask = async |practice: Practice, reason: &str| {
        devices.posture.ask_exemption(&mia, device, &practice, reason).await.expect("asked")
    };
    let refused = ask(Practice::Encryption, "the dentist needs it open").await;
    ask(Practice::Firewall, "it is a laboratory machine").await;
    let by = crate::people::Authority::Viewer(&ana);
    devices.posture.decide_exemption(&by, &refused, Verdict::Refuse).await.expect("may");
    devices.posture.not_mine(&mia, device, "it is my sister's").await.expect("said");
    devices
}

async fn held(devices: &Devices) -> String {
    let mia = devices.world.id(MIA);
    let mut all = devices.world.engine.held_about(mia).await.expect("readable").to_string();
    for id in devices.posture.device_ids_of(mia, &[]).await.expect("readable") {
        all += &devices.posture.device_held(id).await.expect("readable").to_string();
    }
    all
}

#[test]
fn a_persons_data_holds_their_devices_findings_exemptions_and_what_they_said() {
    run(async {
        let devices = with_a_past().await;
        let held = held(&devices).await;
        for text in [
            "C02AAAA11",
            "mia-laptop",
            "the dentist needs it open",
            "it is a laboratory machine",
            "it is my sister's",
            "encryption",
        ] {
            assert!(held.contains(text), "{text}: {held}");
        }
    });
}

#[test]
fn of_somebody_active_only_the_past_goes_and_how_their_devices_stand_stays() {
    run(async {
        let devices = with_a_past().await;
        let (mia, device) = (devices.world.id(MIA), devices.only().await.id);
        let signals = vec![wait(9, "okta", device, MIA)];
        let commit = DeviceCommit { signals, ..DeviceCommit::default() };
        devices.posture.fleet().store().commit(commit).await.expect("it waits");
        let would = devices.posture.erasable(mia, &[]).await.expect("readable");
        assert_eq!((would.devices.as_slice(), would.are_kept), (&[device][..], true));
        assert_eq!((would.exemptions.len(), would.notes.len()), (1, 0));
        assert_eq!(devices.posture.erase(mia, &[]).await, Ok(would));
        let waiting = devices.posture.fleet().store().waiting(0, 9).await.expect("readable");
        assert!(
            waiting.iter().any(|row| row.id == DeliveryId::from_digest(9)),
            "others rely on it"
        );
        let view = devices.only().await;
        assert_eq!((view.id, view.grade.name(), view.history.len()), (device, "critical", 0));
        let held = held(&devices).await;
        assert!(!held.contains("the dentist needs it open"), "what was refused is over");
        assert!(held.contains("it is a laboratory machine"), "what waits is still needed");
        assert!(held.contains("it is my sister's"));
        devices.world.clock.advance(HOUR);
        devices.sweep("jamf").await;
        assert_eq!(devices.only().await.id, device, "and goes on");
        let audit = devices.world.engine.parts.store.audit(0, 1_000).await.expect("readable");
        assert!(audit.iter().any(|row| row.kind == "device.erased"));
    });
}

fn wait(n: u128, party: &str, device: DeviceId, email: &str) -> SignalOp {
    let signal = ComplianceSignal {
        id: DeliveryId::from_digest(n),
        device,
        identifiers: Default::default(),
        email: Some(email.into()),
        was_compliant: true,
        is_compliant: false,
        at: Timestamp::UNIX_EPOCH,
        initiator: Initiator::Policy,
    };
    SignalOp::Add(SignalRow {
        id: signal.id,
        receiver: party.to_owned(),
        seq: 0,
        due: Timestamp::UNIX_EPOCH,
        attempts: 0,
        body: signal.to_bytes(),
    })
}

#[test]
fn of_somebody_who_has_left_no_device_is_held_by_whatever_address() {
    run(async {
        let devices = Devices::new();
        for (id, email) in [("1", MIA), ("2", GONE), ("3", "stranger@example.com")] {
            let mut theirs = devices.laptop("jamf", id, &format!("C02AAAA{id}{id}"));
            theirs.owners = vec![OwnerHint::new(Some(email), None, Confidence::Assigned)];
            devices.jamf.put(read(bad(theirs, Practice::Encryption)));
        }
        devices.sweep("jamf").await;
        let gone = devices.world.id(GONE);
        let (now, space) = (devices.now(), Space::DeviceKey);
        let key = Record {
            space,
            key: "their-device".to_owned(),
            owner: Some(gone),
            value: b"{}".to_vec(),
            expires_at: None,
        };
        let records = vec![RecordOp::Put(key)];
        let store = &devices.world.engine.parts.store;
        store.commit(Commit { records, ..Commit::default() }).await.expect("written");
        // What relying parties were not told yet: about Mia's device, and about theirs, by the device
        // or by the address alone, also for a party that is not configured any more.
        let ids = devices.posture.device_ids_of(gone, &[]).await.expect("readable");
        let hers = devices.only().await.id;
        let strange = DeviceId::from_digest(77);
        let waits = [
            ("okta", hers, MIA),
            ("okta", ids[0], "alias@example.com"),
            ("okta", strange, "Gone@Example.com"),
            ("before", strange, "stranger@example.com"),
        ];
        let waits = (1_u128..).zip(waits).map(|(n, (party, id, email))| wait(n, party, id, email));
        let signals = waits.collect();
        let commit = DeviceCommit { signals, ..DeviceCommit::default() };
        devices.posture.fleet().store().commit(commit).await.expect("they wait");
        let others = devices.posture.erase(gone, &[MIA.to_owned()]).await;
        assert!(matches!(others, Err(EngineError::Invalid(_))), "her address is not theirs");
        let erased = devices.posture.erase(gone, &[" Stranger@example.com".to_owned()]).await;
        let erased: DeviceErasure = erased.expect("erased");
        assert_eq!((erased.devices.len(), erased.are_kept, erased.signals), (2, false, 3));
        let waiting = devices.posture.fleet().store().waiting(0, 9).await.expect("readable");
        let waiting: Vec<_> = waiting.into_iter().map(|row| (row.receiver, row.id)).collect();
        assert_eq!(waiting, [("okta".to_owned(), DeliveryId::from_digest(1))], "Mia's");
        devices.world.engine.erase(gone).await.expect("erased");
        let left = devices.posture.fleet().store();
        let all = left.list(&DeviceQuery { limit: 10, ..DeviceQuery::default() }).await;
        let emails: Vec<Option<Personal>> =
            all.expect("readable").into_iter().map(|it| it.email).collect();
        assert_eq!(emails, [Some(Personal::from(MIA))], "nobody else's is touched");
        let since = Span::days(9).before(now);
        let histories = left.histories(since, 0, 100).await.expect("readable");
        assert!(histories.iter().all(|row| row.device == hers));
        assert_eq!(store.records(space, Some(gone), "", now, 9).await, Ok(Vec::new()));
    });
}
