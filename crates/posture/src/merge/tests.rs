use std::collections::{BTreeMap, BTreeSet};

use model::{
    Timestamp,
    device::{Field, IdKind, Platform, RecordKey, SourceRecord},
};

use super::*;
use crate::fixture::{B, Build, D, G, L, Z, hour, record};

mod claims;
mod incremental;
mod properties;

/// Sources are management's, save for two.
fn rules() -> MergeRules {
    let own = [("collect", Trust::Enrolled), ("osquery", Trust::Shared)];
    let named = own.map(|(name, trust)| (name.to_owned(), trust)).into();
    MergeRules { trusts: Trusts { named, ..Trusts::default() }, ..MergeRules::default() }
}

/// The devices of records, each as the keys of its records.
pub(crate) fn parts(records: &[SourceRecord], decisions: &[Decision]) -> BTreeSet<Vec<RecordKey>> {
    let clusters = merge(records, decisions, &rules());
    let keys =
        |cluster: &Cluster| cluster.members.iter().map(|at| records[*at].key.clone()).collect();
    clusters.iter().map(keys).collect()
}

/// How many devices there are, for every order of up to four records.
fn check(records: &[SourceRecord], devices: usize) {
    let expected = parts(records, &[]);
    for order in orders(records.len()) {
        let records: Vec<SourceRecord> = order.iter().map(|at| records[*at].clone()).collect();
        assert_eq!(parts(&records, &[]), expected, "{order:?}");
    }
    assert_eq!(expected.len(), devices, "{records:?}: {expected:?}");
}

fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let shorter = orders(count - 1);
    let longer = |order: &Vec<usize>| {
        let order = order.clone();
        (0..count).map(move |at| {
            let mut longer = order.clone();
            longer.insert(at, count - 1);
            longer
        })
    };
    shorter.iter().flat_map(longer).collect()
}

fn flags(records: &[SourceRecord]) -> Vec<FlagKind> {
    let clusters = merge(records, &[], &rules());
    let mut kinds: Vec<FlagKind> =
        clusters.iter().flat_map(|cluster| cluster.flags.iter().map(|flag| flag.kind)).collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

#[test]
fn m1_equal_usable_serials_are_one_device() {
    let serial = |id: &str, serial: &str| record(id, "1").serial(serial);
    check(&[serial("a", "C02XL0GTJGH5"), serial("b", " c02xl0gtjgh5 ")], 1);
    check(&[serial("a", "C02XL0GTJGH5"), serial("b", "C02XL0GTJGH6")], 2);
    check(&[record("a", "1"), record("b", "1")], 2);
}

#[test]
fn m2_a_usable_address_in_common_is_one_device() {
    check(&[record("a", "1").macs([D]), record("b", "1").macs([D, B])], 1);
    check(&[record("a", "1").macs([D]), record("b", "1").macs([B])], 2);
}

#[test]
fn m4_local_addresses_never_match() {
    check(&[record("a", "1").macs([D, L]), record("b", "1").macs([B, L])], 2);
    check(&[record("a", "1").macs([D, L]), record("b", "1").macs([D, B, L])], 1);
}

#[test]
fn m5_group_and_vendorless_addresses_never_match() {
    for strange in [G, Z] {
        check(&[record("a", "1").macs([strange]), record("b", "1").macs([strange])], 2);
        check(&[record("a", "1").macs([D, strange]), record("b", "1").macs([strange, D])], 1);
    }
}

#[test]
fn m7_three_records_joined_by_two_identifiers_are_one_device_in_every_order() {
    let this = record("this", "1").serial("s-1");
    let other = record("other", "1").serial("s-1").macs([D]);
    let third = record("third", "1").macs([D]);
    check(&[this, other, third], 1);
}

#[test]
fn m13_placeholder_serials_never_merge() {
    let placeholders = [
        "...",
        "",
        "0",
        "None",
        "Default string",
        "System Serial Number",
        "To Be Filled By O.E.M.",
        "Not Specified",
    ];
    for placeholder in placeholders {
        let junk = |source: &str| {
            let kinds = [IdKind::Serial, IdKind::Imei, IdKind::Meid, IdKind::GoogleDeviceId];
            kinds.iter().fold(record(source, "1"), |record, kind| record.id(*kind, placeholder))
        };
        check(&[junk("a"), junk("b")], 2);
        // Nor do they keep apart what belongs together.
        let real = |source: &str| junk(source).macs([D]);
        check(&[real("a"), record("b", "1").serial("C02XL0GTJGH5").macs([D])], 1);
        // What kept two records apart still does: one source lists both.
        let twice = |id: &str| record("a", id).serial(placeholder).macs([D]);
        check(&[twice("1"), twice("2")], 2);
    }
}

#[test]
fn m14_four_records_of_one_source_with_placeholders_are_four_devices() {
    let phone = |id: &str| {
        let kinds = [IdKind::Serial, IdKind::Imei, IdKind::Meid, IdKind::GoogleDeviceId];
        kinds.iter().fold(record("google", id), |record, kind| record.id(*kind, "..."))
    };
    let records = [
        phone("1").on(Platform::Android).macs([B]),
        phone("2").on(Platform::Android),
        phone("3").on(Platform::Ios).id(IdKind::GoogleDeviceId, "exampleDevice"),
        phone("4").on(Platform::Chromeos).serial("0xDECAFBAD").macs([D]),
    ];
    check(&records, 4);
}

#[test]
fn m15_every_spelling_of_an_address_is_the_same_address() {
    let spelled = |source: &str, mac: &str| record(source, "1").macs([mac]);
    let records = [
        spelled("a", "00-DE-CA-FB-AD-00"),
        spelled("b", "00de.cafb.ad00"),
        spelled("c", "00DECAFBAD00"),
    ];
    check(&records, 1);
}

#[test]
fn m16_a_conflict_beats_a_match_and_is_flagged() {
    let one = record("a", "1").macs([D]).serial("s-1");
    let records = [one, record("b", "1").macs([D]).serial("s-2")];
    check(&records, 2);
    let clusters = merge(&records, &[], &rules());
    for cluster in clusters {
        let [flag] = &cluster.flags[..] else { panic!("{:?}", cluster.flags) };
        assert_eq!(flag.kind, FlagKind::Conflict(Conflict::Identifier(IdKind::Serial)));
        assert_eq!(flag.matched, Some(MatchKey::Mac(D.parse().expect("an address"))));
    }
}

#[test]
fn every_kind_of_conflict_keeps_records_apart_and_is_flagged() {
    let with = |source: &str| record(source, "1").macs([D]);
    let cases = [
        (
            with("a").id(IdKind::Udid, "4C4C4544-0042-3510-8054-B4C04F564433"),
            with("b").id(IdKind::Udid, "4C4C4544-0042-3510-8054-B4C04F564434"),
            Conflict::Identifier(IdKind::Udid),
        ),
        (
            with("a").id(IdKind::Imei, "352099001761481"),
            with("b").id(IdKind::Imei, "352099001761482"),
            Conflict::Identifier(IdKind::Imei),
        ),
        (with("a").on(Platform::Macos), with("b").on(Platform::Windows), Conflict::Platform),
        (
            with("a").fact(Field::Model, "MacBook Pro"),
            with("b").fact(Field::ModelIdentifier, "MacBookAir10,1"),
            Conflict::Model,
        ),
    ];
    for (one, other, conflict) in cases {
        let records = [one, other];
        check(&records, 2);
        assert_eq!(flags(&records), [FlagKind::Conflict(conflict)]);
    }
}

#[test]
fn what_differs_without_meaning_another_device_is_no_conflict() {
    let with = |source: &str| record(source, "1").macs([D]);
    for (one, other) in [
        (with("a").on(Platform::Ios), with("b").on(Platform::Ipados)),
        (with("a").on(Platform::Unknown), with("b").on(Platform::Macos)),
        (with("a").fact(Field::Model, "marlin"), with("b").fact(Field::Model, "Pixel XL")),
        // Each enrolment has an id of its own.
        (
            with("a").id(IdKind::AzureAdDeviceId, "aad-1"),
            with("b").id(IdKind::AzureAdDeviceId, "aad-2"),
        ),
        // The hardware's id by its two names.
        (
            with("a").id(IdKind::Udid, "4C4C4544-0042-3510-8054-B4C04F564433"),
            with("b").id(IdKind::HardwareUuid, "4c4c4544-0042-3510-8054-b4c04f564433"),
        ),
    ] {
        let records = [one, other];
        check(&records, 1);
        assert_eq!(flags(&records), []);
    }
}

#[test]
fn one_source_lists_a_device_twice_only_when_it_was_enrolled_again() {
    let enrolled =
        |id: &str, model: &str| record("a", id).serial("C02XL0GTJGH5").fact(Field::Model, model);
    check(&[enrolled("1", "MacBook Pro"), enrolled("2", "macbook  pro")], 1);
    let records = [enrolled("1", "MacBook Pro"), enrolled("2", "")];
    check(&records, 2);
    assert_eq!(flags(&records), [FlagKind::Conflict(Conflict::SameSource)]);
    // Also by way of another source's record, which could be either's.
    let bridge = record("b", "1").serial("C02XL0GTJGH5");
    let records = [enrolled("1", "MacBook Pro"), enrolled("2", ""), bridge];
    check(&records, 3);
    assert!(flags(&records).contains(&FlagKind::Ambiguous));
}

#[test]
fn a_record_that_could_be_of_either_of_two_devices_stays_alone_and_is_flagged() {
    let records = [
        record("a", "1").serial("s-1").macs([D]),
        record("b", "1").serial("s-2").macs([D]),
        record("c", "1").macs([D]),
    ];
    check(&records, 3);
    assert!(flags(&records).contains(&FlagKind::Ambiguous));
    // With more to go by it is certain.
    let records = [records[0].clone(), records[1].clone(), records[2].clone().serial("s-2")];
    check(&records, 2);
}

#[test]
fn a_stronger_identifier_decides_before_a_weaker_one() {
    let uuid = "4C4C4544-0042-3510-8054-B4C04F564433";
    let records = [
        record("a", "1").id(IdKind::HardwareUuid, uuid).macs([B]),
        record("b", "1").id(IdKind::HardwareUuid, uuid).serial("s-1"),
        // Its adapter is the first's, but its serial number is not that of the first's device.
        record("c", "1").serial("s-2").macs([B]),
    ];
    check(&records, 2);
    let expected = vec![records[0].key.clone(), records[1].key.clone()];
    assert!(parts(&records, &[]).contains(&expected));
}

#[test]
fn what_too_many_records_of_one_source_have_says_nothing_and_is_told() {
    let docked = |n: usize| record("a", &n.to_string()).macs([D]);
    let mut records: Vec<SourceRecord> = (0..4).map(docked).collect();
    records.push(record("b", "1").macs([D]).serial("s-1"));
    assert!(!flags(&records).contains(&FlagKind::Shared));
    records.push(docked(5));
    assert_eq!(parts(&records, &[]).len(), 6);
    assert_eq!(flags(&records), [FlagKind::Shared]);
    // Or with too many serial numbers, each from a source of its own.
    let sources = ["a", "b", "c", "d", "e"];
    let one_each =
        sources.map(|source| record(source, "1").serial(&format!("s-{source}")).macs([D]));
    assert_eq!(flags(&one_each), [FlagKind::Shared]);
}

#[test]
fn addresses_of_shared_adapters_never_match() {
    let rules = MergeRules { shared_adapters: vec![vec![0x00, 0xDE, 0xCA]], ..rules() };
    let records = [record("a", "1").macs([D]), record("b", "1").macs([D])];
    assert_eq!(merge(&records, &[], &rules).len(), 2);
    assert_eq!(merge(&records, &[], &MergeRules::default()).len(), 1);
}

fn decide(ruling: Ruling, left: &SourceRecord, right: &SourceRecord, at: u64) -> Decision {
    let (left, right) = (left.key.clone(), right.key.clone());
    Decision { ruling, left, right, by: "kif".into(), reason: "looked".into(), at: hour(at) }
}

#[test]
fn m21_a_split_lasts_through_the_next_syncs_and_can_be_undone() {
    let mut records = vec![
        record("a", "1").serial("s-1"),
        record("b", "1").serial("s-1").macs([D]),
        record("c", "1").macs([D]),
    ];
    let keys: Vec<RecordKey> = records.iter().map(|record| record.key.clone()).collect();
    let split = Decision::split(&keys[2..], &keys[..2], "kif", "a borrowed adapter", hour(1));
    assert_eq!(parts(&records, &split).len(), 2);
    // The next sync of all sources, and another source's record of the same device.
    for record in &mut records {
        record.fetched_at = hour(30);
        record.last_sync = Some(hour(30));
    }
    records.push(record("d", "1").serial("s-1"));
    let after = parts(&records, &split);
    assert!(after.contains(&vec![keys[2].clone()]), "{after:?}");
    assert_eq!(after.len(), 2);
    assert!(merge(&records, &split, &rules()).iter().all(|cluster| cluster.flags.is_empty()));
    // Undone.
    assert_eq!(parts(&records, &[]).len(), 1);
}

#[test]
fn a_pin_lasts_gives_its_reason_and_yields_to_a_later_split() {
    let records = [
        record("a", "1").serial("s-1").on(Platform::Macos),
        record("a", "2").serial("s-2").on(Platform::Linux),
        record("b", "1").serial("s-2"),
    ];
    let pin = decide(Ruling::Together, &records[0], &records[1], 1);
    let clusters = merge(&records, std::slice::from_ref(&pin), &rules());
    assert_eq!(clusters.len(), 1, "the record that fits one of them joins too");
    assert!(clusters[0].links.iter().any(|link| link.why == LinkReason::Pinned(pin.clone())));
    let later = decide(Ruling::Apart, &records[1], &records[0], 2);
    assert_eq!(parts(&records, &[pin.clone(), later.clone()]).len(), 2);
    assert_eq!(parts(&records, &[later, pin]).len(), 2);
}

#[test]
fn a_pin_across_a_split_is_refused_and_flagged() {
    let records = [record("a", "1"), record("b", "1"), record("c", "1")];
    let decisions = [
        decide(Ruling::Together, &records[0], &records[1], 3),
        decide(Ruling::Together, &records[1], &records[2], 2),
        decide(Ruling::Apart, &records[0], &records[2], 1),
    ];
    assert_eq!(parts(&records, &decisions).len(), 2);
    let clusters = merge(&records, &decisions, &rules());
    assert!(clusters.iter().all(|it| it.flags.iter().any(|it| it.kind == FlagKind::PinRefused)));
}

#[test]
fn every_device_says_why_its_records_are_one() {
    let records = [
        record("a", "1").serial("s-1"),
        record("b", "1").serial("s-1").macs([D]),
        record("c", "1").macs([D]),
    ];
    let clusters = merge(&records, &[], &rules());
    let why: Vec<&LinkReason> = clusters[0].links.iter().map(|link| &link.why).collect();
    let mac = MatchKey::Mac(D.parse().expect("an address"));
    let serial = LinkReason::Same(MatchKey::Serial("s-1".to_owned()));
    assert_eq!(why, [&serial, &LinkReason::Same(mac)]);
}

fn ids(records: &[SourceRecord]) -> BTreeMap<RecordKey, (DeviceId, Vec<DeviceId>)> {
    let clusters = merge(records, &[], &rules());
    let named = |cluster: Cluster| {
        let name = (cluster.id, cluster.aliases);
        cluster.members.into_iter().map(move |at| (records[at].key.clone(), name.clone()))
    };
    clusters.into_iter().flat_map(named).collect()
}

fn seen_since(mut record: SourceRecord, at: Timestamp) -> SourceRecord {
    record.origin.first_seen_at = at;
    record
}

#[test]
fn a_device_keeps_its_id_when_records_join_and_leave_it() {
    let old = seen_since(record("b", "1").serial("s-1"), hour(1));
    let young = seen_since(record("a", "1").serial("s-1"), hour(2));
    let apart = seen_since(record("c", "1").macs([D]), hour(3));
    let id = |records: &[SourceRecord], of: &SourceRecord| ids(records)[&of.key].clone();
    let alone = id(std::slice::from_ref(&old), &old).0;
    let (first, _) = id(std::slice::from_ref(&apart), &apart);
    // A new record joins it.
    assert_eq!(id(&[young.clone(), old.clone()], &young).0, alone);
    // Two devices turn out to be one: the older's id stays, the other's is an alias.
    let bridge = seen_since(record("d", "1").serial("s-1").macs([D]), hour(4));
    let (joined, aliases) = id(&[young.clone(), apart.clone(), old.clone(), bridge], &apart);
    assert_eq!(joined, alone);
    assert!(aliases.contains(&first));
    // They part again.
    assert_eq!(id(&[old.clone(), apart.clone()], &apart).0, first);
    // The oldest record is erased.
    let mut heir = young.clone();
    bequeath(&old, &mut heir);
    assert_eq!(id(&[heir.clone(), apart], &heir).0, alone);
    // The younger one is: nothing is inherited.
    let mut older = old.clone();
    bequeath(&young, &mut older);
    assert_eq!(older, old);
}
