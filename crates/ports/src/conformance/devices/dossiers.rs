//! Devices as they are written and read.

use super::sample::{at, commit, device, id, person, put, record, write};
use crate::{
    devices::store::{
        DeviceCommit, DeviceStore, Dossier, FindKey, Inventory, StoredRecord, kept_ms,
    },
    store::StoreError,
};

pub(super) async fn a_dossier_comes_back_as_it_was_written(store: &dyn DeviceStore) {
    let hostile = "O'Neil\u{0}\u{202e}%_\" 🦀@example.com";
    let full = Dossier {
        aliases: vec![id(70), id(71)],
        email: Some(hostile.into()),
        checks: [("agent:O'Neil = x", "warn"), ("firewall", "na")]
            .map(|(practice, state)| (practice.to_owned(), state.to_owned()))
            .into(),
        is_flagged: true,
        next_at: Some(at(99)),
        track: vec![0; 3_000],
        records: vec![
            StoredRecord { software: Inventory::Is(vec![7; 50_000]), ..record("jamf", 1) },
            StoredRecord { is_gone: true, body: (0..=255).collect(), ..record("fleet", 1) },
        ],
        ..device(1)
    };
    let bare = Dossier {
        owner: None,
        email: None,
        checks: std::collections::BTreeMap::new(),
        last_seen: None,
        track: Vec::new(),
        records: Vec::new(),
        ..device(2)
    };
    put(store, [full.clone(), bare.clone()]).await;
    assert_eq!(store.device(id(1)).await, Ok(Some(full)));
    assert_eq!(store.device(id(2)).await, Ok(Some(bare)));
    assert_eq!(store.device(id(3)).await, Ok(None));
    let precise = at(5) + jiff::SignedDuration::from_nanos(1_234_567);
    put(store, [Dossier { last_seen: Some(precise), ..device(1) }]).await;
    let kept = store.device(id(1)).await.expect("readable").expect("there");
    assert_eq!(kept, Dossier { last_seen: Some(kept_ms(precise)), ..device(1) });
}

pub(super) async fn a_commit_names_the_revision_it_read(store: &dyn DeviceStore) {
    let first = store.revision().await.expect("readable");
    let writing = |based_on| DeviceCommit {
        based_on,
        devices: vec![write(device(1))],
        ..DeviceCommit::default()
    };
    let second = store.commit(writing(Some(first))).await.expect("the first");
    assert_eq!((second, store.revision().await), (first + 1, Ok(first + 1)));
    for stale in [Some(first), None, Some(first + 2)] {
        assert_eq!(store.commit(writing(stale)).await, Err(StoreError::Conflict), "{stale:?}");
    }
    assert_eq!(store.commit(DeviceCommit::default()).await, Ok(second), "it changes nothing");
    store.commit(writing(Some(second))).await.expect("the next");
}

pub(super) async fn a_refused_commit_leaves_nothing_behind(store: &dyn DeviceStore) {
    put(store, [device(1)]).await;
    let revision = store.revision().await.expect("readable");
    let stolen = Dossier { records: device(1).records, ..device(2) };
    let refused = DeviceCommit {
        based_on: Some(revision),
        devices: vec![write(device(3)), write(stolen)],
        history: vec![super::beside::row(1, 1)],
        ..DeviceCommit::default()
    };
    assert_eq!(store.commit(refused).await, Err(StoreError::Conflict));
    assert_eq!(store.revision().await, Ok(revision));
    assert_eq!(store.device(id(3)).await, Ok(None));
    assert_eq!(store.history(&[id(1)], None, 9).await, Ok(Vec::new()));
    assert_eq!(store.device(id(1)).await, Ok(Some(device(1))));
}

pub(super) async fn a_record_belongs_to_one_device(store: &dyn DeviceStore) {
    put(store, [device(1), device(2)]).await;
    let both = [device(1).records, device(2).records].concat();
    let merged = Dossier { aliases: vec![id(2)], records: both, ..device(1) };
    let half = DeviceCommit { devices: vec![write(merged.clone())], ..DeviceCommit::default() };
    assert_eq!(commit(store, half).await, Err(StoreError::Conflict));
    let whole = DeviceCommit {
        devices: vec![write(merged.clone())],
        ended: vec![id(2)],
        ..DeviceCommit::default()
    };
    commit(store, whole).await.expect("the other device ends");
    assert_eq!(store.device(id(2)).await, Ok(Some(merged)));
    put(store, [device(1), device(2)]).await;
    assert_eq!(store.device(id(2)).await, Ok(Some(device(2))), "they part again");
}

pub(super) async fn a_record_that_moves_takes_its_software_along(store: &dyn DeviceStore) {
    let with = |software: Inventory| StoredRecord { software, ..record("fleet", 1) };
    let list = Inventory::Is(vec![9; 40_000]);
    put(store, [Dossier { records: vec![with(list.clone())], ..device(1) }]).await;
    put(store, [Dossier { records: vec![with(Inventory::Kept)], ..device(1) }]).await;
    let moved = DeviceCommit {
        devices: vec![write(Dossier { records: vec![with(Inventory::Kept)], ..device(2) })],
        ended: vec![id(1)],
        ..DeviceCommit::default()
    };
    commit(store, moved).await.expect("moved");
    let found = store.device(id(2)).await.expect("readable").expect("there");
    assert_eq!(found.records, [with(list)]);
    put(store, [Dossier { records: vec![with(Inventory::Absent)], ..device(2) }]).await;
    put(store, [Dossier { records: vec![with(Inventory::Kept)], ..device(2) }]).await;
    let found = store.device(id(2)).await.expect("readable").expect("there");
    assert_eq!(found.records, [with(Inventory::Absent)], "there was none to keep");
}

pub(super) async fn software_is_read_only_where_it_is_shown(store: &dyn DeviceStore) {
    let with = |software: Inventory| Dossier {
        records: vec![StoredRecord { software, ..record("fleet", 1) }, record("jamf", 1)],
        ..device(1)
    };
    let (shown, left) = (with(Inventory::Is(vec![9])), with(Inventory::Kept));
    put(store, [shown.clone()]).await;
    assert_eq!(store.device(id(1)).await, Ok(Some(shown)));
    let key = FindKey::record(&record("jamf", 1).key);
    assert_eq!(store.having(&[key], 9).await, Ok(vec![left.clone()]));
    let query = crate::devices::store::DeviceQuery { limit: 9, ..Default::default() };
    assert_eq!(store.list(&query).await, Ok(vec![left]));
}

pub(super) async fn of_parallel_commits_of_one_revision_one_succeeds(store: &dyn DeviceStore) {
    let based_on = Some(store.revision().await.expect("readable"));
    let one = |n| {
        let devices = vec![write(device(n))];
        store.commit(DeviceCommit { based_on, devices, ..DeviceCommit::default() })
    };
    let outcomes = futures::future::join_all((1..=8).map(one)).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let refused = outcomes.iter().filter(|it| matches!(it, Err(StoreError::Conflict)));
    assert_eq!(refused.count(), 7);
}

pub(super) async fn a_device_that_ended_is_gone(store: &dyn DeviceStore) {
    let due = Dossier { next_at: Some(at(1)), aliases: vec![id(9)], ..device(1) };
    put(store, [due, device(2)]).await;
    let ended = DeviceCommit { ended: vec![id(1), id(5)], ..DeviceCommit::default() };
    commit(store, ended).await.expect("one that is not there ends too");
    assert_eq!(store.device(id(1)).await, Ok(None));
    assert_eq!(store.device(id(9)).await, Ok(None));
    assert_eq!(store.next_due().await, Ok(None));
    let key = FindKey::record(&record("jamf", 1).key);
    assert_eq!(store.having(&[key], 9).await, Ok(Vec::new()));
    assert_eq!(store.census().await.expect("readable").devices, 1);
    let owner = crate::devices::store::Owner { person: Some(person(1)), ..Default::default() };
    assert_eq!(store.person(&owner).await.expect("readable").devices, []);
}
