//! Merging what can matter to a changed record gives what merging everything gives.

use model::device::Confidence;
use proptest::prelude::*;

use super::{
    properties::{MIA, any_records},
    *,
};
use crate::identity::handles;

/// A store that answers as a real one must: the records with an identifier, up to the limit.
fn close(
    stored: &[SourceRecord],
    changed: Vec<SourceRecord>,
    before: &[SourceRecord],
    decisions: &[Decision],
) -> Result<Vec<(Vec<RecordKey>, DeviceId)>, Overgrown> {
    let rules = rules();
    follow(stored, Closure::start(changed, before, decisions, &rules))
}

fn follow(
    stored: &[SourceRecord],
    mut closure: Closure<'_>,
) -> Result<Vec<(Vec<RecordKey>, DeviceId)>, Overgrown> {
    let rules = rules();
    let mut fetched = Vec::new();
    loop {
        let wanted = closure.wanted()?;
        if wanted.is_empty() {
            break;
        }
        for want in &wanted {
            let is_wanted = |record: &&SourceRecord| match want {
                Want::Key(handle) => handles(record, &rules).contains(handle),
                Want::Record(key) => record.key == *key,
            };
            fetched.extend(stored.iter().filter(is_wanted).take(HOLDERS_MAX).cloned());
        }
        closure.add(std::mem::take(&mut fetched));
    }
    let (records, clusters) = closure.merge();
    let named = |cluster: Cluster| {
        let keys = cluster.members.iter().map(|at| records[*at].key.clone()).collect();
        (keys, cluster.id)
    };
    Ok(clusters.into_iter().map(named).collect())
}

fn everything(records: &[SourceRecord], decisions: &[Decision]) -> Vec<(Vec<RecordKey>, DeviceId)> {
    let clusters = merge(records, decisions, &rules());
    let keys = |it: &Cluster| it.members.iter().map(|at| records[*at].key.clone()).collect();
    clusters.iter().map(|cluster| (keys(cluster), cluster.id)).collect()
}

#[test]
fn a_record_that_loses_an_identifier_leaves_its_device() {
    let bridge = record("b", "1").serial("s-1").macs([D]);
    let others = [record("a", "1").serial("s-1"), record("c", "1").macs([D])];
    let changed = record("b", "1").macs([D]);
    let stored = [others[0].clone(), changed.clone(), others[1].clone()];
    let found = close(&stored, vec![changed], &[bridge], &[]).expect("few");
    assert_eq!(found, everything(&stored, &[]));
    assert_eq!(found.len(), 2);
}

#[test]
fn a_shared_address_draws_in_no_other_device() {
    let docked = |n: usize| record("a", &n.to_string()).macs([D]).serial(&format!("s-{n}"));
    let mut stored: Vec<SourceRecord> = (0..CLOSURE_RECORDS_MAX + 10).map(docked).collect();
    stored.push(record("b", "1").serial("s-7"));
    let found = close(&stored, vec![docked(7)], &[], &[]).expect("few");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, [docked(7).key, RecordKey::new("b", "1")]);
}

#[test]
fn pinned_records_are_asked_for_by_name() {
    let stored = [record("a", "1"), record("b", "1").serial("s-1"), record("c", "1").serial("s-1")];
    let pins = [decide(Ruling::Together, &stored[0], &stored[1], 1)];
    let found = close(&stored, vec![stored[0].clone()], &[], &pins).expect("few");
    assert_eq!(found, everything(&stored, &pins));
}

#[test]
fn records_without_end_are_left_to_merging_everything() {
    let chained = |n: usize| {
        let mac = |n: usize| format!("00:DE:CA:{:02X}:{:02X}:00", n / 256, n % 256);
        let (one, other) = (mac(n), mac(n + 1));
        record("a", &n.to_string()).macs([one.as_str(), other.as_str()])
    };
    let stored: Vec<SourceRecord> = (0..CLOSURE_RECORDS_MAX + 10).map(chained).collect();
    let rules = rules();
    let mut closure = Closure::start(stored.clone(), &[], &[], &rules);
    assert_eq!(closure.wanted(), Err(Overgrown));
}

#[test]
fn what_devices_claim_keeps_no_device_of_management_from_being_told_anew() {
    let mac = |n: usize| format!("00:DE:CA:{:02X}:{:02X}:00", n / 256, n % 256);
    let laptop = record("a", "1").owned(MIA, Confidence::Assigned).macs([mac(0).as_str()]);
    let claim = |n: usize| {
        // Each has the address of another, so that they branch.
        let (one, other) = (mac(n), mac(n.saturating_sub(1) / 2));
        record("osquery", &n.to_string()).macs([one.as_str(), other.as_str()])
    };
    let mut stored: Vec<SourceRecord> = (0..CLOSURE_RECORDS_MAX + 10).map(claim).collect();
    stored.push(laptop.clone());
    assert_eq!(close(&stored, vec![laptop.clone()], &[], &[]), Err(Overgrown));
    let rules = rules();
    let closure = Closure::start(vec![laptop.clone()], &[], &[], &rules).of_managed();
    let found = follow(&stored, closure).expect("few");
    assert_eq!(found.iter().map(|it| it.0.clone()).collect::<Vec<_>>(), [[laptop.key]]);
    // So many with one identifier that a store does not return them all are not followed at all.
    let many = (0..HOLDERS_MAX).map(|n| record("osquery", &n.to_string()).macs([D]));
    let changed = record("a", "1").owned(MIA, Confidence::Assigned).macs([D]);
    let stored: Vec<SourceRecord> = many.chain([changed.clone()]).collect();
    let found = close(&stored, vec![changed.clone()], &[], &[]).expect("few");
    assert_eq!(found.iter().map(|it| it.0.clone()).collect::<Vec<_>>(), [[changed.key]]);
}

proptest! {
    #[test]
    fn merging_a_change_gives_what_merging_everything_gives(
        before in any_records(),
        after in any_records(),
        which in any::<prop::sample::Index>(),
    ) {
        prop_assume!(!after.is_empty());
        let changed = after[which.index(after.len())].clone();
        let old: Vec<SourceRecord> =
            before.iter().filter(|record| record.key == changed.key).cloned().collect();
        let mut stored = before;
        stored.retain(|record| record.key != changed.key);
        stored.push(changed.clone());
        let found = close(&stored, vec![changed.clone()], &old, &[]).expect("few");
        let all = everything(&stored, &[]);
        prop_assert!(found.iter().all(|device| all.contains(device)));
        prop_assert!(found.iter().any(|(keys, _)| keys.contains(&changed.key)));
        // Whatever device changed is among them.
        let were: Vec<SourceRecord> =
            stored.iter().filter(|it| it.key != changed.key).cloned().chain(old).collect();
        let devices_before = everything(&were, &[]);
        for device in all.iter().filter(|device| !devices_before.contains(device)) {
            prop_assert!(found.contains(device));
        }
    }
}
