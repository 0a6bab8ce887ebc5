//! What a device says of itself never alters what another person's device says.

use model::device::Confidence;
use proptest::prelude::*;

use super::{
    properties::{MIA, any_record, any_records, told},
    *,
};
use crate::device::Device;

const EVE: &str = "eve@example.com";

/// As a management system lists it.
fn managed(source: &str, owner: Option<&str>) -> SourceRecord {
    let record = record(source, "1").serial("s-1");
    owner.into_iter().fold(record, |it, owner| it.owned(owner, Confidence::Assigned))
}

/// As a device says it that somebody enrolled.
fn enrolled(id: &str, owner: &str) -> SourceRecord {
    record("collect", id).serial("s-1").owned(owner, Confidence::Reported)
}

/// As a host says it that holds the secret of all.
fn host(id: &str) -> SourceRecord {
    record("osquery", id).serial("s-1")
}

/// Which devices there are for every order, and whose flags tell of an unproven owner: the record
/// and who says whose the other is.
fn claims(records: &[SourceRecord], devices: usize) -> Vec<(String, String)> {
    check(records, devices);
    let name = |key: &RecordKey| format!("{} {}", key.source, key.id);
    let clusters = merge(records, &[], &rules());
    let flags = clusters.iter().flat_map(|it| &it.flags);
    let unproven = flags.filter(|it| it.kind == FlagKind::Conflict(Conflict::Owner));
    unproven.map(|it| (name(&it.left), it.right.as_ref().map(name).unwrap_or_default())).collect()
}

#[test]
fn who_claims_the_serial_of_anothers_device_stands_alone_and_waits_for_a_judgement() {
    let by = |who: &str, witness: &str| vec![(who.to_owned(), witness.to_owned())];
    let jamf = managed("jamf", Some(MIA));
    for (claim, name) in [(enrolled("7", EVE), "collect 7"), (host("7"), "osquery 7")] {
        let records = [jamf.clone(), claim];
        assert_eq!(claims(&records, 2), by(name, "jamf 1"));
        // Only it is to be judged: of the other nothing is told.
        let clusters = merge(&records, &[], &rules());
        let is_flagged = |it: &&Cluster| !it.flags.is_empty();
        let flagged: Vec<usize> =
            clusters.iter().filter(is_flagged).flat_map(|it| it.members.clone()).collect();
        assert_eq!(flagged, [1]);
    }
    // Also where only another of its records says whose it is.
    let records = [managed("fleet", None), jamf, enrolled("7", EVE)];
    assert_eq!(claims(&records, 2), by("collect 7", "jamf 1"));
}

#[test]
fn its_owners_own_collector_joins_it_by_any_of_their_addresses() {
    let jamf = managed("jamf", Some(MIA));
    assert_eq!(claims(&[jamf.clone(), enrolled("7", MIA)], 1), []);
    let known = enrolled("7", "m.example@example.com").owned(MIA, Confidence::Reported);
    assert_eq!(claims(&[jamf.clone(), known], 1), []);
    // Two of management that name two people name nobody.
    let guessed = |owner: &str| record("b", "1").serial("s-1").owned(owner, Confidence::Guessed);
    assert_eq!(claims(&[jamf, guessed(EVE), enrolled("7", MIA)], 1), []);
    let torn = guessed(EVE).owned(MIA, Confidence::Guessed);
    assert_eq!(claims(&[torn, enrolled("7", MIA)], 2).len(), 1);
    // Whoever had it before it was enrolled again has it no more.
    let again = |id: &str, hours: u64, owner: &str| {
        let record = record("jamf", id).serial("s-1").fact(Field::Model, "MacBook Pro");
        record.synced(hours).owned(owner, Confidence::Assigned)
    };
    assert_eq!(claims(&[again("1", 1, EVE), again("2", 2, MIA), enrolled("7", MIA)], 1), []);
}

#[test]
fn what_management_says_is_nobodys_may_be_claimed_by_one_and_not_by_two() {
    let nobodys = managed("jamf", None);
    assert_eq!(claims(&[nobodys.clone(), host("7")], 1), []);
    assert_eq!(claims(&[nobodys.clone(), enrolled("7", MIA)], 1), []);
    let torn = [nobodys, enrolled("7", MIA), enrolled("8", EVE)];
    assert_eq!(claims(&torn, 3).len(), 2, "each says it of the other");
    assert!(flags(&torn).contains(&FlagKind::Ambiguous));
}

#[test]
fn a_device_that_somebody_enrolled_is_joined_by_no_one_elses_word() {
    assert_eq!(claims(&[enrolled("7", MIA), host("8")], 2).len(), 1);
    let same = |id: &str, owner: &str| enrolled(id, owner).fact(Field::Model, "Latitude 7420");
    assert_eq!(claims(&[same("7", MIA), same("8", EVE)], 2).len(), 2);
    assert_eq!(claims(&[same("7", MIA), same("8", MIA)], 1), [], "enrolled again");
}

#[test]
fn however_many_claim_it_nothing_comes_apart() {
    let mut records = vec![managed("jamf", Some(MIA)), managed("fleet", None), enrolled("7", MIA)];
    let before = told(&records, &[]).remove(0);
    assert_eq!(before.0.len(), 3);
    records.extend((10..30).map(|n| host(&n.to_string())));
    records.extend((30..50).map(|n| enrolled(&n.to_string(), EVE)));
    assert!(told(&records, &[]).contains(&before));
}

#[test]
fn a_claim_brings_no_two_devices_of_management_together() {
    let bridge = host("7").macs([D]);
    let records = [managed("jamf", None), record("fleet", "1").macs([D]), bridge];
    assert_eq!(claims(&records, 2), []);
    assert_eq!(flags(&records), [FlagKind::Ambiguous]);
}

#[test]
fn what_somebody_brought_together_by_hand_stays_so_and_has_the_owner_it_had() {
    let guessed = record("jamf", "1").serial("s-1").owned(MIA, Confidence::Guessed);
    let records = [guessed, enrolled("7", EVE), host("8"), managed("fleet", None)];
    let pins = [1, 2].map(|at| decide(Ruling::Together, &records[0], &records[at], 1));
    let mut clusters = merge(&records, &pins, &rules());
    assert_eq!(clusters.len(), 1);
    let device = Device::derive(clusters.remove(0), &records, &rules());
    let owner = device.owner.expect("somebody's");
    assert_eq!((owner.email, owner.source.as_str()), (Some(MIA.into()), "jamf"));
    // What it says of itself keeps nothing away that management knows.
    let odd = host("8").macs([D]).id(IdKind::Imei, "352099001761481").on(Platform::Windows);
    let inventory = managed("fleet", None).id(IdKind::Imei, "352099001761482");
    let records = [records[0].clone().on(Platform::Macos), odd, inventory.on(Platform::Macos)];
    let pin = decide(Ruling::Together, &records[0], &records[1], 1);
    assert_eq!(parts(&records, &[pin]).len(), 1);
}

#[test]
fn what_is_left_of_a_source_that_is_no_more_is_its_own_word() {
    let rules = MergeRules {
        trusts: Trusts {
            named: [("jamf".to_owned(), Trust::Managed)].into(),
            others: Trust::Shared,
        },
        ..MergeRules::default()
    };
    let records = [managed("jamf", Some(MIA)), managed("gone", Some(MIA))];
    assert_eq!(merge(&records, &[], &rules).len(), 2);
}

/// Records that speak for themselves, of nobody or of Eve.
fn hostile() -> impl Strategy<Value = Vec<SourceRecord>> {
    let made = (any_record(), any::<bool>()).prop_map(|(mut record, is_enrolled)| {
        record.owners.clear();
        record.key.source = if is_enrolled { "collect" } else { "osquery" }.to_owned();
        if is_enrolled { record.owned(EVE, Confidence::Reported) } else { record }
    });
    prop::collection::vec(made, 1..8).prop_map(|records| {
        let named = records.into_iter().enumerate().map(|(n, mut record)| {
            record.key.id = format!("hostile-{n}");
            record
        });
        named.collect()
    })
}

proptest! {
    #[test]
    fn a_record_that_speaks_for_itself_never_alters_what_another_persons_device_says(
        records in any_records(),
        hostile in hostile(),
    ) {
        let is_somebodys = |key: &RecordKey| {
            let its = records.iter().find(|record| record.key == *key);
            its.is_some_and(|it| it.key.source != "osquery" && !it.owners.is_empty())
        };
        let is_of_management =
            |key: &RecordKey| is_somebodys(key) && key.source != "collect";
        let all = [records.clone(), hostile.clone()].concat();
        let after = told(&all, &[]);
        for (keys, before) in told(&records, &[]) {
            if !keys.iter().any(is_of_management) {
                continue;
            }
            let same = after.iter().find(|(its, _)| *its == keys);
            let said = |it: &Cluster| (it.id, it.aliases.clone(), it.links.clone());
            prop_assert_eq!(same.map(|(_, it)| said(it)), Some(said(&before)));
        }
        for (keys, _) in &after {
            let is_hostile = |key: &RecordKey| hostile.iter().any(|it| it.key == *key);
            prop_assert!(!keys.iter().any(is_hostile) || !keys.iter().any(is_somebodys));
        }
    }
}
