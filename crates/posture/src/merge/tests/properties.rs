//! Whatever sources say, merging keeps its rules.

use model::device::Confidence;
use proptest::{prelude::*, sample::select};

use super::*;
use crate::merge::conflict::is_replaced;

pub(super) const MIA: &str = "mia@example.com";
const ANN: &str = "ann@example.com";

/// Few values, so that records meet.
pub(super) fn any_record() -> impl Strategy<Value = SourceRecord> {
    let key = (select(vec!["a", "b", "collect", "osquery"]), 0_u8..4);
    let serial = select(vec![None, Some("s-1"), Some("s-2"), Some("0"), Some("...")]);
    let udid = select(vec![None, Some("4c4c4544-0042-3510-8054-b4c04f564433"), Some("u-2222")]);
    let macs = prop::collection::vec(select(vec![D, B, L, G]), 0..3);
    let platform = select(vec![Platform::Unknown, Platform::Macos, Platform::Windows]);
    let model = select(vec![None, Some("MacBook Pro"), Some("Latitude 7420")]);
    let owner = (select(vec![None, Some(MIA), Some(ANN)]), any::<bool>());
    (key, serial, udid, macs, platform, model, 0_u64..5, owner).prop_map(
        |((source, id), serial, udid, macs, platform, model, seen, (owner, is_sure))| {
            // Somebody enrolled each.
            let owner = owner.or((source == "collect").then_some(MIA));
            let sure = if is_sure { Confidence::Assigned } else { Confidence::Guessed };
            let mut made = record(source, &id.to_string()).on(platform);
            made.origin.first_seen_at = hour(seen);
            made = serial.into_iter().fold(made, |it, serial| it.serial(serial));
            made = udid.into_iter().fold(made, |it, udid| it.id(IdKind::Udid, udid));
            made = owner.into_iter().fold(made, |it, owner| it.owned(owner, sure));
            made = model.into_iter().fold(made, |it, model| it.fact(Field::Model, model));
            made.identifiers.macs =
                macs.iter().map(|mac| mac.parse().expect("an address")).collect();
            made
        },
    )
}

/// Each key once.
pub(super) fn any_records() -> impl Strategy<Value = Vec<SourceRecord>> {
    prop::collection::vec(any_record(), 0..12).prop_map(|records| {
        let by_key: BTreeMap<RecordKey, SourceRecord> =
            records.into_iter().map(|record| (record.key.clone(), record)).collect();
        by_key.into_values().collect()
    })
}

fn any_decisions() -> impl Strategy<Value = Vec<(bool, usize, usize, u64)>> {
    prop::collection::vec((any::<bool>(), 0_usize..12, 0_usize..12, 0_u64..4), 0..4)
}

fn decisions(said: &[(bool, usize, usize, u64)], records: &[SourceRecord]) -> Vec<Decision> {
    let decision = |(is_pin, one, other, at): &(bool, usize, usize, u64)| {
        let ruling = if *is_pin { Ruling::Together } else { Ruling::Apart };
        Some(decide(ruling, records.get(*one)?, records.get(*other)?, *at))
    };
    said.iter().filter_map(decision).collect()
}

/// Clusters with records for their places.
pub(super) fn told(
    records: &[SourceRecord],
    decisions: &[Decision],
) -> Vec<(Vec<RecordKey>, Cluster)> {
    let clusters = merge(records, decisions, &rules());
    let named = |mut cluster: Cluster| {
        let places = std::mem::take(&mut cluster.members);
        (places.iter().map(|at| records[*at].key.clone()).collect(), cluster)
    };
    clusters.into_iter().map(named).collect()
}

proptest! {
    #[test]
    fn merging_does_not_depend_on_the_order_of_its_input(
        records in any_records(),
        said in any_decisions(),
        shuffle in any::<prop::sample::Index>(),
    ) {
        let decisions = decisions(&said, &records);
        let mut turned = records.clone();
        let middle = if turned.is_empty() { 0 } else { shuffle.index(turned.len()) };
        turned.rotate_left(middle);
        turned.reverse();
        let mut backwards = decisions.clone();
        backwards.reverse();
        prop_assert_eq!(told(&records, &decisions), told(&turned, &backwards));
    }

    #[test]
    fn every_record_belongs_to_exactly_one_device(records in any_records()) {
        let told = told(&records, &[]);
        let mut keys: Vec<RecordKey> = told.into_iter().flat_map(|(keys, _)| keys).collect();
        keys.sort();
        let all: Vec<RecordKey> = records.iter().map(|record| record.key.clone()).collect();
        prop_assert_eq!(keys, all);
    }

    #[test]
    fn merging_what_is_merged_changes_nothing(records in any_records()) {
        let clusters = merge(&records, &[], &rules());
        for cluster in &clusters {
            let own: Vec<SourceRecord> =
                cluster.members.iter().map(|at| records[*at].clone()).collect();
            let again = merge(&own, &[], &rules());
            prop_assert_eq!(again.len(), 1);
            prop_assert_eq!(again[0].id, cluster.id);
        }
    }

    #[test]
    fn a_conflict_always_separates(records in any_records()) {
        let identities: Vec<Identity> =
            records.iter().map(|record| Identity::of(record, &rules())).collect();
        for cluster in merge(&records, &[], &rules()) {
            for (n, one) in cluster.members.iter().enumerate() {
                for other in &cluster.members[n + 1..] {
                    let (a, b) = (&identities[*one], &identities[*other]);
                    let differ = |kind: &IdKind| {
                        a.scalar(*kind).zip(b.scalar(*kind)).is_some_and(|(a, b)| a != b)
                    };
                    prop_assert!(!IdKind::ALL.iter().any(differ));
                    prop_assert!(a.platform.zip(b.platform).is_none_or(|(a, b)| a == b));
                    prop_assert!(a.family.zip(b.family).is_none_or(|(a, b)| a == b));
                    let is_same_source = records[*one].key.source == records[*other].key.source;
                    prop_assert!(!is_same_source || is_replaced(a, b));
                }
            }
        }
    }

    #[test]
    fn what_people_keep_apart_is_apart(records in any_records(), said in any_decisions()) {
        let decisions = decisions(&said, &records);
        let parts = parts(&records, &decisions);
        let latest = |one: &Decision| !decisions.iter().any(|it| {
            let is_same = [&it.left, &it.right].contains(&&one.left)
                && [&it.left, &it.right].contains(&&one.right);
            is_same && it.at >= one.at && it.ruling == Ruling::Together
        });
        for apart in decisions.iter().filter(|it| it.ruling == Ruling::Apart && latest(it)) {
            let is_one = |part: &Vec<RecordKey>| {
                apart.left != apart.right && part.contains(&apart.left) && part.contains(&apart.right)
            };
            prop_assert!(!parts.iter().any(is_one));
        }
    }
}
