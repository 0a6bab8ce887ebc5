//! The rows that the claims are made with.

use model::{DeviceId, PersonId, Span, Timestamp, device::RecordKey};

use crate::{
    devices::store::{
        DeviceCommit, DeviceQuery, DeviceStore, DeviceWrite, Dossier, FindKey, Inventory, Owner,
        StoredRecord,
    },
    store::StoreError,
};

pub(super) fn at(seconds: u64) -> Timestamp {
    Span::seconds(seconds).after(Timestamp::from_second(1_795_000_000).expect("in range"))
}

pub(super) fn id(n: u128) -> DeviceId {
    DeviceId::from_digest(n)
}

pub(super) fn person(n: u128) -> PersonId {
    PersonId::from_digest(n)
}

pub(super) fn record(source: &str, n: u128) -> StoredRecord {
    StoredRecord {
        key: RecordKey::new(source, format!("{source}-{n}")),
        fetched_at: at(10),
        is_gone: false,
        body: vec![1, 0, 255],
        software: Inventory::Absent,
    }
}

/// A device of the person of its number, known to one source.
pub(super) fn device(n: u128) -> Dossier {
    Dossier {
        id: id(n),
        aliases: Vec::new(),
        owner: Some(person(n)),
        email: Some(format!("p{n}@example.com").into()),
        grade: "ok".to_owned(),
        checks: [("firewall", "ok"), ("encryption", "ok")]
            .map(|(practice, state)| (practice.to_owned(), state.to_owned()))
            .into(),
        is_flagged: false,
        last_seen: Some(at(5)),
        next_at: None,
        track: vec![2, 0, 254],
        records: vec![record("jamf", n)],
    }
}

pub(super) fn write(dossier: Dossier) -> DeviceWrite {
    let keys = vec![FindKey::of("serial", &format!("s{}", dossier.id))];
    DeviceWrite { dossier, keys }
}

/// A commit based on the revision of now.
pub(super) async fn commit(
    store: &dyn DeviceStore,
    commit: DeviceCommit,
) -> Result<u64, StoreError> {
    let based_on = Some(store.revision().await?);
    store.commit(DeviceCommit { based_on, ..commit }).await
}

pub(super) async fn put(store: &dyn DeviceStore, dossiers: impl IntoIterator<Item = Dossier>) {
    let devices = dossiers.into_iter().map(write).collect();
    commit(store, DeviceCommit { devices, ..DeviceCommit::default() }).await.expect("written");
}

pub(super) fn owner(n: u128) -> Owner {
    Owner { person: Some(person(n)), emails: vec![format!("p{n}@example.com").into()] }
}

pub(super) async fn listed(store: &dyn DeviceStore, query: DeviceQuery) -> Vec<u128> {
    let found = store.list(&query).await.expect("readable");
    found.iter().map(|dossier| number(dossier.id)).collect()
}

pub(super) fn number(wanted: DeviceId) -> u128 {
    (0..1_000).find(|n| id(*n) == wanted).expect("one of ours")
}
