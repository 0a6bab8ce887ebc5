//! What waits for relying parties.

use model::DeliveryId;

use super::sample::at;
use crate::{
    devices::store::{DeviceCommit, DeviceStore, SignalOp, SignalRow},
    store::StoreError,
};

fn signal(receiver: &str, n: u128, due: u64) -> SignalRow {
    SignalRow {
        id: DeliveryId::from_digest(n),
        receiver: receiver.to_owned(),
        seq: 0,
        due: at(due),
        attempts: 0,
        body: vec![6, 0, 250],
    }
}

async fn carry(store: &dyn DeviceStore, signals: Vec<SignalOp>) -> Result<u64, StoreError> {
    store.commit(DeviceCommit { signals, ..DeviceCommit::default() }).await
}

async fn waiting(store: &dyn DeviceStore, receiver: &str, now: u64) -> Vec<u128> {
    let rows = store.signals(receiver, at(now), 9).await.expect("readable");
    rows.iter().map(|row| row.id.bits()).collect()
}

pub(super) async fn signals_wait_in_their_order(store: &dyn DeviceStore) {
    let adds = [("a", 3, 0), ("b", 1, 0), ("a", 2, 5), ("a", 1, 0)];
    let adds = adds.map(|(receiver, n, due)| SignalOp::Add(signal(receiver, n, due)));
    carry(store, adds.to_vec()).await.expect("they wait");
    assert_eq!(waiting(store, "a", 0).await, [3], "the second holds the third");
    assert_eq!(waiting(store, "a", 5).await, [3, 2, 1]);
    assert_eq!(waiting(store, "b", 0).await, [1]);
    assert_eq!(store.next_signal_at("a").await, Ok(Some(at(0))));
    assert_eq!(store.next_signal_at("none").await, Ok(None));
    assert_eq!(store.signals("a", at(9), 2).await.expect("readable").len(), 2);
}

pub(super) async fn a_signal_is_told_until_it_is_done(store: &dyn DeviceStore) {
    let add = |n| SignalOp::Add(signal("a", n, 0));
    carry(store, vec![add(1), add(2)]).await.expect("they wait");
    let (receiver, id) = ("a".to_owned(), DeliveryId::from_digest(1));
    let later = SignalOp::PutBack { receiver: receiver.clone(), id, due: at(60), attempts: 1 };
    carry(store, vec![later.clone()]).await.expect("put back");
    assert_eq!(waiting(store, "a", 59).await, [], "order is kept");
    let first = store.signals("a", at(60), 1).await.expect("readable");
    assert_eq!((first[0].id, first[0].attempts), (id, 1));
    assert_eq!(first[0].body, [6, 0, 250]);
    let done = SignalOp::Done { receiver, id };
    carry(store, vec![done.clone()]).await.expect("done");
    carry(store, vec![done]).await.expect("done is done");
    assert_eq!(carry(store, vec![later]).await, Err(StoreError::Gone));
    assert_eq!(waiting(store, "a", 60).await, [2]);
}

pub(super) async fn an_id_waits_once_for_each_receiver(store: &dyn DeviceStore) {
    let add = |receiver| SignalOp::Add(signal(receiver, 1, 0));
    carry(store, vec![add("a"), add("b")]).await.expect("they wait");
    assert_eq!(carry(store, vec![add("a")]).await, Err(StoreError::Conflict));
}

pub(super) async fn what_waits_for_anybody_is_read_on_after_a_number(store: &dyn DeviceStore) {
    let adds = [("b", 3, 9), ("a", 2, 0), ("b", 1, 0)];
    let adds = adds.map(|(receiver, n, due)| SignalOp::Add(signal(receiver, n, due)));
    carry(store, adds.to_vec()).await.expect("they wait");
    let read = async |after, limit| store.waiting(after, limit).await.expect("readable");
    let first = read(0, 2).await;
    let ids: Vec<_> = first.iter().map(|row| (row.receiver.as_str(), row.id.bits())).collect();
    assert_eq!(ids, [("b", 3), ("a", 2)], "whenever they are due");
    let rest = read(first[1].seq, 9).await;
    let ids: Vec<_> = rest.iter().map(|row| (row.receiver.as_str(), row.id.bits())).collect();
    assert_eq!(ids, [("b", 1)]);
    assert_eq!(rest[0].body, [6, 0, 250]);
    assert_eq!(read(rest[0].seq, 9).await, []);
}
